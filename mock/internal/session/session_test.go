package session

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sandkasse/mock/internal/journal"
	"sandkasse/mock/internal/scenario"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/token"
)

func sessions(t *testing.T, ttl time.Duration) (all *Sessions, move func(time.Duration)) {
	t.Helper()
	db, err := store.OpenTemporary()
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	var now atomic.Int64
	now.Store(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC).UnixNano())
	all, err = New(Config{
		Store: db, Journal: journal.New(journal.Options{}), Clock: func() time.Time { return time.Unix(0, now.Load()) },
		TTL: ttl, Default: "default",
	})
	must(t, err)
	return all, func(by time.Duration) { now.Add(int64(by)) }
}

// hold gives a session something that must not be lost.
func hold(t *testing.T, s *Session) {
	t.Helper()
	must(t, s.Clock.Apply(Change{Stop: true}))
}

// TestMaxSessions: there are no more than MaxSessions that hold something; one that ends makes
// space.
func TestMaxSessions(t *testing.T) {
	t.Parallel()
	all, _ := sessions(t, 0)
	for i := range MaxSessions - 1 { // and the default one
		s, err := all.Open(fmt.Sprint("s", i))
		must(t, err)
		hold(t, s)
	}
	if s, err := all.Open("more"); err == nil || s != nil ||
		!strings.Contains(err.Error(), "DELETE /_sandkasse/sessions/NAME") {
		t.Errorf("one more is %v, %v", s, err)
	}
	if _, err := all.Open("s7"); err != nil {
		t.Errorf("one that is there: %v", err)
	}
	if found, err := all.Remove("s7"); !found || err != nil {
		t.Errorf("removed: %v, %v", found, err)
	}
	_, err := all.Open("more")
	must(t, err)
	_, done, err := all.Use("still more") // in the place of the one before
	must(t, err)
	if _, err := all.Open("too many"); !errors.Is(err, ErrTooManySessions) {
		t.Errorf("while all others hold something or are used: %v", err)
	}
	done()
	done()
	_, err = all.Open("not too many")
	must(t, err)
	if len(all.List()) != MaxSessions || all.Get("more") != nil || all.Get("still more") != nil {
		t.Errorf("there are %d sessions, with %v and %v", len(all.List()), all.Get("more"), all.Get("still more"))
	}
}

var things = store.NewCollection[int]("thing")

// put stores a record.
func put(s *Session) error {
	return s.Update(func(tx *store.Tx) error { return things.Put(tx, "thing", 1) })
}

