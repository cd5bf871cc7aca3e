package store

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"
)

func trials() *rapid.Generator[trial] {
	// Few short keys, so that they meet; long values, so that pages overflow; many keys, so that trees grow.
	key := rapid.OneOf(
		rapid.StringMatching(`[ab]{1,3}`),
		rapid.Map(rapid.IntRange(0, 3000), func(n int) string { return fmt.Sprintf("key %04d of thirty-six characters long", n) }),
	)
	value := rapid.Map(rapid.OneOf(rapid.IntRange(0, 40), rapid.IntRange(0, 12_000)), func(n int) string { return strings.Repeat("v", n) })
	one := rapid.Custom(func(t *rapid.T) step {
		s := step{
			act:        rapid.SampledFrom([]string{"put", "put", "put", "get", "delete", "all", "change all"}).Draw(t, "act"),
			collection: rapid.SampledFrom([]string{"record 1", "record 2", "blob 1", "blob 2"}).Draw(t, "collection"),
			key:        key.Draw(t, "key"),
			value:      value.Draw(t, "value"),
		}
		if s.act == "all" {
			s.key = rapid.SampledFrom([]string{"", "a", "key 0", "key 01"}).Draw(t, "prefix")
		}
		return s
	})
	return rapid.Custom(func(t *rapid.T) trial {
		tr := trial{
			session: rapid.SampledFrom([]string{"default", "another", "\u00e5"}).Draw(t, "session"),
			steps:   rapid.SliceOfN(one, 0, 12).Draw(t, "steps"),
			end:     rapid.SampledFrom([]string{"ok", "ok", "ok", "error", "panic"}).Draw(t, "end"),
		}
		if rapid.IntRange(0, 9).Draw(t, "many") == 0 { // a tree of several levels, or its end
			act := rapid.SampledFrom([]string{"put", "delete"}).Draw(t, "act")
			for n := range 120 {
				tr.steps = append(tr.steps, step{act, "record 1", fmt.Sprintf("key %04d of thirty-six characters long", n*25), strings.Repeat("v", 100)})
			}
		}
		return tr
	})
}

func TestTheStoreIsTheModel(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		path := filepath.Join(folder, "data.db")
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		var db *DB
		generation := uint64(0)
		open := func() {
			var err error
			if db, err = Open(path, Options{Durability: Async}); err != nil {
				t.Fatal(err)
			}
			if generation++; db.Generation() != generation {
				t.Fatalf("generation %d, want %d", db.Generation(), generation)
			}
		}
		end := func() {
			if err := db.bolt.View(whole); err != nil {
				t.Errorf("the file is not whole: %v", err)
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
			if err := checked(path, 0); err != nil { // as a large file is checked; Open checks this one whole
				t.Error(err)
			}
		}
		open()
		defer end()
		model := world{}
		play := func(trials []trial) {
			fns := make([]func(*Tx) error, len(trials))
			for i, tr := range trials {
				fns[i] = func(tx *Tx) error {
					tx.session = tr.session // so that sessions are mixed in one batch
					after := maps.Clone(model)
					err := tr.run(tx, after, t.Errorf)
					if err == nil {
						model = after
					}
					return err
				}
			}
			var errs []error
			if len(fns) == 1 {
				errs = []error{db.Update(trials[0].session, noon, fns[0])}
			} else {
				errs = together(t, db, "default", fns...)
			}
			for i, tr := range trials {
				if (tr.end == "ok") != (errs[i] == nil) || errs[i] != nil && !errors.Is(errs[i], errWanted) {
					t.Fatalf("a call that ends with %s: %v", tr.end, errs[i])
				}
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"one":      func(t *rapid.T) { play([]trial{trials().Draw(t, "trial")}) },
			"together": func(t *rapid.T) { play(rapid.SliceOfN(trials(), 2, 6).Draw(t, "trials")) },
			"reopen": func(t *rapid.T) {
				if rapid.IntRange(0, 4).Draw(t, "seldom") == 0 { // it is slow
					end()
					open()
				}
			},
			"": func(t *rapid.T) {
				for _, session := range []string{"default", "another", "\u00e5", "never"} {
					err := db.View(session, noon, func(tx *Tx) error {
						for _, name := range []values{"record 1", "record 2", "blob 1", "blob 2", "never"} {
							if err := name.compare(tx, model, session, "", t.Errorf); err != nil {
								return err
							}
						}
						return nil
					})
					if err != nil {
						t.Fatal(err)
					}
				}
			},
		})
	})
}

// whole is bbolt's own check of the whole file.
func whole(tx *bolt.Tx) (err error) {
	for e := range tx.Check() {
		err = errors.Join(err, e)
	}
	return err
}
