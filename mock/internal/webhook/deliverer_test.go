package webhook

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock/internal/store"
)

// TestReceiverThatFailsTwice: a receiver that fails twice and then accepts gets each event, in
// order, each attempt with the key that was the newest then, and nothing before its time on the
// sandbox's clock.
func TestReceiverThatFailsTwice(t *testing.T) {
	t.Parallel()
	var failed atomic.Int32
	w := newTestOutbox(t, func(m message, _ int) int {
		if m.Home == "home" && failed.Add(1) <= 2 {
			return http.StatusServiceUnavailable
		}
		return http.StatusNoContent
	})
	w.setSystem("old")
	w.deliver()
	w.enqueue("home", "1", "2", "3")
	first := w.untilTries("1", 1)
	if want := start.Add(time.Second); !first.Due.Equal(want) || first.State != Waiting {
		t.Errorf("after one attempt the event is %s, due %s; want it waiting, due %s", first.State, first.Due, want)
	}
	w.setSystem("new")
	w.clock.advance(time.Second - 1)
	w.enqueue("other", "x") // has the deliverer look: the first is not due yet
	w.untilState("x", Delivered)
	w.clock.advance(1)
	second := w.untilTries("1", 2)
	if want := start.Add(3 * time.Second); !second.Due.Equal(want) {
		t.Errorf("after two attempts the event is due %s, want %s", second.Due, want)
	}
	w.clock.advance(time.Minute)
	w.untilState("3", Delivered)
	var got []message
	for _, m := range w.receiver.messages() {
		if m.Home == "home" {
			got = append(got, m)
		}
	}
	sent := func(id, key string, status int) message {
		return message{id, "home", key, "fdvu-1", "application/json", status}
	}
	want := []message{
		sent("1", "old", 503), sent("1", "new", 503), sent("1", "new", 204), sent("2", "new", 204),
		sent("3", "new", 204),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
	r := w.get("1")
	if len(r.Attempts) != 3 || r.Attempts[0].Status != 503 || !r.Attempts[0].Time.Equal(start) ||
		!r.Attempts[2].Time.Equal(start.Add(61*time.Second)) {
		t.Errorf("the attempts are %+v", r.Attempts)
	}
}

// TestRestart: what waits, what is put off, and what was being sent when the process ended is
// delivered by the next one, in order.
func TestRestart(t *testing.T) {
	t.Parallel()
	release, arrived := make(chan struct{}), make(chan struct{}, 8)
	var phase atomic.Int32
	w := newTestOutbox(t, func(m message, _ int) int {
		switch {
		case phase.Load() == 1:
			return 200
		case m.ID == "hangs 1":
			arrived <- struct{}{}
			<-release
		}
		return 500
	})
	path := temporaryFile(t)
	reopen := func() {
		t.Helper()
		if err := w.db.Close(); err != nil {
			t.Fatal(err)
		}
		var err error
		if w.db, err = store.Open(path, store.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	reopen()
	w.setSystem("key")
	d := w.deliver()
	w.enqueue("put off", "put off 1", "put off 2")
	w.enqueue("hangs", "hangs 1", "hangs 2")
	w.untilTries("put off 1", 1)
	<-arrived
	d.Close()
	d.Close()
	if r := w.get("hangs 1"); r.State != Waiting || r.Tries != 0 {
		t.Errorf("the event that was cut off is %+v; want it waiting, and no attempt", r)
	}
	close(release)
	reopen()
	phase.Store(1)
	w.clock.advance(time.Hour)
	w.deliver()
	for _, id := range []string{"put off 1", "put off 2", "hangs 1", "hangs 2"} {
		w.untilState(id, Delivered)
	}
	order := map[string][]string{}
	for _, m := range w.receiver.messages() {
		order[m.Home] = append(order[m.Home], m.ID)
	}
	if diff := cmp.Diff(map[string][]string{
		"put off": {"put off 1", "put off 1", "put off 2"},
		"hangs":   {"hangs 1", "hangs 1", "hangs 2"},
	}, order); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
}

// TestDead: after so many attempts an event is dead, tells why, and lets the next one of its key
// go; redelivered it comes again, with the same ID and body.
func TestDead(t *testing.T) {
	t.Parallel()
	var well atomic.Bool
	w := newTestOutbox(t, func(m message, _ int) int {
		if m.ID == "bad" && !well.Load() {
			return http.StatusInternalServerError
		}
		return 200
	})
	w.settings.Attempts = 3
	w.setSystem("key")
	w.deliver()
	w.enqueue("home", "bad", "good")
	for tries := 1; tries < 3; tries++ {
		w.untilTries("bad", tries)
		if r := w.get("good"); r.State != Waiting || len(r.Attempts) > 0 {
			t.Fatalf("the event behind is %+v; want it waiting", r)
		}
		w.clock.advance(time.Minute)
	}
	dead := w.untilState("bad", Dead)
	if dead.Reason == "" || dead.Tries != 3 || len(dead.Attempts) != 3 || dead.Attempts[2].Status != 500 {
		t.Errorf("the dead letter is %+v", dead)
	}
	w.untilState("good", Delivered)
	listed := func(q Query) (ids []string) {
		w.update(func(tx *store.Tx) error {
			list, err := List(tx, q)
			for _, r := range list {
				ids = append(ids, r.ID)
			}
			return err
		})
		return ids
	}
	for _, test := range []struct {
		query Query
		want  []string
	}{
		{Query{}, []string{"bad", "good"}},
		{Query{State: Dead}, []string{"bad"}},
		{Query{Limit: 1}, []string{"good"}},
		{Query{System: "fdvu-2"}, nil},
		{Query{System: "fdvu-1", State: Delivered}, []string{"good"}},
	} {
		if diff := cmp.Diff(test.want, listed(test.query)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", test.query, diff)
		}
	}
	well.Store(true)
	for _, id := range []string{"bad", "good"} {
		w.update(func(tx *store.Tx) error {
			r, found, err := Redeliver(tx, id)
			if !found || r.State != Waiting || r.Reason != "" {
				t.Errorf("redelivered %s is %+v", id, r)
			}
			return err
		})
		w.until(id, "delivered again", func(r Record) bool { return r.State == Delivered && r.Tries == 1 })
	}
	if diff := cmp.Diff([]string{"bad", "bad", "bad", "good", "bad", "good"}, w.receiver.ids()); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
	w.update(func(tx *store.Tx) error {
		if _, found, err := Redeliver(tx, "nothing"); found || err != nil {
			t.Errorf("an event that is not: %t, %v", found, err)
		}
		return nil
	})
}

// TestClose: after Close no connection to the receiver is left, and what has been enqueued is not
// sent.
func TestClose(t *testing.T) {
	t.Parallel()
	w := newTestOutbox(t, always(200))
	closed := make(chan struct{}, 1)
	var got atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { got.Add(1) }))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			closed <- struct{}{}
		}
	}
	server.Start()
	defer server.Close()
	w.update(func(tx *store.Tx) error {
		return SetSystem(tx, System{ID: "fdvu-1", URL: server.URL, APIKey: NewAPIKey("key")})
	})
	d := w.deliver()
	w.enqueue("home", "1")
	w.untilState("1", Delivered)
	d.Close()
	select {
	case <-closed:
	case <-time.After(10 * time.Second):
		t.Error("the connection is still open")
	}
	w.enqueue("home", "2")
	if r := w.get("2"); r.State != Waiting || got.Load() != 1 {
		t.Errorf("the event is %+v", r)
	}
}

