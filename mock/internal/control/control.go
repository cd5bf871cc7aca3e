// Package control is sandkasse's own API, under /_sandkasse/: it tells what the server is and what it saw, and hands out tokens. Its
// errors are never in an agency's shape: plain sentences with the header Sandkasse-Feil.
package control

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"sync"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/kobo"
	"sandkasse/mock/internal/maskinporten"
	"sandkasse/mock/internal/scenario"
	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/session"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// Prefix is where the control API lives.
const Prefix = "/_sandkasse/"

// Config is what the control API works with; all of it is needed.
type Config struct {
	Catalog   *catalog.Catalog
	Store     *store.DB
	Sessions  *session.Sessions
	Scenarios *scenario.Library
	Key       maskinporten.Key
	Version   string
	Log       *slog.Logger
	Kobo      kobo.Register
	Level     string          // of control, for test data that do not ask for another: format, modulus or strict
	Hosts     func() []string // under which the server is reached, beside those that are local (address.IsLocal)
}

// Control is the control API.
type Control struct {
	Config
	mux        *http.ServeMux
	operations []string              // GET calls/{number}, in the order in which they were registered
	nySak      func() *schema.Schema // of a new case in Kobo, compiled when it is first used
}

// room is the control API as one request sees it: in the session that it names.
type room struct {
	*Control
	session *session.Session
	address address.Address
	played  []string // scenarios
}

// roomKey is under what the room stands in a request's context.
type roomKey struct{}

func (c *room) view(read func(*store.Tx) error) error {
	return c.session.View(read)
}

// update changes what the session stores; the error is store.ErrSessionClosed where it was reset meanwhile.
func (c *room) update(change func(*store.Tx) error) error { return c.session.Update(change) }

// failure is a request that the control API cannot serve: a status, and a sentence for the caller.
type failure struct {
	status int
	text   string
}

func (f *failure) Error() string { return f.text }

// prefix is where this session's operations are, for a sentence that sends the caller there.
func (c *room) prefix() string {
	if c.session.Name == address.DefaultSession {
		return Prefix
	}
	return "/_session/" + c.session.Name + Prefix
}

func badRequest(format string, args ...any) error {
	return &failure{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// New is the control API for everything under Prefix.
func New(config Config) *Control {
	c := &Control{Config: config, mux: http.NewServeMux(), nySak: sync.OnceValue(compileNySak)}
	c.serve("GET health", (*room).health)
	c.serve("GET ready", (*room).ready)
	c.serve("GET version", (*room).version)
	c.serve("GET token", (*room).token)
	c.serve("GET apis", (*room).apis)
	c.serve("GET apis/{api}", (*room).api)
	c.serve("GET delegations", (*room).listDelegations)
	c.serve("POST delegations", (*room).delegate)
	c.serve("DELETE delegations", (*room).revoke)
	c.serve("GET holdings", (*room).holdings)
	c.serve("GET forsendelser/{forsendelse}/dokumenter/{dokument}", (*room).dokument)
	c.serve("GET {$}", (*room).index)
	c.serveCalls()
	c.serveScenarios()
	c.serveSessions()
	c.serveTestdata()
	c.serveGenerate()
	c.serveWebhooks()
	c.serveKobo()
	return c
}

// document is what an operation shows as it is.
type document struct {
	contentType string
	body        []byte
}

// withStatus is what an operation shows with another status than 200.
type withStatus struct {
	status int
	result any
}

// serve registers an operation. It returns what to show: a document or text as it is, anything else
// as JSON. A text that is one value, such as a token, has no newline, so that a program can put it
// into a header as it is.
func (c *Control) serve(pattern string, operation func(*room, *http.Request) (any, error)) {
	method, path, _ := strings.Cut(pattern, " ")
	c.operations = append(c.operations, pattern)
	c.mux.HandleFunc(method+" "+Prefix+path, func(w http.ResponseWriter, r *http.Request) {
		in := r.Context().Value(roomKey{}).(*room)
		result, err := any(nil), checkUnheard(pattern, r)
		if err == nil {
			result, err = guarded(operation, in, r)
		}
		if len(in.played) > 0 {
			w.Header().Set("Sandkasse-Played", wire.Printable(strings.Join(in.played, ", ")))
		}
		c.Log.Debug("control", "method", r.Method, "path", r.URL.Path, "error", err)
		if err != nil {
			c.refuse(w, err)
			return
		}
		status := http.StatusOK
		if other, ok := result.(withStatus); ok {
			status, result = other.status, other.result
		}
		var body bytes.Buffer
		contentType := "text/plain; charset=utf-8"
		switch result := result.(type) {
		case stream:
			result.serve(w, r)
			return
		case document:
			contentType = result.contentType
			body.Write(result.body)
		case string:
			body.WriteString(result)
		default:
			contentType = "application/json"
			json.Indent(&body, wire.Encode(result), "", "  ") // cannot fail: it was just written
			body.WriteByte('\n')
		}
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		w.Write(body.Bytes())
	})
}

// checkUnheard refuses parameters and a body where the operation reads none.
func checkUnheard(pattern string, r *http.Request) error {
	searches := strings.HasPrefix(pattern, "GET testdata/") && !strings.HasSuffix(pattern, "/{nummer}") // by any field
	if parametersOf()[pattern] == "" && !searches {
		if _, err := parameters(r); err != nil {
			return err
		}
	}
	if !takesBody(pattern) {
		return checkNoBody(r)
	}
	return nil
}

// takesBody reports whether an operation reads a body. Those on homes in Kobo say so by their schema.
func takesBody(pattern string) bool {
	method, path, _ := strings.Cut(pattern, " ")
	switch {
	case strings.HasPrefix(path, "kobo/kobobolig/"), pattern == "DELETE delegations":
		return true
	case method != http.MethodPost && method != http.MethodPut:
		return false
	}
	return path != "checkpoints/{name}/restore" && path != "kobo/events/{id}/redeliver"
}

// guarded is an operation with a net under it.
func guarded(operation func(*room, *http.Request) (any, error), in *room, r *http.Request) (result any, err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("panic: %v", problem)
		}
	}()
	return operation(in, r)
}

