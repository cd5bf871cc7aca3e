package maskinporten

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"sync"
	"time"
)

// How much a session remembers: some 4 MB, which it takes 250 grants a second to fill (K121).
const (
	maxUsed = 1 << 15
	maxKeys = 1024
)

// fingerprint is a name of limited length for something of any length.
type fingerprint [sha256.Size]byte

// fingerprintOf names a list of texts; other lists have other names.
func fingerprintOf(parts ...string) fingerprint {
	var text []byte
	for _, part := range parts {
		text = binary.AppendUvarint(text, uint64(len(part)))
		text = append(text, part...)
	}
	return sha256.Sum256(text)
}

// GrantMemory is what the issuer remembers of a session: the grants that were used, and the keys that clients gave for their
// kids. It is safe for concurrent use.
type GrantMemory struct {
	mu      sync.Mutex
	used    map[fingerprint]time.Time // until when each used grant could count again
	sweepAt int                       // how many of them there are when the expired ones go
	keys    map[fingerprint]*rsa.PublicKey
}

// NewGrantMemory returns an empty GrantMemory.
func NewGrantMemory() *GrantMemory { return &GrantMemory{} }

// key returns the key that was given under the name, or nil.
func (m *GrantMemory) key(name fingerprint) *rsa.PublicKey {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.keys[name]
}

// remember notes a key under a name. It returns false when the name has another key. When there are maxKeys, it takes no more
// of them.
func (m *GrantMemory) remember(name fingerprint, key *rsa.PublicKey) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known, ok := m.keys[name]; ok {
		return known.Equal(key)
	}
	if m.keys == nil { // most sessions have none
		m.keys = map[fingerprint]*rsa.PublicKey{}
	}
	if len(m.keys) < maxKeys {
		m.keys[name] = key
	}
	return true
}

// use notes that a grant was used, which could count again until the given time. It returns false when the grant has been used
// before, and that time has not come yet.
func (m *GrantMemory) use(grant fingerprint, until, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if earlier, ok := m.used[grant]; ok && now.Before(earlier) {
		return false
	}
	if m.used == nil { // most sessions have none
		m.used = map[fingerprint]time.Time{}
	}
	if len(m.used) >= m.sweepAt {
		m.sweep(now)
	}
	m.used[grant] = until
	return true
}

// sweep deletes the grants that have expired, and when too many are left, the
// half that expires first.
func (m *GrantMemory) sweep(now time.Time) {
	expired := func(_ fingerprint, until time.Time) bool { return !now.Before(until) }
	maps.DeleteFunc(m.used, expired)
	if len(m.used) >= maxUsed {
		ends := slices.SortedFunc(maps.Values(m.used), time.Time.Compare)
		middle := ends[len(ends)/2]
		maps.DeleteFunc(m.used, func(_ fingerprint, until time.Time) bool { return !until.After(middle) })
	}
	m.sweepAt = min(max(64, 2*len(m.used)), maxUsed)
}
