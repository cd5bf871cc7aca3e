package scenario

import (
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"
)

// Stage is where the scenarios of one session play: how far each has come, and what is armed. It is safe for concurrent use.
type Stage struct {
	seed  uint64
	armed atomic.Int64 // how many plays: all that a call which asks for nothing looks at

	mu      sync.Mutex
	plays   []*armed
	lastID  int64
	runs    map[string]*run // of what calls asked for themselves, by Asked.key
	asks    uint64          // how many such there were
	flights map[flight]int  // calls under way that a scenario with inFlight has met
}

// run is how far a scenario has come.
type run struct {
	step  int       // the current one, from 0
	used  int       // how many calls have played it
	since time.Time // of the first call that fits it; only for steps with For
	begun bool      // since is set
	draws uint64    // made so far
	asked uint64    // Stage.asks when it was last asked for
}

// flight is whose calls are counted together.
type flight struct{ api, organisation string }

// NewStage is the stage of a new session. Chance is drawn from the seed.
func NewStage(seed uint64) *Stage {
	return &Stage{seed: seed, runs: map[string]*run{}, flights: map[flight]int{}}
}

// Snapshot is the state of a stage at one time: what is armed and how far everything has come. It shares nothing that changes.
type Snapshot struct {
	plays  []armed
	lastID int64
	runs   map[string]run
	asks   uint64
}

// Snapshot copies the stage's state.
func (s *Stage) Snapshot() Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := Snapshot{lastID: s.lastID, runs: map[string]run{}, asks: s.asks}
	for _, play := range s.plays {
		kept.plays = append(kept.plays, *play)
	}
	for key, r := range s.runs {
		kept.runs[key] = *r
	}
	return kept
}

// Stage returns a new stage that goes on from the snapshot, with chance drawn from the seed.
func (kept Snapshot) Stage(seed uint64) *Stage {
	s := NewStage(seed)
	s.lastID, s.asks = kept.lastID, kept.asks
	for _, play := range kept.plays {
		s.plays = append(s.plays, &play)
	}
	for key, r := range kept.runs {
		s.runs[key] = &r
	}
	s.armed.Store(int64(len(s.plays)))
	return s
}

// run finds or makes the run of what a call asks for; of too many it forgets the one that was asked for longest ago.
func (s *Stage) run(key string) *run {
	s.asks++
	r := s.runs[key]
	if r == nil {
		if len(s.runs) >= mostRuns {
			oldest := ""
			for other, r := range s.runs {
				if oldest == "" || r.asked < s.runs[oldest].asked {
					oldest = other
				}
			}
			delete(s.runs, oldest)
		}
		r = &run{}
		s.runs[key] = r
	}
	r.asked = s.asks
	return r
}

// current is the step that a run has come to by now, or nil after the last one.
func (r *run) current(steps []Step, now time.Time) *Step {
	for ; r.step < len(steps); *r = (run{step: r.step + 1, draws: r.draws, asked: r.asked}) {
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

// draw is the next number from 0 up to 1 of a run: a function of the seed, the scenario's name and how many were drawn before.
func (r *run) draw(seed uint64, name string) float64 {
	numbers := binary.BigEndian.AppendUint64(nil, seed)
	numbers = binary.BigEndian.AppendUint64(numbers, r.draws)
	r.draws++
	sum := sha256.Sum256(append(numbers, name...))
	const bits = 53 // of a float64's fraction
	return float64(binary.BigEndian.Uint64(sum[:8])>>(64-bits)) / (1 << bits)
}
