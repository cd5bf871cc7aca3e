// Package control is Sandkasse's own HTTP API, under /_sandkasse/: it shows what the server is and
// which calls it got, changes sessions, and makes tokens and test data. Its errors never look like
// an agency's: they are plain sentences, also in the header Sandkasse-Feil.
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
	"sync/atomic"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/bounds"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/gateway"
	"sandkasse/mock/internal/journal"
	"sandkasse/mock/internal/kobo"
	"sandkasse/mock/internal/metrics"
	"sandkasse/mock/internal/plainjson"
	"sandkasse/mock/internal/scenario"
	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/session"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/token"
	"sandkasse/mock/internal/wire"
)

// Prefix begins the path of every operation.
const Prefix = "/_sandkasse/"

// Config holds what the control API works with. All of it is needed.
type Config struct {
	Catalog   *catalog.Catalog
	Gateway   *gateway.Gateway // answers the calls to the APIs
	Store     *store.DB
	Sessions  *session.Sessions
	Scenarios *scenario.Library
	Key       token.Key
	Verifier  *token.Verifier // as the APIs have it
	Version   string
	Settings  []Setting // in force
	Log       *slog.Logger
	Memory    *bounds.Memory
	Metrics   *metrics.Server
	Kobo      kobo.Register
	Level     string                 // the default level of control of test data: format, modulus or strict
	CA        func() ([]byte, error) // the CA of the server in PEM; the error says why there is none
	// Send makes a call to an imitated API whose answer nobody reads, and returns its number in the
	// journal of its session.
	Send  func(*http.Request) int64
	Hosts func() []string // the hosts that are Sandkasse's own, beside local ones (address.IsLocal)
}

// Control answers the requests under Prefix. It is safe for concurrent use.
type Control struct {
	Config
	mux        *http.ServeMux
	operations []string              // such as "GET calls/{number}", in the order in which they were registered
	nySak      func() *schema.Schema // of a new case in Kobo, compiled when it is first used
	streams    atomic.Int64          // live ones
}

// request is one request to the control API, with the session that it is for. Its methods are the
// operations.
type request struct {
	*Control
	ctx     context.Context // of its http.Request
	session *session.Session
	address address.Address
	played  []string // scenarios
	done    func()   // lets go of the session
	writer  http.ResponseWriter

	body      bounds.Body
	work      bounds.Reservation // for what is made of the body
	exhausted bool               // there was no memory for one of them
}

// requestKey is the key of the *request in the context of its http.Request.
type requestKey struct{}

func requestOf(r *http.Request) *request { return r.Context().Value(requestKey{}).(*request) }

// releaseBody gives back the room of the body and of what was made of it.
func (c *request) releaseBody() {
	c.body.Bytes = nil
	c.body.Release()
	c.work.Release()
}

// view reads what the session stores.
func (c *request) view(read func(*store.Tx) error) error { return c.session.View(c.ctx, read) }

// update changes what the session stores. The error is store.ErrSessionClosed where the session was
// reset meanwhile.
func (c *request) update(change func(*store.Tx) error) error { return c.session.Update(change) }

// apiError is an answer that refuses a request: a status, and a sentence for the caller.
type apiError struct {
	status int
	text   string
}

func (e *apiError) Error() string { return e.text }

// prefix returns the path that begins this session's operations, for sentences that name one.
func (c *request) prefix() string {
	if c.session.Name == address.DefaultSession {
		return Prefix
	}
	return "/_session/" + c.session.Name + Prefix
}

