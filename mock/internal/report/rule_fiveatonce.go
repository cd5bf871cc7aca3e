package report

import (
	"fmt"
	"slices"
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
			Production: "Skatteetaten asks for at most 5 calls at the same time to an API from a business, watches " +
				"the use of its APIs and throttles where it must",
			Change: "put the calls to one API in a queue that five workers empty at most",
		},
		watch: func(s *space) watcher { return &atOnceWatcher{recent[caller, []span]{space: s}} },
	}
}

// caller is a business that calls an API.
type caller struct{ api, business string }

// span is the time in which a call was under way, in nanoseconds.
type span struct{ call, began, ended int64 }

// at reports whether a call was under way at a time.
func (s span) at(t int64) bool { return s.began <= t && t < s.ended }

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
		copy(*known, (*known)[1:])
		*known = (*known)[:maxSpans-1]
	}
	*known = append(*known, span{c.Number, c.Began.UnixNano(), c.Ended.UnixNano()})
	at, number := busiest(*known)
	if number <= maxAtOnce {
		return nil
	}
	together := make([]int64, 0, number)
	for _, s := range *known {
		if s.at(at) {
			together = append(together, s.call)
		}
	}
	slices.Sort(together)
	return []fault{{
		subject: from.api + " " + from.business, calls: together,
		what: fmt.Sprintf("%d calls to %s were under way at the same time, for one business", number, from.api),
	}}
}

// busiest returns the time in the last of some spans at which most of them are, and how many.
func busiest(spans []span) (at int64, number int) {
	last := spans[len(spans)-1]
	for _, begins := range spans { // the number grows nowhere else
		if !last.at(begins.began) {
			continue
		}
		together := 0
		for _, s := range spans {
			if s.at(begins.began) {
				together++
			}
		}
		if together > number {
			at, number = begins.began, together
		}
	}
	return at, number
}
