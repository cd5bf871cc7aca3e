// Package session keeps the sessions of a server apart: each owns its records, its log of calls,
// its clock, its seed, its scenarios and what Maskinporten remembers, so that two test suites share
// one server without seeing each other.
//
// A session is made on first use, and not by looking at it. Where there are MaxSessions, the one
// that was not used for longest among those that hold nothing makes space for another (K611). What
// it stores lies in the data file and outlives the server; the
// rest does not (K350). A reset or a restore puts a new session under the old name and closes the
// old one, whose work is refused from then on (K359).
package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sandkasse/mock/internal/journal"
	"sandkasse/mock/internal/report"
	"sandkasse/mock/internal/scenario"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/token"
)

// MaxSessions limits the sessions that exist at the same time (K351).
const MaxSessions = 10_000

// ErrTooManySessions is the error of opening one more session than MaxSessions, all of which hold
// something.
var ErrTooManySessions = fmt.Errorf(
	"there are %d sessions that hold something, as many as there may be; DELETE /_sandkasse/sessions/NAME ends one",
	MaxSessions)

// sweepInterval is the time by the server's clock between two searches for idle sessions.
const sweepInterval = time.Minute

// Config configures Sessions. All fields are required.
type Config struct {
	Store   *store.DB
	Journal *journal.Journal
	Clock   func() time.Time // the server's
	Seed    uint64           // of a session that is given none
	TTL     time.Duration    // after so long without a call a session ends, by the server's clock; 0 is never
	Default string           // the session that is always there
}

// Sessions are those of one server, by name. They are safe for concurrent use.
type Sessions struct {
	config  Config
	reports report.Memory

	uses atomic.Int64 // of all sessions together

	mu         sync.RWMutex
	open       map[string]*Session
	swept      time.Time
	candidates []candidate // for making space, the longest unused first; some may hold something by now
}

// candidate is a session that held nothing after its last use.
type candidate struct {
	*Session
	lastUse int64
}

// New opens the sessions that the store has, and the default one.
func New(config Config) (*Sessions, error) {
	s := &Sessions{config: config, open: map[string]*Session{}, swept: config.Clock()}
	sizes, err := config.Store.Sizes()
	if err != nil {
		return nil, err
	}
	s.open[config.Default] = s.newSession(config.Default)
	for _, size := range sizes {
		one := s.newSession(size.Name)
		s.open[size.Name] = one
		checkpoints, err := one.Store.Checkpoints()
		if err != nil {
			return nil, err
		}
		one.stored, one.hasCheckpoints = true, len(checkpoints) > 0
		one.holds = size.Records > 0 || one.hasCheckpoints
	}
	return s, nil
}

// Session is one session, from its beginning to its reset, restore or end. It is safe for
// concurrent use; its fields are not to be changed.
type Session struct {
	Name   string
	Seed   uint64 // decides, with the clock and the calls, every identifier in the session's answers
	Clock  *Clock
	Log    *journal.Log
	Report *report.Recorder
	Plays  *scenario.Plays
	Grants *token.ReplayCache
	Store  *store.Session

	sessions *Sessions
	used     atomic.Int64 // when it was used last: nanoseconds by the server's clock
	lastUse  atomic.Int64 // the number of that use among those of all sessions
	users    atomic.Int64 // calls that are under way in it
	serial   atomic.Int64 // of what is made outside calls: tokens, cases
	stored   bool         // the store knew it when it began
	holds    bool         // it began with records, checkpoints or a seed of its own

	hasCheckpoints bool // it may have some; belongs to replaceMu

	// held while another session takes this one's place, or it ends; who holds Sessions.mu must not
	// wait for it
	replaceMu sync.Mutex
	saved     map[string]scenario.Snapshot // by checkpoint: what the store does not hold of it; belongs to replaceMu
}

