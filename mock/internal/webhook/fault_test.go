package webhook

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock/internal/store"
)

// TestFaults: each fault does to the next so many events what it says, and to none after them.
func TestFaults(t *testing.T) {
	t.Parallel()
	rejectWrongKey := func(m message, _ int) int {
		if m.Key != "key" {
			return http.StatusUnauthorized
		}
		return 200
	}
	for name, test := range map[string]struct {
		faults []Fault // of the first events, in order
		want   []string
		last   string // the event that is delivered last
		state  map[string]State
		tries  map[string]int
	}{
		"duplicate": {
			faults(2, Duplicate),
			[]string{"1", "1", "2", "2", "3", "4"},
			"4", nil,
			map[string]int{"1": 2, "4": 1},
		},
		"drop": {
			faults(2, Drop),
			[]string{"3", "4"},
			"4",
			map[string]State{"1": Dropped, "2": Dropped},
			map[string]int{"1": 0},
		},
		"reorder":   {faults(1, Reorder), []string{"2", "1", "3", "4"}, "4", nil, nil},
		"reorder 2": {faults(4, Reorder), []string{"2", "1", "4", "3"}, "3", nil, nil},
		"wrong key": {faults(1, WrongKey), []string{"1", "1", "2", "3", "4"}, "4", nil, map[string]int{"1": 2, "2": 1}},
		"delay":     {faults(1, Delay), []string{"1", "2", "3", "4"}, "4", nil, map[string]int{"1": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTestOutbox(t, rejectWrongKey)
			w.setSystem("key")
			w.faults = test.faults
			w.deliver()
			w.enqueue("home", "1", "2", "3", "4")
			switch name {
			case "wrong key":
				if r := w.untilTries("1", 1); r.Attempts[0].Status != 401 || r.Attempts[0].Fault != WrongKey {
					t.Errorf("the attempt with the wrong key is %+v", r.Attempts)
				}
				w.pass(time.Minute)
			case "delay":
				w.enqueue("other", "x")
				w.untilState("x", Delivered)
				w.pass(time.Minute - 1)
				w.enqueue("other", "y")
				w.untilState("y", Delivered)
				if got := w.receiver.ids(); cmp.Diff([]string{"x", "y"}, got) != "" {
					t.Fatalf("%q came before its time", got)
				}
				w.pass(1)
				test.want = append([]string{"x", "y"}, test.want...)
			}
			w.untilState(test.last, Delivered)
			if diff := cmp.Diff(test.want, w.receiver.ids()); diff != "" {
				t.Errorf("received (-want +got):\n%s", diff)
			}
			for _, id := range []string{"1", "2", "3", "4"} {
				want := test.state[id]
				if want == "" {
					want = Delivered
				}
				if r := w.get(id); r.State != want || (r.Fault == "") != (id[0]-'0' > byte(len(test.faults))) {
					t.Errorf("event %s is %+v; want it %s", id, r, want)
				}
			}
			for id, tries := range test.tries {
				if r := w.get(id); r.Tries != tries || len(r.Attempts) != tries {
					t.Errorf("event %s is %+v; want %d attempts", id, r, tries)
				}
			}
		})
	}
}

// TestHeld: an event that waits for the next one of its key goes alone when none comes in time, and
// at once when it is redelivered.
func TestHeld(t *testing.T) {
	t.Parallel()
	w := newTestOutbox(t, always(200))
	w.setSystem("key")
	w.faults = faults(2, Reorder)
	w.deliver()
	w.enqueue("home", "1")
	w.enqueue("another", "x")
	if r := w.get("1"); !r.Held || !r.Due.Equal(start.Add(FaultDelay)) {
		t.Errorf("the event is %+v; want it held for a minute", r)
	}
	w.update(func(tx *store.Tx) error { _, _, err := Redeliver(tx, "x"); return err })
	w.untilState("x", Delivered)
	if got := w.receiver.ids(); cmp.Diff([]string{"x"}, got) != "" {
		t.Errorf("%q came, want x alone", got)
	}
	w.pass(FaultDelay)
	w.untilState("1", Delivered)
	w.enqueue("home", "2")
	w.untilState("2", Delivered)
	if diff := cmp.Diff([]string{"x", "1", "2"}, w.receiver.ids()); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
}

// TestRedeliverWaiting: an event that waits to be tried again is sent at once, and without its
// fault.
func TestRedeliverWaiting(t *testing.T) {
	t.Parallel()
	w := newTestOutbox(t, func(m message, _ int) int {
		if m.Key != "key" {
			return 401
		}
		return 200
	})
	w.setSystem("key")
	w.faults = faults(1, WrongKey)
	w.deliver()
	w.enqueue("home", "1")
	w.untilTries("1", 1)
	w.update(func(tx *store.Tx) error { _, _, err := Redeliver(tx, "1"); return err })
	if r := w.untilState("1", Delivered); r.Tries != 1 || len(r.Attempts) != 2 || r.Fault != "" {
		t.Errorf("the event is %+v", r)
	}
}

// faults returns the same fault for each of the next n events.
func faults(n int, fault Fault) []Fault { return slices.Repeat([]Fault{fault}, n) }
