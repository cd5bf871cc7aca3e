package mock

import (
	"net/http"
	"time"

	"sandkasse/mock/internal/journal"
	"sandkasse/mock/internal/plainjson"
)

// Call is one call to an imitated API, as the journal of a session has it. Secrets and identity numbers in it are
// masked, unless Options.JournalRaw is set: tokens, cookies, API keys and passwords become ***, and an identity number
// keeps its date of birth only (010180*****).
type Call struct {
	Number         int64     `json:"number"`         // within the session, from 1; the answer has it as Sandkasse-Call
	Time           time.Time `json:"time"`           // when it came, by the session's clock
	Session        string    `json:"session"`        // name
	API            string    `json:"api"`            // name, such as bsu; empty where the address is of no API
	Route          string    `json:"route"`          // path as documented: /v1/{inntektsaar}; empty where none fits
	Method         string    `json:"method"`         // HTTP method
	Scheme         string    `json:"scheme"`         // http or https
	Host           string    `json:"host"`           // that was called, with its port
	Path           string    `json:"path"`           // that was called, with its query
	Status         int       `json:"status"`         // HTTP status of the answer
	Code           string    `json:"code"`           // parent code of an error: GLD_006; empty for none
	Specification  []string  `json:"specification"`  // codes that specify it: GLD_1028
	StoppedBy      string    `json:"stoppedBy"`      // check that refused the call; empty for none
	Played         []string  `json:"played"`         // scenarios that were applied, in that order
	Why            string    `json:"why"`            // why the answer is what it is, in a sentence
	Replayed       bool      `json:"replayed"`       // whether an earlier answer was repeated, by idempotencyKey
	Organisation   string    `json:"organisation"`   // that made the call; empty where it was not proved
	IdempotencyKey string    `json:"idempotencyKey"` // empty for none
	Trace          string    `json:"trace"`          // trace id of its traceparent; empty for none
	DurationMs     float64   `json:"durationMs"`     // milliseconds until the answer was written
	Request        Message   `json:"request"`        // as it came
	Answer         Message   `json:"answer"`         // as it was written
}

// Message is the header and the body of a request or an answer.
type Message struct {
	Header    http.Header
	Body      []byte // the first 16 KiB; in JSON the text "body", or base64 as "bodyBase64" where it is not UTF-8
	BodyBytes int    // length of the whole body
	Cut       bool   // whether the body is longer than Body
}

func newCalls(entries []journal.Entry) []Call {
	calls := make([]Call, len(entries))
	for i, e := range entries {
		calls[i] = Call{
			Number: e.Number, Time: e.Time, Session: e.Session, API: e.API, Route: e.Route, Method: e.Method,
			Scheme: e.Scheme, Host: e.Host, Path: e.Path, Status: e.Status, Code: e.Code,
			Specification: e.Specification, StoppedBy: e.StoppedBy, Played: e.Played, Why: e.Why,
			Replayed: e.Replayed, Organisation: e.Organisation,
			IdempotencyKey: e.IdempotencyKey, Trace: e.Trace, DurationMs: e.DurationMs,
			Request: Message(e.Request), Answer: Message(e.Answer),
		}
	}
	return calls
}

// MarshalJSON returns the call as GET /_sandkasse/calls shows it, with Time in UTC and three decimals.
func (c Call) MarshalJSON() ([]byte, error) {
	type fields Call // without this method
	return plainjson.Marshal(struct {
		Number int64  `json:"number"`
		Time   string `json:"time"` // replaces the field below
		fields
	}{c.Number, c.Time.UTC().Format("2006-01-02T15:04:05.000Z07:00"), fields(c)})
}

// MarshalJSON returns the message as GET /_sandkasse/calls shows it.
func (m Message) MarshalJSON() ([]byte, error) { return journal.Message(m).MarshalJSON() }

// CallQuery selects calls; the zero value selects all. A call must meet every field that is set.
type CallQuery struct {
	API          string // name: bsu
	Route        string // path as documented: /v1/{inntektsaar}
	Method       string // HTTP method
	Status       int    // HTTP status of the answer, or its first digit: 4 for 400 to 499
	Code         string // parent code or specification: GLD_1028
	Organisation string // that made the call
	Key          string // idempotencyKey
	Trace        string // trace id of the traceparent
	Scenario     string // that was applied
	StoppedBy    string // check that refused the call
	Since        int64  // only calls with a greater Number
	Limit        int    // only the newest so many; 0: all
}

func (q CallQuery) query() journal.Query {
	return journal.Query{
		API: q.API, Route: q.Route, Method: q.Method, Status: journal.StatusOf(q.Status), Code: q.Code,
		Organisation: q.Organisation, Key: q.Key, Trace: q.Trace, Scenario: q.Scenario, StoppedBy: q.StoppedBy,
		Since: q.Since, Limit: q.Limit,
	}
}
