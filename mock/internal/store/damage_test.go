package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sandkasse/mock/internal/store/boltfile"
)

// use opens a file and reads and writes all there is in it. It gives the errors it met, each of
// which must be one line.
func use(t rapid.TB, path string) (errs []error) {
	met := func(err error) {
		if err == nil {
			return
		}
		if strings.ContainsAny(err.Error(), "\n\r") {
			t.Errorf("%q is not one line", err)
		}
		errs = append(errs, err)
	}
	db, err := Open(path, Options{Durability: Async})
	if err != nil {
		met(err)
		return errs
	}
	look := func(tx *Tx) error {
		for e, err := range personer.All(tx, "") {
			met(err)
			_, _, err = personer.Get(tx, e.Key)
			met(err)
		}
		for e, err := range steder.All(tx, "") {
			met(err)
			_, _, err = steder.Get(tx, e.Key)
			met(err)
		}
		for e, err := range filer.All(tx, "") {
			met(err)
			_, _, err = filer.Get(tx, e.Key)
			met(err)
		}
		_, _, err := filer.Get(tx, ascending(25))
		met(err)
		return nil
	}
	change := func(tx *Tx) error {
		for n := range int64(40) {
			met(filer.Delete(tx, ascending(n)))
			met(steder.Put(tx, strings.Repeat("long ", 100)+ascending(n*9), "w"))
		}
		return personer.Put(tx, "kari", person{Navn: "Kari"})
	}
	for _, session := range []string{"default", "another", "layered"} {
		met(db.Session(session).View(context.Background(), noon, look))
		met(db.Session(session).Update(noon, look))
		met(db.Session(session).Update(noon, change))
		met(db.Session(session).View(context.Background(), noon, look))
	}
	_, err = db.Sizes()
	met(err)
	_, err = db.Session("layered").Checkpoints()
	met(err)
	_, err = restore(db, "layered", "kept")
	met(err)
	met(db.Session("layered").View(context.Background(), noon, look))
	met(db.Session("layered").DeleteCheckpoint("kept"))
	met(db.Session("default").Checkpoint("all", noted(nil)))
	met(db.Session("default").Update(noon, change))
	met(reset(db, "default"))
	met(db.Session("another").Drop())
	met(db.Close())
	return errs
}

// Damage that comes while the file is open is met when it is read or written. It harms what lies
// elsewhere only if that shares a commit with a write to it. (A position that leads out of the file
// is not among the damage: whether something of the process is mapped there is chance.)
func TestDamagedLeaf(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		damage func(leaf []byte)
		write  bool // a write is tried too; wild lengths could need as much memory
	}{
		"zeros":              {func(leaf []byte) { clear(leaf) }, true},
		"of another kind":    {func(leaf []byte) { boltfile.Order.PutUint16(leaf[8:], boltfile.BranchPage) }, true},
		"of no kind":         {func(leaf []byte) { boltfile.Order.PutUint16(leaf[8:], boltfile.FreelistPage) }, true},
		"keys without end":   {func(leaf []byte) { garble(leaf, 8, 0xFFFF_FFFF) }, true},
		"values without end": {func(leaf []byte) { garble(leaf, 12, 0x7000_0000) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := image{t, patched(t)}
			path := filepath.Join(t.TempDir(), "data.db")
			if err := os.WriteFile(path, f.data, 0o600); err != nil {
				t.Fatal(err)
			}
			db := opened(t, path, Options{Durability: Async})
			leaf, key := f.leaf(f.root(partitionName(1), "sted"))
			c.damage(f.at(leaf))
			f.write(path, leaf)
			damaged := func(name string, err error) {
				t.Helper()
				if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(),
					`session "default", collection "sted", key "`) {
					t.Errorf("%s: %v", name, err)
				}
			}
			get := func(tx *Tx) error { _, _, err := steder.Get(tx, key); return err }
			all := func(tx *Tx) (last error) {
				for _, err := range steder.All(tx, "") {
					last = err
				}
				return last
			}
			good := func(name string) func(*Tx) error {
				return func(tx *Tx) error { return personer.Put(tx, name, person{Navn: name}) }
			}
			damaged("Get in View", db.Session("default").View(context.Background(), noon, get))
			damaged("All in View", db.Session("default").View(context.Background(), noon, all))
			damaged("Get in Update", db.Session("default").Update(noon, get))
			errs := together(t, db, "default", good("a"), get, good("b"))
			if errs[0] != nil || errs[2] != nil {
				t.Errorf("writes beside a read of damage: %v", errs)
			}
			damaged("Get beside writes", errs[1])
			if c.write {
				damaged("Put", db.Session("default").Update(noon, put(key, "w")))
				damaged("Delete", db.Session("default").Update(noon,
					func(tx *Tx) error { return steder.Delete(tx, key) }))
				errs := together(t, db, "default", good("c"), put(key, "w"), good("d"))
				for i, err := range errs {
					damaged(fmt.Sprint("call ", i, " with a write to damage"), err)
				}
			}
			view(t, db, "default", func(tx *Tx) error {
				for name, want := range map[string]bool{"ola": true, "a": true, "b": true, "c": false, "d": false} {
					if _, found, err := personer.Get(tx, name); found != want || err != nil {
						t.Errorf("%s: found %t, %v", name, found, err)
					}
				}
				return nil
			})
		})
	}
}

