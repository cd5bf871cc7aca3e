package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// logged is a log as text. It is safe for concurrent use.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) lines() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), "\n")
}

func loggedFor(db *DB) *logged {
	l := &logged{}
	db.LogTo(slog.New(slog.NewTextHandler(l, nil)))
	return l
}

// TestTheFileIsTakenAway: nothing is acknowledged once the file is removed, replaced, cut short or
// overwritten under the store, and that is logged once.
func TestTheFileIsTakenAway(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		take func(path string) error
		is   error
		text string
	}{
		"removed": {os.Remove, ErrNotStored, "it was removed while sandkasse had it open"},
		"renamed": {
			func(path string) error { return os.Rename(path, path+".old") }, ErrNotStored,
			"it was removed while sandkasse had it open",
		},
		"its folder removed": {
			func(path string) error { return os.RemoveAll(filepath.Dir(path)) }, ErrNotStored,
			"it was removed while sandkasse had it open",
		},
		"replaced": {
			func(path string) error {
				whole, err := os.ReadFile(path)
				return errors.Join(err, os.WriteFile(path+".new", whole, 0o600), os.Rename(path+".new", path))
			}, ErrNotStored, "it was replaced while sandkasse had it open",
		},
		"cut short": {
			func(path string) error { return os.Truncate(path, 3*pageSize) }, ErrDamaged,
			"it was cut short while sandkasse had it open, to 12288 bytes of",
		},
		"overwritten": {
			func(path string) error {
				old, err := os.ReadFile(path + ".before")
				if err != nil {
					return err
				}
				file, err := os.OpenFile(path, os.O_WRONLY, 0)
				if err != nil {
					return err
				}
				_, err = file.WriteAt(old, 0)
				return errors.Join(err, file.Close())
			}, ErrDamaged, "another program wrote to it while sandkasse had it open",
		},
	} {
		for _, durability := range []Durability{Sync, Async} {
			t.Run(name+", "+string(durability), func(t *testing.T) {
				t.Parallel()
				folder := filepath.Join(t.TempDir(), "in")
				if err := os.Mkdir(folder, 0o700); err != nil {
					t.Fatal(err)
				}
				path := filepath.Join(folder, "data.db")
				db, err := Open(path, Options{Durability: durability})
				if err != nil {
					t.Fatal(err)
				}
				log := loggedFor(db)
				for i := range 20 {
					update(t, db, "s", put(fmt.Sprint(i), "v"))
				}
				whole, err := os.ReadFile(path)
				if err := errors.Join(err, os.WriteFile(path+".before", whole, 0o600)); err != nil {
					t.Fatal(err)
				}
				update(t, db, "s", put("before", "v"))
				if err := db.Ready(); err != nil {
					t.Errorf("ready before it: %v", err)
				}
				if err := c.take(path); err != nil {
					t.Fatal(err)
				}
				for range 3 {
					err = db.Session("s").Update(noon, put("after", "v"))
					if !errors.Is(err, c.is) || !strings.Contains(fmt.Sprint(err), c.text) ||
						!strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
						t.Errorf("Update: %v", err)
					}
				}
				if err := db.Ready(); !errors.Is(err, c.is) {
					t.Errorf("ready after it: %v", err)
				}
				if n := log.lines(); n != 1 {
					t.Errorf("%d lines are logged", n)
				}
				if err := db.Close(); !errors.Is(err, c.is) {
					t.Errorf("Close: %v", err)
				}
			})
		}
	}
}

// TestReadyNoticesWhatWasTakenAway: also before anything is written.
func TestReadyNoticesWhatWasTakenAway(t *testing.T) {
	t.Parallel()
	for name, take := range map[string]func(path string) error{
		"removed": os.Remove, "cut short": func(path string) error { return os.Truncate(path, pageSize) },
		"emptied": func(path string) error { return os.Truncate(path, 0) },
	} {
		path := filepath.Join(t.TempDir(), "data.db")
		db, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		update(t, db, "s", put("k", "v"))
		if err := take(path); err != nil {
			t.Fatal(err)
		}
		if err := db.Ready(); err == nil {
			t.Errorf("%s: ready", name)
		}
		db.Close()
	}
}

// TestAFullDisk stands for one by a bound on the file's size: what cannot be written is said to each
// call, logged once, and over when there is room again, which Ready finds out.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	db := opened(t, filepath.Join(t.TempDir(), "data.db"), Options{})
	log := loggedFor(db)
	update(t, db, "s", put("before", "v"))
	large := put("large", strings.Repeat("v", 10<<20))
	db.bolt.MaxSize = 1 // no call is on its way
	for range 3 {
		err := db.Session("s").Update(noon, large)
		if !errors.Is(err, ErrNotStored) || !strings.Contains(fmt.Sprint(err),
			"make room on its disk, or raise the limit that it met, then try again") {
			t.Error(err)
		}
	}
	if n := log.lines(); n != 1 {
		t.Errorf("%d lines are logged", n)
	}
	view(t, db, "s", func(tx *Tx) error { // which goes on
		if v, found, err := steder.Get(tx, "before"); v != "v" || !found || err != nil {
			t.Errorf("%q, %t, %v", v, found, err)
		}
		return nil
	})
	db.bolt.MaxSize = 0
	for range 2 {
		if err := db.Ready(); err != nil {
			t.Errorf("ready when there is room again: %v", err)
		}
	}
	if n := log.lines(); n != 2 {
		t.Errorf("%d lines are logged", n)
	}
	update(t, db, "s", large)
	if err := whole(db.bolt); err != nil {
		t.Error(err)
	}
	if err := db.Session("s").View(context.Background(), noon, func(tx *Tx) error { return nil }); err != nil {
		t.Error(err)
	}
}
