package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
)

// The layout of bbolt's files (its format 2), in the byte order of the machine.
const (
	boltMagic   = 0xED0CDAED
	boltVersion = 2

	pageHeader  = 16 // id 8, flags 2, count 2, overflow 4
	elementSize = 16 // in a branch: pos 4, ksize 4, child 8; in a leaf: flags 4, pos 4, ksize 4, vsize 4
	metaSize    = 72 // magic 4, version 4, page size 4, flags 4, root 8, sequence 8, free list 8, pages 8, txid 8, sum 8, filled up to here
	metaSum     = 56 // where the sum of all before it lies

	branchPage   = 0x01
	leafPage     = 0x02
	freelistPage = 0x10
	bucketFlag   = 0x01

	bucketHeader = 16 // root 8 (if 0 the page follows here), sequence 8

	noFreelist = ^uint64(0) // in place of the free list's page
)

// errForeign is the error of a file that is whole, as far as can be told, and not one of ours.
var errForeign = errors.New("not made by sandkasse")

// order is the byte order of the files.
var order = binary.NativeEndian

// meta is what a meta page says of the file.
type meta struct {
	pageSize, root, freelist, pages, txid uint64
}

// page is a page of the file, with those that it overflows into.
type page struct {
	id           uint64 // 0: a bucket that lies in its parent's page
	flags, count uint16
	data         []byte // from its header on; good until the next page is read
}

// element is an entry of a branch page (key, child) or of a leaf (key, value, bucket).
type element struct {
	key, value []byte
	child      uint64
	bucket     bool
}

// readMeta reads the newer of those of the two meta pages that are whole. The first is at the
// beginning and the second a page size behind it.
func readMeta(f io.ReaderAt) (newest meta, err error) {
	found, broken := false, false
	buf := make([]byte, pageHeader+metaSize)
	for at := uint64(0); at <= 1<<24; at = max(1<<10, 2*at) {
		if _, err := f.ReadAt(buf, int64(at)); err == io.EOF {
			break
		} else if err != nil {
			return meta{}, err
		}
		b := buf[pageHeader:]
		if order.Uint32(b) != boltMagic || order.Uint32(b[4:]) != boltVersion {
			continue
		}
		sum := fnv.New64a()
		sum.Write(b[:metaSum])
		if order.Uint64(b[metaSum:]) != sum.Sum64() {
			broken = true
			continue
		}
		m := meta{
			pageSize: uint64(order.Uint32(b[8:])),
			root:     order.Uint64(b[16:]),
			freelist: order.Uint64(b[32:]),
			pages:    order.Uint64(b[40:]),
			txid:     order.Uint64(b[48:]),
		}
		if at != 0 && at != m.pageSize || m.pageSize < 1<<10 {
			continue
		}
		if !found || m.txid > newest.txid {
			newest, found = m, true
		}
	}
	switch {
	case found:
		return newest, nil
	case broken:
		return meta{}, fmt.Errorf("%w (both copies of its first page are broken)", ErrDamaged)
	}
	return meta{}, errForeign
}

// newPage reads the header of a page.
func newPage(id uint64, data []byte) page {
	return page{id: id, flags: order.Uint16(data[8:]), count: order.Uint16(data[10:]), data: data}
}

// overflow is how many pages more than its own one it takes.
func (p page) overflow() uint64 { return uint64(order.Uint32(p.data[12:])) }

// elements visits the entries of a branch or leaf page, once it has seen that they lie within it and in
// order.
func (p page) elements(visit func(element) error) error {
	if len(p.data) < pageHeader+int(p.count)*elementSize {
		return p.wrong("has more entries than it has room for")
	}
	var last []byte
	for i := range int(p.count) {
		rest := p.data[pageHeader+i*elementSize:] // where an entry's position counts from
		var e element
		var pos, keySize, valueSize uint64
		if p.flags == branchPage {
			pos, keySize = uint64(order.Uint32(rest)), uint64(order.Uint32(rest[4:]))
			e.child = order.Uint64(rest[8:])
		} else {
			e.bucket = order.Uint32(rest)&bucketFlag != 0
			pos, keySize, valueSize = uint64(order.Uint32(rest[4:])), uint64(order.Uint32(rest[8:])), uint64(order.Uint32(rest[12:]))
		}
		if pos+keySize+valueSize > uint64(len(rest)) {
			return p.wrong("has an entry that lies outside it")
		}
		e.key, e.value = rest[pos:pos+keySize], rest[pos+keySize:pos+keySize+valueSize]
		if bytes.Compare(e.key, last) <= 0 { // the first is compared with none: it must not be empty
			return p.wrong("has its keys out of order")
		}
		last = e.key
		if err := visit(e); err != nil {
			return err
		}
	}
	return nil
}

// wrong is the error of a page that is not what it should be.
func (p page) wrong(what string) error {
	if p.id == 0 {
		return fmt.Errorf("%w (a small bucket %s)", ErrDamaged, what)
	}
	return fmt.Errorf("%w (page %d %s)", ErrDamaged, p.id, what)
}
