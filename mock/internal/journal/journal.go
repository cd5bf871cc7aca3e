// Package journal keeps the calls that were made, so that a user can find out afterwards what was asked, what was
// answered and why.
//
// It is bounded in calls and in bytes, whatever is added to it, and it keeps no credential in clear. It knows nothing
// of the rest of the house: what an entry says is decided by the one who adds it.
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

// Limits says how much a Journal keeps, over all its sessions together. A limit of zero or less stands for the default.
type Limits struct {
	// Calls is the greatest number of calls kept; the default is DefaultCalls.
	Calls int
	// Bytes is the memory that the kept calls may take, as estimated from the lengths of what they hold; the default is
	// DefaultBytes. A call that is greater than this by itself is not kept.
	Bytes int
}

// Journal is the calls that were made, the newest of them as far as the limits reach. It is safe for concurrent use.
// Beside the calls it keeps one counter for each session it has seen, some hundred bytes, for as long as it lives.
type Journal struct {
	limits Limits

	mu    sync.Mutex
	last  map[string]*int64 // by session, the number handed out last
	calls []kept            // in the order they were added
	bytes int               // the sum of calls[i].bytes
}

// kept is one call in the journal. The entry is never changed once it is here, so that it can be read without the lock.
type kept struct {
	entry *Entry
	bytes int
}

// New returns an empty journal with these limits.
func New(limits Limits) *Journal {
	if limits.Calls <= 0 {
		limits.Calls = DefaultCalls
	}
	if limits.Bytes <= 0 {
		limits.Bytes = DefaultBytes
	}
	return &Journal{limits: limits, last: make(map[string]*int64)}
}

// Next hands out the next call number of the session, from 1. No number is handed out twice: neither eviction nor Clear
// starts a session over.
func (j *Journal) Next(session string) int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	last := j.last[session]
	if last == nil {
		last = new(int64)
		j.last[strings.Clone(session)] = last // the name may be a piece of a long path, which need not live on
	}
	*last++
	return *last
}

// Add puts one call into the journal, under a number from Next, and drops the oldest ones when the limits are passed: oldest in the order of Add,
// whichever session they belong to. Bodies are cut at BodyLimit, BodyBytes and Cut are set, and credentials are masked
// (see Entry).
//
// The journal keeps its own copy of the header maps, but refers to the values in them and to a body whose capacity is
// within BodyLimit. So the caller must not change these afterwards, nor hand in a buffer that it means to use again.
func (j *Journal) Add(e Entry) {
	e.keep()
	call := kept{&e, e.size()}
	if call.bytes > j.limits.Bytes {
		return
	}

	j.mu.Lock()
	defer j.mu.Unlock()
	j.calls = append(j.calls, call)
	j.bytes += call.bytes
	for len(j.calls) > j.limits.Calls || j.bytes > j.limits.Bytes {
		j.bytes -= j.calls[0].bytes
		j.calls[0] = kept{} // lets go of the entry, which the array would hold for a while yet
		j.calls = j.calls[1:]
	}
}

// Calls returns the kept calls that fit the query, in the order of their numbers. What the entries refer to (headers,
// bodies, lists) is shared with the journal and must not be changed.
func (j *Journal) Calls(q Query) []Entry {
	j.mu.Lock()
	calls := slices.Clone(j.calls)
	j.mu.Unlock()
	return q.pick(calls)
}

// Clear drops the session's calls. Its numbers go on from where they were, so that a caller who has seen number n can
// still ask for those after n.
func (j *Journal) Clear(session string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.calls = slices.DeleteFunc(j.calls, func(k kept) bool {
		if k.entry.Session != session {
			return false
		}
		j.bytes -= k.bytes
		return true
	})
}
