package store

import (
	"encoding"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
)

// Collection holds records of one type under string keys, separately for each session. It is only a
// name, and is declared once, as a package variable. No two collections may have the same name.
type Collection[T any] struct{ name string }

// Blobs is a [Collection] of raw bytes.
type Blobs struct{ name string }

// Entry is a key and its record.
type Entry[T any] struct {
	Key   string
	Value T
}

// NewCollection returns the collection of that name, which must not be empty.
func NewCollection[T any](name string) Collection[T] { return Collection[T]{name} }

// NewBlobs returns the blobs of that name, which must not be empty.
func NewBlobs(name string) Blobs { return Blobs{name} }

// Get returns the record of key; found is false if there is none.
func (c Collection[T]) Get(tx *Tx, key string) (value T, found bool, err error) {
	found, err = tx.read(c.name, key, func(raw []byte) (err error) {
		value, err = c.decode(tx, key, raw)
		return err
	})
	return value, found && err == nil, err
}

// Put stores a record under key, replacing any that is there. A record that is an
// encoding.BinaryAppender, and with a pointer an encoding.BinaryUnmarshaler, is stored as it says;
// all others as JSON by the rules of encoding/json: unexported fields are not kept, and text must be
// UTF-8. A key has 1 to 32768 bytes.
func (c Collection[T]) Put(tx *Tx, key string, value T) error {
	raw, err := encode(value)
	if err != nil {
		return fmt.Errorf("collection %q, key %q: %w", c.name, key, err)
	}
	return tx.put(c.name, key, raw)
}

// Delete removes the record of key; a missing record is no error.
func (c Collection[T]) Delete(tx *Tx, key string) error { return tx.remove(c.name, key) }

// All ranges over the records whose key begins with prefix (all records, if it is empty), in the
// order of their keys' bytes. An error comes with an empty Entry and ends the range. The loop may
// write: it then meets what it put after the current key, and not what it deleted.
func (c Collection[T]) All(tx *Tx, prefix string) iter.Seq2[Entry[T], error] {
	return c.decoded(tx, tx.all(iterator{collection: c.name, prefix: prefix}))
}

// From ranges over what All does without a prefix, from the first key that is not less than the
// given one.
func (c Collection[T]) From(tx *Tx, key string) iter.Seq2[Entry[T], error] {
	return c.decoded(tx, tx.all(iterator{collection: c.name, from: key}))
}

// Backwards ranges over what All does, from the last key to the first. A loop that writes meets
// what it put before the current key.
func (c Collection[T]) Backwards(tx *Tx, prefix string) iter.Seq2[Entry[T], error] {
	return c.decoded(tx, tx.all(iterator{collection: c.name, prefix: prefix, backwards: true}))
}

func (c Collection[T]) decoded(tx *Tx, entries iter.Seq2[Entry[[]byte], error]) iter.Seq2[Entry[T], error] {
	return func(yield func(Entry[T], error) bool) {
		for e, err := range entries {
			var value T
			if err == nil {
				value, err = c.decode(tx, e.Key, e.Value)
			}
			if err != nil {
				yield(Entry[T]{}, err)
				return
			}
			if !yield(Entry[T]{e.Key, value}, nil) {
				return
			}
		}
	}
}

func encode(value any) ([]byte, error) {
	if binary, ok := value.(encoding.BinaryAppender); ok {
		return binary.AppendBinary(nil)
	}
	return json.Marshal(value)
}

// decode returns the record in raw, of which it keeps nothing.
func (c Collection[T]) decode(tx *Tx, key string, raw []byte) (value T, err error) {
	if binary, ok := any(&value).(encoding.BinaryUnmarshaler); ok {
		err = binary.UnmarshalBinary(raw)
	} else {
		err = json.Unmarshal(raw, &value)
	}
	if err != nil {
		var zero T
		return zero, fmt.Errorf("session %q, collection %q, key %q: what is stored cannot be read as %T: %w",
			tx.session, c.name, key, zero, err)
	}
	return value, nil
}

// Get returns a copy of the bytes of key; found is false if there are none.
func (b Blobs) Get(tx *Tx, key string) (value []byte, found bool, err error) {
	return tx.get(b.name, key)
}

// Put stores a copy of value under key, replacing what is there. A key has 1 to 32768 bytes.
func (b Blobs) Put(tx *Tx, key string, value []byte) error {
	return tx.put(b.name, key, slices.Clip(value))
}

// Delete removes the bytes of key; a missing key is no error.
func (b Blobs) Delete(tx *Tx, key string) error { return tx.remove(b.name, key) }

// All ranges like [Collection.All]; each value is a copy.
func (b Blobs) All(tx *Tx, prefix string) iter.Seq2[Entry[[]byte], error] {
	return tx.all(iterator{collection: b.name, prefix: prefix})
}

// Backwards ranges like [Collection.Backwards]; each value is a copy.
func (b Blobs) Backwards(tx *Tx, prefix string) iter.Seq2[Entry[[]byte], error] {
	return tx.all(iterator{collection: b.name, prefix: prefix, backwards: true})
}

func (tx *Tx) all(from iterator) iter.Seq2[Entry[[]byte], error] {
	return func(yield func(Entry[[]byte], error) bool) {
		w := from
		w.tx = tx
		for {
			found, err := w.next()
			if err != nil {
				yield(Entry[[]byte]{}, err)
				return
			}
			if !found || !yield(w.at, nil) {
				return
			}
		}
	}
}
