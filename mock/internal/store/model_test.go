package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"
)

func trials() *rapid.Generator[trial] {
	// Few short keys, so that they meet; long values, so that pages overflow; many keys, so that
	// trees grow.
	key := rapid.OneOf(
		rapid.StringMatching(`[ab]{1,3}`),
		rapid.Map(rapid.IntRange(0, 3000), func(n int) string {
			return fmt.Sprintf("key %04d of thirty-six characters long", n)
		}),
	)
	value := rapid.Map(rapid.OneOf(rapid.IntRange(0, 40), rapid.IntRange(0, 12_000)),
		func(n int) string { return strings.Repeat("v", n) })
	one := rapid.Custom(func(t *rapid.T) step {
		s := step{
			act: rapid.SampledFrom([]string{"put", "put", "put", "get", "delete", "all", "change all"}).Draw(t,
				"act"),
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
			session: rapid.SampledFrom(sessions).Draw(t, "session"),
			steps:   rapid.SliceOfN(one, 0, 12).Draw(t, "steps"),
			end:     rapid.SampledFrom([]string{"ok", "ok", "ok", "error", "panic"}).Draw(t, "end"),
		}
		if rapid.IntRange(0, 9).Draw(t, "many") == 0 { // a tree of several levels, or its end
			act := rapid.SampledFrom([]string{"put", "delete"}).Draw(t, "act")
			for n := range 120 {
				tr.steps = append(tr.steps, step{
					act, "record 1",
					fmt.Sprintf("key %04d of thirty-six characters long", n*25), strings.Repeat("v", 100),
				})
			}
		}
		return tr
	})
}

var sessions = []string{"default", "another", "\u00e5"}

// arrangements returns trials that keep, bring back and empty sessions.
func arrangements() *rapid.Generator[trial] {
	return rapid.Custom(func(t *rapid.T) trial {
		return trial{
			session: rapid.SampledFrom(sessions).Draw(t, "session"),
			whole: rapid.SampledFrom([]string{
				"reset", "drop", "checkpoint", "checkpoint", "checkpoint", "restore",
				"restore", "delete",
			}).Draw(t, "whole"),
			name: rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "name"),
			end:  "ok",
		}
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
			if err := whole(db.bolt); err != nil {
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
		model, kept := contents{}, keep{}
		play := func(trials []trial) {
			calls, done := make([]func() error, len(trials)), 0
			rearrange := func(upTo int) { // what a trial meets is what those before it left
				for ; done < upTo; done++ {
					if tr := trials[done]; tr.whole != "" && !tr.arrange(&model, kept) {
						trials[done].end = "no checkpoint"
					}
				}
			}
			for i, tr := range trials {
				calls[i] = func() error {
					return db.Session(tr.session).Update(noon, func(tx *Tx) error {
						rearrange(i)
						after := maps.Clone(model)
						err := tr.run(tx, after, t.Errorf)
						if err == nil {
							model = after
						}
						return err
					})
				}
				if tr.whole != "" {
					calls[i] = func() error { return tr.arrangeIn(db) }
				}
			}
			var errs []error
			if len(calls) == 1 {
				errs = []error{calls[0]()}
			} else {
				errs = inOneBatch(t, db, calls...)
			}
			rearrange(len(trials))
			for i, tr := range trials {
				switch err := errs[i]; {
				case tr.end == "ok" && err != nil, tr.end == "no checkpoint" && !errors.Is(err, ErrNoCheckpoint),
					(tr.end == "error" || tr.end == "panic") && !errors.Is(err, errWanted):
					t.Fatalf("a call (%s) that ends with %s: %v", tr.whole, tr.end, err)
				}
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"one":     func(t *rapid.T) { play([]trial{trials().Draw(t, "trial")}) },
			"arrange": func(t *rapid.T) { play([]trial{arrangements().Draw(t, "arrangement")}) },
			"together": func(t *rapid.T) {
				play(rapid.SliceOfN(rapid.OneOf(trials(), trials(), arrangements()), 2, 6).Draw(t, "trials"))
			},
			"reopen": func(t *rapid.T) {
				if rapid.IntRange(0, 4).Draw(t, "seldom") == 0 { // it is slow
					end()
					open()
				}
			},
			"tidy": func(t *rapid.T) {
				if rapid.IntRange(0, 4).Draw(t, "seldom") == 0 {
					tidied(t, db)
				}
			},
			"": func(t *rapid.T) {
				for _, session := range append(sessions, "never") {
					err := db.Session(session).View(context.Background(), noon, func(tx *Tx) error {
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
				compareSizes(t, db, model, kept)
			},
		})
	})
}

// compareSizes compares the sizes of sessions and checkpoints that the store reports with the model.
func compareSizes(t *rapid.T, db *DB, model contents, kept keep) {
	t.Helper()
	has, err := db.Sizes()
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[string]SessionSize{}
	for _, s := range has {
		sizes[s.Name] = s
	}
	for _, session := range sessions {
		records, bytes := model.size(session)
		if got := sizes[session]; got.Records != records || got.Bytes != bytes {
			t.Errorf("session %q has size %+v, want %d records, %d bytes", session, got, records, bytes)
		}
		var want []Checkpoint
		for _, name := range []string{"a", "b", "c", "d"} {
			if w, found := kept[[2]string{session, name}]; found {
				records, bytes := w.size(session)
				want = append(want, Checkpoint{name, records, bytes, []byte(name)})
			}
		}
		got, err := db.Session(session).Checkpoints()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("checkpoints of session %q (-want +got):\n%s", session, diff)
		}
	}
}

// whole runs bbolt's own check of the whole file. Its transaction could write, as bbolt's list of
// free pages is that of the last commit only while none is made.
func whole(db *bolt.DB) error {
	tx, err := db.Begin(true)
	if err != nil {
		return err
	}
	for e := range tx.Check() {
		err = errors.Join(err, e)
	}
	return errors.Join(err, tx.Rollback())
}
