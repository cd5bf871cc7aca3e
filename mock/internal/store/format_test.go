package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"
)

// oldFile makes a data file of format 1, as it was written then: a bucket for each session, and in it one for each
// collection.
func oldFile(t *testing.T, path string) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{PageSize: pageSize, FreelistType: bolt.FreelistArrayType})
	if err != nil {
		t.Fatal(err)
	}
	put := func(tx *bolt.Tx, session, collection, key, value string) error {
		s, err := tx.CreateBucketIfNotExists([]byte(session))
		if err != nil {
			return err
		}
		b, err := s.CreateBucketIfNotExists([]byte(collection))
		if err != nil {
			return err
		}
		return b.Put([]byte(key), []byte(value))
	}
	err = db.Update(func(tx *bolt.Tx) error {
		own, err := tx.CreateBucket([]byte(metaBucket))
		if err != nil {
			return err
		}
		_, err = tx.CreateBucket([]byte("empty"))
		err = errors.Join(err, own.Put([]byte(formatKey), []byte(formatOne)), own.SetSequence(6),
			put(tx, "default", "sted", "k", `"v"`), put(tx, "default", "fil", "f", "\x00"), put(tx, "p1", "sted", "k", `"other"`))
		for n := range int64(300) {
			err = errors.Join(err, put(tx, "default", "dokument", ascending(n), string(dokument)))
		}
		return err
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestAFileOfFormatOne: it opens, holds what it held, and is one of this format from then on.
func TestAFileOfFormatOne(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	oldFile(t, path)
	for generation := uint64(7); generation < 9; generation++ {
		db := opened(t, path, Options{})
		if db.Generation() != generation {
			t.Errorf("generation %d, want %d", db.Generation(), generation)
		}
		sizes, err := db.Sizes()
		want := []Session{{"default", 302, 4 + 2 + 300*int64(len(dokument)+len(ascending(0)))}, {"empty", 0, 0}, {"p1", 1, 8}}
		if diff := cmp.Diff(want, sizes); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if a, b := stored(t, db, "default"), stored(t, db, "p1"); a["k"] != "v" || b["k"] != "other" || len(a) != 1 || len(b) != 1 {
			t.Errorf("default holds %v, p1 %v", a, b)
		}
		view(t, db, "default", func(tx *Tx) error {
			if f, found, err := filer.Get(tx, "f"); string(f) != "\x00" || !found || err != nil {
				t.Errorf("a file of %q, %t, %v", f, found, err)
			}
			return nil
		})
		err = db.viewDirectory(func(tx *bolt.Tx) error { // by which a sandkasse of then knows that it can not read the file
			if has := string(tx.Bucket([]byte(metaBucket)).Get([]byte(formatKey))); has != "2" {
				t.Errorf("format %q", has)
			}
			return nil
		})
		if err := errors.Join(err, whole(db.bolt), db.Close()); err != nil {
			t.Fatal(err)
		}
		if err := checked(path, 1<<40); err != nil {
			t.Error(err)
		}
	}
	db := opened(t, path, Options{})
	if err := errors.Join(db.Checkpoint("default", "c", nil), db.Reset("p1"), db.Drop("empty")); err != nil {
		t.Fatal(err)
	}
	update(t, db, "default", func(tx *Tx) error { return steder.Delete(tx, "k") })
	if _, err := db.Restore("default", "c"); err != nil {
		t.Fatal(err)
	}
	if a, b := stored(t, db, "default"), stored(t, db, "p1"); a["k"] != "v" || len(b) != 0 {
		t.Errorf("default holds %v, p1 %v", a, b)
	}
	tidied(t, db)
	if got := names(t, db); !cmp.Equal(got, []string{"default", "p1"}) {
		t.Errorf("sessions %q", got)
	}
	if got := partitions(t, db); !cmp.Equal(got, []string{"default"}) {
		t.Errorf("partitions %q", got)
	}
}

// TestConvertingThatFails: if a file of format 1 can not be made one of this format, it stays what it is.
func TestConvertingThatFails(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	oldFile(t, path)
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error { // as no program does it
		_, err := tx.CreateBucket([]byte(sessionsBucket))
		_, err2 := tx.CreateBucket([]byte(checkpointsBucket))
		return errors.Join(err, err2)
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, path, "bucket already exists")
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the file was changed (%v)", err)
	}
}
