package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"
)

// tidied waits until there is nothing to tidy.
func tidied(t rapid.TB, db *DB) {
	t.Helper()
	for start := time.Now(); ; runtime.Gosched() {
		var g compaction
		err := db.Session("tidied").Update(noon, func(tx *Tx) error { g = tx.batch.db.compaction; return nil })
		if err != nil {
			t.Fatal(err)
		}
		if g.failed {
			t.Fatal("tidying met an error")
		}
		if !g.due() {
			return
		}
		if time.Since(start) > 20*time.Second {
			t.Fatalf("there is still something to tidy: %+v", g)
		}
	}
}

// partitions returns the partitions that the file has.
func partitions(t testing.TB, db *DB) (list []string) {
	t.Helper()
	err := db.viewDirectory(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, _ *bolt.Bucket) error {
			if isPartition(string(name)) {
				list = append(list, string(name))
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// used returns the number of bytes of the file that are or were in use.
func used(t testing.TB, db *DB) (size int64) {
	t.Helper()
	if err := db.viewDirectory(func(tx *bolt.Tx) error { size = tx.Size(); return nil }); err != nil {
		t.Fatal(err)
	}
	return size
}

// fill stores records of some 4 kB under ascending keys.
func fill(records int) func(*Tx) error {
	return func(tx *Tx) error {
		for n := range records {
			if err := filer.Put(tx, ascending(int64(n)), dokument); err != nil {
				return err
			}
		}
		return nil
	}
}

// TestTheFileDoesNotGrow: what is reset makes room for what comes, whether it is more or less than
// what is kept ahead.
func TestTheFileDoesNotGrow(t *testing.T) {
	t.Parallel()
	for _, records := range []int{500, 4000} {
		t.Run(fmt.Sprint(records), func(t *testing.T) {
			t.Parallel()
			db := temporary(t)
			first := int64(0)
			for round := range 8 {
				for range 10 {
					update(t, db, "s", fill(records/10)) // the same keys, to have free pages between
				}
				update(t, db, "s", fill(records))
				if round == 0 {
					first = used(t, db)
				}
				if err := reset(db, "s"); err != nil {
					t.Fatal(err)
				}
				tidied(t, db)
			}
			if last := used(t, db); last > 3*first {
				t.Errorf("the file has %d bytes after the first round and %d after the last", first, last)
			}
		})
	}
}

// TestTidyingGoesOn: Close does not wait until everything is tidied, and the next opening goes on
// with it.
func TestTidyingGoesOn(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	db := opened(t, path, Options{Durability: Async})
	const records = 1500
	update(t, db, "gone", fill(records))
	update(t, db, "folded", fill(1))
	if err := db.Session("folded").Checkpoint("c", noted(nil)); err != nil {
		t.Fatal(err)
	}
	update(t, db, "folded", fill(records))
	update(t, db, "folded", func(tx *Tx) error { return filer.Delete(tx, ascending(0)) })
	errs := inOneBatch(t, db,
		func() error { return reset(db, "gone") },
		func() error { return db.Session("folded").DeleteCheckpoint("c") })
	if err := errors.Join(append(errs, db.Close())...); err != nil {
		t.Fatal(err)
	}
	for openings := 1; ; openings++ {
		db = opened(t, path, Options{Durability: Async})
		if got := len(partitions(t, db)); got == 1 {
			break
		}
		if openings == 100 {
			t.Fatal("there is still something to tidy")
		}
		for range compactEvery { // so that one piece at least is done
			update(t, db, "other", func(*Tx) error { return nil })
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if err := checked(path, 1<<40); err != nil {
			t.Fatal(err)
		}
	}
	tidied(t, db)
	n := 0
	view(t, db, "folded", func(tx *Tx) error {
		for _, err := range filer.All(tx, "") {
			if n++; err != nil {
				return err
			}
		}
		return nil
	})
	if n != records-1 {
		t.Errorf("%d records, want %d", n, records-1)
	}
	sizes, err := db.Sizes()
	size := int64((records - 1) * (len(dokument) + len(ascending(0))))
	if diff := cmp.Diff([]SessionSize{{"folded", records - 1, size}, {"gone", 0, 0}}, sizes); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if err := whole(db.bolt); err != nil {
		t.Error(err)
	}
}

// TestFoldable: of two neighbours the lower can be taken into if nothing but the upper needs it.
func TestFoldable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		chains []layerStack
		want   string
	}{
		{[]layerStack{{"a"}}, ""},
		{[]layerStack{{"b", "a"}}, "b a"},
		{[]layerStack{{"b", "a"}, {"a"}}, ""},
		{[]layerStack{{"c", "a"}, {"b", "a"}}, ""},
		{[]layerStack{{"c", "b", "a"}, {"a"}}, "c b"},
		{[]layerStack{{"c", "b", "a"}, {"b", "a"}}, "b a"},
		{[]layerStack{{"d"}, {"c", "b", "a"}, {"b", "a"}}, "b a"},
		{[]layerStack{{"d", "b", "a"}, {"c", "b", "a"}, {"a"}}, ""},
		{[]layerStack{{"d", "b", "a"}, {"c", "a"}}, "d b"},
	} {
		upper, lower, found := mergeable(c.chains)
		if got := strings.TrimSpace(upper + " " + lower); got != c.want || found != (c.want != "") {
			t.Errorf("%q: %q, %t, want %q", c.chains, got, found, c.want)
		}
	}
}
