package store

import (
	"fmt"
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// What resets and checkpoints leave behind is tidied by the writer, piece by piece, when nothing is queued, and
// now and then when something always is. What there is to do is read from the file each time, so a piece can
// be the last before Close, and the next opening goes on.
//
// A partition that no chain names is deleted, but only as its pages are needed (K347): bbolt writes its list of
// free pages with each commit, so that a long one would make all of them slower, and it gives nothing back to
// the system. So tidying keeps tidyAhead bytes ahead of what new records take, or what two of the largest
// commits do, until there is nothing left.
//
// A layer that only the one above it needs, since the checkpoint that made it is gone, takes up what is in that
// one, so that chains stay short. Each entry that moves is seen as before, so a half of it does no harm.
const (
	freeAhead      = 8 << 20
	compactRecords = 300       // in a piece, which takes some milliseconds
	compactBytes   = 512 << 10 // in a piece, or one record
	compactEvery   = 8         // of how many rounds of calls one is followed by a piece, if calls are always queued
)

// compaction is what the writer knows of what there is to tidy.
type compaction struct {
	pending      bool  // there may be something new
	unreferenced bool  // there are partitions to be deleted as their pages are needed
	failed       bool  // tidying met an error, and rests until there is something new
	size         int64 // the bytes of the file that are or were in use
	maxGrowth    int64 // the bytes by which one commit made it grow at most
	freeBytes    int64 // bytes that are free, or so it seems: none after the file has grown
}

func (g *compaction) due() bool {
	return !g.failed && (g.pending || g.unreferenced && g.freeBytes < max(freeAhead, 2*g.maxGrowth))
}

// fileGrown takes note of the size of the file.
func (g *compaction) fileGrown(size int64) {
	if size > g.size {
		g.maxGrowth, g.size, g.freeBytes = max(g.maxGrowth, size-g.size), size, 0
	}
}

// compact does one piece of what there is to tidy, in a commit of its own.
func (db *DB) compact() {
	c := &pendingUpdate{fn: (*Tx).compact, done: make(chan struct{})}
	db.runBatch([]*pendingUpdate{c})
	db.compaction.failed = c.err != nil
}

// compact does one piece of what there is to tidy, or nothing if there is no more.
func (tx *Tx) compact() (err error) {
	defer func() {
		if err != nil { // half a piece can not be taken back
			tx.batch.damage = err
		}
	}()
	defer tx.guard(true, "", "", &err)
	g := &tx.batch.db.compaction
	chains := directoryOf(tx.batch.tx).stacks()
	for _, session := range slices.Sorted(maps.Keys(chains)) {
		if upper, lower, found := mergeable(chains[session]); found {
			return tx.merge(session, upper, lower)
		}
	}
	g.pending = false
	name := tx.batch.unreferenced(chains)
	g.unreferenced = name != nil
	if !g.due() {
		return nil
	}
	return tx.deleteSome(name)
}

// stacks are those of each session: its own and its checkpoints'.
func (d directory) stacks() map[string][]layerStack {
	all := map[string][]layerStack{}
	for e := range entries(d.sessions, nil) {
		all[string(e.key)] = append(all[string(e.key)], e.layers)
	}
	for e := range entries(d.checkpoints, nil) {
		session, err := sessionOf(e.key)
		if err != nil {
			panic(err) // to guard
		}
		all[session] = append(all[session], e.layers)
	}
	return all
}

// unreferenced is the first partition that is in no chain, or nil.
func (b *batch) unreferenced(chains map[string][]layerStack) []byte {
	named := map[string]bool{}
	for _, list := range chains {
		for _, c := range list {
			for _, partition := range c {
				named[partition] = true
			}
		}
	}
	c := b.tx.Cursor()
	for name, _ := c.First(); name != nil; name, _ = c.Next() {
		if isPartition(string(name)) && !named[string(name)] {
			return name
		}
	}
	return nil
}

// deleteSome deletes a piece of a partition that is in no chain.
func (tx *Tx) deleteSome(name []byte) error {
	root := tx.batch.tx
	tx.undo = append(tx.undo, func() error { return nil }) // so that it is committed
	freed, empty, err := tx.moveSome(root.Bucket(name), func(_, _, _ []byte) error { return nil })
	if err != nil {
		return err
	}
	tx.batch.db.compaction.freeBytes += freed
	if empty {
		return root.DeleteBucket(name)
	}
	return nil
}

// mergeable finds two neighbours of which the lower is needed for nothing but the upper: it is the first of no
// chain, and in all that have it the same one lies above.
func mergeable(chains []layerStack) (upper, lower string, found bool) {
	above := map[string]string{}
	for _, c := range chains {
		for i, name := range c {
			upper := ""
			if i > 0 {
				upper = c[i-1]
			}
			if other, known := above[name]; known && other != upper {
				upper = "" // which it stays
			}
			above[name] = upper
		}
	}
	for _, c := range chains {
		for i := 1; i < len(c); i++ {
			if above[c[i]] == c[i-1] {
				return c[i-1], c[i], true
			}
		}
	}
	return "", "", false
}

// merge moves a piece of a layer into the one below it, and takes it out of its chains when it is empty.
func (tx *Tx) merge(session, upper, lower string) error {
	root := tx.batch.tx
	tx.undo = append(tx.undo, func() error { return nil }) // so that it is committed
	delete(tx.batch.sessions, session)
	from, to := root.Bucket([]byte(upper)), root.Bucket([]byte(lower))
	if to == nil {
		return fmt.Errorf("%w: no partition %q", ErrDamaged, lower)
	}
	d := directoryOf(root)
	if from != nil {
		tagged := d.tagged(session, lower)
		_, empty, err := tx.moveSome(from, func(collection, key, raw []byte) error {
			b, err := to.CreateBucketIfNotExists(collection)
			if err != nil {
				return err
			}
			b.FillPercent = fillPercent
			switch value := (layer{tagged: true}).value(raw); {
			case tagged:
				return b.Put(key, raw)
			case value == nil:
				return b.Delete(key)
			default:
				return b.Put(key, value)
			}
		})
		if err != nil || !empty {
			return err
		}
		if err := takeSequences(from, to); err != nil {
			return err
		}
		if err := root.DeleteBucket([]byte(upper)); err != nil {
			return err
		}
	}
	for _, e := range d.entriesOf(session) {
		if i := slices.Index(e.layers, upper); i >= 0 {
			if err := e.in.Put(e.key, slices.Delete(e.layers, i, i+1).encode(e.note)); err != nil {
				return err
			}
		}
	}
	return nil
}

// tagged says whether the records of a partition that is in a chain of the session have tags.
func (d directory) tagged(session, partition string) bool {
	for _, e := range d.entriesOf(session) {
		if i := slices.Index(e.layers, partition); i >= 0 {
			return i < len(e.layers)-1
		}
	}
	return false
}

// takeSequences gives a partition the sequences of the one that lay over it.
func takeSequences(from, to *bolt.Bucket) error {
	c := from.Cursor()
	for collection, _ := c.First(); collection != nil; collection, _ = c.Next() {
		b, err := to.CreateBucketIfNotExists(collection)
		if err != nil {
			return err
		}
		if err := b.SetSequence(from.Bucket(collection).Sequence()); err != nil {
			return err
		}
	}
	return to.SetSequence(from.Sequence())
}

// moveSome removes a piece of a partition's entries, each after it was given to move. It tells the bytes that they
// had, and whether that was all there were.
func (tx *Tx) moveSome(partition *bolt.Bucket, move func(collection, key, raw []byte) error) (bytes int64, empty bool, err error) {
	records := 0
	collections := partition.Cursor()
	for name, _ := collections.First(); name != nil; name, _ = collections.Next() {
		b := partition.Bucket(name)
		if b == nil {
			panic(fmt.Sprintf("%q is no collection", name)) // to guard
		}
		var keys [][]byte
		c := b.Cursor()
		for key, raw := c.First(); key != nil; key, raw = c.Next() {
			if records == compactRecords || bytes >= compactBytes {
				return bytes, false, removeAll(b, keys)
			}
			if raw == nil || int64(len(raw)) > tx.batch.maxValue { // or writing it back could need as much memory
				panic(fmt.Sprintf("an entry of %d bytes", len(raw))) // to guard
			}
			records, bytes = records+1, bytes+int64(len(key)+len(raw))
			keys = append(keys, key)
			if err := move(name, key, raw); err != nil {
				return bytes, false, err
			}
		}
		if err := removeAll(b, keys); err != nil {
			return bytes, false, err
		}
	}
	return bytes, true, nil
}

func removeAll(b *bolt.Bucket, keys [][]byte) error {
	for _, key := range keys {
		if err := b.Delete(key); err != nil {
			return err
		}
	}
	return nil
}
