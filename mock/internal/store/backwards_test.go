package store

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestBackwards: whatever was put and deleted, in this transaction or before, Backwards is All the
// other way round, and From is the end of All.
func TestBackwards(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		session := strings.Repeat("s", run)
		key := rapid.StringOfN(rapid.SampledFrom([]rune{'a', 'b', '/', 'ÿ'}), 1, 6, -1)
		change := func(tx *Tx, label string) error {
			for range rapid.IntRange(0, 200).Draw(t, label) {
				k := key.Draw(t, "key")
				if rapid.IntRange(0, 3).Draw(t, "delete") == 0 {
					if err := steder.Delete(tx, k); err != nil {
						return err
					}
				} else if err := steder.Put(tx, k, strings.Repeat(k, 40)); err != nil { // several pages
					return err
				}
			}
			return nil
		}
		compare := func(tx *Tx) error {
			for _, prefix := range []string{"", "a", "a/", "ÿ", "b/b", "\xff"} {
				var forwards, backwards []Entry[string]
				for e, err := range steder.All(tx, prefix) {
					if err != nil {
						return err
					}
					forwards = append(forwards, e)
				}
				for e, err := range steder.Backwards(tx, prefix) {
					if err != nil {
						return err
					}
					backwards = append(backwards, e)
				}
				slices.Reverse(backwards)
				if diff := cmp.Diff(forwards, backwards); diff != "" {
					t.Fatalf("prefix %q (-All +Backwards):\n%s", prefix, diff)
				}
				var end, from []string
				for e, err := range steder.All(tx, "") {
					if err != nil {
						return err
					}
					if e.Key >= prefix {
						end = append(end, e.Key)
					}
				}
				for e, err := range steder.From(tx, prefix) {
					if err != nil {
						return err
					}
					from = append(from, e.Key)
				}
				if diff := cmp.Diff(end, from); diff != "" {
					t.Fatalf("from %q (-All +From):\n%s", prefix, diff)
				}
			}
			return nil
		}
		if err := db.Session(session).Update(noon, func(tx *Tx) error { return change(tx, "before") }); err != nil {
			t.Fatal(err)
		}
		err := db.Session(session).Update(noon, func(tx *Tx) error {
			if err := change(tx, "within"); err != nil {
				return err
			}
			return compare(tx)
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Session(session).View(context.Background(), noon, compare); err != nil {
			t.Fatal(err)
		}
	})
}

// TestBackwardsWhileWriting: a loop meets each key once, also when it deletes them or puts more
// behind itself.
func TestBackwardsWhileWriting(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	update(t, db, "s", func(tx *Tx) error {
		for _, key := range []string{"a/1", "a/2", "a/3", "a/4", "b/1"} {
			if err := steder.Put(tx, key, key); err != nil {
				return err
			}
		}
		var met []string
		for e, err := range steder.Backwards(tx, "a/") {
			if err != nil {
				return err
			}
			met = append(met, e.Key)
			if err := steder.Delete(tx, e.Key); err != nil {
				return err
			}
			if err := steder.Put(tx, e.Key+"x", "behind"); err != nil {
				return err
			}
		}
		if diff := cmp.Diff([]string{"a/4", "a/3", "a/2", "a/1"}, met); diff != "" {
			t.Errorf("met (-want +got):\n%s", diff)
		}
		return nil
	})
}

// TestPagesThatAreEmptied: a loop also finds what lies before pages of which everything was deleted
// in the same transaction, and ends if that is all pages.
func TestPagesThatAreEmptied(t *testing.T) {
	t.Parallel()
	const records = 400 // some sixty pages
	for name, left := range map[string]func(n int) bool{
		"none":     func(int) bool { return false },
		"first":    func(n int) bool { return n == 0 },
		"last":     func(n int) bool { return n == records-1 },
		"both":     func(n int) bool { return n == 0 || n == records-1 },
		"a middle": func(n int) bool { return n > 150 && n < 160 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := temporary(t)
			key := func(n int) string { return ascending(int64(n)) }
			update(t, db, "s", func(tx *Tx) (err error) {
				for n := range records {
					err = errors.Join(err, steder.Put(tx, key(n), strings.Repeat("v", 500)))
				}
				return err
			})
			update(t, db, "s", func(tx *Tx) error {
				var want []string
				for n := range records {
					if left(n) {
						want = append([]string{key(n)}, want...)
					} else if err := steder.Delete(tx, key(n)); err != nil {
						return err
					}
				}
				for _, prefix := range []string{"", "0"} {
					var got []string
					for e, err := range steder.Backwards(tx, prefix) {
						if err != nil {
							return err
						}
						got = append(got, e.Key)
					}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("prefix %q (-want +got):\n%s", prefix, diff)
					}
				}
				return nil
			})
		})
	}
}
