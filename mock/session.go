package mock

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/control"
	"sandkasse/mock/internal/session"
	"sandkasse/mock/internal/store"
)

// Session is an isolated part of a server, with its own records, calls, clock, seed and scenarios. Tests that share a
// server take a session each. It is safe for concurrent use.
type Session struct {
	server *Server
	name   string
}

// DefaultSession ("default") is the name of the session of calls that name none, and of the methods of a Server.
const DefaultSession = address.DefaultSession

// Session returns the session of that name, and creates it where it does not exist. A name has 1 to 64 letters, digits,
// hyphens, underscores and full stops; another one is an *ArgumentError. The error is ErrTooManySessions where there
// are 10,000 sessions that hold something; of those that hold nothing the longest unused one makes space.
func (s *Server) Session(name string) (*Session, error) {
	if err := address.CheckSession(name); err != nil {
		return nil, argument(err)
	}
	one := &Session{server: s, name: name}
	_, done, err := one.use()
	done()
	if err != nil {
		return nil, err
	}
	return one, nil
}

// use returns the internal session of that name, a new one where it has ended. It stays until done is called.
func (s *Session) use() (sess *session.Session, done func(), err error) {
	sess, done, err = s.server.backend.Sessions.Use(s.name)
	return sess, done, public(err)
}

// Name returns the name of the session.
func (s *Session) Name() string { return s.name }

// URL returns the base address of an API by its name (bsu) in this session, without a slash at its end; of the server
// for the empty name. It panics for an unknown name. Until the server listens, only Client reaches the address.
func (s *Session) URL(api string) string {
	base := s.server.address()
	if s.name != address.DefaultSession {
		base += "/_session/" + s.name
	}
	if api == "" {
		return base
	}
	known, err := apiOf(s.server.backend.Catalog, api)
	if err != nil {
		panic("mock: " + err.Error())
	}
	return base + "/" + known.Label
}

// Client returns an HTTP client whose calls all reach this session, without a network, whatever host they are for. So
// code that calls https://innrapporteringbsu.api.skatteetaten-test.no can be tested as it is.
func (s *Session) Client() *http.Client {
	client := s.server.memory.client()
	if s.name != address.DefaultSession {
		client.Transport = sessionTransport{client.Transport, s.name}
	}
	return client
}

// sessionTransport adds the name of a session to calls that name none.
type sessionTransport struct {
	http.RoundTripper
	name string
}

func (t sessionTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if r.Header.Get(address.SessionHeader) == "" && !strings.HasPrefix(r.URL.Path, "/_session/") {
		r.Header.Set(address.SessionHeader, t.name)
	}
	return t.RoundTripper.RoundTrip(r)
}

// Token returns a Maskinporten token that this server accepts. The error is an *ArgumentError, of an unknown API also
// ErrUnknownAPI.
func (s *Session) Token(request TokenRequest) (string, error) {
	sess, done, err := s.use()
	defer done()
	if err != nil {
		return "", err
	}
	request.BaseURL = cmp.Or(request.BaseURL, s.issuedAt())
	if request.IssuedAt.IsZero() {
		request.IssuedAt = sess.Clock.Now()
	}
	b := s.server.backend
	return request.mint(b.Catalog, b.Key, control.NewIDs(b.Store, sess).TokenID())
}

// issuedAt returns the public base address of the session, for the issuer of tokens.
func (s *Session) issuedAt() string {
	if base := s.server.options.BaseURL; base != "" {
		return base + strings.TrimPrefix(s.URL(""), s.server.address())
	}
	return s.URL("")
}

// Calls returns the calls to imitated APIs in this session that a query selects, oldest first. The journal of a server
// is bounded: the oldest calls are removed first.
func (s *Session) Calls(q CallQuery) []Call {
	sess := s.server.backend.Sessions.Get(s.name)
	if sess == nil { // it has ended
		return []Call{}
	}
	return newCalls(sess.Log.Calls(q.query()))
}

// Wait waits until a query selects at least so many calls, and returns them as Calls does. Where the context is done
// first, it returns those that there are, and the error of the context.
func (s *Session) Wait(ctx context.Context, q CallQuery, count int) ([]Call, error) {
	sess, done, err := s.use()
	defer done()
	if err != nil {
		return nil, err
	}
	entries, err := sess.Log.Wait(ctx, q.query(), count)
	return newCalls(slices.Collect(entries)), err
}

// Reset makes the session as new: without records, calls and armed scenarios, with the server's clock and seed. So the
// same calls get the same answers again. It takes milliseconds, however much the session holds. Checkpoints remain.
func (s *Session) Reset() error { return s.reset(nil) }

// ResetWithSeed does what Reset does, and gives the session a seed of its own instead of the
// server's.
func (s *Session) ResetWithSeed(seed uint64) error { return s.reset(&seed) }

