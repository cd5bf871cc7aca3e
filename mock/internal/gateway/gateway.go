// Package gateway answers the calls to the imitated APIs: it finds what a call is for, checks it,
// has it carried out, and writes the answer. It is the only package in which an answer becomes
// bytes.
//
// A call runs through one straight function with numbered steps (Gateway.handle). Which of two
// faults is reported is part of what is imitated, so the order of the checks is data, in the
// family's file, and the journal says which one ended a call.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/bounds"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/journal"
	"sandkasse/mock/internal/metrics"
	"sandkasse/mock/internal/report"
	"sandkasse/mock/internal/scenario"
	"sandkasse/mock/internal/session"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/token"
	"sandkasse/mock/internal/wire"
)

// Config configures a Gateway. All fields but NoReserved are required.
type Config struct {
	Catalog     *catalog.Catalog
	Store       *store.DB
	Sessions    *session.Sessions
	Scenarios   *scenario.Library
	Verifier    *token.Verifier
	Exchanged   *token.Verifier // of tokens that were exchanged at Altinn
	Auth        token.Mode
	SystemUsers wire.SystemUsers
	Log         *slog.Logger
	Memory      *bounds.Memory
	Metrics     *metrics.Server
	NoReserved  bool            // no organisation is reserved for a scenario
	Checks      wire.Checks     // of the families, beside those of this package
	Behaviours  wire.Behaviours // of the families

	FeedbackAfter time.Duration // by the session's clock, from a delivery until its feedback is there; 0 for at once
}

// Gateway answers the calls to the imitated APIs. It is safe for concurrent use.
type Gateway struct {
	Config
	checks map[string]func(*call) error
	routes routes
	codes  func() map[string]string // by reserved organisation number
	lines  map[*catalog.API]func() *report.Lines
}

// New returns a gateway. The catalogue must have been loaded with the names of Config.Checks,
// Config.Behaviours and Vocabulary, so that every name in it is known.
func New(config Config) *Gateway {
	g := &Gateway{
		Config: config, routes: newRoutes(config.Catalog), codes: reservedCodes(config.Catalog),
		checks: map[string]func(*call) error{},
	}
	g.lines = g.newLines()
	for name, own := range ownChecks() {
		g.checks[name] = func(c *call) error { return own.run(g, c) }
	}
	for name, part := range config.Checks {
		g.checks[name] = func(c *call) error { return part.Do(&c.Request) }
	}
	return g
}

// call is a call while it is handled: the Request that behaviours see, and the HTTP around it that
// they do not see.
type call struct {
	wire.Request
	http    *http.Request
	reads   context.Context     // ends what the call reads: its caller is gone, unless the call changes something
	writer  http.ResponseWriter // to end a read that takes too long; only write writes to it
	session *session.Session
	began   time.Time // by the clock of the server

	step        catalog.Step    // that is under way
	path        string          // under the API's address
	template    string          // of the path, as the catalogue has it
	notImitated bool            // the operation is one of the real API alone
	bodyBytes   int64           // length of the body, as far as is known
	oversize    bool            // the body is longer than the API takes
	key         string          // the idempotencyKey; set by the check of that name, as is:
	fingerprint string          // of the body
	correlation string          // the Korrelasjonsid of the call; empty where it cannot be used
	committed   bool            // the work was done and stored
	unwatched   bool            // no client made the call
	delivered   *wire.Delivered // by the work, which may have been undone; nil for none

	body   bounds.Body        // holds the room of Body
	work   bounds.Reservation // for Document and what is made of it
	answer bounds.Reservation // for a large answer

	scenarios *scenario.Run     // nil while no scenario is asked for
	effects   []scenario.Effect // of the scenarios so far, by point
	duplicate bool              // the call is to be carried out a second time
}

// response is a complete answer, with what the journal records of it.
type response struct {
	status      int
	contentType string
	body        []byte
	header      http.Header // beside the headers of every answer
	plan        sendPlan    // how it goes out

	kode      string       // of an error
	codes     []string     // its specification codes
	offence   feil.Offence // that the call committed; empty for none, and for a code on demand
	stoppedBy catalog.Step // the step that ended the call early; the zero Step for none
	why       string
	whyLogged bool // the log has it already
	replayed  bool
	nextPage  string   // token of the page of a list after this one; empty for none
	played    []string // scenarios
	demanded  bool     // a scenario made the answer
}

