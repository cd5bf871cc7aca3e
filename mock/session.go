package mock

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/control"
	"sandkasse/mock/internal/describe"
	"sandkasse/mock/internal/journal"
	"sandkasse/mock/internal/session"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/token"
)

// Session is one world of a server: records, keys, dialogs, homes, a journal, a clock and scenarios
// of its own. Tests that share a server give each a session, and do not see each other. It is safe
// for concurrent use.
type Session struct {
	server *Server
	name   string
}

// Session is the session of that name, made on first use: 1 to 64 letters, digits, hyphens,
// underscores and full stops. The error says what is wrong with the name, or that there are too
// many sessions.
func (s *Server) Session(name string) (*Session, error) {
	if err := address.CheckSession(name); err != nil {
		return nil, err
	}
	if _, err := s.sessions.Open(name); err != nil {
		return nil, err
	}
	return &Session{server: s, name: name}, nil
}

// open returns the session itself; one that expired is there anew.
func (s *Session) open() (*session.Session, error) { return s.server.sessions.Open(s.name) }

// Name is the session's name.
func (s *Session) Name() string { return s.name }

// URL is the address of an API by name (bsu) in this session, or of the server itself when the name
// is empty. An unknown name is an error of the program, and panics.
func (s *Session) URL(api string) string {
	base := s.server.address()
	if s.name != address.DefaultSession {
		base += "/_session/" + s.name
	}
	if api == "" {
		return base
	}
	known := s.server.catalog.ByName(api)
	if known == nil {
		panic(fmt.Sprintf("mock: there is no API %q; there are %s", api, strings.Join(s.server.catalog.Names(), ", ")))
	}
	return base + "/" + known.Label
}

// Client is an HTTP client whose every call reaches this session and nothing else, without a
// network: any host, http or https. So code that calls
// https://innrapporteringbsu.api.skatteetaten-test.no can be tested as it is.
func (s *Session) Client() *http.Client {
	client := s.server.memory.client()
	if s.name != address.DefaultSession {
		client.Transport = inSession{client.Transport, s.name}
	}
	return client
}

// inSession puts calls into a session.
type inSession struct {
	http.RoundTripper
	name string
}

func (t inSession) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if r.Header.Get(address.SessionHeader) == "" && !strings.HasPrefix(r.URL.Path, "/_session/") {
		r.Header.Set(address.SessionHeader, t.name)
	}
	return t.RoundTripper.RoundTrip(r)
}

// TokenRequest asks for a token of Maskinporten. API and one of Org and Vendor are required.
type TokenRequest struct {
	API string // the name of the API that the token is for, such as bsu
	Org string // the system user's organisation, nine digits; empty for a token without a system user
	// the vendor that holds the token, nine digits; empty for a synthetic one, or for none on
	// boligsameie
	Vendor  string
	Scope   string        // empty for the API's own
	TTL     time.Duration // 0 for two minutes; at least a second
	Expired bool          // whether the token ended a minute ago
}

// Token returns a token that this server accepts, issued at the session's time. The error says what
// in the request is wrong.
func (s *Session) Token(request TokenRequest) (string, error) {
	sess, err := s.open()
	if err != nil {
		return "", err
	}
	ids := control.NewIDs(s.server.store, sess)
	return token.MintFor(token.Request(request), token.MintOptions{
		Catalog: s.server.catalog, Key: s.server.key, Issuer: token.IssuerAt(s.URL("")), Now: sess.Clock.Now(),
		ID: ids.TokenID(),
	})
}

// Call is one call as the journal has it.
type Call = journal.Entry

// CallQuery narrows Calls and Wait; its zero value asks for all.
type CallQuery struct {
	API          string // by name: bsu
	Route        string // the path as the API documents it: /v1/{inntektsaar}
	Method       string
	Status       int    // of the answer; 1 to 5 stand for a class of them: 4 for 4xx
	Code         string // a parent code or a specification code: GLD_1028
	Organisation string // that made the call
	Key          string // the idempotencyKey
	Scenario     string // one that was played
	StoppedBy    string // the check that stopped the call
	Since        int64  // calls with a greater number than this
	Limit        int    // the newest so many
}

func (q CallQuery) query() journal.Query {
	return journal.Query{
		API: q.API, Route: q.Route, Method: q.Method, Status: journal.StatusOf(q.Status), Code: q.Code,
		Organisation: q.Organisation, Key: q.Key,
		Scenario: q.Scenario, StoppedBy: q.StoppedBy, Since: q.Since, Limit: q.Limit,
	}
}

// Calls are the calls that were made to the imitated APIs, oldest first, as far back as the journal
// reaches.
func (s *Session) Calls(q CallQuery) []Call {
	sess := s.server.sessions.Get(s.name)
	if sess == nil { // it has ended
		return []Call{}
	}
	return sess.Log.Calls(q.query())
}