// newSession returns a new session over what the store has under that name.
func (s *Sessions) newSession(name string) *Session {
	made := &Session{
		Name: name, Seed: s.config.Seed, Clock: &Clock{now: s.config.Clock}, Log: s.config.Journal.Log(name),
		Report: report.NewRecorder(&s.reports),
		Plays:  scenario.NewPlays(s.config.Seed), Grants: token.NewReplayCache(), Store: s.config.Store.Session(name),
		sessions: s, saved: map[string]scenario.Snapshot{},
	}
	made.used.Store(s.config.Clock().UnixNano())
	return made
}

// Open returns the session of that name, made when it is not there, and anew when it was idle too
// long (K377). The name is one that has been checked. The error is ErrTooManySessions, or that of
// the store.
//
// A session that holds nothing may make space for another after that. Use keeps it.
func (s *Sessions) Open(name string) (*Session, error) { return s.find(name, true, 0) }

// Use returns the session that Open does, which makes no space for another until done is called.
func (s *Sessions) Use(name string) (found *Session, done func(), err error) {
	found, err = s.find(name, true, 1)
	if found == nil {
		return nil, func() {}, err
	}
	return found, sync.OnceFunc(func() { found.users.Add(-1) }), err
}

// Look returns the session that Open does. Where there is none it makes none, and returns one that
// is Detached.
func (s *Sessions) Look(name string) (*Session, error) {
	found, err := s.find(name, false, 0)
	if found == nil {
		found = s.Detached(name)
	}
	return found, err
}

// find returns the session of that name with so many more users. Where there is none, it is made, or
// nil is returned.
func (s *Sessions) find(name string, create bool, users int64) (*Session, error) {
	now := s.config.Clock()
	for {
		found := s.lookup(name, now, users)
		if found == nil {
			break
		}
		if !found.Store.Closed() {
			return found, nil
		}
		found.replaceMu.Lock() // another is about to take its place
		//lint:ignore SA2001 the lock is taken only to wait until it has
		found.replaceMu.Unlock()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.sweep(now)
	found := s.open[name]
	if found == nil {
		if !create {
			return nil, err
		}
		if len(s.open) >= MaxSessions {
			if err := s.makeSpace(); err != nil {
				return nil, err
			}
		}
		found = s.newSession(name)
		s.open[name] = found
	}
	s.use(found, now, users)
	return found, err
}

// use notes that a session is used, by so many more users. The lock is held, if only for reading.
func (s *Sessions) use(one *Session, now time.Time, users int64) {
	one.used.Store(now.UnixNano())
	one.lastUse.Store(s.uses.Add(1))
	one.users.Add(users)
}

// lookup returns the session of that name, if it need neither be made nor end; nil also when it is
// time for a sweep.
func (s *Sessions) lookup(name string, now time.Time, users int64) *Session {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := s.open[name]
	if found == nil || s.idle(found, now) || s.config.TTL > 0 && now.Sub(s.swept) >= sweepInterval {
		return nil
	}
	s.use(found, now, users)
	return found
}

// makeSpace ends the session that was not used for longest among those that hold nothing. The error
// is ErrTooManySessions where there is none, or that of the store. The caller holds the lock.
func (s *Sessions) makeSpace() error {
	for range 2 { // the second time with the sessions as they are now
		for len(s.candidates) > 0 {
			next := s.candidates[0]
			s.candidates = s.candidates[1:]
			if s.open[next.Name] == next.Session && next.Session.lastUse.Load() == next.lastUse && next.isEmpty() {
				if next.replaceMu.TryLock() {
					delete(s.open, next.Name)
					return next.endEmpty()
				}
			}
		}
		for _, one := range s.open {
			if one.isEmpty() {
				s.candidates = append(s.candidates, candidate{one, one.lastUse.Load()})
			}
		}
		slices.SortFunc(s.candidates, func(a, b candidate) int { return cmp.Compare(a.lastUse, b.lastUse) })
	}
	return ErrTooManySessions
}

// isEmpty reports whether nothing would be lost with the session but its journal: it has no
// records, checkpoints, plays, progress of scenarios, remembered grants, seed and time of its own,
// and nobody uses it. The default one is never empty.
func (s *Session) isEmpty() bool {
	return !s.holds && !s.Store.Written() && s.users.Load() == 0 && s.Clock.setting.Load() == nil && s.Plays.IsNew() &&
		s.Grants.IsEmpty() && s.Name != s.sessions.config.Default
}

// idle reports whether a session has not been used for too long.
func (s *Sessions) idle(one *Session, now time.Time) bool {
	return s.config.TTL > 0 && one.Name != s.config.Default && now.Sub(one.Used()) >= s.config.TTL
}

// sweep ends the sessions that have been idle too long, all at once, so that they share the store's
// commits. The caller holds the lock, so that none of them begins anew before it has ended. One that
// is being replaced is used.
func (s *Sessions) sweep(now time.Time) error {
	s.swept = now
	var ending sync.WaitGroup
	failed := make(chan error, len(s.open))
	for name, one := range s.open {
		if s.idle(one, now) && one.replaceMu.TryLock() {
			delete(s.open, name)
			ending.Go(func() { failed <- one.end() })
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

// Sweep ends the sessions that have been idle too long, as the calls that come do now and then.
func (s *Sessions) Sweep() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sweep(s.config.Clock())
}

// Count returns the number of sessions that there are.
func (s *Sessions) Count() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.open)
}

// List returns the sessions that there are, in the order of their names.
func (s *Sessions) List() []*Session {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]*Session, 0, len(s.open))
	for _, name := range slices.Sorted(maps.Keys(s.open)) {
		list = append(list, s.open[name])
	}
	return list
}

