package store

import (
	"errors"
	"fmt"
	"os"

	"sandkasse/mock/internal/store/boltfile"
)

// maxWholeCheck is the size up to which a file is checked whole. It keeps the time that a check
// takes within some tens of milliseconds.
const maxWholeCheck = 32 << 20

// checkFile checks the structure of a data file before bbolt opens it, and returns how many bytes
// of it are free. In a file larger than maxWhole the leaf pages of the records are skipped. The
// error is errForeign for a file that is not Sandkasse's, a *formatError for one of another format,
// and ErrDamaged for one that is broken.
func checkFile(file *os.File, maxWhole uint64) (free int64, err error) {
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	f, err := boltfile.Open(file, info.Size(), maxWhole)
	if err != nil {
		return 0, err
	}
	buckets, err := f.Buckets(f.Root)
	if err != nil {
		return 0, err
	}
	own, ours := buckets[metaBucket]
	if !ours && len(buckets) > 0 {
		return 0, errForeign
	}
	if !ours {
		return f.FreeBytes(), nil
	}
	if err := checkFormatRecord(f, own); err != nil {
		return 0, err
	}
	delete(buckets, metaBucket)
	owners, err := checkDirectory(f, buckets)
	if err != nil {
		return 0, err
	}
	for name, bucket := range buckets {
		if err := f.Partition(bucket, recordCheck); err != nil {
			return 0, fmt.Errorf("%w, in %s", err, owners[name])
		}
	}
	return f.FreeBytes(), nil
}

// recordCheck returns a function that returns what is wrong with a record of a collection, or nil.
func recordCheck(collection string) func(key, raw []byte) error {
	of := sealOf(collection)
	return func(key, raw []byte) error {
		_, err := unseal(of, key, raw)
		return err
	}
}

// checkFormatRecord reads the file's own records, and returns a *formatError if it has another
// format.
func checkFormatRecord(f *boltfile.File, own []byte) error {
	has := ""
	err := f.Leaves(own, func(leaf boltfile.Page) (bool, error) {
		return true, leaf.Elements(func(e boltfile.Element) error {
			if e.Bucket {
				return leaf.Wrong("has a bucket where a record should be")
			}
			if string(e.Key) == formatKey {
				has = string(e.Value)
			}
			return nil
		})
	})
	switch {
	case err != nil:
		return fmt.Errorf("%w, in the file's own records", err)
	case has != format:
		return &formatError{has}
	}
	return nil
}

// checkDirectory reads the two buckets of the directory, removes them from the file's buckets, and
// checks that each session and checkpoint has its layers. It returns whose each of the partitions
// is, for an error message.
func checkDirectory(f *boltfile.File, buckets map[string][]byte) (owners map[string]string, err error) {
	sessions, found := buckets[sessionsBucket]
	checkpoints, also := buckets[checkpointsBucket]
	if !found || !also {
		return nil, fmt.Errorf("%w (it has no directory)", ErrDamaged)
	}
	owners = map[string]string{}
	delete(buckets, sessionsBucket)
	delete(buckets, checkpointsBucket)
	for name := range buckets {
		if !isPartition(name) {
			return nil, fmt.Errorf("%w (it has a bucket %q)", ErrDamaged, name)
		}
		owners[name] = "what is to be deleted"
	}
	named := map[string]string{}
	take := func(session string, layers layerStack, kept int) error {
		for i, name := range layers {
			// the top layer of a session is created at its first write
			if _, found := buckets[name]; !found && i >= kept {
				return fmt.Errorf("%w (a layer of it is missing), in session %q", ErrDamaged, session)
			}
			if other, found := named[name]; found && other != session {
				return fmt.Errorf("%w (a layer of it is also of session %q), in session %q", ErrDamaged, other, session)
			}
			named[name] = session
			owners[name] = fmt.Sprintf("session %q", session)
		}
		return nil
	}
	err = checkEntries(f, sessions, func(key []byte, layers layerStack) error {
		if len(layers) == 0 {
			return fmt.Errorf("%w (it has no layers), in session %q", ErrDamaged, key)
		}
		return take(string(key), layers, 1)
	})
	if err != nil {
		return nil, err
	}
	return owners, checkEntries(f, checkpoints, func(key []byte, layers layerStack) error {
		session, err := sessionOf(key)
		if err != nil {
			return fmt.Errorf("%w (%w)", ErrDamaged, err)
		}
		return take(session, layers, 0)
	})
}

// checkEntries reads a bucket of the directory, whole.
func checkEntries(f *boltfile.File, bucket []byte, visit func(key []byte, layers layerStack) error) error {
	return f.Leaves(bucket, func(leaf boltfile.Page) (bool, error) {
		return true, leaf.Elements(func(e boltfile.Element) error {
			layers, _, err := decodeLayers(e.Key, e.Value)
			if errors.Is(err, errSeal) {
				return leaf.Wrong("has an entry of the directory that does not fit its checksum")
			}
			if e.Bucket || err != nil {
				return leaf.Wrong("has no entry where an entry of the directory should be")
			}
			return visit(e.Key, layers)
		})
	})
}
