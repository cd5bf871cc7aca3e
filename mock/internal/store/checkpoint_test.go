package store

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCheckpoint: each checkpoint brings back what was when it was made, as often as it is asked
// for, also after a reset and in the next process.
func TestCheckpoint(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	db := opened(t, path, Options{})
	want := map[string]map[string]string{"empty": {}}
	if err := db.Session("s").Checkpoint("empty", noted([]byte("note of empty"))); err != nil {
		t.Fatal(err)
	}
	for n := range 4 {
		update(t, db, "s", func(tx *Tx) error {
			var err error
			if n > 0 {
				err = steder.Delete(tx, fmt.Sprint(n-1))
			}
			return errors.Join(err, put(fmt.Sprint(n), "v")(tx), put("counter", fmt.Sprint(n))(tx))
		})
		name := fmt.Sprint("after ", n)
		note := []byte("note of " + name)
		if err := db.Session("s").Checkpoint(name, noted(note)); err != nil {
			t.Fatal(err)
		}
		clear(note) // it is the caller's
		want[name] = stored(t, db, "s")
	}
	update(t, db, "s", put("unkept", "v"))
	for round := range 3 {
		if round == 1 {
			if err := reset(db, "s"); err != nil {
				t.Fatal(err)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(want)) {
			note, err := restore(db, "s", name)
			if string(note) != "note of "+name || err != nil {
				t.Errorf("%s: note %q, %v", name, note, err)
			}
			if diff := cmp.Diff(want[name], stored(t, db, "s")); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
			update(t, db, "s", func(tx *Tx) error {
				return errors.Join(steder.Delete(tx, "counter"), put("more", name)(tx))
			})
		}
		if round == 1 {
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			db = opened(t, path, Options{})
		}
	}
}

// TestACheckpointInTheOldOnesPlace: a second one of the same name is the one that is there, and the
// first is given back.
func TestACheckpointInTheOldOnesPlace(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	for _, key := range []string{"a", "b"} {
		update(t, db, "s", put(key, "v"))
		if err := db.Session("s").Checkpoint("c", noted([]byte(key))); err != nil {
			t.Fatal(err)
		}
	}
	if err := reset(db, "s"); err != nil {
		t.Fatal(err)
	}
	if note, err := restore(db, "s", "c"); string(note) != "b" || err != nil {
		t.Errorf("note %q, %v", note, err)
	}
	if got := stored(t, db, "s"); len(got) != 2 {
		t.Errorf("s holds %v", got)
	}
	tidied(t, db)
	if got := partitions(t, db); len(got) != 1 { // a and b, in one layer
		t.Errorf("partitions %q", got)
	}
}

// TestManySavesStayShallow: however often a session is kept, changed, brought back and let go, it
// does not become deeper, and neither does one that is never brought back.
func TestManySavesStayShallow(t *testing.T) {
	t.Parallel()
	for _, back := range []bool{true, false} {
		t.Run(fmt.Sprintf("back=%t", back), func(t *testing.T) {
			t.Parallel()
			db := temporary(t)
			update(t, db, "s", put("first", "v"))
			deepest := 0
			for n := range 200 {
				if err := db.Session("s").Checkpoint("c", noted(nil)); err != nil {
					t.Fatal(err)
				}
				update(t, db, "s", put(fmt.Sprint(n), "v"))
				if back {
					if _, err := restore(db, "s", "c"); err != nil {
						t.Fatal(err)
					}
				}
				view(t, db, "s", func(tx *Tx) error { deepest = max(deepest, len(tx.open().layers)); return nil })
				if n%2 == 0 {
					if err := db.Session("s").DeleteCheckpoint("c"); err != nil {
						t.Fatal(err)
					}
				}
			}
			if deepest > maxLayers {
				t.Errorf("%d layers", deepest)
			}
			if err := db.Session("s").DeleteCheckpoint("c"); err != nil {
				t.Fatal(err)
			}
			tidied(t, db)
			if got := partitions(t, db); len(got) != 1 {
				t.Errorf("partitions %q", got)
			}
			if got, want := len(stored(t, db, "s")), map[bool]int{true: 1, false: 201}[back]; got != want {
				t.Errorf("%d records, want %d", got, want)
			}
		})
	}
}

// TestTooDeep: while tidying lags behind, a checkpoint waits for it.
func TestTooDeep(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	calls := make([]func() error, 0, 3*(maxLayers-1))
	for n := range maxLayers - 1 { // in one commit, so that nothing is tidied meanwhile
		calls = append(calls,
			func() error { return db.Session("s").Update(noon, put(fmt.Sprint(n), "v")) },
			func() error { return db.Session("s").Checkpoint("c", noted(nil)) },
			func() error { return db.Session("s").DeleteCheckpoint("c") })
	}
	calls = append(calls,
		func() error { return db.Session("s").Update(noon, put("last", "v")) },
		func() error { return db.Session("s").Checkpoint("d", noted(nil)) },
		func() error { // in the same commit as the piece that was tidied
			return db.Session("s").Update(noon, func(tx *Tx) error {
				n := 0
				for _, err := range steder.All(tx, "") {
					if n++; err != nil {
						return err
					}
				}
				if n != maxLayers {
					t.Errorf("%d records in between", n)
				}
				return put("0", "changed")(tx)
			})
		})
	for i, err := range inOneBatch(t, db, calls...) {
		if err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
	}
	if got := stored(t, db, "s"); len(got) != maxLayers || got["0"] != "changed" {
		t.Errorf("%d records, %q", len(got), got["0"])
	}
	if sizes, err := db.Session("s").Checkpoints(); len(sizes) != 1 || sizes[0].Records != maxLayers || err != nil {
		t.Errorf("%+v, %v", sizes, err)
	}
}
