package webhook

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sandkasse/mock/internal/store"
)

// TestQueue: whatever is enqueued, settled, redelivered and armed, the waiting events are those of the lanes, each once, the firsts of the
// lanes and no others are to be found by their time, and due finds each that is due and no other. Without faults that reorder, each lane is in
// the order in which its events joined it.
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
				switch rapid.IntRange(0, 6).Draw(t, "act") {
				case 0:
					kind := rapid.SampledFrom(Kinds()).Draw(t, "kind")
					f := Fault{System: "fdvu-1", Kind: kind, Times: rapid.IntRange(1, 3).Draw(t, "times")}
					if kind == Delay || kind == Reorder {
						f.Delay = time.Duration(rapid.IntRange(1, 1000).Draw(t, "seconds")) * time.Second
					}
					reordered = reordered || kind == Reorder
					return Arm(tx, f)
				case 1:
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
				case 2:
					now = now.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "passing")) * time.Second)
					return nil
				case 3, 4:
					list, _, _, err := due(tx, func(string) bool { return false }, 100)
					if err != nil || len(list) == 0 {
						return err
					}
					r := rapid.SampledFrom(list).Draw(t, "sent")
					o := outcome{attempts: []Attempt{{Status: rapid.SampledFrom([]int{200, 500}).Draw(t, "status")}}}
					if rapid.IntRange(0, 9).Draw(t, "undeliverable") == 0 {
						o = outcome{reason: "no URL"}
					}
					_, err = settings.settle(tx, r.Number, o)
					return err
				}
				id := fmt.Sprint(step)
				ids, joined[id] = append(ids, id), step
				return Enqueue(tx, about(rapid.SampledFrom([]string{"a", "b", "a/b"}).Draw(t, "home"), id))
			})
			if err != nil {
				t.Fatal(err)
			}
			err = db.Session(fmt.Sprint(run)).View(now, func(tx *store.Tx) error {
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
	inLanes := map[int64]bool{}
	for e, err := range lanes.All(tx, "") {
		if err != nil {
			t.Fatal(err)
		}
		r := all[e.Value]
		if r.laneKey() != e.Key || inLanes[r.Number] {
			t.Fatalf("the event %+v stands at %q", r, e.Key)
		}
		inLanes[r.Number] = true
		if _, met := firsts[r.lane()]; !met {
			firsts[r.lane()] = r
		} else if before := last[r.lane()]; !reordered && joined[before.ID] >= joined[r.ID] {
			t.Fatalf("%s stands before %s", before.ID, r.ID)
		}
		last[r.lane()] = r
	}
	if diff := cmp.Diff(waiting, inLanes); diff != "" {
		t.Fatalf("in lanes (-waiting +found):\n%s", diff)
	}
	want, got := []string{}, []string{}
	due1 := map[int64]bool{}
	for _, r := range firsts {
		want = append(want, r.dueKey())
		if !r.Due.After(tx.Now) {
			due1[r.Number] = true
		}
	}
	for e, err := range dues.All(tx, "") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e.Key)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("to be found by time (-firsts +found):\n%s", diff)
	}
	list, then, more, err := due(tx, func(string) bool { return false }, 100)
	found := map[int64]bool{}
	for _, r := range list {
		found[r.Number] = true
	}
	if diff := cmp.Diff(due1, found); diff != "" || more || err != nil {
		t.Fatalf("due (-want +got), more %t, %v:\n%s", more, err, diff)
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

// TestDueLimit: no more are found than asked for, the longest due first, and what is busy is passed over.
func TestDueLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, always(200))
	for _, home := range []string{"a", "b", "c", "d"} {
		w.enqueue(home, home)
		w.clock.advance(time.Second)
	}
	w.update(func(tx *store.Tx) error {
		for limit, want := range [][]string{{}, {"b"}, {"b", "c"}, {"b", "c", "d"}, {"b", "c", "d"}} {
			list, _, more, err := due(tx, func(lane string) bool { return lane == "fdvu-1/a/" }, limit)
			if err != nil {
				return err
			}
			got := []string{}
			for _, r := range list {
				got = append(got, r.ID)
			}
			if diff := cmp.Diff(want, got); diff != "" || more != (limit < 3) {
				t.Errorf("limit %d, more %t (-want +got):\n%s", limit, more, diff)
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
	want := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second, time.Minute, time.Minute}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