// Wait is the calls that fit, as soon as there are so many; when the context is done first, those
// there are, and the context's error.
func (s *Session) Wait(ctx context.Context, q CallQuery, count int) ([]Call, error) {
	sess, err := s.open()
	if err != nil {
		return nil, err
	}
	return sess.Log.Wait(ctx, q.query(), count)
}

// Play is a scenario to arm: it plays for the calls that fit, without their asking for it. Scenario
// is needed; what else is empty fits all.
type Play struct {
	// a script (lost-answer) or a code (GLD_1015), with parameters where it has any: slow;ms=8000
	Scenario     string
	API          string // by name: bsu
	Method       string // of HTTP
	Route        string // by name, as GET /_sandkasse/apis/NAME lists them: innsending
	Organisation string // in the token or the body
	Reference    string // in the body, such as oppgavegiversLeveranseReferanse
	// how often a code plays, or a script's steps are gone through; Always for ever; 0 as the
	// scenario says, a code once
	Times       int
	Probability float64       // that a fitting call plays it; 0 is 1
	Seed        uint64        // of the chance; 0 is the session's
	TTL         time.Duration // by the session's clock; 0 is for ever
}

// Always is the Times of a play that goes on for ever.
const Always = -1

// Play arms a scenario in this session, and returns how to disarm it. A code plays once and a
// script goes through its steps once, unless Times says otherwise. The error says what is wrong,
// and what there is.
func (s *Session) Play(play Play) (disarm func(), err error) {
	sess, err := s.open()
	if err != nil {
		return nil, err
	}
	request := describe.PlayRequest{
		Scenario: play.Scenario, API: play.API, Method: play.Method, Route: play.Route, Organisation: play.Organisation,
		Reference: play.Reference, Times: describe.PlayTimes(play.Times),
	}
	if play.Probability != 0 {
		request.Probability = &play.Probability
	}
	if play.Seed != 0 {
		request.Seed = &play.Seed
	}
	if play.TTL != 0 {
		request.TTL = play.TTL.String()
	}
	wanted, err := request.Play(s.server.catalog, s.server.scenarios)
	if err != nil {
		return nil, err
	}
	id, err := sess.Plays.Arm(wanted, sess.Clock.Now())
	return func() { sess.Plays.Disarm(id) }, err
}

// Reset makes the session as new, in milliseconds whatever it holds: no records, no calls, no
// plays, and the server's clock. Identifiers begin again, so the same calls get the same answers.
// Its checkpoints stay.
func (s *Session) Reset() error {
	sess, err := s.open()
	if err != nil {
		return err
	}
	_, err = sess.Reset(nil)
	return err
}

// ResetWith is Reset with a seed for the identifiers to come and for chance.
func (s *Session) ResetWith(seed uint64) error {
	sess, err := s.open()
	if err != nil {
		return err
	}
	_, err = sess.Reset(&seed)
	return err
}

// Checkpoint saves the session as it stands, and returns what restores it, as often as is wanted. A
// name is as a session's.
func (s *Session) Checkpoint(name string) (restore func() error, err error) {
	if err := address.CheckSession(name); err != nil {
		return nil, err
	}
	sess, err := s.open()
	if err != nil {
		return nil, err
	}
	return func() error { return s.Restore(name) }, sess.Checkpoint(name)
}

// Restore makes the session as it was at the checkpoint of that name, records, clock, plays and
// journal.
func (s *Session) Restore(name string) error {
	sess, err := s.open()
	if err != nil {
		return err
	}
	if _, err := sess.Restore(name); errors.Is(err, store.ErrNoCheckpoint) {
		return fmt.Errorf("the session %s has no checkpoint %q", s.name, name)
	} else if err != nil {
		return err
	}
	return nil
}

// Clock is the session's time, to be read and told. Everything in the session follows it.
func (s *Session) Clock() Clock { return Clock{s} }

// Clock is the time of a session.
type Clock struct{ session *Session }

// Now is the session's time.
func (c Clock) Now() time.Time { return c.session.server.sessions.Now(c.session.name) }

// Freeze has the clock stand still at a time. The error is that the year is outside 1970 to 9999.
func (c Clock) Freeze(at time.Time) error { return c.tell(session.Change{Freeze: &at}) }

// Set has the clock show a time, and go on from there as before. The error is that of Freeze.
func (c Clock) Set(at time.Time) error { return c.tell(session.Change{Set: &at}) }

// Advance moves the clock, also one that stands still; backwards when by is below 0. The error is
// that of Freeze.
func (c Clock) Advance(by time.Duration) error { return c.tell(session.Change{Advance: &by}) }

// Scale has the clock run so many times as fast as the server's; above 0 and at most a million.
func (c Clock) Scale(times float64) error { return c.tell(session.Change{Scale: &times}) }

// Free makes the clock the server's own again.
func (c Clock) Free() error { return c.tell(session.Change{Free: true}) }

func (c Clock) tell(change session.Change) error {
	sess, err := c.session.open()
	if err != nil {
		return err
	}
	return sess.Clock.Apply(change)
}
