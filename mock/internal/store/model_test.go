package store

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"
)

// world is the simple model of a store: what is stored under session, collection and key.
type world map[[3]string]string

// keys are those of one collection that begin with prefix, in order.
func (w world) keys(session, collection, prefix string) []string {
	var keys []string
	for at := range w {
		if at[0] == session && at[1] == collection && strings.HasPrefix(at[2], prefix) {
			keys = append(keys, at[2])
		}
	}
	slices.Sort(keys)
	return keys
}

// step is one act of a transaction.
type step struct {
	act             string
	collection, key string
	value           string
}

var errWanted = errors.New("an error that was asked for")

// trial is a transaction of random steps, with its end: ok, error or panic.
type trial struct {
	session string
	steps   []step
	end     string
}

// values keep records and blobs alike: the collections named record hold records, the others blobs.
type values string

func (name values) typed() (Collection[string], bool) {
	return NewCollection[string](string(name)), strings.HasPrefix(string(name), "record")
}

func (name values) get(tx *Tx, key string) (string, bool, error) {
	if c, ok := name.typed(); ok {
		return c.Get(tx, key)
	}
	b, found, err := NewBlobs(string(name)).Get(tx, key)
	return string(b), found, err
}

func (name values) put(tx *Tx, key, value string) error {
	if c, ok := name.typed(); ok {
		return c.Put(tx, key, value)
	}
	return NewBlobs(string(name)).Put(tx, key, []byte(value))
}

func (name values) delete(tx *Tx, key string) error {
	if c, ok := name.typed(); ok {
		return c.Delete(tx, key)
	}
	return NewBlobs(string(name)).Delete(tx, key)
}

// all visits the entries in order until visit says stop.
func (name values) all(tx *Tx, prefix string, visit func(key, value string) (more bool)) error {
	if c, ok := name.typed(); ok {
		for e, err := range c.All(tx, prefix) {
			if err != nil {
				return err
			}
			if !visit(e.Key, e.Value) {
				return nil
			}
		}
		return nil
	}
	for e, err := range NewBlobs(string(name)).All(tx, prefix) {
		if err != nil {
			return err
		}
		if !visit(e.Key, string(e.Value)) {
			return nil
		}
	}
	return nil
}

// run does the steps in tx and in the model, and complains of the first difference.
func (tr trial) run(tx *Tx, model world, complain func(string, ...any)) error {
	for _, s := range tr.steps {
		name, at := values(s.collection), [3]string{tr.session, s.collection, s.key}
		var err error
		switch s.act {
		case "put":
			err = name.put(tx, s.key, s.value)
			model[at] = s.value
		case "delete":
			err = name.delete(tx, s.key)
			delete(model, at)
		case "get":
			var got string
			var found bool
			got, found, err = name.get(tx, s.key)
			if want, has := model[at]; got != want || found != has {
				complain("Get %q: %d bytes, %t, want %d bytes, %t", at, len(got), found, len(want), has)
			}
		case "all":
			err = name.compare(tx, model, tr.session, s.key, complain)
		case "change all":
			err = name.change(tx, model, tr.session, s, complain)
		}
		if err != nil {
			complain("%s %q: %v", s.act, at, err)
		}
	}
	switch tr.end {
	case "error":
		return errWanted
	case "panic":
		panic(errWanted)
	}
	return nil
}

// compare compares all of a prefix with the model.
func (name values) compare(tx *Tx, model world, session, prefix string, complain func(string, ...any)) error {
	var keys []string
	err := name.all(tx, prefix, func(key, value string) bool {
		keys = append(keys, key)
		if want := model[[3]string{session, string(name), key}]; value != want {
			complain("All %s %q: value of %d bytes, want %d", name, key, len(value), len(want))
		}
		return true
	})
	if diff := cmp.Diff(model.keys(session, string(name), prefix), keys); diff != "" {
		complain("All %s %q: %s", name, prefix, diff)
	}
	return err
}

// change writes while it ranges: each entry is deleted or changed, and one put behind it and one before.
func (name values) change(tx *Tx, model world, session string, s step, complain func(string, ...any)) error {
	place := func(key string) [3]string { return [3]string{session, string(name), key} }
	left := model.keys(session, string(name), "")
	var failed error
	err := name.all(tx, "", func(key, value string) bool {
		if len(left) == 0 || key != left[0] {
			complain("All %s while it changes: at %q, want one of %q", name, key, left)
			return false
		}
		left = left[1:]
		behind, before := key+"+", "!"+key
		switch {
		case len(key)%3 == 0:
			failed = errors.Join(failed, name.delete(tx, key))
			delete(model, place(key))
		case len(key) < 8:
			failed = errors.Join(failed, name.put(tx, behind, s.value), name.put(tx, before, s.value))
			if _, found := slices.BinarySearch(left, behind); !found {
				left = append(left, behind)
				slices.Sort(left)
			}
			model[place(behind)], model[place(before)] = s.value, s.value
		}
		return true
	})
	if len(left) > 0 {
		complain("All %s while it changes: missed %q", name, left)
	}
	return errors.Join(err, failed)
}

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
