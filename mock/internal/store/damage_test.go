package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	bolt "go.etcd.io/bbolt"
	"pgregory.net/rapid"
)

// sample is a small data file of every kind of page: trees of one, two and three levels, pages that
// overflow, buckets that lie in their parent's page, free pages.
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
		db.Update("default", noon, fill(0, 300)),
		db.Update("default", noon, func(tx *Tx) error {
			for n := range 30 {
				if err := errors.Join(filer.Put(tx, ascending(int64(n)), bytes.Repeat([]byte{'f'}, n*400)), filer.Put(tx, "no "+ascending(int64(n)), nil)); err != nil {
					return err
				}
			}
			return personer.Put(tx, "ola", person{Navn: "Ola"})
		}),
		db.Update("another", noon, func(tx *Tx) error { return steder.Put(tx, "k", "v") }),
		db.Update("default", noon, func(tx *Tx) error {
			for n := range 20 {
				if err := filer.Delete(tx, ascending(int64(n))); err != nil {
					return err
				}
			}
			return nil
		}),
		db.bolt.View(func(tx *bolt.Tx) error { size = tx.Size(); return nil }),
		db.Close())
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	return data[:min(size, int64(len(data)))], err
})

// patched is the sample, to be damaged.
func patched(t rapid.TB) []byte {
	data, err := sample()
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(data)
}

// use opens a file and reads and writes all there is in it. It gives the errors it met, each of which
// must be one line.
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
	for _, session := range []string{"default", "another"} {
		met(db.View(session, noon, look))
		met(db.Update(session, noon, look))
		met(db.Update(session, noon, change))
		met(db.View(session, noon, look))
	}
	met(db.Close())
	return errs
}

func TestTheSampleIsWhole(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	if err := os.WriteFile(path, patched(t), 0o600); err != nil {
		t.Fatal(err)
	}
	if errs := use(t, path); len(errs) > 0 {
		t.Error(errs)
	}
	kinds := map[string]int{}
	if err := opened(t, path, Options{}).bolt.View(func(tx *bolt.Tx) error {
		for id := 0; ; id++ {
			p, err := tx.Page(id)
			if p == nil || err != nil {
				return err
			}
			kinds[p.Type]++
			id += p.OverflowCount
		}
	}); err != nil {
		t.Error(err)
	}
	if kinds["branch"] < 4 || kinds["leaf"] < 20 || kinds["free"] < 5 {
		t.Errorf("pages %v", kinds)
	}
}

func TestAFileCutShort(t *testing.T) {
	t.Parallel()
	whole := len(patched(t))
	for _, size := range []int{1, 15, 100, 1023, 4095, 4096, 4097, 8191, 8192, 8193, 12288, 16384, whole / 3, whole / 2, whole - 4096, whole - 100, whole - 1} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "data.db")
			if err := os.WriteFile(path, patched(t)[:size], 0o600); err != nil {
				t.Fatal(err)
			}
			text := "cut short"
			if size < pageHeader+metaSize {
				text = "is not a data file of sandkasse"
			}
			refused(t, path, text)
		})
	}
}

// image is a data file as bytes, with the ways into it that the damage below needs.
type image struct {
	*testing.T
	data []byte
}

func (f image) meta() meta {
	f.Helper()
	m, err := readMeta(bytes.NewReader(f.data))
	if err != nil {
		f.Fatal(err)
	}
	return m
}

// at is the bytes of a page.
func (f image) at(id uint64) []byte {
	size := f.meta().pageSize
	return f.data[id*size : (id+1)*size]
}

