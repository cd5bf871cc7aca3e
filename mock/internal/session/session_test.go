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
	"sandkasse/mock/internal/store"
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

// TestMaxSessions: there are no more than MaxSessions; one that ends makes room.
func TestMaxSessions(t *testing.T) {
	t.Parallel()
	all, _ := sessions(t, 0)
	for i := range MaxSessions - 1 { // and the default one
		_, err := all.Open(fmt.Sprint("s", i))
		must(t, err)
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
