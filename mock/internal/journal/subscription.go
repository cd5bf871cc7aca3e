package journal

import "slices"

// Event is a call with its place among the calls of its session as they were added, from 1. The ID
// equals the call's number as long as calls end in the order in which they began; unlike the number
// it is never handed out again when the session is reset or restored.
type Event struct {
	ID   int64
	Call Entry
}

// Subscription reads the calls of a session that fit a query, in the order in which they are added.
// It is made by Subscribe or Resume, must be closed, and is safe for concurrent use.
//
// The journal keeps the calls, not the subscription: a reader that does not keep up never slows a
// call down, and misses only what the journal lets go of before it is read (K337).
type Subscription struct {
	journal *Journal
	since   int64
	wanted  wanted
	added   chan struct{} // holds one value while there may be something to read

	// What follows belongs to the journal's lock.
	log    *Log
	read   int64 // the ID up to which it has read
	missed int64
	closed bool
}

// Subscribe returns a subscription to the calls from now on. The query's Limit does not matter.
func (l *Log) Subscribe(q Query) *Subscription {
	l.journal.mu.Lock()
	defer l.journal.mu.Unlock()
	return l.subscribe(q, l.added)
}

// Resume returns a subscription to the calls after the event of this ID: those that the journal has
// come first, those that it has no longer are counted by Next as missed, whether or not they
// fitted. An ID that the session has not come to is of another server or of an ended session: then
// known is false, and the subscription begins with all calls that the journal has.
func (l *Log) Resume(q Query, after int64) (sub *Subscription, known bool) {
	l.journal.mu.Lock()
	defer l.journal.mu.Unlock()
	if after > l.added {
		return l.subscribe(q, 0), false
	}
	sub = l.subscribe(q, after)
	sub.missed = max(0, l.lost-max(after, l.cleared))
	return sub, true
}

// subscribe enters a subscription that has read up to an ID. The lock is held.
func (l *Log) subscribe(q Query, read int64) *Subscription {
	sub := &Subscription{
		journal: l.journal, log: l, since: q.Since, wanted: q.wanted(), added: make(chan struct{}, 1), read: read,
	}
	l.subscriptions = append(l.subscriptions, sub)
	return sub
}

// Added receives a value when calls have been added since the last call of Next.
func (s *Subscription) Added() <-chan struct{} { return s.added }

// Next returns the next calls that fit, at most so many; none when all have been read. missed is
// the number of calls since the subscription began that the journal let go of before they were
// read. What the entries refer to is shared with the journal and must not be changed.
func (s *Subscription) Next(limit int) (events []Event, missed int64) {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	var k *kept // the first that has not been read
	for at := s.log.arrivals.last; at != nil && at.position > s.read; at = at.links[byPosition].before {
		k = at
	}
	for ; k != nil && len(events) < limit; k = k.links[byPosition].after {
		s.read = k.position
		if s.fits(&k.entry) {
			events = append(events, Event{k.position, k.entry})
		}
	}
	return events, s.missed
}

// Ended reports whether the session has ended, so that no call will come any more.
func (s *Subscription) Ended() bool {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return s.log.closed
}

// Close ends the subscription. It may be called more than once.
func (s *Subscription) Close() {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	at := slices.Index(s.log.subscriptions, s)
	s.log.subscriptions = slices.Delete(s.log.subscriptions, at, at+1)
}

// fits reports whether a call is among those asked for.
func (s *Subscription) fits(e *Entry) bool { return e.Number > s.since && s.wanted.differs(e) == 0 }

// wake tells the reader that a call has been added. It never waits.
func (s *Subscription) wake() {
	select {
	case s.added <- struct{}{}:
	default:
	}
}
