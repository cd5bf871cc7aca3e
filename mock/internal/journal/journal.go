// Package journal keeps the calls that were made, so that a user can find out afterwards what was asked, what was
// answered and why.
//
// It is bounded in calls and in bytes, whatever is added to it, and unless it is told to be raw it keeps no credential
// and no identity number in clear. It knows nothing of the rest of the house: what an entry says is decided by the one
// who adds it.
package journal

import (
	"slices"
	"strings"
	"sync"
)

// The limits of a journal that is given none.
const (
	// DefaultCalls is the number of calls that are kept, over all sessions together.
	DefaultCalls = 10_000
	// DefaultBytes is the memory that the kept calls may take, over all sessions together: 32 MiB, which is some 6,000
	// calls of the size of the BSU page's example.
	DefaultBytes = 32 << 20
)

// Limits says how much a Journal keeps, over all its sessions together, and whether it keeps it as it was. A limit of
// zero or less stands for the default.
type Limits struct {
	// Calls is the greatest number of calls kept; the default is DefaultCalls.
	Calls int
	// Bytes is the memory that the kept calls may take, as estimated from the lengths of what they hold; the default is
	// DefaultBytes. A call that is greater than this by itself is not kept.
	Bytes int
	// Raw is true where nothing may be masked: credentials and identity numbers stand in the journal as they were sent.
	Raw bool
}

// Journal is the calls that were made, the newest of them as far as the limits reach. It is safe for concurrent use.
// Beside the calls it keeps the counters of each session it has seen, some hundred bytes, until Forget.
type Journal struct {
	limits Limits

	mu       sync.Mutex
	sessions map[string]*session
	calls    chain // byAge
	count    int   // of calls
	bytes    int   // of calls, the sum of theirs
}

// session is what the journal has of one session.
type session struct {
	name          string
	last          int64 // the number handed out last
	added         int64 // how many calls have been added; the position of the newest
	lost          int64 // the position of the newest call that had to make room; 0 for none
	cleared       int64 // the position of the newest call when all were dropped last; 0 for never
	forgotten     bool  // by Forget, and not used since
	calls         chain // byNumber
	arrivals      chain // byPosition
	waiters       []*waiter
	subscriptions []*Subscription
}

// New returns an empty journal with these limits.
func New(limits Limits) *Journal {
	if limits.Calls <= 0 {
		limits.Calls = DefaultCalls
	}
	if limits.Bytes <= 0 {
		limits.Bytes = DefaultBytes
	}
	return &Journal{limits: limits, sessions: make(map[string]*session)}
}

// Raw is true when the journal masks nothing. What masks by itself before it adds a call must ask.
func (j *Journal) Raw() bool { return j.limits.Raw }

// Next hands out the next call number of the session, from 1. No number is handed out twice, unless Forget or Rewind
// sets the session back: neither eviction nor Clear does.
func (j *Journal) Next(session string) int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.session(session)
	s.last++
	s.forgotten = false
	return s.last
}

// Number is the number that Next handed out last in the session; 0 when it has handed out none.
func (j *Journal) Number(session string) int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	if s := j.sessions[session]; s != nil {
		return s.last
	}
	return 0
}

// Add puts one call into the journal, under a number from Next, and drops the oldest ones when the limits are passed:
// oldest in the order of Add, whichever session they belong to. Who waits or has subscribed is told. Bodies are cut at
// BodyLimit, BodyBytes and Cut are set, and credentials and identity numbers are masked (see Entry).
//
// The journal keeps its own copy of the header maps, but refers to the values in them and to a body whose capacity is
// within BodyLimit. So the caller must not change these afterwards, nor hand in a buffer that it means to use again.
func (j *Journal) Add(e Entry) {
	e.keep(j.limits.Raw)
	k := &kept{entry: e, bytes: e.size()}

	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.session(e.Session)
	s.added++
	k.session, k.entry.Session, k.position = s, s.name, s.added
	j.tell(k)
	if k.bytes > j.limits.Bytes {
		j.lose(k)
		j.settle(s)
		return
	}
	before := s.calls.last
	for before != nil && before.entry.Number > e.Number { // seldom: calls are added nearly as they are numbered
		before = before.links[byNumber].before
	}
	s.calls.insert(k, before, byNumber)
	s.arrivals.insert(k, s.arrivals.last, byPosition)
	j.calls.insert(k, j.calls.last, byAge)
	j.count++
	j.bytes += k.bytes
	for j.count > j.limits.Calls || j.bytes > j.limits.Bytes {
		j.lose(j.calls.first)
		j.remove(j.calls.first)
	}
}

