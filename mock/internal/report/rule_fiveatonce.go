package report

import (
	"fmt"
	"slices"
	"time"
)

const (
	maxAtOnce = 5  // calls
	maxSpans  = 64 // of calls of which it is remembered when they were under way
)

// fiveAtOnce finds more than five calls of one business to one of Skatteetaten's APIs that are under
// way at the same time: "Det bør ikke være mer enn 5 samtidige kall ("tråder") for et api fra en
// virksomhet" (page on use, Bruksmønster). It takes the organisation that the token is for as the
// business, as the scenario rate-limited does (K305), and nothing says so: it is not sure (K772). Where
// the server's clock stands still, no two calls are under way at the same time.
func fiveAtOnce() rule {
	return rule{
		Rule: Rule{
			ID: "more-than-five-at-once", Gravity: Warning, Sure: false,
			Production: "asks for at most 5 calls at the same time to an API from a business, watches the use of " +
				"its APIs and throttles where it must",
			Change: "put the calls to one API in a queue that five workers empty at most",
		},
		watch: func(s *space) watcher { return &atOnceWatcher{recent[caller, []span]{space: s}} },
	}
}

// caller is a business that calls an API.
type caller struct{ api, business string }

// span is the time in which a call was under way.
type span struct {
	call         int64
	began, ended time.Time
}

// at reports whether a call was under way at a time.
func (s span) at(t time.Time) bool { return !s.began.After(t) && s.ended.After(t) }

type atOnceWatcher struct{ calls recent[caller, []span] }

func (w *atOnceWatcher) see(c *Call) []fault {
	if c.Org == "" || c.API == nil || c.API.Family != "innrapportering" && c.API.Family != "boligsameie" {
		return nil
	}
	from := caller{c.API.Name, c.Org}
	known := w.calls.find(from)
	if known == nil {
		w.calls.put(from, nil)
		if known = w.calls.find(from); known == nil {
			return nil // there is no space
		}
	}
	if len(*known) == maxSpans {
		*known = slices.Delete(*known, 0, 1)
	}
	*known = append(*known, span{c.Number, c.Began, c.Ended})
	together := busiest(*known)
	if len(together) <= maxAtOnce {
		return nil
	}
	slices.Sort(together)
	return []fault{{
		subject: from.api + " " + from.business, calls: together,
		what: fmt.Sprintf("%d calls to %s were under way at the same time, for one business", len(together), from.api),
	}}
}

// busiest returns the calls that were under way at the same time as the last of a list, where those
// are most.
func busiest(spans []span) (calls []int64) {
	last := spans[len(spans)-1]
	var beside []span
	for _, s := range spans {
		if s.began.Before(last.ended) && s.ended.After(last.began) {
			beside = append(beside, s)
		}
	}
	if len(beside) <= maxAtOnce {
		return nil
	}
	for _, begins := range beside { // the number changes nowhere else
		if !last.at(begins.began) {
			continue
		}
		var together []int64
		for _, s := range beside {
			if s.at(begins.began) {
				together = append(together, s.call)
			}
		}
		if len(together) > len(calls) {
			calls = together
		}
	}
	return calls
}
