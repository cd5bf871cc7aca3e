package journal

import (
	"bytes"
	"net/http"
	"time"
	"unicode/utf8"

	"sandkasse/mock/internal/plainjson"
)

// BodyLimit is the number of bytes of a body that is kept: 16 KiB. Of a longer one the beginning is
// kept, up to three bytes less where the limit would split a UTF-8 character.
const BodyLimit = 16 << 10

// Entry is one call: what was asked, what was answered, and why. Its JSON has all fields in every
// entry, in the order below, and cannot be decoded into an Entry again.
//
// A log keeps an entry as it was, and masks credentials and identity numbers in what it returns,
// unless the journal is raw. The headers Authorization and Proxy-Authorization keep their scheme
// ("Bearer ***"). Cookie, Set-Cookie, and headers with "token" or a secret in their name become
// "***". So do the values of secret members, parameters, elements and form fields (apiKey, password,
// client_secret, assertion and the like), the user of an address and the query of a webhookUrl, a
// private key, and whatever looks like a JWT, in the path, a header, a body, Why or IdempotencyKey. An
// identity number, eleven digits that begin with a date of birth, keeps the date and loses the rest
// there ("010180*****"). All of that is found also where it is escaped as in JSON or percent-encoded,
// or in both. What an answer or Why repeats of a secret of the request is hidden too, if it has six
// bytes or more; any other credential that Why quotes without its name cannot be recognised.
type Entry struct {
	// Number is the call's number within its session, from Next, and is answered in the header
	// Sandkasse-Call.
	Number int64 `json:"number"`
	// Time is the call's arrival by the session's clock. In JSON it is RFC 3339 in UTC with three
	// decimals.
	Time time.Time `json:"time"`
	// Session is the name of the session.
	Session string `json:"session"`
	// API is the name of the API, such as bsu; empty when the address belongs to none.
	API string `json:"api"`
	// Route is the path as the API documents it, with its parameters in braces; empty when no route
	// was found.
	Route string `json:"route"`
	// Method is the HTTP method.
	Method string `json:"method"`
	// Scheme is http or https; Add sets it to http where it is empty.
	Scheme string `json:"scheme"`
	// Host is the host that was asked for, with its port. It may have decided which API answered.
	Host string `json:"host"`
	// Server is the public base address of the call, without a slash at its end, where that is not
	// Scheme and Host; else empty. It is in addresses that are shown, and not in JSON.
	Server string `json:"-"`
	// ReachedAt is the HOST:PORT of the sandbox itself where Server is that of a real host, which
	// is elsewhere for a client that knows nothing of the sandbox; else empty. It is not in JSON.
	ReachedAt string `json:"-"`
	// Path is the path as it was asked for, with its query.
	Path string `json:"path"`
	// Status is the HTTP status of the answer.
	Status int `json:"status"`
	// Code is the answer's parent code, such as GLD_006; empty when the call succeeded.
	Code string `json:"code"`
	// Specification are the codes that specify the parent code, such as GLD_1028; empty when there
	// is none.
	Specification []string `json:"specification"`
	// StoppedBy is the check that stopped the call; empty when none did.
	StoppedBy string `json:"stoppedBy"`
	// Played are the names of the scenarios that were played in the call, in that order; empty when
	// none was.
	Played []string `json:"played"`
	// Why says in a sentence why this was the answer.
	Why string `json:"why"`
	// Replayed is true when the first answer to the same idempotencyKey was given again.
	Replayed bool `json:"replayed"`
	// Organisation is the number of the organisation that made the call; empty when the call ended
	// before that was proved. Where a scenario ended it, it is the organisation that the token
	// names.
	Organisation string `json:"organisation"`
	// IdempotencyKey is the call's idempotencyKey, also when the call was refused before it was
	// used; empty when it had none.
	IdempotencyKey string `json:"idempotencyKey"`
	// Trace is the trace id of the call's traceparent (W3C Trace Context), 32 hexadecimal digits;
	// empty when it had none that is valid.
	Trace string `json:"trace"`
	// DurationMs is the time that the call took, in milliseconds; a finite number.
	DurationMs float64 `json:"durationMs"`
	// Request is the request's header and body.
	Request Message `json:"request"`
	// Answer is the answer's header and body.
	Answer Message `json:"answer"`
}

