package report

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// Reaction counts what a client did after it had met something. The counts add up to how often it
// met it.
type Reaction struct {
	// SameKey counts that the client made the call again: the same method, address and body, under
	// the same idempotencyKey or, where the operation has none, at all (K783).
	SameKey int `json:"sameKey"`
	// NewKey counts that the client made the call again under another idempotencyKey, or under one
	// for the first time.
	NewKey int `json:"newKey"`
	// GaveUp counts that no call to the API began after the answer. A client that has got a whole
	// answer without an error has nothing to give up, and went on.
	GaveUp int `json:"gaveUp"`
	// WentOn counts everything else: the client made other calls to the API, such as the one with a
	// corrected document, or had got what it wanted.
	WentOn int `json:"wentOn"`
}

// How a client met something.
const (
	ByCause  = "cause"  // its call was answered so
	OnDemand = "demand" // a scenario answered so, or played
)

// tally counts how often a client has met a line, and what it did then.
type tally struct{ caused, demanded, sameKey, newKey, gaveUp uint32 }

// coverage notes what the client of a session meets. The zero coverage has met nothing; space must
// have a memory.
type coverage struct {
	space    space
	apis     []*apiCoverage           // in the order in which they were called
	answered recent[digest, answered] // by id of the call
}

// apiCoverage notes what the client meets at one API that it has called.
type apiCoverage struct {
	of      *Lines
	tallies []lineTally // of the lines that were met, by number
	open    []open      // at most maxOpen
}

// lineTally is the tally of the line of that number.
type lineTally struct {
	line int32
	tally
}

// find returns where the tally of a line is, or would be.
func (a *apiCoverage) find(line int) (at int, found bool) {
	return slices.BinarySearchFunc(a.tallies, int32(line), func(t lineTally, line int32) int {
		return cmp.Compare(t.line, line)
	})
}

// tally returns the tally of a line, to be changed.
func (a *apiCoverage) tally(line int) *tally {
	at, found := a.find(line)
	if !found {
		a.tallies = slices.Insert(a.tallies, at, lineTally{line: int32(line)})
	}
	return &a.tallies[at].tally
}

// open is an answer that is none to be content with, and after which no call has begun.
type open struct {
	lines  []int
	latest int64
}

// maxOpen bounds the open answers of an API: a client has hardly more calls under way at once. What
// is beyond counts as gone on.
const maxOpen = 100

// answered is the newest answer to a call.
type answered struct {
	api    *apiCoverage
	lines  []int
	key    digest // of the idempotencyKey, as sent
	latest int64  // number of the newest call when it was answered
}

// see notes a call that was answered.
func (v *coverage) see(c *Call) {
	if c.Lines == nil {
		return
	}
	v.answered.space = &v.space
	api := v.at(c.Lines)
	v.react(c)
	api.open = slices.DeleteFunc(api.open, func(o open) bool { return o.latest < c.Number })

	lines := c.Lines.scripts(c.Played)
	api.count(lines, true)
	if n, found := c.Lines.answer(c); found {
		api.count([]int{n}, c.Demanded)
		lines = append(lines, n)
	}
	if len(lines) == 0 {
		return
	}
	isContent := c.Reached && c.Status < http.StatusBadRequest
	if !isContent && len(api.open) < maxOpen {
		api.open = append(api.open, open{lines, c.Latest})
	}
	v.answered.put(c.id(), answered{api, lines, digestOf(c.Key), c.Latest})
}

// at returns what is met at an API.
func (v *coverage) at(of *Lines) *apiCoverage {
	api := v.find(of)
	if api == nil {
		api = &apiCoverage{of: of}
		v.apis = append(v.apis, api)
	}
	return api
}

// find returns what is met at an API; nil where that was not called.
func (v *coverage) find(of *Lines) *apiCoverage {
	for _, api := range v.apis {
		if api.of == of {
			return api
		}
	}
	return nil
}

// count counts that lines were met, on demand or by their cause.
func (a *apiCoverage) count(lines []int, demanded bool) {
	for _, n := range lines {
		if demanded {
			a.tally(n).demanded++
		} else {
			a.tally(n).caused++
		}
	}
}

// react notes a call as the reaction to the newest answer to the same call before it.
func (v *coverage) react(c *Call) {
	before := v.answered.find(c.id())
	if before == nil || c.Number <= before.latest { // it had begun before that was answered
		return
	}
	for _, n := range before.lines {
		if digestOf(c.Key) == before.key {
			before.api.tally(n).sameKey++
		} else {
			before.api.tally(n).newKey++
		}
	}
	before.lines = nil // it has had its reaction
}

// id returns a digest that calls have in common which are the same but for their headers. The address
// is the whole one, with the scenario that it asks for: who pastes the commands of a report makes other
// calls. It is worked out once.
func (c *Call) id() digest {
	if c.same == (digest{}) {
		body := c.fingerprint()
		c.same = digestOf(strings.Join([]string{
			c.APIName(), c.HTTP.Method, c.HTTP.URL.RequestURI(), string(body[:]),
		}, "\n"))
	}
	return c.same
}

// handOver returns what was met, for a session that goes back to an earlier call. What no call came
// after is given up for good.
func (v *coverage) handOver() []*apiCoverage {
	for _, api := range v.apis {
		api.giveUp()
	}
	return v.apis
}

// giveUp counts the open answers as given up.
func (a *apiCoverage) giveUp() {
	for _, o := range a.open {
		for _, n := range o.lines {
			a.tally(n).gaveUp++
		}
	}
	a.open = nil
}

// forget lets go of all.
func (v *coverage) forget() {
	v.apis, v.answered = nil, recent[digest, answered]{}
	v.space.giveBack(v.space.held)
}

// lines returns the lines of an API with what the client has met of them, without Coverage.Next.
func (v *coverage) lines(of *Lines) []Coverage {
	list := []Coverage{}
	now := apiCoverage{}
	if api := v.find(of); api != nil {
		now = apiCoverage{tallies: slices.Clone(api.tallies), open: api.open}
		now.giveUp()
	}
	for n, line := range of.All {
		t := tally{}
		if at, found := now.find(n); found {
			t = now.tallies[at].tally
		}
		shown := Coverage{
			API: of.API.Name, Status: line.Status, Code: line.Code(), Script: line.Script, How: []string{},
			Met: int(t.caused + t.demanded),
		}
		if line.Specification != "" {
			shown.Parent = line.Kode
		}
		if line.Route != nil {
			shown.Route, shown.Method = line.Route.Paths[0], line.Route.Method
		}
		if t.caused > 0 {
			shown.How = append(shown.How, ByCause)
		}
		if t.demanded > 0 {
			shown.How = append(shown.How, OnDemand)
		}
		r := Reaction{SameKey: int(t.sameKey), NewKey: int(t.newKey), GaveUp: int(t.gaveUp)}
		r.WentOn = shown.Met - r.SameKey - r.NewKey - r.GaveUp
		shown.Reaction = r
		list = append(list, shown)
	}
	return list
}
