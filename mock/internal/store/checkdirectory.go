package store

import "fmt"

// directory reads the two buckets of the directory, which it takes out of the file's buckets, and sees that what
// they say can be so. It tells whose each of the partitions is. In a file of format 1 each is a session's.
func (c *checker) directory(buckets map[string][]byte) (owners map[string]string, err error) {
	sessions, has := buckets[sessionsBucket]
	checkpoints, also := buckets[checkpointsBucket]
	if has != also {
		return nil, fmt.Errorf("%w (it has one half of its directory)", ErrDamaged)
	}
	owners = map[string]string{}
	if !has {
		for name := range buckets {
			if !validSession(name) {
				return nil, fmt.Errorf("%w (it has no directory)", ErrDamaged)
			}
			owners[name] = fmt.Sprintf("session %q", name)
		}
		return owners, nil
	}
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
			if _, found := buckets[name]; !found && i >= kept { // the first layer of a session may have yet to be made
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
	err = c.entries(sessions, func(key []byte, layers layerStack) error {
		if len(layers) == 0 {
			return fmt.Errorf("%w (it has no layers), in session %q", ErrDamaged, key)
		}
		return take(string(key), layers, 1)
	})
	if err != nil {
		return nil, err
	}
	return owners, c.entries(checkpoints, func(key []byte, layers layerStack) error {
		session, err := sessionOf(key)
		if err != nil {
			return fmt.Errorf("%w (%v)", ErrDamaged, err)
		}
		return take(session, layers, 0)
	})
}

// entries reads a bucket of the directory, whole.
func (c *checker) entries(bucket []byte, visit func(key []byte, layers layerStack) error) error {
	return c.leaves(bucket, func(leaf page) (bool, error) {
		return true, leaf.elements(func(e element) error {
			layers, _, err := decodeChain(e.value)
			if e.bucket || err != nil {
				return leaf.wrong("has no entry where an entry of the directory should be")
			}
			return visit(e.key, layers)
		})
	})
}
