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

// How much is remembered. A session with that many grants needs some 4 MB; it
// takes 250 grants a second to fill it (K121).
const (
	maxSessions = 1024
	maxUsed     = 1 << 15
	maxKeys     = 1024
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

// memory is what the issuer remembers: in each session, the grants that were
// used and the keys that were given. When there are too many sessions, the one
// that was used longest ago is forgotten. It is safe for concurrent use.
type memory struct {
	mu       sync.Mutex
	sessions map[string]*remembered
	turn     uint64
}

// remembered is the memory of one session.
type remembered struct {
	// used is until when each used grant could count again.
	used map[fingerprint]time.Time
	// sweepAt is how many of them there are when the expired ones go.
	sweepAt int
	// keys are those that clients gave for their kids.
	keys map[fingerprint]*rsa.PublicKey
	// turn is when the session was used last.
	turn uint64
}

// key returns the key that was given under the name, or nil.
func (m *memory) key(session string, name fingerprint) *rsa.PublicKey {
	m.mu.Lock()
	defer m.mu.Unlock()
	if s, ok := m.sessions[session]; ok {
		return s.keys[name]
	}
	return nil
}

// remember notes a key under a name. It is false when the name has another key.
// A session that is full of keys takes no more of them.
func (m *memory) remember(session string, name fingerprint, key *rsa.PublicKey) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.session(session)
	if known, ok := s.keys[name]; ok {
		return known.Equal(key)
	}
	if len(s.keys) < maxKeys {
		s.keys[name] = key
	}
	return true
}

// use notes that a grant was used, which could count again until the given time.
// It is false when it has been used before, and that time has not come yet.
func (m *memory) use(session string, grant fingerprint, until, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.session(session)
	if earlier, ok := s.used[grant]; ok && now.Before(earlier) {
		return false
	}
	if len(s.used) >= s.sweepAt {
		s.sweep(now)
	}
	s.used[grant] = until
	return true
}

// forget forgets all about a session.
func (m *memory) forget(session string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sessions, session)
}

// session returns the memory of a session, a new one if there is none. The
// caller holds the lock.
func (m *memory) session(name string) *remembered {
	m.turn++
	s, ok := m.sessions[name]
	if !ok {
		if m.sessions == nil {
			m.sessions = map[string]*remembered{}
		}
		if len(m.sessions) == maxSessions {
			delete(m.sessions, m.oldest())
		}
		s = &remembered{used: map[fingerprint]time.Time{}, keys: map[fingerprint]*rsa.PublicKey{}}
		m.sessions[name] = s
	}
	s.turn = m.turn
	return s
}

// oldest is the session that was used longest ago.
func (m *memory) oldest() string {
	var oldest string
	turn := m.turn
	for name, s := range m.sessions {
		if s.turn < turn {
			oldest, turn = name, s.turn
		}
	}
	return oldest
}

// sweep lets go the grants that have expired, and when too many are left, the
// half that expires first.
func (s *remembered) sweep(now time.Time) {
	expired := func(_ fingerprint, until time.Time) bool { return !now.Before(until) }
	maps.DeleteFunc(s.used, expired)
	if len(s.used) >= maxUsed {
		ends := slices.SortedFunc(maps.Values(s.used), time.Time.Compare)
		middle := ends[len(ends)/2]
		maps.DeleteFunc(s.used, func(_ fingerprint, until time.Time) bool { return !until.After(middle) })
	}
	s.sweepAt = min(max(64, 2*len(s.used)), maxUsed)
}
