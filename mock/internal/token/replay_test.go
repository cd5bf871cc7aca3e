package token

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sandkasse/mock/internal/token/jwttest"
)

// TestReplaysAreRefused compares the cache with one that forgets nothing: a grant counts unless an
// earlier use of it, in the session, has not ended.
func TestReplaysAreRefused(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		memories := map[string]*ReplayCache{"a": NewReplayCache(), "b": NewReplayCache()}
		type use struct {
			session string
			grant   int
		}
		ends := map[use]time.Time{}
		at := now
		for range rapid.IntRange(1, 300).Draw(t, "uses") {
			at = at.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "wait")) * time.Millisecond)
			u := use{rapid.SampledFrom([]string{"a", "b"}).Draw(t, "session"), rapid.IntRange(0, 100).Draw(t, "grant")}
			if rapid.IntRange(0, 50).Draw(t, "reset") == 0 {
				memories[u.session] = NewReplayCache()
				for other := range ends {
					if other.session == u.session {
						delete(ends, other)
					}
				}
			}
			until := at.Add(time.Duration(rapid.IntRange(1, 140).Draw(t, "life")) * time.Second)
			want := !at.Before(ends[u])
			if got := memories[u.session].Use(FingerprintOf(fmt.Sprint(u.grant)), until, at); got != want {
				t.Fatalf("use of %+v at %s is %v, want %v", u, at, got, want)
			}
			if want {
				ends[u] = until
			}
		}
	})
}

func TestExpiredGrantsAreLetGo(t *testing.T) {
	t.Parallel()
	m := NewReplayCache()
	const perSecond, life = 5, 140
	for n := range 100_000 {
		at := now.Add(time.Duration(n) * time.Second / perSecond)
		m.Use(FingerprintOf(fmt.Sprint(n)), at.Add(life*time.Second), at)
		if kept := len(m.used); kept > 2*perSecond*life+1 {
			t.Fatalf("after %d grants %d are kept, of which %d could count again", n, kept, perSecond*life)
		}
	}
}

func TestMemoryHasAnEnd(t *testing.T) {
	t.Parallel()
	m := NewReplayCache()
	grant := func(n int) Fingerprint { return FingerprintOf(fmt.Sprint(n)) }
	const grants = 2 * maxUsedGrants
	for n := range grants {
		if !m.Use(grant(n), now.Add(time.Minute+time.Duration(n)), now) {
			t.Fatalf("grant %d counts as used", n)
		}
		if kept := len(m.used); kept > maxUsedGrants {
			t.Fatalf("%d grants are kept", kept)
		}
	}
	for n := grants - maxUsedGrants/2; n < grants; n++ {
		if m.Use(grant(n), now.Add(time.Hour), now) {
			t.Fatalf("grant %d is forgotten, though only %d came after it", n, grants-n-1)
		}
	}
	for n := range 2 * maxClientKeys {
		m.AddClientKey(grant(n), &jwttest.ClientKey().PublicKey)
	}
	if kept := len(m.clientKeys); kept != maxClientKeys {
		t.Errorf("%d keys are kept", kept)
	}
	if m.AddClientKey(grant(0), &jwttest.OtherKey().PublicKey) {
		t.Error("the first key was overwritten")
	}
	if m.ClientKey(grant(0)) == nil {
		t.Error("a key was forgotten")
	}
}

func TestFingerprintsDistinguishLists(t *testing.T) {
	t.Parallel()
	seen := map[Fingerprint]bool{}
	for _, parts := range [][]string{
		{},
		{""},
		{"", ""},
		{"ab"},
		{"a", "b"},
		{"a", "", "b"},
		{"", "ab"},
		{"ab", ""},
		{"\x01a"},
	} {
		name := FingerprintOf(parts...)
		if seen[name] {
			t.Errorf("%q has the name of another list", parts)
		}
		seen[name] = true
	}
}