func (s *Session) reset(seed *uint64) error {
	sess, done, err := s.use()
	defer done()
	if err != nil {
		return err
	}
	_, err = sess.Reset(seed)
	return err
}

// Checkpoint saves the state of the session under a name, in place of an earlier checkpoint of that name, and returns a
// function that restores it, any number of times. Names are as those of sessions; a session has at most 32 checkpoints.
func (s *Session) Checkpoint(name string) (restore func() error, err error) {
	if err := address.CheckSession(name); err != nil {
		return nil, argument(err)
	}
	sess, done, err := s.use()
	defer done()
	if err != nil {
		return nil, err
	}
	return func() error { return s.Restore(name) }, sess.Checkpoint(name)
}

// Restore gives the session the records, clock, armed scenarios and calls that it had at a checkpoint. The error is
// ErrNoCheckpoint where it has none of that name.
func (s *Session) Restore(name string) error {
	sess, done, err := s.use()
	defer done()
	if err != nil {
		return err
	}
	_, err = sess.Restore(name)
	return s.checkpointError(name, err)
}

// WriteCheckpoint writes a checkpoint of the session as a file, from which ReadCheckpoint makes one in any session of
// any server. The file has records, seed, clock and the numbers of calls, and neither calls nor armed scenarios;
// secrets and identity numbers in it are not masked. The same state gives the same bytes. The error is ErrNoCheckpoint
// where the session has none of that name, and ErrCheckpointFile where the file would be larger than 32 MiB.
func (s *Session) WriteCheckpoint(name string, w io.Writer) error {
	sess, done, err := s.use()
	defer done()
	if err != nil {
		return err
	}
	return s.checkpointError(name, sess.Store.WriteCheckpoint(context.Background(), name, w))
}

// ReadCheckpoint reads a file that WriteCheckpoint or GET /_sandkasse/checkpoints/{name}/file has written, and saves
// what is in it as a checkpoint of the session, in place of an earlier one of that name. The session itself is as
// before, until Restore. The error is ErrCheckpointFile where the file is none, damaged, of another version or larger
// than 32 MiB; its text says which.
func (s *Session) ReadCheckpoint(name string, r io.Reader) error {
	if err := address.CheckSession(name); err != nil {
		return argument(err)
	}
	text, err := io.ReadAll(io.LimitReader(r, store.MaxCheckpointFile+1))
	if err != nil {
		return err
	}
	sess, done, err := s.use()
	defer done()
	if err != nil {
		return err
	}
	_, err = sess.ImportCheckpoint(name, text)
	return public(err)
}

// checkpointError returns store.ErrNoCheckpoint as ErrNoCheckpoint with the name, and any other error as public does.
func (s *Session) checkpointError(name string, err error) error {
	if errors.Is(err, store.ErrNoCheckpoint) {
		return detailedError{fmt.Errorf("the session %s has no checkpoint %q", s.name, name), ErrNoCheckpoint}
	}
	return public(err)
}

// Remove ends the session with all that it has, checkpoints too. If it is used again, it is a new one. The default
// session can only be reset: to remove it is an *ArgumentError.
func (s *Session) Remove() error {
	if s.name == address.DefaultSession {
		return argument(fmt.Errorf("the session %s is always there; reset it", s.name))
	}
	_, err := s.server.backend.Sessions.Remove(s.name)
	return err
}

// Clock returns the clock of the session.
func (s *Session) Clock() Clock { return Clock{s} }

// Clock is the clock of a session. Everything in the session follows it: years that are open, tokens, feedback,
// webhooks. Times must be in the years 1970 to 9999; others are an error, and leave the clock as it is.
type Clock struct{ session *Session }

// Now returns the session's time.
func (c Clock) Now() time.Time { return c.session.server.backend.Sessions.Now(c.session.name) }

// Freeze stops the clock at a time.
func (c Clock) Freeze(at time.Time) error { return c.apply(session.Change{Freeze: &at}) }

// Set sets the clock to a time, from which it goes on as before.
func (c Clock) Set(at time.Time) error { return c.apply(session.Change{Set: &at}) }

// Advance moves the clock forward, also a frozen one; backward where by is negative.
func (c Clock) Advance(by time.Duration) error { return c.apply(session.Change{Advance: &by}) }

// Scale lets the clock run so many times as fast as the server's: more than 0, at most a million.
func (c Clock) Scale(times float64) error { return c.apply(session.Change{Scale: &times}) }

// Free gives the session the server's clock again.
func (c Clock) Free() error { return c.apply(session.Change{Free: true}) }

func (c Clock) apply(change session.Change) error {
	sess, done, err := c.session.use()
	defer done()
	if err != nil {
		return err
	}
	return argument(sess.Clock.Apply(change))
}
