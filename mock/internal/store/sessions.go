package store

import (
	"fmt"
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// SessionSize is the size of a session. Bytes counts keys and values as they are stored, not the
// space that the file needs beside them (K348).
type SessionSize struct {
	Name    string
	Records int
	Bytes   int64
}

// Sessions returns the names of the sessions in which anything was ever stored, in the order of
// their bytes. A session that was reset is among them, one that was dropped is not.
func (db *DB) Sessions() (names []string, err error) {
	err = db.viewDirectory(func(tx *bolt.Tx) error {
		return directoryOf(tx).sessions.ForEach(func(name, _ []byte) error {
			names = append(names, string(name))
			return nil
		})
	})
	return names, err
}

// Sizes returns the sessions that [DB.Sessions] names, with their sizes. It counts nothing, so it
// takes some microseconds a session, whatever they hold.
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

// Reset closes the session and returns an empty one under its name; the checkpoints stay (K345). It
// is queued and committed like an Update. The old records are deleted later, in the background. A
// session in which nothing was ever stored is no error.
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

// Drop closes the session and removes it with its checkpoints. A session in which nothing was ever
// stored is no error.
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

// startOver gives the session a new, empty layer over the layers of a checkpoint, or over none.
func (tx *Tx) startOver(below layerStack) error {
	name, err := tx.newLayerName()
	if err != nil {
		return err
	}
	tx.markReplaced()
	return tx.setLayers(append(layerStack{name}, below...))
}

// markReplaced makes the commit notify all watchers of the session, and start a compaction.
func (tx *Tx) markReplaced() {
	if tx.batch.replaced == nil {
		tx.batch.replaced = map[string]struct{}{}
	}
	tx.batch.replaced[tx.session] = struct{}{}
	tx.batch.layersChanged = true
}

// viewDirectory runs fn in a bbolt transaction that only reads.
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

// size returns how many records are visible through the layers, and the bytes of their keys and
// values.
func size(tx *bolt.Tx, layers layerStack) (records int, bytes int64) {
	collections := map[string]int64{}
	for _, name := range slices.Backward(layers) { // the uppermost counts
		partition := tx.Bucket([]byte(name))
		if partition == nil {
			continue
		}
		records = int(count(partition))
		c := partition.Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			b := partition.Bucket(k)
			if b == nil {
				panic(fmt.Sprintf("%q is no collection", k)) // viewDirectory makes it an ErrDamaged
			}
			collections[string(k)] = int64(count(b))
		}
	}
	for n := range maps.Values(collections) {
		bytes += n
	}
	return records, bytes
}
