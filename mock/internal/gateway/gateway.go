// Package gateway is the front: it finds what a call is for, checks it, has it done, and writes the answer. It is the only place where an
// answer becomes bytes.
//
// A call runs through one straight function with named steps (answer, below). Which of two faults is told is part of what is imitated, so
// the order of the checks is data, in the family's file, and the journal says which one stopped a call.
package gateway

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/journal"
	"sandkasse/mock/internal/maskinporten"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// DefaultSession is the session of a call that names none.
const DefaultSession = "default"

// Config is what a gateway works with; all of it is needed.
type Config struct {
	Catalog    *catalog.Catalog
	Store      *store.DB
	Journal    *journal.Journal
	Verifier   *maskinporten.Verifier
	Auth       maskinporten.Mode
	Clock      func() time.Time
	Seed       uint64
	Log        *slog.Logger
	Checks     wire.Checks     // the families' own, beside those of this package
	Behaviours wire.Behaviours // the families' own
}

// Gateway answers the calls to the imitated APIs. It is safe for concurrent use.
type Gateway struct {
	Config
	checks map[string]func(*call) error
	routes routes
}

// New is a gateway over that configuration. The catalogue has been loaded with the names that Config.Checks, Config.Behaviours and
// Vocabulary offer, so every name in it is known here.
func New(config Config) *Gateway {
	g := &Gateway{Config: config, routes: newRoutes(config.Catalog), checks: map[string]func(*call) error{}}
	for name, own := range ownChecks() {
		g.checks[name] = func(c *call) error { return own.prove(g, c) }
	}
	for name, part := range config.Checks {
		g.checks[name] = func(c *call) error { return part.Do(&c.Request) }
	}
	return g
}

// call is one call on its way through: what the behaviours may see of it, and the HTTP around it that they may not.
type call struct {
	wire.Request
	http *http.Request

	step        string  // what is being done with it: a check's name, once the checks begin
	path        string  // under the API's address
	template    string  // of the path, as the catalogue has it
	bodyBytes   int64   // how long the body is, as far as is known
	oversize    bool    // it is longer than the API takes
	key         string  // the idempotencyKey; set by the check of that name, as is:
	fingerprint string  // of the body
	replay      *answer // the answer given before under that key
}

// answer is what goes back, complete, and what the journal is to know of it.
type answer struct {
	status      int
	contentType string
	body        []byte
	header      http.Header // beside those that every answer has

	kode      string   // of an error
	codes     []string // its specification codes
	stoppedBy string   // the step that ended the call early
	why       string
	replayed  bool
}

// ServeHTTP answers one call and enters it in the journal.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := g.begin(r)
	a := g.guarded(c)
	g.record(c, a)
	g.write(w, c, a)
}

func (g *Gateway) begin(r *http.Request) *call {
	c := &call{http: r}
	c.Session = DefaultSession
	c.Number = g.Journal.Next(c.Session)
	c.Now = g.Clock()
	c.IDs = wire.NewIDs(g.Seed, g.Store.Generation(), c.Session, c.Number)
	c.Auth = g.Auth
	c.Root = root(r)
	c.Query = r.URL.Query()
	c.Read = func(read func(*store.Tx) error) error { return g.Store.View(c.Session, c.Now, read) }
	return c
}

