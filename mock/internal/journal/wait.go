package journal

import (
	"cmp"
	"context"
	"slices"
)

// Wait returns the calls that fit the query as soon as there are at least count of them, those that are kept already
// among them; at once where count is zero or less. When ctx is done first, it returns what there is, and ctx's error.
//
// A call that is evicted meanwhile is counted and returned all the same, as far as what is returned fits the journal's
// limits. A call that is cleared is not: who waits while the session is cleared waits for new ones (K336). The query's Limit
// bounds what is returned, not what is counted.
func (j *Journal) Wait(ctx context.Context, q Query, count int) ([]Entry, error) {
	w := &waiter{query: q, wanted: q.wanted(), count: count, limits: j.limits, enough: make(chan struct{})}
	s := j.await(w)
	select {
	case <-w.enough:
	case <-ctx.Done():
	}
	calls, err := j.leave(s, w), error(nil)
	if w.found < count {
		err = ctx.Err()
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
	query  Query
	wanted wanted
	count  int
	limits Limits
	enough chan struct{} // closed when found has come to count

	found int
	calls []*kept // the newest of those that were found
	bytes int     // the sum of theirs
}

// await gives the waiter what there is, and enters it in its session where that is not enough.
func (j *Journal) await(w *waiter) *session {
	j.mu.Lock()
	defer j.mu.Unlock()
	all := w.query
	all.Limit = 0
	for _, k := range j.find(all) {
		w.take(k)
	}
	s := j.session(w.query.Session)
	if w.found >= w.count {
		close(w.enough)
		j.settle(s)
	} else {
		s.waiters = append(s.waiters, w)
	}
	return s
}

// leave takes the waiter out of its session, if it is still there, and returns what it has.
func (j *Journal) leave(s *session, w *waiter) []*kept {
	j.mu.Lock()
	defer j.mu.Unlock()
	if at := slices.Index(s.waiters, w); at >= 0 {
		s.waiters = slices.Delete(s.waiters, at, at+1)
	}
	j.settle(s)
	return w.calls
}

// tell tells those who listen to the session of a call. It never waits for any of them.
func (j *Journal) tell(k *kept) {
	for _, sub := range k.session.subscriptions {
		sub.wake()
	}
	k.session.waiters = slices.DeleteFunc(k.session.waiters, func(w *waiter) bool {
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
