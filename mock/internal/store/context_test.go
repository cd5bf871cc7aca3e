package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// endsAfter is a context that has ended when it has been asked so many times.
type endsAfter struct {
	context.Context
	left int
}

func (c *endsAfter) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestAReadEndsWithItsContext: a range, forwards or backwards, and a get stop where their context
// ends, and visit nothing after that.
func TestAReadEndsWithItsContext(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	update(t, db, "s", func(tx *Tx) error {
		for n := range 1000 {
			if err := steder.Put(tx, ascending(int64(n)), "v"); err != nil {
				return err
			}
		}
		return nil
	})
	visited := 0
	for name, read := range map[string]func(tx *Tx) error{
		"All": func(tx *Tx) error {
			for _, err := range steder.All(tx, "") {
				if err != nil {
					return err
				}
				visited++
			}
			return nil
		},
		"Backwards": func(tx *Tx) error {
			for _, err := range steder.Backwards(tx, "") {
				if err != nil {
					return err
				}
				visited++
			}
			return nil
		},
		"Get": func(tx *Tx) error {
			for n := range 1000 {
				if _, _, err := steder.Get(tx, ascending(int64(n))); err != nil {
					return err
				}
				visited++
			}
			return nil
		},
	} {
		visited = 0
		err := db.Session("s").View(&endsAfter{context.Background(), 10}, noon, read)
		if !errors.Is(err, context.Canceled) || visited > 10 {
			t.Errorf("%s in a View: %v after %d records", name, err, visited)
		}
		visited = 0
		err = db.Session("s").UpdateWhile(&endsAfter{context.Background(), 10}, noon, read)
		if !errors.Is(err, context.Canceled) || visited > 10 {
			t.Errorf("%s in an UpdateWhile: %v after %d records", name, err, visited)
		}
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if err := db.Session("s").UpdateWhile(ended, noon, put("k", "v")); !errors.Is(err, context.Canceled) {
		t.Errorf("an UpdateWhile whose context has ended: %v", err)
	}
	if got := stored(t, db, "s"); got["k"] != "" {
		t.Error("an UpdateWhile whose context has ended was carried out")
	}
}

// TestAServerThatClosesLetsReadsGoOn: what ErrClosing ended goes on until the store itself is closed.
func TestAServerThatClosesLetsReadsGoOn(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	update(t, db, "s", put("k", "v"))
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(ErrClosing)
	get := func(tx *Tx) error { _, _, err := steder.Get(tx, "k"); return err }
	if err := db.Session("s").View(ctx, noon, get); err != nil {
		t.Errorf("while the server closes: %v", err)
	}
}

// TestCloseEndsRunningViews: Close waits for no View that reads, however long it would.
func TestCloseEndsRunningViews(t *testing.T) {
	t.Parallel()
	db := opened(t, filepath.Join(t.TempDir(), "data.db"), Options{})
	update(t, db, "s", put("k", "v"))
	begun, ended := make(chan struct{}, 16), make(chan error, 16)
	for range 16 {
		go func() {
			ended <- db.Session("s").View(context.Background(), noon, func(tx *Tx) error {
				begun <- struct{}{}
				for {
					if _, _, err := steder.Get(tx, "k"); err != nil {
						return err
					}
				}
			})
		}()
	}
	for range 16 {
		<-begun
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	for range 16 {
		if err := <-ended; !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	}
}

// TestCloseEndsBesideAViewThatDoesNot: Close returns an error then, and what was stored is on disk.
func TestCloseEndsBesideAViewThatDoesNot(t *testing.T) {
	t.Parallel()
	db, err := Open(filepath.Join(t.TempDir(), "data.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	begun, release, ended := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		ended <- db.Session("s").View(context.Background(), noon, func(*Tx) error {
			close(begun)
			<-release
			return nil
		})
	}()
	<-begun
	start := time.Now()
	if err := db.Close(); err == nil || !strings.Contains(fmt.Sprint(err), "is still being read and stays open") {
		t.Error(err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("Close took %v", took)
	}
	close(release)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