// TestADamagedKey: a key of which one byte is another, in a file that is open, is not taken for one
// that is not there; nor are the keys beside it.
func TestADamagedKey(t *testing.T) {
	t.Parallel()
	for _, by := range []byte{1, 0x40, 0x80, 0xFF} {
		for n := range 5 {
			f := image{t, patched(t)}
			path := filepath.Join(t.TempDir(), "data.db")
			if err := os.WriteFile(path, f.data, 0o600); err != nil {
				t.Fatal(err)
			}
			db := opened(t, path, Options{Durability: Async})
			leaf, _ := f.leaf(f.root(partitionName(1), "sted"))
			var keys []string
			page := boltfile.NewPage(leaf, f.at(leaf))
			if err := page.Elements(func(e boltfile.Element) error {
				keys = append(keys, string(e.Key))
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			at := bytes.Index(f.at(leaf), []byte(keys[n]))
			f.at(leaf)[at+len(keys[n])-1-n*120] ^= by // its number, or the text before that
			f.write(path, leaf)
			met := 0
			for _, key := range keys {
				err := db.Session("default").View(context.Background(), noon, func(tx *Tx) error {
					v, found, err := steder.Get(tx, key)
					if err == nil && (!found || v != "v") {
						t.Errorf("key %d changed by %#x: %q is answered %q, %t", n, by, key, v, found)
					}
					return err
				})
				if errors.Is(err, ErrDamaged) {
					met++
				} else if err != nil {
					t.Error(err)
				}
			}
			if met == 0 {
				t.Errorf("key %d changed by %#x: no damage was met", n, by)
			}
		}
	}
}

// The file is cut off while it is open: everything ends with an error, and so does Close.
func TestAFileThatIsCutOffWhileOpen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	if err := os.WriteFile(path, patched(t), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		err := db.Session("default").View(context.Background(), noon, func(*Tx) error { return nil })
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("View: %v", err)
		}
		if err := db.Session("default").Update(noon, put("k", "v")); !errors.Is(err, ErrDamaged) {
			t.Errorf("Update: %v", err)
		}
	}
	if err := db.Close(); !errors.Is(err, ErrDamaged) {
		t.Errorf("Close: %v", err)
	}
}

func TestRandomDamageIsAnErrorOrData(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		data := patched(t)
		pages := len(data) / 4096
		for range rapid.IntRange(1, 20).Draw(t, "bytes") {
			page := rapid.IntRange(0, pages-1).Draw(t, "page")
			at := rapid.OneOf(rapid.IntRange(0, 63), rapid.IntRange(0, 255), rapid.IntRange(0, 4095)).Draw(t, "at")
			data[page*4096+at] = rapid.Byte().Draw(t, "byte")
		}
		path := filepath.Join(folder, "data.db")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		use(t, path)
	})
}

// FuzzDamagedFile sets bytes of the sample: each four bytes of the input are a place and a value.
// Whatever it does, the file is refused, or its use gives errors or data; nothing panics or hangs.
// Every input is checked as Open checks a file; some of those that pass, and fewer of the others, are
// used, which takes milliseconds.
func FuzzDamagedFile(f *testing.F) {
	patch := func(at uint32, value byte) []byte {
		return binary.BigEndian.AppendUint32(nil, at<<8|uint32(value))
	}
	f.Add([]byte{})
	f.Add(patch(0, 1))
	for page := range uint32(40) {
		f.Add(append(patch(page*4096+8, 1), patch(page*4096+24, 7)...))
	}
	sound, path := patched(f), filepath.Join(f.TempDir(), "checked.db")
	file, err := os.Create(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { file.Close() })
	if _, err := file.Write(sound); err != nil {
		f.Fatal(err)
	}
	const maxPatches, sound1in, damaged1in = 16, 8, 64
	f.Fuzz(func(t *testing.T, patches []byte) {
		var sum byte
		data := bytes.Clone(sound)
		for n := 0; len(patches) >= 4 && n < maxPatches; n++ {
			p := binary.BigEndian.Uint32(patches)
			at := int(p>>8) % len(data)
			data[at] = byte(p)
			sum += byte(p) + byte(p>>8)
			patches = patches[4:]
			if _, err := file.WriteAt(data[at:at+1], int64(at)); err != nil {
				t.Fatal(err)
			}
			defer file.WriteAt(sound[at:at+1], int64(at))
		}
		_, err := checkFile(file, maxWholeCheck)
		if err != nil && strings.ContainsAny(err.Error(), "\n\r") {
			t.Errorf("%q is not one line", err)
		}
		if err == nil && sum%sound1in != 0 || err != nil && sum%damaged1in != 0 {
			return
		}
		used := filepath.Join(t.TempDir(), "data.db")
		if err := os.WriteFile(used, data, 0o600); err != nil {
			t.Fatal(err)
		}
		use(t, used)
	})
}
