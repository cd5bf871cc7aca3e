// Package wire has the values that behaviours work on: the Request that they get and the Response
// that they return.
//
// It has no HTTP. A behaviour gets a transaction and a Request and returns a Response; only the
// gateway turns answers into bytes.
package wire

import (
	"maps"
	"net/url"
	"slices"
	"time"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/plainjson"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/token"
)

// Request is a call with its API and route, and with what its checks have established so far.
type Request struct {
	API   *catalog.API
	Route *catalog.Route

	Session string
	Seed    uint64             // of the session
	Grants  *token.ReplayCache // what Maskinporten remembers of the session
	Number  int64              // the call's number in the session's journal
	Now     time.Time          // the one instant of this call
	IDs     *IDs

	Address   address.Address   // of the call; its Root is the base of addresses in the answer
	Base      string            // the API's address for the caller, without a slash at the end
	PlainBase string            // Base without the scenarios that the address asks for
	Host      *catalog.Host     // the real API's, where the call is for it; else nil
	Params    map[string]string // path parameters by name
	Query     url.Values        // of the address
	Principal token.Principal   // who calls; set by the check "token"
	Token     string            // that the call carries, as sent; set by the check "token"
	Auth      token.Mode        // how closely tokens and rights are looked at
	Prepared  any               // what Part.Prepare made of the request

	Body        []byte // as sent
	Document    any    // the body decoded; set by the check "json"
	Inntektsaar int    // of the path; set by the check "inntektsaar", 0 where the path has none
	SystemID    string // of the header x-kobo-systemid; set by the check of that name

	// Accept is the header of that name, and Accepts reports whether it allows an answer of a media
	// type; both are set by the check "accept-document", and Accepts is nil without it.
	Accept  string
	Accepts func(mediaType string) bool

	// Remarks holds sentences for the journal and the log, whatever the answer is. They do not
	// repeat values that were sent. Checks and behaviours add to them.
	Remarks []string

	// Unknown holds JSON pointers of members of the document that nothing names, and that have no
	// effect or refuse the call; the first ones where they are many. Checks and behaviours set it.
	Unknown []string
	Home    *Home // that a call to Kobo is about; set by its behaviours, nil for none

	SystemUsers SystemUsers // how system users are bound

	Staged   Staged            // what scenarios want of the work
	Reserved func(string) bool // reports whether an organisation is kept for scenarios; nil for none

	// Read looks into the caller's session as it stands, for a check that has to know what is
	// stored.
	Read func(func(*store.Tx) error) error
}

// AddressOf returns the address of an API for the caller, without a slash at its end: under a real
// host that of its host in the same environment, and else below the sandbox's own (K643).
func (r *Request) AddressOf(api *catalog.API) string {
	if r.Host == nil {
		return r.Address.Root + "/" + api.Label
	}
	if host := api.HostIn(r.Host.Environment); host != nil {
		return r.Address.At(host.Name) + host.Path
	}
	return r.Address.Own() + "/" + api.Label
}

// OwnAddressOf returns the address, without a slash at its end, at which the caller reaches what only
// Sandkasse has of an API: under a real host that host of the API in the same environment, and else
// the sandbox's own (K648).
func (r *Request) OwnAddressOf(api *catalog.API) string {
	if r.Host != nil {
		if host := api.HostIn(r.Host.Environment); host != nil {
			return r.Address.At(host.Name)
		}
	}
	return r.Address.Own()
}

// Home tells what a call does to a home in Kobo.
type Home struct {
	ID string
	// Before and After count the changes of the home, by anybody, before and after the call; 0 while it
	// is not there.
	Before, After int64
	// LeftOut holds JSON pointers of what the home had before the call, and has no more because the
	// document of the call does not name it.
	LeftOut []string
}

// Staged holds the changes that scenarios make to the work of a call. The zero Staged changes
// nothing.
type Staged struct {
	Feedback string // FeedbackRejected or FeedbackNever; empty for the normal feedback
	Approval string // what the customer does with a request for a system user; empty for nothing by itself
	// ApprovalAfter is the time until the customer does it, by the session's clock.
	ApprovalAfter time.Duration
	// Webhook is the fault of the messages that the call makes, a webhook.Fault; empty for none.
	Webhook string
}

// What Staged.Approval may be.
const (
	ApprovalApprove      = "approve"
	ApprovalReject       = "reject"
	ApprovalTimeout      = "timeout"       // nobody answers, and the request times out
	ApprovalNever        = "never"         // nobody answers, also where requests are approved at once
	ApprovalNotDelegable = "not-delegable" // who approves finds that a right cannot be delegated
)

// SystemUsers says how closely the system users of tokens are looked at. The zero value looks only at
// those that are in Altinn's register.
type SystemUsers struct {
	// Strict refuses system users that are not registered.
	Strict bool
	// Resources returns the resources of a system user of the clients file; known is false for
	// others. Nil: there is no file.
	Resources func(id string) (resources []string, known bool)
}

// What Staged.Feedback may be.
const (
	FeedbackRejected = "rejected" // the delivery is refused, whatever it holds
	FeedbackNever    = "never"    // it never shows
)

