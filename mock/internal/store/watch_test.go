package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// wantSignal waits for a signal.
func wantSignal(t *testing.T, w *Watch) {
	t.Helper()
	select {
	case <-w.C:
	case <-time.After(10 * time.Second):
		t.Fatal("no signal")
	}
}

// wantNoSignal fails the test if a signal is waiting.
func wantNoSignal(t *testing.T, w *Watch, after string) {
	t.Helper()
	select {
	case <-w.C:
		t.Errorf("a signal after %s", after)
	default:
	}
}

// TestWatch: a commit that writes to the collection is signalled when Update returns, with its
// session; other commits, views, and what came to nothing are not.
func TestWatch(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	update(t, db, "early", put("k", "v"))
	w, other := steder.Watch(db), personer.Watch(db)
	wantNoSignal(t, w, "what was committed before")
	update(t, db, "a", put("k", "v"))
	wantSignal(t, w)
	wantNoSignal(t, other, "a write to another collection")
	update(t, db, "b", put("k", "v"))
	update(t, db, "a", func(tx *Tx) error { return steder.Delete(tx, "k") })
	wantSignal(t, w)
	if diff := cmp.Diff([]string{"a", "b"}, w.Sessions()); diff != "" {
		t.Errorf("sessions (-want +got):\n%s", diff)
	}
	if got := w.Sessions(); len(got) != 0 {
		t.Errorf("sessions %q are told twice", got)
	}
	update(t, db, "a", func(tx *Tx) error { return steder.Delete(tx, "not there") })
	if err := db.Session("a").Update(noon, func(tx *Tx) error {
		return errors.Join(steder.Put(tx, "k", "v"), errors.New("no"))
	}); err == nil {
		t.Error("no error")
	}
	if err := db.Session("early").View(context.Background(), noon, func(tx *Tx) error {
		_, _, err := steder.Get(tx, "k")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	wantNoSignal(t, w, "what changed nothing")
	if sessions, err := db.Sessions(); err != nil || !cmp.Equal(sessions, []string{"a", "b", "early"}) {
		t.Errorf("sessions are %q, %v", sessions, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Sessions(); !errors.Is(err, ErrClosed) {
		t.Errorf("the sessions of a closed store: %v", err)
	}
}

// TestWatchWhileWriting: with writers at work, every session is either seen after the watch began
// or signalled.
func TestWatchWhileWriting(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	var wg sync.WaitGroup
	const writers, each = 4, 50
	for n := range writers {
		wg.Go(func() {
			for i := range each {
				if err := db.Session(fmt.Sprintf("s%d-%d", n, i)).Update(noon, put("k", "v")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	w := steder.Watch(db)
	known := map[string]bool{}
	sessions, err := db.Sessions()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sessions {
		known[s] = true
	}
	for start := time.Now(); len(known) < writers*each && time.Since(start) < 10*time.Second; {
		wantSignal(t, w)
		for _, s := range w.Sessions() {
			known[s] = true
		}
	}
	wg.Wait()
	if len(known) != writers*each {
		t.Errorf("%d sessions are known, want %d", len(known), writers*each)
	}
}
