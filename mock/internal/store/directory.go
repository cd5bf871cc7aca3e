package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// The file's buckets are, beside metaBucket: sessionsBucket (a session's name → its layers; its sequence
// numbers the partitions), checkpointsBucket (session and name → layers and note), and the partitions, each
// with a bucket for each collection.
//
// A session is a chain of partitions, each a layer over the next. Only the first is written to, and belongs
// to the session alone. A checkpoint is the same chain without it: what lies under the first layer never
// changes, so any number of chains can share it, and to reset, keep or restore a session is to write a few
// names, whatever it holds. What no chain names is garbage (see tidy.go). A session without checkpoints has
// one layer, which costs nothing.
//
// The last layer of a chain holds records as they are. In those above, each has a tag before it: tagKept, or
// tagDeleted, without a record, over one that is in a layer below.
//
// The sequence of a partition is the number of records seen through it, the sequence of a collection in it
// the bytes of their keys and values.
const (
	sessionsBucket    = "\x00sessions"
	checkpointsBucket = "\x00checkpoints"
	partitionPrefix   = "\x00p" // a number of eight bytes follows

	tagDeleted = 0
	tagKept    = 1
)

// layerStack is the names of the partitions of a session or a checkpoint, the uppermost first.
type layerStack []string

// encode is what the directory keeps of a chain, and of the note of a checkpoint.
func (c layerStack) encode(note []byte) []byte {
	value := binary.AppendUvarint(nil, uint64(len(c)))
	for _, partition := range c {
		value = append(binary.AppendUvarint(value, uint64(len(partition))), partition...)
	}
	return append(value, note...)
}

var errDirectory = errors.New("an entry of the directory that can not be read")

// decodeLayers reads what encode made. The note is part of value.
func decodeLayers(value []byte) (c layerStack, note []byte, err error) {
	n, size := binary.Uvarint(value)
	if size <= 0 || n > uint64(len(value)) {
		return nil, nil, errDirectory
	}
	value = value[size:]
	c = make(layerStack, 0, n)
	for range n {
		length, size := binary.Uvarint(value)
		if size <= 0 || length == 0 || length > uint64(len(value)-size) {
			return nil, nil, errDirectory
		}
		partition := string(value[size : size+int(length)])
		if !isPartition(partition) {
			return nil, nil, errDirectory
		}
		c, value = append(c, partition), value[size+int(length):]
	}
	return c, value, nil
}

// isPartition says whether a bucket of that name is a partition and not one of the store's own.
func isPartition(bucket string) bool {
	return len(bucket) == len(partitionPrefix)+8 && bucket[:len(partitionPrefix)] == partitionPrefix
}

// directory is the part of the file that says which layers belong to which session and checkpoint.
type directory struct{ sessions, checkpoints *bolt.Bucket }

// entry is what the directory says of a session or a checkpoint.
type entry struct {
	in     *bolt.Bucket
	key    []byte
	layers layerStack
	note   []byte // of a checkpoint
}

// directoryOf opens the directory; without it the file is damaged.
func directoryOf(tx *bolt.Tx) directory {
	d := directory{tx.Bucket([]byte(sessionsBucket)), tx.Bucket([]byte(checkpointsBucket))}
	if d.sessions == nil || d.checkpoints == nil {
		panic("no directory") // to guard
	}
	return d
}

// layersOf is the chain of a session, or nil if there is no such session.
func layersOf(tx *bolt.Tx, session string) layerStack {
	sessions := tx.Bucket([]byte(sessionsBucket))
	if sessions == nil {
		panic("no directory") // to guard
	}
	value := sessions.Get([]byte(session))
	if value == nil {
		return nil
	}
	layers, _, err := decodeLayers(value)
	if err != nil || len(layers) == 0 {
		panic(errDirectory) // to guard
	}
	return layers
}

// entries are those of a bucket of the directory whose key begins with prefix, in the order of their keys.
func entries(b *bolt.Bucket, prefix []byte) iter.Seq[entry] {
	return func(yield func(entry) bool) {
		c := b.Cursor()
		for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
			if !yield(newEntry(b, k, v)) {
				return
			}
		}
	}
}

func newEntry(in *bolt.Bucket, key, value []byte) entry {
	layers, note, err := decodeLayers(value)
	if err != nil {
		panic(fmt.Sprintf("%v: %q", err, key)) // to guard
	}
	return entry{in, key, layers, note}
}

// checkpointKey is where a checkpoint lies. With no name it is what all of the session's begin with, and no
// other session's.
func checkpointKey(session, name string) []byte {
	return append(append(binary.AppendUvarint(nil, uint64(len(session))), session...), name...)
}

// entriesOf are the entries of a session and of its checkpoints.
func (d directory) entriesOf(session string) []entry {
	list := slices.Collect(entries(d.checkpoints, checkpointKey(session, "")))
	if value := d.sessions.Get([]byte(session)); value != nil {
		list = append(list, newEntry(d.sessions, []byte(session), value))
	}
	return list
}

// sessionOf is the session of a checkpoint, of its key.
func sessionOf(key []byte) (string, error) {
	n, size := binary.Uvarint(key)
	if size <= 0 || n > uint64(len(key)-size) {
		return "", errDirectory
	}
	return string(key[size : size+int(n)]), nil
}

// putDirectory puts an entry into one of the directory's buckets, or removes it if value is nil.
func (tx *Tx) putDirectory(b *bolt.Bucket, key, value []byte) error {
	old := b.Get(key)
	set := func(value []byte) error {
		if value == nil {
			return b.Delete(key)
		}
		return b.Put(key, value)
	}
	if err := set(value); err != nil {
		return fmt.Errorf("session %q: %w", tx.session, err)
	}
	tx.undo = append(tx.undo, func() error { return set(old) })
	return nil
}

// setLayers has the session be these layers from now on; none means that it is no more. What was known of it in
// this transaction is not so any longer.
func (tx *Tx) setLayers(layers layerStack) error {
	var value []byte
	if len(layers) > 0 {
		value = layers.encode(nil)
	}
	tx.undo = append(tx.undo, func() error { tx.closeSession(); return nil }) // after that of record, as undo goes backwards
	if err := tx.putDirectory(directoryOf(tx.batch.tx).sessions, []byte(tx.session), value); err != nil {
		return err
	}
	tx.closeSession()
	return nil
}

// newLayerName is the name of a partition that never was.
func (tx *Tx) newLayerName() (string, error) {
	n, err := directoryOf(tx.batch.tx).sessions.NextSequence()
	if err != nil {
		return "", fmt.Errorf("session %q: %w", tx.session, err)
	}
	return partitionName(n), nil
}

func partitionName(n uint64) string {
	return string(binary.BigEndian.AppendUint64([]byte(partitionPrefix), n))
}
