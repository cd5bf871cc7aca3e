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

	// maxLayers is how many layers a session has at most. Once it is tidy it has no more than maxCheckpoints+2:
	// under the first lies one for each checkpoint at most, and one for each at which another branches off.
	maxLayers = 2 * maxCheckpoints
)

// ErrNoCheckpoint is in the error of what is asked of a checkpoint that is not there (see errors.Is).
var ErrNoCheckpoint = errors.New("there is no such checkpoint")

// errTooManyLayers says that a session has too many layers for one more.
var errTooManyLayers = errors.New("the session has too many layers")

// Checkpoint is a session as it was once, with its size as [Session] has it, and what the caller noted.
type Checkpoint struct {
	Name    string
	Records int
	Bytes   int64
	Note    []byte
}

// Checkpoint keeps the session as it is under a name, in the place of what was kept under that name. It is
// stored as an Update is, and comes in its turn with them. Nothing is copied: a record is stored again only
// when it is changed. The note is the caller's own: it is made in the same turn, after every update that the
// checkpoint holds, must not block, and has at most 64 KiB; a name has 1 to 200 bytes, and a session 32 checkpoints
// (K346).
func (s *Session) Checkpoint(name string, note func() ([]byte, error)) error {
	if name == "" || len(name) > maxCheckpointName {
		return fmt.Errorf("a checkpoint's name has 1 to %d bytes, this one has %d", maxCheckpointName, len(name))
	}
	for {
		deep := false
		err := s.change(func(tx *Tx) error {
			err := tx.checkpoint(name, note)
			if deep = errors.Is(err, errTooManyLayers); !deep {
				return err
			}
			// So many were made and deleted in a short time that tidying lags behind.
			if err := tx.compact(); err != nil || len(tx.undo) > 0 {
				return err
			}
			return errTooManyLayers // which can not be: see maxLayers
		})
		if err != nil || !deep {
			return err
		}
	}
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
	if has := d.checkpointNames(tx.session); len(has) >= maxCheckpoints && d.checkpoints.Get(key) == nil {
		return fmt.Errorf("session %q has %d checkpoints, which is the most there can be: delete one of %s", tx.session, len(has), strings.Join(has, ", "))
	}
	kept := h.layers
	if len(kept) > 0 && h.partitions[0] == nil {
		kept = kept[1:] // nothing was stored in it
	}
	if err := tx.putDirectory(d.checkpoints, key, kept.encode(note)); err != nil {
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

// Restore makes the session what it was when the checkpoint was made, and returns the note that was made
// with it. It is stored as an Update is, and comes in its turn with them. The checkpoint stays, to be restored
// again.
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

// DeleteCheckpoint removes a checkpoint; the session stays as it is.
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

// Checkpoints are those of the session, in the order of their names' bytes.
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

// checkpoint is the entry of a checkpoint.
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

// checkpointNames are the names of a session's checkpoints.
func (d directory) checkpointNames(session string) (names []string) {
	prefix := checkpointKey(session, "")
	for e := range entries(d.checkpoints, prefix) {
		names = append(names, string(e.key[len(prefix):]))
	}
	return names
}