// Serve answers a request under Prefix, or for it without its last slash, in the session of its address; one that nothing serves is
// told what there is. No web site can use it: pages of other sites may only read, which their
// browser keeps from them, and the host must be ours. Misaddressed says what is wrong with the address
// or its headers, or is nil.
func (c *Control) Serve(w http.ResponseWriter, r *http.Request, at address.Address, misaddressed error) {
	err := cmp.Or(c.checkHost(r), checkOrigin(r))
	if err == nil && misaddressed != nil {
		err = badRequest("%v", misaddressed)
	}
	if err != nil {
		c.refuse(w, err)
		return
	}
	if at.URL.Path+"/" == Prefix {
		http.Redirect(w, r, strings.TrimPrefix(at.Root, address.Server(r))+Prefix, http.StatusFound)
		return
	}
	sess, err := c.open(r, at.Session)
	if err != nil {
		c.refuse(w, err)
		return
	}
	r = r.WithContext(context.WithValue(r.Context(), roomKey{}, &room{Control: c, session: sess, address: at}))
	r.URL = at.URL
	asked := r.URL.EscapedPath()
	if clean := path.Clean(asked); clean != strings.TrimSuffix(asked, "/") { // mux would redirect it out of its session
		c.refuse(w, &failure{http.StatusNotFound, "sandkasse has nothing at " + asked + "; " + clean + " was perhaps meant"})
		return
	}
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
			f = &failure{http.StatusMethodNotAllowed, r.Method + " is not served at " + r.URL.Path + "; " + strings.Join(allowed, " and ") + map[bool]string{true: " is", false: " are"}[len(allowed) == 1]}
		}
		c.refuse(w, f)
		return
	}
	c.mux.ServeHTTP(w, r)
}

func (c *Control) refuse(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	var f *failure
	switch {
	case errors.As(err, &f):
		status = f.status
	case errors.Is(err, store.ErrSessionClosed):
		status = http.StatusConflict
	default:
		c.Log.Error("control failed inside", "cause", err)
		err = errors.New("sandkasse failed inside; its log says why")
	}
	w.Header().Set("Sandkasse-Feil", wire.Printable(err.Error()))
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	io.WriteString(w, wire.Line(err.Error()))
}

func (c *room) health(*http.Request) (any, error) { return map[string]string{"status": "ok"}, nil }

// ready answers once calls can be taken, that is, once the store can be read.
func (c *room) ready(*http.Request) (any, error) {
	if err := c.view(func(*store.Tx) error { return nil }); err != nil {
		c.Log.Error("the store cannot be read", "cause", err)
		return nil, &failure{http.StatusServiceUnavailable, "the store cannot be read; the log says why"}
	}
	return map[string]string{"status": "ready"}, nil
}

func (c *room) version(*http.Request) (any, error) {
	return map[string]string{"name": "sandkasse", "version": c.Version}, nil
}

// ids are for what the control API itself makes. No session has their name, so they share no identifier with a call.
func (c *room) ids() *wire.IDs { return MadeIDs(c.Store, c.session) }

// MadeIDs are for what is made in a session outside the calls to its APIs.
func MadeIDs(db *store.DB, sess *session.Session) *wire.IDs {
	return wire.NewIDs(sess.Seed, db.Generation(), "\x00"+sess.Name, sess.Serial())
}