// Response is the result of a behaviour: members by name, of which the API picks its own in its
// order; or a document; or, with status 204, nothing.
type Response struct {
	Status      int               // 200 when 0
	Header      map[string]string // beside what every answer has
	Members     map[string]any
	ContentType string // of Document
	Document    []byte
	ETag        string   // as it is to stand in the header; empty for none
	Refused     *Refusal // for the journal, where the document is about an error; nil where all is well
	NextPage    string   // token that asks for the page of a list after this one; empty for none
	Remarks     []string // for the journal and the log, where the answer is no error: sentences without what was sent

	Delivered *Delivered // what was stored of a delivery; nil for other work
}

// Delivered describes a delivery that was stored, for the report on the client.
type Delivered struct {
	DialogID, ForsendelseID, TilbakemeldingID string

	Oppgavegiver string
	Feedback     time.Time // when the feedback on it shows, by the session's clock; zero for never
	Avvist       bool      // the feedback refuses it
	Deletes      bool      // it has sletteoppgaver
}

// Ordered is an object in a response whose members have an order of their own.
type Ordered []Member

// Member is a member of an Ordered.
type Member struct {
	Name  string
	Value any
}

// MarshalJSON writes the members in their order.
func (o Ordered) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, member := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = plainjson.Append(append(plainjson.Append(b, member.Name), ':'), member.Value)
	}
	return append(b, '}'), nil
}

// Refusal is an error that a behaviour writes in a form of its own, for the journal.
type Refusal struct {
	Code           string
	Specifications []string // nil for none
	Why            string   // what was wrong and what would be right
}

// Behaviour does the work of a route inside one store transaction; an error rolls it back. What is
// wrong with the call is returned as a *feil.Feil; any other error is a failure inside.
type Behaviour func(*store.Tx, *Request) (Response, error)

// Check checks one thing about a request, or returns what is wrong as a *feil.Feil; any other error
// is a failure inside.
type Check func(*Request) error

// Part is a check or a behaviour with the offences that it may return and the checks that must run
// before it.
type Part[F Check | Behaviour] struct {
	Do       F
	Offences []feil.Offence
	Requires []string

	// Prepare, unless nil, does what a behaviour can do before its transaction, and returns
	// Request.Prepared. Transactions run one after the other, so work that needs nothing stored is
	// done here.
	Prepare func(*Request) (any, error)

	// Writes says that the behaviour of a GET may write. It runs in a transaction that only reads,
	// and again in one that may write if it tried to: it must do the same work both times, and a
	// call that changes nothing never waits for a commit.
	Writes bool

	// Messages says that a behaviour sends event messages, which scenarios may disturb.
	Messages bool

	// Codes, unless nil, are the codes that a behaviour writes in a form of its own, by name, each
	// as it is answered on demand.
	Codes map[string]func(*Request) (Response, error)

	// Summary says on one line what an operation with the behaviour does.
	Summary string
	Query   []Parameter // that the behaviour reads
	Form    []Parameter // fields of the form in the body; nil where the body is none
	Body    Body        // the JSON in the body, where no file of a schema describes it
	Answers []Answer    // that are no errors
}

// Body describes the JSON that a behaviour reads of the body itself. The zero Body is none.
type Body struct {
	Value    any      // a value of the type that the JSON is read into
	Required []string // members at its top that must be there
	Example  string   // JSON
}

// Parameter describes a parameter that a behaviour reads of the query or of a form.
type Parameter struct {
	Name     string
	Means    string
	Required bool
	Repeated bool     // it may be there several times
	Values   []string // it may have; nil for any
	Form     string   // of the text, in the words of JSON Schema: date-time, boolean or integer; empty for any
	Example  string   // empty for none
}

// Answer describes an answer that is no error.
type Answer struct {
	Status int
	Means  string
	// ContentTypes are the types that the body can have; none where there is no body. Those that are no JSON
	// are texts.
	ContentTypes []string
	Body         any               // a value of the type that the JSON is made of
	Schema       string            // instead of Body: the file of the body's schema
	Delivered    bool              // the body may also be a document as it was delivered
	Header       map[string]string // what the answer's own headers mean, by name
	Never        bool              // the API documents it, and Sandkasse never answers so

	// Example, unless nil, returns the answer that a server gives where nothing is stored but what Request.Document
	// and Request.Body hold: what is sent, or was. A response without a document and members is no example.
	Example func(*Request) (Response, error)
}

// Checks are checks by the names that a family file uses.
type Checks map[string]Part[Check]

// Behaviours are behaviours by the names that a family file uses.
type Behaviours map[string]Part[Behaviour]

// Vocabulary returns what a catalogue has to know of each part.
func Vocabulary[F Check | Behaviour](parts map[string]Part[F]) map[string]catalog.Part {
	known := map[string]catalog.Part{}
	for name, part := range parts {
		codes := slices.Sorted(maps.Keys(part.Codes))
		known[name] = catalog.Part{Offences: part.Offences, Requires: part.Requires, Codes: codes}
	}
	return known
}
