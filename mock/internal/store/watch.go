package store

import (
	"maps"
	"slices"
	"sync"
)

// Watch reports commits that changed one collection, in any session. It lasts as long as the store.
type Watch struct {
	// C receives a value after such a commit. It buffers one, so a commit never waits for the
	// reader, and one value may stand for many commits. Sometimes a value arrives though nothing
	// was changed.
	C <-chan struct{}

	signal   chan struct{}
	mu       sync.Mutex
	sessions map[string]struct{}
}

// Watch returns a Watch of the collection. It reports every commit that writes to the collection,
// and every [Session.Reset], [Session.Restore] and [Session.Drop], which change all collections of
// a session at once. A View that begins after Watch has returned sees every commit that is not
// reported.
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

// Sessions returns the names of the sessions in which the collection was changed since the last
// call, sorted.
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
	default: // the reader has not taken the last one yet
	}
}

// markWritten makes the commit of this batch notify the watchers of the collection.
func (tx *Tx) markWritten(collection string, s *collectionView) {
	if !s.notified {
		s.notified = true
		tx.batch.written[collectionKey{tx.session, collection}] = struct{}{}
	}
}

// notify wakes the watchers of what the batch has committed.
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
