package journal

import (
	"slices"
	"sync"

	"sandkasse/mock/internal/plainjson"
)

// Event is a call of a Subscription. Its ID counts the calls of the session in the order in which
// they were added, from 1. It equals the call's number as long as calls end in the order in which
// they began; unlike the number it does not begin again when the session is reset or restored.
//
// Text is the call in JSON. It is shared by all subscriptions, and must not be changed.
type Event struct {
	ID   int64
	Text []byte

	journal *Journal
	call    *record
}

// Call returns the call of the event. What it refers to must not be changed.
func (e Event) Call() Entry { return e.journal.show(e.call) }

const (
	// shownTexts is the number of texts of events that a journal keeps, so that a call is masked and
	// written once and not for every subscription.
	shownTexts = 512
	// maxShownText is the greatest number of bytes of such a text. It bounds their memory.
	maxShownText = 32 << 10
)

// shownText holds the text of the event of a call.
type shownText struct {
	mu   sync.Mutex // held while the text is made, since others want the same
	call *record
	text []byte
}

// event returns a call as subscriptions get it. It needs no lock.
func (j *Journal) event(k *record) Event {
	shown := &j.shownTexts[k.position%shownTexts]
	shown.mu.Lock()
	defer shown.mu.Unlock()
	if shown.call == k {
		return Event{k.position, shown.text, j, k}
	}
	text := plainjson.MustMarshal(j.show(k))
	if len(text) <= maxShownText {
		shown.call, shown.text = k, text
	}
	return Event{k.position, text, j, k}
}

// Subscription reads the calls of a session that fit a query, in the order in which they are added.
// It is made by Subscribe or Resume, must be closed, and is safe for concurrent use.
//
// The calls are kept by the journal alone: a slow reader delays no call, and misses those that the
// journal drops before they are read (K337).
type Subscription struct {
	journal *Journal
	query   Query
	filter  filter
	added   chan struct{} // holds one value while there may be something to read

	// The rest is guarded by the journal's lock.
	log    *Log
	read   int64   // the ID of the event read last
	at     *record // that event's call, while it is kept; else any or nil
	missed int64
	closed bool
}

// Subscribe returns a subscription to the calls from now on. The query's Limit is ignored.
func (l *Log) Subscribe(q Query) *Subscription {
	l.journal.mu.Lock()
	defer l.journal.mu.Unlock()
	return l.subscribe(q, l.added)
}

// Resume returns a subscription to the calls after the event of this ID: first those that the
// journal keeps; those that it has dropped are counted by Next as missed, whether or not they fit.
// An ID that the session has not come to is of another server or of an ended session: then known is
// false, and the subscription begins with all calls that the journal keeps.
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

// subscribe returns a new subscription that has read up to an ID. The journal's lock must be held.
func (l *Log) subscribe(q Query, read int64) *Subscription {
	sub := &Subscription{
		journal: l.journal, log: l, query: q, filter: q.filter(), added: make(chan struct{}, 1), read: read,
	}
	if read == l.added {
		sub.at = l.arrivals.last
	}
	l.subscriptions = append(l.subscriptions, sub)
	return sub
}

// Added receives a value when calls have been added since the last call of Next.
func (s *Subscription) Added() <-chan struct{} { return s.added }

// Next returns the next calls that fit, limit at most; none when all have been read. missed is the
// number of calls since the subscription began that the journal dropped before they were read.
func (s *Subscription) Next(limit int) (events []Event, missed int64) {
	calls, missed := s.next(limit)
	for _, k := range calls {
		events = append(events, s.journal.event(k))
	}
	return events, missed
}

// NextShort returns what Next does, with texts without headers and bodies (Short).
func (s *Subscription) NextShort(limit int) (events []Event, missed int64) {
	calls, missed := s.next(limit)
	for _, k := range calls {
		events = append(events, Event{k.position, plainjson.MustMarshal(s.journal.short(k)), s.journal, k})
	}
	return events, missed
}

// next returns what Next does, unmasked.
func (s *Subscription) next(limit int) (calls []*record, missed int64) {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	k := s.log.arrivals.first // the first that has not been read
	if s.at != nil && s.at.isKept() {
		k = s.at.links[byPosition].after
	}
	for k != nil && k.position <= s.read {
		k = k.links[byPosition].after
	}
	for ; k != nil && len(calls) < limit; k = k.links[byPosition].after {
		s.read, s.at = k.position, k
		if s.fits(&k.entry) {
			calls = append(calls, k)
		}
	}
	return calls, s.missed
}

// Ended reports whether the session has ended, so that no more calls will come.
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

// fits reports whether a call fits the query.
func (s *Subscription) fits(e *Entry) bool { return s.query.has(e.Number) && s.filter.mismatch(e) == 0 }

// wake sends on Added. It never blocks.
func (s *Subscription) wake() {
	select {
	case s.added <- struct{}{}:
	default:
	}
}
