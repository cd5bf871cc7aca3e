package store

import (
	"fmt"
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// SessionSize is how much a session holds. Bytes counts keys and values as they are stored, and not what the
// file needs beside them (K348).
type SessionSize struct {
	Name    string
	Records int
	Bytes   int64
}

// Sessions are the names of the sessions in which anything was ever stored, in the order of their bytes. One
// that was reset is still among them; one that was dropped is not.
func (db *DB) Sessions() (names []string, err error) {
	err = db.viewDirectory(func(tx *bolt.Tx) error {
		return directoryOf(tx).sessions.ForEach(func(name, _ []byte) error {
			names = append(names, string(name))
			return nil
		})
	})
	return names, err
}

// Sizes returns the sessions that [DB.Sessions] names, with their sizes. It counts nothing, so it takes some
// microseconds a session, whatever they hold.
func (db *DB) Sizes() (sessions []SessionSize, err error) {
	err = db.viewDirectory(func(tx *bolt.Tx) error {
		for e := range entries(directoryOf(tx).sessions, nil) {
			s := SessionSize{Name: string(e.key)}
			s.Records, s.Bytes = size(tx, e.layers)
			sessions = append(sessions, s)
		}
		return nil
	})
	return sessions, err
}

// Reset empties the session, in all its collections, closes it, and returns the empty one under its name; its
// checkpoints stay (K345). It is stored as an Update is, and comes in its turn with them: what was stored before is
// gone. What it held is deleted later, in the background. That nothing was ever stored in it is no error.
func (s *Session) Reset() (*Session, error) {
	err := s.replace(func(tx *Tx) error {
		layers := tx.open().layers
		if len(layers) == 0 || len(layers) == 1 && tx.open().partitions[0] == nil {
			return nil // it is empty
		}
		return tx.startOver(nil)
	})
	if err != nil {
		return nil, err
	}
	return s.db.Session(s.name), nil
}

// Drop removes the session and its checkpoints, and closes it. That nothing was ever stored in it is no error.
func (s *Session) Drop() error {
	return s.replace(func(tx *Tx) error {
		checkpoints := directoryOf(tx.batch.tx).checkpoints
		for _, e := range slices.Collect(entries(checkpoints, checkpointKey(s.name, ""))) {
			if err := tx.putDirectory(checkpoints, e.key, nil); err != nil {
				return err
			}
		}
		if len(tx.open().layers) == 0 { // and so no checkpoints
			return nil
		}
		tx.markReplaced()
		return tx.setLayers(nil)
	})
}

// startOver has the session begin anew over the layers of a checkpoint, or over none.
func (tx *Tx) startOver(below layerStack) error {
	name, err := tx.newLayerName()
	if err != nil {
		return err
	}
	tx.markReplaced()
	return tx.setLayers(append(layerStack{name}, below...))
}

// markReplaced has everybody who watches told of the session, and what it was tidied.
func (tx *Tx) markReplaced() {
	if tx.batch.replaced == nil {
		tx.batch.replaced = map[string]struct{}{}
	}
	tx.batch.replaced[tx.session] = struct{}{}
	tx.batch.layersChanged = true
}

// viewDirectory runs fn on the directory, in a transaction that only reads.
func (db *DB) viewDirectory(fn func(*bolt.Tx) error) (err error) {
	defer panicOnFault()()
	tx, err := db.begin(false)
	if err != nil {
		return err
	}
	defer db.release(tx)
	defer func() {
		if p := recover(); p != nil {
			err = damaged(db.path, p)
		}
	}()
	return fn(tx)
}

// size is how much is seen through layers.
func size(tx *bolt.Tx, layers layerStack) (records int, bytes int64) {
	collections := map[string]int64{}
	for _, name := range slices.Backward(layers) { // so that the uppermost has the last word
		partition := tx.Bucket([]byte(name))
		if partition == nil {
			continue
		}
		records = int(partition.Sequence())
		c := partition.Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			b := partition.Bucket(k)
			if b == nil {
				panic(fmt.Sprintf("%q is no collection", k)) // to be told as damage
			}
			collections[string(k)] = int64(b.Sequence())
		}
	}
	for n := range maps.Values(collections) {
		bytes += n
	}
	return records, bytes
}
