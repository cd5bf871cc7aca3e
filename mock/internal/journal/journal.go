// Package journal keeps the calls that were made, so that a user can find out afterwards what was
// asked, what was answered and why.
//
// It is bounded in calls and in bytes. It keeps calls as they were, and masks credentials and
// identity numbers in whatever it returns, unless it is raw; queries and expectations compare with
// what was sent. It imports no other package of Sandkasse: the gateway decides what an entry says.
package journal

import (
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
)

const (
	// DefaultCalls is the default of Options.Calls.
	DefaultCalls = 10_000
	// DefaultBytes is the default of Options.Bytes: 32 MiB, some 6,000 calls of the size of the BSU
	// page's example.
	DefaultBytes = 32 << 20
)

// Options say how much a Journal keeps, over all sessions together, and what it shows of it. A
// limit of zero or less stands for the default.
type Options struct {
	// Calls is the greatest number of calls kept; the default is DefaultCalls.
	Calls int
	// Bytes is the memory that the kept calls may take, estimated from the lengths of their texts;
	// the default is DefaultBytes. A call that is greater than this by itself is not kept.
	Bytes int
	// Raw shows credentials and identity numbers as they were sent, instead of masking them.
	Raw bool
}

// Journal is the memory that the logs of all sessions share: when its limits are passed the oldest
// calls are dropped, whichever log they stand in. It is safe for concurrent use.
type Journal struct {
	options Options

	mu    sync.Mutex
	calls list // byAge
	count int  // of calls
	bytes int  // of calls, the sum of theirs
	lost  int  // calls that were dropped because of the limits

	shownTexts [shownTexts]shownText
}

// Log holds the newest calls of one session, as many as the journal's limits leave it. It is safe
// for concurrent use.
//
// What its methods return is masked unless the journal is raw (see Entry), and shared with the
// journal where nothing is masked: it must not be changed.
type Log struct {
	journal *Journal
	name    string

	// The rest is guarded by the journal's lock.
	last          int64 // the number handed out last
	added         int64 // the number of calls added; the position of the newest
	lost          int64 // the position of the newest call that was evicted; 0 for none
	cleared       int64 // the position of the newest call when all were dropped last; 0 for never
	calls         list  // byNumber
	arrivals      list  // byPosition
	waiters       []*waiter
	subscriptions []*Subscription
	closed        bool // another log has taken its place
}

// New returns an empty journal.
func New(options Options) *Journal {
	if options.Calls <= 0 {
		options.Calls = DefaultCalls
	}
	if options.Bytes <= 0 {
		options.Bytes = DefaultBytes
	}
	return &Journal{options: options}
}

// Size returns how many calls are kept, the memory that they take in bytes, and how many were dropped because of the
// limits.
func (j *Journal) Size() (calls, bytes, dropped int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.count, j.bytes, j.lost
}

// Log returns an empty log for a session of that name; its first call is number 1. Close it when
// the session ends.
func (j *Journal) Log(name string) *Log {
	return &Log{journal: j, name: strings.Clone(name)} // it may be a piece of a long path, which need not live on
}

// Next hands out the next call number, from 1. No number is handed out twice: neither eviction nor
// Clear sets it back.
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

// Add puts one call into the log, under a number from Next, and drops the journal's oldest ones
// when the limits are passed: oldest in the order of Add, whichever log they stand in. It notifies
// waiters and subscriptions, cuts bodies at BodyLimit, and sets Session, BodyBytes and Cut. The
// JSON members of the names secret are masked in bodies beside what Entry lists. A log that was
// replaced or closed takes nothing.
//
// The log copies the headers, but refers to secret, and to a body whose capacity is within
// BodyLimit: the caller must not change these afterwards.
func (l *Log) Add(e Entry, secret ...string) {
	j := l.journal
	e.prepare()
	e.Session = l.name
	k := newRecord(e, secret, l)

	j.mu.Lock()
	defer j.mu.Unlock()
	if l.closed {
		return
	}
	l.added++
	k.position = l.added
	l.notify(k)
	if k.bytes > j.options.Bytes {
		k.countLost()
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
	for j.count > j.options.Calls || j.bytes > j.options.Bytes {
		j.calls.first.countLost()
		j.remove(j.calls.first)
		j.lost++
	}
}

// Calls returns the kept calls that fit the query, in the order of their numbers; never nil.
func (l *Log) Calls(q Query) []Entry { return l.journal.shown(l.records(q)) }

// Each returns the calls that Calls returns, one after the other, so that a slow reader holds one of
// them and not all. A call that is dropped before its turn is left out, and one that is added
// afterwards is not in it (K603).
func (l *Log) Each(q Query) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for k, last := l.first(q); k != nil; k = l.next(k, q, last) {
			if !yield(l.journal.show(k)) {
				return
			}
		}
	}
}

// EachShort returns the calls that Each returns, without headers and bodies.
func (l *Log) EachShort(q Query) iter.Seq[Short] {
	return func(yield func(Short) bool) {
		for k, last := l.first(q); k != nil; k = l.next(k, q, last) {
			if !yield(l.journal.short(k)) {
				return
			}
		}
	}
}

// first returns the first call that fits the query, nil where none does, and the number of the last
// call there is.
func (l *Log) first(q Query) (k *record, last int64) {
	l.journal.mu.Lock()
	defer l.journal.mu.Unlock()
	filter, found := q.filter(), 0
	for at := l.calls.last; at != nil && at.entry.Number > q.Since; at = at.links[byNumber].before {
		if !q.has(at.entry.Number) {
			continue
		}
		last = max(last, at.entry.Number)
		if filter.mismatch(&at.entry) != 0 {
			continue
		}
		k = at
		if found++; found == q.Limit {
			break
		}
	}
	return k, last
}

