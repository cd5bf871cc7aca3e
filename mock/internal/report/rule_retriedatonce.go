package report

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// atOnce is the real time within which a repeat has not waited (K774).
const atOnce = 100 * time.Millisecond

// retriedAtOnce finds a call that is made again before the time that Retry-After asks to wait, or at
// once after a failure, in real time: "vennligst prøv igjen senere" (GLD_1053; BSU page, Feilkoder),
// and RFC 9110, 10.2.3. Where the answer was lost with the connection, the first repeat is the HTTP
// library's own, which may come at once (RFC 9110, 9.2.2). It is silent where the server's clock stands
// still.
func retriedAtOnce() rule {
	return rule{
		Rule: Rule{
			ID: "retried-at-once", Gravity: Warning, Sure: true,
			Production: "a service that is down or busy stays so for longer when all its clients repeat at once, and " +
				"a gateway may shut out a client that does not heed Retry-After",
			Change: "wait for as long as Retry-After says; without it at least a second, longer after each " +
				"failure, and for a time that is in part random",
		},
		watch: func(s *space) watcher { return &retriedWatcher{recent[digest, failed]{space: s}} },
	}
}

// failed is a call that failed.
type failed struct {
	call  int64
	first int64 // of those that failed one after the other
	key   string
	at    time.Time
	until time.Time // not to be made again before; zero where the answer does not say
	lost  bool      // there was no answer, or not all of one, and the HTTP library may repeat the call
}

// retriedWatcher knows calls by what they are apart from token and idempotencyKey.
type retriedWatcher struct{ failed recent[digest, failed] }

func (w *retriedWatcher) see(c *Call) (faults []fault) {
	hasFailed := c.hasFailed() && c.Status != statusCallerGone
	if !hasFailed && w.failed.size() == 0 {
		return nil
	}
	before, found := w.failed.get(c.id())
	isRepeat := found && c.Began.After(before.at) // else they were made together, or the clock stands still
	waited := c.Began.Sub(before.at)
	isByLibrary := false
	switch {
	case !isRepeat:
	case c.Began.Before(before.until):
		faults = []fault{before.fault(c, fmt.Sprintf("call %d was answered with Retry-After, and was made again %s "+
			"before that time", before.call, before.until.Sub(c.Began).Round(time.Millisecond)))}
	case waited < atOnce && before.lost:
		isByLibrary = true
	case waited < atOnce:
		faults = []fault{before.fault(c, fmt.Sprintf("call %d failed, and was made again after %s", before.call,
			waited.Round(time.Microsecond)))}
	}
	if !hasFailed {
		w.failed.remove(c.id())
		return faults
	}
	first := c.Number
	if found {
		first = before.first
	}
	w.failed.put(c.id(), failed{c.Number, first, c.Key, c.Ended, c.retryAfter(), !c.Reached && !isByLibrary})
	return faults
}

// fault returns the fault of a call that was made again as another.
func (f failed) fault(c *Call, what string) fault {
	return fault{
		subject: fmt.Sprint(f.first), calls: []int64{f.call, c.Number}, what: what,
		unsure: f.key != c.Key, // another test may deliver the same document at the same time
	}
}

// statusCallerGone is the status of a call whose client did not wait for the answer (K580).
const statusCallerGone = 499

// retryAfter returns the time, by the server's clock, before which an answer asks not to make the call
// again; the zero time where it does not ask. A date counts from the answer's Date.
func (c *Call) retryAfter() time.Time {
	asked := c.AnswerHeader.Get("Retry-After")
	if asked == "" || !c.Reached {
		return time.Time{}
	}
	if seconds, err := strconv.Atoi(asked); err == nil {
		const decades = 1 << 30 // more overflows
		return c.Ended.Add(time.Duration(min(seconds, decades)) * time.Second)
	}
	until, err := http.ParseTime(asked)
	date, errDate := http.ParseTime(c.AnswerHeader.Get("Date"))
	if err != nil || errDate != nil {
		return time.Time{}
	}
	return c.Ended.Add(until.Sub(date))
}
