package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"sandkasse/mock/internal/store"
	"sandkasse/scenarios"
)

// MaxCheckpoints is how many checkpoints a session may have: as many as the store keeps (K346).
const MaxCheckpoints = 32

// ErrManyCheckpoints is the error of a checkpoint beyond MaxCheckpoints.
var ErrManyCheckpoints = errors.New("the session has as many checkpoints as it may have")

// Reset makes the session as new: without records, calls, plays, and with the server's clock, in milliseconds whatever it holds. Its
// checkpoints stay. Identifiers begin again, so the same calls get the same answers; with a seed, that seed's (K357).
func (s *Session) Reset(seed *uint64) error {
	s.fence.Lock()
	defer s.fence.Unlock()
	if s.gone {
		return ErrGone
	}
	if err := s.all.config.Store.Reset(s.Name); err != nil {
		return err
	}
	s.era++
	s.seed = s.all.config.Seed
	if seed != nil {
		s.seed = *seed
	}
	s.Clock.told.Store(nil)
	s.Stage.Reset(s.seed)
	s.serial.Store(0)
	s.all.config.Journal.Rewind(s.Name, 0) // not Forget: a stream of its calls goes on
	s.all.config.Forget(s.Name)
	return nil
}

// end lets go of all that the session has.
func (s *Session) end() error {
	s.fence.Lock()
	defer s.fence.Unlock()
	s.gone = true
	s.all.config.Journal.Forget(s.Name)
	s.all.config.Forget(s.Name)
	return s.all.config.Store.Drop(s.Name)
}

// saved is what a checkpoint has that is not in the store; it is gone when the server ends.
type saved struct{ stage scenarios.Snapshot }

// note is what a checkpoint keeps in the store beside the records.
type note struct {
	Calls  int64    `json:"calls"` // the number of the last one
	Serial int64    `json:"serial"`
	Seed   uint64   `json:"seed"`
	Clock  *Telling `json:"clock,omitempty"`
}

// Checkpoint saves the session as it stands, under a name, in the place of an earlier checkpoint of that name. The error is ErrManyCheckpoints
// where there are MaxCheckpoints others.
func (s *Session) Checkpoint(name string) error {
	s.fence.Lock()
	defer s.fence.Unlock()
	if s.gone {
		return ErrGone
	}
	list, err := s.all.config.Store.Checkpoints(s.Name)
	if err != nil {
		return err
	}
	if len(list) >= MaxCheckpoints && !slices.ContainsFunc(list, func(c store.Checkpoint) bool { return c.Name == name }) {
		return ErrManyCheckpoints
	}
	text, err := json.Marshal(note{
		Calls: s.all.config.Journal.Number(s.Name), Serial: s.serial.Load(), Seed: s.seed, Clock: s.Clock.told.Load(),
	})
	if err != nil {
		return err
	}
	if err := s.all.config.Store.Checkpoint(s.Name, name, text); err != nil {
		return err
	}
	s.saved[name] = saved{s.Stage.Snapshot()}
	return nil
}

// Restore makes the session as it was at the checkpoint: its records, its clock, its plays, its journal as far as that reaches. The same calls
// from there get the same answers (K358). The error is store.ErrNoCheckpoint where there is none of that name. Plays and the progress of scripts
// do not outlive the server, so after a restart there are none.
func (s *Session) Restore(name string) error {
	s.fence.Lock()
	defer s.fence.Unlock()
	if s.gone {
		return ErrGone
	}
	text, err := s.all.config.Store.Restore(s.Name, name)
	if err != nil {
		return err
	}
	var n note
	if err := json.Unmarshal(text, &n); err != nil {
		return fmt.Errorf("the checkpoint %s cannot be read: %w", name, err)
	}
	s.era++
	s.seed = n.Seed
	s.Clock.told.Store(n.Clock)
	s.Stage.Reset(n.Seed)
	if kept, ok := s.saved[name]; ok {
		s.Stage.Restore(kept.stage)
	}
	s.serial.Store(n.Serial)
	s.all.config.Journal.Rewind(s.Name, n.Calls)
	s.all.config.Forget(s.Name)
	return nil
}

// DeleteCheckpoint deletes a checkpoint. The error is store.ErrNoCheckpoint where there is none of that name.
func (s *Session) DeleteCheckpoint(name string) error {
	s.fence.Lock()
	defer s.fence.Unlock()
	if s.gone {
		return ErrGone
	}
	delete(s.saved, name)
	return s.all.config.Store.DeleteCheckpoint(s.Name, name)
}