// root is the server's address as the caller reached it.
func root(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

// guarded is answer with a net under it: a panic inside is an unexpected failure of this one call.
func (g *Gateway) guarded(c *call) (a answer) {
	defer func() {
		if problem := recover(); problem != nil {
			a = g.refuse(c, fmt.Errorf("panic: %v\n%s", problem, debug.Stack()))
		}
	}()
	return g.answer(c)
}

// answer is a call from top to bottom, its steps numbered as in the design, section 3 (3, 5 and 7 are where scenarios come in).
func (g *Gateway) answer(c *call) answer {
	// 1. find what it is for
	c.step = "address"
	found := g.routes.find(c.http)
	if found.api == nil {
		_ = readBody(c, strayLimit) // for the journal; the answer is the same
		return unknownInstance(c, g.Catalog)
	}
	c.API, c.Route, c.Params, c.path, c.template = found.api, found.route, found.params, found.path, found.at
	// 2. read all of the body, within bounds, so that the client gets to its answer also when it is refused
	c.step = "body"
	if err := readBody(c, c.API.MaxBody); err != nil {
		return g.refuse(c, err)
	}
	switch {
	case found.route != nil:
	case len(found.allow) > 0:
		c.step = "method"
		a := g.refuse(c, feil.New(feil.MethodNotAllowed,
			fmt.Sprintf("%s is not served here; %s is", c.http.Method, found.allow)))
		a.header = http.Header{"Allow": {found.allow}}
		return a
	default:
		c.step = "url"
		return g.refuse(c, feil.New(feil.UnknownURL, "the API has nothing at this path; it has "+g.routes.list(found.api),
			feil.Detalj{AngittVerdi: found.path}))
	}
	// 4. the family's checks, in its order
	for _, name := range c.Route.Checks {
		c.step = name
		if err := g.checks[name](c); err != nil {
			return g.refuse(c, err)
		}
		if c.replay != nil {
			return *c.replay
		}
	}
	// 6. the work, in one transaction
	c.step = "behaviour " + c.Route.Behaviour
	a, err := g.work(c)
	if err != nil {
		return g.refuse(c, err)
	}
	if a.kode != "" {
		a.stoppedBy = c.step
	}
	return a
}

// work runs the route's behaviour: reading only for a GET, else in a transaction that also keeps the answer under the caller's key.
func (g *Gateway) work(c *call) (a answer, err error) {
	part := g.Behaviours[c.Route.Behaviour]
	if part.Prepare != nil {
		if c.Prepared, err = part.Prepare(&c.Request); err != nil {
			return answer{}, err
		}
	}
	do := func(tx *store.Tx) error {
		if c.Route.Idempotent {
			if known, err := g.known(tx, c); err != nil || known != nil {
				if known != nil {
					a = *known
				}
				return err
			}
		}
		response, err := part.Do(tx, &c.Request)
		if err != nil {
			return err
		}
		if a, err = render(c.API, response); err != nil || !c.Route.Idempotent {
			return err
		}
		return g.remember(tx, c, a)
	}
	if c.Route.Method == http.MethodGet {
		return a, g.Store.View(c.Session, c.Now, do)
	}
	return a, g.Store.Update(c.Session, c.Now, do)
}

// refuse tells what is wrong with the call in the API's own words. An error that is no *feil.Feil is a failure inside: the client gets the
// agency's "unexpected" without detail, the log gets the cause.
func (g *Gateway) refuse(c *call, err error) answer {
	var f *feil.Feil
	var inside bool
	if !errors.As(err, &f) {
		inside = true
		f = feil.New(feil.UnexpectedFailure, "something failed inside sandkasse; its log has the cause")
		g.Log.Error("call failed inside", "call", c.Number, "session", c.Session, "step", c.step, "cause", err)
	}
	if c.API == nil { // no agency's words to put it in
		return answer{
			status: http.StatusInternalServerError, contentType: "text/plain; charset=utf-8", body: []byte(f.Why + "\n"),
			header: http.Header{"Sandkasse-Feil": {f.Why}}, stoppedBy: c.step, why: f.Why,
		}
	}
	row := c.API.Feil[f.Offence]
	a := errorBodies()[c.API.ErrorBody](c, row, f)
	a.status, a.kode, a.stoppedBy, a.why = row.Status, row.Kode, c.step, f.Why
	if row.Spesifisering != "" {
		a.codes = []string{row.Spesifisering}
	}
	if inside {
		a.header = http.Header{"Sandkasse-Feil": {fmt.Sprintf("sandkasse failed inside on call %d; its log says why", c.Number)}}
	}
	return a
}
