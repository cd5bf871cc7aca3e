package mock

import (
	"context"
	"io"
	"net/http"
)

// URL returns the base address of an API by its name (bsu), of the server for the empty name: see [Session.URL].
func (s *Server) URL(api string) string { return s.session.URL(api) }

// Client returns an HTTP client whose calls all reach the server, whatever host they are for: see [Session.Client].
func (s *Server) Client() *http.Client { return s.session.Client() }

// Token returns a Maskinporten token that the server accepts: see [Session.Token].
func (s *Server) Token(request TokenRequest) (string, error) { return s.session.Token(request) }

// Play arms a scenario in the default session: see [Session.Play].
func (s *Server) Play(play Play) (disarm func(), err error) { return s.session.Play(play) }

// Calls returns calls in the default session: see [Session.Calls].
func (s *Server) Calls(q CallQuery) []Call { return s.session.Calls(q) }

// Wait waits for calls in the default session: see [Session.Wait].
func (s *Server) Wait(ctx context.Context, q CallQuery, count int) ([]Call, error) {
	return s.session.Wait(ctx, q, count)
}

// Report returns the report on the client of the default session: see [Session.Report].
func (s *Server) Report(q ReportQuery) (Report, error) { return s.session.Report(q) }

// Clock returns the clock of the default session: see [Session.Clock].
func (s *Server) Clock() Clock { return s.session.Clock() }

// Reset makes the default session as new: see [Session.Reset].
func (s *Server) Reset() error { return s.session.Reset() }

// ResetWithSeed resets the default session and gives it a seed of its own: see
// [Session.ResetWithSeed].
func (s *Server) ResetWithSeed(seed uint64) error { return s.session.ResetWithSeed(seed) }

// Checkpoint saves the state of the default session: see [Session.Checkpoint].
func (s *Server) Checkpoint(name string) (restore func() error, err error) {
	return s.session.Checkpoint(name)
}

// Restore restores a checkpoint of the default session: see [Session.Restore].
func (s *Server) Restore(name string) error { return s.session.Restore(name) }

// WriteCheckpoint writes a checkpoint of the default session as a file: see [Session.WriteCheckpoint].
func (s *Server) WriteCheckpoint(name string, w io.Writer) error {
	return s.session.WriteCheckpoint(name, w)
}

// ReadCheckpoint saves a file as a checkpoint of the default session: see [Session.ReadCheckpoint].
func (s *Server) ReadCheckpoint(name string, r io.Reader) error {
	return s.session.ReadCheckpoint(name, r)
}
