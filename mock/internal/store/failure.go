package store

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"

	bolt "go.etcd.io/bbolt"
)

// ErrNotStored is in the error of everything that could not be stored, because the file cannot be
// written or is not at its path any more (see errors.Is).
var ErrNotStored = errors.New("could not be written")

// LogTo makes the store log what keeps it from storing: once when it begins, and once when it ends.
func (db *DB) LogTo(log *slog.Logger) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.log = log
}

// noteDamage logs damage, unless it is the same as the last.
func (db *DB) noteDamage(err error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if text := err.Error(); text != db.lastDamage {
		db.lastDamage = text
		db.log.Error("met damage", "cause", err)
	}
}

// name returns the file as a message names it.
func (db *DB) name() string {
	if db.temporary {
		return "temporary data file " + db.path
	}
	return "data file " + db.path
}

// commitError is the error of a commit that bbolt could not make.
type commitError struct {
	text  string
	cause error
}

func (e *commitError) Error() string { return e.text }

func (e *commitError) Unwrap() []error { return []error{ErrNotStored, e.cause} }

// notStored returns the error of a commit that bbolt could not make.
func (db *DB) notStored(cause error) error {
	reason := oneLine(cause)
	if _, after, found := strings.Cut(reason, db.path+": "); found { // such as write FILE: no space left on device
		reason = after
	}
	advice := "make room on its disk, or raise the limit that it met, then try again"
	if db.temporary {
		advice += ", or name a file on another disk (--data)"
	}
	return &commitError{
		fmt.Sprintf("%s %v: %s; nothing was stored: %s", db.name(), ErrNotStored, reason, advice), cause,
	}
}

// noteCommit records whether the last commit could be made, and logs where that has changed.
func (db *DB) noteCommit(err error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	before := db.unwritable
	db.unwritable = err
	switch {
	case err != nil && before == nil:
		db.log.Error("nothing can be stored; this is logged once, until it can be again", "cause", err)
	case err == nil && before != nil:
		db.log.Info("the data file can be written again")
	}
}

// checkPlace returns an error if the open file is not the one at the path any more, or has fewer
// bytes than are in use: what is committed to it would be lost.
func (db *DB) checkPlace(inUse int64) error {
	open, err := db.file.Stat()
	if err != nil {
		return nil // which does not say that anything is wrong with the file
	}
	if open.Size() < inUse {
		return fmt.Errorf("%s %w: it was cut short while sandkasse had it open, to %d bytes of %d: %s", db.name(),
			ErrDamaged, open.Size(), inUse, remedy)
	}
	if db.temporary { // which has no name any more
		return nil
	}
	what := "replaced"
	named, err := os.Stat(db.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		what = "removed"
	case err != nil || os.SameFile(open, named):
		return nil
	}
	return fmt.Errorf("%s %w: it was %s while sandkasse had it open, so whatever is stored would be lost: "+
		"restart sandkasse, with the file that it is to use", db.name(), ErrNotStored, what)
}

// checkOverwritten returns an error if the file's last commit is none of this store's.
func (db *DB) checkOverwritten(tx *bolt.Tx) error {
	if db.lastCommit == 0 || tx.ID() == db.lastCommit+1 {
		return nil
	}
	return fmt.Errorf("%s %w: another program wrote to it while sandkasse had it open: %s", db.name(), ErrDamaged,
		remedy)
}

// probeSize is the size of what Ready stores after a commit has failed: more than fits into the few
// free pages that a full disk leaves in the file.
const probeSize = 1 << 16

const probeKey = "probe"

// Ready returns why nothing can be stored, or nil. After a commit that failed it makes one, so it
// also returns nil when there is room again.
func (db *DB) Ready() error {
	err := db.viewDirectory(func(tx *bolt.Tx) error {
		err := db.checkPlace(tx.Size())
		if err != nil {
			db.fail(err, false)
		}
		return err
	})
	if err != nil {
		return err
	}
	db.mu.Lock()
	unwritable := db.unwritable
	db.mu.Unlock()
	if unwritable == nil {
		return nil
	}
	for _, value := range [][]byte{make([]byte, probeSize), nil} {
		if err := db.run(&pendingUpdate{fn: guarded(func(tx *Tx) error { return tx.probe(value) })}); err != nil {
			return err
		}
	}
	return nil
}

// probe stores a value that means nothing, or deletes it if it is nil.
func (tx *Tx) probe(value []byte) error {
	tx.undo = append(tx.undo, undo{by: func() error { return nil }}) // so that it is committed
	own := tx.batch.tx.Bucket([]byte(metaBucket))
	if value == nil {
		return own.Delete([]byte(probeKey))
	}
	return own.Put([]byte(probeKey), value)
}
