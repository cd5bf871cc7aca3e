package boltfile

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
	magic   = 0xED0CDAED
	version = 2

	PageHeader  = 16 // id 8, flags 2, count 2, overflow 4
	ElementSize = 16 // in a branch: pos 4, ksize 4, child 8; in a leaf: flags 4, pos 4, ksize 4, vsize 4
	// magic 4, version 4, page size 4, flags 4, root 8, sequence 8, free list 8, pages 8, txid 8,
	// sum 8, filled up to here
	MetaSize = 72
	MetaSum  = 56 // offset of the checksum of all bytes before it

	BranchPage   = 0x01
	LeafPage     = 0x02
	FreelistPage = 0x10
	BucketFlag   = 0x01

	BucketHeader = 16 // root 8 (if 0 the page follows here), sequence 8

	noFreelist = ^uint64(0) // stands for the free list's page in a file without one
)

// ErrForeign is the error of a file that is not a bbolt file with a free list.
var ErrForeign = errors.New("not made by sandkasse")

// Order is the byte order of the files, the machine's own.
var Order = binary.NativeEndian

// Meta is the content of a meta page.
type Meta struct {
	PageSize, Root, Freelist, Pages, TxID uint64

	copies int // of meta pages whose checksum is right
}

// Page is a page of the file, with the pages that it overflows into.
type Page struct {
	id           uint64 // 0 for a bucket that is stored in its parent's page
	Flags, count uint16
	data         []byte // including the header; valid until the next page is read
}

// Element is an entry of a branch page (Key, Child) or of a leaf (Key, Value, Bucket).
type Element struct {
	Key, Value []byte
	Child      uint64
	Bucket     bool
}

// ReadMeta returns the newer of the two meta pages, of those whose checksum is right. The first is
// at the beginning of the file, the second one page size after it.
func ReadMeta(f io.ReaderAt) (newest Meta, err error) {
	found, broken, copies := false, false, 0
	buf := make([]byte, PageHeader+MetaSize)
	for at := uint64(0); at <= 1<<24; at = max(1<<10, 2*at) {
		if _, err := f.ReadAt(buf, int64(at)); err == io.EOF {
			break
		} else if err != nil {
			return Meta{}, err
		}
		b := buf[PageHeader:]
		if Order.Uint32(b) != magic || Order.Uint32(b[4:]) != version {
			continue
		}
		sum := fnv.New64a()
		sum.Write(b[:MetaSum])
		if Order.Uint64(b[MetaSum:]) != sum.Sum64() {
			broken = true
			continue
		}
		m := Meta{
			PageSize: uint64(Order.Uint32(b[8:])),
			Root:     Order.Uint64(b[16:]),
			Freelist: Order.Uint64(b[32:]),
			Pages:    Order.Uint64(b[40:]),
			TxID:     Order.Uint64(b[48:]),
		}
		if at != 0 && at != m.PageSize || m.PageSize < 1<<10 {
			continue
		}
		copies++
		if !found || m.TxID > newest.TxID {
			newest, found = m, true
		}
	}
	switch {
	case found:
		newest.copies = copies
		return newest, nil
	case broken:
		return Meta{}, fmt.Errorf("%w (both copies of its first page are broken)", ErrDamaged)
	}
	return Meta{}, ErrForeign
}

// NewPage returns a page with the given content, reading its header.
func NewPage(id uint64, data []byte) Page {
	return Page{id: id, Flags: Order.Uint16(data[8:]), count: Order.Uint16(data[10:]), data: data}
}

// overflow returns the number of pages that the page takes beyond its own.
func (p Page) overflow() uint64 { return uint64(Order.Uint32(p.data[12:])) }

// Elements passes the entries of a branch or leaf page to visit, after checking that they lie
// within the page and are sorted.
func (p Page) Elements(visit func(Element) error) error {
	if len(p.data) < PageHeader+int(p.count)*ElementSize {
		return p.Wrong("has more entries than it has room for")
	}
	if rest := p.data[PageHeader:]; p.count == 0 && len(rest) >= ElementSize && Order.Uint32(rest[4:]) != 0 {
		return p.Wrong("has entries, and says that it has none")
	}
	var last []byte
	next := int(p.count) * ElementSize // where bbolt puts the next key, counted from the first entry
	for i := range int(p.count) {
		rest := p.data[PageHeader+i*ElementSize:] // an entry's position counts from here
		var e Element
		var pos, keySize, valueSize uint64
		if p.Flags == BranchPage {
			pos, keySize = uint64(Order.Uint32(rest)), uint64(Order.Uint32(rest[4:]))
			e.Child = Order.Uint64(rest[8:])
		} else {
			e.Bucket = Order.Uint32(rest)&BucketFlag != 0
			pos, keySize, valueSize = uint64(Order.Uint32(rest[4:])), uint64(Order.Uint32(rest[8:])),
				uint64(Order.Uint32(rest[12:]))
		}
		if pos+keySize+valueSize > uint64(len(rest)) {
			return p.Wrong("has an entry that lies outside it")
		}
		e.Key, e.Value = rest[pos:pos+keySize], rest[pos+keySize:pos+keySize+valueSize]
		if bytes.Compare(e.Key, last) <= 0 { // the first is compared with nil: it must not be empty
			return p.Wrong("has its keys out of order")
		}
		last = e.Key
		if i*ElementSize+int(pos) != next {
			return p.Wrong("has an entry that is not where it should be")
		}
		next += int(keySize + valueSize)
		if err := visit(e); err != nil {
			return err
		}
	}
	return nil
}

// key returns the key of an entry of a branch or leaf page, nil if there is none or it lies outside
// the page.
func (p Page) key(i int) []byte {
	if i < 0 || i >= int(p.count) || len(p.data) < PageHeader+(i+1)*ElementSize {
		return nil
	}
	rest := p.data[PageHeader+i*ElementSize:]
	pos, size := uint64(Order.Uint32(rest)), uint64(Order.Uint32(rest[4:]))
	switch p.Flags {
	case BranchPage:
	case LeafPage:
		pos, size = uint64(Order.Uint32(rest[4:])), uint64(Order.Uint32(rest[8:]))
	default:
		return nil
	}
	if size == 0 || pos+size > uint64(len(rest)) {
		return nil
	}
	return rest[pos : pos+size]
}

// Wrong returns an ErrDamaged for the page; what completes the sentence "page 7 …".
func (p Page) Wrong(what string) error {
	if p.id == 0 {
		return fmt.Errorf("%w (a small bucket %s)", ErrDamaged, what)
	}
	return fmt.Errorf("%w (page %d %s)", ErrDamaged, p.id, what)
}