// badRequest returns an error that is answered with 400.
func badRequest(format string, args ...any) error {
	return &apiError{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

// asBadRequest returns an error of type E as one that is answered with 400, and any other as it is.
func asBadRequest[E error](err error) error {
	if wrong, found := errors.AsType[E](err); found {
		return badRequest("%v", wrong)
	}
	return err
}

// New returns the control API with all its operations.
func New(config Config) *Control {
	c := &Control{Config: config, mux: http.NewServeMux(), nySak: sync.OnceValue(compileNySak)}
	c.Metrics.Gauge("sandkasse_live_streams", "Live streams of calls that are open.",
		func() float64 { return float64(c.streams.Load()) })
	c.handle("GET health", (*request).health)
	c.handle("GET ready", (*request).ready)
	c.handle("GET version", (*request).version)
	c.handle("GET settings", (*request).settings)
	c.handle("GET ca.pem", (*request).ca)
	c.handle("GET openapi/{file}", (*request).openAPI)
	c.handle("GET metrics", (*request).metrics)
	c.handle("GET token", (*request).token)
	c.handle("GET apis", (*request).apis)
	c.handle("GET apis/{api}", (*request).api)
	c.handle("GET delegations", (*request).listDelegations)
	c.handle("POST delegations", (*request).delegate)
	c.handle("DELETE delegations", (*request).revoke)
	c.handle("GET holdings", (*request).holdings)
	c.handle("GET forsendelser/{forsendelse}/dokumenter/{dokument}", (*request).dokument)
	c.handle("GET {$}", (*request).index)
	c.handleDialogs()
	c.handleCalls()
	c.handle("GET report", (*request).report)
	c.handleChecks()
	c.handleScenarios()
	c.handleSessions()
	c.handleTestdata()
	c.handleGenerate()
	c.handleWebhooks()
	c.handleKobo()
	c.handleAltinn()
	return c
}

// document is a result that is written as it is.
type document struct {
	contentType string
	body        []byte
}

// withStatus is a result with another status than 200.
type withStatus struct {
	status int
	result any
}

// handle registers an operation. Its result is written by its type: a stream, an export or a
// document as it is, a string as plain text, and anything else as JSON. A text that is one value,
// such as a token, has no newline, so that a program can use it in a header.
func (c *Control) handle(pattern string, operation func(*request, *http.Request) (any, error)) {
	method, path, _ := strings.Cut(pattern, " ")
	c.operations = append(c.operations, pattern)
	if isLong(pattern) {
		operation = fewAtOnce(operation)
	}
	c.mux.HandleFunc(method+" "+Prefix+path, func(w http.ResponseWriter, r *http.Request) {
		req := requestOf(r)
		defer req.releaseBody()
		result, err := any(nil), checkUnread(pattern, r)
		if err == nil {
			result, err = callRecovered(operation, req, r)
		}
		req.releaseBody()
		if req.exhausted {
			err = &apiError{http.StatusServiceUnavailable, bounds.ErrExhausted.Error()}
		}
		if len(req.played) > 0 {
			w.Header().Set("Sandkasse-Played", wire.Printable(strings.Join(req.played, ", ")))
		}
		if c.Log.Enabled(r.Context(), slog.LevelDebug) {
			c.Log.Debug("control", "method", r.Method, "path", journal.Mask(r.URL.Path), "error", maskedError(err))
		}
		if err != nil {
			if r.Context().Err() != nil && errors.Is(err, r.Context().Err()) {
				panic(http.ErrAbortHandler) // the caller is gone
			}
			c.refuse(w, req.address, err)
			return
		}
		switch result := result.(type) {
		case stream:
			result.writeTo(r.Context(), w, c.Memory)
		case export:
			err = result.writeTo(w, c.Memory)
		default:
			err = c.write(w, r, result, func() (any, error) { return callRecovered(operation, req, r) })
		}
		if err != nil {
			c.refuse(w, req.address, err)
		}
	})
}

// isLong reports whether an operation lists what may be a large part of the store.
func isLong(pattern string) bool {
	switch pattern {
	case "GET holdings", "GET dialogs", "GET kobo/kobobolig", "GET kobo/saker", "GET kobo/events", "GET sessions",
		"GET delegations", "GET altinn/systems", "GET altinn/requests", "GET altinn/users",
		"GET openapi/{file}":
		return true
	}
	return false
}

// fewAtOnce returns an operation of which few are carried out at the same time, since its result
// takes much more memory than the answer to it. The error is an apiError where none ended in time.
func fewAtOnce(operation func(*request, *http.Request) (any, error)) func(*request, *http.Request) (any, error) {
	return func(c *request, r *http.Request) (any, error) {
		one, err := c.Memory.Lists.Reserve(r.Context(), 1)
		if err != nil {
			return nil, &apiError{http.StatusServiceUnavailable, err.Error()}
		}
		defer one.Release()
		result, err := operation(c, r)
		if err != nil {
			return nil, err
		}
		_, contentType, body := render(result)
		return document{contentType, body}, nil
	}
}

// write writes a result that is whole. A large one needs room: where there is none, a GET lets go
// of the result while it waits, and then makes it again. The error is an apiError where there was
// no room in time; then nothing is written.
func (c *Control) write(w http.ResponseWriter, r *http.Request, result any, again func() (any, error)) error {
	status, contentType, body := render(result)
	if len(body) <= bounds.Small {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		w.Write(body)
		return nil
	}
	space, ok := c.Memory.Answers.TryReserve(int64(len(body)))
	if !ok {
		size, repeat := int64(len(body)), r.Method == http.MethodGet
		if repeat {
			body = nil
		}
		var err error
		if space, err = c.Memory.Answers.Reserve(r.Context(), size); err != nil {
			return &apiError{http.StatusServiceUnavailable, err.Error()}
		}
		if repeat {
			if result, err = again(); err != nil {
				space.Release()
				return err
			}
			status, contentType, body = render(result)
		}
	}
	defer space.Release()
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	if err := c.Memory.WriteLarge(w, body, &space); err != nil {
		panic(http.ErrAbortHandler) // so that nobody takes the beginning for the whole
	}
	return nil
}

// render returns a result that is neither a stream nor an export as an answer.
func render(result any) (status int, contentType string, body []byte) {
	status = http.StatusOK
	if other, ok := result.(withStatus); ok {
		status, result = other.status, other.result
	}
	switch result := result.(type) {
	case document:
		return status, result.contentType, result.body
	case string:
		return status, "text/plain; charset=utf-8", []byte(result)
	}
	var indented bytes.Buffer
	json.Indent(&indented, plainjson.MustMarshal(result), "", "  ") // cannot fail: it was just written
	indented.WriteByte('\n')
	return status, "application/json", indented.Bytes()
}

// checkUnread refuses a query and a body where the operation reads none.
func checkUnread(pattern string, r *http.Request) error {
	// A search takes any field as a parameter.
	searches := strings.HasPrefix(pattern, "GET testdata/") && !strings.HasSuffix(pattern, "/{nummer}") &&
		pattern != "GET testdata/felter"
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

// takesBody reports whether an operation reads a body. The operations on homes in Kobo check theirs
// themselves.
func takesBody(pattern string) bool {
	method, path, _ := strings.Cut(pattern, " ")
	switch {
	case strings.HasPrefix(path, "kobo/kobobolig/"), pattern == "DELETE delegations":
		return true
	case method != http.MethodPost && method != http.MethodPut:
		return false
	}
	return path != "checkpoints/{name}/restore" && !strings.HasPrefix(path, "altinn/requests/") &&
		path != "kobo/events/{id}/redeliver"
}

// callRecovered calls an operation, and returns a panic in it as an error.
func callRecovered(
	operation func(*request, *http.Request) (any, error), req *request, r *http.Request,
) (result any, err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("panic: %v", problem)
		}
	}()
	return operation(req, r)
}

// ServeHTTP answers a request for Prefix, with or without its last slash, or for a path below it.
// The request's address was read as at; misaddressed is what is wrong with the address or its
// headers, or nil. No web site can use it: the host must be Sandkasse's own, and pages of other
// sites may only read, which their browser keeps from them.
func (c *Control) ServeHTTP(w http.ResponseWriter, r *http.Request, at address.Address, misaddressed error) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	err := cmp.Or(c.checkHost(r, at), checkOrigin(r, at))
	if err == nil && misaddressed != nil {
		err = badRequest("%v", misaddressed)
	}
	if err != nil {
		c.refuse(w, at, err)
		return
	}
	if at.URL.Path+"/" == Prefix {
		http.Redirect(w, r, at.Location(Prefix), http.StatusFound)
		return
	}
	req := &request{Control: c, ctx: r.Context(), address: at, writer: w, done: func() {}}
	defer func() { req.done() }() // of the session that it has then
	r = r.WithContext(context.WithValue(r.Context(), requestKey{}, req))
	r.URL = at.URL
	escaped := r.URL.EscapedPath()
	// The mux would redirect such a path out of its session.
	if clean := path.Clean(escaped); clean != strings.TrimSuffix(escaped, "/") {
		c.refuse(w, at, &apiError{http.StatusNotFound, "sandkasse has nothing at " + escaped + "; " +
			clean + " was perhaps meant"})
		return
	}
	if _, pattern := c.mux.Handler(r); pattern == "" {
		c.refuseUnknown(w, r, at)
		return
	}
	if err := req.open(r, at.Session); err != nil {
		c.refuse(w, at, err)
		return
	}
	c.mux.ServeHTTP(w, r)
}

