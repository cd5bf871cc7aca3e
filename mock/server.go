package mock

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sandkasse/fixtures/examples"
	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/control"
	"sandkasse/mock/internal/dialogporten"
	"sandkasse/mock/internal/gateway"
	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/journal"
	"sandkasse/mock/internal/kobo"
	"sandkasse/mock/internal/maskinporten"
	"sandkasse/mock/internal/scenario"
	"sandkasse/mock/internal/session"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/token"
	"sandkasse/mock/internal/webhook"
	"sandkasse/mock/internal/wire"
	"sandkasse/schemas"
)

// Limits of the listener: every wait has one. A delivery of 10 MiB over a slow line must still get
// through.
const (
	headerLimit   = 10 * time.Second // to send the header of a call
	callLimit     = 2 * time.Minute  // to send all of a call
	answerLimit   = 3 * time.Minute  // from the header's end until the answer is written
	idleLimit     = 2 * time.Minute  // between two calls on one connection
	shutdownLimit = 5 * time.Second  // for calls in flight when the server closes; containers are killed after ten
)

// ownSession is the default session of a server, whose methods are the server's too.
type ownSession = Session

// unlistened is the address of a server that listens nowhere; Client reaches it all the same.
const unlistened = "http://sandkasse.localhost"

// Server imitates the APIs. It is an http.Handler, safe for concurrent use; Close must be called
// when done with it. What a Session can do, it does in the default session.
type Server struct {
	*ownSession

	options   Options
	catalog   *catalog.Catalog
	store     *store.DB
	webhook   *webhook.Deliverer
	sessions  *session.Sessions
	scenarios *scenario.Library
	key       token.Key
	gateway   *gateway.Gateway
	control   *control.Control

	http   *http.Server
	memory *memoryListener
	cancel context.CancelFunc     // ends what calls wait for
	base   atomic.Pointer[string] // the address it listens on
	host   atomic.Pointer[string] // the host that it was told to listen on
	failed chan error             // why it ceased to listen
	silent sync.Map               // connections that have not sent anything yet: net.Conn → nothing
}

// New makes a server that does not listen yet: use it as a handler, through Client, or let it
// Start. The error is one line that says what is wrong with the options (an *ArgumentError) or the
// data file.
func New(options Options) (*Server, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, argument(err)
	}
	known, err := loadCatalog(options.APIs)
	if err != nil {
		return nil, err
	}
	return newServer(options, known)
}

// newServer is New for options that are complete, with the catalogue that they ask for; several
// servers may share one, which never changes.
func newServer(options Options, known *catalog.Catalog) (*Server, error) {
	key, err := token.TestKey()
	if err != nil {
		return nil, err
	}
	clients, err := options.clients()
	if err != nil {
		return nil, err
	}
	if options.KoboConflictStatus != 0 {
		known = known.WithConflictStatus(options.KoboConflictStatus)
	}
	known = options.UnknownMembers.of(known)
	library, err := loadScenarios(known, options.Scenarios)
	if err != nil {
		return nil, err
	}
	library.OnFaults(tellFaults(options.Log))
	tokens := maskinporten.NewIssuer(key, clients, token.DefaultVendor, maskinporten.Rules(options.Maskinporten))
	db, err := options.open()
	if err != nil {
		return nil, err
	}
	s := &Server{
		options: options, catalog: known, store: db, key: key, scenarios: library,
		memory: newMemoryListener(), failed: make(chan error, 1),
	}
	if s.sessions, err = session.New(session.Config{
		Store: db, Journal: journal.New(journal.Options{Raw: options.JournalRaw}), Clock: options.Clock,
		Seed: options.Seed, TTL: options.SessionTTL, Default: address.DefaultSession,
	}); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if s.webhook, err = webhook.Start(webhook.Config{
		Store: db, Log: options.Log, Settings: webhook.DefaultSettings(),
		Session: func(name string) (*store.Session, func() time.Time) {
			found := s.sessions.Get(name)
			if found == nil {
				return nil, nil
			}
			return found.Store, found.Clock.Now
		},
	}); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s.ownSession = &Session{server: s, name: address.DefaultSession}
	s.gateway = gateway.New(gateway.Config{
		Catalog: known, Store: db, Sessions: s.sessions, Scenarios: library,
		Verifier: token.NewVerifier(key, options.mode(), issuerHosts(known)...), Auth: options.mode(), Log: options.Log,
		Checks: allChecks(options.kobo()), Behaviours: allBehaviours(options.processing(), known, key, tokens,
			options.kobo()),
	})
	s.control = control.New(control.Config{
		Catalog: known, Store: db, Sessions: s.sessions, Scenarios: library, Key: key, Version: options.Version,
		Log: options.Log, Kobo: options.kobo(), Level: string(options.Control), Hosts: s.hosts,
	})
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.http = &http.Server{
		Handler: s, ReadHeaderTimeout: headerLimit, ReadTimeout: callLimit, WriteTimeout: answerLimit,
		IdleTimeout:                  idleLimit,
		DisableGeneralOptionsHandler: true, // OPTIONS * is answered like any other call
		ErrorLog:                     slog.NewLogLogger(options.Log.Handler(), slog.LevelWarn),
		BaseContext:                  func(net.Listener) context.Context { return ctx },
		ConnState: func(conn net.Conn, state http.ConnState) {
			if state == http.StateNew {
				s.silent.Store(conn, nil)
			} else {
				s.silent.Delete(conn)
			}
		},
	}
	go s.http.Serve(s.memory) // ends with the server
	return s, nil
}

