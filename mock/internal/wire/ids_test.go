package wire

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// TestIDs: whatever they are made from, identifiers are UUIDs of their version, carry their
// instant, repeat for the same origin, and differ for another.
func TestIDs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seed, generation := rapid.Uint64().Draw(t, "seed"), rapid.Uint64().Draw(t, "generation")
		session, call := rapid.String().Draw(t, "session"), rapid.Int64().Draw(t, "call")
		now := time.UnixMilli(rapid.Int64Range(0, 1<<47).Draw(t, "now"))
		ids, same := NewIDs(seed, generation, session, call), NewIDs(seed, generation, session, call)
		others := []*IDs{
			NewIDs(seed+1, generation, session, call), NewIDs(seed, generation+1, session, call),
			NewIDs(seed, generation, session+"x", call), NewIDs(seed, generation, session, call+1),
		}
		seen := map[uuid.UUID]bool{}
		for range 4 {
			v4, v7 := ids.V4(), ids.V7(now)
			if v4.Version() != 4 || v7.Version() != 7 || v4.Variant() != uuid.RFC4122 || v7.Variant() != uuid.RFC4122 {
				t.Fatalf("%s and %s are not of versions 4 and 7", v4, v7)
			}
			if at := uuid.UUID(v7); timeOf(at) != now.UnixMilli() {
				t.Fatalf("%s carries %d, want %d", v7, timeOf(at), now.UnixMilli())
			}
			if v4 != same.V4() || v7 != same.V7(now) {
				t.Fatal("the same origin gave other identifiers")
			}
			seen[v4], seen[v7] = true, true
			for _, other := range others {
				seen[other.V4()], seen[other.V7(now)] = true, true
			}
		}
		if len(seen) != 4*2*(1+len(others)) {
			t.Fatalf("%d identifiers differ, want %d", len(seen), 4*2*(1+len(others)))
		}
		if id := ids.TokenID(); len(id) != 43 {
			t.Fatalf("the jti %q has not 43 characters", id)
		}
	})
}

func timeOf(id uuid.UUID) int64 {
	var ms int64
	for _, b := range id[:6] {
		ms = ms<<8 | int64(b)
	}
	return ms
}