// Serve answers a call and records it in the journal. at is the call's address; misaddressed says
// what is wrong with it, or is nil.
func (g *Gateway) Serve(w http.ResponseWriter, r *http.Request, at address.Address, misaddressed error) {
	g.serve(w, r, at, misaddressed, func(*call) {})
}

// serve does what Serve says, and shows begun the call before it is answered.
func (g *Gateway) serve(
	w http.ResponseWriter, r *http.Request, at address.Address, misaddressed error, begun func(*call),
) {
	if misaddressed != nil {
		at.Session = address.DefaultSession // whichever it names
	}
	status := http.StatusBadRequest
	sess, done, err := g.Sessions.Use(at.Session)
	if err != nil {
		done()
		misaddressed = err
		status = http.StatusServiceUnavailable
		sess, done, _ = g.Sessions.Use(address.DefaultSession) // which is always there
	}
	defer done()
	c := g.newCall(r, at, sess)
	c.writer = w
	c.began = g.Metrics.Now()
	begun(c)
	defer g.noteEnd(c)
	defer func() { c.scenarios.End() }() // which is set on the way
	defer c.release()
	a := g.answerRecovered(c, func() response {
		if misaddressed != nil {
			c.step = catalog.AddressStep
			if storeStatus(misaddressed) != 0 {
				return g.refuse(c, misaddressed)
			}
			return ownError(c, status, misaddressed.Error())
		}
		return g.handle(c)
	})
	a = g.reserveAnswer(c, a)
	a.header = a.completeHeader(c)
	g.record(c, a)
	c.releaseWork() // of which the duplicate needs as much
	if c.duplicate {
		g.serveDuplicate(c, a.played)
	}
	c.releaseBody()
	g.write(w, c, a)
}

// newCall returns a call that has its number, its time and its random source, and nothing else yet.
func (g *Gateway) newCall(r *http.Request, at address.Address, sess *session.Session) *call {
	c := &call{http: r, reads: r.Context(), session: sess}
	if r.Method != http.MethodGet && r.Method != http.MethodHead { // which is done whether its caller is there or not
		c.reads = context.WithoutCancel(r.Context())
	}
	c.Session, c.Seed = sess.Name, sess.Seed
	c.Number = sess.Log.Next()
	c.Now = sess.Clock.Now()
	c.Grants = sess.Grants
	c.IDs = wire.NewIDs(sess.Seed, g.Store.Generation(), c.Session, c.Number)
	c.Auth = g.Auth
	c.SystemUsers = g.SystemUsers
	c.Address = at
	c.Reserved = func(org string) bool { return strings.HasPrefix(org, scenario.ReservedPrefix) }
	c.Query = r.URL.Query()
	c.Read = func(read func(*store.Tx) error) error { return sess.Store.View(c.reads, c.Now, read) }
	return c
}

// answerRecovered returns what answer returns. A panic in it is an unexpected failure of this one
// call.
func (g *Gateway) answerRecovered(c *call, answer func() response) (a response) {
	defer func() {
		if problem := recover(); problem != nil {
			a = g.refuse(c, fmt.Errorf("panic: %v\n%s", problem, debug.Stack()))
		}
	}()
	return answer()
}