// Get returns the session of that name, or nil; it is not made, and not kept from expiring.
func (s *Sessions) Get(name string) *Session {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.open[name]
}

// Detached returns a session of that name as new that is not among the others: what happens in it
// is not kept. It is to be read only, since what it stores would be that of the name.
func (s *Sessions) Detached(name string) *Session { return s.newSession(name) }

// Now returns the time in the session of that name; the server's in one that is not there.
func (s *Sessions) Now(name string) time.Time {
	if found := s.Get(name); found != nil {
		return found.Clock.Now()
	}
	return s.config.Clock()
}

// Remove ends a session: all that it has is gone, checkpoints too. It returns false where there is
// none. The default one can only be reset.
func (s *Sessions) Remove(name string) (bool, error) {
	if name == s.config.Default {
		return false, fmt.Errorf("the session %s is always there; reset it", name)
	}
	for {
		s.mu.Lock()
		found := s.open[name]
		if found == nil || found.replaceMu.TryLock() {
			defer s.mu.Unlock()
			if found == nil {
				return false, nil
			}
			delete(s.open, name)
			return true, found.end()
		}
		s.mu.Unlock() // which who replaces it waits for
		found.replaceMu.Lock()
		//lint:ignore SA2001 the lock is taken only to wait until another has its place
		found.replaceMu.Unlock()
	}
}

// replace puts a session in the place of the one that it replaces, unless that has ended meanwhile.
func (s *Sessions) replace(next, replaced *Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[replaced.Name] == replaced {
		s.open[replaced.Name] = next
	}
}

// Used returns when the session was used last, by the server's clock.
func (s *Session) Used() time.Time { return time.Unix(0, s.used.Load()) }

// Serial numbers what is made in the session outside calls, from 1.
func (s *Session) Serial() int64 { return s.serial.Add(1) }

// View reads what the session stores, at the session's present time. See [store.Session.View].
func (s *Session) View(ctx context.Context, read func(*store.Tx) error) error {
	return s.Store.View(ctx, s.Clock.Now(), read)
}

// Update changes what the session stores, at the session's present time. See
// [store.Session.Update].
func (s *Session) Update(change func(*store.Tx) error) error {
	return s.Store.Update(s.Clock.Now(), change)
}