// refuseUnknown answers a request that no operation matches: 405 where another method would, else
// 404.
func (c *Control) refuseUnknown(w http.ResponseWriter, r *http.Request, at address.Address) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		if _, other := c.mux.Handler(&http.Request{Method: method, Host: r.Host, URL: r.URL}); other != "" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		c.refuse(w, at, &apiError{http.StatusNotFound, "sandkasse has nothing at " + r.URL.Path + "; GET " +
			Prefix + " lists what there is"})
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	are := " are"
	if len(allowed) == 1 {
		are = " is"
	}
	c.refuse(w, at, &apiError{
		http.StatusMethodNotAllowed,
		r.Method + " is not served at " + r.URL.Path + "; " + strings.Join(allowed, " and ") + are,
	})
}

// refuse answers with an error: an apiError by its status, a session that was closed meanwhile with
// 409, any other with 500 and a line in the log.
func (c *Control) refuse(w http.ResponseWriter, at address.Address, err error) {
	status := http.StatusInternalServerError
	var refused *apiError
	switch {
	case errors.As(err, &refused):
		status = refused.status
	case errors.Is(err, store.ErrSessionClosed):
		status = http.StatusConflict
	case errors.Is(err, store.ErrNotStored), errors.Is(err, store.ErrClosed): // K581
		status = http.StatusServiceUnavailable
	case errors.Is(err, store.ErrDamaged):
	default:
		c.Log.Error("control failed inside", "cause", maskedError(err))
		err = errors.New("sandkasse failed inside; its log says why")
	}
	text := at.Explain(err.Error())
	w.Header().Set("Sandkasse-Feil", wire.Printable(text))
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	io.WriteString(w, wire.Line(text))
}

