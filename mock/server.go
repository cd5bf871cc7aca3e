package mock

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/certs"
	"sandkasse/mock/internal/maskinporten"
	"sandkasse/mock/internal/proxy"
	"sandkasse/mock/internal/scenario"
	"sandkasse/mock/internal/sniff"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/yamlfile"
)

// Timeouts of the listener. They let a delivery of 10 MiB through a slow line.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 2 * time.Minute
	writeTimeout      = 3 * time.Minute
	idleTimeout       = 2 * time.Minute
	shutdownTimeout   = 3 * time.Second // of the five that Close may take; Docker kills a container after ten
)

// localBase is the address of a server that does not listen.
const localBase = "http://sandkasse.localhost"

// Server imitates the APIs. It is an http.Handler. Its methods URL, Client, Token, Play, Calls, Wait, Clock, Reset,
// Checkpoint, Restore, WriteCheckpoint and ReadCheckpoint use its default session. It must be closed, and is safe for
// concurrent use.
type Server struct {
	session *Session // the default one

	options Options
	own     []string // hosts of the control API by the options
	backend *backend.Backend

	httpServer *http.Server // of HTTP/1.1, and of HTTP/2 over TLS
	h2cServer  *http.Server // of HTTP/2 without TLS
	memory     *memoryListener
	h2c        *memoryListener // of h2cServer
	calls      context.Context // ends when Close begins, and with it the contexts of all calls
	cancel     context.CancelCauseFunc
	base       atomic.Pointer[string] // nil until it listens; empty when it was closed before that
	host       atomic.Pointer[string] // of the address that Start was given; nil until it listens
	listenErr  chan error             // gets the error that ended listening
	conns      *connections

	certificates certificates
	sniffer      *sniff.Sniffer
	proxy        *proxy.Proxy
	tcp          atomic.Pointer[net.Listener] // nil until it listens
}

// New returns a server that does not listen yet: use it as a handler, through Client, or Start it. The error has
// everything that is wrong with the options: an *ArgumentError for invalid values, a *FaultsError for faults in files.
// The data file is opened only where they are valid; its error is an *ArgumentError for a path that cannot be used,
// ErrDataLocked after two seconds of waiting for the lock, or ErrDataDamaged.
func New(options Options) (*Server, error) {
	known, err := loadCatalog(options.APIs)
	return newServer(known, err, options, nil)
}

