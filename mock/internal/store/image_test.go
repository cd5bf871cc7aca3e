package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"sandkasse/mock/internal/store/boltfile"
)

// sample is a small data file of every kind of page: trees of one, two and three levels, pages that
// overflow, buckets that lie in their parent's page, layers, free pages.
var sample = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "sandkasse-test-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "data.db")
	db, err := Open(path, Options{Durability: Async})
	if err != nil {
		return nil, err
	}
	fill := func(from, to int) func(*Tx) error {
		return func(tx *Tx) error {
			for n := from; n < to; n++ {
				if err := steder.Put(tx, strings.Repeat("long ", 100)+ascending(int64(n)), "v"); err != nil {
					return err
				}
			}
			return nil
		}
	}
	var size int64
	err = errors.Join(
		db.Session("default").Update(noon, fill(0, 300)),
		db.Session("default").Update(noon, func(tx *Tx) error {
			for n := range 30 {
				if err := errors.Join(filer.Put(tx, ascending(int64(n)), bytes.Repeat([]byte{'f'}, n*400)),
					filer.Put(tx, "no "+ascending(int64(n)), nil)); err != nil {
					return err
				}
			}
			return personer.Put(tx, "ola", person{Navn: "Ola"})
		}),
		db.Session("another").Update(noon, func(tx *Tx) error { return steder.Put(tx, "k", "v") }),
		db.Session("default").Update(noon, func(tx *Tx) error {
			for n := range 20 {
				if err := filer.Delete(tx, ascending(int64(n))); err != nil {
					return err
				}
			}
			return nil
		}),
		db.Session("layered").Update(noon, fill(0, 20)),
		db.Session("layered").Checkpoint("kept", noted([]byte("note"))),
		db.Session("layered").Update(noon, func(tx *Tx) error {
			return errors.Join(fill(15, 30)(tx), steder.Delete(tx, strings.Repeat("long ", 100)+ascending(3)))
		}),
		db.bolt.View(func(tx *bolt.Tx) error { size = tx.Size(); return nil }),
		db.Close())
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	return data[:min(size, int64(len(data)))], err
})

// patched returns the sample, to be damaged.
func patched(t rapid.TB) []byte {
	data, err := sample()
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(data)
}

// image is a data file as bytes, with the ways into it that the damage below needs.
type image struct {
	*testing.T
	data []byte
}

func (f image) meta() boltfile.Meta {
	f.Helper()
	m, err := boltfile.ReadMeta(bytes.NewReader(f.data))
	if err != nil {
		f.Fatal(err)
	}
	return m
}

// at returns the bytes of a page.
func (f image) at(id uint64) []byte {
	size := f.meta().PageSize
	return f.data[id*size : (id+1)*size]
}

// root returns the root page of the bucket at a path.
func (f image) root(path ...string) uint64 {
	f.Helper()
	id := f.meta().Root
	for _, name := range path {
		found := uint64(0)
		err := boltfile.NewPage(id, f.at(id)).Elements(func(e boltfile.Element) error {
			if string(e.Key) == name {
				found = boltfile.Order.Uint64(e.Value)
			}
			return nil
		})
		if err != nil || found == 0 {
			f.Fatalf("no page of its own for %q in page %d: %v", name, id, err)
		}
		id = found
	}
	return id
}

// child returns the page that an entry of a branch page points at.
func (f image) child(id uint64, i int) uint64 { return boltfile.Order.Uint64(f.element(id, i)[8:]) }

// leaf returns a leaf of the tree at root, not its first, and a key in it.
func (f image) leaf(root uint64) (id uint64, key string) {
	for id = root; boltfile.NewPage(id, f.at(id)).Flags == boltfile.BranchPage; id = f.child(id, 1) {
	}
	err := boltfile.NewPage(id, f.at(id)).Elements(func(e boltfile.Element) error { key = string(e.Key); return nil })
	if err != nil {
		f.Fatal(err)
	}
	return id, key
}

// element returns the bytes of the head of an entry.
func (f image) element(id uint64, i int) []byte {
	return f.at(id)[boltfile.PageHeader+i*boltfile.ElementSize:][:boltfile.ElementSize]
}

// rename gives a bucket of the file another name of the same length, which must stand in the same
// place in their order.
func (f image) rename(from, to string) {
	f.Helper()
	f.replace([]byte(from), []byte(to))
}

// replace overwrites, from their beginning on, the first of these bytes in the root page, where the
// small buckets lie too.
func (f image) replace(from, to []byte) {
	f.Helper()
	root := f.at(f.meta().Root)
	at := bytes.Index(root, from)
	if at < 0 {
		f.Fatalf("%q is not in the root page", from)
	}
	copy(root[at:], to)
}

// write writes a page to the file, which may be open.
func (f image) write(path string, id uint64) {
	f.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		f.Fatal(err)
	}
	_, err = file.WriteAt(f.at(id), int64(id*f.meta().PageSize))
	if err := errors.Join(err, file.Close()); err != nil {
		f.Fatal(err)
	}
}

// garble sets one number of each entry of a leaf.
func garble(leaf []byte, at int, n uint32) {
	for i := range int(boltfile.Order.Uint16(leaf[10:])) {
		boltfile.Order.PutUint32(leaf[boltfile.PageHeader+i*boltfile.ElementSize+at:], n)
	}
}
