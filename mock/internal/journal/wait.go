package journal

import (
	"cmp"
	"context"
	"slices"
)

// Wait returns the calls that fit the query as soon as there are at least count of them, those that are kept already
// among them; at once where count is zero or less. When ctx is done first, it returns what there is, and ctx's error;
// when the session ends first, ErrClosed.
//
// A call that is evicted meanwhile is counted and returned all the same, as far as what is returned fits the journal's
// limits. A call that is cleared is not: who waits while the session is cleared waits for new ones (K336). The query's Limit
// bounds what is returned, not what is counted.
func (l *Log) Wait(ctx context.Context, q Query, count int) ([]Entry, error) {
	j := l.journal
	w := &waiter{log: l, query: q, wanted: q.wanted(), count: count, limits: j.limits, enough: make(chan struct{})}
	j.await(w)
	select {
	case <-w.enough:
	case <-ctx.Done():
	}
	calls, err := j.leave(w), error(nil)
	switch {
	case w.found >= count:
	case ctx.Err() != nil:
		err = ctx.Err()
	default:
		err = ErrClosed
	}
	slices.SortStableFunc(calls, func(a, b *kept) int { return cmp.Compare(a.entry.Number, b.entry.Number) })
	if q.Limit > 0 && len(calls) > q.Limit {
		calls = calls[len(calls)-q.Limit:]
	}
	return entries(calls), err
}

// waiter collects the calls that one Wait is waiting for. It holds them, so that they outlive their eviction, within the
// journal's limits. All of it belongs to the journal's lock, until it has left.
type waiter struct {
	log    *Log
	query  Query
	wanted wanted
	count  int
	limits Limits
	enough chan struct{} // closed when found has come to count

	found int
	calls []*kept // the newest of those that were found
	bytes int     // the sum of theirs
}

// await gives the waiter what there is, and enters it in its log where that is not enough.
func (j *Journal) await(w *waiter) {
	j.mu.Lock()
	defer j.mu.Unlock()
	all := w.query
	all.Limit = 0
	for _, k := range w.log.find(all) {
		w.take(k)
	}
	if w.found >= w.count || w.log.closed {
		close(w.enough)
	} else {
		w.log.waiters = append(w.log.waiters, w)
	}
}

// leave takes the waiter out of its log, if it is still there, and returns what it has.
func (j *Journal) leave(w *waiter) []*kept {
	j.mu.Lock()
	defer j.mu.Unlock()
	if at := slices.Index(w.log.waiters, w); at >= 0 {
		w.log.waiters = slices.Delete(w.log.waiters, at, at+1)
	}
	return w.calls
}

// tell tells those who listen to the log of a call. It never waits for any of them.
func (l *Log) tell(k *kept) {
	for _, sub := range l.subscriptions {
		sub.wake()
	}
	l.waiters = slices.DeleteFunc(l.waiters, func(w *waiter) bool {
		if k.entry.Number <= w.query.Since || w.wanted.differs(&k.entry) != 0 {
			return false
		}
		w.take(k)
		if w.found < w.count {
			return false
		}
		close(w.enough)
		return true
	})
}

// take counts a call that fits.
func (w *waiter) take(k *kept) {
	w.found++
	w.calls = append(w.calls, k)
	w.bytes += k.bytes
	for len(w.calls) > w.limits.Calls || w.bytes > w.limits.Bytes {
		w.bytes -= w.calls[0].bytes
		w.calls[0] = nil // lets go of the call, which the array would hold for a while yet
		w.calls = w.calls[1:]
	}
}

// drop takes back the calls with greater numbers than n.
func (w *waiter) drop(n int64) {
	if n <= 0 { // all, also those that it has let go of
		w.found, w.calls, w.bytes = 0, nil, 0
		return
	}
	w.calls = slices.DeleteFunc(w.calls, func(k *kept) bool {
		if k.entry.Number <= n {
			return false
		}
		w.found--
		w.bytes -= k.bytes
		return true
	})
}
