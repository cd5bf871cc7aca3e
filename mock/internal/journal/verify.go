package journal

import "cmp"

// Verdict is what Verify found.
type Verdict struct {
	// OK is true when all is as expected.
	OK bool `json:"ok"`
	// Checks are the expected calls in their order.
	Checks []Check `json:"checks"`
	// OutOfOrder is the first pair of calls in the wrong order; nil when there is none, or no order was expected.
	OutOfOrder *OutOfOrder `json:"outOfOrder"`
	// Unexpected are the calls that fit none of the expected ones, oldest first and MaxUnexpected at the most; empty when
	// there is none, or when other calls are allowed.
	Unexpected []UnexpectedCall `json:"unexpected"`
	// UnexpectedFound is how many there are, those that Unexpected has no room for among them.
	UnexpectedFound int `json:"unexpectedFound"`
}

// MaxUnexpected is how many unexpected calls a Verdict lists.
const MaxUnexpected = 100

// UnexpectedCall is a call that nobody expected.
type UnexpectedCall struct {
	Number int64  `json:"number"`
	API    string `json:"api"`
	Method string `json:"method"`
	Path   string `json:"path"`
	Status int    `json:"status"`
	Code   string `json:"code"`
	Why    string `json:"why"`
}

// Check is one expected call and what was found of it.
type Check struct {
	// Expected is the call as it was asked for.
	Expected Expected `json:"expected"`
	// Want says in words how often it is expected, at all places where it is: "exactly 2", and "exactly 0 (never)" for
	// times: 0.
	Want string `json:"want"`
	// Found is how often it was made.
	Found int `json:"found"`
	// OK is true when that is as often as it is expected.
	OK bool `json:"ok"`
	// Calls are the numbers of the calls that fit.
	Calls []int64 `json:"calls"`
	// Nearest is the call that came nearest to one that is missing; nil when none is, or there is no other call.
	Nearest *Nearest `json:"nearest"`
}

// Nearest is a call that is nearly what was expected: of all that are not, one with the fewest fields that differ, and
// of those one that differs in what came of it sooner than in which call it was, that is not expected elsewhere, and the
// newest.
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

// OutOfOrder is two calls in the wrong order. They are the same where one call would have to serve two places.
type OutOfOrder struct {
	// Expected is the place, from 0, at which the first of them is expected.
	Expected int `json:"expected"`
	// Call is the number of the call that came too early, and After that of the call which it should have come after: the
	// last one needed at the places before.
	Call  int64 `json:"call"`
	After int64 `json:"after"`
}

// Verify compares calls, in the order given, with what is expected of them. An expectation that Validate refuses gets a
// verdict too, but none to rely on.
func Verify(calls []Entry, x Expectation) Verdict {
	places := placesOf(calls, x.Calls)
	expected := make([]bool, len(calls)) // whether the call is expected anywhere
	for _, p := range places {
		for i, f := range p.differs {
			expected[i] = expected[i] || f == 0
		}
	}
	verdict := Verdict{OK: true, Checks: make([]Check, len(places)), Unexpected: []UnexpectedCall{}}
	for i, p := range places {
		verdict.Checks[i] = p.check(calls, expected)
		verdict.OK = verdict.OK && verdict.Checks[i].OK
	}
	if x.InOrder {
		verdict.OutOfOrder = outOfOrder(calls, places)
		verdict.OK = verdict.OK && verdict.OutOfOrder == nil
	}
	if x.NothingElse {
		verdict.Unexpected, verdict.UnexpectedFound = unexpected(calls, expected)
		verdict.OK = verdict.OK && verdict.UnexpectedFound == 0
	}
	return verdict
}

// unexpected lists the calls that are expected nowhere, as far as a Verdict has room, and counts all of them.
func unexpected(calls []Entry, expected []bool) (list []UnexpectedCall, found int) {
	list = []UnexpectedCall{}
	for i, e := range calls {
		if expected[i] {
			continue
		}
		if found++; len(list) < MaxUnexpected {
			list = append(list, UnexpectedCall{
				Number: e.Number, API: e.API, Method: e.Method, Path: e.Path, Status: e.Status, Code: e.Code, Why: e.Why,
			})
		}
	}
	return list, found
}

// place is one expected call among the others.
type place struct {
	expected Expected
	wanted   wanted
	needs    int      // how often it is needed at this place
	times    bounds   // how often it is expected at all its places
	differs  []fields // by call
}

func placesOf(calls []Entry, expected []Expected) []place {
	places, sums := make([]place, len(expected)), map[wanted]bounds{}
	for i, e := range expected {
		w, times := e.wanted(), e.bounds()
		sums[w] = sums[w].plus(times)
		places[i] = place{expected: e, wanted: w, needs: times.least, differs: make([]fields, len(calls))}
		for k := range calls {
			places[i].differs[k] = w.differs(&calls[k])
		}
	}
	for i := range places {
		places[i].times = sums[places[i].wanted]
	}
	return places
}

func (p place) check(calls []Entry, expected []bool) Check {
	c := Check{Expected: p.expected, Want: p.times.String(), Calls: []int64{}}
	for i, f := range p.differs {
		if f == 0 {
			c.Calls = append(c.Calls, calls[i].Number)
		}
	}
	c.Found = len(c.Calls)
	c.OK = p.times.least <= c.Found && c.Found <= p.times.most
	if c.Found < p.times.least {
		c.Nearest = p.nearest(calls, expected)
	}
	return c
}

func (p place) nearest(calls []Entry, expected []bool) *Nearest {
	at := -1
	for i, f := range p.differs {
		if f != 0 && (at < 0 || p.nearer(i, at, expected) <= 0) {
			at = i
		}
	}
	if at < 0 {
		return nil
	}
	e := &calls[at]
	return &Nearest{Number: e.Number, Method: e.Method, Path: e.Path, Status: e.Status, Code: e.Code, Why: e.Why, Differences: p.wanted.differences(e)}
}

// nearer compares two calls by how near they are; it is below zero when a is the nearer one.
func (p place) nearer(a, b int, expected []bool) int {
	order := cmp.Or(cmp.Compare(p.differs[a].len(), p.differs[b].len()), cmp.Compare(p.differs[a], p.differs[b]))
	if order == 0 && expected[a] != expected[b] {
		if expected[b] {
			return -1
		}
		return 1
	}
	return order
}

// outOfOrder gives each place in turn the earliest calls that it needs, after those of the places before it, and returns
// the first place that gets too few while there are others before. Calls that are missing altogether are no matter of
// order; they are told by the check.
func outOfOrder(calls []Entry, places []place) *OutOfOrder {
	next := 0 // the calls from here on serve no place yet
	for i, p := range places {
		end, left, fit, before := next, p.needs, 0, -1
		for k, f := range p.differs {
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
		if left > 0 && before >= 0 && fit >= p.times.least {
			return &OutOfOrder{Expected: i, Call: calls[before].Number, After: calls[next-1].Number}
		}
		next = end
	}
	return nil
}
