package store

import (
	"bytes"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

// fillPercent is how full bbolt leaves the first of the pages that it splits a full one into. Most keys
// ascend, so it is not added to again.
const fillPercent = 0.9

// Tx is a transaction on one session. It is good only inside the function it was given to, and only on
// that function's goroutine.
type Tx struct {
	// Now is the one instant of this transaction.
	Now time.Time

	session  string
	batch    *batch
	writable bool
	ended    bool
	undo     []func() error // takes back each write; the last one first
}

// place names one collection of one session.
type place struct{ session, collection string }

// usable is why the transaction can not be used (to write, if writing), or nil.
func (tx *Tx) usable(writing bool) error {
	switch {
	case tx.ended:
		return errEnded
	case writing && !tx.writable:
		return ErrReadOnly
	}
	return nil
}

// get returns a copy of the value of key.
func (tx *Tx) get(collection, key string) (value []byte, found bool, err error) {
	defer tx.guard(false, collection, key, &err)
	if err := tx.usable(false); err != nil {
		return nil, false, err
	}
	b := tx.bucket(collection)
	if b == nil {
		return nil, false, nil
	}
	v := b.Get([]byte(key))
	if v == nil {
		return nil, false, nil
	}
	return tx.batch.clone(v), true, nil
}

// clone copies what bbolt has read. Damage can make that seem longer than it can be.
func (b *batch) clone(value []byte) []byte {
	if int64(len(value)) > b.room {
		panic(fmt.Sprintf("a value of %d bytes", len(value))) // to guard
	}
	return bytes.Clone(value)
}

// put stores value, which must not be changed afterwards, under key.
func (tx *Tx) put(collection, key string, value []byte) (err error) {
	defer tx.guard(true, collection, key, &err)
	if err := tx.usable(true); err != nil {
		return err
	}
	if key == "" || len(key) > bolt.MaxKeySize {
		return fmt.Errorf("collection %q: a key has 1 to %d bytes, this one has %d", collection, bolt.MaxKeySize, len(key))
	}
	if len(value) > bolt.MaxValueSize {
		return fmt.Errorf("collection %q, key %q: a value has at most %d bytes, this one has %d", collection, key, bolt.MaxValueSize, len(value))
	}
	b, err := tx.makeBucket(collection)
	if err != nil {
		return err
	}
	k := []byte(key)
	old := b.Get(k) // bbolt keeps it as it is for the whole of its transaction
	tx.batch.room += int64(len(value))
	if err := b.Put(k, value); err != nil {
		return fmt.Errorf("collection %q, key %q: %w", collection, key, err)
	}
	tx.batch.wrote(place{tx.session, collection})
	tx.undo = append(tx.undo, func() error {
		if old == nil {
			return b.Delete(k)
		}
		return b.Put(k, old)
	})
	return nil
}

// remove removes key, if it is there.
func (tx *Tx) remove(collection, key string) (err error) {
	defer tx.guard(true, collection, key, &err)
	if err := tx.usable(true); err != nil {
		return err
	}
	b := tx.bucket(collection)
	if b == nil {
		return nil
	}
	k := []byte(key)
	old := b.Get(k)
	if old == nil {
		return nil
	}
	if err := b.Delete(k); err != nil {
		return fmt.Errorf("collection %q, key %q: %w", collection, key, err)
	}
	tx.batch.wrote(place{tx.session, collection})
	tx.undo = append(tx.undo, func() error { return b.Put(k, old) })
	return nil
}

// bucket is the bucket of a collection of this session, or nil if nothing was ever stored in it.
func (tx *Tx) bucket(collection string) *bolt.Bucket {
	at := place{tx.session, collection}
	if b := tx.batch.buckets[at]; b != nil {
		return b
	}
	s := tx.batch.tx.Bucket([]byte(tx.session))
	if s == nil {
		return nil
	}
	b := s.Bucket([]byte(collection))
	if b != nil {
		tx.batch.keep(at, b)
	}
	return b
}

// keep remembers a bucket for the rest of the batch.
func (b *batch) keep(at place, bucket *bolt.Bucket) {
	bucket.FillPercent = fillPercent // which bbolt forgets after each transaction
	if b.buckets == nil {
		b.buckets = map[place]*bolt.Bucket{}
	}
	b.buckets[at] = bucket
}

// makeBucket is bucket, which it makes if need be.
func (tx *Tx) makeBucket(collection string) (*bolt.Bucket, error) {
	if collection == "" {
		return nil, errors.New("a collection needs a name: make it with NewCollection or NewBlobs")
	}
	if b := tx.bucket(collection); b != nil {
		return b, nil
	}
	root := tx.batch.tx
	s := root.Bucket([]byte(tx.session))
	if s == nil {
		name := []byte(tx.session)
		var err error
		if s, err = root.CreateBucket(name); err != nil {
			return nil, fmt.Errorf("session %q: %w", tx.session, err)
		}
		tx.undo = append(tx.undo, func() error { return root.DeleteBucket(name) })
	}
	name := []byte(collection)
	b, err := s.CreateBucket(name)
	if err != nil {
		return nil, fmt.Errorf("session %q, collection %q: %w", tx.session, collection, err)
	}
	at := place{tx.session, collection}
	tx.undo = append(tx.undo, func() error {
		delete(tx.batch.buckets, at)
		return s.DeleteBucket(name)
	})
	tx.batch.keep(at, b)
	return b, nil
}

// revert takes back what the transaction wrote.
func (tx *Tx) revert() {
	var err error
	defer func() {
		if err != nil {
			tx.batch.damage = err
		}
	}()
	defer tx.guard(true, "", "", &err)
	for i := len(tx.undo) - 1; i >= 0; i-- {
		if err = tx.undo[i](); err != nil {
			return
		}
	}
}

// guard, deferred around all that touches bbolt, makes an error of what damage in the file leads to: a
// panic of bbolt, or a fault in its mapped pages. If that was in writing, bbolt is left with half a
// change, and nothing of the batch can be committed.
func (tx *Tx) guard(writing bool, collection, key string, err *error) {
	p := recover()
	if p == nil {
		return
	}
	*err = damaged(fmt.Sprintf("%s (session %q, collection %q, key %q)", tx.batch.db.path, tx.session, collection, key), p)
	if writing {
		tx.batch.damage = *err
	}
}

// damaged is the error of a panic that damage in a file led to.
func damaged(where string, cause any) error {
	return fmt.Errorf("data file %s %w (%s): %s", where, ErrDamaged, oneLine(cause), remedy)
}

// oneLine is the text of a value without line breaks.
func oneLine(v any) string { return strings.Join(strings.Fields(fmt.Sprint(v)), " ") }

// panicOnFault makes faults in mapped pages panics of this goroutine; the function it returns sets it
// back.
func panicOnFault() func() {
	old := debug.SetPanicOnFault(true)
	return func() { debug.SetPanicOnFault(old) }
}
