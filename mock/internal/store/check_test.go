package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"sandkasse/mock/internal/store/boltfile"
)

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
	for _, size := range []int{
		1, 15, 100, 1023, 4095, 4096, 4097, 8191, 8192, 8193, 12288, 16384, whole / 3, whole / 2,
		whole - 4096, whole - 100, whole - 1,
	} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "data.db")
			if err := os.WriteFile(path, patched(t)[:size], 0o600); err != nil {
				t.Fatal(err)
			}
			text := "cut short"
			if size < boltfile.PageHeader+boltfile.MetaSize {
				text = "is not a data file of sandkasse"
			}
			refused(t, path, text)
		})
	}
}

func TestDamagedStructure(t *testing.T) {
	t.Parallel()
	standard := partitionName(1)
	long := []string{standard, "sted"} // a tree of three levels
	for name, c := range map[string]struct {
		damage func(f image)
		text   string
	}{
		"a branch that is its own child": {func(f image) {
			boltfile.Order.PutUint64(f.element(f.root(long...), 1)[8:], f.root(long...))
		}, "is used twice"},
		"a branch that is its grandchild": {func(f image) {
			boltfile.Order.PutUint64(f.element(f.child(f.root(long...), 1), 0)[8:], f.root(long...))
		}, "is used twice"},
		"two entries with one child": {func(f image) {
			boltfile.Order.PutUint64(f.element(f.root(long...), 1)[8:], f.child(f.root(long...), 0))
		}, "is used twice"},
		"a child far away": {func(f image) {
			boltfile.Order.PutUint64(f.element(f.root(long...), 1)[8:], 1<<40)
		}, "it uses page 1099511627776, and has pages 2 to"},
		"a child that is a first page": {func(f image) {
			boltfile.Order.PutUint64(f.element(f.root(long...), 1)[8:], 1)
		}, "it uses page 1"},
		"a key outside its page": {func(f image) {
			boltfile.Order.PutUint32(f.element(f.root(long...), 1)[4:], 1<<20)
		}, `has an entry that lies outside it), in collection "sted", in session "default": restore a copy`},
		"an entry at the end of the world": {func(f image) {
			boltfile.Order.PutUint32(f.element(f.root(long...), 1), ^uint32(0))
		}, "has an entry that lies outside it"},
		"keys out of order": {func(f image) {
			boltfile.Order.PutUint32(f.element(f.root(long...), 1)[4:], 0)
		}, "has its keys out of order"},
		"more entries than there is room for": {func(f image) {
			boltfile.Order.PutUint16(f.at(f.root(long...))[10:], 0xFFFF)
		}, "has more entries than it has room for"},
		"a branch without entries": {func(f image) {
			boltfile.Order.PutUint16(f.at(f.root(long...))[10:], 0)
		}, "is not of the kind that should be there"},
		"a branch of another kind": {func(f image) {
			boltfile.Order.PutUint16(f.at(f.child(f.root(long...), 0))[8:], 0x40)
		}, "is not of the kind that should be there"},
		"a branch among leaves": {func(f image) {
			boltfile.Order.PutUint16(f.at(f.child(f.root(long...), 0))[8:], boltfile.LeafPage)
		}, "is damaged (page"},
		"a leaf among branches": {func(f image) {
			boltfile.Order.PutUint16(f.at(f.child(f.root(long...), 1))[8:], boltfile.LeafPage)
		}, "is damaged (page"},
		"a page that says it is another": {func(f image) {
			boltfile.Order.PutUint64(f.at(f.root(long...)), 3)
		}, "says that it is page 3"},
		"a page that reaches beyond the end": {func(f image) {
			boltfile.Order.PutUint32(f.at(f.root(long...))[12:], 1<<30)
		}, "reaches beyond the end of the file"},
		"a page that reaches into others": {func(f image) {
			boltfile.Order.PutUint32(f.at(f.root(long...))[12:], uint32(f.meta().Pages-f.root(long...)-1))
		}, "is used twice"},
		"a leaf with an entry outside it": {func(f image) {
			leaf, _ := f.leaf(f.root(long...))
			boltfile.Order.PutUint32(f.element(leaf, 1)[12:], 1<<30)
		}, "has an entry that lies outside it"},
		"a leaf of zeros": {func(f image) {
			leaf, _ := f.leaf(f.root(long...))
			clear(f.at(leaf))
		}, "says that it is page 0"},
		"a record that is a bucket": {func(f image) {
			leaf, _ := f.leaf(f.root(long...))
			boltfile.Order.PutUint32(f.element(leaf, 0), boltfile.BucketFlag)
		}, "has a bucket where a record should be"},
		"a page of zeros": {func(f image) {
			clear(f.at(f.root(standard)))
		}, "says that it is page 0"},
		"a session where its collection is": {func(f image) {
			e := f.element(f.meta().Root, 1) // checkpoints, default, another, the file's own, sessions
			at := boltfile.Order.Uint32(e[4:]) + boltfile.Order.Uint32(e[8:])
			boltfile.Order.PutUint64(f.at(f.meta().Root)[boltfile.PageHeader+1*boltfile.ElementSize+int(at):],
				f.root(standard, "fil"))
		}, "has a record where a bucket should be"},
		"a small bucket cut short": {func(f image) {
			boltfile.Order.PutUint32(f.element(f.root(standard), 1)[12:], boltfile.BucketHeader+3) // fil, person, sted
		}, `has an entry that is not where it should be), in session "default"`},
		"a small bucket with an entry outside it": {func(f image) {
			at := bytes.Index(f.at(f.root(standard)), []byte("person"))
			boltfile.Order.PutUint32(f.at(f.root(standard))[at+len("person")+boltfile.BucketHeader+boltfile.PageHeader+
				8:], 1<<16)
		}, "a small bucket has an entry that lies outside it"},
		"a small bucket that is a branch": {func(f image) {
			at := bytes.Index(f.at(f.root(standard)), []byte("person"))
			boltfile.Order.PutUint16(f.at(f.root(standard))[at+len("person")+boltfile.BucketHeader+8:],
				boltfile.BranchPage)
		}, "a small bucket is not a leaf"},
		"no sessions": {func(f image) {
			f.rename(sessionsBucket, "\x00sessioms")
		}, "it has no directory"},
		"no directory": {func(f image) {
			f.rename(sessionsBucket, "\x00sessioms")
			f.rename(checkpointsBucket, "\x00checkpoims")
		}, "it has no directory"},
		"a layer that is missing": {func(f image) {
			key := checkpointKey("layered", "kept")
			f.replace(layerStack{partitionName(3)}.encode(key, []byte("note")),
				layerStack{partitionName(9)}.encode(key, []byte("note")))
		}, `a layer of it is missing), in session "layered"`},
		"a layer of two sessions": {func(f image) {
			f.replace(entryOf("another", partitionName(2)), entryOf("another", partitionName(4)))
		}, "a layer of it is also of session"},
		"a session without layers": {func(f image) {
			f.replace(entryOf("another", partitionName(2)), sealedEntry("another", 0))
		}, `it has no layers), in session "another"`},
		"layers that cannot be read": {func(f image) {
			f.replace(entryOf("another", partitionName(2)), sealedEntry("another", 0xFF))
		}, "has no entry where an entry of the directory should be"},
		"layers that do not fit their checksum": {func(f image) {
			f.replace(entryOf("another", partitionName(2)), []byte{0xFF})
		}, "has an entry of the directory that does not fit its checksum"},
		"a layer that is the store's own": {func(f image) {
			f.replace(entryOf("another", partitionName(2)), entryOf("another", metaBucket+"1234"))
		}, "has no entry where an entry of the directory should be"},
		"a checkpoint of nothing": {func(f image) {
			f.replace(checkpointKey("layered", "kept"), []byte("\xF7"))
		}, "has an entry of the directory that does not fit its checksum"},
		"a free list of another kind": {func(f image) {
			boltfile.Order.PutUint16(f.at(f.meta().Freelist)[8:], boltfile.LeafPage)
		}, "is not the list of free pages"},
		"a free list that is too long": {func(f image) {
			boltfile.Order.PutUint16(f.at(f.meta().Freelist)[10:], 0xFFFE)
		}, "lists more free pages than it has room for"},
		"a free list that is far too long": {func(f image) {
			boltfile.Order.PutUint16(f.at(f.meta().Freelist)[10:], 0xFFFF)
			boltfile.Order.PutUint64(f.at(f.meta().Freelist)[boltfile.PageHeader:], 1<<45)
		}, "lists more free pages than it has room for"},
		"a free list out of order": {func(f image) {
			copy(f.at(f.meta().Freelist)[boltfile.PageHeader:boltfile.PageHeader+8],
				f.at(f.meta().Freelist)[boltfile.PageHeader+8:])
		}, "lists free pages out of order"},
		"a free page that is used": {func(f image) {
			boltfile.Order.PutUint16(f.at(f.meta().Freelist)[10:], 1)
			boltfile.Order.PutUint64(f.at(f.meta().Freelist)[boltfile.PageHeader:], f.root(standard))
		}, "is used twice"},
		"a free page far away": {func(f image) {
			boltfile.Order.PutUint16(f.at(f.meta().Freelist)[10:], 1)
			boltfile.Order.PutUint64(f.at(f.meta().Freelist)[boltfile.PageHeader:], 1<<40)
		}, "it uses page 1099511627776"},
		"no first pages": {func(f image) {
			clear(f.at(0))
			clear(f.at(1))
		}, "is not a data file of sandkasse"},
		"broken sums of both first pages": {func(f image) {
			for id := range uint64(2) {
				f.data[id*f.meta().PageSize+boltfile.PageHeader+boltfile.MetaSum-1]++
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
	_, err = checkFile(f, whole)
	return err
}

func TestALargeFileIsNotReadWhole(t *testing.T) {
	t.Parallel()
	f := image{t, patched(t)}
	leaf, _ := f.leaf(f.root(partitionName(1), "sted"))
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
	branch := f.root(partitionName(1), "sted")
	boltfile.Order.PutUint64(f.element(branch, 1)[8:], branch)
	f.write(path, branch)
	if err := checked(path, 0); err == nil || !strings.Contains(err.Error(), "is used twice") {
		t.Errorf("a branch that is its own child: %v", err)
	}
}

// TestOneBrokenFirstPage: the file is refused, since without the newer first page it is as it was
// before the last commit.
func TestOneBrokenFirstPage(t *testing.T) {
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
			refused(t, path, "one of the two copies of its first page is broken")
		})
	}
}

// sealedEntry returns as long an entry of a session, whose bytes are all the same.
func sealedEntry(session string, value byte) []byte {
	content := bytes.Repeat([]byte{value}, len(entryOf(session, partitionName(1)))-sealSize)
	return seal(sealOf(directorySeal), []byte(session), content, tagKept)
}

// entryOf returns what the directory stores for a session with these layers.
func entryOf(session string, layers ...string) []byte {
	return layerStack(layers).encode([]byte(session), nil)
}