// issuerHosts are the hosts of the real Maskinporten.
func issuerHosts(known *catalog.Catalog) []string {
	var hosts []string
	for _, api := range known.APIs {
		if api.Family == "maskinporten" {
			hosts = append(hosts, api.Hosts...)
		}
	}
	return hosts
}

// loadCatalog reads the built-in APIs, and those of a folder over them unless it is empty, with the
// names that the server's parts know.
func loadCatalog(dir string) (*catalog.Catalog, error) {
	files := catalog.Files{
		APIs: catalog.Embedded(), Schemas: schemas.Embedded(), Examples: examples.Embedded(),
		Proved: true,
	}
	if dir != "" {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return nil, argument(fmt.Errorf("%s is no folder of API files", dir))
		}
		files = files.Over(dir)
	}
	return catalog.Load(files, vocabulary())
}

// vocabulary is the names that the server's parts know.
func vocabulary() catalog.Vocabulary {
	checks, forms := gateway.Vocabulary()
	maps.Copy(checks, wire.Vocabulary(allChecks(kobo.Register{})))
	behaviours := allBehaviours(innrapportering.Processing{}, &catalog.Catalog{}, token.Key{}, nil, kobo.Register{})
	return catalog.Vocabulary{
		Checks: checks, Behaviours: wire.Vocabulary(behaviours),
		Svar: innrapportering.ReceiptMembers(), ErrorBodies: forms,
	}
}

// allChecks are those of every family.
func allChecks(register kobo.Register) wire.Checks {
	all := innrapportering.Checks()
	maps.Copy(all, register.Checks())
	return all
}

// allBehaviours are those of every family.
func allBehaviours(p innrapportering.Processing, known *catalog.Catalog, key token.Key, tokens *maskinporten.Issuer,
	register kobo.Register,
) wire.Behaviours {
	all := innrapportering.Behaviours(p)
	maps.Copy(all, dialogporten.Behaviours(known))
	maps.Copy(all, maskinporten.Behaviours(key, tokens))
	maps.Copy(all, register.Behaviours())
	return all
}

// ServeHTTP answers one call: sandkasse's own under /_sandkasse/, everything else as the imitated
// APIs would. A scenario that tears the connection does so by Hijack, else by panicking with
// http.ErrAbortHandler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Host == "" { // HTTP/1.0: no address of an answer may be without a host
		r = r.WithContext(r.Context())
		r.Host = strings.TrimPrefix(s.address(), "http://")
	}
	at, err := address.Of(r, func(host string) bool { return s.catalog.AtHost(host) != nil })
	switch path := at.URL.Path; {
	case strings.HasPrefix(path+"/", control.Prefix), err != nil && strings.Contains(path+"/", control.Prefix):
		s.control.ServeHTTP(w, r, at, err)
		gateway.Drain(r)
	case err == nil && at.RealHost == "" && isRoot(r, path) && !s.gateway.Imitates(r.Host):
		http.Redirect(w, r, strings.TrimPrefix(at.Root, address.Server(r))+control.Prefix, http.StatusFound)
	default:
		s.gateway.Serve(w, r, at, err)
	}
}

