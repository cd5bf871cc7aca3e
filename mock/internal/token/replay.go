package token

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
	maxUsedGrants = 1 << 15
	maxClientKeys = 1024
)

// Fingerprint is a name of limited length for something of any length.
type Fingerprint [sha256.Size]byte

// FingerprintOf names a list of texts; other lists have other names.
func FingerprintOf(parts ...string) Fingerprint {
	var text []byte
	for _, part := range parts {
		text = binary.AppendUvarint(text, uint64(len(part)))
		text = append(text, part...)
	}
	return sha256.Sum256(text)
}

// ReplayCache is what the issuer remembers of a session: the grants that were used, and the keys that clients gave for their
// kids. It is safe for concurrent use.
type ReplayCache struct {
	mu         sync.Mutex
	used       map[Fingerprint]time.Time // until when each used grant could count again
	sweepAt    int                       // how many of them there are when the expired ones go
	clientKeys map[Fingerprint]*rsa.PublicKey
}

// NewReplayCache returns an empty GrantMemory.
func NewReplayCache() *ReplayCache { return &ReplayCache{} }

// ClientKey returns the key that was given under the name, or nil.
func (c *ReplayCache) ClientKey(name Fingerprint) *rsa.PublicKey {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.clientKeys[name]
}

// AddClientKey notes a key under a name. It returns false when the name has another key. When there are maxKeys, it takes no more
// of them.
func (c *ReplayCache) AddClientKey(name Fingerprint, key *rsa.PublicKey) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := c.clientKeys[name]; ok {
		return known.Equal(key)
	}
	if c.clientKeys == nil { // most sessions have none
		c.clientKeys = map[Fingerprint]*rsa.PublicKey{}
	}
	if len(c.clientKeys) < maxClientKeys {
		c.clientKeys[name] = key
	}
	return true
}

// Use notes that a grant was used, which could count again until the given time. It returns false when the grant has been used
// before, and that time has not come yet.
func (c *ReplayCache) Use(grant Fingerprint, until, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if earlier, ok := c.used[grant]; ok && now.Before(earlier) {
		return false
	}
	if c.used == nil { // most sessions have none
		c.used = map[Fingerprint]time.Time{}
	}
	if len(c.used) >= c.sweepAt {
		c.sweep(now)
	}
	c.used[grant] = until
	return true
}

// sweep deletes the grants that have expired, and when too many are left, the
// half that expires first.
func (c *ReplayCache) sweep(now time.Time) {
	expired := func(_ Fingerprint, until time.Time) bool { return !now.Before(until) }
	maps.DeleteFunc(c.used, expired)
	if len(c.used) >= maxUsedGrants {
		ends := slices.SortedFunc(maps.Values(c.used), time.Time.Compare)
		middle := ends[len(ends)/2]
		maps.DeleteFunc(c.used, func(_ Fingerprint, until time.Time) bool { return !until.After(middle) })
	}
	c.sweepAt = min(max(64, 2*len(c.used)), maxUsedGrants)
}
