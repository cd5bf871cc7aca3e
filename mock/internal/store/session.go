package store

import (
	"context"
	"sync/atomic"
	"time"
)

// Session is one session of a data file, as [DB.Session] opens it. Reset, Restore, Drop and Close
// close it: from then on every Update and View of it is refused with [ErrSessionClosed], those included
// that were queued before. Open a session once and share it. It is safe for concurrent use.
type Session struct {
	db      *DB
	name    string
	closed  atomic.Bool // set on the writer's goroutine, and by Close
	written atomic.Bool
}

// Session opens the session of that name. Nothing is stored until something is written to it. Every
// transaction of a session with an unusable name fails.
func (db *DB) Session(name string) *Session { return &Session{db: db, name: name} }

// Name returns the session's name.
func (s *Session) Name() string { return s.name }

// Closed reports whether the session was reset, restored or dropped.
func (s *Session) Closed() bool { return s.closed.Load() }

// Written reports whether an update of the session has written anything since DB.Session returned
// it, a checkpoint included. It may also be true when a commit failed.
func (s *Session) Written() bool { return s.written.Load() }

// Close closes a session in which nothing is stored, and which nobody uses.
func (s *Session) Close() { s.closed.Store(true) }

// Update runs fn in a transaction that may write, and returns nil once what it wrote is committed
// (with [Sync]: on disk). If fn returns an error or panics, nothing of what it wrote is kept, and
// Update returns that very error, or a [*PanicError]. fn runs exactly once, unless the session is
// closed or the store is closed or damaged, when it may not run at all.
//
// Functions of several callers run one after the other, on the store's own goroutine, and share a
// commit. One that fails does not touch the others; an error of the commit itself (a full disk,
// say) is returned to all of them, as is damage that one of them met in writing. If none of them
// wrote, nothing is committed and nothing waits for the disk.
//
// The wait is for the functions that were queued before this one and for the commit; there is no
// other limit. So fn must not block, and must not call Update or View, which would wait for ever.
func (s *Session) Update(now time.Time, fn func(*Tx) error) error {
	return s.run(&pendingUpdate{session: s, now: now, fn: fn})
}

// UpdateWhile does what Update does, unless the context ends first: then fn does not run, or every
// operation of its Tx fails with the context's error, as in View.
func (s *Session) UpdateWhile(ctx context.Context, now time.Time, fn func(*Tx) error) error {
	return s.run(&pendingUpdate{ctx: ctx, session: s, now: now, fn: fn})
}

// replace runs a change of the directory, after which the session is closed.
func (s *Session) replace(fn func(*Tx) error) error {
	return s.run(&pendingUpdate{session: s, fn: guarded(fn), closes: true})
}

// change runs a change of the directory.
func (s *Session) change(fn func(*Tx) error) error {
	return s.run(&pendingUpdate{session: s, fn: guarded(fn)})
}

// guarded returns fn with damage that it meets made an error.
func guarded(fn func(*Tx) error) func(*Tx) error {
	return func(tx *Tx) (err error) {
		defer tx.guard(true, "", "", &err)
		return fn(tx)
	}
}

// run runs an update of the session.
func (s *Session) run(u *pendingUpdate) error {
	if !validSession(s.name) {
		return errSession
	}
	return s.db.run(u)
}

// run queues an update and waits until it is done.
func (db *DB) run(u *pendingUpdate) error {
	u.done = make(chan struct{})
	if err := db.enqueue(u); err != nil {
		return err
	}
	<-u.done
	return u.err
}

// View runs fn in a transaction that only reads, and returns what fn returned. All of it sees the
// file as it was when View began, whatever is committed meanwhile; with [Sync] that may hold a
// commit that is written and is just being synced. It runs on the caller's goroutine, beside any
// number of others, and does not wait for commits; a panic of fn passes through. fn must not call
// Update or View, which could wait for ever.
//
// Once the context has ended, every operation of the Tx fails with the context's error, and once
// the store is closed with [ErrClosed], so that a long read ends with its caller and its server. A
// context that [ErrClosing] has ended counts as going on.
func (s *Session) View(ctx context.Context, now time.Time, fn func(*Tx) error) error {
	if !validSession(s.name) {
		return errSession
	}
	defer panicOnFault()()
	b, err := s.db.begin(false)
	if err != nil {
		return err
	}
	tx := &Tx{Now: now, ctx: ctx, session: s.name, batch: &batch{db: s.db, tx: b, inUse: b.Size(), maxValue: b.Size()}}
	defer func() {
		tx.ended = true
		s.db.release(b)
	}()
	if s.closed.Load() { // asked once the transaction has begun: it then sees nothing of what comes after the session
		return ErrSessionClosed
	}
	return fn(tx)
}
