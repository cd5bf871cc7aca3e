package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"sandkasse/mock/internal/report"
	"sandkasse/mock/internal/scenario"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/token"
)

// MaxCheckpoints limits the checkpoints of a session to as many as the store keeps (K346).
const MaxCheckpoints = 32

// ErrTooManyCheckpoints is the error of a checkpoint beyond MaxCheckpoints.
var ErrTooManyCheckpoints = errors.New("the session has as many checkpoints as it may have")

// Reset closes the session, in milliseconds whatever it holds, and returns the one that takes its
// place: without records, calls and plays, and with the server's clock. Its checkpoints stay.
// Identifiers begin again, so the same calls get the same answers; with a seed, that seed's (K357).
// The error is store.ErrSessionClosed where the session is closed already.
func (s *Session) Reset(seed *uint64) (*Session, error) {
	s.replaceMu.Lock()
	defer s.replaceMu.Unlock()
	stored, err := s.Store.Reset()
	if err != nil {
		return nil, err
	}
	next := s.successor(stored, 0)
	next.Seed = s.sessions.config.Seed
	if seed != nil {
		next.Seed, next.holds = *seed, true
	}
	next.Plays = scenario.NewPlays(next.Seed)
	s.Report.Close()
	next.Report = report.NewRecorder(&s.sessions.reports)
	s.sessions.replace(next, s)
	return next, nil
}

// successor returns a session over the given records that takes over this one's calls up to the
// number, and its checkpoints.
func (s *Session) successor(stored *store.Session, calls int64) *Session {
	s.Plays.DisarmAll() // also for calls that are under way
	next := &Session{
		Name: s.Name, Clock: &Clock{now: s.sessions.config.Clock}, Log: s.Log.Replace(calls),
		Grants: token.NewReplayCache(),
		Store:  stored, sessions: s.sessions, saved: maps.Clone(s.saved),
		stored: s.stored || s.Store.Written(), holds: s.hasCheckpoints,
		hasCheckpoints: s.hasCheckpoints,
	}
	next.used.Store(s.used.Load())
	next.lastUse.Store(s.lastUse.Load())
	return next
}

// end lets go of all that the session has. The caller holds replaceMu, which it unlocks.
func (s *Session) end() error {
	defer s.replaceMu.Unlock()
	s.Plays.DisarmAll()
	s.Log.Close()
	s.Report.Close()
	return s.Store.Drop()
}

// endEmpty does what end does with a session that holds nothing. It waits for the store only where
// that knows the session.
func (s *Session) endEmpty() error {
	if s.stored {
		return s.end()
	}
	defer s.replaceMu.Unlock()
	s.Log.Close()
	s.Report.Close()
	s.Store.Close()
	return nil
}

// note holds what a checkpoint stores beside the records.
type note struct {
	Calls  int64         `json:"calls"` // the number of the last one
	Serial int64         `json:"serial"`
	Seed   uint64        `json:"seed"`
	Clock  *ClockSetting `json:"clock,omitempty"`
}

// Checkpoint saves the session as it stands, under a name, in the place of an earlier checkpoint of
// that name. The error is ErrTooManyCheckpoints where there are MaxCheckpoints others.
func (s *Session) Checkpoint(name string) error {
	s.replaceMu.Lock()
	defer s.replaceMu.Unlock()
	if err := s.checkSpace(name); err != nil {
		return err
	}
	var plays scenario.Snapshot
	// in its turn: no call whose records it holds has a greater number
	err := s.Store.Checkpoint(name, func() ([]byte, error) {
		plays = s.Plays.Snapshot()
		return json.Marshal(note{
			Calls: s.Log.Number(), Serial: s.serial.Load(), Seed: s.Seed,
			Clock: s.Clock.setting.Load(),
		})
	})
	if err != nil {
		return err
	}
	s.saved[name], s.hasCheckpoints = plays, true
	return nil
}

// checkSpace returns ErrTooManyCheckpoints where there are MaxCheckpoints of other names.
func (s *Session) checkSpace(name string) error {
	list, err := s.Store.Checkpoints()
	if err == nil && len(list) >= MaxCheckpoints &&
		!slices.ContainsFunc(list, func(c store.Checkpoint) bool { return c.Name == name }) {
		return ErrTooManyCheckpoints
	}
	return err
}

// ImportCheckpoint saves what a file holds as a checkpoint, in the place of an earlier one of that
// name; the session stays as it is. A restore of it brings back the records, the seed and the clock,
// and the numbers of calls, and no plays and journal, which are in no file (K684). The error is
// store.ErrCheckpointFile, or ErrTooManyCheckpoints.
func (s *Session) ImportCheckpoint(name string, text []byte) (*store.CheckpointFile, error) {
	file, err := store.ReadCheckpointFile(text)
	if err != nil {
		return nil, err
	}
	if err := checkNote(file.Note); err != nil {
		return nil, err
	}
	s.replaceMu.Lock()
	defer s.replaceMu.Unlock()
	if err := s.checkSpace(name); err != nil {
		return nil, err
	}
	if err := s.Store.ImportCheckpoint(name, file); err != nil {
		return nil, err
	}
	delete(s.saved, name)
	s.hasCheckpoints = true
	return file, nil
}

// maxNumber is the greatest number of a call, and of an identifier, in the note of a checkpoint file: the greatest
// that JSON has exactly. From there they count on.
const maxNumber = 1<<53 - 1

// checkNote returns an error for the note of a file that no checkpoint can have.
func checkNote(text []byte) error {
	var n note
	if err := json.Unmarshal(text, &n); err != nil || n.Calls < 0 || n.Calls > maxNumber ||
		n.Serial < 0 || n.Serial > maxNumber {
		return fmt.Errorf("%w: what it says of the session cannot be read", store.ErrCheckpointFile)
	}
	if c := n.Clock; c != nil {
		if checkYear(c.Shown) != nil || checkYear(c.Since) != nil || !(c.Scale >= 0 && c.Scale <= maxScale) {
			return fmt.Errorf("%w: its clock shows a time, or runs at a rate, that no clock has",
				store.ErrCheckpointFile)
		}
	}
	return nil
}

// Restore closes the session, and returns the one that takes its place, which is as this one was at
// the checkpoint: its records, its clock, its plays, its journal as far as that reaches. The same
// calls from there get the same answers (K358). The error is store.ErrNoCheckpoint where there is
// none of that name, and store.ErrSessionClosed where the session is closed already. Plays and the
// progress of scripts do not outlive the server, so after a restart there are none.
func (s *Session) Restore(name string) (*Session, error) {
	s.replaceMu.Lock()
	defer s.replaceMu.Unlock()
	stored, text, err := s.Store.Restore(name)
	if err != nil {
		return nil, err
	}
	var n note
	unreadable := json.Unmarshal(text, &n)
	next := s.successor(stored, n.Calls)
	next.Seed = n.Seed
	next.Clock.setting.Store(n.Clock)
	next.serial.Store(n.Serial)
	next.Plays = s.saved[name].Plays(n.Seed)
	next.Report = s.Report.Successor(n.Calls, s.Clock.Now())
	s.sessions.replace(next, s)
	if unreadable != nil {
		return nil, fmt.Errorf("the note of the checkpoint %s cannot be read: %w", name, unreadable)
	}
	return next, nil
}

// DeleteCheckpoint deletes a checkpoint. The error is store.ErrNoCheckpoint where there is none of
// that name.
func (s *Session) DeleteCheckpoint(name string) error {
	s.replaceMu.Lock()
	defer s.replaceMu.Unlock()
	delete(s.saved, name)
	return s.Store.DeleteCheckpoint(name)
}
