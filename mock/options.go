// Package mock is Sandkasse as a Go package: a server that imitates Norwegian reporting APIs, for
// tests that embed it.
//
//	server, err := mock.New(mock.Options{})
//	defer server.Close()
//	client := server.Client() // reaches the server without a network, whatever host it is asked for
//
// It is the same server as the binary runs. Everything in it is synthetic. Nothing is ever sent
// anywhere, save webhooks to the address that a system has been given.
package mock

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/gateway"
	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/kobo"
	"sandkasse/mock/internal/maskinporten"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/token"
)

// Options says how a Server is to be. The zero value is a good one: strict tokens, the machine's
// clock, seed 0, a temporary store, no log.
type Options struct {
	// Data is the file that holds the state, made when it is not there; its folder must be. Empty
	// is a temporary file, removed by Close.
	Data string
	// APIs is a folder of API files laid over the built-in ones; empty for none. docs/extending.md,
	// says what is in it.
	APIs string
	// Clients is a YAML file that names the clients of Maskinporten, and then only those get tokens
	// there; empty gives tokens to everyone. docs/maskinporten.md says what is in it.
	Clients string
	// Durability is Sync (the default when empty) or Async. It says when a call is acknowledged; a
	// temporary store is never synced.
	Durability Durability
	// Auth is Strict (the default when empty), Lenient or Off: how closely tokens are looked at.
	Auth Auth
	// Maskinporten is MaskinportenObserved (the default when empty) or MaskinportenStrict: what a
	// client's grant has to be.
	Maskinporten Maskinporten
	// Control is how grave the avvik are that the feedback finds: ControlFormat (the default when
	// empty), ControlModulus or ControlStrict.
	Control Control
	// UnknownMembers says what becomes of members of a delivery that the API's schema does not
	// name: AcceptUnknown (the default when empty) or RefuseUnknown.
	UnknownMembers UnknownMembers
	// ProcessingDelay is how long after a delivery was taken in, by the clock, the feedback on it
	// shows; 0 is at once.
	ProcessingDelay time.Duration
	// KoboSystems are the ids of the FDVU systems that are set up in Kobo; when it is empty, every
	// id is one from its first use on.
	KoboSystems []string
	// KoboConflictStatus is how Kobo tells a conflict, for which no status is documented: 400 (the
	// default when 0), 404, 409 or 502.
	KoboConflictStatus int
	// KoboEcho has Kobo send messages also on what a system did itself.
	KoboEcho bool
	// Scenarios is a folder of the caller's own scripts, which stand beside the built-in ones and
	// are read anew when they change; empty for none. docs/failures.md says what is in it.
	Scenarios string
	// Hosts are names under which the control API answers, such as sandkasse.corp.no, beside IP
	// addresses, localhost, example.com, names without a full stop, names of local and cluster
	// domains, and the host given to Start. A web site cannot have those; under any other it is
	// refused.
	Hosts []string
	// SessionTTL is how long a session that is not used lives, by the server's clock; 0 is for
	// ever. The default session always does.
	SessionTTL time.Duration
	// JournalRaw shows secrets and identity numbers of calls, which are masked otherwise.
	JournalRaw bool
	// Seed, with the clock and the calls, decides every identifier in the answers.
	Seed uint64
	// Clock is what the server takes for the present; time.Now when nil. It is asked by many
	// goroutines at once.
	Clock func() time.Time
	// Log gets a line for each call and the cause of each failure inside; nothing is logged when
	// nil.
	Log *slog.Logger
	// Version is what GET /_sandkasse/version tells.
	Version string
}

// Durability says when a call is acknowledged.
type Durability string

// Sync acknowledges a call when it is on disk. Async acknowledges it when the operating system has
// it: it survives a kill of the process, and is on disk within a second.
const (
	Sync  Durability = "sync"
	Async Durability = "async"
)

// Auth says how closely tokens are looked at.
type Auth string

// Strict wants a token signed by sandkasse's issuer, unexpired, with the API's scope and a
// systembruker whose organisation may report. Lenient takes any well-formed unexpired JWT with the
// API's scope. Off wants none.
const (
	Strict  Auth = "strict"
	Lenient Auth = "lenient"
	Off     Auth = "off"
)

// Maskinporten says what a client's grant has to be where Maskinporten and Digdir's page about it
// differ.
type Maskinporten string

// MaskinportenObserved takes what Maskinporten itself takes, as far as that is known, with a remark
// in the journal where the page does not promise it. MaskinportenStrict takes only what the page
// promises: a grant of at most 120 seconds, made at most ten seconds ago, that has not expired, and
// whose resource is a list.
const (
	MaskinportenObserved Maskinporten = "observed"
	MaskinportenStrict   Maskinporten = "strict"
)

// Control is how grave the avvik are that the feedback finds in a delivery. What is refused
// (avvist) does not stand, though the delivery was taken in; a warning (advarsel) changes nothing.
type Control string

// ControlFormat only warns. ControlModulus refuses identifiers with wrong control digits.
// ControlStrict refuses whatever the feedback finds; the agencies' own examples do not pass.
const (
	ControlFormat  Control = "format"
	ControlModulus Control = "modulus"
	ControlStrict  Control = "strict"
)

