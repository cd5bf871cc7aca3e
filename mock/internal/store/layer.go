package store

import (
	"bytes"
	"errors"
	"fmt"

	bolt "go.etcd.io/bbolt"
)

// fillPercent tells bbolt how full to leave the first half of a page that it splits. Most keys
// ascend, so nothing is added to that half again.
const fillPercent = 0.9

// openSession caches what a transaction has read of a session.
type openSession struct {
	layers     layerStack
	partitions []*bolt.Bucket // of the layers; the first is nil until something is written to it
	views      map[string]*collectionView
	inline     [1]*bolt.Bucket // backs partitions without an allocation: most sessions have one layer
}

// collectionView is one collection of a session as its layers show it. Only layers that have the
// collection are listed.
type collectionView struct {
	layers   []layer
	writable bool     // layers[0] is the session's own layer, which may be written to
	notified bool     // the batch knows that the collection was written
	inline   [1]layer // backs layers without an allocation
}

// layer is one collection in one partition.
type layer struct {
	bucket *bolt.Bucket
	cursor *bolt.Cursor // for get; nil until then
	seal   uint32       // of the collection
}

// get returns what is stored under a key, nil if nothing, until the bbolt transaction ends. It does
// what Get of the bucket does, which makes a new cursor each time.
func (l *layer) get(key []byte) []byte {
	if l.cursor == nil {
		l.cursor = l.bucket.Cursor()
	}
	found, raw := l.cursor.Seek(key)
	if !bytes.Equal(found, key) {
		return nil
	}
	return raw
}

// value returns the record in what is stored under a key, or nil if that says that the key is
// deleted.
func (l *layer) value(key, raw []byte) []byte {
	value, err := unseal(l.seal, key, raw)
	if err != nil {
		panic(err) // guard makes it an ErrDamaged
	}
	return value
}

// lookup returns the record that the uppermost layer with the key has, or nil.
func lookup(layers []layer, key []byte) []byte {
	for i := range layers {
		if raw := layers[i].get(key); raw != nil {
			return layers[i].value(key, raw)
		}
		layers[i].checkAround(key)
	}
	return nil
}

// checkAround panics, as on damage, if one of the two entries is damaged between which a key would
// be that get has not found: it may be that key's.
func (l *layer) checkAround(key []byte) {
	if k, raw := l.cursor.Seek(key); k != nil {
		l.value(k, raw)
	}
	if k, raw := l.cursor.Prev(); k != nil {
		l.value(k, raw)
	}
}

// lowerLayers returns the layers that must not be written to.
func (v *collectionView) lowerLayers() []layer {
	if v.writable {
		return v.layers[1:]
	}
	return v.layers
}

// lookup returns the record of a key, or nil. old is what the session's own layer stores for it,
// nil if nothing.
func (v *collectionView) lookup(key, old []byte) []byte {
	if old != nil {
		return v.layers[0].value(key, old)
	}
	return lookup(v.lowerLayers(), key)
}

// open returns the session of the transaction, reading its layers on first use.
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
			panic(fmt.Sprintf("no partition %q", name)) // guard makes it an ErrDamaged
		}
		h.partitions = append(h.partitions, p)
	}
	return h
}

// closeSession drops what was read of the session, because it has changed.
func (tx *Tx) closeSession() {
	delete(tx.batch.sessions, tx.session)
	tx.opened = nil
}

// view returns a collection of the session; it has no layers if nothing was ever stored in it.
func (tx *Tx) view(collection string) *collectionView {
	h := tx.open()
	s := h.views[collection]
	if s == nil {
		s = h.openView(collection)
		h.views[collection] = s
	}
	return s
}

func (o *openSession) openView(collection string) *collectionView {
	s := &collectionView{}
	s.layers = s.inline[:0]
	for i, partition := range o.partitions {
		if partition == nil {
			continue
		}
		if b := partition.Bucket([]byte(collection)); b != nil {
			b.FillPercent = fillPercent // which bbolt forgets after each transaction
			s.layers = append(s.layers, layer{bucket: b, seal: sealOf(collection)})
			s.writable = s.writable || i == 0
		}
	}
	return s
}

// writableView returns a collection of the session whose first layer may be written to, creating
// the bucket if necessary.
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
	tx.undo = append(tx.undo, undo{by: func() error {
		tx.closeSession()
		return partition.DeleteBucket(name)
	}})
	if len(below) > 0 {
		if err := b.SetSequence(below[0].bucket.Sequence()); err != nil {
			return nil, fmt.Errorf("session %q, collection %q: %w", tx.session, collection, err)
		}
	}
	delete(tx.open().views, collection)
	return tx.view(collection), nil
}

// writablePartition returns the partition of the session's own layer, creating it, and the session,
// if necessary.
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
	tx.undo = append(tx.undo, undo{by: func() error {
		tx.closeSession()
		return root.DeleteBucket(name)
	}})
	if len(h.partitions) > 1 {
		if err := p.SetSequence(h.partitions[1].Sequence()); err != nil {
			return nil, fmt.Errorf("session %q: %w", tx.session, err)
		}
	}
	h.partitions[0] = p
	return p, nil
}

// set stores raw under a key in the session's own layer, or deletes the key if raw is nil. old is
// what was stored there before; records and bytes are added to the counts that the sequences keep.
func (tx *Tx) set(s *collectionView, key, old, raw []byte, records, bytes int) error {
	w := write{tx.open().partitions[0], s.layers[0].bucket, key, raw, records, bytes}
	if err := w.do(); err != nil {
		return err
	}
	w.raw, w.records, w.bytes = old, -records, -bytes
	tx.undo = append(tx.undo, undo{write: w})
	return nil
}

// write is a change of a key in the session's own layer: to raw, or none if raw is nil.
type write struct {
	partition, bucket *bolt.Bucket
	key, raw          []byte
	records, bytes    int // added to the counts
}

func (w write) do() (err error) {
	if w.raw == nil {
		err = w.bucket.Delete(w.key)
	} else {
		err = w.bucket.Put(w.key, w.raw)
	}
	if err == nil {
		_, err = addCount(w.bucket, w.bytes)
	}
	if err == nil {
		_, err = addCount(w.partition, w.records)
	}
	return err
}

// undo undoes one change of a transaction: by another write, or by a function.
type undo struct {
	write
	by func() error // nil for the write
}

func (u undo) do() error {
	if u.by != nil {
		return u.by()
	}
	return u.write.do()
}
