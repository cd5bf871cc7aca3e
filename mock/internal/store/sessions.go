package store

import bolt "go.etcd.io/bbolt"

// Sessions are the names of the sessions in which anything was ever stored, in the order of their bytes.
func (db *DB) Sessions() (names []string, err error) {
	defer panicOnFault()()
	tx, err := db.begin(false)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // of a transaction that only read
	defer func() {
		if p := recover(); p != nil {
			names, err = nil, damaged(db.path, p)
		}
	}()
	err = tx.ForEach(func(name []byte, _ *bolt.Bucket) error {
		if validSession(string(name)) {
			names = append(names, string(name))
		}
		return nil
	})
	return names, err
}
