// Package session keeps the worlds of a server apart: each session has records, keys, a journal, a clock, a seed and scenarios of its own, so
// that two test suites share one server without seeing each other.
//
// A session is made on first use. What it stores lies in the store and outlives the server; its clock, its seed, its scenarios and its
// journal do not (K350).
package session

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sandkasse/mock/internal/journal"
	"sandkasse/mock/internal/store"
	"sandkasse/scenarios"
)

// MaxSessions is how many sessions there may be at once (K351).
const MaxSessions = 10_000

// sweepInterval is how often, by the server's clock, idle sessions are looked for.
const sweepInterval = time.Minute

// ErrGone is the error of work for a session that was reset, restored or expired while the work was under way (K359).
var ErrGone = errors.New("the session was reset, restored or expired while the call was under way; nothing was done")

// Config is what sessions are made of; all of it is needed.
type Config struct {
	Store   *store.DB
	Journal *journal.Journal
	Clock   func() time.Time // the server's
	Seed    uint64           // of a session that is given none
	TTL     time.Duration    // after so long without a call a session goes, by the server's clock; 0 is never
	Default string           // the session that is always there
	Forget  func(string)     // called where whatever else is remembered of a session must go
}

// Sessions are those of one server. They are safe for concurrent use.
type Sessions struct {
	config Config

	mu    sync.RWMutex
	open  map[string]*Session
	swept time.Time
}

// New opens the sessions that the store has, and the default one.
func New(config Config) (*Sessions, error) {
	all := &Sessions{config: config, open: map[string]*Session{}, swept: config.Clock()}
	names, err := config.Store.Sessions()
	if err != nil {
		return nil, err
	}
	for _, name := range append(names, config.Default) {
		all.open[name] = all.make(name)
	}
	return all, nil
}

// Session is one world. It is safe for concurrent use.
type Session struct {
	Name  string
	Clock *Clock
	Stage *scenarios.Stage

	all    *Sessions
	used   atomic.Int64 // when it was used last: nanoseconds by the server's clock
	serial atomic.Int64 // of what is made outside calls: tokens, cases

	// fence is held for reading by the work of a call, and for writing by whatever puts another world in this one's place; era counts those.
	fence sync.RWMutex
	era   int64
	gone  bool // it has ended, and another may have its name
	seed  uint64
	saved map[string]saved // by checkpoint: what the store does not hold of it
}

func (all *Sessions) make(name string) *Session {
	s := &Session{
		Name: name, Clock: &Clock{base: all.config.Clock}, Stage: scenarios.NewStage(all.config.Seed), all: all, seed: all.config.Seed,
		saved: map[string]saved{},
	}
	s.used.Store(all.config.Clock().UnixNano())
	return s
}

// Open is the session of that name, made when it is not there, and anew when it was idle too long (K377). The name is one that has been
// checked. The error tells that there are too many sessions.
func (all *Sessions) Open(name string) (*Session, error) {
	now := all.config.Clock()
	if s := all.ready(name, now); s != nil {
		return s, nil
	}
	all.mu.Lock()
	defer all.mu.Unlock()
	err := all.sweep(now)
	s := all.open[name]
	if s == nil {
		if len(all.open) >= MaxSessions {
			return nil, fmt.Errorf("there are %d sessions, as many as there may be; DELETE /_sandkasse/sessions/NAME ends one", MaxSessions)
		}
		s = all.make(name)
		all.open[name] = s
	}
	s.used.Store(now.UnixNano())
	return s, err
}

// ready is the session of that name, if it can be used as it is; nil also when it is time for a sweep.
func (all *Sessions) ready(name string, now time.Time) *Session {
	all.mu.RLock()
	defer all.mu.RUnlock()
	s := all.open[name]
	if s == nil || all.idle(s, now) || all.config.TTL > 0 && now.Sub(all.swept) >= sweepInterval {
		return nil
	}
	s.used.Store(now.UnixNano())
	return s
}

// idle tells whether a session has not been used for too long.
func (all *Sessions) idle(s *Session, now time.Time) bool {
	return all.config.TTL > 0 && s.Name != all.config.Default && now.Sub(s.Used()) >= all.config.TTL
}