// maskedError returns the text of an error for the log: what is in it may have been sent.
func maskedError(err error) string {
	if err == nil {
		return ""
	}
	return journal.Mask(err.Error())
}

// health answers 200 while the server runs.
func (c *request) health(*http.Request) (any, error) { return map[string]string{"status": "ok"}, nil }

// ready answers 200 when the server can store what it is sent, as far as is known, and else 503.
func (c *request) ready(*http.Request) (any, error) {
	if err := c.Store.Ready(); err != nil {
		return nil, &apiError{http.StatusServiceUnavailable, err.Error()}
	}
	return map[string]string{"status": "ready"}, nil
}

// Setting is a setting of the server, by the name of its flag.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// settings lists the settings in force.
func (c *request) settings(*http.Request) (any, error) {
	return map[string][]Setting{"settings": append([]Setting{}, c.Settings...)}, nil
}

// version names the program and its version.
func (c *request) version(*http.Request) (any, error) {
	return map[string]string{"name": "sandkasse", "version": c.Version}, nil
}

// metrics shows the metrics of the server, of all sessions together.
func (c *request) metrics(*http.Request) (any, error) {
	return document{metrics.ContentType, c.Metrics.Text()}, nil
}

// ca answers the certificate that a client of TLS must trust, and 404 where the server has none.
func (c *request) ca(*http.Request) (any, error) {
	text, err := c.CA()
	if err != nil {
		return nil, &apiError{http.StatusNotFound, err.Error()}
	}
	return document{"application/x-pem-file", text}, nil
}

// ids returns the identifiers for what this request makes.
func (c *request) ids() *wire.IDs { return NewIDs(c.Store, c.session) }

// NewIDs returns identifiers for what is made in a session outside calls to its APIs. They differ
// from those of every call, since no session has the name that they are derived from.
func NewIDs(db *store.DB, sess *session.Session) *wire.IDs {
	return wire.NewIDs(sess.Seed, db.Generation(), "\x00"+sess.Name, sess.Serial())
}
