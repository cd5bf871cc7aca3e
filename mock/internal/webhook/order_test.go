package webhook

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sandkasse/mock/internal/store"
)

// TestParallel: keys do not wait for each other, up to the limit; one key is never sent twice at a
// time; writers may be many; sessions do not see each other.
func TestParallel(t *testing.T) {
	t.Parallel()
	const homes, each = 12, 20
	var mu sync.Mutex
	now, highest := map[string]int{}, 0
	full := make(chan struct{})
	w := newTestOutbox(t, func(m message, n int) int {
		mu.Lock()
		now[m.Home]++
		total := 0
		for home, n := range now {
			if n > 1 {
				t.Errorf("%d messages of home %s at a time", n, home)
			}
			total += n
		}
		highest = max(highest, total)
		if n == 4 {
			close(full) // as many as there may be have arrived
		}
		mu.Unlock()
		<-full
		mu.Lock()
		now[m.Home]--
		mu.Unlock()
		return 200
	})
	w.settings.Parallel = 2           // of a session, and of all together twice as many
	w.settings.Patience = time.Minute // far longer than the test waits
	w.deliver()
	var wg sync.WaitGroup
	for home := range homes {
		wg.Go(func() {
			in := fmt.Sprintf("session%d", home%3)
			for n := range each {
				err := w.db.Session(in).Update(w.clock.now(), func(tx *store.Tx) error {
					system := System{ID: "fdvu-1", URL: w.receiver.URL, APIKey: NewAPIKey(in)}
					if err := SetSystem(tx, system); err != nil {
						return err
					}
					return Enqueue(tx, about(fmt.Sprint(home), fmt.Sprintf("%d/%d", home, n)), "")
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for home := range homes {
		watch, limit := events.Watch(w.db), time.After(20*time.Second)
		for delivered := false; !delivered; {
			stored := w.db.Session(fmt.Sprintf("session%d", home%3))
			err := stored.View(context.Background(), w.clock.now(), func(tx *store.Tx) error {
				r, _, err := Get(tx, fmt.Sprintf("%d/%d", home, each-1))
				delivered = r.State == Delivered
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if delivered {
				break
			}
			select {
			case <-watch.C:
			case <-limit:
				t.Fatal("not all is delivered")
			}
		}
	}
	order := map[string]int{}
	for _, m := range w.receiver.messages() {
		if want := fmt.Sprintf("%s/%d", m.Home, order[m.Home]); m.ID != want {
			t.Errorf("home %s got %s, want %s", m.Home, m.ID, want)
		}
		order[m.Home]++
		var home int
		fmt.Sscan(m.Home, &home)
		if want := fmt.Sprintf("session%d", home%3); m.Key != want {
			t.Errorf("home %s got the key %s, want %s", m.Home, m.Key, want)
		}
	}
	if highest != 4 {
		t.Errorf("%d messages at a time at most, want 4", highest)
	}
}

// TestOrder: whatever the receiver answers, however the clock is moved and the deliverer restarted,
// the receiver gets, of each key and without repeats, what was enqueued, in order.
func TestOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		answers := rapid.SliceOfN(rapid.SampledFrom([]int{200, 204, 404, 500, 302}), 1, 20).Draw(t, "answers")
		w := newTestOutbox(t, func(_ message, n int) int {
			if n > len(answers) {
				return 200
			}
			return answers[n-1]
		})
		w.settings.Attempts = 1 << 20
		w.setSystem("key")
		d := w.deliver()
		enqueued := map[string][]string{}
		var all []string
		for step := range rapid.IntRange(1, 25).Draw(t, "steps") {
			switch rapid.IntRange(0, 4).Draw(t, "act") {
			case 0:
				d.Close()
				d = w.deliver()
			case 1:
				w.pass(rapid.SampledFrom([]time.Duration{1, time.Second, time.Hour}).Draw(t, "passing"))
			default:
				home, id := rapid.SampledFrom([]string{"a", "b", "a/b", "%"}).Draw(t, "home"), fmt.Sprint(step)
				w.enqueue(home, id)
				enqueued[home], all = append(enqueued[home], id), append(all, id)
			}
		}
		for _, id := range all {
			for r := w.get(id); r.State != Delivered; {
				w.pass(time.Minute)
				r = w.until(id, "tried again", func(now Record) bool {
					return now.Tries > r.Tries ||
						now.State == Delivered
				})
			}
		}
		d.Close()
		first, seen := map[string][]string{}, map[string]bool{}
		for _, m := range w.receiver.messages() {
			if m.Status/100 == 2 && !seen[m.ID] {
				seen[m.ID], first[m.Home] = true, append(first[m.Home], m.ID)
			}
		}
		if diff := cmp.Diff(enqueued, first); diff != "" {
			t.Fatalf("received (-enqueued +received):\n%s", diff)
		}
	})
}
