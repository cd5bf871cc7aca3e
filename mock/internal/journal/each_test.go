package journal

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestEach: one by one come the calls that come at once, whatever the query.
func TestEach(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		log := New(Options{Calls: 20}).Log("a")
		for range rapid.IntRange(0, 40).Draw(t, "calls") {
			log.Add(Entry{Number: log.Next(), Status: rapid.SampledFrom([]int{200, 400}).Draw(t, "status")})
		}
		q := Query{
			Since: rapid.Int64Range(0, 40).Draw(t, "since"), Limit: rapid.IntRange(0, 25).Draw(t, "limit"),
			Status: rapid.SampledFrom([]Status{"", "200"}).Draw(t, "wanted"),
		}
		if got, want := numbers(slices.Collect(log.Each(q))), numbers(log.Calls(q)); !slices.Equal(got, want) {
			t.Errorf("%+v: %v one by one, and %v at once", q, got, want)
		}
	})
}

// TestEachMeanwhile: calls that are dropped before their turn are left out, also where the one that
// was read last is dropped, and calls that are added are not in it.
func TestEachMeanwhile(t *testing.T) {
	t.Parallel()
	log := New(Options{Calls: 5}).Log("a")
	add := func(n int) {
		for range n {
			log.Add(Entry{Number: log.Next()})
		}
	}
	add(5)
	var read []int64
	for call := range log.Each(Query{}) {
		if read = append(read, call.Number); call.Number == 1 {
			add(3) // drops 1, 2 and 3
		}
	}
	if want := []int64{1, 4, 5}; !slices.Equal(read, want) {
		t.Errorf("read %v, want %v", read, want)
	}
	for range log.Each(Query{}) {
		log.Clear()
	}
	if next := log.Replace(0); len(slices.Collect(log.Each(Query{})))+len(slices.Collect(next.Each(Query{}))) != 0 {
		t.Error("there are calls after a reset")
	}
}

// TestSlowSubscription: a subscription that is far behind reads on where it was, also where that
// call has been dropped.
func TestSlowSubscription(t *testing.T) {
	t.Parallel()
	log := New(Options{Calls: 10}).Log("a")
	sub := log.Subscribe(Query{})
	defer sub.Close()
	for range 10 {
		log.Add(Entry{Number: log.Next()})
	}
	events, _ := sub.Next(4)
	for range 6 { // drops 1 to 6
		log.Add(Entry{Number: log.Next()})
	}
	more, missed := sub.Next(100)
	if len(events) != 4 || len(more) != 10 || more[0].ID != 7 || missed != 2 {
		t.Errorf("read %d, then %d from %d on, missed %d", len(events), len(more), more[0].ID, missed)
	}
}
