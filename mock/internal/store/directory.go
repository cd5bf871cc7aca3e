package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"iter"
	"slices"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// The file's buckets are, beside metaBucket: sessionsBucket (a session's name → its layers; its
// sequence numbers the partitions), checkpointsBucket (session and name → layers and note), and the
// partitions, each with a bucket for each collection.
//
// A session is a stack of partitions, each a layer over the next. Only the top layer is written to,
// and it belongs to the session alone. A checkpoint is the same stack without it: what lies under
// the top layer never changes, so any number of stacks can share it, and a reset, checkpoint or
// restore writes a few names, whatever the session holds. Partitions that no stack names are
// deleted later (compact.go). A session without checkpoints has one layer, which costs nothing.
//
// Records and entries of the directory are sealed (seal.go). In the layers above the lowest one a
// record may say that its key is deleted, where a layer below has the key.
//
// The sequence of a partition counts the records visible through it; the sequence of a collection
// in it counts the bytes of their keys and values, without the seals.
const (
	sessionsBucket    = "\x00sessions"
	checkpointsBucket = "\x00checkpoints"
	partitionPrefix   = "\x00p" // a number of eight bytes and its checksum follow
)

// layerStack lists the names of the partitions of a session or a checkpoint, the uppermost first.
type layerStack []string

// encode returns the directory entry of a stack under a key, with the note of a checkpoint.
func (c layerStack) encode(key, note []byte) []byte {
	value := binary.AppendUvarint(nil, uint64(len(c)))
	for _, partition := range c {
		value = append(binary.AppendUvarint(value, uint64(len(partition))), partition...)
	}
	return seal(sealOf(directorySeal), key, append(value, note...), tagKept)
}

var errDirectory = errors.New("an entry of the directory that cannot be read")

// decodeLayers reads a directory entry. The note it returns is a part of raw, not a copy.
func decodeLayers(key, raw []byte) (c layerStack, note []byte, err error) {
	value, err := unseal(sealOf(directorySeal), key, raw)
	if err != nil {
		return nil, nil, err
	}
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

// isPartition reports whether a bucket of that name is a partition, not one of the store's own.
func isPartition(bucket string) bool {
	n, found := strings.CutPrefix(bucket, partitionPrefix)
	return found && len(n) == 12 && partitionName(binary.BigEndian.Uint64([]byte(n))) == bucket
}

// directory maps sessions and checkpoints to their layers.
type directory struct{ sessions, checkpoints *bolt.Bucket }

// entry is the directory entry of a session or a checkpoint.
type entry struct {
	in     *bolt.Bucket
	key    []byte
	layers layerStack
	note   []byte // of a checkpoint
}

// directoryOf returns the directory of the file; it panics, as on damage, if there is none.
func directoryOf(tx *bolt.Tx) directory {
	d := directory{tx.Bucket([]byte(sessionsBucket)), tx.Bucket([]byte(checkpointsBucket))}
	if d.sessions == nil || d.checkpoints == nil {
		panic("no directory") // guard makes it an ErrDamaged
	}
	return d
}

// layersOf returns the layer stack of a session, or nil if nothing was ever stored in it.
func layersOf(tx *bolt.Tx, session string) layerStack {
	sessions := tx.Bucket([]byte(sessionsBucket))
	if sessions == nil {
		panic("no directory") // guard makes it an ErrDamaged
	}
	value := sessions.Get([]byte(session))
	if value == nil {
		return nil
	}
	layers, _, err := decodeLayers([]byte(session), value)
	if err == nil && len(layers) == 0 {
		err = errDirectory
	}
	if err != nil {
		panic(err) // guard makes it an ErrDamaged
	}
	return layers
}

// entries yields the entries of a directory bucket whose key begins with prefix, in the order of
// their keys.
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
	layers, note, err := decodeLayers(key, value)
	if err != nil {
		panic(fmt.Sprintf("%v: %q", err, key)) // guard makes it an ErrDamaged
	}
	return entry{in, key, layers, note}
}

// checkpointKey returns the key of a checkpoint; without a name, the prefix of all keys of the
// session's checkpoints.
func checkpointKey(session, name string) []byte {
	return append(append(binary.AppendUvarint(nil, uint64(len(session))), session...), name...)
}

// entriesOf returns the entries of a session and of its checkpoints.
func (d directory) entriesOf(session string) []entry {
	list := slices.Collect(entries(d.checkpoints, checkpointKey(session, "")))
	if value := d.sessions.Get([]byte(session)); value != nil {
		list = append(list, newEntry(d.sessions, []byte(session), value))
	}
	return list
}

// sessionOf returns the session of a checkpoint from its key.
func sessionOf(key []byte) (string, error) {
	n, size := binary.Uvarint(key)
	if size <= 0 || n > uint64(len(key)-size) {
		return "", errDirectory
	}
	return string(key[size : size+int(n)]), nil
}

// putDirectory stores an entry in one of the directory's buckets, or removes it if value is nil.
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
	tx.undo = append(tx.undo, undo{by: func() error { return set(old) }})
	return nil
}

// setLayers gives the session another layer stack; an empty one removes the session.
func (tx *Tx) setLayers(layers layerStack) error {
	var value []byte
	if len(layers) > 0 {
		value = layers.encode([]byte(tx.session), nil)
	}
	// runs after the undo of putDirectory, since undo goes backwards
	tx.undo = append(tx.undo, undo{by: func() error { tx.closeSession(); return nil }})
	if err := tx.putDirectory(directoryOf(tx.batch.tx).sessions, []byte(tx.session), value); err != nil {
		return err
	}
	tx.closeSession()
	return nil
}

// newLayerName returns a partition name that was never used.
func (tx *Tx) newLayerName() (string, error) {
	n, err := addCount(directoryOf(tx.batch.tx).sessions, 1)
	if err != nil {
		return "", fmt.Errorf("session %q: %w", tx.session, err)
	}
	return partitionName(n), nil
}

func partitionName(n uint64) string {
	name := binary.BigEndian.AppendUint64([]byte(partitionPrefix), n)
	return string(binary.BigEndian.AppendUint32(name, crc32.Checksum(name, castagnoli)))
}
