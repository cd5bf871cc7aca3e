package store

import (
	"bytes"
	"cmp"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// walk is a way through the entries whose key begins with prefix, as they are seen through the layers.
type walk struct {
	tx                 *Tx
	collection, prefix string
	backwards          bool
	at                 Entry[[]byte] // where it stands; before the first, the key is empty
	stands             []stand       // where it stands in each layer, the uppermost first
	last               []byte        // the key they are to leave
	set                bool          // they are set
	writes             int           // of the transaction when they were
}

// stand is a place in one layer; at its end, the key is nil.
type stand struct {
	layer
	cursor     *bolt.Cursor
	key, value []byte
}

// next goes to the next entry, if there is one.
func (w *walk) next() (found bool, err error) {
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
func (w *walk) step() (k, v []byte) {
	if w.set && w.writes == len(w.tx.undo) {
		w.leave(w.last)
	} else {
		w.begin()
	}
	for {
		if k, v = w.nearest(); k == nil || v != nil {
			w.last = k
			return k, v
		}
		w.leave(k) // it is deleted
	}
}

// begin sets the stands behind the present key.
func (w *walk) begin() {
	layers := w.tx.shelf(w.collection).layers
	w.set, w.writes, w.stands = true, len(w.tx.undo), make([]stand, len(layers))
	for i, l := range layers {
		s := &w.stands[i]
		s.layer, s.cursor = l, l.bucket.Cursor()
		if w.backwards {
			s.take(w.before(s.cursor, cmp.Or(w.at.Key, behind(w.prefix))))
			continue
		}
		from := w.prefix
		if w.at.Key != "" {
			from = w.at.Key + "\x00"
		}
		s.take(s.cursor.Seek([]byte(from)))
	}
}

// nearest is the key that comes first of those stood on, and its record in the uppermost layer that has it.
func (w *walk) nearest() (k, v []byte) {
	var first *stand
	for i := range w.stands {
		s := &w.stands[i]
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

// leave leaves a key in every layer that stands on it.
func (w *walk) leave(k []byte) {
	for i := range w.stands {
		s := &w.stands[i]
		if s.key == nil || !bytes.Equal(s.key, k) {
			continue
		}
		if !w.backwards {
			s.take(s.cursor.Next())
		} else if key, value := s.cursor.Prev(); key != nil {
			s.take(key, value)
		} else {
			s.take(w.before(s.cursor, string(k))) // there may be more, see there
		}
		if order := bytes.Compare(s.key, k); s.key != nil && (order == 0 || (order < 0) != w.backwards) { // or the walk might not end
			panic("keys out of order") // to guard
		}
	}
}

// take stands on an entry that the cursor has come to.
func (s *stand) take(k, v []byte) {
	if k != nil && (v == nil || len(k) > bolt.MaxKeySize) {
		panic("an entry that is no record") // to guard
	}
	s.key, s.value = k, v
}

// before sets a cursor on the last key that is less than one; an empty one stands for the end.
//
// A page of which this transaction has deleted everything stays in the tree until the commit. Going back, bbolt
// gives no key for such a page, as for the beginning, and its Last never ends if there are only such pages.
func (w *walk) before(c *bolt.Cursor, key string) (k, v []byte) {
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
	for range w.tx.batch.room / pageSize { // a tree has no more pages
		if k, v = c.Prev(); k != nil {
			return k, v
		}
	}
	panic("keys out of order") // to guard
}

// behind is the least key that is greater than all that begin with prefix, or empty if there is none.
func behind(prefix string) string {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] < 0xff {
			return prefix[:i] + string([]byte{prefix[i] + 1})
		}
	}
	return ""
}
