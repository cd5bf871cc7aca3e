package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// together runs calls in one batch, in their order, and returns their errors.
func together(t rapid.TB, db *DB, session string, fns ...func(*Tx) error) []error {
	t.Helper()
	calls := make([]func() error, len(fns))
	for i, fn := range fns {
		calls[i] = func() error { return db.Session(session).Update(noon, fn) }
	}
	return inOneBatch(t, db, calls...)
}

// inOneBatch runs calls, each of which waits for the writer once, in one batch, in their order, and
// returns their errors. It keeps the writer busy until all of them are queued.
func inOneBatch(t rapid.TB, db *DB, calls ...func() error) []error {
	t.Helper()
	started, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		err := db.Session("busy").Update(noon, func(*Tx) error { close(started); <-release; return nil })
		if err != nil {
			t.Errorf("the call that keeps the writer busy: %v", err)
		}
	})
	<-started
	errs := make([]error, len(calls))
	for i, call := range calls {
		wg.Go(func() { errs[i] = call() })
		queued(t, db, i+1)
	}
	close(release)
	wg.Wait()
	return errs
}

// queued waits until so many calls are queued.
func queued(t rapid.TB, db *DB, n int) {
	t.Helper()
	for start := time.Now(); ; runtime.Gosched() {
		db.mu.Lock()
		has := len(db.queue)
		db.mu.Unlock()
		if has == n {
			return
		}
		if time.Since(start) > 10*time.Second {
			t.Fatalf("%d calls are queued, not %d", has, n)
		}
	}
}

func TestCallsThatArriveTogetherShareACommit(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	before := commits(db)
	fns := make([]func(*Tx) error, 2*maxBatch)
	for i := range fns {
		fns[i] = put(fmt.Sprint(i), "v")
	}
	for i, err := range together(t, db, "s", fns...) {
		if err != nil {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if n := commits(db) - before; n != 2 {
		t.Errorf("%d calls took %d commits, want 2", len(fns), n)
	}
	if n := len(stored(t, db, "s")); n != len(fns) {
		t.Errorf("%d of %d are stored", n, len(fns))
	}
}

func TestALoneCallCommitsOnce(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	for i := range 3 {
		before := commits(db)
		update(t, db, "s", put("k", fmt.Sprint(i)))
		if n := commits(db) - before; n != 1 {
			t.Errorf("%d commits", n)
		}
	}
}

func TestWhatWritesNothingCommitsNothing(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	before := commits(db)
	update(t, db, "s", func(tx *Tx) error {
		if _, _, err := steder.Get(tx, "k"); err != nil {
			return err
		}
		return steder.Delete(tx, "k")
	})
	failure := errors.New("failure")
	err := db.Session("s").Update(noon, func(tx *Tx) error { return errors.Join(put("k", "v")(tx), failure) })
	if !errors.Is(err, failure) {
		t.Error(err)
	}
	if n := commits(db) - before; n != 0 {
		t.Errorf("%d commits", n)
	}
}

func TestAFailingCallHarmsNobody(t *testing.T) {
	t.Parallel()
	failure := errors.New("failure")
	for name, fail := range map[string]func() error{
		"error": func() error { return failure },
		"panic": func() error { panic(failure) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := temporary(t)
			update(t, db, "s", put("before", "1"))
			var runs atomic.Int64
			call := func(key, value string) func(*Tx) error {
				return func(tx *Tx) error { runs.Add(1); return put(key, value)(tx) }
			}
			failing := func(tx *Tx) error {
				runs.Add(1)
				other := NewCollection[int]("another that it makes")
				err := errors.Join(put("before", "2")(tx), put("a", "2")(tx), put("a", "3")(tx), put("new", "2")(tx),
					steder.Delete(tx, "b"), put("b", "4")(tx), steder.Delete(tx, "before"), other.Put(tx, "k", 1))
				if err != nil {
					t.Error(err)
				}
				return fail()
			}
			errs := together(t, db, "s", call("a", "1"), call("b", "1"), failing, call("c", "1"), failing,
				call("a", "last"))
			for i, err := range errs {
				if failed := i == 2 || i == 4; failed != errors.Is(err, failure) || !failed && err != nil {
					t.Errorf("call %d: %v", i, err)
				}
			}
			var p *PanicError
			if errors.As(errs[2], &p) != (name == "panic") {
				t.Errorf("%#v", errs[2])
			}
			if p != nil && (fmt.Sprint(p.Value) != "failure" ||
				!strings.Contains(string(p.Stack), "TestAFailingCallHarmsNobody") ||
				p.Error() != "panic in a transaction: failure") {
				t.Errorf("value %v, text %q, stack %s", p.Value, p.Error(), p.Stack)
			}
			if runs.Load() != 6 {
				t.Errorf("%d calls were run in all", runs.Load())
			}
			want := map[string]string{"before": "1", "a": "last", "b": "1", "c": "1"}
			if got := stored(t, db, "s"); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("stored %v, want %v", got, want)
			}
			view(t, db, "s", func(tx *Tx) error {
				if len(tx.view("another that it makes").layers) > 0 {
					t.Error("the bucket of the failing call was kept")
				}
				return nil
			})
		})
	}
}

