// Package boltfile checks the structure of a bbolt file before bbolt opens it: its first pages, its
// free list, the branch pages of its trees, and the leaf pages as far as the caller asks for them.
//
// bbolt trusts the pages that it maps. A branch page that points at itself makes it recurse until
// the process dies, and a wild free list makes it allocate without bound; neither can be recovered
// from. Wild leaf pages make it panic or fault, which the store turns into errors.
//
// The layout is bbolt's own and documented nowhere but in its source (format version 2). Read this
// package again on every upgrade of bbolt.
package boltfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// ErrDamaged is in the error of a file that cannot be trusted (see errors.Is).
var ErrDamaged = errors.New("is damaged")

// File is a bbolt file whose pages are read one by one and accounted for: each page may be used
// once. It is for one goroutine.
type File struct {
	Meta
	file    io.ReaderAt
	whole   bool   // read all leaf pages, not only the first of each bucket
	claimed []bool // by page: it is free or has been read
	free    uint64 // number of free pages
	buf     []byte
}

// Open reads the first pages and the free list of a file of that size. In a file of up to maxWhole
// bytes [File.Records] reads all leaf pages. The error is ErrForeign for what is no bbolt file with
// a free list, and ErrDamaged for one that is broken.
func Open(file io.ReaderAt, size int64, maxWhole uint64) (*File, error) {
	m, err := ReadMeta(file)
	if err != nil {
		return nil, err
	}
	if m.Pages > uint64(size)/m.PageSize {
		return nil, fmt.Errorf("%w (cut short: of its %d pages of %d bytes it has the first %d bytes)", ErrDamaged,
			m.Pages, m.PageSize, size)
	}
	if m.copies < 2 { // the one that is broken may be the newer
		return nil, fmt.Errorf("%w (one of the two copies of its first page is broken)", ErrDamaged)
	}
	if m.Freelist == noFreelist {
		return nil, ErrForeign
	}
	f := &File{Meta: m, file: file, whole: m.Pages*m.PageSize <= maxWhole, claimed: make([]bool, m.Pages)}
	return f, f.readFreeList()
}

// FreeBytes returns how many bytes of the file are free.
func (f *File) FreeBytes() int64 { return int64(f.free * f.PageSize) }

// claim marks a page as used. The error says that it is outside the file or used already.
func (f *File) claim(id uint64) error {
	if id < 2 || id >= f.Pages {
		return fmt.Errorf("%w (it uses page %d, and has pages 2 to %d)", ErrDamaged, id, f.Pages-1)
	}
	if f.claimed[id] {
		return fmt.Errorf("%w (page %d is used twice)", ErrDamaged, id)
	}
	f.claimed[id] = true
	return nil
}

// read returns a page that has been claimed, and claims the pages that it overflows into.
func (f *File) read(id uint64) (Page, error) {
	data, err := f.bytes(id, 1)
	if err != nil {
		return Page{}, err
	}
	p := NewPage(id, data)
	if has := Order.Uint64(data); has != id {
		return Page{}, p.Wrong(fmt.Sprintf("says that it is page %d", has))
	}
	more := p.overflow()
	if more == 0 {
		return p, nil
	}
	if more > f.Pages-1-id {
		return Page{}, p.Wrong("reaches beyond the end of the file")
	}
	for i := range more {
		if err := f.claim(id + 1 + i); err != nil {
			return Page{}, err
		}
	}
	p.data, err = f.bytes(id, 1+more)
	return p, err
}

// bytes reads n pages. The slice is valid until the next call.
func (f *File) bytes(id, n uint64) ([]byte, error) {
	size := int(n * f.PageSize)
	if len(f.buf) < size {
		f.buf = make([]byte, size)
	}
	if _, err := f.file.ReadAt(f.buf[:size], int64(id*f.PageSize)); err != nil {
		return nil, fmt.Errorf("reading page %d: %w", id, err)
	}
	return f.buf[:size], nil
}

// readFreeList claims the pages in the list of free pages.
func (f *File) readFreeList() error {
	if err := f.claim(f.Freelist); err != nil {
		return err
	}
	p, err := f.read(f.Freelist)
	if err != nil {
		return err
	}
	if p.Flags != FreelistPage {
		return p.Wrong("is not the list of free pages")
	}
	ids, n := p.data[PageHeader:], uint64(p.count)
	if n == 0xFFFF { // too many for the header: the first entry is the count
		n, ids = Order.Uint64(ids), ids[8:]
	}
	if n > uint64(len(ids))/8 {
		return p.Wrong("lists more free pages than it has room for")
	}
	last := uint64(0)
	for i := range n {
		id := Order.Uint64(ids[8*i:])
		if id <= last {
			return p.Wrong("lists free pages out of order")
		}
		if err := f.claim(id); err != nil {
			return err
		}
		last = id
	}
	f.free = n
	return nil
}

