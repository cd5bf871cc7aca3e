package store

import bolt "go.etcd.io/bbolt"

// initFormat makes the buckets that a file of this format has besides metaBucket, and says which format it is.
func initFormat(tx *bolt.Tx, own *bolt.Bucket) error {
	for _, name := range []string{sessionsBucket, checkpointsBucket} {
		if _, err := tx.CreateBucket([]byte(name)); err != nil {
			return err
		}
	}
	return own.Put([]byte(formatKey), []byte(format))
}

// convert makes a file of format 1 one of this format: the bucket of each session becomes its one layer, where
// it lies and by its name. The records are counted, for which all of them are read, and stay where they are.
func convert(tx *bolt.Tx, own *bolt.Bucket) error {
	var names []string
	err := tx.ForEach(func(name []byte, _ *bolt.Bucket) error {
		if validSession(string(name)) {
			names = append(names, string(name))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := initFormat(tx, own); err != nil {
		return err
	}
	sessions := directoryOf(tx).sessions
	for _, name := range names {
		if err := number(tx.Bucket([]byte(name))); err != nil {
			return err
		}
		if err := sessions.Put([]byte(name), layerStack{name}.encode(nil)); err != nil {
			return err
		}
	}
	return nil
}

// number sets the sequences of a partition that has none yet.
func number(partition *bolt.Bucket) error {
	records := uint64(0)
	err := partition.ForEachBucket(func(collection []byte) error {
		b, bytes := partition.Bucket(collection), uint64(0)
		err := b.ForEach(func(k, v []byte) error {
			records, bytes = records+1, bytes+uint64(len(k)+len(v))
			return nil
		})
		if err != nil {
			return err
		}
		return b.SetSequence(bytes)
	})
	if err != nil {
		return err
	}
	return partition.SetSequence(records)
}
