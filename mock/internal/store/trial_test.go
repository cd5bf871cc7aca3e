package store

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// contents is the simple model of a store: what is stored under session, collection and key.
type contents map[[3]string]string

// keys returns the keys of one collection that begin with prefix, in order.
func (w contents) keys(session, collection, prefix string) []string {
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

// trial is a transaction of random steps, with its end: ok, error or panic. Or it is a change of
// the whole session: checkpoint, restore, delete (of a checkpoint), reset or drop.
type trial struct {
	session     string
	steps       []step
	whole, name string
	end         string
}

// keep is the model of the checkpoints: what a session was, under its name and the checkpoint's.
type keep map[[2]string]contents

// arrange does a change of the whole session in the model, or says that there is no such
// checkpoint.
func (tr trial) arrange(model *contents, kept keep) bool {
	at := [2]string{tr.session, tr.name}
	one := func(at [3]string, _ string) bool { return at[0] == tr.session }
	others := maps.Clone(*model)
	maps.DeleteFunc(others, one)
	old, found := kept[at]
	switch tr.whole {
	case "checkpoint":
		w := maps.Clone(*model)
		maps.DeleteFunc(w, func(at [3]string, v string) bool { return !one(at, v) })
		kept[at] = w
		return true
	case "restore":
		if found {
			maps.Copy(others, old)
			*model = others
		}
		return found
	case "delete":
		delete(kept, at)
		return found
	case "drop":
		maps.DeleteFunc(kept, func(at [2]string, _ contents) bool { return at[0] == tr.session })
	}
	*model = others
	return true
}

// arrangeIn does it in the store. The note of a checkpoint is its name.
func (tr trial) arrangeIn(db *DB) error {
	switch tr.whole {
	case "checkpoint":
		return db.Session(tr.session).Checkpoint(tr.name, noted([]byte(tr.name)))
	case "restore":
		note, err := restore(db, tr.session, tr.name)
		if err == nil && string(note) != tr.name {
			err = fmt.Errorf("restored with note %q, want %q", note, tr.name)
		}
		return err
	case "delete":
		return db.Session(tr.session).DeleteCheckpoint(tr.name)
	case "drop":
		return db.Session(tr.session).Drop()
	}
	return reset(db, tr.session)
}

// size returns the number of records of a session, and the bytes of their keys and of what is
// stored for them.
func (w contents) size(session string) (records int, bytes int64) {
	for at, value := range w {
		if at[0] == session {
			records++
			bytes += int64(len(at[2]) + len(value))
			if _, ok := values(at[1]).typed(); ok {
				bytes += 2 // the quotes
			}
		}
	}
	return records, bytes
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
func (tr trial) run(tx *Tx, model contents, complain func(string, ...any)) error {
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
func (name values) compare(tx *Tx, model contents, session, prefix string, complain func(string, ...any)) error {
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
	if c, ok := name.typed(); ok && err == nil {
		var backwards []string
		for e, err := range c.Backwards(tx, prefix) {
			if err != nil {
				return err
			}
			backwards = append(backwards, e.Key)
		}
		slices.Reverse(backwards)
		if diff := cmp.Diff(keys, backwards); diff != "" {
			complain("Backwards %s %q: %s", name, prefix, diff)
		}
	}
	return err
}

// change writes while it ranges: each entry is deleted or changed, and one put behind it and one
// before.
func (name values) change(tx *Tx, model contents, session string, s step, complain func(string, ...any)) error {
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