// newServer does what New says, with the catalogue of Options.APIs, or the error of loading it. Where delay is not nil,
// the server is one for CompareRecording (see backend.Config.Replays), and delay returns the time until the feedback on
// a delivery that is received.
func newServer(
	known *catalog.Catalog, catalogErr error, options Options, delay func() time.Duration,
) (*Server, error) {
	options, err := options.withDefaults()
	clients, clientsErr := options.clients()
	own, apiOf, _ := options.hosts()                        // checked already
	proxies, _ := address.ParseProxies(options.BehindProxy) // likewise
	var library *scenario.Library
	var scriptsErr error
	if catalogErr == nil { // which has the names that scripts use
		if options.Kobo.ConflictStatus != 0 {
			known = known.WithConflictStatus(options.Kobo.ConflictStatus)
		}
		known = options.UnknownMembers.catalog(known)
		var hostsErr error
		known, hostsErr = known.WithHosts(apiOf)
		err = errors.Join(err, argument(hostsErr))
		library, scriptsErr = loadScenarios(known, options.Scenarios)
	}
	var names certs.Names
	var certificates certificates
	var certificatesErr error
	own = ownHosts(own, options.BaseURL)
	if catalogErr == nil {
		names = certificateNames(known, own)
		certificates, certificatesErr = options.givenCertificates(names)
	}
	if err := errors.Join(err, catalogErr, clientsErr, scriptsErr, certificatesErr); err != nil {
		return nil, err
	}
	library.OnFaults(logFaults(options.Log))
	db, err := options.open()
	if err != nil {
		return nil, err
	}
	if certificates.config == nil && !options.TLS.Off {
		if certificates, err = options.ownCertificates(names); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	s := &Server{
		options: options, own: own, memory: newMemoryListener(), h2c: newMemoryListener(),
		listenErr: make(chan error, 1), conns: newConnections(maxFiles()),
		certificates: certificates,
	}
	if s.backend, err = backend.New(backend.Config{
		Catalog: known, Scenarios: library, Store: db, Clients: clients,
		Rules: maskinporten.Rules(options.Maskinporten), Auth: options.mode(), Processing: options.processing(delay),
		Kobo: options.kobo(), Altinn: options.altinn(), BindAll: options.Altinn.Strict,
		Clock: options.Clock, Seed: options.Seed, SessionTTL: options.SessionTTL,
		JournalRaw: options.JournalRaw,
		Settings:   options.settings(), Hosts: s.hosts, Address: s.address, BaseURL: options.BaseURL, Proxies: proxies,
		OnLarge: options.OnLarge, CA: s.caPEM,
		Version: options.Version, Log: options.Log, Replays: delay != nil,
	}); err != nil {
		return nil, err
	}
	s.session = &Session{server: s, name: address.DefaultSession}
	s.calls, s.cancel = context.WithCancelCause(context.Background())
	s.sniffer = s.newSniffer()
	s.proxy = s.newProxy()
	s.httpServer = s.newHTTPServer((*http.Protocols).SetHTTP1, (*http.Protocols).SetHTTP2)
	// One server for all would read the first 14 bytes of every connection before anything else.
	s.h2cServer = s.newHTTPServer((*http.Protocols).SetUnencryptedHTTP2)
	go s.httpServer.Serve(s.memory) // ends with the server
	go s.h2cServer.Serve(s.h2c)     // likewise
	return s, nil
}

// newHTTPServer returns a server of net/http that speaks the given protocols.
func (s *Server) newHTTPServer(speaks ...func(*http.Protocols, bool)) *http.Server {
	protocols := &http.Protocols{}
	for _, set := range speaks {
		set(protocols, true)
	}
	return &http.Server{
		Handler: s, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, Protocols: protocols, ConnContext: proxy.ConnContext,
		DisableGeneralOptionsHandler: true, // OPTIONS * is answered like any other call
		ErrorLog:                     slog.NewLogLogger(s.options.Log.Handler(), slog.LevelWarn),
		BaseContext:                  func(net.Listener) context.Context { return s.calls },
		ConnState: func(conn net.Conn, state http.ConnState) {
			if c, ok := conn.(*sniff.Conn); !ok || !c.IsSniffers() { // then it goes on there
				s.conns.note(conn, state)
			}
		},
	}
}

// logFaults returns a function that logs what is wrong with the caller's scripts.
func logFaults(log *slog.Logger) func(yamlfile.Faults) {
	return func(faults yamlfile.Faults) {
		for _, fault := range faults {
			log.Warn("a script is broken; where it was sound before, that stays in use", "fault", fault.String())
		}
		if len(faults) == 0 {
			log.Info("all scripts are sound again")
		}
	}
}

// ServeHTTP answers one call: under /_sandkasse/ as the control API, else as the imitated APIs. A scenario that breaks
// the connection hijacks it, or panics with http.ErrAbortHandler where that is not possible. A request that asks a
// proxy for an imitated host is answered in place of that host.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	server := r.Context().Value(http.ServerContextKey)
	if server != s.httpServer && server != s.h2cServer { // the caller's own server: Close ends its calls too
		ctx, cancel := context.WithCancelCause(r.Context())
		defer cancel(nil)
		defer context.AfterFunc(s.calls, func() { cancel(store.ErrClosing) })()
		r = r.WithContext(ctx)
	}
	s.proxy.Serve(w, r, s.backend)
}

// Start listens on an address, HOST:PORT such as 127.0.0.1:8080, and answers calls there in the background until
// Close. Port 0 takes a free port: URL returns the address. A server can be started once. Where clients use TLS under
// the name in the address, Options.Hosts must have it too: the CA exists already. The error is an *ArgumentError for an
// address that cannot be one of this machine.
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
		if reason, ok := errors.AsType[*os.SyscallError](err); ok {
			err = reason.Err
		}
		return fmt.Errorf("cannot listen on %s: %w", addr, err)
	}
	base := "http://" + dialable(tcp.Addr().(*net.TCPAddr))
	if !s.base.CompareAndSwap(nil, &base) {
		return errors.Join(errors.New("the server has been started or closed before"), tcp.Close())
	}
	s.addHost(addr)
	s.tcp.Store(&tcp)
	go s.accept(listener{tcp.(*net.TCPListener), s.conns, s.noteRefusal})
	if s.options.OnListen != nil {
		s.options.OnListen(base)
	}
	return nil
}

