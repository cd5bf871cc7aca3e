package journal

import (
	"cmp"
	"slices"
)

// Query says which calls of one session are asked for. A field left at its zero value does not narrow the answer, except
// Session.
type Query struct {
	// Session is the session whose calls are asked for. It is always one: numbers have an order only within a session, and
	// a session must not see another's calls.
	Session string
	// API is the name of an API, such as bsu.
	API string
	// Status is the HTTP status of the answer.
	Status int
	// Code is a code of the answer, either the parent (GLD_006) or one of the specification codes (GLD_1028).
	Code string
	// Since asks for the calls with greater numbers than this. It is a number and no time, since time may stand still.
	Since int64
	// Limit asks for no more than so many, the newest; zero or less asks for all.
	Limit int
}

// pick returns the calls that fit, in the order of their numbers.
func (q Query) pick(calls []kept) []Entry {
	calls = slices.DeleteFunc(calls, func(k kept) bool { return !q.fits(k.entry) })
	slices.SortStableFunc(calls, func(a, b kept) int { return cmp.Compare(a.entry.Number, b.entry.Number) })
	if q.Limit > 0 && len(calls) > q.Limit {
		calls = calls[len(calls)-q.Limit:]
	}
	picked := make([]Entry, len(calls))
	for i, k := range calls {
		picked[i] = *k.entry
	}
	return picked
}

func (q Query) fits(e *Entry) bool {
	return e.Session == q.Session &&
		e.Number > q.Since &&
		(q.API == "" || e.API == q.API) &&
		(q.Status == 0 || e.Status == q.Status) &&
		(q.Code == "" || e.Code == q.Code || slices.Contains(e.Specification, q.Code))
}
