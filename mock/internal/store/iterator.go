package store

import (
	"bytes"
	"cmp"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// iterator is a way through the entries whose key begins with prefix, as they are seen through the layers.
type iterator struct {
	tx                 *Tx
	collection, prefix string
	backwards          bool
	at                 Entry[[]byte] // where it stands; before the first, the key is empty
	cursors            []layerCursor // where it stands in each layer, the uppermost first
	last               []byte        // the key they are to leave
	positioned         bool          // they are set
	writes             int           // of the transaction when they were
}

// layerCursor is a place in one layer; at its end, the key is nil.
type layerCursor struct {
	layer
	cursor     *bolt.Cursor
	key, value []byte
}

// next goes to the next entry, if there is one.
func (w *iterator) next() (found bool, err error) {
	defer w.tx.guard(false, w.collection, w.at.Key, &err)
	if err := w.tx.usable(false); err != nil {
		return false, err
	}
	k, v := w.step()
	if k == nil {
		return false, nil
	}
	key := string(k)
	if !strings.HasPrefix(key, w.prefix) {
		return false, nil
	}
	if w.at.Key != "" && (key == w.at.Key || (key < w.at.Key) != w.backwards) { // or the walk might not end
		panic("keys out of order") // to guard
	}
	w.at = Entry[[]byte]{key, w.tx.batch.clone(v)}
	return true, nil
}

// step goes to the next key that has a record. Writes may have left the cursors anywhere: after one they are
// set anew, behind the present key.
func (w *iterator) step() (k, v []byte) {
	if w.positioned && w.writes == len(w.tx.undo) {
		w.advance(w.last)
	} else {
		w.seek()
	}
	for {
		if k, v = w.min(); k == nil || v != nil {
			w.last = k
			return k, v
		}
		w.advance(k) // it is deleted
	}
}

// seek sets the stands behind the present key.
func (w *iterator) seek() {
	layers := w.tx.view(w.collection).layers
	w.positioned, w.writes, w.cursors = true, len(w.tx.undo), make([]layerCursor, len(layers))
	for i, l := range layers {
		s := &w.cursors[i]
		s.layer, s.cursor = l, l.bucket.Cursor()
		if w.backwards {
			s.set(w.before(s.cursor, cmp.Or(w.at.Key, prefixEnd(w.prefix))))
			continue
		}
		from := w.prefix
		if w.at.Key != "" {
			from = w.at.Key + "\x00"
		}
		s.set(s.cursor.Seek([]byte(from)))
	}
}

// min is the key that comes first of those stood on, and its record in the uppermost layer that has it.
func (w *iterator) min() (k, v []byte) {
	var first *layerCursor
	for i := range w.cursors {
		s := &w.cursors[i]
		if s.key == nil {
			continue
		}
		if first == nil {
			first = s
		} else if order := bytes.Compare(s.key, first.key); order != 0 && (order < 0) != w.backwards {
			first = s
		}
	}
	if first == nil {
		return nil, nil
	}
	return first.key, first.layer.value(first.value)
}

// advance leaves a key in every layer that stands on it.
func (w *iterator) advance(k []byte) {
	for i := range w.cursors {
		s := &w.cursors[i]
		if s.key == nil || !bytes.Equal(s.key, k) {
			continue
		}
		if !w.backwards {
			s.set(s.cursor.Next())
		} else if key, value := s.cursor.Prev(); key != nil {
			s.set(key, value)
		} else {
			s.set(w.before(s.cursor, string(k))) // there may be more, see there
		}
		if order := bytes.Compare(s.key, k); s.key != nil && (order == 0 || (order < 0) != w.backwards) { // or the walk might not end
			panic("keys out of order") // to guard
		}
	}
}

// set stands on an entry that the cursor has come to.
func (s *layerCursor) set(k, v []byte) {
	if k != nil && (v == nil || len(k) > bolt.MaxKeySize) {
		panic("an entry that is no record") // to guard
	}
	s.key, s.value = k, v
}

// before sets a cursor on the last key that is less than one; an empty one stands for the end.
//
// A page of which this transaction has deleted everything stays in the tree until the commit. Going back, bbolt
// gives no key for such a page, as for the beginning, and its Last never ends if there are only such pages.
func (w *iterator) before(c *bolt.Cursor, key string) (k, v []byte) {
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
	for range w.tx.batch.maxValue / pageSize { // a tree has no more pages
		if k, v = c.Prev(); k != nil {
			return k, v
		}
	}
	panic("keys out of order") // to guard
}

// prefixEnd is the least key that is greater than all that begin with prefix, or empty if there is none.
func prefixEnd(prefix string) string {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] < 0xff {
			return prefix[:i] + string([]byte{prefix[i] + 1})
		}
	}
	return ""
}
