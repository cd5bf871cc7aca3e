package report

import (
	"slices"
	"sync/atomic"
)

const (
	maxRemembered      = 1_024   // things in one recent
	maxRememberedInAll = 262_144 // of all sessions, some 64 MiB
	maxFindingsInAll   = 65_536  // of all sessions, some 32 MiB

	// few things are found without an index; most sessions never have more.
	few = 8
)

// Memory bounds what the reports of all sessions remember, together. It is safe for concurrent use.
type Memory struct{ held, findings atomic.Int64 }

// take takes one of so many places, and reports whether there was one.
func take(held *atomic.Int64, places int64) bool {
	if held.Add(1) > places {
		held.Add(-1)
		return false
	}
	return true
}

// space counts what the rules of one session remember, within a Memory. The lock of their Recorder
// guards it.
type space struct {
	memory *Memory
	held   int64
}

// take takes the place of one thing, and reports whether there was one.
func (s *space) take() bool {
	if !take(&s.memory.held, maxRememberedInAll) {
		return false
	}
	s.held++
	return true
}

// giveBack gives back so many places.
func (s *space) giveBack(places int64) {
	s.memory.held.Add(-places)
	s.held -= places
}

// recent remembers values by their keys, at most maxRemembered and within the space of its session:
// the oldest key makes place for a new one. A recent with a space is empty.
type recent[K comparable, V any] struct {
	space *space
	known *remembered[K, V] // nil before the first, which most recents of a session never have
}

// remembered holds keys and values.
type remembered[K comparable, V any] struct {
	order  []K      // in which the keys came
	values []*V     // in the same order, as long as there are few
	index  map[K]*V // nil as long as there are few
}

// size returns the number of keys.
func (r *recent[K, V]) size() int {
	if r.known == nil {
		return 0
	}
	return len(r.known.order)
}

// oldest returns the key that came first. There must be one.
func (r *recent[K, V]) oldest() K { return r.known.order[0] }

// find returns the value of a key, which may be changed, or nil.
func (r *recent[K, V]) find(key K) *V {
	switch {
	case r.known == nil:
		return nil
	case r.known.index != nil:
		return r.known.index[key]
	}
	if at := slices.Index(r.known.order, key); at >= 0 {
		return r.known.values[at]
	}
	return nil
}

// get returns the value of a key, and whether it is remembered.
func (r *recent[K, V]) get(key K) (value V, found bool) {
	if known := r.find(key); known != nil {
		return *known, true
	}
	return value, false
}

// put remembers the value of a key.
func (r *recent[K, V]) put(key K, value V) {
	if known := r.find(key); known != nil {
		*known = value
		return
	}
	if r.size() >= maxRemembered || !r.space.take() {
		if r.size() == 0 {
			return
		}
		r.remove(r.oldest())
		if !r.space.take() { // another session was faster
			return
		}
	}
	if r.known == nil {
		r.known = &remembered[K, V]{}
	}
	r.known.add(key, value)
}

// add adds a key that is not there.
func (r *remembered[K, V]) add(key K, value V) {
	r.order = append(r.order, key)
	if r.index == nil && len(r.order) > few {
		r.index = make(map[K]*V, 4*few)
		for i, known := range r.values {
			r.index[r.order[i]] = known
		}
		r.values = nil
	}
	if r.index != nil {
		r.index[key] = &value
	} else {
		r.values = append(r.values, &value)
	}
}

// remove forgets a key.
func (r *recent[K, V]) remove(key K) {
	if r.known != nil && r.known.remove(key) {
		r.space.giveBack(1)
	}
}

// remove removes a key, and reports whether it was there.
func (r *remembered[K, V]) remove(key K) bool {
	at := slices.Index(r.order, key)
	if at < 0 {
		return false
	}
	if at == 0 { // as where the oldest makes place
		r.order = r.order[1:]
	} else {
		r.order = slices.Delete(r.order, at, at+1)
	}
	if r.index != nil {
		delete(r.index, key)
	} else {
		r.values = slices.Delete(r.values, at, at+1)
	}
	return true
}

// all yields the keys and values, the oldest first. A value may be changed, and none may be added or
// removed meanwhile.
func (r *recent[K, V]) all(yield func(K, *V) bool) {
	if r.known == nil {
		return
	}
	for _, key := range r.known.order {
		if !yield(key, r.find(key)) {
			return
		}
	}
}
