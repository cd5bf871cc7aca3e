package mock

import (
	"errors"

	"sandkasse/mock/internal/coverage"
	"sandkasse/mock/internal/report"
)

// Report says what production would punish in the conduct of a session's client, and what the client has met of all
// that the APIs may answer. In JSON it is as GET /_sandkasse/report shows it.
type Report struct {
	Findings []Finding  `json:"findings"` // by the first call that shows them
	Off      []RuleOff  `json:"off"`      // rules that were switched off, which have no findings
	Coverage []Coverage `json:"coverage"`
	Met      int        `json:"met"` // lines of Coverage that were met
	Of       int        `json:"of"`  // lines of Coverage
}

// Finding is something that a rule of the report has found.
type Finding struct {
	Rule       string   `json:"rule"` // such as delivered-twice
	Gravity    Gravity  `json:"gravity"`
	Sure       bool     `json:"sure"`       // false where the rule may be wrong about the client
	Calls      []int64  `json:"calls"`      // numbers of the calls that show it, the first 20
	Gone       []int64  `json:"gone"`       // those of Calls that the journal has no longer
	Events     []string `json:"events"`     // ids of the webhook messages that show it, the first 20
	Times      int      `json:"times"`      // how often it happened
	What       string   `json:"what"`       // what the client did
	Production string   `json:"production"` // what production does
	Change     string   `json:"change"`     // what to change in the client
}

// Gravity says how bad a finding is.
type Gravity string

// What is of GravityError would do harm in production, such as a document that is delivered twice. What is of
// GravityWarning would be refused, throttled or frowned upon there. What is of GravityNote is worth a look.
const (
	GravityError   Gravity = "error"
	GravityWarning Gravity = "warning"
	GravityNote    Gravity = "note"
)

// Reaches reports whether a gravity is as high as another, or higher.
func (g Gravity) Reaches(other Gravity) bool { return report.Gravity(g).Reaches(report.Gravity(other)) }

// Coverage is one thing that the client of an API may meet, and whether it has: a status of an operation, an error that
// the API documents for no operation by itself, or a built-in script.
type Coverage struct {
	API      string   `json:"api"`      // name
	Route    string   `json:"route"`    // path as documented; empty for none
	Method   string   `json:"method"`   // of Route; empty for none
	Status   int      `json:"status"`   // HTTP status; 0 for a script
	Code     string   `json:"code"`     // the one that says most; empty for a success, and for a script
	Parent   string   `json:"parent"`   // code that Code specifies; empty for none
	Script   string   `json:"script"`   // name of the script; empty for none
	Met      int      `json:"met"`      // how often
	How      []string `json:"how"`      // cause, demand, or both; empty where it was not met
	Reaction Reaction `json:"reaction"` // what the client did then
	Next     string   `json:"next"`     // the command that provokes it; empty for none
}

// Reaction counts what a client did after it had met something. The counts add up to how often it met it.
type Reaction struct {
	SameKey int `json:"sameKey"` // the same call again, under the same idempotencyKey, if it has any
	NewKey  int `json:"newKey"`  // the same call again, under another idempotencyKey
	GaveUp  int `json:"gaveUp"`  // no more calls to the API
	WentOn  int `json:"wentOn"`  // other calls to the API, or content with the answer
}

// RuleOff switches a rule of the report off. The report lists it.
type RuleOff struct {
	Rule   string `json:"rule"`   // such as delivered-twice
	Reason string `json:"reason"` // why, for whoever reads the report
}

// ReportQuery narrows a report; the zero value narrows nothing.
type ReportQuery struct {
	APIs []string  // names of those whose coverage is wanted, or "all"; nil for those that were called
	Off  []RuleOff // rules to switch off
}

// Report returns the report on the client of the session. The error is an *ArgumentError of a rule that there is not,
// or that has no reason; of an unknown API also ErrUnknownAPI.
func (s *Session) Report(q ReportQuery) (Report, error) {
	sess, done, err := s.use()
	defer done()
	if err != nil {
		return Report{}, err
	}
	off := make([]report.Off, len(q.Off))
	for i, one := range q.Off {
		off[i] = report.Off(one)
	}
	made, err := coverage.Report(s.server.backend.Gateway, sess, s.issuedAt(), q.APIs)
	if unknown, ok := errors.AsType[*coverage.UnknownAPIError](err); ok {
		return Report{}, argument(detailedError{unknown, ErrUnknownAPI})
	}
	if err != nil {
		return Report{}, err
	}
	if made, err = made.Without(off); err != nil {
		return Report{}, argument(err)
	}
	return newReport(made), nil
}

func newReport(made report.Report) Report {
	shown := Report{
		Findings: make([]Finding, len(made.Findings)), Off: make([]RuleOff, len(made.Off)),
		Coverage: make([]Coverage, len(made.Coverage)), Met: made.Met, Of: made.Of,
	}
	for i, f := range made.Findings {
		shown.Findings[i] = Finding{
			Rule: f.Rule, Gravity: Gravity(f.Gravity), Sure: f.Sure, Calls: f.Calls, Gone: f.Gone, Events: f.Events,
			Times: f.Times, What: f.What, Production: f.Production, Change: f.Change,
		}
	}
	for i, one := range made.Off {
		shown.Off[i] = RuleOff(one)
	}
	for i, line := range made.Coverage {
		shown.Coverage[i] = Coverage{
			API: line.API, Route: line.Route, Method: line.Method, Status: line.Status, Code: line.Code,
			Parent: line.Parent, Script: line.Script, Met: line.Met, How: line.How, Reaction: Reaction(line.Reaction),
			Next: line.Next,
		}
	}
	return shown
}
