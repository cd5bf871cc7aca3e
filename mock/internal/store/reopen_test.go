package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestReopening(t *testing.T) {
	t.Parallel()
	for _, durability := range []Durability{"", Sync, Async} {
		t.Run(fmt.Sprintf("durability=%s", durability), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "data.db")
			for generation := uint64(1); generation <= 4; generation++ {
				db, err := Open(path, Options{Durability: durability})
				if err != nil {
					t.Fatal(err)
				}
				if db.Generation() != generation {
					t.Errorf("generation %d, want %d", db.Generation(), generation)
				}
				update(t, db, "s", func(tx *Tx) error { return steder.Put(tx, fmt.Sprint(generation), "v") })
				view(t, db, "s", func(tx *Tx) error {
					n := uint64(0)
					for range steder.All(tx, "") {
						n++
					}
					if n != generation {
						t.Errorf("%d records in generation %d", n, generation)
					}
					return nil
				})
				if err := errors.Join(db.Close(), db.Close()); err != nil {
					t.Fatal(err)
				}
				nothing := func(*Tx) error { t.Error("the function was run"); return nil }
				if err := db.Session("s").Update(noon, nothing); !errors.Is(err, ErrClosed) {
					t.Errorf("Update after Close: %v", err)
				}
				if err := db.Session("s").View(context.Background(), noon, nothing); !errors.Is(err, ErrClosed) {
					t.Errorf("View after Close: %v", err)
				}
			}
		})
	}
}

// Whether a commit waits for the disk cannot be seen from outside.
func TestWhatIsSyncedAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	for _, c := range []struct {
		db             *DB
		noSync, noGrow bool
	}{
		{db: opened(t, path, Options{Durability: Sync})},
		{db: opened(t, path+"2", Options{Durability: Async}), noSync: true},
		{db: temporary(t), noSync: true, noGrow: true},
	} {
		if c.db.bolt.NoSync != c.noSync || c.db.bolt.NoGrowSync != c.noGrow {
			t.Errorf("%s, temporary %t: NoSync %t, NoGrowSync %t", c.db.durability, c.db.temporary, c.db.bolt.NoSync,
				c.db.bolt.NoGrowSync)
		}
	}
}

func TestATemporaryFileIsGoneAfterClose(t *testing.T) {
	t.Parallel()
	db, err := OpenTemporary()
	if err != nil {
		t.Fatal(err)
	}
	if db.Generation() != 1 {
		t.Errorf("generation %d", db.Generation())
	}
	update(t, db, "s", func(tx *Tx) error { return steder.Put(tx, "k", "v") })
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(db.path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is still there: %v", db.path, err)
	}
}