func TestAFailingFirstCallLeavesNoSession(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	failure := errors.New("failure")
	failing := func(tx *Tx) error { return errors.Join(put("k", "v")(tx), failure) }
	if errs := together(t, db, "s", failing, failing); errs[0] == nil || errs[1] == nil {
		t.Error(errs)
	}
	update(t, db, "another", put("k", "v"))
	view(t, db, "s", func(tx *Tx) error {
		if len(tx.open().layers) > 0 {
			t.Error("the session is there")
		}
		return nil
	})
	if errs := together(t, db, "s", failing, put("k", "kept"), failing); errs[1] != nil {
		t.Error(errs)
	}
	if got := stored(t, db, "s"); got["k"] != "kept" {
		t.Error(got)
	}
}

// A function that ends its goroutine takes its batch with it, and nobody waits for ever.
func TestAFunctionThatEndsItsGoroutine(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	failure := errors.New("failure")
	errs := together(t, db, "s",
		put("a", "1"),
		func(*Tx) error { return failure },
		func(tx *Tx) error { runtime.Goexit(); return nil },
		put("b", "1"))
	for i, want := range []error{errExited, failure, errExited, errExited} {
		if !errors.Is(errs[i], want) {
			t.Errorf("call %d: %v", i, errs[i])
		}
	}
	update(t, db, "s", put("c", "1"))
	if got := stored(t, db, "s"); len(got) != 1 || got["c"] != "1" {
		t.Errorf("stored %v", got)
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	const clients, each = 64, 50
	for _, durability := range []Durability{Sync, Async} {
		t.Run(string(durability), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "data.db")
			db := opened(t, path, Options{Durability: durability})
			before := commits(db)
			counter := NewCollection[int]("counter")
			runs := make([]atomic.Int64, clients*each)
			var wg sync.WaitGroup
			for c := range clients {
				session := fmt.Sprintf("session %d", c%3)
				wg.Go(func() {
					for i := range each {
						err := db.Session(session).Update(noon, func(tx *Tx) error {
							runs[c*each+i].Add(1)
							n, _, err := counter.Get(tx, "n")
							if err != nil {
								return err
							}
							return errors.Join(counter.Put(tx, "n", n+1), put(fmt.Sprintf("%d/%d", c, i), "v")(tx))
						})
						if err != nil {
							t.Error(err)
						}
						if err := db.Session(session).View(context.Background(), noon, func(tx *Tx) error {
							if _, found, err := steder.Get(tx, fmt.Sprintf("%d/%d", c, i)); !found || err != nil {
								return fmt.Errorf("acknowledged, but found %t, %w", found, err)
							}
							return nil
						}); err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()
			if took := commits(db) - before; took >= clients*each { // how many fewer depends on the disk
				t.Errorf("%d calls took %d commits", clients*each, took)
			}
			for i := range runs {
				if n := runs[i].Load(); n != 1 {
					t.Errorf("call %d was run %d times", i, n)
				}
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			db = opened(t, path, Options{})
			counted, kept := 0, 0
			for s := range 3 {
				session := fmt.Sprintf("session %d", s)
				kept += len(stored(t, db, session))
				view(t, db, session, func(tx *Tx) error {
					n, _, err := counter.Get(tx, "n")
					counted += n
					return err
				})
			}
			if counted != clients*each || kept != clients*each {
				t.Errorf("of %d calls %d are counted and %d stored", clients*each, counted, kept)
			}
		})
	}
}
