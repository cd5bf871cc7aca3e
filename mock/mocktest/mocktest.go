// Package mocktest starts a Sandkasse for one Go test.
package mocktest

import (
	"testing"

	"sandkasse/mock"
)

// Server is a Sandkasse that listens on a free port of 127.0.0.1, with a temporary store, until its
// test ends.
type Server struct {
	*mock.Server
	t testing.TB
}

// Start starts a server with default options for a test, and closes it when the test is done. Tests
// with servers of their own may run in parallel.
func Start(t testing.TB) *Server {
	t.Helper()
	return StartWith(t, mock.Options{})
}

// StartWith is Start with options.
func StartWith(t testing.TB, options mock.Options) *Server {
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
	return &Server{Server: server, t: t}
}

// Token is a token for an API by name and a systembruker's organisation of nine digits. The test
// ends when there is no such API.
func (s *Server) Token(api, org string) string {
	s.t.Helper()
	token, err := s.Server.Token(mock.TokenRequest{API: api, Org: org})
	if err != nil {
		s.t.Fatalf("no token: %v", err)
	}
	return token
}
