package mock

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/altinn"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/gateway"
	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/kobo"
	"sandkasse/mock/internal/maskinporten"
	"sandkasse/mock/internal/readfile"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/token"
)

// Options are the settings of a Server. The zero value gives strict tokens, the machine's clock, seed 0, a temporary
// data file and no log.
type Options struct {
	// Data is the path of the file that keeps the state. New creates it where it does not exist, but not its folder,
	// and locks it until Close. Empty: a temporary file, which Close removes.
	Data string
	// Durability is Sync (default) or Async. It selects when a call is acknowledged. A temporary file is never synced.
	Durability Durability
	// APIs is a folder with API files, which add to the built-in APIs or replace those of the same name: a [Dir], or
	// any other file system. Nil: none. docs/extending.md describes the files.
	APIs fs.FS
	// Scenarios is a folder with the caller's own scenarios, beside the built-in ones: a [Dir], or any other file
	// system. It is read again when a file in it changes. Nil: none. docs/failures.md describes the files.
	Scenarios fs.FS
	// Clients is the path of a YAML file with the clients of Maskinporten; then only those get tokens from its token
	// endpoint. Empty: every client gets tokens. docs/maskinporten.md describes the file.
	Clients string
	// Auth is Strict (default), Lenient or Off. It selects the tokens that the APIs accept.
	Auth Auth
	// Maskinporten is MaskinportenObserved (default) or MaskinportenStrict. It selects the JWT grants that the token
	// endpoint accepts.
	Maskinporten Maskinporten
	// Altinn has the settings of Altinn's system register.
	Altinn AltinnOptions
	// Feedback is FeedbackFormat (default), FeedbackModulus or FeedbackStrict. It selects the findings that reject a
	// delivery.
	Feedback FeedbackLevel
	// ProcessingDelay is the time from a delivery until its feedback is there, by the session's clock. 0: at once.
	ProcessingDelay time.Duration
	// UnknownMembers is AcceptUnknown (default) or RefuseUnknown. It selects what happens to members of a delivery that
	// the schema of the API does not name.
	UnknownMembers UnknownMembers
	// Kobo has the settings of the Kobo API.
	Kobo KoboOptions
	// SessionTTL is the time without a call after which a session ends, by the server's clock: at least a second. The
	// default session never ends. 0: no session ends.
	SessionTTL time.Duration
	// JournalRaw shows secrets and identity numbers in calls, which are masked otherwise.
	JournalRaw bool
	// Hosts are further host names under which the control API answers, such as sandkasse.corp.no. It always answers
	// under IP addresses, localhost, example.com, names without a full stop, names of local and cluster domains, the
	// host that the server listens on, and that of BaseURL; it refuses calls under any other name.
	//
	// A name with an API, such as kobo.example.no=kobo, is instead a host of the real API, for one that has no
	// public name: the server answers there as that host, with addresses of https.
	Hosts []string
	// BaseURL is the base address under which clients reach the server, such as https://sandkasse.corp.no/test; it is
	// in all addresses of answers but those to calls for an agency's own host. Empty: that of each call.
	BaseURL string
	// BehindProxy are the networks of reverse proxies in front of the server: each a network such as 172.16.0.0/12, an
	// IP address, or the word loopback. Calls from them and from loopback may say in Forwarded and X-Forwarded-Proto,
	// -Host, -Port and -Prefix which address the client used. Nil: these headers are not read.
	BehindProxy []string
	// TLS has the settings of TLS, which is spoken on the same port as HTTP.
	TLS TLSOptions
	// ProxyAuth refuses calls that ask the server as a proxy without naming a user, with status 407. Clients such as
	// Java's and .NET's send the user name only then. It names the session.
	ProxyAuth bool
	// Seed determines, with the clock and the calls, all identifiers in answers.
	Seed uint64
	// Clock returns the present time of the server. It is called by several goroutines at once. Nil: time.Now.
	Clock func() time.Time
	// OnListen is called by Start and Serve when the server answers calls, with its base address, such as
	// http://127.0.0.1:8080. Nil: nothing is called.
	OnListen func(url string)
	// OnLarge is called with true when calls begin that take much memory, such as a delivery of megabytes or an export,
	// and with false two seconds after the last of them, for a program that tunes its garbage collector. It must
	// return at once. Nil: nothing is called.
	OnLarge func(underWay bool)
	// Log gets a line for each call, and the cause of each internal error. Nil: nothing is logged.
	Log *slog.Logger
	// Version is the answer of GET /_sandkasse/version. Empty: "development".
	Version string
}

