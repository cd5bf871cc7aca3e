package session

import (
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
		Store: db, Journal: journal.New(journal.Limits{}), Clock: func() time.Time { return time.Unix(0, now.Load()) }, TTL: ttl, Default: "default",
		Forget: func(string) {},
	})
	must(t, err)
	return all, func(by time.Duration) { now.Add(int64(by)) }
}

// TestMostSessions: there are no more than MaxSessions; one that ends makes room.
func TestMostSessions(t *testing.T) {
	t.Parallel()
	all, _ := sessions(t, 0)
	for i := range MaxSessions - 1 { // and the default one
		_, err := all.Open(fmt.Sprint("s", i))
		must(t, err)
	}
	if s, err := all.Open("more"); err == nil || s != nil || !strings.Contains(err.Error(), "DELETE /_sandkasse/sessions/NAME") {
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

// TestGone: whoever still has a session that has ended can do nothing with it, least of all to the one that has its name now.
func TestGone(t *testing.T) {
	t.Parallel()
	all, move := sessions(t, time.Hour)
	old, err := all.Open("a")
	must(t, err)
	before := old.Begin()
	move(2 * time.Hour)
	anew, err := all.Open("a")
	must(t, err)
	if anew == old {
		t.Fatal("the session is the same after its time")
	}
	work := func() error { t.Error("work was done in a session that has ended"); return nil }
	for name, err := range map[string]error{
		"a call that had begun": old.Do(before, work), "a call that begins": old.Do(old.Begin(), work), "a reset": old.Reset(nil),
		"a checkpoint": old.Checkpoint("c"), "a restore": old.Restore("c"), "the end of a checkpoint": old.DeleteCheckpoint("c"),
	} {
		if !errors.Is(err, ErrGone) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, ok := old.Again(before); ok {
		t.Error("a call is made again in a session that has ended")
	}
	if turn := anew.Begin(); turn.Number != 1 {
		t.Errorf("the first call of the new session has the number %d", turn.Number)
	}
}

// TestOpenWhileTheyExpire: however sessions are opened while they expire, each call gets one in which its work is done or refused.
func TestOpenWhileTheyExpire(t *testing.T) {
	t.Parallel()
	all, move := sessions(t, time.Second)
	var calling sync.WaitGroup
	var done, refused atomic.Int64
	for range 8 {
		calling.Go(func() {
			for i := range 300 {
				s, err := all.Open(fmt.Sprint("s", i%5))
				if err != nil {
					t.Error(err)
					return
				}
				move(50 * time.Millisecond)
				switch err := s.Do(s.Begin(), func() error { return nil }); {
				case err == nil:
					done.Add(1)
				case errors.Is(err, ErrGone):
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
