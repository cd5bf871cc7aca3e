// Package bounds bounds what all calls together hold in memory: their bodies, what is made of them,
// and their answers. A call that finds no room waits for a bounded time, and a caller who neither
// sends nor reads keeps its room only until another call needs it.
package bounds

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// ErrExhausted is returned where a call has waited in vain for room in a budget, or was itself too
// slow to keep its room while others waited.
var ErrExhausted = errors.New("sandkasse holds as many large bodies and answers as it has memory for, and none of " +
	"them ended in time; send fewer at once, or try again")

// Limits are the times of a budget, in real time. They must not be changed while calls are served.
type Limits struct {
	Wait     time.Duration // for room
	Patience time.Duration // how long a slow caller keeps its room while others wait
	Stall    time.Duration // how long a piece of an answer may wait for its reader (K376)
}

// Budget is a number of bytes that calls hold between them. It is safe for concurrent use.
type Budget struct {
	size   int64
	limits *Limits
	large  *largeCalls // nil for a budget of small ones
	free   *semaphore.Weighted

	mu      sync.Mutex
	waiting int      // calls that wait for room
	slow    []*watch // callers who have used up their patience, the longest first
}

// newBudget returns a budget of so many bytes.
func newBudget(size int64, limits *Limits, large *largeCalls) *Budget {
	return &Budget{size: size, limits: limits, large: large, free: semaphore.NewWeighted(size)}
}

// reservation returns a reservation of bytes that were taken from the semaphore.
func (b *Budget) reservation(bytes int64) Reservation {
	if b.large != nil && bytes > 0 {
		b.large.begin()
	}
	return Reservation{b, bytes}
}

// Reservation holds bytes of a budget for one call. The zero Reservation holds nothing. It must be
// released, and is not safe for concurrent use.
type Reservation struct {
	budget *Budget
	held   int64
}

// TryReserve returns a reservation if there is room at once. What is more than the whole budget
// counts as all of it.
func (b *Budget) TryReserve(bytes int64) (Reservation, bool) {
	bytes = min(bytes, b.size)
	if !b.free.TryAcquire(bytes) {
		return Reservation{}, false
	}
	return b.reservation(bytes), true
}

// Reserve does what TryReserve does, but waits for room, behind those who came before. The error is
// ErrExhausted after Limits.Wait, or where the context ends.
func (b *Budget) Reserve(ctx context.Context, bytes int64) (Reservation, error) {
	if r, ok := b.TryReserve(bytes); ok {
		return r, nil
	}
	ctx, cancel := context.WithTimeout(ctx, b.limits.Wait)
	defer cancel()
	b.hurry(1, bytes)
	defer b.hurry(-1, 0)
	bytes = min(bytes, b.size)
	if b.free.Acquire(ctx, bytes) != nil {
		return Reservation{}, ErrExhausted
	}
	return b.reservation(bytes), nil
}

// hurry counts calls that wait, and ends slow callers until they give back so many bytes.
func (b *Budget) hurry(more int, bytes int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting += more
	for ; bytes > 0 && len(b.slow) > 0; b.slow = b.slow[1:] {
		bytes -= b.slow[0].bytes
		b.slow[0].end()
	}
}

// Held reports whether anything is held.
func (r *Reservation) Held() bool { return r.held > 0 }

// Release gives back what is held. It may be called again.
func (r *Reservation) Release() {
	if r.held == 0 {
		return
	}
	r.budget.free.Release(r.held)
	r.held = 0
	if r.budget.large != nil {
		r.budget.large.end()
	}
}

// watch is a call that waits for its caller to send or to read.
type watch struct {
	bytes int64
	end   func() // ends what the call waits for; must not block
}

// Watch has end called where what follows takes longer than Limits.Patience while other calls wait
// for room (K602). stop ends the watch; end is not called after it.
func (r *Reservation) Watch(end func()) (stop func()) {
	b := r.budget
	if b == nil {
		return func() {}
	}
	w := &watch{r.held, end}
	stopped := false // guarded by the lock
	timer := time.AfterFunc(b.limits.Patience, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch {
		case stopped:
		case b.waiting > 0:
			w.end()
		default:
			b.slow = append(b.slow, w)
		}
	})
	return func() {
		timer.Stop()
		b.mu.Lock()
		defer b.mu.Unlock()
		stopped = true
		for i, other := range b.slow {
			if other == w {
				b.slow = append(b.slow[:i:i], b.slow[i+1:]...)
				break
			}
		}
	}
}