// handle takes a call from top to bottom and returns its answer.
func (g *Gateway) handle(c *call) response {
	// 1. find the API and the route
	c.step = catalog.AddressStep
	if status, why := notForAPI(c.http); status != 0 {
		a := ownError(c, status, why)
		a.header.Set("Connection", "close") // what follows is no call either
		return a
	}
	found := g.routes.match(c.Address, c.http)
	if found.api == nil {
		_ = g.readBody(c, unknownBodyLimit, func() bool { return true }) // for the journal; the answer is the same
		return unknownInstance(c, g.Catalog)
	}
	c.API, c.Route, c.Params, c.path, c.template = found.api, found.route, found.params, found.path, found.template
	c.notImitated = found.notImitated
	c.Host = found.host
	c.Base, c.PlainBase = c.Address.Root+found.base, c.Address.SessionRoot+found.base
	c.readCorrelation()
	// 2. read all of the body, within bounds, so that the client gets to its answer also when it is
	// refused
	c.step = catalog.BodyStep
	if err := g.readBody(c, c.API.MaxBody, func() bool { return g.isCondemned(c) }); err != nil {
		return g.refuse(c, err)
	}
	// 3. scenarios before the checks
	c.step = catalog.ScenarioStep
	if err := g.selectScenarios(c); err != nil {
		return ownError(c, http.StatusBadRequest, err.Error())
	}
	a, handled := g.runScenarios(c, scenario.BeforeChecks, "")
	if !handled {
		a = g.serveAPI(c, found.allow)
	}
	// 7. scenarios after the work
	return g.applyAnswerScenarios(c, a)
}

// serveAPI answers a call as the agency would. Scenarios may play instead of the work.
func (g *Gateway) serveAPI(c *call, allow string) response {
	switch {
	case c.Route != nil:
	case c.notImitated:
		c.step = catalog.URLStep
		return ownError(c, http.StatusNotImplemented, fmt.Sprintf(
			"%s has the operation %s %s, and Sandkasse does not imitate it; it imitates %s",
			c.API.Title, c.http.Method, c.template, g.routes.list(c.API)))
	case allow != "":
		c.step = catalog.MethodStep
		a := g.refuse(c, feil.New(feil.MethodNotAllowed,
			fmt.Sprintf("%s is not served here; %s is", c.http.Method, allow),
			feil.MethodNotAllowedDetalj(c.http.Method, allow)))
		a.header = http.Header{"Allow": {allow}}
		return a
	default:
		c.step = catalog.URLStep
		return g.refuse(c, feil.New(feil.UnknownURL,
			"the API has nothing at this path; "+g.routes.nearest(c.API, c.path)+"it has "+g.routes.list(c.API),
			feil.UnknownURLDetalj(c.path)))
	}
	// 4. the family's checks, in its order
	for _, step := range c.Route.CheckSteps() {
		c.step = step
		if err := g.checks[step.String()](c); err != nil {
			if a, answered := g.replay(c); answered {
				return a
			}
			return g.refuse(c, err)
		}
	}
	// 5. scenarios instead of the work
	if c.scenarios != nil {
		if a, answered := g.replay(c); answered {
			return a
		}
	}
	c.step = catalog.ScenarioStep
	if a, handled := g.runScenarios(c, scenario.InsteadOfWork, ""); handled {
		return a
	}
	// 6. the work, in one transaction
	c.step = c.Route.BehaviourStep()
	a, err := g.work(c)
	if err != nil {
		if isKeyReused(err) {
			c.step = catalog.IdempotencyKeyStep
		}
		return g.refuse(c, err)
	}
	if a.kode != "" {
		a.stoppedBy = c.step
	}
	c.committed = a.kode == "" && !a.replayed
	return a
}

// work runs the route's behaviour in a transaction that also stores the answer under the caller's
// idempotencyKey. A GET runs in a transaction that only reads; where its behaviour says that it
// writes, and tries to, it runs again in one that may write.
func (g *Gateway) work(c *call) (a response, err error) {
	part := g.Behaviours[c.Route.Behaviour]
	if part.Prepare != nil {
		if c.Prepared, err = part.Prepare(&c.Request); err != nil {
			return response{}, err
		}
	}
	do := func(tx *store.Tx) error {
		if c.Route.Idempotent {
			if known, err := g.storedResponse(tx, c); err != nil || known != nil {
				if known != nil {
					a = *known
				}
				return err
			}
		}
		result, err := part.Do(tx, &c.Request)
		if err != nil {
			return err
		}
		c.delivered = result.Delivered
		if a, err = render(c.API, result); err != nil || !c.Route.Idempotent {
			return err
		}
		return g.storeResponse(tx, c, a)
	}
	if c.Route.Method == http.MethodGet {
		a, err = g.read(c, func() (response, error) {
			err := c.session.Store.View(c.reads, c.Now, do)
			result := a
			a = response{} // held by nobody else
			return result, err
		})
		if part.Writes && errors.Is(err, store.ErrReadOnly) {
			err = c.session.Store.UpdateWhile(c.reads, c.Now, do)
		}
		return a, err
	}
	err = c.session.Store.Update(c.Now, do)
	return a, err
}

