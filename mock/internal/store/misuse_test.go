package store

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestMisuseIsAnError(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	var kept *Tx
	update(t, db, "s", func(tx *Tx) error { kept = tx; return steder.Put(tx, "k", "v") })
	nothing := func(*Tx) error { t.Error("the function was run"); return nil }
	inUpdate := func(fn func(*Tx) error) error { return db.Session("s").Update(noon, fn) }
	inView := func(fn func(*Tx) error) error { return db.Session("s").View(context.Background(), noon, fn) }
	all := func(tx *Tx) (last error) {
		for _, err := range steder.All(tx, "") {
			last = err
		}
		return last
	}
	_, _, ended := steder.Get(kept, "k")
	for name, c := range map[string]struct {
		err  error
		is   error
		text string
	}{
		"no session in Update": {db.Session("").Update(noon, nothing), errSession, "needs a name"},
		"no session in View":   {db.Session("").View(context.Background(), noon, nothing), errSession, "needs a name"},
		"the store's own name": {db.Session(metaBucket).Update(noon, nothing), errSession, "zero byte"},
		"Put in a View": {
			inView(func(tx *Tx) error { return steder.Put(tx, "k", "w") }), ErrReadOnly,
			"Update",
		},
		"Put of blobs in a View": {
			inView(func(tx *Tx) error { return filer.Put(tx, "k", nil) }), ErrReadOnly,
			"Update",
		},
		"Delete in a View": {
			inView(func(tx *Tx) error { return steder.Delete(tx, "k") }), ErrReadOnly,
			"Update",
		},
		"Get after the end": {ended, errEnded, "ended"},
		"Put after the end": {steder.Put(kept, "k", "w"), errEnded, "ended"},
		"All after the end": {all(kept), errEnded, "ended"},
		"empty key": {
			inUpdate(func(tx *Tx) error { return steder.Put(tx, "", "v") }), nil,
			`collection "sted": a key has 1 to 32768 bytes, this one has 0`,
		},
		"long key": {
			inUpdate(func(tx *Tx) error { return steder.Put(tx, strings.Repeat("k", 32769), "v") }), nil, "32769",
		},
		"collection without a name": {
			inUpdate(func(tx *Tx) error { return Blobs{}.Put(tx, "k", nil) }), nil,
			"NewBlobs",
		},
		"what JSON cannot hold": {
			inUpdate(func(tx *Tx) error { return NewCollection[func()]("f").Put(tx, "k", nil) }), nil,
			`collection "f", key "k"`,
		},
		"another type": {inView(func(tx *Tx) error {
			_, _, err := NewCollection[int]("sted").Get(tx, "k")
			return err
		}), nil, `session "s", collection "sted", key "k": what is stored cannot be read as int`},
	} {
		if c.err == nil || c.is != nil && !errors.Is(c.err, c.is) || !strings.Contains(c.err.Error(), c.text) {
			t.Errorf("%s: %v", name, c.err)
		}
	}
	view(t, db, "s", func(tx *Tx) error {
		if got, _, err := steder.Get(tx, "k"); got != "v" || err != nil {
			t.Errorf("what was stored is now %q, %v", got, err)
		}
		return nil
	})
}
