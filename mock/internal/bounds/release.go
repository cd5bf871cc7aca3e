package bounds

import (
	"runtime/debug"
	"sync"
	"time"
)

// quiet is the time without large calls after which the memory that they took goes back to the
// operating system. Go itself keeps most of it for minutes.
const quiet = 2 * time.Second

// releaser gives memory back to the operating system after large calls. It is safe for concurrent
// use.
type releaser struct {
	mu    sync.Mutex
	large int // calls under way
	timer *time.Timer
}

// begin counts a large call.
func (r *releaser) begin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.large++
}

// end counts a large call less.
func (r *releaser) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.large--
	switch {
	case r.large > 0:
	case r.timer == nil:
		r.timer = time.AfterFunc(quiet, r.release)
	default:
		r.timer.Reset(quiet)
	}
}

// release gives memory back unless a large call is under way, whose end will.
func (r *releaser) release() {
	r.mu.Lock()
	busy := r.large > 0
	r.mu.Unlock()
	if !busy {
		debug.FreeOSMemory()
	}
}

// Large counts a large call that holds no room in a budget, such as an export, until end is called.
// Some time after the last one the memory that it took goes back to the operating system.
func (m *Memory) Large() (end func()) {
	m.releaser.begin()
	return m.releaser.end
}