// next returns the call after k that fits the query, nil where there is none up to a number.
func (l *Log) next(k *record, q Query, last int64) *record {
	l.journal.mu.Lock()
	defer l.journal.mu.Unlock()
	filter, at := q.filter(), l.calls.first
	if k.isKept() && k.log == l {
		at = k.links[byNumber].after
	} else {
		for at != nil && at.entry.Number <= k.entry.Number {
			at = at.links[byNumber].after
		}
	}
	for at != nil && filter.mismatch(&at.entry) != 0 {
		at = at.links[byNumber].after
	}
	if at == nil || at.entry.Number > last {
		return nil
	}
	return at
}

// Call returns the call of this number, and whether it is kept.
func (l *Log) Call(number int64) (Entry, bool) {
	k := l.record(number)
	if k == nil {
		return Entry{}, false
	}
	return l.journal.show(k), true
}

// Has reports whether the call of this number is kept.
func (l *Log) Has(number int64) bool { return l.record(number) != nil }

// Sent returns the call of this number as it was sent, with nothing masked, and whether it is kept.
func (l *Log) Sent(number int64) (Entry, bool) {
	k := l.record(number)
	if k == nil {
		return Entry{}, false
	}
	return k.whole(), true
}

// Verify compares the kept calls with an expectation. It compares what was sent; the texts of the
// verdict are masked as calls are.
func (l *Log) Verify(x Expectation) Verdict {
	calls := []Entry{}
	for _, k := range l.records(Query{}) {
		calls = append(calls, k.entry)
	}
	verdict := verify(calls, x)
	if !l.journal.options.Raw {
		verdict.mask()
	}
	return verdict
}

// show returns a call as a reader may see it. It needs no lock.
func (j *Journal) show(k *record) Entry {
	if j.options.Raw {
		return k.whole()
	}
	return k.whole().masked(k.secret)
}

// shown returns calls as a reader may see them; never nil. It needs no lock.
func (j *Journal) shown(calls []*record) []Entry {
	list := make([]Entry, len(calls))
	for i, k := range calls {
		list[i] = j.show(k)
	}
	return list
}

// records returns the kept calls that fit the query, in the order of their numbers.
func (l *Log) records(q Query) []*record {
	l.journal.mu.Lock()
	defer l.journal.mu.Unlock()
	return l.find(q)
}

// record returns the call of this number; nil when it is not kept.
func (l *Log) record(number int64) *record {
	l.journal.mu.Lock()
	defer l.journal.mu.Unlock()
	k := l.calls.last
	for k != nil && k.entry.Number > number {
		k = k.links[byNumber].before
	}
	if k == nil || k.entry.Number != number {
		return nil
	}
	return k
}

// Clear drops the calls. Numbers continue, so that a caller who has seen number n can still ask for
// those after n. A Wait that is under way goes on until there are enough new calls.
func (l *Log) Clear() {
	l.journal.mu.Lock()
	defer l.journal.mu.Unlock()
	l.drop(-1)
	l.cleared = l.added
}

// Replace returns a log as this one was when the number n had been handed out last, for the session
// that takes the place of this one's: it has the calls up to that number, and its next number is
// n+1, also where this log had not come so far (K340). Waiters and subscriptions move to it, and
// the IDs of its events continue. An n below zero stands for zero. This log is empty afterwards,
// and takes no call.
func (l *Log) Replace(n int64) *Log {
	l.journal.mu.Lock()
	defer l.journal.mu.Unlock()
	l.drop(max(n, 0))
	next := &Log{
		journal: l.journal, name: l.name, last: max(n, 0), added: l.added, lost: l.lost, cleared: l.cleared,
		calls: l.calls, arrivals: l.arrivals, waiters: l.waiters, subscriptions: l.subscriptions,
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
	l.calls, l.arrivals, l.waiters, l.subscriptions, l.closed = list{}, list{}, nil, nil, true
	return next
}

// ErrClosed is returned by a Wait for calls of a session that has ended.
var ErrClosed = errors.New("the session has ended")

// Close drops all calls, and the log takes none afterwards. A Wait returns ErrClosed, and
// subscriptions have ended.
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

// find returns the kept calls that fit the query, in the order of their numbers. The journal's lock
// must be held, as for all functions below.
func (l *Log) find(q Query) []*record {
	filter, calls := q.filter(), []*record(nil)
	for k := l.calls.last; k != nil && k.entry.Number > q.Since; k = k.links[byNumber].before {
		if !q.has(k.entry.Number) || filter.mismatch(&k.entry) != 0 {
			continue
		}
		if calls = append(calls, k); len(calls) == q.Limit {
			break
		}
	}
	slices.Reverse(calls)
	return calls
}

// drop drops the calls with greater numbers than n; all of them where n is below zero.
func (l *Log) drop(n int64) {
	for l.calls.last != nil && l.calls.last.entry.Number > n {
		l.journal.remove(l.calls.last)
	}
	for _, w := range l.waiters {
		w.drop(n)
	}
}

// countLost counts a call that is evicted as missed by the subscriptions that have not read it.
func (k *record) countLost() {
	k.log.lost = k.position
	for _, sub := range k.log.subscriptions {
		if k.position > sub.read && sub.fits(&k.entry) {
			sub.missed++
		}
	}
}

// remove takes a kept call out of all lists.
func (j *Journal) remove(k *record) {
	j.calls.remove(k, byAge)
	k.log.calls.remove(k, byNumber)
	k.log.arrivals.remove(k, byPosition)
	k.removed = true
	j.count--
	j.bytes -= k.bytes
}
