package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Tx is a transaction on one session. It is good only inside the function it was given to, and only
// on that function's goroutine.
type Tx struct {
	// Now is the one instant of this transaction.
	Now time.Time

	ctx      context.Context // ends the transaction; nil for one that always runs to its end
	session  string
	batch    *batch
	writable bool
	ended    bool
	opened   *openSession // the session, once it is open
	undo     []undo       // undoes each write; run from the last to the first
}

// collectionKey names one collection of one session.
type collectionKey struct{ session, collection string }

// usable returns why the transaction cannot be used (to write, if writing is true), or nil.
func (tx *Tx) usable(writing bool) error {
	switch {
	case tx.ended:
		return errEnded
	case writing && !tx.writable:
		return ErrReadOnly
	}
	return tx.Err()
}

// Err returns why the transaction is to end early, or nil: every operation fails with it then. Work
// that takes long between two operations asks for it.
func (tx *Tx) Err() error {
	switch {
	case tx.ctx == nil:
	case tx.batch.db.closing.Load():
		return ErrClosed
	case tx.ctx.Err() != nil && !errors.Is(context.Cause(tx.ctx), ErrClosing):
		return tx.ctx.Err()
	}
	return nil
}

// get returns a copy of the value of key.
func (tx *Tx) get(collection, key string) (value []byte, found bool, err error) {
	found, err = tx.read(collection, key, func(raw []byte) error {
		value = bytes.Clone(raw)
		return nil
	})
	return value, found, err
}

// read passes the value of key to decode, which must not keep it; found is false if there is none.
// A panic of decode is taken for damage.
func (tx *Tx) read(collection, key string, decode func(raw []byte) error) (found bool, err error) {
	defer tx.guard(false, collection, key, &err)
	if err := tx.usable(false); err != nil {
		return false, err
	}
	v := lookup(tx.view(collection).layers, []byte(key))
	if v == nil {
		return false, nil
	}
	tx.batch.checkLength(v)
	return true, decode(v)
}

// clone copies a value that bbolt has read.
func (b *batch) clone(value []byte) []byte {
	b.checkLength(value)
	return bytes.Clone(value)
}

// checkLength panics, as on damage, if a value that bbolt has read is longer than any can be.
func (b *batch) checkLength(value []byte) {
	if int64(len(value)) > b.maxValue {
		panic(fmt.Sprintf("a value of %d bytes", len(value))) // guard makes it an ErrDamaged
	}
}

// put stores value under key. The array of value belongs to the store from then on, with what lies
// behind its length.
func (tx *Tx) put(collection, key string, value []byte) (err error) {
	defer tx.guard(true, collection, key, &err)
	if err := tx.usable(true); err != nil {
		return err
	}
	if key == "" || len(key) > bolt.MaxKeySize {
		return fmt.Errorf("collection %q: a key has 1 to %d bytes, this one has %d", collection, bolt.MaxKeySize,
			len(key))
	}
	if len(value) > bolt.MaxValueSize-sealSize {
		return fmt.Errorf("collection %q, key %q: a value has at most %d bytes, this one has %d", collection, key,
			bolt.MaxValueSize-sealSize, len(value))
	}
	s, err := tx.writableView(collection)
	if err != nil {
		return err
	}
	k := []byte(key)
	top := &s.layers[0]
	old := top.get(k) // unchanged until the bbolt transaction ends
	records, bytes := 1, len(key)+len(value)
	if was := s.lookup(k, old); was != nil {
		records, bytes = 0, len(value)-len(was)
	}
	tx.batch.maxValue += int64(len(value) + sealSize)
	if err := tx.set(s, k, old, seal(top.seal, k, value, tagKept), records, bytes); err != nil {
		return fmt.Errorf("collection %q, key %q: %w", collection, key, err)
	}
	tx.markWritten(collection, s)
	return nil
}

// remove deletes key; a missing key is no error.
func (tx *Tx) remove(collection, key string) (err error) {
	defer tx.guard(true, collection, key, &err)
	if err := tx.usable(true); err != nil {
		return err
	}
	s, k := tx.view(collection), []byte(key)
	var old []byte
	if s.writable {
		old = s.layers[0].get(k)
	}
	was := s.lookup(k, old)
	if was == nil {
		return nil
	}
	if s, err = tx.writableView(collection); err != nil {
		return err
	}
	var raw []byte
	if lookup(s.lowerLayers(), k) != nil {
		raw = seal(s.layers[0].seal, k, nil, tagDeleted)
	}
	if err := tx.set(s, k, old, raw, -1, -len(key)-len(was)); err != nil {
		return fmt.Errorf("collection %q, key %q: %w", collection, key, err)
	}
	tx.markWritten(collection, s)
	return nil
}

// revert undoes what the transaction wrote.
func (tx *Tx) revert() {
	var err error
	defer func() {
		if err != nil {
			tx.batch.damage = err
		}
	}()
	defer tx.guard(true, "", "", &err)
	for i := len(tx.undo) - 1; i >= 0; i-- {
		if err = tx.undo[i].do(); err != nil {
			return
		}
	}
}

// guard turns a panic of bbolt, or a fault in its mapped pages, into an ErrDamaged. It is deferred
// around everything that touches bbolt. After a panic while writing, bbolt is left with half a
// change, and nothing of the batch can be committed.
func (tx *Tx) guard(writing bool, collection, key string, err *error) {
	p := recover()
	if p == nil {
		return
	}
	db := tx.batch.db
	if *err = db.checkPlace(tx.batch.inUse); *err != nil { // which is why
		db.fail(*err, false)
	} else {
		*err = damaged(fmt.Sprintf("%s (session %q, collection %q, key %q)", db.path, tx.session, collection, key), p)
		db.noteDamage(*err)
	}
	if writing {
		tx.batch.damage = *err
	}
}

// damaged returns the error for a panic caused by damage in the file.
func damaged(where string, cause any) error {
	return fmt.Errorf("data file %s %w (%s): %s", where, ErrDamaged, oneLine(cause), remedy)
}

// oneLine formats a value without line breaks.
func oneLine(v any) string { return strings.Join(strings.Fields(fmt.Sprint(v)), " ") }

// panicOnFault turns faults in mapped pages into panics of this goroutine, until the returned
// function is called.
func panicOnFault() func() {
	old := debug.SetPanicOnFault(true)
	return func() { debug.SetPanicOnFault(old) }
}
