package store

import (
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// fillPercent is how full bbolt leaves the first of the pages that it splits a full one into. Most keys
// ascend, so it is not added to again.
const fillPercent = 0.9

// openSession is a session as a transaction has it open.
type openSession struct {
	layers     layerStack
	partitions []*bolt.Bucket // of the layers; the first is nil until something is written to it
	views      map[string]*collectionView
	inline     [1]*bolt.Bucket // room for partitions, as most sessions have one layer
}

// collectionView is one collection of a session: its buckets in those layers that have it.
type collectionView struct {
	layers   []layer
	writable bool     // the first of them is in the session's first layer, and may be written to
	notified bool     // that it was written
	inline   [1]layer // room for layers
}

// layer is one collection in one partition.
type layer struct {
	bucket *bolt.Bucket
	tagged bool
}

// value is what a layer says of a key: a record, or nil if it was deleted.
func (l layer) value(raw []byte) []byte {
	switch {
	case !l.tagged:
		return raw
	case len(raw) == 1 && raw[0] == tagDeleted:
		return nil
	case len(raw) == 0 || raw[0] != tagKept:
		panic("a record without its tag") // to guard
	}
	return raw[1:]
}

// raw is what a layer keeps for a record.
func (l layer) raw(value []byte) []byte {
	if !l.tagged {
		return value
	}
	return append([]byte{tagKept}, value...)
}

// lookup is the record of a key as it is seen through layers, or nil.
func lookup(layers []layer, key []byte) []byte {
	for _, l := range layers {
		if raw := l.bucket.Get(key); raw != nil {
			return l.value(raw)
		}
	}
	return nil
}

// lowerLayers are the layers that can not be written to.
func (s *collectionView) lowerLayers() []layer {
	if s.writable {
		return s.layers[1:]
	}
	return s.layers
}

// lookup is the record of a key for which the session's own layer has old, or nothing.
func (s *collectionView) lookup(key, old []byte) []byte {
	if old != nil {
		return s.layers[0].value(old)
	}
	return lookup(s.lowerLayers(), key)
}

// open opens the session.
func (tx *Tx) open() *openSession {
	if tx.opened != nil {
		return tx.opened
	}
	b := tx.batch
	h := b.sessions[tx.session]
	if h == nil {
		h = b.open(tx.session)
		if tx.writable { // otherwise the batch has no other transaction
			b.sessions[tx.session] = h
		}
	}
	tx.opened = h
	return h
}

func (b *batch) open(session string) *openSession {
	h := &b.inline
	if h.views != nil {
		h = &openSession{}
	}
	h.layers, h.views, h.partitions = layersOf(b.tx, session), map[string]*collectionView{}, h.inline[:0]
	for i, name := range h.layers {
		p := b.tx.Bucket([]byte(name))
		if p == nil && i > 0 {
			panic(fmt.Sprintf("no partition %q", name)) // to guard
		}
		h.partitions = append(h.partitions, p)
	}
	return h
}

// closeSession closes the session, of which something else is true now.
func (tx *Tx) closeSession() {
	delete(tx.batch.sessions, tx.session)
	tx.opened = nil
}

// view is a collection of the session; if nothing was ever stored in it, it has no layers.
func (tx *Tx) view(collection string) *collectionView {
	h := tx.open()
	s := h.views[collection]
	if s == nil {
		s = h.openView(collection)
		h.views[collection] = s
	}
	return s
}

func (h *openSession) openView(collection string) *collectionView {
	s := &collectionView{}
	s.layers = s.inline[:0]
	for i, partition := range h.partitions {
		if partition == nil {
			continue
		}
		if b := partition.Bucket([]byte(collection)); b != nil {
			b.FillPercent = fillPercent // which bbolt forgets after each transaction
			s.layers = append(s.layers, layer{b, i < len(h.partitions)-1})
			s.writable = s.writable || i == 0
		}
	}
	return s
}

// writableView is shelf with a bucket of the session's own, which it makes if need be.
func (tx *Tx) writableView(collection string) (*collectionView, error) {
	if collection == "" {
		return nil, errors.New("a collection needs a name: make it with NewCollection or NewBlobs")
	}
	if s := tx.view(collection); s.writable {
		return s, nil
	}
	partition, err := tx.writablePartition()
	if err != nil {
		return nil, err
	}
	below, name := tx.view(collection).layers, []byte(collection)
	b, err := partition.CreateBucket(name)
	if err != nil {
		return nil, fmt.Errorf("session %q, collection %q: %w", tx.session, collection, err)
	}
	tx.undo = append(tx.undo, func() error {
		tx.closeSession()
		return partition.DeleteBucket(name)
	})
	if len(below) > 0 {
		if err := b.SetSequence(below[0].bucket.Sequence()); err != nil {
			return nil, fmt.Errorf("session %q, collection %q: %w", tx.session, collection, err)
		}
	}
	delete(tx.open().views, collection)
	return tx.view(collection), nil
}

// writablePartition is the session's first layer. It makes it, and the session, if need be.
func (tx *Tx) writablePartition() (*bolt.Bucket, error) {
	h := tx.open()
	if len(h.layers) == 0 {
		name, err := tx.newLayerName()
		if err != nil {
			return nil, err
		}
		if err := tx.setLayers(layerStack{name}); err != nil {
			return nil, err
		}
		h = tx.open()
	}
	if p := h.partitions[0]; p != nil {
		return p, nil
	}
	root, name := tx.batch.tx, []byte(h.layers[0])
	p, err := root.CreateBucket(name)
	if err != nil {
		return nil, fmt.Errorf("session %q: %w", tx.session, err)
	}
	tx.undo = append(tx.undo, func() error {
		tx.closeSession()
		return root.DeleteBucket(name)
	})
	if len(h.partitions) > 1 {
		if err := p.SetSequence(h.partitions[1].Sequence()); err != nil {
			return nil, fmt.Errorf("session %q: %w", tx.session, err)
		}
	}
	h.partitions[0] = p
	return p, nil
}

// set puts what a key of an own shelf is to have in its first layer, or nothing if raw is nil; records and
// bytes are by how much there are more of them.
func (tx *Tx) set(s *collectionView, key, old, raw []byte, records, bytes int) error {
	partition, bucket := tx.open().partitions[0], s.layers[0].bucket
	change := func(raw []byte, records, bytes int) (err error) {
		if raw == nil {
			err = bucket.Delete(key)
		} else {
			err = bucket.Put(key, raw)
		}
		return errors.Join(err, addSequence(bucket, bytes), addSequence(partition, records))
	}
	if err := change(raw, records, bytes); err != nil {
		return err
	}
	tx.undo = append(tx.undo, func() error { return change(old, -records, -bytes) })
	return nil
}

// addSequence adds to a bucket's sequence.
func addSequence(b *bolt.Bucket, n int) error {
	if n == 0 {
		return nil
	}
	return b.SetSequence(b.Sequence() + uint64(n))
}
