package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// deliverWhole returns a delivery with all that comes with it: eight records, some five kB.
func deliverWhole(tx *Tx, n int64) error {
	r := record{ascending(n), "dialog", "ref", string(dokument[:40]), 5}
	err := deliver(tx, n)
	for i := range int64(4) {
		err = errors.Join(err, kvitteringer.Put(tx, ascending(4*n+i), r))
	}
	return err
}

var kvitteringer = NewCollection[record]("kvittering")

// delivered makes a data file with whole deliveries in the session default.
func delivered(t testing.TB, stored int64) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "store.db")
	db := opened(t, path, Options{Durability: Async})
	deliverMany(t, db, 0, stored)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func deliverMany(t testing.TB, db *DB, from, to int64) {
	t.Helper()
	for from < to {
		update(t, db, "default", func(tx *Tx) error {
			for range min(250, to-from) {
				from++
				if err := deliverWhole(tx, from); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// again returns a copy of a data file.
func again(t testing.TB, path string) string {
	t.Helper()
	in, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	to := path + ".again"
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = io.Copy(out, in); err == nil {
		err = out.Sync()
	}
	if err := errors.Join(err, out.Close()); err != nil {
		t.Fatal(err)
	}
	return to
}

// timed runs fn on a copy of a data file, again and again, and times only it.
func timed(b *testing.B, path string, fn func(db *DB) error) {
	for b.Loop() {
		b.StopTimer()
		db := opened(b, again(b, path), Options{})
		b.StartTimer()
		err := fn(db)
		b.StopTimer()
		if err := errors.Join(err, db.Close()); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// BenchmarkReset empties a session of 100,000 deliveries, and compares that with deleting its
// bucket. It also reports the longest wait of a call while the old records are being deleted.
func BenchmarkReset(b *testing.B) {
	path := delivered(b, 100_000)
	b.Run("reset", func(b *testing.B) {
		timed(b, path, func(db *DB) error { return reset(db, "default") })
	})
	b.Run("delete bucket", func(b *testing.B) {
		timed(b, path, func(db *DB) error {
			return db.bolt.Update(func(tx *bolt.Tx) error { return tx.DeleteBucket([]byte(partitionName(1))) })
		})
	})
	for _, afterReset := range []bool{true, false} {
		b.Run(fmt.Sprintf("calls/reset=%t", afterReset),
			func(b *testing.B) { benchmarkCallsAfter(b, path, afterReset) })
	}
}

// benchmarkCallsAfter makes calls, one after the other, after a reset or after none. They do not
// wait for the disk.
func benchmarkCallsAfter(b *testing.B, path string, afterReset bool) {
	db := opened(b, again(b, path), Options{Durability: Async})
	db.sync = func() error { return nil }
	if afterReset {
		if err := reset(db, "default"); err != nil {
			b.Fatal(err)
		}
	}
	longest, n := time.Duration(0), int64(0)
	for b.Loop() {
		n++
		start := time.Now()
		update(b, db, "new", func(tx *Tx) error { return deliverWhole(tx, n) })
		longest = max(longest, time.Since(start))
	}
	b.ReportMetric(float64(longest.Microseconds())/1000, "ms-longest")
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkCheckpoint keeps a session of 10,000 deliveries and brings it back, also after 10,000
// more, and compares that with copying it to and fro.
func BenchmarkCheckpoint(b *testing.B) {
	path := delivered(b, 10_000)
	b.Run("checkpoint and restore", func(b *testing.B) {
		timed(b, path, func(db *DB) error {
			err := db.Session("default").Checkpoint("a", noted(nil))
			_, restored := restore(db, "default", "a")
			return errors.Join(err, restored)
		})
	})
	b.Run("restore after 10000 more", func(b *testing.B) {
		timed(b, path, func(db *DB) error {
			b.StopTimer()
			err := db.Session("default").Checkpoint("a", noted(nil))
			deliverMany(b, db, 10_000, 20_000)
			b.StartTimer()
			_, restored := restore(db, "default", "a")
			return errors.Join(err, restored)
		})
	})
	b.Run("copy to and fro", func(b *testing.B) {
		timed(b, path, func(db *DB) error {
			return errors.Join(
				db.bolt.Update(func(tx *bolt.Tx) error { return copyBucket(tx, partitionName(1), "copy") }),
				db.bolt.Update(func(tx *bolt.Tx) error {
					return errors.Join(tx.DeleteBucket([]byte(partitionName(1))),
						copyBucket(tx, "copy", partitionName(1)))
				}))
		})
	})
}

func copyBucket(tx *bolt.Tx, from, to string) error {
	in := tx.Bucket([]byte(from))
	out, err := tx.CreateBucket([]byte(to))
	if err != nil {
		return err
	}
	return in.ForEachBucket(func(name []byte) error {
		b, err := out.CreateBucket(name)
		if err != nil {
			return err
		}
		b.FillPercent = 1
		return in.Bucket(name).ForEach(b.Put)
	})
}

// BenchmarkLayers reads a session of 1,000 deliveries that has no checkpoint, one, and eight with a
// delivery after each.
func BenchmarkLayers(b *testing.B) {
	for _, checkpoints := range []int{0, 1, 8} {
		path := delivered(b, 1000)
		db := opened(b, path, Options{Durability: Async})
		for n := range checkpoints {
			if err := db.Session("default").Checkpoint(fmt.Sprint(n), noted(nil)); err != nil {
				b.Fatal(err)
			}
			update(b, db, "default", func(tx *Tx) error { return deliverWhole(tx, int64(1000+n)) })
		}
		b.Run(fmt.Sprintf("checkpoints=%d/get", checkpoints), func(b *testing.B) {
			b.ReportAllocs()
			for n := int64(0); b.Loop(); n++ {
				view(b, db, "default", func(tx *Tx) error {
					_, found, err := dokumenter.Get(tx, ascending(n%1000+1))
					if !found {
						return errors.New("not found")
					}
					return err
				})
			}
		})
		b.Run(fmt.Sprintf("checkpoints=%d/all", checkpoints), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				view(b, db, "default", func(tx *Tx) error {
					for _, err := range dokumenter.All(tx, "") {
						if err != nil {
							return err
						}
					}
					return nil
				})
			}
		})
	}
}

// BenchmarkSizes lists fifty sessions, one of which has 100,000 deliveries.
func BenchmarkSizes(b *testing.B) {
	db := opened(b, delivered(b, 100_000), Options{Durability: Async})
	for n := range 49 {
		update(b, db, fmt.Sprint(n), func(tx *Tx) error { return deliverWhole(tx, int64(n)) })
	}
	for b.Loop() {
		if sessions, err := db.Sizes(); err != nil || len(sessions) != 50 {
			b.Fatal(len(sessions), err)
		}
	}
}
