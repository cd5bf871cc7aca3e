package journal

import "sync/atomic"

// record is one call in the journal. Its entry and the names of its secret members never change,
// and can be read without the lock; the journal's lock guards the rest.
type record struct {
	entry    Entry     // without the headers
	headers  [2][]byte // of the request and of the answer, packed
	secret   []string  // JSON members that are masked in bodies
	bytes    int
	log      *Log
	position int64    // in the order in which the calls of its session were added, from 1
	links    [3]links // by order
	removed  bool     // from all orders

	shown atomic.Pointer[shownShort] // nil until the call is shown without headers and bodies; needs no lock
}

// newRecord returns a record of an entry that has been prepared.
func newRecord(e Entry, secret []string, log *Log) *record {
	k := &record{entry: e, secret: secret, log: log, bytes: e.size()}
	k.headers = [2][]byte{packHeader(e.Request.Header), packHeader(e.Answer.Header)}
	k.entry.Request.Header, k.entry.Answer.Header = nil, nil
	return k
}

// whole returns the entry with its headers.
func (k *record) whole() Entry {
	e := k.entry
	e.Request.Header, e.Answer.Header = unpackHeader(k.headers[0]), unpackHeader(k.headers[1])
	return e
}

// isKept reports whether the journal still has the call. The journal's lock must be held.
func (k *record) isKept() bool { return !k.removed }

// links are a call's neighbours in one order, nil at the ends.
type links struct{ before, after *record }

// order is an order of calls, and the index of its links.
type order int

const (
	byAge      order = iota // the calls of all sessions, as they were added
	byNumber                // the calls of one session, by their numbers, and equal numbers as they were added
	byPosition              // the calls of one session, as they were added
)

// list is a doubly linked list of calls in one order. It removes a call in constant time wherever
// it stands, which makes it cheap to drop the oldest call of all sessions as well as all calls of
// one.
type list struct{ first, last *record }

// insert puts a call behind the one before it, or first where that is nil.
func (c *list) insert(k, before *record, o order) {
	after := c.first
	if before != nil {
		after = before.links[o].after
		before.links[o].after = k
	} else {
		c.first = k
	}
	if after != nil {
		after.links[o].before = k
	} else {
		c.last = k
	}
	k.links[o] = links{before, after}
}

// remove takes a call out of the list and clears its links, so that a reader of its entry does not
// keep its neighbours alive.
func (c *list) remove(k *record, o order) {
	at := k.links[o]
	if at.before != nil {
		at.before.links[o].after = at.after
	} else {
		c.first = at.after
	}
	if at.after != nil {
		at.after.links[o].before = at.before
	} else {
		c.last = at.before
	}
	k.links[o] = links{}
}