// Message is the header and the body of a request or an answer. Its JSON has the body as text in
// the field body where the part that is kept is valid UTF-8, and as base64 in the field bodyBase64
// where it is not.
type Message struct {
	// Header is the header.
	Header http.Header
	// Body is the body's beginning, at most BodyLimit bytes of what was sent.
	Body []byte
	// BodyBytes is the true length of the body in bytes. Add sets it to the length of the given
	// Body unless it is greater, as for a body that was refused unread.
	BodyBytes int
	// Cut is true when Body ends before the body did.
	Cut bool
}

// prepare fills in what an entry needs to be kept: a scheme, lists that are not nil, and bodies cut
// at BodyLimit. What the entry refers to is copied before it is changed.
func (e *Entry) prepare() {
	if e.Scheme == "" {
		e.Scheme = "http"
	}
	if e.Specification == nil {
		e.Specification = []string{} // in JSON a list, not null
	}
	if e.Played == nil {
		e.Played = []string{}
	}
	e.Request.prepare()
	e.Answer.prepare()
}

// prepare cuts the body. The body is copied where its array is larger
// than what is kept, so that the array can be freed.
func (m *Message) prepare() {
	m.BodyBytes = max(m.BodyBytes, len(m.Body))
	m.Body = truncate(m.Body)
	m.Cut = len(m.Body) < m.BodyBytes
	if cap(m.Body) > BodyLimit {
		m.Body = bytes.Clone(m.Body)
	}
}

// truncate returns at most the first BodyLimit bytes of a body, ending where a UTF-8 character
// ends.
func truncate(body []byte) []byte {
	if len(body) <= BodyLimit {
		return body
	}
	end := BodyLimit
	for end > BodyLimit-utf8.UTFMax+1 && !utf8.RuneStart(body[end]) {
		end--
	}
	return body[:end]
}

// milliseconds is the layout of times in JSON: RFC 3339 with three decimals.
const milliseconds = "2006-01-02T15:04:05.000Z07:00"

// MarshalJSON writes the entry with its time in UTC and always three decimals, so that times sort
// as text.
func (e Entry) MarshalJSON() ([]byte, error) {
	type fields Entry // the same without this method
	return plainjson.Marshal(struct {
		Number int64  `json:"number"`
		Time   string `json:"time"` // stands in for the field of the same name below
		fields
	}{e.Number, e.Time.UTC().Format(milliseconds), fields(e)})
}

// MarshalJSON writes the message with its body as text or as base64.
func (m Message) MarshalJSON() ([]byte, error) {
	shown := struct {
		Header     http.Header `json:"header"`
		Body       *string     `json:"body,omitempty"`
		BodyBase64 []byte      `json:"bodyBase64,omitempty"`
		BodyBytes  int         `json:"bodyBytes"`
		Cut        bool        `json:"cut"`
	}{Header: m.Header, BodyBytes: m.BodyBytes, Cut: m.Cut}
	if utf8.Valid(m.Body) {
		text := string(m.Body)
		shown.Body = &text
	} else {
		shown.BodyBase64 = m.Body
	}
	return plainjson.Marshal(shown)
}

// Memory that the parts of an entry take beside the texts they hold, in bytes on a 64-bit machine.
// Estimates are enough: a test compares their sum with the heap.
const (
	entryBytes  = 696 // a record with its entry
	stringBytes = 24  // a string beside its text
)

// size returns the memory that the entry keeps alive, in bytes. Texts that come from constants are
// not counted.
func (e *Entry) size() int {
	n := entryBytes + len(e.Session) + len(e.Host) + len(e.Server) + len(e.ReachedAt) + len(e.Path) + len(e.Why) +
		len(e.Organisation) + len(e.IdempotencyKey) + len(e.Trace)
	n += stringBytes * (len(e.Specification) + len(e.Played))
	for _, name := range e.Played {
		n += len(name)
	}
	return n + e.Request.size() + e.Answer.size()
}

// size returns the memory that the message keeps alive, in bytes.
func (m *Message) size() int {
	return cap(m.Body) + packedSize(m.Header)
}
