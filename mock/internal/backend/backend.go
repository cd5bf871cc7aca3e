// Package backend answers calls to the imitated APIs and the control API. It puts both together
// from the parts of the families, over one store. It knows no listener.
package backend

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/altinn"
	"sandkasse/mock/internal/bounds"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/control"
	"sandkasse/mock/internal/docspage"
	"sandkasse/mock/internal/gateway"
	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/journal"
	"sandkasse/mock/internal/kobo"
	"sandkasse/mock/internal/maskinporten"
	"sandkasse/mock/internal/metrics"
	"sandkasse/mock/internal/page"
	"sandkasse/mock/internal/scenario"
	"sandkasse/mock/internal/session"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/token"
	"sandkasse/mock/internal/webhook"
	"sandkasse/mock/internal/wire"
)

// Config holds what a backend works with. All of it is needed unless it says otherwise.
type Config struct {
	Catalog    *catalog.Catalog
	Scenarios  *scenario.Library
	Store      *store.DB
	Clients    *maskinporten.Register // nil: every client gets tokens
	Rules      maskinporten.Rules
	Auth       token.Mode
	Processing innrapportering.Processing
	Kobo       kobo.Register
	Altinn     altinn.Altinn // without catalogue and key
	BindAll    bool          // every system user must be registered
	Clock      func() time.Time
	Seed       uint64
	SessionTTL time.Duration // 0: no session ends
	JournalRaw bool
	Settings   []control.Setting      // for the control API to show
	Hosts      func() []string        // the hosts under which the control API answers, beside local ones
	Address    func() string          // base address for the answers to requests that name no host
	BaseURL    string                 // public base address; empty for that of each call
	Proxies    []netip.Prefix         // networks of reverse proxies whose forwarding headers count; none for nil
	OnLarge    func(underWay bool)    // called when large calls begin and are over; nil: nothing is called
	CA         func() ([]byte, error) // the CA of the server in PEM; the error says why there is none
	Version    string
	Log        *slog.Logger

	// Replays makes a backend for Backend.Replay: no organisation is reserved for a scenario, and no
	// message is sent.
	Replays bool
}

// Backend is an http.Handler. It must be closed, and is safe for concurrent use.
type Backend struct {
	Config
	Key      token.Key // signs tokens
	Sessions *session.Sessions
	Gateway  *gateway.Gateway
	Memory   *bounds.Memory

	control *control.Control
	page    *page.Page
	docs    *docspage.Pages
	public  address.Public
	webhook *webhook.Deliverer // nil for Config.Replays
	strict  *gateway.Gateway   // nil unless for Config.Replays
	metrics *metrics.Server
}

// New returns a backend. It closes the store when it is closed, also where New fails.
func New(config Config) (*Backend, error) {
	b, err := open(config)
	if err != nil {
		return nil, errors.Join(err, config.Store.Close())
	}
	return b, nil
}

func open(config Config) (*Backend, error) {
	key, err := token.TestKey()
	if err != nil {
		return nil, err
	}
	b := &Backend{
		Config: config, Key: key, Memory: bounds.NewMemory(config.OnLarge), metrics: metrics.NewServer(config.Clock),
	}
	b.Store.OnCommit(b.metrics.Commit)
	b.public = address.Public{Base: b.BaseURL, Proxies: b.Proxies, IsReal: b.Catalog.HasHost, Own: b.Address}
	kept := journal.New(journal.Options{Raw: b.JournalRaw})
	if b.Sessions, err = session.New(session.Config{
		Store: b.Store, Journal: kept, Clock: b.Clock, Seed: b.Seed,
		TTL: b.SessionTTL, Default: address.DefaultSession,
	}); err != nil {
		return nil, err
	}
	b.addGauges(kept)
	if !b.Replays {
		if b.webhook, err = b.startWebhooks(); err != nil {
			return nil, err
		}
	}
	if b.Altinn.Key, err = token.TestAltinnKey(); err != nil {
		return nil, err
	}
	b.Altinn.Catalog = b.Catalog
	issuer := maskinporten.NewIssuer(key, b.Clients, token.DefaultVendor, b.Rules)
	verifier := token.NewVerifier(key, b.Auth, realIssuers(b.Catalog)...)
	served := gateway.Config{
		Catalog: b.Catalog, Store: b.Store, Sessions: b.Sessions, Scenarios: b.Scenarios,
		Verifier: verifier, Exchanged: token.NewExchangedVerifier(b.Altinn.Key, b.Auth), Auth: b.Auth, Log: b.Log,
		SystemUsers: wire.SystemUsers{Strict: b.BindAll, Resources: resourcesOf(b.Clients)},
		Memory:      b.Memory, Metrics: b.metrics, Checks: allChecks(b.Kobo),
		Behaviours:    allBehaviours(b.Processing, b.Catalog, key, issuer, b.Kobo, b.Altinn),
		FeedbackAfter: b.Processing.Delay, NoReserved: b.Replays,
	}
	b.Gateway = gateway.New(served)
	if b.Replays {
		served.Auth, served.Verifier = token.Strict, token.NewVerifier(key, token.Strict, realIssuers(b.Catalog)...)
		served.Exchanged = token.NewExchangedVerifier(b.Altinn.Key, token.Strict)
		b.strict = gateway.New(served)
	}
	b.control = control.New(control.Config{
		Catalog: b.Catalog, Gateway: b.Gateway, Store: b.Store, Sessions: b.Sessions, Scenarios: b.Scenarios, Key: key,
		Version: b.Version, Log: b.Log, Memory: b.Memory, Metrics: b.metrics, Kobo: b.Kobo,
		Level: string(b.Processing.Control),
		Hosts: b.Hosts, CA: b.CA, Send: b.send, Verifier: verifier, Settings: b.Settings,
	})
	b.page = page.New(b.control, b.Version)
	b.docs = docspage.New(b.control, b.Catalog)
	return b, nil
}

