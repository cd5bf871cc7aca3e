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

// Limits of a ReplayCache: some 4 MB, which is full at 250 grants a second (K121).
const (
	maxUsedGrants = 1 << 15
	maxClientKeys = 1024
)

// Fingerprint identifies a list of texts.
type Fingerprint [sha256.Size]byte

// FingerprintOf returns the fingerprint of a list of texts. Other lists have other fingerprints.
func FingerprintOf(parts ...string) Fingerprint {
	var text []byte
	for _, part := range parts {
		text = binary.AppendUvarint(text, uint64(len(part)))
		text = append(text, part...)
	}
	return sha256.Sum256(text)
}

// ReplayCache holds what the issuer remembers of a session: the grants that were used, and the keys
// that clients presented for their kids. It is safe for concurrent use.
type ReplayCache struct {
	mu         sync.Mutex
	used       map[Fingerprint]time.Time // when each used grant expires
	sweepSize  int                       // the size of used at which expired grants are deleted
	clientKeys map[Fingerprint]*rsa.PublicKey
}

// NewReplayCache returns an empty ReplayCache.
func NewReplayCache() *ReplayCache { return &ReplayCache{} }

// IsEmpty reports whether nothing is remembered.
func (c *ReplayCache) IsEmpty() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.used) == 0 && len(c.clientKeys) == 0
}

// ClientKey returns the key that was added under the name, or nil.
func (c *ReplayCache) ClientKey(name Fingerprint) *rsa.PublicKey {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.clientKeys[name]
}

// AddClientKey adds a key under a name. It returns false if the name has another key. Beyond
// maxClientKeys it adds none and returns true.
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

// Use records that a grant was used and can be replayed until the given time. It returns false if
// the grant was used before and can still be replayed.
func (c *ReplayCache) Use(grant Fingerprint, until, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if earlier, ok := c.used[grant]; ok && now.Before(earlier) {
		return false
	}
	if c.used == nil { // most sessions have none
		c.used = map[Fingerprint]time.Time{}
	}
	if len(c.used) >= c.sweepSize {
		c.sweep(now)
	}
	c.used[grant] = until
	return true
}

// sweep deletes the expired grants and, if too many are left, the half that expires first.
func (c *ReplayCache) sweep(now time.Time) {
	expired := func(_ Fingerprint, until time.Time) bool { return !now.Before(until) }
	maps.DeleteFunc(c.used, expired)
	if len(c.used) >= maxUsedGrants {
		ends := slices.SortedFunc(maps.Values(c.used), time.Time.Compare)
		middle := ends[len(ends)/2]
		maps.DeleteFunc(c.used, func(_ Fingerprint, until time.Time) bool { return !until.After(middle) })
	}
	c.sweepSize = min(max(64, 2*len(c.used)), maxUsedGrants)
}
