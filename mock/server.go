package mock

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/control"
	"sandkasse/mock/internal/gateway"
	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/journal"
	"sandkasse/mock/internal/maskinporten"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
	"sandkasse/schemas"
)

// Limits of the listener: every wait has one. A delivery of 10 MiB over a slow line must still get through.
const (
	headerLimit   = 10 * time.Second // to send the header of a call
	callLimit     = 2 * time.Minute  // to send all of a call
	answerLimit   = 3 * time.Minute  // from the header's end until the answer is written
	idleLimit     = 2 * time.Minute  // between two calls on one connection
	shutdownLimit = 10 * time.Second // for calls in flight when the server closes
)

// unlistened is the address of a server that listens nowhere; Client reaches it all the same.
const unlistened = "http://sandkasse.localhost"

// Server imitates the APIs. It is an http.Handler, safe for concurrent use; Close must be called when done with it.
type Server struct {
	options Options
	catalog *catalog.Catalog
	store   *store.DB
	journal *journal.Journal
	key     maskinporten.Key
	gateway http.Handler
	control http.Handler

	http   *http.Server
	memory *memoryListener
	base   atomic.Pointer[string] // the address it listens on
	failed chan error             // why it ceased to listen
}

// New makes a server that does not listen yet: use it as a handler, through Client, or let it Start. The error is one line that says what
// is wrong with the options or the data file.
func New(options Options) (*Server, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	key, err := maskinporten.TestKey()
	if err != nil {
		return nil, err
	}
	known, err := loadCatalog()
	if err != nil {
		return nil, err
	}
	db, err := options.open()
	if err != nil {
		return nil, err
	}
	s := &Server{
		options: options, catalog: known, store: db, key: key, journal: journal.New(journal.Limits{}), memory: newMemoryListener(),
		failed: make(chan error, 1),
	}
	s.gateway = gateway.New(gateway.Config{
		Catalog: known, Store: db, Journal: s.journal, Verifier: maskinporten.NewVerifier(key, options.mode()), Auth: options.mode(),
		Clock: options.Clock, Seed: options.Seed, Log: options.Log,
		Checks: innrapportering.Checks(), Behaviours: innrapportering.Behaviours(),
	})
	s.control = control.New(control.Config{
		Catalog: known, Store: db, Journal: s.journal, Key: key, Clock: options.Clock, Session: gateway.DefaultSession,
		Seed: options.Seed, Version: options.Version,
	})
	s.http = &http.Server{
		Handler: s, ReadHeaderTimeout: headerLimit, ReadTimeout: callLimit, WriteTimeout: answerLimit, IdleTimeout: idleLimit,
		ErrorLog: slog.NewLogLogger(options.Log.Handler(), slog.LevelWarn),
	}
	go s.http.Serve(s.memory) // ends with the server
	return s, nil
}

// loadCatalog reads the built-in APIs, with the names that the server's parts know.
func loadCatalog() (*catalog.Catalog, error) {
	known := catalog.Vocabulary{Checks: gateway.CheckNames(), Svar: innrapportering.Svar()}
	for name := range innrapportering.Checks() {
		known.Checks = append(known.Checks, name)
	}
	for name := range innrapportering.Behaviours() {
		known.Behaviours = append(known.Behaviours, name)
	}
	return catalog.Load(catalog.Embedded(), schemas.Embedded(), known)
}

// ServeHTTP answers one call: sandkasse's own under /_sandkasse/, everything else as the imitated APIs would.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasPrefix(r.URL.Path, control.Prefix):
		s.control.ServeHTTP(w, r)
	case r.URL.Path == strings.TrimSuffix(control.Prefix, "/"), r.URL.Path == "/" && r.Method == http.MethodGet:
		http.Redirect(w, r, control.Prefix, http.StatusFound)
	default:
		s.gateway.ServeHTTP(w, r)
	}
}

// Start listens on an address such as 127.0.0.1:8080 (port 0 takes a free one) and answers calls there in the background until Close.
func (s *Server) Start(addr string) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", addr, err)
	}
	base := "http://" + listener.Addr().String()
	s.base.Store(&base)
	go func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	}()
	return nil
}

// Wait blocks until the context is done, which is no error, or until the server cannot listen any more.
func (s *Server) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.failed:
		return fmt.Errorf("cannot listen any more: %w", err)
	}
}

// URL is the address of an API by name (bsu), or of the server itself when the name is empty. An unknown name is an error of the program,
// and panics.
func (s *Server) URL(api string) string {
	base := unlistened
	if listening := s.base.Load(); listening != nil {
		base = *listening
	}
	if api == "" {
		return base
	}
	known := s.catalog.ByName(api)
	if known == nil {
		panic(fmt.Sprintf("mock: there is no API %q; there are %s", api, strings.Join(s.catalog.Names(), ", ")))
	}
	return base + "/" + known.Label
}

// Call is one call as the journal has it.
type Call = journal.Entry

// CallQuery narrows Calls; its zero value asks for all.
type CallQuery struct {
	API    string // by name: bsu
	Status int    // of the answer
	Code   string // a parent code or a specification code: GLD_1028
	Since  int64  // calls with a greater number than this
	Limit  int    // the newest so many
}

// Calls are the calls that were made to the imitated APIs, oldest first, as far back as the journal reaches.
func (s *Server) Calls(q CallQuery) []Call {
	return s.journal.Calls(journal.Query{
		Session: gateway.DefaultSession, API: q.API, Status: q.Status, Code: q.Code, Since: q.Since, Limit: q.Limit,
	})
}

// TokenRequest says which token is wanted.
type TokenRequest = control.TokenRequest

// Token makes a Maskinporten token that this server takes. The error says what in the request was wrong.
func (s *Server) Token(request TokenRequest) (string, error) {
	ids := wire.NewIDs(s.options.Seed, s.store.Generation(), "token", s.journal.Next("token"))
	return control.MintToken(s.catalog, s.key, control.Issuer(s.URL("")), request, s.options.Clock(), ids.TokenID())
}

// Close stops taking calls, waits for those in flight (ten seconds at the most) and closes the store. It may be called again.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownLimit)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("calls were still in flight after %s and were cut off", shutdownLimit)
		s.http.Close()
	}
	return errors.Join(err, s.store.Close())
}