// TestSpaceForMore: however many sessions are opened, none is lost that holds something, is used or
// is the default one. Those that hold nothing end with their calls, the longest unused first.
func TestSpaceForMore(t *testing.T) {
	t.Parallel()
	all, _ := sessions(t, 0)
	seed := uint64(7)
	play := scenario.Play{Times: scenario.Always}
	play.Scenario.Scenario.Steps = []scenario.Step{{}}
	kept := map[string]func(s *Session) error{
		"records":    put,
		"clock":      func(s *Session) error { return s.Clock.Apply(Change{Stop: true}) },
		"checkpoint": func(s *Session) error { return s.Checkpoint("one") },
		"grants": func(s *Session) error {
			s.Grants.Use(token.FingerprintOf("grant"), s.Clock.Now().Add(time.Hour), s.Clock.Now())
			return nil
		},
		"seed": func(s *Session) error { _, err := s.Reset(&seed); return err },
		"used": func(*Session) error { return nil },
		"plays": func(s *Session) error {
			_, err := s.Plays.Arm(play, s.Clock.Now())
			return err
		},
	}
	kept["checkpoint, reset"] = func(s *Session) error {
		if err := s.Checkpoint("one"); err != nil {
			return err
		}
		_, err := s.Reset(nil)
		return err
	}
	kept["records, restored"] = func(s *Session) error {
		if err := errors.Join(put(s), s.Checkpoint("one")); err != nil {
			return err
		}
		_, err := s.Restore("one")
		return err
	}
	kept["restored, no point"] = func(s *Session) error {
		if err := errors.Join(put(s), s.Checkpoint("one")); err != nil {
			return err
		}
		s, err := s.Restore("one")
		if err != nil {
			return err
		}
		return s.DeleteCheckpoint("one")
	}
	for name, fill := range kept {
		s, err := all.Open(name)
		must(t, err)
		must(t, fill(s))
	}
	used, _, err := all.Use("used")
	must(t, err)
	lost := map[string]func(s *Session) error{
		"a call": func(s *Session) error { s.Log.Add(journal.Entry{Number: s.Log.Next()}); return nil },
		"records, reset": func(s *Session) error {
			if err := put(s); err != nil {
				return err
			}
			_, err := s.Reset(nil)
			return err
		},
		"freed": func(s *Session) error {
			return errors.Join(s.Clock.Apply(Change{Stop: true}), s.Clock.Apply(Change{Free: true}))
		},
		"an update": func(s *Session) error { return s.Update(func(*store.Tx) error { return nil }) },
		"a failed update": func(s *Session) error {
			failed := errors.New("failed")
			err := s.Update(func(tx *store.Tx) error { return errors.Join(things.Put(tx, "thing", 1), failed) })
			if !errors.Is(err, failed) {
				return err
			}
			return nil
		},
	}
	ends := map[string]*Session{}
	for name, fill := range lost {
		s, err := all.Open(name)
		must(t, err)
		must(t, fill(s))
		ends[name] = all.Get(name)
	}
	for i := range MaxSessions + 1000 {
		_, err := all.Open(fmt.Sprint("s", i))
		must(t, err)
		if i%100 == 0 {
			_, err = all.Open("often")
			must(t, err)
		}
	}
	for name := range kept {
		if all.Get(name) == nil {
			t.Errorf("%s is lost", name)
		}
	}
	if all.Get("used") != used || all.Get("often") == nil || all.Get("default") == nil {
		t.Error("one that is used is lost, or the default one")
	}
	for name, s := range ends {
		if all.Get(name) != nil {
			t.Errorf("%s is still there", name)
		}
		if err := put(s); !errors.Is(err, store.ErrSessionClosed) {
			t.Errorf("%s: after its end it stores: %v", name, err)
		}
		if calls := s.Log.Calls(journal.Query{}); len(calls) > 0 {
			t.Errorf("%s: its calls are still there", name)
		}
	}
	if all.Get("s500") != nil || all.Get("s1500") == nil {
		t.Error("it is not the longest unused that ended")
	}
	if n := len(all.List()); n != MaxSessions {
		t.Errorf("there are %d sessions", n)
	}
}

// TestSpaceAfterRestart: what is in the data file is not lost, but for sessions that were reset.
func TestSpaceAfterRestart(t *testing.T) {
	t.Parallel()
	all, _ := sessions(t, 0)
	for _, name := range []string{"records", "checkpoint", "reset"} {
		s, err := all.Open(name)
		must(t, err)
		must(t, put(s))
		if name == "checkpoint" {
			must(t, s.Checkpoint("one"))
		}
		if name != "records" {
			_, err = s.Reset(nil)
			must(t, err)
		}
	}
	again, err := New(all.config)
	must(t, err)
	for i := range MaxSessions {
		_, err := again.Open(fmt.Sprint("s", i))
		must(t, err)
	}
	if again.Get("records") == nil || again.Get("checkpoint") == nil || again.Get("reset") != nil {
		t.Errorf("there are %v, %v and %v; want all but the last", again.Get("records"), again.Get("checkpoint"),
			again.Get("reset"))
	}
}

// TestLook: looking makes no session, and sees one that is there.
func TestLook(t *testing.T) {
	t.Parallel()
	all, move := sessions(t, time.Hour)
	for range 2 {
		s, err := all.Look("a")
		must(t, err)
		if all.Get("a") != nil || s.Name != "a" || s.Log.Number() != 0 {
			t.Fatalf("looking made %+v", all.Get("a"))
		}
	}
	made, err := all.Open("a")
	must(t, err)
	move(59 * time.Minute)
	if s, err := all.Look("a"); s != made || err != nil {
		t.Errorf("the session that is there is %v, %v", s, err)
	}
	move(59 * time.Minute)
	if all.Look("a"); all.Get("a") != made {
		t.Error("it expired, though it was looked at")
	}
	move(2 * time.Hour)
	if s, err := all.Look("a"); s == made || err != nil || all.Get("a") != nil {
		t.Errorf("after it expired it is %v, %v, and %v is there", s, err, all.Get("a"))
	}
}