// isRoot reports whether a request looks at the server itself.
func isRoot(r *http.Request, path string) bool {
	return (path == "/" || path == "") && (r.Method == http.MethodGet || r.Method == http.MethodHead)
}

// Start listens on an address such as 127.0.0.1:8080 (port 0 takes a free one) and answers calls
// there in the background until Close. A server listens once. An address that is none is an
// *ArgumentError.
func (s *Server) Start(addr string) error {
	if addr == "" {
		return argument(errors.New("cannot listen on an empty address; it must be HOST:PORT, such as 127.0.0.1:8080"))
	}
	tcp, err := net.Listen("tcp", addr)
	if isNoAddress(err) {
		return argument(fmt.Errorf("cannot listen on %s: that is no HOST:PORT of this machine; it must be such as "+
			"127.0.0.1:9000", addr))
	}
	if err != nil {
		if reason := (*os.SyscallError)(nil); errors.As(err, &reason) {
			err = reason.Err
		}
		return fmt.Errorf("cannot listen on %s: %w", addr, err)
	}
	base := "http://" + dialable(tcp.Addr().(*net.TCPAddr))
	if !s.base.CompareAndSwap(nil, &base) {
		return errors.Join(errors.New("the server has been started or closed before"), tcp.Close())
	}
	s.listensOn(addr)
	go func() {
		if err := s.http.Serve(listener{tcp.(*net.TCPListener)}); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	}()
	return nil
}

// isNoAddress reports whether the failure to listen is about the address as it is written.
func isNoAddress(err error) bool {
	var address *net.AddrError
	var name *net.DNSError
	return errors.As(err, &address) || errors.As(err, &name)
}

// dialable is an address at which a listener on this machine can be reached: one that listens
// everywhere is reached at 127.0.0.1.
func dialable(addr *net.TCPAddr) string {
	if addr.IP.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(addr.Port))
	}
	return addr.String()
}

// Run blocks until the context is done, which is no error, or until the server cannot listen any
// more.
func (s *Server) Run(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.failed:
		return fmt.Errorf("cannot listen any more: %w", err)
	}
}

// address is where the server is reached.
func (s *Server) address() string {
	if listening := s.base.Load(); listening != nil && *listening != "" {
		return *listening
	}
	return unlistened
}

// listensOn makes the host of an address such as myhost.corp.no:8080 one of the server's own.
func (s *Server) listensOn(addr string) {
	if host, _, ok := address.SplitHost(addr); ok {
		s.host.Store(&host)
	}
}

// hosts are those under which the control API answers beside the local ones: those of the options,
// and the one that the server was told to listen on.
func (s *Server) hosts() []string {
	if host := s.host.Load(); host != nil {
		return append(slices.Clone(s.options.Hosts), *host)
	}
	return s.options.Hosts
}

// Close stops taking calls, waits for those in flight (five seconds at the most, then they are cut
// off), stops delivering webhooks and closes the store. The error is the store's. It may be called
// again.
func (s *Server) Close() error {
	s.base.CompareAndSwap(nil, new(string)) // so that it cannot be started any more
	ctx, cancel := context.WithTimeout(context.Background(), shutdownLimit)
	defer cancel()
	s.silent.Range(func(conn, _ any) bool {
		conn.(net.Conn).Close() // nothing is in flight there, and Shutdown would wait for it
		return true
	})
	s.cancel() // nothing is waited for any more
	if err := s.http.Shutdown(ctx); err != nil {
		s.options.Log.Warn("calls were still in flight and are cut off", "after", shutdownLimit, "error", err)
		s.http.Close()
	}
	s.webhook.Close()
	return s.store.Close()
}
