package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// names returns the names of the sessions.
func names(t testing.TB, db *DB) []string {
	t.Helper()
	list, err := db.Sessions()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestReset(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	db := opened(t, path, Options{})
	update(t, db, "a", func(tx *Tx) error {
		return errors.Join(put("k", "v")(tx), filer.Put(tx, "k", []byte("v")), personer.Put(tx, "k", person{}))
	})
	update(t, db, "b", put("k", "v"))
	if err := errors.Join(reset(db, "a"), reset(db, "never")); err != nil {
		t.Fatal(err)
	}
	check := func(want map[string]string) {
		t.Helper()
		if got := stored(t, db, "a"); !cmp.Equal(got, want) {
			t.Errorf("a holds %v, want %v", got, want)
		}
		view(t, db, "a", func(tx *Tx) error {
			_, file, err := filer.Get(tx, "k")
			_, person, err2 := personer.Get(tx, "k")
			if file || person {
				t.Errorf("other collections still hold something: %t, %t", file, person)
			}
			return errors.Join(err, err2)
		})
		if got := stored(t, db, "b"); len(got) != 1 {
			t.Errorf("b holds %v", got)
		}
		if diff := cmp.Diff([]string{"a", "b"}, names(t, db)); diff != "" {
			t.Errorf("sessions (-want +got):\n%s", diff)
		}
	}
	check(map[string]string{})
	before := commits(db)
	if err := reset(db, "a"); err != nil || commits(db) != before && !db.compaction.unreferenced {
		t.Errorf("a reset of what is empty: %v, %d commits", err, commits(db)-before)
	}
	update(t, db, "a", put("new", "v"))
	check(map[string]string{"new": "v"})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = opened(t, path, Options{})
	check(map[string]string{"new": "v"})
}

// TestResetInQueueOrder: what was queued before a reset is gone, what was queued after it stays,
// and a failing call beside it harms nobody, all in one commit.
func TestResetInQueueOrder(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	failure := errors.New("failure")
	call := func(key string, end error) func() error {
		return func() error {
			return db.Session("s").Update(noon, func(tx *Tx) error { return errors.Join(put(key, "v")(tx), end) })
		}
	}
	w := steder.Watch(db)
	update(t, db, "s", put("0", "v"))
	wantSignal(t, w)
	before := commits(db)
	errs := inOneBatch(t, db, call("1", nil), func() error { return reset(db, "s") }, call("2", failure),
		call("3", nil),
		func() error { return db.Session("s").Checkpoint("three", noted(nil)) }, call("4", failure), call("5", nil),
		func() error { _, err := restore(db, "s", "three"); return err }, call("6", nil))
	for i, err := range errs {
		if failed := i == 2 || i == 5; failed != errors.Is(err, failure) || !failed && err != nil {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if n := commits(db) - before; n < 1 || n > 4 { // what is left behind is tidied
		t.Errorf("%d commits", n)
	}
	if got := stored(t, db, "s"); !cmp.Equal(got, map[string]string{"3": "v", "6": "v"}) {
		t.Errorf("s holds %v", got)
	}
	wantSignal(t, w)
	if got := w.Sessions(); !cmp.Equal(got, []string{"s"}) {
		t.Errorf("told of %q", got)
	}
}

// TestWatchTellsOfWholeSessions: reset, restore and drop change every collection; to keep a session
// changes none.
func TestWatchTellsOfWholeSessions(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	update(t, db, "s", put("k", "v"))
	w, other := steder.Watch(db), personer.Watch(db)
	if err := db.Session("s").Checkpoint("c", noted(nil)); err != nil {
		t.Fatal(err)
	}
	wantNoSignal(t, w, "a checkpoint")
	for name, change := range map[string]func() error{
		"restore": func() error { _, err := restore(db, "s", "c"); return err },
		"reset":   func() error { return errors.Join(db.Session("s").Update(noon, put("k", "v")), reset(db, "s")) },
		"drop": func() error {
			return errors.Join(db.Session("s").Update(noon, put("k", "v")), db.Session("s").Drop(),
				db.Session("s").Checkpoint("c", noted(nil)))
		},
	} {
		if err := change(); err != nil {
			t.Fatal(name, err)
		}
		wantSignal(t, w)
		wantSignal(t, other)
		if got := other.Sessions(); !cmp.Equal(got, []string{"s"}) {
			t.Errorf("%s tells of %q", name, got)
		}
	}
	for len(w.C) > 0 {
		<-w.C
	}
	if err := errors.Join(db.Session("s").DeleteCheckpoint("c"), db.Session("never").Drop(),
		reset(db, "never")); err != nil {
		t.Fatal(err)
	}
	wantNoSignal(t, w, "what changes no records")
}

func TestDrop(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	db := opened(t, path, Options{})
	for _, session := range []string{"a", "b"} {
		update(t, db, session, put("k", "v"))
		if err := db.Session(session).Checkpoint("c", noted(nil)); err != nil {
			t.Fatal(err)
		}
		update(t, db, session, put("l", "v"))
	}
	if err := errors.Join(db.Session("a").Drop(), db.Session("a").Drop(), db.Session("never").Drop()); err != nil {
		t.Fatal(err)
	}
	check := func() {
		t.Helper()
		if got := names(t, db); !cmp.Equal(got, []string{"b"}) {
			t.Errorf("sessions %q", got)
		}
		if list, err := db.Session("a").Checkpoints(); len(list) != 0 || err != nil {
			t.Errorf("checkpoints %v, %v", list, err)
		}
		if _, err := restore(db, "a", "c"); !errors.Is(err, ErrNoCheckpoint) {
			t.Errorf("restored: %v", err)
		}
		if list, err := db.Session("b").Checkpoints(); len(list) != 1 || err != nil {
			t.Errorf("checkpoints of the other %v, %v", list, err)
		}
		if a, b := stored(t, db, "a"), stored(t, db, "b"); len(a) != 0 || len(b) != 2 {
			t.Errorf("a holds %v, b %v", a, b)
		}
	}
	check()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = opened(t, path, Options{})
	check()
	update(t, db, "a", put("new", "v"))
	if got := stored(t, db, "a"); !cmp.Equal(got, map[string]string{"new": "v"}) {
		t.Errorf("a holds %v", got)
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	update(t, db, "a", func(tx *Tx) error {
		return errors.Join(steder.Put(tx, "key", "four"), steder.Put(tx, "key", "five5"),
			filer.Put(tx, "f", make([]byte, 100)), filer.Put(tx, "g", nil), filer.Delete(tx, "g"))
	})
	update(t, db, "b", put("k", "v"))
	if err := errors.Join(db.Session("a").Checkpoint("c", noted(nil)), reset(db, "b")); err != nil {
		t.Fatal(err)
	}
	update(t, db, "a", func(tx *Tx) error { return errors.Join(filer.Delete(tx, "f"), steder.Put(tx, "k", "")) })
	got, err := db.Sizes()
	if diff := cmp.Diff([]SessionSize{{"a", 2, 3 + 7 + 1 + 2}, {"b", 0, 0}}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	kept, err := db.Session("a").Checkpoints()
	if diff := cmp.Diff([]Checkpoint{{"c", 2, 3 + 7 + 101, []byte{}}}, kept); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestMisuseOfSessions: impossible names and notes, and one checkpoint too many, are errors.
func TestMisuseOfSessions(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	for n := range maxCheckpoints {
		if err := db.Session("full").Checkpoint(fmt.Sprintf("c%02d", n), noted(nil)); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Session("full").Checkpoint("c07", noted([]byte("again"))); err != nil {
		t.Errorf("one that takes the place of another: %v", err)
	}
	restored := func(session, name string) error { _, err := restore(db, session, name); return err }
	for name, c := range map[string]struct {
		err  error
		text string
	}{
		"no session to reset": {reset(db, ""), "needs a name"},
		"no session to drop":  {db.Session(sessionsBucket).Drop(), "zero byte"},
		"no session to keep":  {db.Session("").Checkpoint("c", noted(nil)), "needs a name"},
		"no name": {
			db.Session("s").Checkpoint("", noted(nil)),
			"a checkpoint's name has 1 to 200 bytes, this one has 0",
		},
		"long name": {db.Session("s").Checkpoint(strings.Repeat("n", 201), noted(nil)), "this one has 201"},
		"long note": {
			db.Session("s").Checkpoint("c", noted(make([]byte, 65537))),
			`checkpoint "c": a note has at most 65536 bytes, this one has 65537`,
		},
		"long session": {db.Session(strings.Repeat("s", 40_000)).Checkpoint("c", noted(nil)), "key too large"},
		"too many": {
			db.Session("full").Checkpoint("one more", noted(nil)),
			`session "full" has 32 checkpoints, which is the most there can be: delete one of c00, c01, `,
		},
		"unknown to restore": {
			restored("full", "c7"),
			`session "full", checkpoint "c7": there is no such checkpoint: it has c00, c01, `,
		},
		"unknown to delete": {
			db.Session("s").DeleteCheckpoint("c"),
			`session "s", checkpoint "c": there is no such checkpoint: it has none`,
		},
		"of another session":   {restored("s", "c00"), "it has none"},
		"of a session like it": {restored("ful", "lc00"), "it has none"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.text) {
			t.Errorf("%s: %v", name, c.err)
		}
	}
	if got := names(t, db); !cmp.Equal(got, []string{"full"}) {
		t.Errorf("sessions %.100q", got)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	_, sizes := db.Sizes()
	_, checkpoints := db.Session("s").Checkpoints()
	for i, err := range []error{
		reset(db, "s"), db.Session("s").Drop(), db.Session("s").Checkpoint("c", noted(nil)),
		restored("s", "c"), db.Session("s").DeleteCheckpoint("c"), sizes, checkpoints,
	} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%d after Close: %v", i, err)
		}
	}
}

// noted returns what makes the note of a checkpoint.
func noted(note []byte) func() ([]byte, error) { return func() ([]byte, error) { return note, nil } }

// reset resets a session and drops what took its place.
func reset(db *DB, session string) error {
	_, err := db.Session(session).Reset()
	return err
}

// restore restores a checkpoint of a session, drops what took its place, and returns the note.
func restore(db *DB, session, name string) ([]byte, error) {
	_, note, err := db.Session(session).Restore(name)
	return note, err
}

// TestAClosedSession: what a reset, a restore or a drop leaves is closed, for what was queued
// before too, and writes nothing into what took its place; a change that fails closes nothing.
func TestAClosedSession(t *testing.T) {
	t.Parallel()
	for name, replace := range map[string]func(s *Session) (*Session, error){
		"reset":   func(s *Session) (*Session, error) { return s.Reset() },
		"restore": func(s *Session) (*Session, error) { next, _, err := s.Restore("c"); return next, err },
		"drop":    func(s *Session) (*Session, error) { return s.db.Session(s.Name()), s.Drop() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := opened(t, filepath.Join(t.TempDir(), "data.db"), Options{})
			defer func() {
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			}()
			old := db.Session("s")
			if err := errors.Join(old.Update(noon, put("k", "v")), old.Checkpoint("c", noted(nil))); err != nil {
				t.Fatal(err)
			}
			if _, _, err := old.Restore("another"); !errors.Is(err, ErrNoCheckpoint) || old.Closed() {
				t.Fatalf("restored what is not there: %v, closed %t", err, old.Closed())
			}
			entered, leave := make(chan struct{}), make(chan struct{})
			var running sync.WaitGroup
			running.Go(func() {
				_ = db.Session("other").Update(noon, func(*Tx) error { close(entered); <-leave; return nil })
			})
			<-entered // the writer is busy, so that what follows is queued in this order
			var next *Session
			var replaced, late error
			running.Go(func() { next, replaced = replace(old) })
			waitQueued(db, 1)
			running.Go(func() { late = old.Update(noon, put("late", "v")) })
			waitQueued(db, 2)
			close(leave)
			running.Wait()
			if replaced != nil || !errors.Is(late, ErrSessionClosed) || !old.Closed() || next.Closed() {
				t.Fatalf("replaced %v, queued behind it %v, closed %t and %t", replaced, late, old.Closed(),
					next.Closed())
			}
			for what, err := range map[string]error{
				"update":     old.Update(noon, put("k2", "v")),
				"view":       old.View(context.Background(), noon, func(*Tx) error { return nil }),
				"drop":       old.Drop(),
				"checkpoint": old.Checkpoint("d", noted(nil)), "delete": old.DeleteCheckpoint("c"),
			} {
				if !errors.Is(err, ErrSessionClosed) {
					t.Errorf("%s: %v", what, err)
				}
			}
			want := map[string]string{}
			if name == "restore" {
				want["k"] = "v"
			}
			if got := stored(t, db, "s"); !maps.Equal(got, want) {
				t.Errorf("the session holds %v, want %v", got, want)
			}
		})
	}
}

// waitQueued returns once so many updates wait for the writer.
func waitQueued(db *DB, n int) {
	for {
		db.mu.Lock()
		queued := len(db.queue)
		db.mu.Unlock()
		if queued >= n {
			return
		}
		runtime.Gosched()
	}
}