// Calls returns the kept calls that fit the query, in the order of their numbers. What the entries refer to (headers,
// bodies, lists) is shared with the journal and must not be changed.
func (j *Journal) Calls(q Query) []Entry {
	j.mu.Lock()
	calls := j.find(q)
	j.mu.Unlock()
	return entries(calls)
}

// Call returns the session's call of this number, if it is kept. Where the session was set back while calls were in
// flight, a number may stand twice: then it is the one that was added last.
func (j *Journal) Call(session string, number int64) (Entry, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.sessions[session]
	if s == nil {
		return Entry{}, false
	}
	k := s.calls.last
	for k != nil && k.entry.Number > number {
		k = k.links[byNumber].before
	}
	if k == nil || k.entry.Number != number {
		return Entry{}, false
	}
	return k.entry, true
}

// Clear drops the session's calls. Its numbers go on from where they were, so that a caller who has seen number n can
// still ask for those after n. Who waits for calls of the session waits for new ones.
func (j *Journal) Clear(session string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if s := j.sessions[session]; s != nil {
		j.drop(s, -1)
		s.cleared = s.added
		j.settle(s)
	}
}

// Forget drops all that the journal has of a session that has ended: its calls as Clear does, and
// its counters. The next number is 1 again, and the next event's ID where nobody listens. A call
// that is in flight meanwhile keeps the number it has.
func (j *Journal) Forget(session string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if s := j.sessions[session]; s != nil {
		s.forgotten = true
		j.rewind(s, 0)
	}
}

// Rewind takes the session back to where the number n was handed out last: calls with greater numbers are dropped, and
// the next number is n+1, also where the session had not come so far (K340). Below zero stands for zero. A call that is in
// flight meanwhile keeps the number it has.
func (j *Journal) Rewind(session string, n int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.rewind(j.session(session), max(n, 0))
}

// rewind is Rewind with the lock held.
func (j *Journal) rewind(s *session, n int64) {
	s.last = n
	j.drop(s, n)
	if s.calls.first == nil {
		s.cleared = s.added
	}
	j.settle(s)
}

// session returns the session of this name, made if need be. The lock is held, as it is in all that follows.
func (j *Journal) session(name string) *session {
	s := j.sessions[name]
	if s == nil {
		s = &session{name: strings.Clone(name)} // the name may be a piece of a long path, which need not live on
		j.sessions[s.name] = s
	}
	return s
}

// settle lets go of a session without calls that nobody listens to, if it was forgotten or never
// had any.
func (j *Journal) settle(s *session) {
	unused := s.forgotten || s.last == 0 && s.added == 0
	if unused && s.calls.first == nil && len(s.waiters) == 0 && len(s.subscriptions) == 0 && j.sessions[s.name] == s {
		delete(j.sessions, s.name)
	}
}

// find returns the kept calls that fit the query, in the order of their numbers.
func (j *Journal) find(q Query) []*kept {
	s := j.sessions[q.Session]
	if s == nil {
		return nil
	}
	wanted, calls := q.wanted(), []*kept(nil)
	for k := s.calls.last; k != nil && k.entry.Number > q.Since; k = k.links[byNumber].before {
		if wanted.differs(&k.entry) != 0 {
			continue
		}
		if calls = append(calls, k); len(calls) == q.Limit {
			break
		}
	}
	slices.Reverse(calls)
	return calls
}

// drop drops the session's calls with greater numbers than n; all where it is below zero.
func (j *Journal) drop(s *session, n int64) {
	for s.calls.last != nil && s.calls.last.entry.Number > n {
		j.remove(s.calls.last)
	}
	for _, w := range s.waiters {
		w.drop(n)
	}
}

// lose counts a call that is dropped for want of room as missed by the subscriptions that have not
// read it.
func (j *Journal) lose(k *kept) {
	k.session.lost = k.position
	for _, sub := range k.session.subscriptions {
		if k.position > sub.read && sub.fits(&k.entry) {
			sub.missed++
		}
	}
}

func (j *Journal) remove(k *kept) {
	j.calls.remove(k, byAge)
	k.session.calls.remove(k, byNumber)
	k.session.arrivals.remove(k, byPosition)
	j.count--
	j.bytes -= k.bytes
}
