// Package store keeps typed records in one bbolt file. It knows no record type: each package
// declares its own collections ([Collection] for records, [Blobs] for raw bytes) and reads and
// writes them in a transaction ([Tx]), which belongs to one session and has one instant.
//
// Sessions are partitions: a transaction sees the records of its own session and no others. A
// session can be emptied ([Session.Reset]), kept under a name and brought back
// ([Session.Checkpoint], [Session.Restore]) and removed ([Session.Drop]), each in the time of one
// small commit, whatever it holds.
//
// Calls of [Session.Update] that arrive together share one bbolt transaction and one commit,
// because the commit (two fdatasyncs) is what a write costs. A lone call is committed at once.
//
// A file that is damaged, cut short, locked or not one of ours gives an error of one line that says
// what is wrong and what would be right; it never ends the process.
package store

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"

	"sandkasse/mock/internal/store/boltfile"
)

// Durability says when an acknowledged [Session.Update] is on disk.
type Durability string

const (
	// Sync means that what Update has acknowledged is on disk: it survives a power cut.
	Sync Durability = "sync"
	// Async means that what Update has acknowledged survives a kill of the process; it is synced in
	// the background, some 200 ms later, and at Close. A power cut before that can damage the file.
	Async Durability = "async"
)

var (
	// ErrClosed is the error of every transaction after [DB.Close].
	ErrClosed = errors.New("sandkasse is being stopped, and its data file is closed; nothing was done")
	// ErrClosing is the cause ([context.WithCancelCause]) of the end of a call's context when its
	// server begins to close: what only waits ends, and what reads may go on until [DB.Close].
	ErrClosing = errors.New("sandkasse is being stopped")
	// ErrReadOnly is the error of a write in [Session.View].
	ErrReadOnly = errors.New("a View only reads: write in an Update")
	// ErrSessionClosed is the error of work in a [Session] that was reset, restored or dropped:
	// nothing was done.
	ErrSessionClosed = errors.New(
		"the session was reset, restored or expired while the call was under way; nothing was done")
	// ErrLocked is in the error of opening a data file that another process has open (see errors.Is).
	ErrLocked = errors.New("is locked")
	// ErrDamaged is in the error of everything that met damage in the data file (see errors.Is).
	ErrDamaged = boltfile.ErrDamaged
)

var (
	errEnded  = errors.New("the transaction has ended: use a Tx only inside the function it was given to")
	errExited = errors.New(
		"a function in this commit ended the store's goroutine (runtime.Goexit, as t.Fatal does), so nothing of it " +
			"was stored")
	errForeign = boltfile.ErrForeign
	errSession = errors.New("a session needs a name, one that does not begin with a zero byte")
)

// DB is an open data file. It is safe for use by many goroutines.
type DB struct {
	path       string
	file       *os.File // that bbolt has open
	bolt       *bolt.DB
	durability Durability
	temporary  bool
	generation uint64

	closing atomic.Bool // Views and UpdateWhiles are to end
	beginMu sync.Mutex  // held while a transaction of bbolt's begins

	mu         sync.Mutex
	queued     *sync.Cond       // something was queued, or closed was set
	queue      []*pendingUpdate // waiting for the writer
	closed     bool             // nothing more is queued
	failed     error            // nothing more can be stored
	log        *slog.Logger
	lastDamage string              // that was logged
	unwritable error               // of the last commit, nil if it was made
	unclosable bool                // bbolt panicked with its locks held and cannot be closed
	watches    map[string][]*Watch // by collection

	compaction compaction // belongs to the writer
	lastCommit int        // its id, 0 if that is not known; belongs to the writer

	onCommit  func(updates int, bytes int64) // nil: nothing is called
	sync      func() error                   // bolt.Sync, or what a test has in its place
	dirty     chan struct{}                  // Async: a commit that is not yet synced; holds one
	stop      chan struct{}                  // closed to end the syncer
	writer    sync.WaitGroup
	syncer    sync.WaitGroup
	closeOnce sync.Once
	closeErr  error // what Close returned
}

// OnCommit has a function called on the store's own goroutine after each commit of updates, with their number and the
// bytes of the pages that were written. It must not block. It is set before the store is used.
func (db *DB) OnCommit(call func(updates int, bytes int64)) { db.onCommit = call }

// Size returns the size of the data file in bytes; 0 once it is closed.
func (db *DB) Size() int64 {
	info, err := db.file.Stat()
	if err != nil {
		return 0
	}
	return info.Size()
}

// Generation returns how many times the file has been opened, this time included: 1 for a new file.
// It is on disk before Open returns, so that ids derived from it do not repeat after a restart.
func (db *DB) Generation() uint64 { return db.generation }

// Close commits what is queued, ends running Views, syncs and closes the file, and removes a
// temporary one. A second call returns what the first one returned. Of a View that does not end
// Close waits closeLimit: the file is synced then, but stays open, and Close returns an error.
func (db *DB) Close() error {
	db.closeOnce.Do(func() { db.closeErr = db.close() })
	return db.closeErr
}

func (db *DB) close() error {
	db.closing.Store(true)
	db.mu.Lock()
	db.closed = true
	db.queued.Signal()
	db.mu.Unlock()
	db.writer.Wait()
	close(db.stop)
	db.syncer.Wait()

	db.mu.Lock()
	failed, unclosable := db.failed, db.unclosable
	db.mu.Unlock()
	if unclosable {
		return failed
	}
	var synced, removed error
	if !db.temporary {
		synced = db.sync()
	}
	closed := db.closeBolt()
	if db.temporary {
		removed = removeTemporary(db.path)
	}
	if failed != nil {
		return failed
	}
	if err := cmp.Or(synced, closed, removed); err != nil {
		return fmt.Errorf("closing data file %s: %w", db.path, err)
	}
	return nil
}

// closeLimit bounds the wait of Close for Views to end.
const closeLimit = 2 * time.Second

// closeBolt closes the file, which waits for all Views.
func (db *DB) closeBolt() error {
	closed := make(chan error, 1)
	go func() { closed <- db.bolt.Close() }()
	select {
	case err := <-closed:
		return err
	case <-time.After(closeLimit):
		return errors.New("what was stored is on disk, but the file is still being read and stays open")
	}
}

// failure returns why nothing can be read or written any more, or nil.
func (db *DB) failure() error {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.failed
}

// fail makes every later transaction return err. unclosable says that bbolt holds locks for ever
// and cannot be closed.
func (db *DB) fail(err error, unclosable bool) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.failed == nil {
		db.failed = err
		db.log.Error("nothing can be stored or read any more", "cause", err)
	}
	db.unclosable = db.unclosable || unclosable
}

// validSession reports whether a session may have the name: it is not empty, and not reserved for
// the store's own buckets.
func validSession(name string) bool { return name != "" && name[0] != metaBucket[0] }

// removeTemporary removes a temporary file, if OpenTemporary could not.
func removeTemporary(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