// Partition reads a bucket that holds a bucket for each collection. It passes the records that it
// reads to the check of their collection, whose error says what is wrong with one.
func (f *File) Partition(bucket []byte, check func(collection string) func(key, value []byte) error) error {
	root := Order.Uint64(bucket)
	if root == 0 { // without collections it is stored in its parent's page
		return f.Records(bucket, func(_, _ []byte) error { return nil })
	}
	collections, err := f.Buckets(root)
	if err != nil {
		return err
	}
	for name, bucket := range collections {
		if err := f.Records(bucket, check(name)); err != nil {
			return fmt.Errorf("%w, in collection %q", err, name)
		}
	}
	return nil
}

// Buckets reads all of a tree that holds nothing but buckets, and returns their headers by name.
func (f *File) Buckets(root uint64) (map[string][]byte, error) {
	all := map[string][]byte{}
	err := f.tree(root, func(leaf Page) (bool, error) {
		return true, leaf.Elements(func(e Element) error {
			if !e.Bucket || len(e.Value) < BucketHeader {
				return leaf.Wrong("has a record where a bucket should be")
			}
			all[string(e.Key)] = bytes.Clone(e.Value)
			return nil
		})
	})
	return all, err
}

// Records reads a bucket that holds records: its branch pages and its first leaf, or all leaves in
// a file that is read whole. It passes the records of these to check.
func (f *File) Records(bucket []byte, check func(key, value []byte) error) error {
	return f.Leaves(bucket, func(leaf Page) (more bool, err error) {
		return f.whole, leaf.Elements(func(e Element) error {
			if e.Bucket {
				return leaf.Wrong("has a bucket where a record should be")
			}
			if err := check(e.Key, e.Value); err != nil {
				return leaf.Wrong(fmt.Sprintf("has an entry that is wrong: %v", err))
			}
			return nil
		})
	})
}

// Leaves reads the branch pages of a bucket that holds records, and passes its leaves to visit
// until that returns false.
func (f *File) Leaves(bucket []byte, visit func(leaf Page) (more bool, err error)) error {
	if root := Order.Uint64(bucket); root != 0 {
		return f.tree(root, visit)
	}
	if len(bucket) < BucketHeader+PageHeader {
		return Page{}.Wrong("is cut short")
	}
	p := NewPage(0, bucket[BucketHeader:])
	if p.Flags != LeafPage {
		return p.Wrong("is not a leaf")
	}
	_, err := visit(p)
	return err
}

// node is a page of a tree, which is to have the keys from from to before end; nil is no bound.
type node struct {
	id        uint64
	from, end []byte
}

// check returns an error if the first or the last key of a page is not looked for in it. Those that
// cannot be read, and the order of the others, are the concern of Page.Elements.
func (n node) check(p Page) error {
	first, last := p.key(0), p.key(int(p.count)-1)
	if first != nil && bytes.Compare(first, n.from) < 0 ||
		last != nil && n.end != nil && bytes.Compare(last, n.end) >= 0 {
		return p.Wrong("has a key that belongs in another")
	}
	return nil
}

// tree reads the branch pages of a tree level by level, and then passes its leaves, which are all
// equally deep, to visit until that returns false.
func (f *File) tree(root uint64, visit func(leaf Page) (more bool, err error)) error {
	if err := f.claim(root); err != nil {
		return err
	}
	for level := []node{{id: root}}; len(level) > 0; {
		var below []node
		for i, n := range level {
			p, err := f.read(n.id)
			if err == nil {
				err = n.check(p)
			}
			if err != nil {
				return err
			}
			switch {
			case p.Flags == LeafPage && len(below) == 0:
				if more, err := visit(p); err != nil || !more {
					return err
				}
			case p.Flags == BranchPage && p.count > 0 && (i == 0 || len(below) > 0):
				first := len(below)
				err := p.Elements(func(e Element) error {
					if len(below) > first {
						below[len(below)-1].end = bytes.Clone(e.Key)
					}
					below = append(below, node{id: e.Child, from: bytes.Clone(e.Key), end: n.end})
					return f.claim(e.Child)
				})
				if err != nil {
					return err
				}
				below[first].from = n.from // what is less is looked for there too
			default:
				return p.Wrong("is not of the kind that should be there")
			}
		}
		level = below
	}
	return nil
}
