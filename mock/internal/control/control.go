// Package control is sandkasse's own API, under /_sandkasse/: it tells what the server is and what it saw, and hands out tokens. Its
// errors are never in an agency's shape: plain sentences with the header Sandkasse-Feil.
package control

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/journal"
	"sandkasse/mock/internal/kobo"
	"sandkasse/mock/internal/maskinporten"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
	"sandkasse/schemas"
)

// Prefix is where the control API lives.
const Prefix = "/_sandkasse/"

// Config is what the control API works with; all of it is needed.
type Config struct {
	Catalog *catalog.Catalog
	Store   *store.DB
	Journal *journal.Journal
	Key     maskinporten.Key
	Clock   func() time.Time
	Session string // whose records and calls are shown
	Seed    uint64
	Version string
	Log     *slog.Logger
	Kobo    kobo.Register
	NySak   *schemas.Schema // of a new case in Kobo
}

type control struct {
	Config
	mux    *http.ServeMux
	tokens atomic.Int64 // how many were made
}

// failure is a request that the control API cannot serve: a status, and a sentence for the caller.
type failure struct {
	status int
	text   string
}

func (f *failure) Error() string { return f.text }

func badRequest(format string, args ...any) error {
	return &failure{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// New is the control API as a handler for everything under Prefix.
func New(config Config) http.Handler {
	c := &control{Config: config, mux: http.NewServeMux()}
	c.serve("GET health", c.health)
	c.serve("GET ready", c.ready)
	c.serve("GET version", c.version)
	c.serve("GET token", c.token)
	c.serve("GET apis", c.apis)
	c.serve("GET apis/{api}", c.api)
	c.serve("GET calls", c.calls)
	c.serve("DELETE calls", c.clearCalls)
	c.serve("GET delegations", c.listDelegations)
	c.serve("POST delegations", c.delegate)
	c.serve("DELETE delegations", c.revoke)
	c.serve("GET holdings", c.holdings)
	c.serve("GET forsendelser/{forsendelse}/dokumenter/{dokument}", c.dokument)
	c.serve("GET kobo/events", c.events)
	c.serve("POST kobo/events/{id}/redeliver", c.redeliver)
	c.serve("GET kobo/events/faults", c.listFaults)
	c.serve("POST kobo/events/faults", c.arm)
	c.serve("DELETE kobo/events/faults", c.disarm)
	c.serve("GET kobo/systems", c.listSystems)
	c.serve("GET kobo/systems/{id}", c.system)
	c.serve("PUT kobo/systems/{id}", c.setSystem)
	c.serveKobo()
	c.serve("GET {$}", c.index)
	return c
}

// document is what an operation shows as it is.
type document struct {
	contentType string
	body        []byte
}

// serve registers an operation. It returns what to show: a document or text as it is, anything else as JSON.
func (c *control) serve(pattern string, operation func(*http.Request) (any, error)) {
	method, path, _ := strings.Cut(pattern, " ")
	c.mux.HandleFunc(method+" "+Prefix+path, func(w http.ResponseWriter, r *http.Request) {
		result, err := guarded(operation, r)
		c.Log.Debug("control", "method", r.Method, "path", r.URL.Path, "error", err)
		if err != nil {
			c.refuse(w, err)
			return
		}
		var body bytes.Buffer
		contentType := "text/plain; charset=utf-8"
		switch result := result.(type) {
		case document:
			contentType = result.contentType
			body.Write(result.body)
		case string:
			body.WriteString(result + "\n")
		default:
			contentType = "application/json"
			json.Indent(&body, wire.Encode(result), "", "  ") // cannot fail: it was just written
			body.WriteByte('\n')
		}
		w.Header().Set("Content-Type", contentType)
		w.Write(body.Bytes())
	})
}

// guarded is an operation with a net under it.
func guarded(operation func(*http.Request) (any, error), r *http.Request) (result any, err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("panic: %v", problem)
		}
	}()
	return operation(r)
}

// ServeHTTP answers a request under Prefix; one that nothing serves is told what there is.
func (c *control) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, pattern := c.mux.Handler(r); pattern == "" {
		var allowed []string
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
			if _, other := c.mux.Handler(&http.Request{Method: method, Host: r.Host, URL: r.URL}); other != "" {
				allowed = append(allowed, method)
			}
		}
		f := &failure{http.StatusNotFound, "sandkasse has nothing at " + r.URL.Path + "; GET " + Prefix + " lists what there is"}
		if len(allowed) > 0 {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			f = &failure{http.StatusMethodNotAllowed, r.Method + " is not served at " + r.URL.Path + "; " + strings.Join(allowed, " and ") + " are"}
		}
		c.refuse(w, f)
		return
	}
	c.mux.ServeHTTP(w, r)
}

func (c *control) refuse(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	if f, ok := err.(*failure); ok {
		status = f.status
	} else {
		c.Log.Error("control failed inside", "cause", err)
	}
	text := wire.Printable(err.Error())
	w.Header().Set("Sandkasse-Feil", text)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintln(w, text)
}

// parameters are the query's, of which only the named ones may be given, each once.
func parameters(r *http.Request, names ...string) (url.Values, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, badRequest("the query cannot be read: %v", err)
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !slices.Contains(names, name) {
			return nil, badRequest("%q is not a parameter here; there are %s", name, strings.Join(names, ", "))
		}
		if len(query[name]) > 1 {
			return nil, badRequest("the parameter %s is given %d times; give it once", name, len(query[name]))
		}
	}
	return query, nil
}

func (c *control) health(*http.Request) (any, error) { return map[string]string{"status": "ok"}, nil }

// ready answers once calls can be taken, that is, once the store can be read.
func (c *control) ready(*http.Request) (any, error) {
	if err := c.Store.View(c.Session, c.Clock(), func(*store.Tx) error { return nil }); err != nil {
		return nil, &failure{http.StatusServiceUnavailable, "the store cannot be read: " + err.Error()}
	}
	return map[string]string{"status": "ready"}, nil
}

func (c *control) version(*http.Request) (any, error) {
	return map[string]string{"name": "sandkasse", "version": c.Version}, nil
}

// index lists what there is, for a person with curl or a browser.
func (c *control) index(r *http.Request) (any, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "sandkasse %s: imitated APIs for tests, not the agencies' own\n\nAPIs:\n", c.Version)
	for _, api := range c.Catalog.APIs {
		fmt.Fprintf(&b, "  http://%s/%s  %s\n", r.Host, api.Label, api.Title)
	}
	b.WriteString("\nControl:\n")
	for _, line := range []string{
		"health ready version", "token?api=NAME&org=ORGANISASJONSNUMMER", "apis apis/NAME", "calls?api=&status=&code=&since=&limit=", "delegations",
		"holdings?api=&year=&org=", "kobo/saker kobo/kobobolig",
		"kobo/events?system=&state=&limit= kobo/events/ID/redeliver kobo/events/faults kobo/systems kobo/systems/ID",
	} {
		for path := range strings.FieldsSeq(line) {
			fmt.Fprintf(&b, "  http://%s%s%s\n", r.Host, Prefix, path)
		}
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// ids are for what the control API itself makes. No session has their name, so they share no identifier with a call.
func (c *control) ids() *wire.IDs {
	return wire.NewIDs(c.Seed, c.Store.Generation(), "\x00control", c.tokens.Add(1))
}
