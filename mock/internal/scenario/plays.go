package scenario

import (
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"
)

// Plays is the state of the scenarios of one session: how far each has come, and what is armed. It
// is safe for concurrent use.
type Plays struct {
	seed  uint64
	armed atomic.Int64 // how many plays; a call that asks for nothing reads only this

	mu       sync.Mutex
	plays    []*armed
	lastID   int64
	progress map[string]*progress // of what calls asked for themselves, by API and key of their Selection
	asks     uint64               // how many such there were
	flights  map[flight]int       // calls under way that a scenario with inFlight has met
}

// progress is the position of a scenario in its steps.
type progress struct {
	step  int       // the current one, from 0
	used  int       // how many calls have played it
	since time.Time // of the first call that fits it; only for steps with For
	begun bool      // since is set
	draws uint64    // made so far
	asked uint64    // Plays.asks when it was last asked for
}

// flight identifies the calls that are counted together.
type flight struct{ api, organisation string }

// NewPlays returns the state of a new session. Random numbers are drawn from the seed.
func NewPlays(seed uint64) *Plays {
	return &Plays{seed: seed, progress: map[string]*progress{}, flights: map[flight]int{}}
}

// IsNew reports whether nothing is armed and no call has asked for a scenario.
func (s *Plays) IsNew() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.plays) == 0 && len(s.progress) == 0
}

// Snapshot is a copy of a Plays: what is armed and how far everything has come.
type Snapshot struct {
	plays    []armed
	lastID   int64
	progress map[string]progress
	asks     uint64
}

// Snapshot returns a copy of the state.
func (s *Plays) Snapshot() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := Snapshot{lastID: s.lastID, progress: map[string]progress{}, asks: s.asks}
	for _, play := range s.plays {
		kept.plays = append(kept.plays, *play)
	}
	for key, r := range s.progress {
		kept.progress[key] = *r
	}
	return kept
}

// Plays returns a new state that goes on from the snapshot, with random numbers drawn from the
// seed.
func (s Snapshot) Plays(seed uint64) *Plays {
	p := NewPlays(seed)
	p.lastID, p.asks = s.lastID, s.asks
	for _, play := range s.plays {
		p.plays = append(p.plays, &play)
	}
	for key, progress := range s.progress {
		p.progress[key] = &progress
	}
	p.armed.Store(int64(len(p.plays)))
	return p
}

// progressOf returns the progress of what a call asks for. Of more than maxProgress it forgets the
// one that was asked for longest ago.
func (s *Plays) progressOf(key string) *progress {
	s.asks++
	r := s.progress[key]
	if r == nil {
		if len(s.progress) >= maxProgress {
			oldest := ""
			for other, r := range s.progress {
				if oldest == "" || r.asked < s.progress[oldest].asked {
					oldest = other
				}
			}
			delete(s.progress, oldest)
		}
		r = &progress{}
		s.progress[key] = r
	}
	r.asked = s.asks
	return r
}

// current returns the step that a scenario has come to by now, or nil after the last one.
func (r *progress) current(steps []Step, now time.Time) *Step {
	for ; r.step < len(steps); *r = (progress{step: r.step + 1, draws: r.draws, asked: r.asked}) {
		switch step := &steps[r.step]; {
		case step.For > 0:
			if !r.begun || now.Sub(r.since) < step.For {
				return step
			}
		case step.Times == Always || r.used < step.Times:
			return step
		}
	}
	return nil
}

// draw returns the next random number from 0 up to 1: a function of the seed, the scenario's name
// and how many were drawn before.
func (r *progress) draw(seed uint64, name string) float64 {
	numbers := binary.BigEndian.AppendUint64(nil, seed)
	numbers = binary.BigEndian.AppendUint64(numbers, r.draws)
	r.draws++
	sum := sha256.Sum256(append(numbers, name...))
	const bits = 53 // of a float64's fraction
	return float64(binary.BigEndian.Uint64(sum[:8])>>(64-bits)) / (1 << bits)
}
