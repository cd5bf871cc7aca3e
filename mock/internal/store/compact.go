package store

import (
	"fmt"
	"maps"
	"slices"

	bolt "go.etcd.io/bbolt"
)

// The writer compacts what resets and checkpoints leave behind, a few milliseconds at a time: when
// no update is queued, and after every compactEvery batches when updates always are. It reads from
// the file what there is to do, so Close can come between two steps, and the next Open goes on.
//
// A partition that no layer stack names is deleted, but only as its pages are needed (K347): bbolt
// writes its list of free pages with each commit, so a long list would make every commit slower,
// and the file does not shrink anyway. So compaction keeps freeAhead bytes free, or twice the
// growth of the largest commit, until no such partition is left.
//
// A layer that is needed only by the layer above it, since the checkpoint between them is gone,
// takes over that layer's entries, so that stacks stay short. Each entry reads the same before and
// after it moves, so stopping halfway does no harm.
const (
	freeAhead      = 8 << 20
	compactRecords = 300       // in a step, which takes some milliseconds
	compactBytes   = 512 << 10 // in a step, or one record
	compactEvery   = 8         // batches of updates for each step, while updates are always queued
)

// compaction says what there is to compact. It belongs to the writer.
type compaction struct {
	pending      bool  // layers may have become superfluous
	unreferenced bool  // some partitions are in no layer stack
	failed       bool  // the last step met an error; nothing is done until pending is set again
	size         int64 // bytes of the file that are or were in use
	maxGrowth    int64 // the most bytes by which one commit made the file grow
	freeBytes    int64 // estimated free bytes; 0 after the file has grown
}

func (g *compaction) due() bool {
	return !g.failed && (g.pending || g.unreferenced && g.freeBytes < max(freeAhead, 2*g.maxGrowth))
}

// fileGrown records the size of the file.
func (g *compaction) fileGrown(size int64) {
	if size > g.size {
		g.maxGrowth, g.size, g.freeBytes = max(g.maxGrowth, size-g.size), size, 0
	}
}

// compact takes one step of compaction, in a commit of its own.
func (db *DB) compact() {
	c := &pendingUpdate{fn: (*Tx).compact, done: make(chan struct{})}
	db.runBatch([]*pendingUpdate{c})
	db.compaction.failed = c.err != nil
}

// compact takes one step of compaction; it does nothing if there is nothing to compact.
func (tx *Tx) compact() (err error) {
	defer func() {
		if err != nil { // half a step cannot be undone
			tx.batch.damage = err
		}
	}()
	defer tx.guard(true, "", "", &err)
	g := &tx.batch.db.compaction
	stacks := directoryOf(tx.batch.tx).stacks()
	for _, session := range slices.Sorted(maps.Keys(stacks)) {
		if upper, lower, found := mergeable(stacks[session]); found {
			return tx.merge(session, upper, lower)
		}
	}
	g.pending = false
	name := tx.batch.unreferenced(stacks)
	g.unreferenced = name != nil
	if !g.due() {
		return nil
	}
	return tx.deleteSome(name)
}

// stacks returns the layer stacks of each session: its own and its checkpoints'.
func (d directory) stacks() map[string][]layerStack {
	all := map[string][]layerStack{}
	for e := range entries(d.sessions, nil) {
		all[string(e.key)] = append(all[string(e.key)], e.layers)
	}
	for e := range entries(d.checkpoints, nil) {
		session, err := sessionOf(e.key)
		if err != nil {
			panic(err) // guard makes it an ErrDamaged
		}
		all[session] = append(all[session], e.layers)
	}
	return all
}

// unreferenced returns the first partition that is in no layer stack, or nil.
func (b *batch) unreferenced(stacks map[string][]layerStack) []byte {
	named := map[string]bool{}
	for _, list := range stacks {
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

// deleteSome deletes up to compactRecords records of a partition, and the partition once it is
// empty.
func (tx *Tx) deleteSome(name []byte) error {
	root := tx.batch.tx
	tx.undo = append(tx.undo, undo{by: func() error { return nil }}) // so that it is committed
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

// mergeable finds a layer that is needed by nothing but the layer above it: it is on top of no
// stack, and every stack that has it has the same layer above it.
func mergeable(stacks []layerStack) (upper, lower string, found bool) {
	above := map[string]string{}
	for _, c := range stacks {
		for i, name := range c {
			upper := ""
			if i > 0 {
				upper = c[i-1]
			}
			if other, known := above[name]; known && other != upper {
				upper = "" // for good: two different layers lie above it
			}
			above[name] = upper
		}
	}
	for _, c := range stacks {
		for i := 1; i < len(c); i++ {
			if above[c[i]] == c[i-1] {
				return c[i-1], c[i], true
			}
		}
	}
	return "", "", false
}

// merge moves up to compactRecords records of a layer into the layer below it. Once the upper layer
// is empty, merge removes it from its stacks.
func (tx *Tx) merge(session, upper, lower string) error {
	root := tx.batch.tx
	tx.undo = append(tx.undo, undo{by: func() error { return nil }}) // so that it is committed
	delete(tx.batch.sessions, session)
	from, to := root.Bucket([]byte(upper)), root.Bucket([]byte(lower))
	if to == nil {
		return fmt.Errorf("%w: no partition %q", ErrDamaged, lower)
	}
	d := directoryOf(root)
	if from != nil {
		lowest, of := d.lowest(session, lower), map[string]uint32{}
		_, empty, err := tx.moveSome(from, func(collection, key, raw []byte) error {
			b, err := to.CreateBucketIfNotExists(collection)
			if err != nil {
				return err
			}
			b.FillPercent = fillPercent
			if of[string(collection)] == 0 {
				of[string(collection)] = sealOf(string(collection))
			}
			l := layer{bucket: b, seal: of[string(collection)]}
			if l.value(key, raw) == nil && lowest {
				return b.Delete(key)
			}
			return b.Put(key, raw)
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
			if err := e.in.Put(e.key, slices.Delete(e.layers, i, i+1).encode(e.key, e.note)); err != nil {
				return err
			}
		}
	}
	return nil
}

// lowest reports whether a partition is the lowest layer of its stacks, in which no record says that
// it is deleted.
func (d directory) lowest(session, partition string) bool {
	for _, e := range d.entriesOf(session) {
		if i := slices.Index(e.layers, partition); i >= 0 {
			return i == len(e.layers)-1
		}
	}
	return true
}

// takeSequences copies the sequences (record counts and sizes) of the upper partition to the lower
// one.
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

// moveSome passes up to compactRecords entries of a partition to move and removes them. It returns
// how many bytes they had, and whether the partition is empty now.
func (tx *Tx) moveSome(partition *bolt.Bucket, move func(collection, key, raw []byte) error) (bytes int64, empty bool,
	err error,
) {
	records := 0
	collections := partition.Cursor()
	for name, _ := collections.First(); name != nil; name, _ = collections.Next() {
		b := partition.Bucket(name)
		if b == nil {
			panic(fmt.Sprintf("%q is no collection", name)) // guard makes it an ErrDamaged
		}
		var keys [][]byte
		c := b.Cursor()
		for key, raw := c.First(); key != nil; key, raw = c.Next() {
			if records == compactRecords || bytes >= compactBytes {
				return bytes, false, removeAll(b, keys)
			}
			if raw == nil || int64(len(raw)) > tx.batch.maxValue { // or writing it back could need as much memory
				panic(fmt.Sprintf("an entry of %d bytes", len(raw))) // guard makes it an ErrDamaged
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
