package store

import (
	"maps"
	"slices"
	"sync"
)

// Watch tells of commits that changed one collection, in whatever session. It lasts as long as the store.
type Watch struct {
	// C gets a value after such a commit. It holds one, so nobody waits for the reader, and one value may
	// stand for many commits. Now and then it comes though nothing was changed.
	C <-chan struct{}

	signal   chan struct{}
	mu       sync.Mutex
	sessions map[string]struct{}
}

// Watch begins to tell of commits that write to the collection, and of every [DB.Reset], [DB.Restore] and
// [DB.Drop], which change all collections of a session at once. What was committed before, a View sees; no
// commit is neither seen by a View that begins afterwards nor told.
func (c Collection[T]) Watch(db *DB) *Watch {
	signal := make(chan struct{}, 1)
	w := &Watch{C: signal, signal: signal, sessions: map[string]struct{}{}}
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.watches == nil {
		db.watches = map[string][]*Watch{}
	}
	db.watches[c.name] = append(db.watches[c.name], w)
	return w
}

// Sessions are those in which the collection was changed since the last call, in the order of their names.
func (w *Watch) Sessions() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	names := slices.Sorted(maps.Keys(w.sessions))
	clear(w.sessions)
	return names
}

func (w *Watch) notify(session string) {
	w.mu.Lock()
	w.sessions[session] = struct{}{}
	w.mu.Unlock()
	select {
	case w.signal <- struct{}{}:
	default: // it has yet to take the last one
	}
}

// markWritten remembers that a collection was written in this batch.
func (tx *Tx) markWritten(collection string, s *collectionView) {
	if !s.notified {
		s.notified = true
		tx.batch.written[collectionKey{tx.session, collection}] = struct{}{}
	}
}

// notify tells those who watch of what has been committed.
func (db *DB) notify(b *batch) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if len(db.watches) == 0 {
		return
	}
	for at := range b.written {
		for _, w := range db.watches[at.collection] {
			w.notify(at.session)
		}
	}
	for session := range b.replaced {
		for _, watches := range db.watches {
			for _, w := range watches {
				w.notify(session)
			}
		}
	}
}
