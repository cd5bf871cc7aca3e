package journal

import (
	"fmt"
	"math"
	"strings"
)

const (
	// maxExpected bounds the calls of an expectation, since each is compared with each call of the
	// journal.
	maxExpected = 1000
	// maxTimes bounds how often a call is expected.
	maxTimes = 1_000_000
)

// Expectation lists the calls that should have been made. Other calls are allowed unless
// NothingElse is set (K339).
type Expectation struct {
	// Calls are the calls, each with how often it is expected. A call that is listed several times
	// is expected as often as all of them say together (K338).
	Calls []Expected `json:"calls"`
	// InOrder expects the calls in the order of the list: those that an entry needs at least come
	// after those of the entry before it. A call then counts for one entry, and otherwise for all
	// that it fits.
	InOrder bool `json:"inOrder"`
	// NothingElse allows no call that fits none of Calls; where Calls is empty, no call at all.
	NothingElse bool `json:"nothingElse"`
}

// Expected is a call and how often it is expected: at least once unless Times, AtLeast or AtMost is
// given. The other fields are those of Query, and an empty one is not compared.
type Expected struct {
	API          string `json:"api,omitempty"`
	Route        string `json:"route,omitempty"`
	Method       string `json:"method,omitempty"`
	Status       Status `json:"status,omitempty"`
	Code         string `json:"code,omitempty"`
	Organisation string `json:"organisation,omitempty"`
	Key          string `json:"key,omitempty"`
	Trace        string `json:"trace,omitempty"`
	Scenario     string `json:"scenario,omitempty"`
	StoppedBy    string `json:"stoppedBy,omitempty"`
	// BodyContains is a text in the request's body as it was sent, as far as the body is kept.
	BodyContains string `json:"bodyContains,omitempty"`
	// Times is the exact number, 0 for a call that must not have been made; AtLeast and AtMost must
	// then be nil.
	Times *int `json:"times,omitempty"`
	// AtLeast and AtMost bound the number. With AtMost alone there may be none.
	AtLeast *int `json:"atLeast,omitempty"`
	AtMost  *int `json:"atMost,omitempty"`
}

// Validate returns an error that says what is wrong in the expectation, and where; nil when it can
// be verified.
func (x Expectation) Validate() error {
	if len(x.Calls) == 0 && !x.NothingElse || len(x.Calls) > maxExpected {
		return fmt.Errorf("calls holds %d calls to expect; it must hold from 1 to %d "+
			"(none for no call at all, with nothingElse)", len(x.Calls), maxExpected)
	}
	for i, e := range x.Calls {
		for _, times := range []struct {
			name  string
			given *int
		}{{"times", e.Times}, {"atLeast", e.AtLeast}, {"atMost", e.AtMost}} {
			if times.given != nil && (*times.given < 0 || *times.given > maxTimes) {
				return fmt.Errorf("calls[%d].%s is %d; it must be from 0 to %d", i, times.name, *times.given, maxTimes)
			}
		}
		switch {
		case e.Times != nil && (e.AtLeast != nil || e.AtMost != nil):
			return fmt.Errorf("calls[%d] has times beside atLeast or atMost; give times alone, or the others", i)
		case e.AtLeast != nil && e.AtMost != nil && *e.AtLeast > *e.AtMost:
			return fmt.Errorf("calls[%d].atLeast is %d, which is more than its atMost, %d", i, *e.AtLeast, *e.AtMost)
		}
		if err := e.Status.Check(); err != nil {
			return fmt.Errorf("calls[%d].%w", i, err)
		}
	}
	return nil
}

// Query returns the query for such calls, whatever their bodies hold.
func (e Expected) Query() Query {
	return Query{
		API: e.API, Route: e.Route, Method: e.Method, Status: e.Status, Code: e.Code, Organisation: e.Organisation,
		Key: e.Key, Scenario: e.Scenario, StoppedBy: e.StoppedBy, Trace: e.Trace,
	}
}

func (e Expected) filter() filter {
	return filter{
		api: e.API, route: e.Route, method: e.Method, statuses: e.Status.statuses(), code: e.Code,
		organisation: e.Organisation, key: e.Key, scenario: e.Scenario, stoppedBy: e.StoppedBy, body: e.BodyContains,
		trace: strings.ToLower(e.Trace),
	}
}

// bounds are the least and the greatest number of times that a call is expected.
type bounds struct{ min, max int }

// unbounded is the max of an Expected without an upper bound.
const unbounded = math.MaxInt

// bounds returns how often the call is expected.
func (e Expected) bounds() bounds {
	s := bounds{1, unbounded}
	switch {
	case e.Times != nil:
		return bounds{*e.Times, *e.Times}
	case e.AtLeast != nil:
		s.min = *e.AtLeast
	case e.AtMost != nil:
		s.min = 0
	}
	if e.AtMost != nil {
		s.max = *e.AtMost
	}
	return s
}

// plus returns the bounds of two expectations of one call together.
func (s bounds) plus(t bounds) bounds {
	if s.max == unbounded || t.max == unbounded {
		return bounds{s.min + t.min, unbounded}
	}
	return bounds{s.min + t.min, s.max + t.max}
}

// String returns the bounds as in Check.Want.
func (s bounds) String() string {
	switch {
	case s.max == 0:
		return "exactly 0 (never)"
	case s.min == s.max:
		return fmt.Sprintf("exactly %d", s.min)
	case s.max == unbounded:
		return fmt.Sprintf("at least %d", s.min)
	case s.min == 0:
		return fmt.Sprintf("at most %d", s.max)
	}
	return fmt.Sprintf("%d to %d", s.min, s.max)
}
