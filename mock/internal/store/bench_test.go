package store

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// The work of one call, as a delivery has it: three small records and a document of 3.5 kB, under
// two ascending keys, a random one, and one of fifty.
type record struct {
	ForsendelseID, DialogID, Referanse, Innhold string
	Antall                                      int
}

var (
	forsendelser = NewCollection[record]("forsendelse")
	dialoger     = NewCollection[record]("dialog")
	noekler      = NewCollection[record]("noekkel")
	dokumenter   = NewBlobs("dokument")

	dokument = make([]byte, 3500)
)

// ascending returns a key that rises as a UUIDv7 does, random one that does not, as a UUIDv4.
func ascending(n int64) string { return fmt.Sprintf("%08x-0000-7000-8000-%012x", n, n) }

func random(n int64) string {
	x := uint64(n) * 0x9E3779B97F4A7C15
	x ^= x >> 29
	x *= 0xBF58476D1CE4E5B9
	x ^= x >> 32
	return fmt.Sprintf("%08x-%04x-4000-8000-%012x", x>>32, x>>16&0xFFFF, x&0xFFFF_FFFF_FFFF)
}

func deliver(tx *Tx, n int64) error {
	r := record{ascending(n), "dialog", "ref", "", 5}
	r.Innhold = string(dokument[:40])
	if err := forsendelser.Put(tx, ascending(n), r); err != nil {
		return err
	}
	if err := dialoger.Put(tx, fmt.Sprintf("3133670%02d", n%50), r); err != nil {
		return err
	}
	if err := noekler.Put(tx, random(n), r); err != nil {
		return err
	}
	return dokumenter.Put(tx, ascending(n), dokument)
}

func deliverRaw(tx *bolt.Tx, n int64) error {
	s, err := tx.CreateBucketIfNotExists([]byte("default"))
	if err != nil {
		return err
	}
	for _, e := range []struct{ collection, key string }{
		{"forsendelse", ascending(n)},
		{"dialog", fmt.Sprintf("3133670%02d", n%50)},
		{"noekkel", random(n)},
		{"dokument", ascending(n)},
	} {
		b, err := s.CreateBucketIfNotExists([]byte(e.collection))
		if err != nil {
			return err
		}
		value := dokument
		if e.collection != "dokument" {
			value = dokument[:180]
		}
		if err := b.Put([]byte(e.key), value); err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkUpdate compares the store with plain bbolt, which commits each call by itself.
func BenchmarkUpdate(b *testing.B) {
	for _, stored := range []int64{0, 1_000, 100_000} {
		b.Run(fmt.Sprintf("stored=%d", stored), func(b *testing.B) {
			b.Run("raw", func(b *testing.B) { benchmarkRaw(b, stored) })
			path := filepath.Join(b.TempDir(), "store.db")
			filled(b, path, stored)
			var n atomic.Int64
			n.Store(stored)
			for _, durability := range []Durability{Sync, Async} {
				for _, clients := range []int{1, 16, 64} {
					b.Run(fmt.Sprintf("%s/clients=%d", durability, clients), func(b *testing.B) {
						benchmarkStore(b, path, &n, durability, clients)
					})
				}
			}
		})
	}
}

func benchmarkRaw(b *testing.B, stored int64) {
	db, err := bolt.Open(filepath.Join(b.TempDir(), "raw.db"), 0o600, &bolt.Options{NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	n := int64(0)
	for n < stored {
		if err := db.Update(func(tx *bolt.Tx) error {
			for range 64 {
				n++
				if err := deliverRaw(tx, n); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	if err := db.Sync(); err != nil {
		b.Fatal(err)
	}
	db.NoSync = false
	b.ReportAllocs()
	for b.Loop() {
		n++
		if err := db.Update(func(tx *bolt.Tx) error { return deliverRaw(tx, n) }); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkStore(b *testing.B, path string, n *atomic.Int64, durability Durability, clients int) {
	db := opened(b, path, Options{Durability: durability})
	now := time.Unix(0, 0)
	calls, before := n.Load(), commits(db)
	b.ReportAllocs()
	b.SetParallelism((clients + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0))
	work := func() {
		if err := db.Session("default").Update(now, func(tx *Tx) error { return deliver(tx, n.Add(1)) }); err != nil {
			b.Error(err)
		}
	}
	if clients == 1 {
		for b.Loop() {
			work()
		}
	} else {
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				work()
			}
		})
	}
	b.ReportMetric(float64(n.Load()-calls)/float64(commits(db)-before), "calls/commit")
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
}

// filled makes a data file that holds some deliveries.
func filled(t testing.TB, path string, stored int64) {
	t.Helper()
	db := opened(t, path, Options{Durability: Async})
	for n := int64(0); n < stored; {
		err := db.Session("default").Update(time.Unix(0, 0), func(tx *Tx) error {
			for range 64 {
				if n++; n > stored {
					return nil
				}
				if err := deliver(tx, n); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkView reads a record and a document of 3.5 kB.
func BenchmarkView(b *testing.B) {
	path := filepath.Join(b.TempDir(), "store.db")
	filled(b, path, 1000)
	db := opened(b, path, Options{})
	b.ReportAllocs()
	for n := int64(0); b.Loop(); n++ {
		err := db.Session("default").View(context.Background(), time.Unix(0, 0), func(tx *Tx) error {
			if _, found, err := noekler.Get(tx, random(n%1000+1)); err != nil || !found {
				return fmt.Errorf("found %t, %v", found, err)
			}
			_, _, err := dokumenter.Get(tx, ascending(n%1000+1))
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen opens and closes files of three sizes.
func BenchmarkOpen(b *testing.B) {
	for _, stored := range []int64{0, 1_000, 100_000} {
		b.Run(fmt.Sprintf("stored=%d", stored), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "store.db")
			filled(b, path, stored)
			for b.Loop() {
				db, err := Open(path, Options{})
				if err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				if err := db.Close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
}
