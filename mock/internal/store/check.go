package store

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// wholeSize is up to which size a file is checked whole. It keeps the time that a check takes within
// some ten milliseconds.
const wholeSize = 32 << 20

// check looks through the file's free list, its buckets and the branch pages of their trees, and if it is
// no larger than whole, through the leaf pages too, which are most of it.
//
// bbolt trusts the pages that it maps. A branch page that points at itself makes it recurse until the
// process dies, a wild free list makes it allocate without bound, and neither can be recovered from. Wild
// leaf pages make it panic or fault, which each transaction guards against; only a write to one whose
// lengths are wild can need as much memory as they say.
//
// It says how many bytes of the file are free.
func check(f *os.File, whole uint64) (free int64, err error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	m, err := readMeta(f)
	if err != nil {
		return 0, err
	}
	if m.pages > uint64(info.Size())/m.pageSize {
		return 0, fmt.Errorf("%w (cut short: of its %d pages of %d bytes it has the first %d bytes)", ErrDamaged, m.pages, m.pageSize, info.Size())
	}
	if m.freelist == noFreelist {
		return 0, errForeign
	}
	c := &checker{file: f, meta: m, whole: m.pages*m.pageSize <= whole, claimed: make([]bool, m.pages)}
	if err := c.freeList(); err != nil {
		return 0, err
	}
	buckets, err := c.buckets(m.root)
	if err != nil {
		return 0, err
	}
	own, ours := buckets[metaBucket]
	if !ours && len(buckets) > 0 {
		return 0, errForeign
	}
	if ours {
		if err := c.records(own); err != nil {
			return 0, fmt.Errorf("%w, in the file's own records", err)
		}
		delete(buckets, metaBucket)
	}
	owners, err := c.directory(buckets)
	if err != nil {
		return 0, err
	}
	for name, bucket := range buckets {
		if err := c.partition(bucket); err != nil {
			return 0, fmt.Errorf("%w, in %s", err, owners[name])
		}
	}
	return int64(c.free * c.pageSize), nil
}

// checker looks through one file.
type checker struct {
	file io.ReaderAt
	meta
	whole   bool   // all leaf pages are to be read
	claimed []bool // the pages that are free or have been met
	free    uint64 // pages
	buf     []byte
}

// claim takes a page, which must be in the file and not taken yet.
func (c *checker) claim(id uint64) error {
	if id < 2 || id >= c.pages {
		return fmt.Errorf("%w (it uses page %d, and has pages 2 to %d)", ErrDamaged, id, c.pages-1)
	}
	if c.claimed[id] {
		return fmt.Errorf("%w (page %d is used twice)", ErrDamaged, id)
	}
	c.claimed[id] = true
	return nil
}

// read reads a page that has been claimed, and claims those it overflows into.
func (c *checker) read(id uint64) (page, error) {
	data, err := c.bytes(id, 1)
	if err != nil {
		return page{}, err
	}
	p := newPage(id, data)
	if has := order.Uint64(data); has != id {
		return page{}, p.wrong(fmt.Sprintf("says that it is page %d", has))
	}
	more := p.overflow()
	if more == 0 {
		return p, nil
	}
	if more > c.pages-1-id {
		return page{}, p.wrong("reaches beyond the end of the file")
	}
	for i := range more {
		if err := c.claim(id + 1 + i); err != nil {
			return page{}, err
		}
	}
	p.data, err = c.bytes(id, 1+more)
	return p, err
}

// bytes reads n pages. They are good until the next call.
func (c *checker) bytes(id, n uint64) ([]byte, error) {
	size := int(n * c.pageSize)
	if len(c.buf) < size {
		c.buf = make([]byte, size)
	}
	if _, err := c.file.ReadAt(c.buf[:size], int64(id*c.pageSize)); err != nil {
		return nil, fmt.Errorf("reading page %d: %w", id, err)
	}
	return c.buf[:size], nil
}

// freeList claims the pages that the list of free pages says are free.
func (c *checker) freeList() error {
	if err := c.claim(c.freelist); err != nil {
		return err
	}
	p, err := c.read(c.freelist)
	if err != nil {
		return err
	}
	if p.flags != freelistPage {
		return p.wrong("is not the list of free pages")
	}
	ids, n := p.data[pageHeader:], uint64(p.count)
	if n == 0xFFFF { // too many for the header: the first entry is their number
		n, ids = order.Uint64(ids), ids[8:]
	}
	if n > uint64(len(ids))/8 {
		return p.wrong("lists more free pages than it has room for")
	}
	last := uint64(0)
	for i := range n {
		id := order.Uint64(ids[8*i:])
		if id <= last {
			return p.wrong("lists free pages out of order")
		}
		if err := c.claim(id); err != nil {
			return err
		}
		last = id
	}
	c.free = n
	return nil
}

// partition reads a bucket that holds a bucket for each collection.
func (c *checker) partition(bucket []byte) error {
	root := order.Uint64(bucket)
	if root == 0 { // without collections it lies in its parent's page
		return c.records(bucket)
	}
	collections, err := c.buckets(root)
	if err != nil {
		return err
	}
	for name, bucket := range collections {
		if err := c.records(bucket); err != nil {
			return fmt.Errorf("%w, in collection %q", err, name)
		}
	}
	return nil
}

// buckets reads a tree that holds buckets and nothing else, whole, and gives them by name.
func (c *checker) buckets(root uint64) (map[string][]byte, error) {
	all := map[string][]byte{}
	err := c.tree(root, func(leaf page) (bool, error) {
		return true, leaf.elements(func(e element) error {
			if !e.bucket || len(e.value) < bucketHeader {
				return leaf.wrong("has a record where a bucket should be")
			}
			all[string(e.key)] = bytes.Clone(e.value)
			return nil
		})
	})
	return all, err
}

// records reads a bucket that holds records: its branch pages and its first leaf, or all of it.
func (c *checker) records(bucket []byte) error {
	return c.leaves(bucket, func(leaf page) (more bool, err error) {
		return c.whole, leaf.elements(func(e element) error {
			if e.bucket {
				return leaf.wrong("has a bucket where a record should be")
			}
			return nil
		})
	})
}

// leaves reads the branch pages of a bucket that holds records, and its leaves, as long as visit wants more.
func (c *checker) leaves(bucket []byte, visit func(leaf page) (more bool, err error)) error {
	if root := order.Uint64(bucket); root != 0 {
		return c.tree(root, visit)
	}
	if len(bucket) < bucketHeader+pageHeader {
		return page{}.wrong("is cut short")
	}
	p := newPage(0, bucket[bucketHeader:])
	if p.flags != leafPage {
		return p.wrong("is not a leaf")
	}
	_, err := visit(p)
	return err
}

// tree reads the branch pages of a tree level by level, and then its leaves, which are all equally
// deep, as long as visit wants more of them.
func (c *checker) tree(root uint64, visit func(leaf page) (more bool, err error)) error {
	if err := c.claim(root); err != nil {
		return err
	}
	for level := []uint64{root}; len(level) > 0; {
		var below []uint64
		for i, id := range level {
			p, err := c.read(id)
			if err != nil {
				return err
			}
			switch {
			case p.flags == leafPage && len(below) == 0:
				if more, err := visit(p); err != nil || !more {
					return err
				}
			case p.flags == branchPage && p.count > 0 && (i == 0 || len(below) > 0):
				err := p.elements(func(e element) error {
					below = append(below, e.child)
					return c.claim(e.child)
				})
				if err != nil {
					return err
				}
			default:
				return p.wrong("is not of the kind that should be there")
			}
		}
		level = below
	}
	return nil
}