// root is the root page of the bucket at a path.
func (f image) root(path ...string) uint64 {
	f.Helper()
	id := f.meta().root
	for _, name := range path {
		found := uint64(0)
		err := newPage(id, f.at(id)).elements(func(e element) error {
			if string(e.key) == name {
				found = order.Uint64(e.value)
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

// child is the page that an entry of a branch page points at.
func (f image) child(id uint64, i int) uint64 { return order.Uint64(f.element(id, i)[8:]) }

// leaf is a leaf of the tree at root, not its first, and a key that lies in it.
func (f image) leaf(root uint64) (id uint64, key string) {
	for id = root; newPage(id, f.at(id)).flags == branchPage; id = f.child(id, 1) {
	}
	err := newPage(id, f.at(id)).elements(func(e element) error { key = string(e.key); return nil })
	if err != nil {
		f.Fatal(err)
	}
	return id, key
}

// element is the bytes of the head of an entry.
func (f image) element(id uint64, i int) []byte {
	return f.at(id)[pageHeader+i*elementSize:][:elementSize]
}

func TestDamagedStructure(t *testing.T) {
	t.Parallel()
	long := []string{"default", "sted"} // a tree of three levels
	for name, c := range map[string]struct {
		damage func(f image)
		text   string
	}{
		"a branch that is its own child": {func(f image) {
			order.PutUint64(f.element(f.root(long...), 1)[8:], f.root(long...))
		}, "is used twice"},
		"a branch that is its grandchild": {func(f image) {
			order.PutUint64(f.element(f.child(f.root(long...), 1), 0)[8:], f.root(long...))
		}, "is used twice"},
		"two entries with one child": {func(f image) {
			order.PutUint64(f.element(f.root(long...), 1)[8:], f.child(f.root(long...), 0))
		}, "is used twice"},
		"a child far away": {func(f image) {
			order.PutUint64(f.element(f.root(long...), 1)[8:], 1<<40)
		}, "it uses page 1099511627776, and has pages 2 to"},
		"a child that is a first page": {func(f image) {
			order.PutUint64(f.element(f.root(long...), 1)[8:], 1)
		}, "it uses page 1"},
		"a key outside its page": {func(f image) {
			order.PutUint32(f.element(f.root(long...), 1)[4:], 1<<20)
		}, `has an entry that lies outside it), in collection "sted", in session "default": restore a copy`},
		"an entry at the end of the world": {func(f image) {
			order.PutUint32(f.element(f.root(long...), 1), ^uint32(0))
		}, "has an entry that lies outside it"},
		"keys out of order": {func(f image) {
			order.PutUint32(f.element(f.root(long...), 1)[4:], 0)
		}, "has its keys out of order"},
		"more entries than there is room for": {func(f image) {
			order.PutUint16(f.at(f.root(long...))[10:], 0xFFFF)
		}, "has more entries than it has room for"},
		"a branch without entries": {func(f image) {
			order.PutUint16(f.at(f.root(long...))[10:], 0)
		}, "is not of the kind that should be there"},
		"a branch of another kind": {func(f image) {
			order.PutUint16(f.at(f.child(f.root(long...), 0))[8:], 0x40)
		}, "is not of the kind that should be there"},
		"a branch among leaves": {func(f image) {
			order.PutUint16(f.at(f.child(f.root(long...), 0))[8:], leafPage)
		}, "is damaged (page"},
		"a leaf among branches": {func(f image) {
			order.PutUint16(f.at(f.child(f.root(long...), 1))[8:], leafPage)
		}, "is not of the kind that should be there"},
		"a page that says it is another": {func(f image) {
			order.PutUint64(f.at(f.root(long...)), 3)
		}, "says that it is page 3"},
		"a page that reaches beyond the end": {func(f image) {
			order.PutUint32(f.at(f.root(long...))[12:], 1<<30)
		}, "reaches beyond the end of the file"},
		"a page that reaches into others": {func(f image) {
			order.PutUint32(f.at(f.root(long...))[12:], uint32(f.meta().pages-f.root(long...)-1))
		}, "is used twice"},
		"a leaf with an entry outside it": {func(f image) {
			leaf, _ := f.leaf(f.root(long...))
			order.PutUint32(f.element(leaf, 1)[12:], 1<<30)
		}, "has an entry that lies outside it"},
		"a leaf of zeros": {func(f image) {
			leaf, _ := f.leaf(f.root(long...))
			clear(f.at(leaf))
		}, "says that it is page 0"},
		"a record that is a bucket": {func(f image) {
			leaf, _ := f.leaf(f.root(long...))
			order.PutUint32(f.element(leaf, 0), bucketFlag)
		}, "has a bucket where a record should be"},
		"a page of zeros": {func(f image) {
			clear(f.at(f.root("default")))
		}, "says that it is page 0"},
		"a session where its collection is": {func(f image) {
			e := f.element(f.meta().root, 2) // the file's own, another, default
			at := order.Uint32(e[4:]) + order.Uint32(e[8:])
			order.PutUint64(f.at(f.meta().root)[pageHeader+2*elementSize+int(at):], f.root("default", "fil"))
		}, "has a record where a bucket should be"},
		"a small bucket cut short": {func(f image) {
			order.PutUint32(f.element(f.root("default"), 1)[12:], bucketHeader+3) // fil, person, sted
		}, `a small bucket is cut short), in collection "person", in session "default"`},
		"a small bucket with an entry outside it": {func(f image) {
			at := bytes.Index(f.at(f.root("default")), []byte("person"))
			order.PutUint32(f.at(f.root("default"))[at+len("person")+bucketHeader+pageHeader+8:], 1<<16)
		}, "a small bucket has an entry that lies outside it"},
		"a small bucket that is a branch": {func(f image) {
			at := bytes.Index(f.at(f.root("default")), []byte("person"))
			order.PutUint16(f.at(f.root("default"))[at+len("person")+bucketHeader+8:], branchPage)
		}, "a small bucket is not a leaf"},
		"a free list of another kind": {func(f image) {
			order.PutUint16(f.at(f.meta().freelist)[8:], leafPage)
		}, "is not the list of free pages"},
		"a free list that is too long": {func(f image) {
			order.PutUint16(f.at(f.meta().freelist)[10:], 0xFFFE)
		}, "lists more free pages than it has room for"},
		"a free list that is far too long": {func(f image) {
			order.PutUint16(f.at(f.meta().freelist)[10:], 0xFFFF)
			order.PutUint64(f.at(f.meta().freelist)[pageHeader:], 1<<45)
		}, "lists more free pages than it has room for"},
		"a free list out of order": {func(f image) {
			copy(f.at(f.meta().freelist)[pageHeader:pageHeader+8], f.at(f.meta().freelist)[pageHeader+8:])
		}, "lists free pages out of order"},
		"a free page that is used": {func(f image) {
			order.PutUint16(f.at(f.meta().freelist)[10:], 1)
			order.PutUint64(f.at(f.meta().freelist)[pageHeader:], f.root("default"))
		}, "is used twice"},
		"a free page far away": {func(f image) {
			order.PutUint16(f.at(f.meta().freelist)[10:], 1)
			order.PutUint64(f.at(f.meta().freelist)[pageHeader:], 1<<40)
		}, "it uses page 1099511627776"},
		"no first pages": {func(f image) {
			clear(f.at(0))
			clear(f.at(1))
		}, "is not a data file of sandkasse"},
		"broken sums of both first pages": {func(f image) {
			for id := range uint64(2) {
				f.data[id*f.meta().pageSize+pageHeader+metaSum-1]++
			}
		}, "both copies of its first page are broken"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := image{t, patched(t)}
			c.damage(f)
			path := filepath.Join(t.TempDir(), "data.db")
			if err := os.WriteFile(path, f.data, 0o600); err != nil {
				t.Fatal(err)
			}
			refused(t, path, c.text)
		})
	}
}

// checked checks a file; it is read whole if it is no larger than the size whole.
func checked(path string, whole uint64) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return check(f, whole)
}

func TestALargeFileIsNotReadWhole(t *testing.T) {
	t.Parallel()
	f := image{t, patched(t)}
	leaf, _ := f.leaf(f.root("default", "sted"))
	clear(f.at(leaf))
	path := filepath.Join(t.TempDir(), "data.db")
	if err := os.WriteFile(path, f.data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := checked(path, uint64(len(f.data))); !errors.Is(err, ErrDamaged) {
		t.Errorf("read whole: %v", err)
	}
	if err := checked(path, uint64(len(f.data))-1); err != nil {
		t.Errorf("not read whole: %v", err)
	}
	branch := f.root("default", "sted")
	order.PutUint64(f.element(branch, 1)[8:], branch)
	f.write(path, branch)
	if err := checked(path, 0); err == nil || !strings.Contains(err.Error(), "is used twice") {
		t.Errorf("a branch that is its own child: %v", err)
	}
}

func TestOneBrokenFirstPageIsNotMissed(t *testing.T) {
	t.Parallel()
	for id := range uint64(2) {
		t.Run(fmt.Sprint(id), func(t *testing.T) {
			t.Parallel()
			f := image{t, patched(t)}
			clear(f.at(id))
			path := filepath.Join(t.TempDir(), "data.db")
			if err := os.WriteFile(path, f.data, 0o600); err != nil {
				t.Fatal(err)
			}
			if errs := use(t, path); len(errs) > 0 {
				t.Error(errs)
			}
		})
	}
}

// Damage that comes while the file is open is met when it is read or written. It harms what lies elsewhere
// only if that shares a commit with a write to it.
func TestDamagedLeaf(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		damage func(leaf []byte)
		write  bool // a write is tried too; wild lengths could need as much memory
	}{
		"zeros":                {func(leaf []byte) { clear(leaf) }, true},
		"of another kind":      {func(leaf []byte) { order.PutUint16(leaf[8:], branchPage) }, true},
		"of no kind":           {func(leaf []byte) { order.PutUint16(leaf[8:], freelistPage) }, true},
		"positions far behind": {func(leaf []byte) { garble(leaf, 4, 0x7FFF_0000) }, true},
		"keys without end":     {func(leaf []byte) { garble(leaf, 8, 0xFFFF_FFFF) }, true},
		"values without end":   {func(leaf []byte) { garble(leaf, 12, 0x7000_0000) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := image{t, patched(t)}
			path := filepath.Join(t.TempDir(), "data.db")
			if err := os.WriteFile(path, f.data, 0o600); err != nil {
				t.Fatal(err)
			}
			db := opened(t, path, Options{Durability: Async})
			leaf, key := f.leaf(f.root("default", "sted"))
			c.damage(f.at(leaf))
			f.write(path, leaf)
			damaged := func(name string, err error) {
				t.Helper()
				if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), `session "default", collection "sted", key "`) {
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
			damaged("Get in View", db.View("default", noon, get))
			damaged("All in View", db.View("default", noon, all))
			damaged("Get in Update", db.Update("default", noon, get))
			errs := together(t, db, "default", good("a"), get, good("b"))
			if errs[0] != nil || errs[2] != nil {
				t.Errorf("writes beside a read of damage: %v", errs)
			}
			damaged("Get beside writes", errs[1])
			if c.write {
				damaged("Put", db.Update("default", noon, put(key, "w")))
				damaged("Delete", db.Update("default", noon, func(tx *Tx) error { return steder.Delete(tx, key) }))
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

// write writes a page to the file, which may be open.
func (f image) write(path string, id uint64) {
	f.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		f.Fatal(err)
	}
	_, err = file.WriteAt(f.at(id), int64(id*f.meta().pageSize))
	if err := errors.Join(err, file.Close()); err != nil {
		f.Fatal(err)
	}
}

// garble sets one number of each entry of a leaf.
func garble(leaf []byte, at int, n uint32) {
	for i := range int(order.Uint16(leaf[10:])) {
		order.PutUint32(leaf[pageHeader+i*elementSize+at:], n)
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
		if err := db.View("default", noon, func(*Tx) error { return nil }); !errors.Is(err, ErrDamaged) {
			t.Errorf("View: %v", err)
		}
		if err := db.Update("default", noon, put("k", "v")); !errors.Is(err, ErrDamaged) {
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

// FuzzDamagedFile sets bytes of the sample: each four bytes of the input are a place and a value. Whatever
// it does, the file is refused, or its use gives errors or data; nothing panics or hangs.
func FuzzDamagedFile(f *testing.F) {
	patch := func(at uint32, value byte) []byte {
		return binary.BigEndian.AppendUint32(nil, at<<8|uint32(value))
	}
	f.Add([]byte{})
	f.Add(patch(0, 1))
	for page := range uint32(40) {
		f.Add(append(patch(page*4096+8, 1), patch(page*4096+24, 7)...))
	}
	folder := f.TempDir()
	f.Fuzz(func(t *testing.T, patches []byte) {
		data := patched(t)
		for ; len(patches) >= 4; patches = patches[4:] {
			p := binary.BigEndian.Uint32(patches)
			data[int(p>>8)%len(data)] = byte(p)
		}
		path := filepath.Join(folder, "data.db")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		use(t, path)
	})
}