// accept takes the connections of a listener until it is closed.
func (s *Server) accept(l net.Listener) {
	pause := time.Duration(0)
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			pause = 0
			s.sniffer.Take(conn)
		case errors.Is(err, net.ErrClosed):
			return
		case slices.ContainsFunc(tooManyFiles, func(other error) bool { return errors.Is(err, other) }):
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			s.sniffer.Note(slog.LevelWarn, "a connection could not be accepted", "error", err)
			select {
			case <-time.After(pause):
			case <-s.memory.closed:
				return
			}
		default:
			s.listenErr <- err
			return
		}
	}
}

// Serve listens on an address as Start does, answers calls until the context is done, and closes the server, also where
// it cannot listen. The error is nil where the context ended it and Close had no error.
func (s *Server) Serve(ctx context.Context, addr string) error {
	err := s.Start(addr)
	if err == nil {
		select {
		case <-ctx.Done():
		case failure := <-s.listenErr:
			err = fmt.Errorf("cannot listen any more: %w", failure)
		}
	}
	return errors.Join(err, s.Close())
}

// isNoAddress reports whether listening failed because the address is malformed or unknown.
func isNoAddress(err error) bool {
	_, malformed := errors.AsType[*net.AddrError](err)
	_, unknown := errors.AsType[*net.DNSError](err)
	return malformed || unknown
}

// dialable returns the HOST:PORT at which this machine reaches a listener: 127.0.0.1 for one on all addresses.
func dialable(addr *net.TCPAddr) string {
	if addr.IP.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(addr.Port))
	}
	return addr.String()
}

// address returns the base address of the server: localBase where it does not listen.
func (s *Server) address() string {
	if listening := s.base.Load(); listening != nil && *listening != "" {
		return *listening
	}
	return localBase
}

// addHost adds the host of an address such as myhost.corp.no:8080 to those of the control API.
func (s *Server) addHost(addr string) {
	if host, _, ok := address.SplitHost(addr); ok {
		s.host.Store(&host)
	}
}

// hosts returns the hosts under which the control API answers, beside local ones: those of the options, and the one
// that the server listens on.
func (s *Server) hosts() []string {
	if host := s.host.Load(); host != nil {
		return append(slices.Clone(s.own), *host)
	}
	return s.own
}

// ownHosts returns the hosts with that of a base address, unless this is empty.
func ownHosts(hosts []string, base string) []string {
	if u, err := url.Parse(base); err == nil && u.Host != "" {
		if name, _, ok := address.SplitHost(u.Host); ok {
			return append(hosts, name)
		}
	}
	return hosts
}

// Close stops accepting calls, waits up to three seconds for those in flight, stops delivering webhooks, and closes the
// data file. What only waits, such as a live stream, ends at once; what still reads after the three seconds is cut off,
// so that Close takes no more than five, whatever runs. Calls in a server of the caller's own are not waited for. The
// error is that of closing the file. Close may be called again.
func (s *Server) Close() error {
	s.base.CompareAndSwap(nil, new(string)) // so that it cannot be started any more
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	if tcp := s.tcp.Load(); tcp != nil {
		(*tcp).Close()
	}
	s.sniffer.Close()
	s.conns.closeIdle()        // nothing is in flight there, and Shutdown would wait for new ones
	s.cancel(store.ErrClosing) // nothing is waited for any more
	var ending sync.WaitGroup
	for _, server := range []*http.Server{s.httpServer, s.h2cServer} {
		ending.Go(func() {
			if err := server.Shutdown(ctx); err != nil {
				s.options.Log.Warn("calls were still in flight and are cut off", "after", shutdownTimeout, "error", err)
				server.Close()
			}
		})
	}
	ending.Wait()
	return s.backend.Close()
}
