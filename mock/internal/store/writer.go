package store

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// maxBatch is how many calls share a commit at most, so that the first of very many is not kept
// waiting for the last.
const maxBatch = 512

// syncDelay is how long after a commit the file is synced when the durability is Async.
const syncDelay = 200 * time.Millisecond

// pendingUpdate is one Update on its way through the writer. The writer sets err and then closes done.
type pendingUpdate struct {
	session *Session // nil for the store's own work
	now     time.Time
	fn      func(*Tx) error
	closes  bool // the session, once fn has succeeded
	err     error
	done    chan struct{}
}

// batch is what the transactions of one bbolt transaction have in common.
type batch struct {
	db            *DB
	tx            *bolt.Tx
	maxValue      int64                      // no value can be longer: the bytes of the file, and those put
	sessions      map[string]*openSession    // the sessions opened so far
	inline        openSession                // room for one, as most have no more
	written       map[collectionKey]struct{} // what may have been changed, to be told after the commit
	replaced      map[string]struct{}        // the sessions of which everything may have been changed
	layersChanged bool                       // a chain may have been changed
	closed        []*Session                 // that an update of this batch has closed
	damage        error                      // a write met damage: bbolt's own state is unsound and must be thrown away
}

// PanicError is the error of an Update whose function panicked. Its text has the value alone, on one
// line; the stack is for a log.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return "panic in a transaction: " + oneLine(e.Value) }

// Unwrap gives the error that was panicked with, if it was one.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

func (db *DB) enqueue(c *pendingUpdate) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.failed != nil {
		return db.failed
	}
	if db.closed {
		return ErrClosed
	}
	db.queue = append(db.queue, c)
	db.queued.Signal()
	return nil
}

// dequeue waits for calls and takes all that are queued, up to maxBatch. That there are none means that the
// store is closed, or that there is time to tidy.
func (db *DB) dequeue() (calls []*pendingUpdate, closed bool) {
	db.mu.Lock()
	defer db.mu.Unlock()
	for len(db.queue) == 0 && !db.closed && !db.compaction.due() {
		db.queued.Wait()
	}
	n := min(len(db.queue), maxBatch)
	calls = db.queue[:n:n]
	db.queue = db.queue[n:]
	if len(db.queue) == 0 {
		db.queue = nil // the rest of its array belongs to calls
	}
	return calls, db.closed && n == 0
}

// write is the one goroutine that writes. If a function ends it (runtime.Goexit), another takes over.
func (db *DB) write() {
	ended := false
	defer func() {
		if ended {
			db.writer.Done()
		} else {
			go db.write()
		}
	}()
	debug.SetPanicOnFault(true)
	for turn := 1; ; turn++ {
		calls, closed := db.dequeue()
		if closed {
			break
		}
		if len(calls) > 0 {
			db.runBatch(calls)
		}
		if db.compaction.due() && (len(calls) == 0 || turn%compactEvery == 0) {
			db.compact()
		}
	}
	ended = true
}

// runBatch runs the calls, commits once and tells each its result.
func (db *DB) runBatch(calls []*pendingUpdate) {
	err := errExited // stands if a function ends this goroutine
	defer func() {
		for _, c := range calls {
			if c.err == nil {
				c.err = err
			}
			close(c.done)
		}
	}()
	err = db.commit(calls)
}

// commit runs the calls in one transaction and commits it, if any of them wrote. An error of a
// call is kept in the call; the error returned is of all of them.
func (db *DB) commit(calls []*pendingUpdate) error {
	tx, err := db.begin(true)
	if err != nil {
		return err
	}
	defer db.rollback(tx) // does nothing after a commit
	b := &batch{db: db, tx: tx, maxValue: tx.Size(), sessions: map[string]*openSession{}, written: map[collectionKey]struct{}{}}
	db.compaction.fileGrown(b.maxValue)
	committed := false
	defer func() {
		if !committed { // what was to take their place is not stored
			for _, s := range b.closed {
				s.closed.Store(false)
			}
		}
	}()
	wrote := false
	for _, c := range calls {
		wrote = b.run(c) || wrote
		if b.damage != nil {
			return b.damage
		}
	}
	if !wrote {
		committed = true
		return nil
	}
	if err := db.commitTx(tx); err != nil {
		return err
	}
	committed = true
	db.notify(b)
	if b.layersChanged {
		db.compaction.pending, db.compaction.failed = true, false
	}
	if db.durability == Async {
		select {
		case db.dirty <- struct{}{}:
		default: // already known to the syncer
		}
	}
	return nil
}

// run runs one call and says whether it wrote anything that is to be kept.
func (b *batch) run(c *pendingUpdate) (wrote bool) {
	tx := &Tx{Now: c.now, batch: b, writable: true}
	if c.session != nil {
		if c.session.closed.Load() {
			c.err = ErrSessionClosed
			return false
		}
		tx.session = c.session.name
	}
	c.err = tx.run(c.fn)
	tx.ended = true
	if c.err != nil {
		tx.revert()
		return false
	}
	if c.closes {
		c.session.closed.Store(true)
		b.closed = append(b.closed, c.session)
	}
	return len(tx.undo) > 0
}

func (tx *Tx) run(fn func(*Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{Value: p, Stack: debug.Stack()}
		}
	}()
	return fn(tx)
}

// begin is bbolt's Begin. A panic there (a file overwritten under our hands) leaves bbolt's locks held, so one begins at a time: who comes next
// is told, and does not wait for them.
func (db *DB) begin(writable bool) (tx *bolt.Tx, err error) {
	db.beginMu.Lock()
	defer db.beginMu.Unlock()
	defer func() {
		if p := recover(); p != nil {
			err = damaged(db.path, p)
			db.fail(err, true)
		}
	}()
	if err := db.failure(); err != nil {
		return nil, err
	}
	tx, err = db.bolt.Begin(writable)
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return nil, ErrClosed
	}
	if err != nil {
		return nil, fmt.Errorf("data file %s: %w", db.path, err)
	}
	return tx, nil
}

// commitTx is bbolt's Commit, in which damage shows as a panic.
func (db *DB) commitTx(tx *bolt.Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = damaged(db.path, p)
		}
	}()
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("committing to data file %s failed: %w", db.path, err)
	}
	return nil
}

// rollback is bbolt's Rollback. A panic there leaves bbolt's lock held.
func (db *DB) rollback(tx *bolt.Tx) {
	defer func() {
		if p := recover(); p != nil {
			db.fail(damaged(db.path, p), true)
		}
	}()
	_ = tx.Rollback() // fails only if the transaction has already ended
}

// release ends a transaction that only read. Where a panic has left bbolt's locks held it is left as it is: it could not end.
func (db *DB) release(tx *bolt.Tx) {
	db.mu.Lock()
	unclosable := db.unclosable
	db.mu.Unlock()
	if !unclosable {
		_ = tx.Rollback() // fails only if the transaction has already ended
	}
}

// syncLater syncs the file some time after a commit, until stop is closed. An error is for good: what
// was acknowledged may be lost, so nothing more is.
func (db *DB) syncLater() {
	defer db.syncer.Done()
	for {
		select {
		case <-db.dirty:
		case <-db.stop:
			return
		}
		select {
		case <-time.After(syncDelay):
		case <-db.stop: // Close syncs
			return
		}
		if err := db.sync(); err != nil {
			db.fail(fmt.Errorf("data file %s could not be synced, so what was last stored may be lost: %w", db.path, err), false)
			return
		}
	}
}
