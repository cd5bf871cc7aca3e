package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// maxBatch bounds the updates that share a commit, so that the first of very many does not wait for
// the last.
const maxBatch = 512

// syncDelay is the time from a commit to the sync of the file when the durability is Async.
const syncDelay = 200 * time.Millisecond

// pendingUpdate is an Update that waits for the writer, which sets err and then closes done.
type pendingUpdate struct {
	ctx     context.Context // nil unless its end is to end the update
	session *Session        // nil for the store's own work
	now     time.Time
	fn      func(*Tx) error
	closes  bool // the session, once fn has succeeded
	err     error
	done    chan struct{}
}

// batch is one bbolt transaction, shared by the transactions of several callers.
type batch struct {
	db            *DB
	tx            *bolt.Tx
	inUse         int64                      // bytes of the file
	maxValue      int64                      // of a stored value: inUse and what this batch has written
	sessions      map[string]*openSession    // the sessions opened so far
	inline        openSession                // backs the first session without an allocation
	written       map[collectionKey]struct{} // collections to notify watchers of after the commit
	replaced      map[string]struct{}        // sessions that were reset, restored or dropped
	layersChanged bool                       // a layer stack may have changed
	closed        []*Session                 // sessions that this batch has closed
	// met while writing: bbolt's state is unsound, and the batch must be rolled back
	damage error
}

// PanicError is the error of an Update whose function panicked. Its text is the value on one line;
// Stack is for a log.
type PanicError struct {
	Value any
	Stack []byte
}

// Error returns the value of the panic on one line.
func (e *PanicError) Error() string { return "panic in a transaction: " + oneLine(e.Value) }

// Unwrap returns the value of the panic if it was an error, else nil.
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

// dequeue waits for updates and takes up to maxBatch of them. It returns none when the store is
// closed, or when nothing is queued and there is something to compact.
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
		db.queue = nil // its array belongs to calls now
	}
	return calls, db.closed && n == 0
}

// write runs batches until the store is closed, in the only goroutine that writes. If a caller's
// function ends it (runtime.Goexit), another takes over.
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
	for n := 1; ; n++ {
		calls, closed := db.dequeue()
		if closed {
			break
		}
		if len(calls) > 0 {
			db.runBatch(calls)
		}
		if db.compaction.due() && (len(calls) == 0 || n%compactEvery == 0) {
			db.compact()
		}
	}
	ended = true
}

// runBatch runs the updates, commits once and reports the result to each caller.
func (db *DB) runBatch(calls []*pendingUpdate) {
	err := errExited // returned if a function ends this goroutine
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

// commit runs the updates in one transaction, and commits it if any of them wrote. The error of one
// update stays in it; the error returned is for all of them.
func (db *DB) commit(calls []*pendingUpdate) error {
	tx, err := db.begin(true)
	if err != nil {
		return err
	}
	defer db.rollback(tx) // does nothing after a commit
	inUse := tx.Size()
	if err := cmp.Or(db.checkPlace(inUse), db.checkOverwritten(tx)); err != nil {
		db.fail(err, false)
		return err
	}
	b := &batch{
		db: db, tx: tx, inUse: inUse, maxValue: inUse, sessions: map[string]*openSession{},
		written: map[collectionKey]struct{}{},
	}
	db.compaction.fileGrown(b.maxValue)
	committed := false
	defer func() {
		if !committed { // their successors were not stored
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
	err = db.commitTx(tx)
	db.noteCommit(err)
	if err != nil {
		return err
	}
	if err := db.checkPlace(inUse); err != nil {
		db.fail(err, false)
		return err
	}
	committed = true
	if calls[0].session != nil && db.onCommit != nil { // else it is the store's own work
		stats := tx.Stats()
		db.onCommit(len(calls), stats.GetPageAlloc())
	}
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

// run runs one update and reports whether it wrote anything that is to be committed.
func (b *batch) run(c *pendingUpdate) (wrote bool) {
	tx := &Tx{Now: c.now, ctx: c.ctx, batch: b, writable: true}
	if c.session != nil {
		if c.session.closed.Load() {
			c.err = ErrSessionClosed
			return false
		}
		tx.session = c.session.name
	}
	if c.err = tx.Err(); c.err != nil {
		return false
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
	wrote = len(tx.undo) > 0
	if wrote && c.session != nil {
		c.session.written.Store(true)
	}
	return wrote
}

func (tx *Tx) run(fn func(*Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{Value: p, Stack: debug.Stack()}
		}
	}()
	return fn(tx)
}

// begin begins a bbolt transaction. A panic in bbolt's Begin (a file overwritten from outside)
// leaves its locks held, so only one transaction begins at a time: the next caller gets an error
// and does not wait for those locks.
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

// commitTx commits a bbolt transaction. A panic in bbolt becomes an ErrDamaged.
func (db *DB) commitTx(tx *bolt.Tx) (err error) {
	id := tx.ID()
	db.lastCommit = 0 // a commit that fails may be the last one all the same
	defer func() {
		if p := recover(); p != nil {
			err = damaged(db.path, p)
		}
	}()
	if err := tx.Commit(); err != nil {
		return db.notStored(err)
	}
	db.lastCommit = id
	return nil
}

// rollback rolls a bbolt transaction back. A panic there leaves bbolt's lock held, so the store
// cannot be closed any more.
func (db *DB) rollback(tx *bolt.Tx) {
	defer func() {
		if p := recover(); p != nil {
			db.fail(damaged(db.path, p), true)
		}
	}()
	_ = tx.Rollback() // fails only if the transaction has already ended
}

// release ends a read transaction, except where a panic has left bbolt's locks held and ending it
// would block.
func (db *DB) release(tx *bolt.Tx) {
	db.mu.Lock()
	unclosable := db.unclosable
	db.mu.Unlock()
	if !unclosable {
		_ = tx.Rollback() // fails only if the transaction has already ended
	}
}

// syncLater syncs the file syncDelay after a commit, until stop is closed. After an error every
// later transaction fails, since what was acknowledged may be lost.
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
			db.fail(fmt.Errorf("%s %w, so what was last stored may be lost (sync: %w)", db.name(), ErrNotStored, err),
				false)
			return
		}
	}
}
