package store

import (
	"bytes"
	"cmp"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// iterator visits the entries whose key begins with prefix, in the order of their keys. Where
// several layers have a key, the uppermost counts.
type iterator struct {
	tx                 *Tx
	collection, prefix string
	from               string // the least key to visit, when it is not backwards
	backwards          bool
	at                 Entry[[]byte] // the current entry; before the first, its key is empty
	cursors            []layerCursor // one for each layer, the uppermost first
	last               []byte        // the key that the cursors are to pass
	positioned         bool          // the cursors are set
	writes             int           // how many writes the transaction had made when the cursors were set
}

// layerCursor is a position in one layer; at the end of the layer its key is nil.
type layerCursor struct {
	layer
	cursor     *bolt.Cursor
	key, value []byte
}

// next moves to the next entry; found is false after the last.
func (it *iterator) next() (found bool, err error) {
	defer it.tx.guard(false, it.collection, it.at.Key, &err)
	if err := it.tx.usable(false); err != nil {
		return false, err
	}
	k, v := it.step()
	if k == nil {
		return false, nil
	}
	key := string(k)
	if !strings.HasPrefix(key, it.prefix) {
		return false, nil
	}
	if it.at.Key != "" && (key == it.at.Key || (key < it.at.Key) != it.backwards) { // damage; the loop might not end
		panic("keys out of order") // guard makes it an ErrDamaged
	}
	it.at = Entry[[]byte]{key, it.tx.batch.clone(v)}
	return true, nil
}

// step returns the next key that has a record, or nil. A write of the transaction can move the
// cursors, so after one step sets them again, behind the current key.
func (it *iterator) step() (k, v []byte) {
	if it.positioned && it.writes == len(it.tx.undo) {
		it.advance(it.last)
	} else {
		it.seek()
	}
	for {
		if k, v = it.min(); k == nil || v != nil {
			it.last = k
			return k, v
		}
		it.advance(k) // a layer says that it is deleted
	}
}

// seek sets the cursors behind the current key.
func (it *iterator) seek() {
	layers := it.tx.view(it.collection).layers
	it.positioned, it.writes, it.cursors = true, len(it.tx.undo), make([]layerCursor, len(layers))
	for i, l := range layers {
		s := &it.cursors[i]
		s.layer, s.cursor = l, l.bucket.Cursor()
		if it.backwards {
			s.set(it.before(s.cursor, cmp.Or(it.at.Key, prefixEnd(it.prefix))))
			continue
		}
		from := max(it.prefix, it.from)
		if it.at.Key != "" {
			from = it.at.Key + "\x00"
		}
		s.set(s.cursor.Seek([]byte(from)))
	}
}

// min returns the first of the keys that the cursors are at, and its record in the uppermost layer
// that has it (nil where that says it is deleted).
func (it *iterator) min() (k, v []byte) {
	var first *layerCursor
	for i := range it.cursors {
		s := &it.cursors[i]
		if s.key == nil {
			continue
		}
		if first == nil {
			first = s
		} else if order := bytes.Compare(s.key, first.key); order != 0 && (order < 0) != it.backwards {
			first = s
		}
	}
	if first == nil {
		return nil, nil
	}
	return first.key, first.layer.value(first.key, first.value)
}

// advance moves every cursor that is at the key to its next entry.
func (it *iterator) advance(k []byte) {
	for i := range it.cursors {
		s := &it.cursors[i]
		if s.key == nil || !bytes.Equal(s.key, k) {
			continue
		}
		if !it.backwards {
			s.set(s.cursor.Next())
		} else if key, value := s.cursor.Prev(); key != nil {
			s.set(key, value)
		} else {
			s.set(it.before(s.cursor, string(k))) // bbolt may have stopped at an empty page
		}
		// damage; the loop might not end
		if order := bytes.Compare(s.key, k); s.key != nil && (order == 0 || (order < 0) != it.backwards) {
			panic("keys out of order") // guard makes it an ErrDamaged
		}
	}
}

// set records the entry that the cursor has come to.
func (s *layerCursor) set(k, v []byte) {
	if k != nil && (v == nil || len(k) > bolt.MaxKeySize) {
		panic("an entry that is no record") // guard makes it an ErrDamaged
	}
	s.key, s.value = k, v
}

// before sets a cursor at the last key that is less than the given one, or at the last of all for
// the empty key.
//
// A page of which this transaction has deleted everything stays in the tree until the commit. Going
// back, bbolt gives no key for such a page, as for the beginning, and its Last never ends if there
// are only such pages.
func (it *iterator) before(c *bolt.Cursor, key string) (k, v []byte) {
	if first, _ := c.First(); first == nil || key != "" && string(first) >= key {
		return nil, nil
	}
	last := key == ""
	if !last {
		k, _ := c.Seek([]byte(key))
		last = k == nil
	}
	if last {
		return c.Last()
	}
	for range it.tx.batch.maxValue / pageSize { // a tree has no more pages
		if k, v = c.Prev(); k != nil {
			return k, v
		}
	}
	panic("keys out of order") // guard makes it an ErrDamaged
}

// prefixEnd returns the least key that is greater than all keys with the prefix, or the empty key
// if there is none.
func prefixEnd(prefix string) string {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] < 0xff {
			return prefix[:i] + string([]byte{prefix[i] + 1})
		}
	}
	return ""
}