// refuse returns the answer to an error in the API's own words. An error that is no *feil.Feil is a
// failure inside: the client gets the agency's "unexpected" without detail, and the log gets the
// cause.
func (g *Gateway) refuse(c *call, err error) response {
	isExhausted := errors.Is(err, bounds.ErrExhausted)
	switch {
	case errors.Is(err, store.ErrSessionClosed): // K359
		return ownError(c, http.StatusConflict, store.ErrSessionClosed.Error())
	case storeStatus(err) != 0:
		a := ownError(c, storeStatus(err), err.Error())
		a.whyLogged = true // by the store, not with every call
		return a
	case errors.Is(err, c.http.Context().Err()), isExhausted && c.http.Context().Err() != nil:
		return callerGone(c)
	case isExhausted: // K600
		return ownError(c, http.StatusServiceUnavailable, bounds.ErrExhausted.Error())
	}
	var f *feil.Feil
	var inside bool
	if !errors.As(err, &f) {
		inside = true
		f = feil.New(feil.UnexpectedFailure, "something failed inside sandkasse; its log has the cause")
		g.Log.Error("call failed inside", "call", c.Number, "session", c.Session, "step", c.step.String(),
			"cause", journal.Mask(err.Error()))
	}
	if c.API == nil { // no agency's words to put it in
		return ownError(c, http.StatusInternalServerError, f.Why)
	}
	a := renderOffence(c, c.API.Feil[f.Offence], f)
	a.offence = f.Offence
	if f.Sandbox != "" {
		a.header = with(a.header, map[string]string{"Sandkasse-Feil": wire.Printable(c.Address.Explain(f.Sandbox))})
	}
	if inside {
		text := fmt.Sprintf("sandkasse failed inside on call %d; its log says why", c.Number)
		a.header = http.Header{"Sandkasse-Feil": {text}}
	}
	return a
}

// storeStatus returns the status of Sandkasse's own answer where the data file cannot be used
// (K581), 0 for another error.
func storeStatus(err error) int {
	switch {
	case errors.Is(err, store.ErrNotStored), errors.Is(err, store.ErrClosed):
		return http.StatusServiceUnavailable
	case errors.Is(err, store.ErrDamaged):
		return http.StatusInternalServerError
	}
	return 0
}

// callerGone returns what the journal records of a call whose caller went away before its answer:
// the status 499, as nginx logs it (K580). Nothing is sent.
func callerGone(c *call) response {
	return response{
		status: statusCallerGone, plan: sendPlan{nothing: true}, stoppedBy: c.step,
		why: "the caller went away before the answer was ready; nothing was sent",
	}
}

// renderOffence returns an offence as the API's table has it, in the form of the API's error
// bodies.
func renderOffence(c *call, row feil.Row, f *feil.Feil) response {
	a := errorBodies()[c.API.ErrorBody](c, row, f)
	a.status, a.kode, a.stoppedBy, a.why = row.Status, row.Kode, c.step, f.Why
	if row.Spesifisering != "" {
		a.codes = []string{row.Spesifisering}
	}
	return a
}

// ownError returns an error of Sandkasse's own, which nobody can take for an agency's: a plain
// sentence, and the same in ASCII in the header Sandkasse-Feil. A browser is to take it for nothing
// else, as all that Sandkasse answers in its own name.
func ownError(c *call, status int, why string) response {
	why = wire.Line(c.Address.Explain(why))
	return response{
		status: status, contentType: "text/plain; charset=utf-8", body: []byte(why),
		header:    http.Header{"Sandkasse-Feil": {wire.Printable(why)}, "X-Content-Type-Options": {"nosniff"}},
		stoppedBy: c.step, why: why,
	}
}