// UnknownMembers says what becomes of members of a delivery that the API's schema does not name.
// What a schema says of additionalProperties holds with both.
type UnknownMembers string

// AcceptUnknown takes them, without any effect, and names each in the journal. RefuseUnknown
// refuses the delivery, as one that breaks the schema.
const (
	AcceptUnknown UnknownMembers = "accept"
	RefuseUnknown UnknownMembers = "refuse"
)

// of is a catalogue whose APIs do so.
func (u UnknownMembers) of(known *catalog.Catalog) *catalog.Catalog {
	if u == RefuseUnknown {
		return known.RefusingUnknown()
	}
	return known
}

func (o Options) withDefaults() (Options, error) {
	if o.UnknownMembers == "" {
		o.UnknownMembers = AcceptUnknown
	}
	if o.UnknownMembers != AcceptUnknown && o.UnknownMembers != RefuseUnknown {
		return o, fmt.Errorf("unknown members is %q; it must be accept or refuse", o.UnknownMembers)
	}
	if o.Durability == "" {
		o.Durability = Sync
	}
	if o.Durability != Sync && o.Durability != Async {
		return o, fmt.Errorf("durability is %q; it must be sync or async", o.Durability)
	}
	if o.Auth == "" {
		o.Auth = Strict
	}
	if o.Auth != Strict && o.Auth != Lenient && o.Auth != Off {
		return o, fmt.Errorf("auth is %q; it must be strict, lenient or off", o.Auth)
	}
	if o.Maskinporten == "" {
		o.Maskinporten = MaskinportenObserved
	}
	if o.Maskinporten != MaskinportenObserved && o.Maskinporten != MaskinportenStrict {
		return o, fmt.Errorf("maskinporten is %q; it must be observed or strict", o.Maskinporten)
	}
	if o.Control == "" {
		o.Control = ControlFormat
	}
	if o.Control != ControlFormat && o.Control != ControlModulus && o.Control != ControlStrict {
		return o, fmt.Errorf("control is %q; it must be format, modulus or strict", o.Control)
	}
	if o.ProcessingDelay < 0 {
		return o, fmt.Errorf("the processing delay is %s; it must not be negative", o.ProcessingDelay)
	}
	if o.SessionTTL < 0 || o.SessionTTL > 0 && o.SessionTTL < time.Second {
		return o, fmt.Errorf("the time to live of a session is %s; it must be 0 for ever, or at least 1s", o.SessionTTL)
	}
	if !slices.Contains([]int{0, 400, 404, 409, 502}, o.KoboConflictStatus) {
		return o, fmt.Errorf("the Kobo conflict status is %d; it must be 400, 404, 409 or 502", o.KoboConflictStatus)
	}
	for _, id := range o.KoboSystems {
		if !gateway.IsKoboSystemID(id) {
			return o,
				fmt.Errorf(
					"%q is not the id of a Kobo system; it must be 1 to %d printable characters of ASCII without a "+
						"space", id, gateway.MaxKoboSystemID)
		}
	}
	hosts := []string{}
	for _, given := range o.Hosts {
		host, err := hostOption(given)
		if err != nil {
			return o, err
		}
		hosts = append(hosts, host)
	}
	o.Hosts = hosts
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Version == "" {
		o.Version = "development"
	}
	return o, nil
}

// hostOption returns one of Options.Hosts as address.SplitHost has it.
func hostOption(given string) (string, error) {
	given = strings.TrimSpace(given)
	host, _, ok := address.SplitHost(given)
	if !ok || host == "" || host != strings.TrimSuffix(strings.ToLower(given), ".") { // it has a port
		return "", fmt.Errorf(
			"%q is not the name of a host; it must be such as sandkasse.corp.no, without scheme, port and path, and "+
				"in ASCII", given)
	}
	return host, nil
}

// open opens the store. The error is an *ArgumentError where no file of that name can be a data
// file, and not where the file is locked or damaged.
func (o Options) open() (*store.DB, error) {
	if o.Data == "" {
		return store.OpenTemporary()
	}
	db, err := store.Open(o.Data, store.Options{Durability: store.Durability(o.Durability)})
	if err != nil {
		if info, statErr := os.Stat(o.Data); statErr != nil || !info.Mode().IsRegular() ||
			errors.Is(err, fs.ErrPermission) {
			err = argument(err)
		}
	}
	return db, err
}

// clients reads who may get which token; nil is everyone.
func (o Options) clients() (*maskinporten.Register, error) {
	if o.Clients == "" {
		return nil, nil
	}
	text, err := os.ReadFile(o.Clients)
	if err != nil {
		if reason := (*fs.PathError)(nil); errors.As(err, &reason) {
			err = reason.Err
		}
		return nil, argument(fmt.Errorf("the clients file %s cannot be read: %w", o.Clients, err))
	}
	return maskinporten.ParseClients(o.Clients, text)
}

func (o Options) processing() innrapportering.Processing {
	return innrapportering.Processing{Control: innrapportering.Control(o.Control), Delay: o.ProcessingDelay}
}

func (o Options) kobo() kobo.Register {
	return kobo.Register{Systems: o.KoboSystems, Echo: o.KoboEcho}
}

func (o Options) mode() token.Mode { return token.Mode(o.Auth) }
