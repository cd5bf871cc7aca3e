package store

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"
)

type person struct {
	Navn  string
	Alder int            `json:",omitempty"`
	Tid   time.Time      `json:",omitzero"`
	Annet map[string]any `json:",omitempty"`
}

var (
	personer = NewCollection[person]("person")
	steder   = NewCollection[string]("sted")
	filer    = NewBlobs("fil")

	noon = time.Date(2031, 2, 3, 12, 0, 0, 0, time.UTC)
)

// opened opens a data file, and closes it after the test if the test has not.
func opened(t testing.TB, path string, o Options) *DB {
	t.Helper()
	db, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	closedAfter(t, db)
	return db
}

// temporary opens a new store that is closed after the test.
func temporary(t testing.TB) *DB {
	t.Helper()
	db, err := OpenTemporary()
	if err != nil {
		t.Fatal(err)
	}
	closedAfter(t, db)
	return db
}

func closedAfter(t testing.TB, db *DB) {
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
}

func put(key, value string) func(*Tx) error {
	return func(tx *Tx) error { return steder.Put(tx, key, value) }
}

// stored returns all that steder holds.
func stored(t testing.TB, db *DB, session string) map[string]string {
	t.Helper()
	all := map[string]string{}
	view(t, db, session, func(tx *Tx) error {
		for e, err := range steder.All(tx, "") {
			if err != nil {
				return err
			}
			all[e.Key] = e.Value
		}
		return nil
	})
	return all
}

func update(t testing.TB, db *DB, session string, fn func(*Tx) error) {
	t.Helper()
	if err := db.Session(session).Update(noon, fn); err != nil {
		t.Fatal(err)
	}
}

func view(t testing.TB, db *DB, session string, fn func(*Tx) error) {
	t.Helper()
	if err := db.Session(session).View(context.Background(), noon, fn); err != nil {
		t.Fatal(err)
	}
}

// commits returns the number of commits to the file.
func commits(db *DB) (n int) {
	if err := db.bolt.View(func(tx *bolt.Tx) error { n = tx.ID(); return nil }); err != nil {
		panic(err)
	}
	return n
}

func TestRecordsComeBackAsTheyWerePut(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	put := person{"Ola <&> Norm\u00e5n", 44, noon, map[string]any{"a": []any{1.5, "to", nil}}}
	update(t, db, "s", func(tx *Tx) error {
		if !tx.Now.Equal(noon) {
			t.Errorf("Now is %s, want %s", tx.Now, noon)
		}
		if _, found, err := personer.Get(tx, "ola"); found || err != nil {
			t.Errorf("before Put: found %t, %v", found, err)
		}
		if err := personer.Put(tx, "ola", put); err != nil {
			return err
		}
		got, found, err := personer.Get(tx, "ola")
		if diff := cmp.Diff(put, got); !found || diff != "" {
			t.Errorf("in the same transaction: found %t, %v, %s", found, err, diff)
		}
		return nil
	})
	view(t, db, "s", func(tx *Tx) error {
		got, found, err := personer.Get(tx, "ola")
		if diff := cmp.Diff(put, got); !found || diff != "" {
			t.Errorf("afterwards: found %t, %v, %s", found, err, diff)
		}
		return nil
	})
	update(t, db, "s", func(tx *Tx) error {
		return errors.Join(personer.Delete(tx, "ola"),
			personer.Delete(tx, "kari"))
	})
	view(t, db, "s", func(tx *Tx) error {
		if got, found, err := personer.Get(tx, "ola"); found || err != nil || !cmp.Equal(got, person{}) {
			t.Errorf("after Delete: %v, found %t, %v", got, found, err)
		}
		return nil
	})
}

func TestBlobsAreCopies(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	mine := []byte("as it was")
	update(t, db, "s", func(tx *Tx) error {
		if err := errors.Join(filer.Put(tx, "a", mine), filer.Put(tx, "empty", nil)); err != nil {
			return err
		}
		copy(mine, "something")
		return nil
	})
	for range 2 { // the second time sees whether the first could change it
		view(t, db, "s", func(tx *Tx) error {
			got, found, err := filer.Get(tx, "a")
			if string(got) != "as it was" || !found || err != nil {
				t.Errorf("got %q, found %t, %v", got, found, err)
			}
			copy(got, "XXXXXXXXX")
			got, found, err = filer.Get(tx, "empty")
			if len(got) != 0 || !found || err != nil {
				t.Errorf("empty: got %q, found %t, %v", got, found, err)
			}
			return nil
		})
	}
}

func TestSessionsAreApart(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	for _, s := range []string{"a", "b"} {
		update(t, db, s, func(tx *Tx) error { return steder.Put(tx, "hvor", "hos "+s) })
	}
	for s, want := range map[string]string{"a": "hos a", "b": "hos b", "c": ""} {
		view(t, db, s, func(tx *Tx) error {
			got, found, err := steder.Get(tx, "hvor")
			if got != want || found != (want != "") || err != nil {
				t.Errorf("session %s: got %q, found %t, %v", s, got, found, err)
			}
			return nil
		})
	}
}

func TestAllIsInOrderAndCanBeStopped(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	update(t, db, "s", func(tx *Tx) error {
		for _, k := range []string{"b/2", "a", "b/10", "c", "b", "b/1", "\xff", "\u00e5"} {
			if err := errors.Join(steder.Put(tx, k, "v"+k), filer.Put(tx, k, []byte("f"+k))); err != nil {
				return err
			}
		}
		return nil
	})
	view(t, db, "s", func(tx *Tx) error {
		for prefix, want := range map[string][]string{
			"":    {"a", "b", "b/1", "b/10", "b/2", "c", "\u00e5", "\xff"},
			"b/":  {"b/1", "b/10", "b/2"},
			"b/2": {"b/2"},
			"d":   nil,
		} {
			var keys, blobs []string
			for e, err := range steder.All(tx, prefix) {
				if err != nil || e.Key[0] != '\xff' && e.Value != "v"+e.Key {
					t.Errorf("%q: %q, %v", e.Key, e.Value, err)
				}
				keys = append(keys, e.Key)
			}
			for e, err := range filer.All(tx, prefix) {
				if err != nil || string(e.Value) != "f"+e.Key {
					t.Errorf("%q: %q, %v", e.Key, e.Value, err)
				}
				blobs = append(blobs, e.Key)
			}
			if diff := cmp.Diff(want, keys); diff != "" {
				t.Errorf("prefix %q: %s", prefix, diff)
			}
			if diff := cmp.Diff(want, blobs); diff != "" {
				t.Errorf("blobs, prefix %q: %s", prefix, diff)
			}
		}
		seen := 0
		for range steder.All(tx, "") {
			if seen++; seen == 2 {
				break
			}
		}
		if seen != 2 {
			t.Errorf("stopped after %d", seen)
		}
		return nil
	})
}

func TestViewSeesOneStateThroughout(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	update(t, db, "s", func(tx *Tx) error { return steder.Put(tx, "k", "first") })
	view(t, db, "s", func(tx *Tx) error {
		done := make(chan error)
		go func() {
			done <- db.Session("s").Update(noon, func(tx *Tx) error { return steder.Put(tx, "k", "second") })
		}()
		if err := <-done; err != nil {
			return err
		}
		if got, _, err := steder.Get(tx, "k"); got != "first" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		return nil
	})
	view(t, db, "s", func(tx *Tx) error {
		if got, _, err := steder.Get(tx, "k"); got != "second" || err != nil {
			t.Errorf("afterwards got %q, %v", got, err)
		}
		return nil
	})
}