// AltinnOptions are the settings of Altinn's system register and system users. docs/onboarding.md describes them.
type AltinnOptions struct {
	// Approve is ApproveManually (default) or ApproveAtOnce. It selects who answers requests for system users.
	Approve Approval
	// ProblemDetails is 5 (default) or 4: the form of Altinn's errors, of today or of before July 2026.
	ProblemDetails int
	// Strict binds every system user to the register: Maskinporten gives tokens only for those that are approved, and
	// the APIs take no others. Otherwise only clients whose id is on a registered system are bound.
	Strict bool
}

// Approval selects who answers requests for system users.
type Approval string

const (
	// ApproveManually leaves requests to the approval page and the control API.
	ApproveManually Approval = "manual"
	// ApproveAtOnce approves each request as soon as it is made.
	ApproveAtOnce Approval = "auto"
)

// KoboOptions are the settings of the Kobo API.
type KoboOptions struct {
	// Systems are the ids (x-kobo-systemid) of the FDVU systems that are set up in Kobo: 1 to 100 printable ASCII
	// characters without a space. A call from another system is answered with 404. Empty: every id is accepted, and
	// set up by its first call.
	Systems []string
	// ConflictStatus is the HTTP status of a conflict, for which none is documented: 400 (default), 404, 409 or 502.
	ConflictStatus int
	// Echo sends webhooks to a system also about changes that it made itself.
	Echo bool
}

// Dir is a folder on disk, by its path, as Options and LoadCatalog take it. Unlike with os.DirFS, faults in its files
// are reported with the path of the folder. The empty Dir has no files.
type Dir string

// Open opens a file of the folder, as os.DirFS does, but only a plain file or a folder: a pipe or a device is an error.
func (d Dir) Open(name string) (fs.File, error) { return readfile.Dir(d).Open(name) }

// folder returns a file system to read, and the path to put before the names of its files: of a Dir those of the
// folder, of another file system itself and nothing. It returns nil for nil and for the empty Dir.
func folder(files fs.FS) (fs.FS, string) {
	dir, ok := files.(Dir)
	switch {
	case !ok:
		return files, ""
	case dir == "":
		return nil, ""
	}
	return readfile.Dir(dir), string(dir)
}

// Durability selects when a call is acknowledged.
type Durability string

const (
	// Sync acknowledges a call when it is on disk.
	Sync Durability = "sync"
	// Async acknowledges a call when the operating system has it: it survives a kill of the process, and is on disk
	// within a second.
	Async Durability = "async"
)

// Auth selects the tokens that the APIs accept.
type Auth string

const (
	// Strict accepts tokens that are signed by this sandkasse's Maskinporten, have not expired, have the scope of the
	// API, and a system user whose organisation may report for the oppgavegiver.
	Strict Auth = "strict"
	// Lenient accepts any well-formed JWT that has not expired and has the scope of the API; its signature is not
	// verified.
	Lenient Auth = "lenient"
	// Off accepts calls without a token.
	Off Auth = "off"
)

// Maskinporten selects the JWT grants that Maskinporten's token endpoint accepts.
type Maskinporten string

const (
	// MaskinportenObserved accepts what Maskinporten itself accepts, as far as that is known; where its documentation
	// does not promise it, the journal has a remark.
	MaskinportenObserved Maskinporten = "observed"
	// MaskinportenStrict accepts only what the documentation promises: a grant that was issued at most ten seconds
	// ago, is valid for at most 120 seconds, has not expired, and whose resource is a list.
	MaskinportenStrict Maskinporten = "strict"
)

// FeedbackLevel selects the findings that reject a delivery (avvist) after it was received. Other findings are warnings
// (advarsel), which have no effect.
type FeedbackLevel string

