package journal

import "cmp"

// Verdict is the result of Log.Verify.
type Verdict struct {
	// OK is true when all is as expected.
	OK bool `json:"ok"`
	// Checks are the results for the expected calls, in their order.
	Checks []Check `json:"checks"`
	// OutOfOrder is the first pair of calls in the wrong order; nil when there is none, or no order
	// was expected.
	OutOfOrder *OutOfOrder `json:"outOfOrder"`
	// Unexpected are the first MaxUnexpected calls that fit none of the expected ones, oldest
	// first; empty when there is none, or when other calls are allowed.
	Unexpected []UnexpectedCall `json:"unexpected"`
	// UnexpectedFound is the number of such calls, including those that Unexpected leaves out.
	UnexpectedFound int `json:"unexpectedFound"`
}

// mask hides credentials and identity numbers in the texts of the calls.
func (v *Verdict) mask() {
	for i, call := range v.Unexpected {
		v.Unexpected[i].Path, v.Unexpected[i].Why = Mask(call.Path), Mask(call.Why)
	}
	for _, check := range v.Checks {
		if near := check.Nearest; near != nil {
			near.Path, near.Why = Mask(near.Path), Mask(near.Why)
			for i, d := range near.Differences {
				near.Differences[i].Want, near.Differences[i].Got = Mask(d.Want), Mask(d.Got)
			}
		}
	}
}

// MaxUnexpected bounds the unexpected calls that a Verdict lists.
const MaxUnexpected = 100

// UnexpectedCall is a call that fits no expected one.
type UnexpectedCall struct {
	Number int64  `json:"number"`
	API    string `json:"api"`
	Method string `json:"method"`
	Path   string `json:"path"`
	Status int    `json:"status"`
	Code   string `json:"code"`
	Why    string `json:"why"`
}

// Check is the result for one expected call.
type Check struct {
	// Expected is the call as it was asked for.
	Expected Expected `json:"expected"`
	// Want says how often it is expected, by all entries that ask for it: "exactly 2", and "exactly
	// 0 (never)" for times: 0.
	Want string `json:"want"`
	// Found is the number of calls that fit.
	Found int `json:"found"`
	// OK is true when Found is within Want.
	OK bool `json:"ok"`
	// Calls are the numbers of the calls that fit.
	Calls []int64 `json:"calls"`
	// Nearest is the call that comes nearest to a missing one; nil when none is missing, or there
	// is no other call.
	Nearest *Nearest `json:"nearest"`
}

// Nearest is the call with the fewest fields that differ from an expected one. Of several it is one
// that differs in how the call ended rather than in which call it was, then one that is not
// expected elsewhere, then the newest.
type Nearest struct {
	Number int64  `json:"number"`
	Method string `json:"method"`
	Path   string `json:"path"`
	Status int    `json:"status"`
	Code   string `json:"code"`
	Why    string `json:"why"`
	// Differences are the fields that differ, at least one.
	Differences []Difference `json:"differences"`
}

// OutOfOrder is two calls in the wrong order. They are the same call where it would have to count
// for two expected ones.
type OutOfOrder struct {
	// Expected is the index of the expected call that came too early.
	Expected int `json:"expected"`
	// Call is the number of the call that came too early. After is the number of the call that
	// should have come before it: the last one that the expected calls before it need.
	Call  int64 `json:"call"`
	After int64 `json:"after"`
}

// verify compares calls, in the order given, with an expectation that Validate accepts.
func verify(calls []Entry, x Expectation) Verdict {
	list := expectationsOf(calls, x.Calls)
	expected := make([]bool, len(calls)) // by call, whether it fits an expected one
	for _, p := range list {
		for i, f := range p.mismatches {
			expected[i] = expected[i] || f == 0
		}
	}
	verdict := Verdict{OK: true, Checks: make([]Check, len(list)), Unexpected: []UnexpectedCall{}}
	for i, p := range list {
		verdict.Checks[i] = p.check(calls, expected)
		verdict.OK = verdict.OK && verdict.Checks[i].OK
	}
	if x.InOrder {
		verdict.OutOfOrder = outOfOrder(calls, list)
		verdict.OK = verdict.OK && verdict.OutOfOrder == nil
	}
	if x.NothingElse {
		verdict.Unexpected, verdict.UnexpectedFound = unexpected(calls, expected)
		verdict.OK = verdict.OK && verdict.UnexpectedFound == 0
	}
	return verdict
}

