package journal

import "strings"

// Query narrows the calls of a log. An empty field does not narrow them. Any other must equal the
// call's, except that the case of Method does not matter, and where a field says otherwise.
type Query struct {
	// API is the name of an API, such as bsu.
	API string
	// Route is the path as the API documents it, with its parameters in braces.
	Route string
	// Method is the HTTP method.
	Method string
	// Status is the HTTP status of the answer, or its class.
	Status Status
	// Code is a code of the answer, either the parent (GLD_006) or one of the specification codes
	// (GLD_1028).
	Code string
	// Organisation is the number of the organisation that made the call.
	Organisation string
	// Key is the call's idempotencyKey.
	Key string
	// Trace is the trace id of the call's traceparent, in either case.
	Trace string
	// Scenario is a scenario that was played in the call: its name (slow), or all that was asked
	// for (slow;ms=8000).
	Scenario string
	// StoppedBy is the check that stopped the call.
	StoppedBy string
	// Since asks for the calls with greater numbers than this. It is no time, since a session's
	// clock may stand still.
	Since int64
	// Before asks for the calls with lesser numbers than this; zero or less asks for all. With Limit
	// it asks for the newest of them.
	Before int64
	// Text is a text in the call: in its path, its key, its codes, its scenarios or Why, where case
	// does not matter, or in a body, where it does (K700).
	Text string
	// Limit asks for the newest calls only, so many at most; zero or less asks for all.
	Limit int
}

func (q Query) filter() filter {
	return filter{
		api: q.API, route: q.Route, method: q.Method, statuses: q.Status.statuses(), code: q.Code,
		organisation: q.Organisation, key: q.Key, scenario: q.Scenario, stoppedBy: q.StoppedBy, text: q.Text,
		trace: strings.ToLower(q.Trace),
	}
}

// has reports whether a number is within the bounds of the query.
func (q Query) has(number int64) bool {
	return number > q.Since && (q.Before <= 0 || number < q.Before)
}