// TestClosed: whoever still has a session that has ended can do nothing with it, least of all to
// the one that has its name now.
func TestClosed(t *testing.T) {
	t.Parallel()
	for name, replace := range map[string]func(t *testing.T, all *Sessions, old *Session,
		move func(time.Duration)) *Session{
		"expired": func(t *testing.T, all *Sessions, _ *Session, move func(time.Duration)) *Session {
			move(2 * time.Hour)
			anew, err := all.Open("a")
			must(t, err)
			return anew
		},
		"removed": func(t *testing.T, all *Sessions, _ *Session, _ func(time.Duration)) *Session {
			_, err := all.Remove("a")
			must(t, err)
			anew, err := all.Open("a")
			must(t, err)
			return anew
		},
		"reset": func(t *testing.T, _ *Sessions, old *Session, _ func(time.Duration)) *Session {
			anew, err := old.Reset(nil)
			must(t, err)
			return anew
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			all, move := sessions(t, time.Hour)
			old, err := all.Open("a")
			must(t, err)
			old.Log.Next()
			anew := replace(t, all, old, move)
			if now := all.Get("a"); anew == old || now != anew {
				t.Fatal("the session of that name is not the new one")
			}
			work := func(*store.Tx) error { t.Error("work was done in a session that has ended"); return nil }
			_, reset := old.Reset(nil)
			_, restored := old.Restore("c")
			for what, err := range map[string]error{
				"a change": old.Update(work), "a look": old.View(context.Background(), work), "a reset": reset,
				"a checkpoint": old.Checkpoint("c"),
				"a restore":    restored, "the end of a checkpoint": old.DeleteCheckpoint("c"),
			} {
				if !errors.Is(err, store.ErrSessionClosed) {
					t.Errorf("%s: %v", what, err)
				}
			}
			old.Log.Add(journal.Entry{Number: 2})
			if calls := anew.Log.Calls(journal.Query{}); len(calls) != 0 || anew.Log.Next() != 1 {
				t.Errorf("the new session has the calls %v", calls)
			}
			must(t, anew.Update(func(*store.Tx) error { return nil }))
		})
	}
}

// TestEndWhileReplaced: sessions that are reset and restored while they expire, are removed and
// make space leave nobody waiting for ever.
func TestEndWhileReplaced(t *testing.T) {
	t.Parallel()
	all, move := sessions(t, time.Second)
	var working sync.WaitGroup
	ended := make(chan struct{})
	for worker := range 6 {
		working.Go(func() {
			for i := range 150 {
				name := fmt.Sprint("s", i%3)
				s, err := all.Open(name)
				if err != nil {
					t.Error(err)
					return
				}
				switch worker {
				case 0, 1:
					_, err = s.Reset(nil)
				case 2:
					err = s.Checkpoint("one")
				case 3:
					_, err = s.Restore("one")
				case 4:
					_, err = all.Remove(name)
				case 5:
					move(100 * time.Millisecond)
					err = all.Sweep()
				}
				if err != nil && !errors.Is(err, store.ErrSessionClosed) && !errors.Is(err, store.ErrNoCheckpoint) {
					t.Error(err)
					return
				}
			}
		})
	}
	go func() { working.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(2 * time.Minute):
		t.Fatal("they wait for each other")
	}
}

// TestOpenWhileTheyEnd: however sessions are opened while they expire and are reset, each call gets
// one in which its work is done or refused.
func TestOpenWhileTheyEnd(t *testing.T) {
	t.Parallel()
	all, move := sessions(t, time.Second)
	var calling sync.WaitGroup
	var done, refused atomic.Int64
	for caller := range 8 {
		calling.Go(func() {
			for i := range 300 {
				s, err := all.Open(fmt.Sprint("s", i%5))
				if err != nil {
					t.Error(err)
					return
				}
				move(50 * time.Millisecond)
				work := func() error { return s.Update(func(*store.Tx) error { return nil }) }
				if caller == 0 {
					work = func() error { _, err := s.Reset(nil); return err }
				}
				switch err := work(); {
				case err == nil:
					done.Add(1)
				case errors.Is(err, store.ErrSessionClosed):
					refused.Add(1)
				default:
					t.Error(err)
				}
			}
		})
	}
	calling.Wait()
	if done.Load()+refused.Load() != 8*300 || done.Load() == 0 {
		t.Errorf("%d were done and %d refused", done.Load(), refused.Load())
	}
}