// unexpected returns the first MaxUnexpected calls that are not expected, and the number of all of
// them.
func unexpected(calls []Entry, expected []bool) (list []UnexpectedCall, found int) {
	list = []UnexpectedCall{}
	for i, e := range calls {
		if expected[i] {
			continue
		}
		if found++; len(list) < MaxUnexpected {
			list = append(list, UnexpectedCall{
				Number: e.Number, API: e.API, Method: e.Method, Path: e.Path, Status: e.Status, Code: e.Code,
				Why: e.Why,
			})
		}
	}
	return list, found
}

// expectation is one expected call compared with all calls.
type expectation struct {
	expected   Expected
	filter     filter
	min        int      // how often this entry needs it
	times      bounds   // how often all entries with the same filter expect it
	mismatches []fields // by call
}

// expectationsOf compares each expected call with all calls.
func expectationsOf(calls []Entry, expected []Expected) []expectation {
	list, sums := make([]expectation, len(expected)), map[filter]bounds{}
	for i, e := range expected {
		filter, times := e.filter(), e.bounds()
		sums[filter] = sums[filter].plus(times)
		list[i] = expectation{expected: e, filter: filter, min: times.min, mismatches: make([]fields, len(calls))}
		for k := range calls {
			list[i].mismatches[k] = filter.mismatch(&calls[k])
		}
	}
	for i := range list {
		list[i].times = sums[list[i].filter]
	}
	return list
}

// check returns the result for the expected call; expected has which calls fit any.
func (p expectation) check(calls []Entry, expected []bool) Check {
	c := Check{Expected: p.expected, Want: p.times.String(), Calls: []int64{}}
	for i, f := range p.mismatches {
		if f == 0 {
			c.Calls = append(c.Calls, calls[i].Number)
		}
	}
	c.Found = len(c.Calls)
	c.OK = p.times.min <= c.Found && c.Found <= p.times.max
	if c.Found < p.times.min {
		c.Nearest = p.nearest(calls, expected)
	}
	return c
}

// nearest returns the call that fits nearly; nil where all calls fit or there is none.
func (p expectation) nearest(calls []Entry, expected []bool) *Nearest {
	at := -1
	for i, f := range p.mismatches {
		if f != 0 && (at < 0 || p.nearer(i, at, expected) <= 0) {
			at = i
		}
	}
	if at < 0 {
		return nil
	}
	e := &calls[at]
	return &Nearest{
		Number: e.Number, Method: e.Method, Path: e.Path, Status: e.Status, Code: e.Code, Why: e.Why,
		Differences: p.filter.differences(e),
	}
}

// nearer compares two calls by how near they come; it returns less than zero when a comes nearer.
func (p expectation) nearer(a, b int, expected []bool) int {
	x, y := p.mismatches[a], p.mismatches[b]
	order := cmp.Or(cmp.Compare(x.len(), y.len()), cmp.Compare(x, y))
	if order == 0 && expected[a] != expected[b] {
		if expected[b] {
			return -1
		}
		return 1
	}
	return order
}

// outOfOrder assigns to each expected call in turn the earliest calls that it needs, after those of
// the ones before it, and returns the first that gets too few although others were made before; nil
// when there is none. A call that is missing altogether is not out of order; its Check says so.
func outOfOrder(calls []Entry, list []expectation) *OutOfOrder {
	next := 0 // the calls from here on are not assigned yet
	for i, p := range list {
		end, left, fit, before := next, p.min, 0, -1
		for k, f := range p.mismatches {
			switch {
			case f != 0:
				continue
			case k < next:
				before = k
			case left > 0:
				end, left = k+1, left-1
			}
			fit++
		}
		if left > 0 && before >= 0 && fit >= p.times.min {
			return &OutOfOrder{Expected: i, Call: calls[before].Number, After: calls[next-1].Number}
		}
		next = end
	}
	return nil
}