const (
	// FeedbackFormat rejects nothing.
	FeedbackFormat FeedbackLevel = "format"
	// FeedbackModulus rejects identifiers with wrong check digits.
	FeedbackModulus FeedbackLevel = "modulus"
	// FeedbackStrict rejects every finding. The agencies' own examples have some.
	FeedbackStrict FeedbackLevel = "strict"
)

// UnknownMembers selects what happens to members of a delivery that the schema of the API does not name. Where a schema
// itself forbids them (additionalProperties) they are refused in either case.
type UnknownMembers string

const (
	// AcceptUnknown accepts them without any effect; the journal names each.
	AcceptUnknown UnknownMembers = "accept"
	// RefuseUnknown refuses the delivery, as one that breaks the schema.
	RefuseUnknown UnknownMembers = "refuse"
)

// catalog returns a catalogue whose schemas treat unknown members so.
func (u UnknownMembers) catalog(known *catalog.Catalog) *catalog.Catalog {
	if u == RefuseUnknown {
		return known.RefusingUnknown()
	}
	return known
}

// withDefaults returns the options with what was left out filled in. The error, an ArgumentError, has a line for each
// value that cannot be.
func (o Options) withDefaults() (Options, error) {
	var faults []error
	fault := func(setting, format string, args ...any) {
		faults = append(faults, argument(settingError{fmt.Errorf(format, args...), setting}))
	}
	o.UnknownMembers = choice(fault, "unknown-members", "unknown members", o.UnknownMembers, AcceptUnknown,
		RefuseUnknown)
	o.Durability = choice(fault, "durability", "durability", o.Durability, Sync, Async)
	o.Auth = choice(fault, "auth", "auth", o.Auth, Strict, Lenient, Off)
	o.Maskinporten = choice(fault, "maskinporten", "maskinporten", o.Maskinporten, MaskinportenObserved,
		MaskinportenStrict)
	o.Altinn.Approve = choice(fault, "altinn-approve", "approval", o.Altinn.Approve, ApproveManually, ApproveAtOnce)
	if !slices.Contains([]int{0, 4, 5}, o.Altinn.ProblemDetails) {
		fault("altinn-problem-details", "the form of Altinn's errors is %d; it must be 4 or 5", o.Altinn.ProblemDetails)
	}
	o.Feedback = choice(fault, "control", "feedback", o.Feedback, FeedbackFormat, FeedbackModulus, FeedbackStrict)
	if o.ProcessingDelay < 0 {
		fault("processing-delay", "the processing delay is %s; it must not be negative", o.ProcessingDelay)
	}
	if o.SessionTTL < 0 || o.SessionTTL > 0 && o.SessionTTL < time.Second {
		fault("session-ttl", "the time to live of a session is %s; it must be 0 for ever, or at least 1s", o.SessionTTL)
	}
	if !slices.Contains([]int{0, 400, 404, 409, 502}, o.Kobo.ConflictStatus) {
		fault("kobo-conflict-status", "the Kobo conflict status is %d; it must be 400, 404, 409 or 502",
			o.Kobo.ConflictStatus)
	}
	for _, id := range o.Kobo.Systems {
		if !gateway.IsKoboSystemID(id) {
			fault("kobo-systems",
				"%q is not the id of a Kobo system; it must be 1 to %d printable characters of ASCII without a space",
				id, gateway.MaxKoboSystemID)
		}
	}
	if _, _, err := o.hosts(); err != nil {
		fault("hosts", "%w", err)
	}
	if _, err := address.ParseProxies(o.BehindProxy); err != nil {
		fault("behind-proxy", "%w", err)
	}
	if o.BaseURL != "" {
		base, err := address.CheckBase(o.BaseURL)
		if err != nil {
			fault("base-url", "%w", err)
		}
		o.BaseURL = base
	}
	if err := o.TLS.check(); err != nil {
		faults = append(faults, err)
	}
	if o.Clock == nil {
		o.Clock = machineClock
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Version = cmp.Or(o.Version, defaultVersion)
	return o, errors.Join(faults...)
}

// machineClock is the clock where no other is given.
var machineClock = time.Now

// choice returns the given value of a setting, or the first possible one where it is empty. It calls fault where the
// value is not one of the possible ones.
func choice[T ~string](fault func(setting, format string, args ...any), setting, what string, given T,
	values ...T,
) T {
	if given == "" {
		return values[0]
	}
	if !slices.Contains(values, given) {
		texts := make([]string, len(values))
		for i, value := range values {
			texts[i] = string(value)
		}
		last := len(texts) - 1
		fault(setting, "%s is %q; it must be %s or %s", what, given, strings.Join(texts[:last], ", "), texts[last])
	}
	return given
}

// altinn returns the settings of Altinn.
func (o Options) altinn() altinn.Altinn {
	return altinn.Altinn{Approve: altinn.Approval(o.Altinn.Approve), Older: o.Altinn.ProblemDetails == 4}
}

// hosts returns what Options.Hosts names: the hosts of the control API, and API names by the hosts that are mapped to
// them. The error has a line for each text that cannot be.
func (o Options) hosts() (own []string, apiOf map[string]string, err error) {
	apiOf = map[string]string{}
	var faults []error
	for _, given := range o.Hosts {
		name, api, mapped := strings.Cut(given, "=")
		host, err := hostOption(name)
		api = strings.TrimSpace(api)
		switch other := apiOf[host]; {
		case err != nil:
			faults = append(faults, err)
		case !mapped:
			own = append(own, host)
		case api == "":
			faults = append(faults, fmt.Errorf("%q names no API; it must be such as kobo.example.no=kobo", given))
		case other != "" && other != api:
			faults = append(faults, fmt.Errorf("the host %s is mapped to %s and %s; map it to one", host, other, api))
		default:
			apiOf[host] = api
		}
	}
	return own, apiOf, errors.Join(faults...)
}

// hostOption returns one of Options.Hosts in lower case, without a full stop at its end. The error says what a host
// name must be.
func hostOption(given string) (string, error) {
	given = strings.TrimSpace(given)
	host, _, ok := address.SplitHost(given)
	if !ok || host == "" || host != strings.TrimSuffix(strings.ToLower(given), ".") { // it has a port
		return "", fmt.Errorf(
			"%q is not the name of a host; it must be such as sandkasse.corp.no, without scheme, port and path, "+
				"and in ASCII, or with an API, such as kobo.example.no=kobo", given)
	}
	return host, nil
}

// open opens the store. The error is an ArgumentError where the path cannot be that of a data file, ErrDataLocked or
// ErrDataDamaged.
func (o Options) open() (*store.DB, error) {
	db, err := o.openStore()
	if err == nil {
		db.LogTo(o.Log)
	}
	return db, err
}

// openStore opens the data file, or a temporary one.
func (o Options) openStore() (*store.DB, error) {
	if o.Data == "" {
		return store.OpenTemporary()
	}
	db, err := store.Open(o.Data, store.Options{Durability: store.Durability(o.Durability)})
	if err != nil {
		info, statErr := os.Stat(o.Data)
		if statErr != nil || !info.Mode().IsRegular() || errors.Is(err, fs.ErrPermission) {
			return nil, argument(err)
		}
		return nil, public(err)
	}
	return db, nil
}

// clients reads the clients file. It returns nil, for everyone, where there is none.
func (o Options) clients() (*maskinporten.Register, error) {
	if o.Clients == "" {
		return nil, nil
	}
	text, err := readfile.ReadPath(o.Clients, readfile.MaxYAML)
	if err != nil {
		return nil, argument(fmt.Errorf("the clients file %s cannot be read: %w", o.Clients, readfile.Reason(err)))
	}
	register, err := maskinporten.ParseClients(o.Clients, text)
	return register, public(err)
}

// processing returns how deliveries are processed; delay, unless it is nil, goes before ProcessingDelay.
func (o Options) processing(delay func() time.Duration) innrapportering.Processing {
	return innrapportering.Processing{
		Control: innrapportering.Control(o.Feedback), Delay: o.ProcessingDelay, DelayNow: delay,
	}
}

func (o Options) kobo() kobo.Register {
	return kobo.Register{Systems: o.Kobo.Systems, Echo: o.Kobo.Echo}
}

func (o Options) mode() token.Mode { return token.Mode(o.Auth) }

// defaultVersion stands for the version where no other is given.
const defaultVersion = "development"
