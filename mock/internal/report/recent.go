package report

import (
	"slices"
	"sync/atomic"
)

const (
	maxRemembered      = 1_024   // things in one recent
	maxRememberedInAll = 262_144 // of all sessions, some 64 MiB
)

// Memory bounds what the reports of all sessions remember, together. It is safe for concurrent use.
type Memory struct{ held atomic.Int64 }

// space counts what the rules of one session remember, within a Memory. The lock of their Recorder
// guards it.
type space struct {
	memory *Memory
	held   int64
	full   bool // something was forgotten, or not remembered, for lack of space
}

// take takes the place of one thing, and reports whether there was one.
func (s *space) take() bool {
	if s.memory.held.Add(1) > maxRememberedInAll {
		s.memory.held.Add(-1)
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
	space  *space
	values map[K]V
	order  []K // in which the keys came
}

// get returns the value of a key, and whether it is remembered.
func (r *recent[K, V]) get(key K) (V, bool) {
	value, found := r.values[key]
	return value, found
}

// put remembers the value of a key.
func (r *recent[K, V]) put(key K, value V) {
	if _, found := r.values[key]; found {
		r.values[key] = value
		return
	}
	if len(r.order) >= maxRemembered || !r.space.take() {
		r.space.full = true
		if len(r.order) == 0 {
			return
		}
		r.remove(r.order[0])
		if !r.space.take() { // another session was faster
			return
		}
	}
	if r.values == nil {
		r.values = map[K]V{}
	}
	r.values[key] = value
	r.order = append(r.order, key)
}

// remove forgets a key.
func (r *recent[K, V]) remove(key K) {
	if _, found := r.values[key]; !found {
		return
	}
	delete(r.values, key)
	at := slices.Index(r.order, key)
	r.order = slices.Delete(r.order, at, at+1)
	r.space.giveBack(1)
}
