package report

import (
	"fmt"
	"net/http"
	"time"
)

// newKeyAfterFailure finds a document that is sent again under a new idempotencyKey after a failure.
// The client cannot know that nothing was stored: "IdempotencyKey muliggjør at man trygt kan" send a
// call again whose answer was lost (BSU page, Parameter: idempotencyKey). Where the first call was
// stored, it is deliveredTwice. It is not sure: another test may deliver the same document.
func newKeyAfterFailure() rule {
	return rule{
		Rule: Rule{
			ID: "new-key-after-failure", Gravity: Warning, Sure: false,
			Production: "the API knows the repeat by its idempotencyKey alone: had the first call been stored, and " +
				"its answer lost, the agency would have the document twice",
			Change: "repeat a call that failed, was cut off or timed out with the idempotencyKey that it had",
		},
		watch: func(s *space) watcher { return &newKeyWatcher{recent[attempt, failure]{space: s}} },
	}
}

// attempt identifies what a delivery delivers, and for whom.
type attempt struct {
	api, org string
	body     digest
}

// failure is a delivery that failed before anything was stored.
type failure struct {
	call int64
	key  string
	at   time.Time
}

type newKeyWatcher struct{ failed recent[attempt, failure] }

func (w *newKeyWatcher) see(c *Call) (faults []fault) {
	if !c.isDelivery() || c.Key == "" {
		return nil
	}
	hasFailed := c.hasFailed() && !c.Committed && !c.Replayed
	if !hasFailed && w.failed.size() == 0 {
		return nil
	}
	one := attempt{c.APIName(), c.Org, c.fingerprint()}
	before, found := w.failed.get(one)
	found = found && c.Began.Sub(before.at) <= sameWork
	switch {
	case found && before.key != c.Key:
		faults = []fault{{
			subject: fmt.Sprint(before.call), calls: []int64{before.call, c.Number},
			what: fmt.Sprintf("call %d failed, and its document was sent again under another "+
				"idempotencyKey", before.call),
		}}
	case found && !hasFailed:
		w.failed.remove(one) // the same key was answered: what comes now is something else
	}
	if hasFailed && !found {
		w.failed.put(one, failure{c.Number, c.Key, c.Ended})
	}
	return faults
}

// hasFailed reports whether a client cannot know what became of a call, or is to try again later: it
// was answered 429, 408 or by a failure, or got no answer, or not all of it.
func (c *Call) hasFailed() bool {
	return !c.Reached || c.Status >= http.StatusInternalServerError || c.Status == http.StatusTooManyRequests ||
		c.Status == http.StatusRequestTimeout
}
