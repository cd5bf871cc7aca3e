package webhook

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sandkasse/mock/internal/store"
)

// TestQueue: whatever is enqueued, sent and redelivered, with whatever fault, each waiting event is
// in one queue, the due index has the heads of the queues and nothing else, and due finds each that
// is due and no other. Without a fault that reorders, each queue is in the order in which its
// events were enqueued.
func TestQueue(t *testing.T) {
	t.Parallel()
	db, err := store.OpenTemporary()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		now := start
		settings := DefaultSettings()
		settings.Attempts = 3
		var ids []string
		joined := map[string]int{} // the last join of an event
		reordered := false
		for step := range rapid.IntRange(1, 40).Draw(t, "steps") {
			err := db.Session(fmt.Sprint(run)).Update(now, func(tx *store.Tx) error {
				switch rapid.IntRange(0, 5).Draw(t, "act") {
				case 0:
					if len(ids) == 0 {
						return nil
					}
					id := rapid.SampledFrom(ids).Draw(t, "redelivered")
					before, _, err := Get(tx, id)
					if err != nil {
						return err
					}
					if before.State != Waiting {
						joined[id] = step
					}
					_, _, err = Redeliver(tx, id)
					return err
				case 1:
					now = now.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "passing")) * time.Second)
					return nil
				case 2, 3:
					found, err := due(tx, space(100), noneInFlight)
					if err != nil || len(found.list) == 0 {
						return err
					}
					r := rapid.SampledFrom(found.list).Draw(t, "sent")
					o := outcome{attempts: []Attempt{{Status: rapid.SampledFrom([]int{200, 500}).Draw(t, "status")}}}
					if rapid.IntRange(0, 9).Draw(t, "undeliverable") == 0 {
						o = outcome{reason: "no URL"}
					}
					_, err = settings.recordOutcome(tx, r.Number, o)
					return err
				}
				id := fmt.Sprint(step)
				ids, joined[id] = append(ids, id), step
				fault := rapid.SampledFrom(append(Faults(), "", "", "")).Draw(t, "fault")
				reordered = reordered || fault == Reorder
				return Enqueue(tx, about(rapid.SampledFrom([]string{"a", "b", "a/b"}).Draw(t, "home"), id), fault)
			})
			if err != nil {
				t.Fatal(err)
			}
			err = db.Session(fmt.Sprint(run)).View(context.Background(), now, func(tx *store.Tx) error {
				checkQueue(t, tx, joined, reordered)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func checkQueue(t *rapid.T, tx *store.Tx, joined map[string]int, reordered bool) {
	all := map[int64]Record{}
	waiting := map[int64]bool{}
	for e, err := range events.All(tx, "") {
		if err != nil {
			t.Fatal(err)
		}
		all[e.Value.Number] = e.Value
		if e.Value.State == Waiting {
			waiting[e.Value.Number] = true
		}
	}
	firsts := map[string]Record{}
	last := map[string]Record{}
	queued := map[int64]bool{}
	for e, err := range queues.All(tx, "") {
		if err != nil {
			t.Fatal(err)
		}
		r := all[e.Value]
		if r.queueKey() != e.Key || queued[r.Number] {
			t.Fatalf("the event %+v stands at %q", r, e.Key)
		}
		queued[r.Number] = true
		if _, met := firsts[r.queue()]; !met {
			firsts[r.queue()] = r
		} else if before := last[r.queue()]; !reordered && joined[before.ID] >= joined[r.ID] {
			t.Fatalf("%s stands before %s", before.ID, r.ID)
		}
		last[r.queue()] = r
	}
	if diff := cmp.Diff(waiting, queued); diff != "" {
		t.Fatalf("in queues (-waiting +found):\n%s", diff)
	}
	want, got := []string{}, []string{}
	due1 := map[int64]bool{}
	for _, r := range firsts {
		want = append(want, r.dueKey())
		if !r.Due.After(tx.Now) {
			due1[r.Number] = true
		}
	}
	for e, err := range dueIndex.All(tx, "") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e.Key)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("to be found by time (-firsts +found):\n%s", diff)
	}
	sendable, err := due(tx, space(100), noneInFlight)
	found, then := map[int64]bool{}, sendable.next
	for _, r := range sendable.list {
		found[r.Number] = true
	}
	if diff := cmp.Diff(due1, found); diff != "" || sendable.more || err != nil {
		t.Fatalf("due (-want +got), more %t, %v:\n%s", sendable.more, err, diff)
	}
	if len(due1) < len(firsts) {
		later := slices.MinFunc(slices.Collect(maps.Values(firsts)), func(a, b Record) int {
			if due1[a.Number] != due1[b.Number] {
				return map[bool]int{true: 1, false: -1}[due1[a.Number]]
			}
			return a.Due.Compare(b.Due)
		})
		if !then.Equal(later.Due) {
			t.Fatalf("the next is due %s, want %s", then, later.Due)
		}
	} else if !then.IsZero() {
		t.Fatalf("the next is due %s, and there is none", then)
	}
}

// space returns a space for as many events of each system.
func space(limit int) func(string) (int, error) {
	return func(string) (int, error) { return limit, nil }
}

func noneInFlight(string) bool { return false }

// TestDueLimit: of each system no more are found than there is space for, the longest due first, and
// queues with one in flight are left out.
func TestDueLimit(t *testing.T) {
	t.Parallel()
	w := newTestOutbox(t, always(200))
	for _, home := range []string{"a", "b", "c", "d"} {
		w.enqueue(home, home)
		for _, system := range []string{"fdvu-1-a", "fdvu-1.", "a b/c"} {
			w.update(func(tx *store.Tx) error {
				e := about(home, home+" of "+system)
				e.System = system
				return Enqueue(tx, e, "")
			})
		}
		w.clock.advance(time.Second)
	}
	w.update(func(tx *store.Tx) error {
		for limit, want := range [][]string{{}, {"b"}, {"b", "c"}, {"b", "c", "d"}, {"b", "c", "d"}} {
			some := func(system string) (int, error) {
				if system == "fdvu-1" {
					return limit, nil
				}
				return 1, nil
			}
			found, err := due(tx, some, func(queue string) bool { return queue == "fdvu-1/a/" })
			if err != nil {
				return err
			}
			got, others := []string{}, 0
			for _, r := range found.list {
				if r.System == "fdvu-1" {
					got = append(got, r.ID)
				} else if others++; r.Key != "a" {
					t.Errorf("%s is found, and not the first of its system", r.ID)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" || others != 3 || !found.more {
				t.Errorf("limit %d, others %d, more %t (-want +got):\n%s", limit, others, found.more, diff)
			}
		}
		return nil
	})
}

// TestDelays: they double up to the longest.
func TestDelays(t *testing.T) {
	t.Parallel()
	s := DefaultSettings()
	var got []time.Duration
	for failed := range 8 {
		got = append(got, s.delay(failed+1))
	}
	want := []time.Duration{
		time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second,
		32 * time.Second, time.Minute, time.Minute,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
