// Package mocktest starts a Sandkasse for Go tests. What goes wrong with it fails the test, so that a test handles no
// errors but those of the client that it tests. The documentation of package mock has a complete test.
package mocktest

import (
	"context"
	"fmt"
	"hash/fnv"
	"net/http"
	"strings"
	"testing"
	"time"

	"sandkasse/mock"
)

// Session is a session of a server, for one test. Its methods end the test where they fail; what a session can do
// besides, [Session.Mock] does.
type Session struct {
	t      testing.TB
	server *mock.Server
	mock   *mock.Session
}

// Start starts a server with default options on a free port of 127.0.0.1, closes it when the test has ended, and
// returns its default session. Tests that start servers may run in parallel.
func Start(t testing.TB) *Session {
	t.Helper()
	return StartWith(t, mock.Options{})
}

// StartWith does what Start does, with options. An option that is wrong fails the test.
func StartWith(t testing.TB, options mock.Options) *Session {
	t.Helper()
	server, err := mock.New(options)
	if err != nil {
		t.Fatalf("sandkasse does not start: %v", err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Errorf("sandkasse does not close: %v", err)
		}
	})
	if err := server.Start("127.0.0.1:0"); err != nil {
		t.Fatalf("sandkasse does not start: %v", err)
	}
	return DefaultSession(t, server)
}

// DefaultSession returns the default session of a server that the caller started.
func DefaultSession(t testing.TB, server *mock.Server) *Session {
	t.Helper()
	return session(t, server, mock.DefaultSession)
}

// NewSession returns a session of a server that the caller started, named after the test, and removes it when the test
// has ended. Tests that share a server this way do not see each other. Characters that the name of a session cannot
// have become hyphens; a checksum keeps such names, and those that are too long, apart.
func NewSession(t testing.TB, server *mock.Server) *Session {
	t.Helper()
	s := session(t, server, sessionName(t.Name()))
	t.Cleanup(func() {
		if err := s.mock.Remove(); err != nil {
			t.Errorf("the session %s is not removed: %v", s.mock.Name(), err)
		}
	})
	return s
}

// Session returns a new session of the same server for another test, such as a subtest: see [NewSession].
func (s *Session) Session(t testing.TB) *Session {
	t.Helper()
	return NewSession(t, s.server)
}

func session(t testing.TB, server *mock.Server, name string) *Session {
	t.Helper()
	found, err := server.Session(name)
	if err != nil {
		t.Fatalf("no session: %v", err)
	}
	return &Session{t, server, found}
}

// maxName is the greatest length of the name of a session.
const maxName = 64

// sessionName returns the name of a test as that of a session.
func sessionName(test string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.", r) {
			return r
		}
		return '-'
	}, test)
	if name == test && len(name) <= maxName {
		return name
	}
	sum := fnv.New32a()
	sum.Write([]byte(test))
	end := fmt.Sprintf("-%08x", sum.Sum32())
	return name[:min(len(name), maxName-len(end))] + end
}

// Mock returns the session without the test.
func (s *Session) Mock() *mock.Session { return s.mock }

// Server returns the server of the session.
func (s *Session) Server() *mock.Server { return s.server }

// URL returns the base address of an API by its name (bsu) in this session, of the server for the empty name. It panics
// for an unknown name.
func (s *Session) URL(api string) string { return s.mock.URL(api) }

// Client returns an HTTP client whose calls all reach this session, whatever host they are for.
func (s *Session) Client() *http.Client { return s.mock.Client() }

// Token returns a token for an API by its name, of a system user of an organisation (nine digits), valid for 120
// seconds.
func (s *Session) Token(api, org string) string {
	s.t.Helper()
	token, err := s.mock.Token(mock.TokenRequest{API: api, Org: org})
	if err != nil {
		s.t.Fatalf("no token: %v", err)
	}
	return token
}

// Play arms a scenario, and returns a function that disarms it.
func (s *Session) Play(play mock.Play) (disarm func()) {
	s.t.Helper()
	disarm, err := s.mock.Play(play)
	if err != nil {
		s.t.Fatalf("%s is not armed: %v", play.Scenario, err)
	}
	return disarm
}

// Calls returns the calls in this session that a query selects, oldest first.
func (s *Session) Calls(q mock.CallQuery) []mock.Call { return s.mock.Calls(q) }

// waitLimit bounds Wait in real time.
const waitLimit = 10 * time.Second

// Wait waits up to ten seconds until a query selects at least so many calls, and returns them.
func (s *Session) Wait(q mock.CallQuery, count int) []mock.Call {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), waitLimit)
	defer cancel()
	calls, err := s.mock.Wait(ctx, q, count)
	if err != nil {
		s.t.Fatalf("there are %d calls, want %d: %v", len(calls), count, err)
	}
	return calls
}

// Report returns the report on the client of the session. A query that cannot be ends the test.
func (s *Session) Report(q mock.ReportQuery) mock.Report {
	s.t.Helper()
	report, err := s.mock.Report(q)
	if err != nil {
		s.t.Fatalf("there is no report: %v", err)
	}
	return report
}

// CheckConduct fails the test, without ending it, with each finding of the report that is of a gravity or above. Call
// it when the client is done, or before: `defer server.CheckConduct(mock.GravityError, mock.ReportQuery{})`.
func (s *Session) CheckConduct(gravity mock.Gravity, q mock.ReportQuery) {
	s.t.Helper()
	for _, f := range s.Report(q).Findings {
		if f.Gravity.Reaches(gravity) {
			s.t.Errorf("%s %s, calls %v: %s\nin production: %s\nchange: %s", f.Gravity, f.Rule, f.Calls, f.What,
				f.Production, f.Change)
		}
	}
}

// Clock returns the clock of the session.
func (s *Session) Clock() mock.Clock { return s.mock.Clock() }

// Reset makes the session as new.
func (s *Session) Reset() {
	s.t.Helper()
	if err := s.mock.Reset(); err != nil {
		s.t.Fatalf("the session is not reset: %v", err)
	}
}
