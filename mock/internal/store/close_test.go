package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestCloseFinishesWhatIsQueued(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	db := opened(t, path, Options{})
	started, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := db.Session("s").Update(noon, func(tx *Tx) error {
			close(started)
			<-release
			return put("0", "v")(tx)
		}); err != nil {
			t.Error(err)
		}
	})
	<-started
	for i := range 5 {
		wg.Go(func() {
			if err := db.Session("s").Update(noon, put(fmt.Sprint(i+1), "v")); err != nil {
				t.Error(err)
			}
		})
	}
	queued(t, db, 5)
	for range 2 {
		wg.Go(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	for closed := false; !closed; runtime.Gosched() {
		db.mu.Lock()
		closed = db.closed
		db.mu.Unlock()
	}
	if err := db.Session("s").Update(noon, put("late", "v")); !errors.Is(err, ErrClosed) {
		t.Errorf("Update during Close: %v", err)
	}
	close(release)
	wg.Wait()
	if got := stored(t, opened(t, path, Options{}), "s"); len(got) != 6 || got["late"] != "" {
		t.Errorf("stored %v", got)
	}
}

func TestAsyncSyncsInTheBackground(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := opened(t, filepath.Join(t.TempDir(), "data.db"), Options{Durability: Async})
		var syncs atomic.Int64
		db.sync = func() error { syncs.Add(1); return db.bolt.Sync() }
		want := func(n int64) {
			t.Helper()
			synctest.Wait()
			if got := syncs.Load(); got != n {
				t.Errorf("synced %d times, want %d", got, n)
			}
		}
		update(t, db, "s", put("a", "1"))
		time.Sleep(syncDelay / 2)
		update(t, db, "s", put("b", "1"))
		want(0)
		time.Sleep(syncDelay / 2)
		want(1)
		time.Sleep(syncDelay) // for b, which came while a was waited for
		want(2)
		time.Sleep(10 * syncDelay)
		want(2)
		update(t, db, "s", put("c", "1"))
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		want(3)
	})
}

func TestAFailedSyncIsReported(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db, err := Open(filepath.Join(t.TempDir(), "data.db"), Options{Durability: Async})
		if err != nil {
			t.Fatal(err)
		}
		failure := errors.New("the disk is gone")
		db.sync = func() error { return failure }
		update(t, db, "s", put("a", "1"))
		time.Sleep(2 * syncDelay)
		synctest.Wait()
		for name, err := range map[string]error{
			"Update": db.Session("s").Update(noon, put("b", "1")),
			"View":   db.Session("s").View(context.Background(), noon, func(*Tx) error { return nil }),
			"Close":  db.Close(),
		} {
			if !errors.Is(err, failure) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
