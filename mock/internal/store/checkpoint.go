package store

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	bolt "go.etcd.io/bbolt"
)

const (
	maxCheckpoints    = 32       // of a session (K346)
	maxCheckpointName = 200      // bytes
	maxNote           = 64 << 10 // bytes

	// maxLayers bounds the layers of a session. After compaction it has at most maxCheckpoints+2:
	// under the top layer at most one for each checkpoint, and one for each at which another stack
	// branches off.
	maxLayers = 2 * maxCheckpoints
)

// ErrNoCheckpoint is in the error of an operation on a checkpoint that does not exist (see
// errors.Is).
var ErrNoCheckpoint = errors.New("there is no such checkpoint")

// errTooManyLayers is the error of a checkpoint of a session that has maxLayers layers.
var errTooManyLayers = errors.New("the session has too many layers")

// Checkpoint describes a saved session: its size, counted as in [SessionSize], and the note of the
// caller.
type Checkpoint struct {
	Name    string
	Records int
	Bytes   int64
	Note    []byte
}

// Checkpoint saves the session under a name, replacing an earlier checkpoint of that name. It is
// queued and committed like an Update. Nothing is copied: a record is stored again only when it
// changes. note is called on the store's goroutine, after every update that the checkpoint holds;
// it must not block, and returns at most 64 KiB. A name has 1 to 200 bytes, and a session has at
// most 32 checkpoints (K346).
func (s *Session) Checkpoint(name string, note func() ([]byte, error)) error {
	if err := checkCheckpointName(name); err != nil {
		return err
	}
	for {
		deep := false
		err := s.change(func(tx *Tx) error {
			err := tx.checkpoint(name, note)
			if deep = errors.Is(err, errTooManyLayers); !deep {
				return err
			}
			// So many were made and deleted in a short time that compaction lags behind.
			if err := tx.compact(); err != nil || len(tx.undo) > 0 {
				return err
			}
			return errTooManyLayers // impossible, see maxLayers
		})
		if err != nil || !deep {
			return err
		}
	}
}

// checkCheckpointName returns an error for a name that no checkpoint can have.
func checkCheckpointName(name string) error {
	if name == "" || len(name) > maxCheckpointName {
		return fmt.Errorf("a checkpoint's name has 1 to %d bytes, this one has %d", maxCheckpointName, len(name))
	}
	return nil
}

// checkSpace returns an error where a session cannot have one more checkpoint, unless it has one under that key.
func (d directory) checkSpace(session string, key []byte) error {
	if has := d.checkpointNames(session); len(has) >= maxCheckpoints && d.checkpoints.Get(key) == nil {
		return fmt.Errorf("session %q has %d checkpoints, which is the most there can be: delete one of %s", session,
			len(has), strings.Join(has, ", "))
	}
	return nil
}

func (tx *Tx) checkpoint(name string, makeNote func() ([]byte, error)) error {
	note, err := makeNote()
	if err != nil {
		return err
	}
	if len(note) > maxNote {
		return fmt.Errorf("checkpoint %q: a note has at most %d bytes, this one has %d", name, maxNote, len(note))
	}
	d, key := directoryOf(tx.batch.tx), checkpointKey(tx.session, name)
	h := tx.open()
	if len(h.layers) == maxLayers {
		return errTooManyLayers
	}
	if err := d.checkSpace(tx.session, key); err != nil {
		return err
	}
	kept := h.layers
	if len(kept) > 0 && h.partitions[0] == nil {
		kept = kept[1:] // nothing was stored in it
	}
	if err := tx.putDirectory(d.checkpoints, key, kept.encode(key, note)); err != nil {
		return err
	}
	tx.batch.layersChanged = true
	if len(h.layers) > 0 && len(kept) < len(h.layers) {
		return nil
	}
	first, err := tx.newLayerName()
	if err != nil {
		return err
	}
	return tx.setLayers(append(layerStack{first}, kept...))
}

// Restore closes the session, and returns the session as it was at the checkpoint, with the note of
// that checkpoint. It is queued and committed like an Update. The checkpoint stays and can be
// restored again. The error is ErrNoCheckpoint where there is none of that name; the session is
// then as before.
func (s *Session) Restore(name string) (restored *Session, note []byte, err error) {
	err = s.replace(func(tx *Tx) error {
		e, err := directoryOf(tx.batch.tx).checkpoint(s.name, name)
		if err != nil {
			return err
		}
		note = bytes.Clone(e.note)
		return tx.startOver(e.layers)
	})
	if err != nil {
		return nil, nil, err
	}
	return s.db.Session(s.name), note, nil
}

// DeleteCheckpoint removes a checkpoint; the session is not changed. The error is ErrNoCheckpoint
// where there is none of that name.
func (s *Session) DeleteCheckpoint(name string) error {
	return s.change(func(tx *Tx) error {
		e, err := directoryOf(tx.batch.tx).checkpoint(s.name, name)
		if err != nil {
			return err
		}
		tx.batch.layersChanged = true
		return tx.putDirectory(e.in, e.key, nil)
	})
}

// Checkpoints returns the checkpoints of the session, in the order of their names' bytes.
func (s *Session) Checkpoints() (list []Checkpoint, err error) {
	err = s.db.viewDirectory(func(tx *bolt.Tx) error {
		prefix := checkpointKey(s.name, "")
		for e := range entries(directoryOf(tx).checkpoints, prefix) {
			c := Checkpoint{Name: string(e.key[len(prefix):]), Note: bytes.Clone(e.note)}
			c.Records, c.Bytes = size(tx, e.layers)
			list = append(list, c)
		}
		return nil
	})
	return list, err
}

// checkpoint returns the directory entry of a checkpoint, or ErrNoCheckpoint.
func (d directory) checkpoint(session, name string) (entry, error) {
	key := checkpointKey(session, name)
	value := d.checkpoints.Get(key)
	if value == nil {
		has := "it has none"
		if names := d.checkpointNames(session); len(names) > 0 {
			has = "it has " + strings.Join(names, ", ")
		}
		return entry{}, fmt.Errorf("session %q, checkpoint %q: %w: %s", session, name, ErrNoCheckpoint, has)
	}
	return newEntry(d.checkpoints, key, value), nil
}

// checkpointNames returns the names of a session's checkpoints.
func (d directory) checkpointNames(session string) (names []string) {
	prefix := checkpointKey(session, "")
	for e := range entries(d.checkpoints, prefix) {
		names = append(names, string(e.key[len(prefix):]))
	}
	return names
}
