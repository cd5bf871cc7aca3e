//go:build !race

package reporting

import (
	"runtime"
	"testing"

	"sandkasse/mock"
)

// TestAllocations: of 512 deliveries that arrive together, each allocates at most so much; a tenth is
// for noise, and what the test itself makes of requests and answers is in it.
func TestAllocations(t *testing.T) { // not parallel: it counts what the whole process allocates
	const clients, rounds, maxAllocs, maxBytes = 512, 5, 495, 70_000
	deliver := newDelivery(t, mock.Options{})
	for range 10 {
		together(clients, deliver) // until what is made once is there
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range rounds {
		together(clients, deliver)
	}
	runtime.ReadMemStats(&after)
	allocs := (after.Mallocs - before.Mallocs) / (clients * rounds)
	bytes := (after.TotalAlloc - before.TotalAlloc) / (clients * rounds)
	t.Logf("%d allocations and %d bytes a call", allocs, bytes)
	if allocs > maxAllocs || bytes > maxBytes {
		t.Errorf("a call makes %d allocations of %d bytes together; at most %d of %d are expected", allocs, bytes,
			maxAllocs, maxBytes)
	}
}