// TestStoreClosed: a deliverer whose store is closed under it ends by itself, and can be closed.
func TestStoreClosed(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	w := newTestOutbox(t, func(message, int) int { <-release; return 200 })
	w.setSystem("key")
	d := w.deliver()
	w.enqueue("home", "1")
	for len(w.receiver.messages()) == 0 {
		runtime.Gosched()
	}
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
	close(release)
	d.loop.Wait()
	d.Close()
	if _, err := Start(d.config); !errors.Is(err, store.ErrClosed) {
		t.Errorf("a deliverer on a closed store: %v", err)
	}
}

// TestAttemptsKept: of many attempts the newest are shown.
func TestAttemptsKept(t *testing.T) {
	t.Parallel()
	w := newTestOutbox(t, always(200))
	w.enqueue("home", "1")
	const made = attemptsKept + 5
	settings := DefaultSettings()
	settings.Attempts = 1000
	for n := range made {
		w.update(func(tx *store.Tx) error {
			r, _, err := Get(tx, "1")
			if err != nil {
				return err
			}
			_, err = settings.recordOutcome(tx, r.Number, outcome{attempts: []Attempt{{Status: 400 + n}}})
			return err
		})
	}
	r := w.get("1")
	if len(r.Attempts) != attemptsKept || r.Tries != made || r.Attempts[0].Status != 405 ||
		r.Attempts[attemptsKept-1].Status != 400+made-1 {
		t.Errorf("the event is %+v", r)
	}
}
