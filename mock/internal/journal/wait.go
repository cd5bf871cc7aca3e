package journal

import (
	"cmp"
	"context"
	"iter"
	"slices"
)

// Wait returns the calls that fit the query as soon as there are at least count of them, including
// those that are kept already; at once where count is zero or less. When ctx is done first it
// returns the calls so far and ctx's error, and when the session ends first ErrClosed.
//
// A call that is evicted meanwhile is counted and returned all the same, as far as the returned
// calls fit the journal's limits. A call that is cleared is not counted (K336). The query's Limit
// bounds what is returned, not what is counted.
// Each is masked as it is asked for, so that a slow reader holds one masked call and not all.
func (l *Log) Wait(ctx context.Context, q Query, count int) (iter.Seq[Entry], error) {
	j := l.journal
	w := &waiter{log: l, query: q, filter: q.filter(), count: count, limits: j.options, enough: make(chan struct{})}
	j.addWaiter(w)
	select {
	case <-w.enough:
	case <-ctx.Done():
	}
	calls, err := j.removeWaiter(w), error(nil)
	switch {
	case w.found >= count:
	case ctx.Err() != nil:
		err = ctx.Err()
	default:
		err = ErrClosed
	}
	slices.SortStableFunc(calls, func(a, b *record) int { return cmp.Compare(a.entry.Number, b.entry.Number) })
	if q.Limit > 0 && len(calls) > q.Limit {
		calls = calls[len(calls)-q.Limit:]
	}
	return func(yield func(Entry) bool) {
		for _, k := range calls {
			if !yield(j.show(k)) {
				return
			}
		}
	}, err
}

// waiter collects the calls of one Wait. It refers to them so that they outlive their eviction,
// within the journal's limits. It is guarded by the journal's lock until it is removed.
type waiter struct {
	log    *Log
	query  Query
	filter filter
	count  int
	limits Options
	enough chan struct{} // closed when found reaches count

	found int
	calls []*record // the newest of those that were found
	bytes int       // the sum of theirs
}

// addWaiter adds the kept calls to the waiter, and the waiter to its log where they are not enough.
func (j *Journal) addWaiter(w *waiter) {
	j.mu.Lock()
	defer j.mu.Unlock()
	all := w.query
	all.Limit = 0
	for _, k := range w.log.find(all) {
		w.add(k)
	}
	if w.found >= w.count || w.log.closed {
		close(w.enough)
	} else {
		w.log.waiters = append(w.log.waiters, w)
	}
}

// removeWaiter removes the waiter from its log, if it is still there, and returns its calls.
func (j *Journal) removeWaiter(w *waiter) []*record {
	j.mu.Lock()
	defer j.mu.Unlock()
	if at := slices.Index(w.log.waiters, w); at >= 0 {
		w.log.waiters = slices.Delete(w.log.waiters, at, at+1)
	}
	return w.calls
}

// notify passes a call to the subscriptions and the waiters of the log. It never blocks.
func (l *Log) notify(k *record) {
	for _, sub := range l.subscriptions {
		sub.wake()
	}
	l.waiters = slices.DeleteFunc(l.waiters, func(w *waiter) bool {
		if !w.query.has(k.entry.Number) || w.filter.mismatch(&k.entry) != 0 {
			return false
		}
		w.add(k)
		if w.found < w.count {
			return false
		}
		close(w.enough)
		return true
	})
}

// add counts a call that fits, and drops the oldest ones beyond the limits.
func (w *waiter) add(k *record) {
	w.found++
	w.calls = append(w.calls, k)
	w.bytes += k.bytes
	for len(w.calls) > w.limits.Calls || w.bytes > w.limits.Bytes {
		w.bytes -= w.calls[0].bytes
		w.calls[0] = nil // so that the array does not keep the call alive
		w.calls = w.calls[1:]
	}
}

// drop removes the calls with greater numbers than n.
func (w *waiter) drop(n int64) {
	if n <= 0 { // all, also those dropped beyond the limits
		w.found, w.calls, w.bytes = 0, nil, 0
		return
	}
	w.calls = slices.DeleteFunc(w.calls, func(k *record) bool {
		if k.entry.Number <= n {
			return false
		}
		w.found--
		w.bytes -= k.bytes
		return true
	})
}
