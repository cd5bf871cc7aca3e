package journal

import (
	"slices"
	"sync/atomic"
)

// SubscriptionBuffer is how many calls a subscription holds for a reader that has not come for them yet.
const SubscriptionBuffer = 256

// Subscription is the calls that fit a query, as they are added. It is made by Subscribe, lives until Close, and is safe
// for concurrent use.
type Subscription struct {
	journal *Journal
	session *session
	since   int64
	wanted  wanted
	calls   chan Entry
	missed  atomic.Int64
	closed  bool // belongs to the journal's lock
}

// Subscribe returns the calls that fit the query from now on, in the order in which they are added; the query's Limit
// does not matter. Calls that were made before can be asked for with Calls; who does so after Subscribe misses none, and
// knows by their numbers those that come twice.
//
// A reader that does not keep up never slows a call down: what finds SubscriptionBuffer calls waiting is not delivered
// to it, and counted by Missed (K337). The subscription must be closed.
func (j *Journal) Subscribe(q Query) *Subscription {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.session(q.Session)
	sub := &Subscription{journal: j, session: s, since: q.Since, wanted: q.wanted(), calls: make(chan Entry, SubscriptionBuffer)}
	s.subscriptions = append(s.subscriptions, sub)
	return sub
}

// Calls is where the calls arrive. It is closed by Close, after which those that wait in it can still be read. What the
// entries refer to is shared with the journal and must not be changed.
func (s *Subscription) Calls() <-chan Entry { return s.calls }

// Missed is the number of calls that fitted and were not delivered, since the subscription began.
func (s *Subscription) Missed() int64 { return s.missed.Load() }

// Close ends the subscription. It may be called more than once.
func (s *Subscription) Close() {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	at := slices.Index(s.session.subscriptions, s)
	s.session.subscriptions = slices.Delete(s.session.subscriptions, at, at+1)
	s.journal.settle(s.session)
	close(s.calls)
}

// offer delivers a call that fits, if there is room for it. The journal's lock is held.
func (s *Subscription) offer(e *Entry) {
	if e.Number <= s.since || s.wanted.differs(e) != 0 {
		return
	}
	select {
	case s.calls <- *e:
	default:
		s.missed.Add(1)
	}
}
