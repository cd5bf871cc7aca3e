package journal

import (
	"fmt"
	"math"
)

const (
	// mostExpected is how many calls an expectation holds at most, since each is compared with each call of the journal.
	mostExpected = 1000
	// mostTimes is how often a call is expected at most.
	mostTimes = 1_000_000
)

// Expectation is the calls that are expected to have been made. Other calls are allowed, unless NothingElse is set
// (K339).
type Expectation struct {
	// Calls are the calls, each with how often it is expected. The same call may be expected at several places: then their
	// numbers are added up (K338).
	Calls []Expected `json:"calls"`
	// InOrder is true when those of each place are expected after those of the place before it, as many as are needed
	// there at least. A call serves one place then, and may serve several otherwise.
	InOrder bool `json:"inOrder"`
	// NothingElse is true when no call may have been made that fits none of Calls. With no Calls it allows no call at all.
	NothingElse bool `json:"nothingElse"`
}

// Expected is a call, and how often it is expected: at least once where nothing is said. A field that is empty does not
// narrow it; they are those of Query.
type Expected struct {
	API          string `json:"api,omitempty"`
	Route        string `json:"route,omitempty"`
	Method       string `json:"method,omitempty"`
	Status       Status `json:"status,omitempty"`
	Code         string `json:"code,omitempty"`
	Organisation string `json:"organisation,omitempty"`
	Key          string `json:"key,omitempty"`
	Scenario     string `json:"scenario,omitempty"`
	StoppedBy    string `json:"stoppedBy,omitempty"`
	// BodyContains is a text in the request's body, as far as it is kept. It is looked for as it is and as the journal
	// masks it, so of an identity number no more than the date of birth is compared.
	BodyContains string `json:"bodyContains,omitempty"`
	// Times is how often exactly, 0 for a call that must not have been made; it stands alone.
	Times *int `json:"times,omitempty"`
	// AtLeast and AtMost are how often, where Times is not given. AtMost alone allows none.
	AtLeast *int `json:"atLeast,omitempty"`
	AtMost  *int `json:"atMost,omitempty"`
}

// Validate says what in the expectation is wrong, and where; nil when it can be verified.
func (x Expectation) Validate() error {
	if len(x.Calls) == 0 && !x.NothingElse || len(x.Calls) > mostExpected {
		return fmt.Errorf("calls holds %d calls to expect; it must hold from 1 to %d "+
			"(none for no call at all, with nothingElse)", len(x.Calls), mostExpected)
	}
	for i, e := range x.Calls {
		for _, times := range []struct {
			name  string
			given *int
		}{{"times", e.Times}, {"atLeast", e.AtLeast}, {"atMost", e.AtMost}} {
			if times.given != nil && (*times.given < 0 || *times.given > mostTimes) {
				return fmt.Errorf("calls[%d].%s is %d; it must be from 0 to %d", i, times.name, *times.given, mostTimes)
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

// Query is what asks for such calls, but for their bodies, in no session.
func (e Expected) Query() Query {
	return Query{
		API: e.API, Route: e.Route, Method: e.Method, Status: e.Status, Code: e.Code, Organisation: e.Organisation,
		Key: e.Key, Scenario: e.Scenario, StoppedBy: e.StoppedBy,
	}
}

func (e Expected) wanted() wanted {
	return wanted{
		api: e.API, route: e.Route, method: e.Method, statuses: e.Status.statuses(), code: e.Code, organisation: e.Organisation,
		key: bothWays(e.Key), scenario: e.Scenario, stoppedBy: e.StoppedBy, body: bothWays(e.BodyContains),
	}
}

// bounds are how often a call is expected.
type bounds struct{ least, most int }

// unbounded is so often that it is never too often.
const unbounded = math.MaxInt

func (e Expected) bounds() bounds {
	s := bounds{1, unbounded}
	switch {
	case e.Times != nil:
		return bounds{*e.Times, *e.Times}
	case e.AtLeast != nil:
		s.least = *e.AtLeast
	case e.AtMost != nil:
		s.least = 0
	}
	if e.AtMost != nil {
		s.most = *e.AtMost
	}
	return s
}

func (s bounds) plus(t bounds) bounds {
	if s.most == unbounded || t.most == unbounded {
		return bounds{s.least + t.least, unbounded}
	}
	return bounds{s.least + t.least, s.most + t.most}
}

func (s bounds) String() string {
	switch {
	case s.most == 0:
		return "exactly 0 (never)"
	case s.least == s.most:
		return fmt.Sprintf("exactly %d", s.least)
	case s.most == unbounded:
		return fmt.Sprintf("at least %d", s.least)
	case s.least == 0:
		return fmt.Sprintf("at most %d", s.most)
	}
	return fmt.Sprintf("%d to %d", s.least, s.most)
}
