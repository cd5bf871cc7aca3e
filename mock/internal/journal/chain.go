package journal

// kept is one call in the journal. Its entry is never changed once it is here, so that it can be read without the lock; everything else
// belongs to the lock.
type kept struct {
	entry    Entry
	bytes    int
	log      *Log
	position int64    // among the calls of its session as they were added, from 1
	links    [3]links // by order
}

// links are a call's neighbours in one order, nil at the ends.
type links struct{ before, after *kept }

// order is one of the orders that a call stands in.
type order int

const (
	byAge      order = iota // the calls of all sessions, as they were added
	byNumber                // the calls of one session, by their numbers; of two with the same number, as they were added
	byPosition              // the calls of one session, as they were added
)

// chain is a doubly linked list of calls in one order. A call is taken out of it at no cost wherever it stands, and nothing is left behind:
// that is what makes it cheap to drop the oldest call of all sessions as well as all calls of one.
type chain struct{ first, last *kept }

// insert puts the call behind the one before it, or first where that is nil.
func (c *chain) insert(k, before *kept, o order) {
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

// remove takes the call out, and lets go of its neighbours: who still reads its entry must not keep them all alive.
func (c *chain) remove(k *kept, o order) {
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
