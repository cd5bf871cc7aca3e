// Package journal keeps the calls that were made, so that a user can find out afterwards what was asked, what was
// answered and why.
//
// It is bounded in calls and in bytes, whatever is added to it, and unless it is told to be raw it keeps no credential
// and no identity number in clear. It knows nothing of the rest of the house: what an entry says is decided by the one
// who adds it.
package journal

import (
	"errors"
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

// Journal is the memory that the logs of all sessions share: when its limits are passed the oldest calls go, whichever log
// they stand in. It is safe for concurrent use.
type Journal struct {
	limits Limits

	mu    sync.Mutex
	calls chain // byAge
	count int   // of calls
	bytes int   // of calls, the sum of theirs
}

// Log is the calls of one session, the newest of them as far as the journal's limits reach. It is safe for concurrent use.
type Log struct {
	journal *Journal
	name    string

	// The rest belongs to the journal's lock.
	last          int64 // the number handed out last
	added         int64 // how many calls have been added; the position of the newest
	lost          int64 // the position of the newest call that had to make room; 0 for none
	cleared       int64 // the position of the newest call when all were dropped last; 0 for never
	calls         chain // byNumber
	arrivals      chain // byPosition
	waiters       []*waiter
	subscriptions []*Subscription
	closed        bool // another log has taken its place
}

// New returns an empty journal with these limits.
func New(limits Limits) *Journal {
	if limits.Calls <= 0 {
		limits.Calls = DefaultCalls
	}
	if limits.Bytes <= 0 {
		limits.Bytes = DefaultBytes
	}
	return &Journal{limits: limits}
}

// Raw is true when the journal masks nothing. What masks by itself before it adds a call must ask.
func (j *Journal) Raw() bool { return j.limits.Raw }

// Log returns an empty log for a session of that name; its first call is number 1. Close it when the session ends.
func (j *Journal) Log(name string) *Log {
	return &Log{journal: j, name: strings.Clone(name)} // it may be a piece of a long path, which need not live on
}

// Next hands out the next call number, from 1. No number is handed out twice: neither eviction nor Clear sets it back.
func (l *Log) Next() int64 {
	l.journal.mu.Lock()
	defer l.journal.mu.Unlock()
	l.last++
	return l.last
}

// Number returns the number that Next handed out last; 0 when it has handed out none.
func (l *Log) Number() int64 {
	l.journal.mu.Lock()
	defer l.journal.mu.Unlock()
	return l.last
}

// Add puts one call into the log, under a number from Next, and drops the journal's oldest ones when the limits are passed:
// oldest in the order of Add, whichever log they stand in. Who waits or has subscribed is told. Bodies are cut at
// BodyLimit, Session, BodyBytes and Cut are set, and credentials and identity numbers are masked (see Entry). A log that was
// replaced or closed takes nothing.
//
// The log keeps its own copy of the header maps, but refers to the values in them and to a body whose capacity is
// within BodyLimit. So the caller must not change these afterwards, nor hand in a buffer that it means to use again.
func (l *Log) Add(e Entry) {
	j := l.journal
	e.keep(j.limits.Raw)
	e.Session = l.name
	k := &kept{entry: e, log: l, bytes: e.size()}

	j.mu.Lock()
	defer j.mu.Unlock()
	if l.closed {
		return
	}
	l.added++
	k.position = l.added
	l.tell(k)
	if k.bytes > j.limits.Bytes {
		k.lose()
		return
	}
	before := l.calls.last
	for before != nil && before.entry.Number > e.Number { // seldom: calls are added nearly as they are numbered
		before = before.links[byNumber].before
	}
	l.calls.insert(k, before, byNumber)
	l.arrivals.insert(k, l.arrivals.last, byPosition)
	j.calls.insert(k, j.calls.last, byAge)
	j.count++
	j.bytes += k.bytes
	for j.count > j.limits.Calls || j.bytes > j.limits.Bytes {
		j.calls.first.lose()
		j.remove(j.calls.first)
	}
}

// Calls returns the kept calls that fit the query, in the order of their numbers. What the entries refer to (headers,
// bodies, lists) is shared with the journal and must not be changed.
func (l *Log) Calls(q Query) []Entry {
	l.journal.mu.Lock()
	calls := l.find(q)
	l.journal.mu.Unlock()
	return entries(calls)
}

// Call returns the call of this number, if it is kept.
func (l *Log) Call(number int64) (Entry, bool) {
	l.journal.mu.Lock()
	defer l.journal.mu.Unlock()
	k := l.calls.last
	for k != nil && k.entry.Number > number {
		k = k.links[byNumber].before
	}
	if k == nil || k.entry.Number != number {
		return Entry{}, false
	}
	return k.entry, true
}

// Clear drops the calls. The numbers go on from where they were, so that a caller who has seen number n can
// still ask for those after n. Who waits for calls waits for new ones.
func (l *Log) Clear() {
	l.journal.mu.Lock()
	defer l.journal.mu.Unlock()
	l.drop(-1)
	l.cleared = l.added
}

// Replace returns the log of the session that takes this one's place, as it was when the number n had been handed out last:
// it has the calls up to that number, its next number is n+1, also where this one had not come so far (K340), and whoever
// waits for calls or has subscribed goes over to it; the IDs of its events go on. Below zero stands for zero. This log keeps nothing, and takes no call
// any more.
func (l *Log) Replace(n int64) *Log {
	l.journal.mu.Lock()
	defer l.journal.mu.Unlock()
	l.drop(max(n, 0))
	next := &Log{
		journal: l.journal, name: l.name, last: max(n, 0), added: l.added, lost: l.lost, cleared: l.cleared, calls: l.calls,
		arrivals: l.arrivals, waiters: l.waiters, subscriptions: l.subscriptions,
	}
	if next.calls.first == nil {
		next.cleared = next.added
	}
	for k := next.calls.first; k != nil; k = k.links[byNumber].after {
		k.log = next
	}
	for _, w := range next.waiters {
		w.log = next
	}
	for _, s := range next.subscriptions {
		s.log = next
	}
	l.calls, l.arrivals, l.waiters, l.subscriptions, l.closed = chain{}, chain{}, nil, nil, true
	return next
}

// ErrClosed is the error of a Wait for calls of a session that has ended.
var ErrClosed = errors.New("the session has ended")

// Close drops all calls; the log takes none any more. Whoever waits for calls gets ErrClosed, and subscriptions have ended.
func (l *Log) Close() {
	l.journal.mu.Lock()
	defer l.journal.mu.Unlock()
	l.drop(-1)
	l.closed = true
	for _, w := range l.waiters {
		close(w.enough)
	}
	l.waiters = nil
	for _, s := range l.subscriptions {
		s.wake()
	}
}

// find returns the kept calls that fit the query, in the order of their numbers. The journal's lock is held, as it is in all
// that follows.
func (l *Log) find(q Query) []*kept {
	wanted, calls := q.wanted(), []*kept(nil)
	for k := l.calls.last; k != nil && k.entry.Number > q.Since; k = k.links[byNumber].before {
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

// drop drops the calls with greater numbers than n; all where it is below zero.
func (l *Log) drop(n int64) {
	for l.calls.last != nil && l.calls.last.entry.Number > n {
		l.journal.remove(l.calls.last)
	}
	for _, w := range l.waiters {
		w.drop(n)
	}
}

// lose counts a call that is dropped for want of room as missed by the subscriptions that have not read it.
func (k *kept) lose() {
	k.log.lost = k.position
	for _, sub := range k.log.subscriptions {
		if k.position > sub.read && sub.fits(&k.entry) {
			sub.missed++
		}
	}
}

func (j *Journal) remove(k *kept) {
	j.calls.remove(k, byAge)
	k.log.calls.remove(k, byNumber)
	k.log.arrivals.remove(k, byPosition)
	j.count--
	j.bytes -= k.bytes
}
