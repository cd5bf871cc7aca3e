package journal

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"time"
	"unicode/utf8"
)

// BodyLimit is the number of bytes of a body that is kept: 16 KiB. Of a longer one the beginning is kept, up to three
// bytes less where the limit would split a UTF-8 character.
const BodyLimit = 16 << 10

// Entry is one call: what was asked, what was answered, and why. It can be written as JSON, with the fields in the order
// below, all of them in every entry; it is not made to be read back from JSON.
//
// Credentials and identity numbers are masked when the entry is added, unless the journal is raw. The headers
// Authorization and Proxy-Authorization keep their scheme ("Bearer ***"); Cookie, Set-Cookie, X-Api-Key, headers with
// "token" in their name, and the parameters of an address or a form whose names are a secret's (access_token,
// client_secret and the like) become "***"; and so does whatever looks like a JWT in the path, a header, a body, Why or
// IdempotencyKey. There an identity number, eleven digits that begin with a date of birth, keeps the date and loses the
// rest ("010180*****"). Who writes Why or a body must not quote a credential that is no JWT: nothing tells it from other
// text.
type Entry struct {
	// Number is the call's number within its session, as handed out by Next and answered in the header Sandkasse-Call.
	Number int64 `json:"number"`
	// Time is when the call came, by the session's clock. In JSON it is RFC 3339 in UTC with three decimals.
	Time time.Time `json:"time"`
	// Session is the name of the session.
	Session string `json:"session"`
	// API is the name of the API, such as bsu; empty when the address belongs to none.
	API string `json:"api"`
	// Route is the path as the API documents it, with its parameters in braces; empty when no route was found.
	Route string `json:"route"`
	// Method is the HTTP method.
	Method string `json:"method"`
	// Scheme is http or https; Add sets it to http where it is empty.
	Scheme string `json:"scheme"`
	// Host is the host that was asked for, with its port; it may be what found the API.
	Host string `json:"host"`
	// Path is the path as it was asked for, with its query.
	Path string `json:"path"`
	// Status is the HTTP status of the answer.
	Status int `json:"status"`
	// Code is the answer's parent code, such as GLD_006; empty when the call went well.
	Code string `json:"code"`
	// Specification is the codes that specify the parent code, such as GLD_1028; empty when there is none.
	Specification []string `json:"specification"`
	// StoppedBy is the check that stopped the call; empty when none did.
	StoppedBy string `json:"stoppedBy"`
	// Played is the names of the scenarios that were played in the call, in that order; empty when none was.
	Played []string `json:"played"`
	// Why is a sentence that tells the user why this was the answer.
	Why string `json:"why"`
	// Replayed is true when the answer is the first answer to the same idempotencyKey, given again.
	Replayed bool `json:"replayed"`
	// Organisation is the number of the organisation that made the call; empty when the call did not come so far as to
	// prove it. Where a scenario ended the call before that, it is the one that the token names.
	Organisation string `json:"organisation"`
	// IdempotencyKey is the call's idempotencyKey, also of a call that was refused before it mattered; empty when it had none.
	IdempotencyKey string `json:"idempotencyKey"`
	// DurationMs is how long the call took, in milliseconds; a finite number.
	DurationMs float64 `json:"durationMs"`
	// Request is what was asked.
	Request Message `json:"request"`
	// Answer is what was answered.
	Answer Message `json:"answer"`
}

// Message is the header and the body of a request or an answer. In JSON the body is text in the field body where what is
// kept of it is valid UTF-8, and base64 in the field bodyBase64 where it is not.
type Message struct {
	// Header is the header, masked.
	Header http.Header
	// Body is the body's beginning, at most BodyLimit bytes, masked.
	Body []byte
	// BodyBytes is the true length of the body in bytes. Add sets it to the length of the Body it is given, or leaves it if
	// it is greater: so a body that was refused unread can still tell its length.
	BodyBytes int
	// Cut is true when Body ends before the body did.
	Cut bool
}

// keep makes the entry what the journal keeps of it. What the entry was given is left as it is; what must be otherwise is
// new.
func (e *Entry) keep(raw bool) {
	if e.Scheme == "" {
		e.Scheme = "http"
	}
	if e.Specification == nil {
		e.Specification = []string{} // in JSON a list, not null
	}
	if e.Played == nil {
		e.Played = []string{}
	}
	if !raw {
		e.Path = hideTokens(e.Path)
		e.Why = hideTokens(e.Why)
		e.IdempotencyKey = hideTokens(e.IdempotencyKey)
	}
	e.Request.keep(raw)
	e.Answer.keep(raw)
}

// keep makes the message what the journal keeps of it: its header, and the body's beginning. A body in a greater array is
// copied, so that a large array is not kept alive by a small piece of it.
func (m *Message) keep(raw bool) {
	m.BodyBytes = max(m.BodyBytes, len(m.Body))
	body := beginning(m.Body)
	m.Cut = len(body) < m.BodyBytes
	if raw {
		m.Header = maps.Clone(m.Header)
	} else {
		body = maskedBody(body, m)
		m.Header = maskedHeader(m.Header)
	}
	if m.Header == nil {
		m.Header = http.Header{}
	}
	if cap(body) > BodyLimit {
		body = bytes.Clone(body)
	}
	m.Body = body
}

// beginning returns as much of the body as is kept, ending where a UTF-8 character ends.
func beginning(body []byte) []byte {
	if len(body) <= BodyLimit {
		return body
	}
	end := BodyLimit
	for end > BodyLimit-utf8.UTFMax+1 && !utf8.RuneStart(body[end]) {
		end--
	}
	return body[:end]
}

// milliseconds is a time as the journal writes it.
const milliseconds = "2006-01-02T15:04:05.000Z07:00"

// MarshalJSON writes the entry with its time in UTC, with three decimals also where they are zero, so that the times sort
// as text.
func (e Entry) MarshalJSON() ([]byte, error) {
	type fields Entry // the same without this method
	return encode(struct {
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
	return encode(shown)
}

// encode is json.Marshal without the escaping of <, > and &, which would make bodies hard to read. An encoder around it
// that wants the escaping still does it.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// What the parts of an entry take in memory beside the bytes they hold, on a 64-bit machine. Estimates are enough: a
// test compares the sum with the heap.
const (
	entryBytes  = 576 // the entry itself, its place in the journal and two empty headers
	mapBytes    = 352 // a header of one to eight names
	nameBytes   = 48  // one more name in a header
	stringBytes = 24  // a string beside its text
)

// size is the memory that the entry keeps alive, in bytes. Texts that come from constants are not counted.
func (e *Entry) size() int {
	n := entryBytes + len(e.Session) + len(e.Host) + len(e.Path) + len(e.Why) + len(e.Organisation) + len(e.IdempotencyKey)
	n += stringBytes * (len(e.Specification) + len(e.Played))
	for _, name := range e.Played {
		n += len(name)
	}
	return n + e.Request.size() + e.Answer.size()
}

func (m *Message) size() int {
	n := cap(m.Body) + nameBytes*max(0, len(m.Header)-8)
	if len(m.Header) > 0 {
		n += mapBytes
	}
	for name, values := range m.Header {
		n += len(name)
		for _, value := range values {
			n += stringBytes + len(value)
		}
	}
	return n
}