// startWebhooks begins to deliver the messages of all sessions.
func (b *Backend) startWebhooks() (*webhook.Deliverer, error) {
	return webhook.Start(webhook.Config{
		Store: b.Store, Log: b.Log, Settings: webhook.DefaultSettings(), OnOutcome: b.noteMessage,
		Session: func(name string) (*store.Session, func() time.Time) {
			found := b.Sessions.Get(name)
			if found == nil {
				return nil, nil
			}
			return found.Store, found.Clock.Now
		},
	})
}

// resourcesOf returns the function that knows the resources of the system users of a clients file, nil
// for no file.
func resourcesOf(clients *maskinporten.Register) func(id string) ([]string, bool) {
	if clients == nil {
		return nil
	}
	return clients.Resources
}

// addGauges adds the metrics that are read when they are asked for.
func (b *Backend) addGauges(kept *journal.Journal) {
	r := &b.metrics.Registry
	r.Gauge("sandkasse_sessions", "Sessions that there are.", func() float64 { return float64(b.Sessions.Count()) })
	r.Gauge("sandkasse_journal_calls", "Calls in the journal, of all sessions.", func() float64 {
		calls, _, _ := kept.Size()
		return float64(calls)
	})
	r.Gauge("sandkasse_journal_bytes", "Memory of the calls in the journal.", func() float64 {
		_, bytes, _ := kept.Size()
		return float64(bytes)
	})
	r.CounterFunc("sandkasse_journal_dropped_total", "Calls that the full journal dropped.", func() float64 {
		_, _, dropped := kept.Size()
		return float64(dropped)
	})
	r.Gauge("sandkasse_data_file_bytes", "Size of the data file.", func() float64 { return float64(b.Store.Size()) })
	r.Gauge("sandkasse_build_info", "The version, as a label.", func() float64 { return 1 }, "version", b.Version)
}

// realIssuers returns the issuers at the hosts of the real Maskinporten.
func realIssuers(known *catalog.Catalog) []string {
	var issuers []string
	for _, api := range known.APIs {
		if api.Family == "maskinporten" {
			for _, host := range api.Hosts {
				issuers = append(issuers, maskinporten.RealIssuer(host))
			}
		}
	}
	return issuers
}

// revealKey is the key of a **Backend in the context of a request that asks for the backend itself.
type revealKey struct{}

// Of returns the backend that answers the calls to a handler in the same process, nil where none
// does. It is for tests that look behind an answer: a mock.Server exports none of its parts.
func Of(handler http.Handler) (b *Backend) {
	ctx := context.WithValue(context.Background(), revealKey{}, &b)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	if err == nil {
		handler.ServeHTTP(nil, r)
	}
	return b
}

// ServeHTTP answers one call: under /_sandkasse/ as the control API, else as the imitated APIs. A
// scenario that breaks the connection hijacks it, or panics with http.ErrAbortHandler where that is
// not possible.
func (b *Backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if into, ok := r.Context().Value(revealKey{}).(**Backend); ok {
		*into = b
		return
	}
	if r.Host == "" { // HTTP/1.0: no address of an answer may be without a host
		r = r.WithContext(r.Context())
		r.Host = strings.TrimPrefix(b.Address(), "http://")
	}
	at, err := b.public.Of(r)
	switch path := at.URL.Path; {
	case strings.HasPrefix(path, page.Prefix):
		b.page.ServeHTTP(w, r, at, err)
		gateway.Drain(r)
	case strings.HasPrefix(path+"/", docspage.Prefix):
		b.docs.ServeHTTP(w, r, at, err)
		gateway.Drain(r)
	case err == nil && at.RealHost == "" && strings.HasPrefix(path, page.ApprovalPrefix):
		b.page.ServeApproval(w, r, at)
		gateway.Drain(r)
	case err == nil && path == control.Prefix && wantsPage(r):
		w.Header().Set("Vary", "Accept")
		http.Redirect(w, r, at.Location(page.Prefix+"calls"), http.StatusFound)
	case strings.HasPrefix(path+"/", control.Prefix), err != nil && strings.Contains(path+"/", control.Prefix):
		b.control.ServeHTTP(w, r, at, err)
		gateway.Drain(r)
	case err == nil && at.RealHost == "" && isRoot(r, path) && !b.Gateway.Imitates(at.Host) && b.control.IsOwn(r.Host):
		w.Header().Set("X-Content-Type-Options", "nosniff")
		http.Redirect(w, r, at.Location(control.Prefix), http.StatusFound)
	default:
		b.Gateway.Serve(w, r, at, err)
	}
}

// send makes a call to an imitated API whose answer nobody reads, and returns its number in the
// journal.
func (b *Backend) send(r *http.Request) int64 {
	at, err := b.public.Of(r)
	return b.Gateway.ServeUnread(r, at, err)
}

// isRoot reports whether a request is a GET or HEAD of the server's root.
func isRoot(r *http.Request, path string) bool {
	return (path == "/" || path == "") && (r.Method == http.MethodGet || r.Method == http.MethodHead)
}

// wantsPage reports whether a request is a browser's for a page: its Accept names HTML. A program
// that takes anything gets the plain index (K702).
func wantsPage(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		strings.Contains(r.Header.Get("Accept"), "text/html")
}

// Close stops delivering webhooks, and closes the store. The error is that of closing it.
func (b *Backend) Close() error {
	if b.webhook != nil {
		b.webhook.Close()
	}
	return b.Store.Close()
}