// sweep ends the sessions that have been idle too long, all at once, so that they share the store's commits. The caller holds the lock, so that
// none of them begins anew before it has ended.
func (all *Sessions) sweep(now time.Time) error {
	all.swept = now
	var ending sync.WaitGroup
	failed := make(chan error, len(all.open))
	for name, s := range all.open {
		if all.idle(s, now) {
			delete(all.open, name)
			ending.Go(func() { failed <- s.end() })
		}
	}
	ending.Wait()
	close(failed)
	var errs []error
	for err := range failed {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Bind gives what does work in the session of that name as it stands: once another has taken its place, it does nothing.
func (all *Sessions) Bind(name string) func(work func() error) error {
	s := all.Get(name)
	if s == nil {
		return func(func() error) error { return nil }
	}
	turn := s.Here()
	return func(work func() error) error {
		if err := s.Do(turn, work); err != ErrGone {
			return err
		}
		return nil
	}
}

// Sweep ends the sessions that have been idle too long, as the calls that come do now and then.
func (all *Sessions) Sweep() error {
	all.mu.Lock()
	defer all.mu.Unlock()
	return all.sweep(all.config.Clock())
}

// Names are the sessions that there are, in the order of their names.
func (all *Sessions) Names() []string {
	all.mu.RLock()
	defer all.mu.RUnlock()
	return slices.Sorted(maps.Keys(all.open))
}

// Get is the session of that name, or nil; it is not made, and not kept from expiring.
func (all *Sessions) Get(name string) *Session {
	all.mu.RLock()
	defer all.mu.RUnlock()
	return all.open[name]
}

// Detached returns a session of that name as new that is not among the others: what happens in it
// is not kept. It is to be read only, since what it stores would be that of the name.
func (all *Sessions) Detached(name string) *Session { return all.make(name) }

// Now is the time in the session of that name; the server's in one that is not there.
func (all *Sessions) Now(name string) time.Time {
	if s := all.Get(name); s != nil {
		return s.Clock.Now()
	}
	return all.config.Clock()
}

// Remove ends a session: all that it has is gone, checkpoints too. It is false where there is none. The default one can only be reset.
func (all *Sessions) Remove(name string) (bool, error) {
	if name == all.config.Default {
		return false, fmt.Errorf("the session %s is always there; reset it", name)
	}
	all.mu.Lock()
	defer all.mu.Unlock()
	s := all.open[name]
	delete(all.open, name)
	if s == nil {
		return false, nil
	}
	return true, s.end()
}

// Used is when the session was used last, by the server's clock.
func (s *Session) Used() time.Time { return time.Unix(0, s.used.Load()) }

// Turn is the place of a call in its session.
type Turn struct {
	Number int64 // in the journal, from 1
	Seed   uint64
	era    int64
}

// Begin gives a call its place; in a session that has ended meanwhile, none, and Do does nothing for it.
func (s *Session) Begin() Turn {
	s.fence.RLock()
	defer s.fence.RUnlock()
	if s.gone {
		return Turn{Seed: s.seed}
	}
	return Turn{Number: s.all.config.Journal.Next(s.Name), Seed: s.seed, era: s.era}
}

// Again gives a call that is made a second time its place in the world in which it was made first; ok is false where that is gone.
func (s *Session) Again(first Turn) (again Turn, ok bool) {
	s.fence.RLock()
	defer s.fence.RUnlock()
	if s.gone || s.era != first.era {
		return Turn{}, false
	}
	first.Number = s.all.config.Journal.Next(s.Name)
	return first, true
}

// Here is the world as it stands, for work that is no call and has no number.
func (s *Session) Here() Turn {
	s.fence.RLock()
	defer s.fence.RUnlock()
	return Turn{Seed: s.seed, era: s.era}
}

// Serial numbers what is made in the session outside calls, from 1.
func (s *Session) Serial() int64 { return s.serial.Add(1) }

// Seed decides, with clock and calls, every identifier in the session's answers.
func (s *Session) Seed() uint64 {
	s.fence.RLock()
	defer s.fence.RUnlock()
	return s.seed
}

// Do does the work of a call in the world in which the call began; where that is gone, the error is ErrGone and nothing is done. The work
// must not wait for anything but the store: what would change the world waits for it.
func (s *Session) Do(turn Turn, work func() error) error {
	s.fence.RLock()
	defer s.fence.RUnlock()
	if s.gone || s.era != turn.era {
		return ErrGone
	}
	return work()
}
