package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// names are the names of the sessions.
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
	if err := errors.Join(db.Reset("a"), db.Reset("never")); err != nil {
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
	if err := db.Reset("a"); err != nil || commits(db) != before && !db.compaction.unreferenced {
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

// TestResetInItsTurn: what was queued before a reset is gone, what was queued after it stays, and a failing call
// beside it harms nobody, all in one commit.
func TestResetInItsTurn(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	failure := errors.New("failure")
	call := func(key string, end error) func() error {
		return func() error {
			return db.Update("s", noon, func(tx *Tx) error { return errors.Join(put(key, "v")(tx), end) })
		}
	}
	w := steder.Watch(db)
	update(t, db, "s", put("0", "v"))
	told(t, w)
	before := commits(db)
	errs := inOneBatch(t, db, call("1", nil), func() error { return db.Reset("s") }, call("2", failure), call("3", nil),
		func() error { return db.Checkpoint("s", "three", nil) }, call("4", failure), call("5", nil),
		func() error { _, err := db.Restore("s", "three"); return err }, call("6", nil))
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
	told(t, w)
	if got := w.Sessions(); !cmp.Equal(got, []string{"s"}) {
		t.Errorf("told of %q", got)
	}
}

// TestWatchTellsOfWholeSessions: reset, restore and drop change every collection; to keep a session changes none.
func TestWatchTellsOfWholeSessions(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	update(t, db, "s", put("k", "v"))
	w, other := steder.Watch(db), personer.Watch(db)
	if err := db.Checkpoint("s", "c", nil); err != nil {
		t.Fatal(err)
	}
	untold(t, w, "a checkpoint")
	for name, change := range map[string]func() error{
		"restore": func() error { _, err := db.Restore("s", "c"); return err },
		"reset":   func() error { return errors.Join(db.Update("s", noon, put("k", "v")), db.Reset("s")) },
		"drop": func() error {
			return errors.Join(db.Update("s", noon, put("k", "v")), db.Drop("s"), db.Checkpoint("s", "c", nil))
		},
	} {
		if err := change(); err != nil {
			t.Fatal(name, err)
		}
		told(t, w)
		told(t, other)
		if got := other.Sessions(); !cmp.Equal(got, []string{"s"}) {
			t.Errorf("%s tells of %q", name, got)
		}
	}
	for len(w.C) > 0 {
		<-w.C
	}
	if err := errors.Join(db.DeleteCheckpoint("s", "c"), db.Drop("never"), db.Reset("never")); err != nil {
		t.Fatal(err)
	}
	untold(t, w, "what changes no records")
}

func TestDrop(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	db := opened(t, path, Options{})
	for _, session := range []string{"a", "b"} {
		update(t, db, session, put("k", "v"))
		if err := db.Checkpoint(session, "c", nil); err != nil {
			t.Fatal(err)
		}
		update(t, db, session, put("l", "v"))
	}
	if err := errors.Join(db.Drop("a"), db.Drop("a"), db.Drop("never")); err != nil {
		t.Fatal(err)
	}
	check := func() {
		t.Helper()
		if got := names(t, db); !cmp.Equal(got, []string{"b"}) {
			t.Errorf("sessions %q", got)
		}
		if list, err := db.Checkpoints("a"); len(list) != 0 || err != nil {
			t.Errorf("checkpoints %v, %v", list, err)
		}
		if _, err := db.Restore("a", "c"); !errors.Is(err, ErrNoCheckpoint) {
			t.Errorf("restored: %v", err)
		}
		if list, err := db.Checkpoints("b"); len(list) != 1 || err != nil {
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
		return errors.Join(steder.Put(tx, "key", "four"), steder.Put(tx, "key", "five5"), filer.Put(tx, "f", make([]byte, 100)), filer.Put(tx, "g", nil), filer.Delete(tx, "g"))
	})
	update(t, db, "b", put("k", "v"))
	if err := errors.Join(db.Checkpoint("a", "c", nil), db.Reset("b")); err != nil {
		t.Fatal(err)
	}
	update(t, db, "a", func(tx *Tx) error { return errors.Join(filer.Delete(tx, "f"), steder.Put(tx, "k", "")) })
	got, err := db.Sizes()
	if diff := cmp.Diff([]Session{{"a", 2, 3 + 7 + 1 + 2}, {"b", 0, 0}}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	kept, err := db.Checkpoints("a")
	if diff := cmp.Diff([]Checkpoint{{"c", 2, 3 + 7 + 101, []byte{}}}, kept); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// TestMisuseOfSessions: names and notes that can not be, and a checkpoint too many, are told.
func TestMisuseOfSessions(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	for n := range maxCheckpoints {
		if err := db.Checkpoint("full", fmt.Sprintf("c%02d", n), nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Checkpoint("full", "c07", []byte("again")); err != nil {
		t.Errorf("one that takes the place of another: %v", err)
	}
	restore := func(session, name string) error { _, err := db.Restore(session, name); return err }
	for name, c := range map[string]struct {
		err  error
		text string
	}{
		"no session to reset":  {db.Reset(""), "needs a name"},
		"no session to drop":   {db.Drop(sessionsBucket), "zero byte"},
		"no session to keep":   {db.Checkpoint("", "c", nil), "needs a name"},
		"no name":              {db.Checkpoint("s", "", nil), "a checkpoint's name has 1 to 200 bytes, this one has 0"},
		"long name":            {db.Checkpoint("s", strings.Repeat("n", 201), nil), "this one has 201"},
		"long note":            {db.Checkpoint("s", "c", make([]byte, 65537)), `checkpoint "c": a note has at most 65536 bytes, this one has 65537`},
		"long session":         {db.Checkpoint(strings.Repeat("s", 40_000), "c", nil), "key too large"},
		"too many":             {db.Checkpoint("full", "one more", nil), `session "full" has 32 checkpoints, which is the most there can be: delete one of c00, c01, `},
		"unknown to restore":   {restore("full", "c7"), `session "full", checkpoint "c7": there is no such checkpoint: it has c00, c01, `},
		"unknown to delete":    {db.DeleteCheckpoint("s", "c"), `session "s", checkpoint "c": there is no such checkpoint: it has none`},
		"of another session":   {restore("s", "c00"), "it has none"},
		"of a session like it": {restore("ful", "lc00"), "it has none"},
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
	_, checkpoints := db.Checkpoints("s")
	for i, err := range []error{db.Reset("s"), db.Drop("s"), db.Checkpoint("s", "c", nil), restore("s", "c"), db.DeleteCheckpoint("s", "c"), sizes, checkpoints} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%d after Close: %v", i, err)
		}
	}
}
