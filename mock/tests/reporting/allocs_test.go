//go:build !race

package reporting

import (
	"math"
	"runtime"
	"testing"

	"sandkasse/mock"
)

// TestAllocations: of 512 deliveries that arrive together, each allocates at most so much; a tenth is
// for noise, and what the test itself makes of requests and answers is in it. On a busy machine fewer calls share
// a write to the disk, so that each pays for more of it: the round that took least counts.
func TestAllocations(t *testing.T) { // not parallel: it counts what the whole process allocates
	const clients, rounds, maxAllocs, maxBytes = 512, 12, 410, 60_000
	deliver := newDelivery(t, mock.Options{})
	for range 10 {
		together(clients, deliver) // until what is made once is there
	}
	allocs, bytes := uint64(math.MaxUint64), uint64(math.MaxUint64)
	for range rounds {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		together(clients, deliver)
		runtime.ReadMemStats(&after)
		allocs = min(allocs, (after.Mallocs-before.Mallocs)/clients)
		bytes = min(bytes, (after.TotalAlloc-before.TotalAlloc)/clients)
	}
	t.Logf("%d allocations and %d bytes a call", allocs, bytes)
	if allocs > maxAllocs || bytes > maxBytes {
		t.Errorf("a call makes %d allocations of %d bytes together; at most %d of %d are expected", allocs, bytes,
			maxAllocs, maxBytes)
	}
}
