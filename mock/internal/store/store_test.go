package store

import (
	"testing"

	bolt "go.etcd.io/bbolt"
)

// opened opens a data file, and closes it after the test if the test has not.
func opened(t testing.TB, path string, o Options) *DB {
	t.Helper()
	db, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// commits is how many commits the file has seen.
func commits(db *DB) (n int) {
	if err := db.bolt.View(func(tx *bolt.Tx) error { n = tx.ID(); return nil }); err != nil {
		panic(err)
	}
	return n
}
