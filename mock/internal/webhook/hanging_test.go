package webhook

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sandkasse/mock/internal/store"
)

// newHangingReceiver returns a server that takes messages and never answers: it sends nothing, or a
// byte of a header or of a body now and then, by the message's path. count returns how many it is
// in the middle of.
func newHangingReceiver(t *testing.T) (server *httptest.Server, count func() int) {
	t.Helper()
	done := make(chan struct{})
	var mu sync.Mutex
	taken := 0
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		mu.Lock()
		taken++
		mu.Unlock()
		defer func() {
			mu.Lock()
			taken--
			mu.Unlock()
		}()
		begin := ""
		switch r.URL.Path {
		case "/header":
			begin = "HTTP/1.1 200 OK\r\nX-Slow: "
		case "/body":
			begin = "HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n"
		default:
			select {
			case <-done:
			case <-r.Context().Done():
			}
			return
		}
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		for _, err = io.WriteString(conn, begin); err == nil; _, err = io.WriteString(conn, "x") {
			select {
			case <-done:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}))
	t.Cleanup(func() { close(done); server.Close() })
	return server, func() int {
		mu.Lock()
		defer mu.Unlock()
		return taken
	}
}

// in enqueues an event of a system, whose messages go to that URL, in a session.
func (w *testOutbox) in(session, system, url string, keys ...string) {
	w.Helper()
	err := w.db.Session(session).Update(w.clock.now(), func(tx *store.Tx) error {
		if err := SetSystem(tx, System{ID: system, URL: url, APIKey: NewAPIKey("key")}); err != nil {
			return err
		}
		for _, key := range keys {
			e := about(key, system+" "+key)
			e.System = system
			if err := Enqueue(tx, e, ""); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
}

// TestHangingReceivers: however many receivers hang, in whichever way and in how many sessions,
// those that answer get their messages, in the same session and in others, in order. What is in
// flight stays within its bound.
func TestHangingReceivers(t *testing.T) {
	t.Parallel()
	hanging, inFlight := newHangingReceiver(t)
	w := newTestOutbox(t, always(200))
	w.settings.Timeout = time.Hour // so that nothing but cutting off ends one that hangs
	w.settings.Patience = 10 * time.Millisecond
	w.settings.Parallel = 4
	w.settings.Attempts = 1 << 20
	limit := maxInFlight(w.settings.Parallel)
	keys := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r"}
	for n := range 2 * limit { // in one session
		w.in("crowded", fmt.Sprint("hangs-", n), hanging.URL+[]string{"/", "/header", "/body"}[n%3], keys[:1+n%2]...)
	}
	for n := range limit { // and in many
		w.in(fmt.Sprint("session-", n), "hangs", hanging.URL+[]string{"/header", "/"}[n%2], keys...)
	}
	w.deliver()
	for _, in := range []string{"crowded", "session-0", "good"} {
		for _, id := range []string{"1", "2", "3"} {
			w.in(in, "good", w.receiver.URL, "good"+id, "good"+id+"'")
		}
	}
	for _, in := range []string{"crowded", "session-0", "good"} {
		for _, id := range []string{"1", "2", "3", "1'", "2'", "3'"} {
			w.untilDelivered(in, "good good"+id)
		}
	}
	for end := time.Now().Add(30 * time.Second); inFlight() > limit; { // the server notices late what was cut off
		if time.Now().After(end) {
			t.Fatalf("%d messages are in flight, more than the %d that may be", inFlight(), limit)
		}
		time.Sleep(time.Millisecond)
	}
}

// TestManyKeysOfOneHangingReceiver: a receiver that hangs does not keep another of its session from
// its messages, even if that is slow too.
func TestManyKeysOfOneHangingReceiver(t *testing.T) {
	t.Parallel()
	hanging, _ := newHangingReceiver(t)
	w := newTestOutbox(t, func(message, int) int {
		time.Sleep(20 * time.Millisecond) // longer than the patience below: an own slot for hanging ones is needed
		return 200
	})
	w.settings.Timeout = time.Hour
	w.settings.Patience = time.Millisecond
	w.settings.Parallel = 2
	var keys []string
	for n := range 500 {
		keys = append(keys, fmt.Sprint("home-", n))
	}
	w.in(session, "hangs", hanging.URL, keys...)
	w.deliver()
	w.in(session, "slow", w.receiver.URL, keys[:20]...)
	for _, key := range keys[:20] {
		w.untilDelivered(session, "slow "+key)
	}
}

// TestReceiverThatRecovers: a receiver that has hung gets what waits, each in order and none twice
// among those it acknowledged, when it answers.
func TestReceiverThatRecovers(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	w := newTestOutbox(t, func(message, int) int { <-release; return 200 })
	w.settings.Timeout = time.Hour
	w.settings.Patience = time.Millisecond
	w.settings.Parallel = 2
	w.deliver()
	w.setSystem("key")
	for home := range 6 {
		w.enqueue(fmt.Sprint(home), fmt.Sprint(home, "-1"), fmt.Sprint(home, "-2"))
	}
	for len(w.receiver.messages()) < 2 {
		time.Sleep(time.Millisecond)
	}
	close(release)
	for home := range 6 {
		w.untilState(fmt.Sprint(home, "-2"), Delivered)
	}
	first := map[string]int{}
	for n, m := range w.receiver.messages() {
		if _, seen := first[m.ID]; !seen {
			first[m.ID] = n
		}
	}
	for home := range 6 {
		if one, two := first[fmt.Sprint(home, "-1")], first[fmt.Sprint(home, "-2")]; one > two {
			t.Errorf("home %d got its second message before its first", home)
		}
	}
}

// untilDelivered waits until an event of a session is delivered, and lets time pass.
func (w *testOutbox) untilDelivered(session, id string) {
	w.Helper()
	watch := events.Watch(w.db)
	for limit := time.After(30 * time.Second); ; {
		var r Record
		err := w.db.Session(session).View(context.Background(), w.clock.now(), func(tx *store.Tx) (err error) {
			r, _, err = Get(tx, id)
			return err
		})
		if err != nil {
			w.Fatal(err)
		}
		if r.State == Delivered {
			return
		}
		select {
		case <-watch.C:
		case <-time.After(20 * time.Millisecond):
			w.clock.advance(time.Second)
		case <-limit:
			w.Fatalf("the event %q of the session %s is not delivered, but %+v", id, session, r)
		}
	}
}

// TestFailureInOneSession: what cannot be read in one session keeps no other from its messages, and
// is said once in the log; when it can be read again its messages go out.
func TestFailureInOneSession(t *testing.T) {
	t.Parallel()
	var lines countingHandler
	w := newTestOutbox(t, always(200))
	w.log = &lines
	w.in("broken", "fdvu", w.receiver.URL, "a", "b")
	unreadable := store.NewCollection[string]("webhook-event")
	change := func(fn func(*store.Tx) error) {
		t.Helper()
		if err := w.db.Session("broken").Update(w.clock.now(), fn); err != nil {
			t.Fatal(err)
		}
	}
	var sound Record
	change(func(tx *store.Tx) (err error) {
		if sound, _, err = Get(tx, "fdvu a"); err != nil {
			return err
		}
		return unreadable.Put(tx, ascending(sound.Number), "damaged")
	})
	w.deliver()
	for n := range 20 {
		id := fmt.Sprint(n)
		w.in("good", "fdvu", w.receiver.URL, id)
		w.untilDelivered("good", "fdvu "+id)
		change(func(tx *store.Tx) error { return dueIndex.Put(tx, "fdvu/"+instant(start)+"/zz", sound.Number) })
	}
	change(func(tx *store.Tx) error {
		if err := dueIndex.Delete(tx, "fdvu/"+instant(start)+"/zz"); err != nil {
			return err
		}
		return sound.put(tx)
	})
	w.untilDelivered("broken", "fdvu a")
	w.untilDelivered("broken", "fdvu b")
	if n := lines.errors.Load(); n != 1 {
		t.Errorf("the log has %d errors, want 1", n)
	}
}

// countingHandler counts the errors in a log.
type countingHandler struct {
	slog.Handler
	errors atomic.Int64
}

func (*countingHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h *countingHandler) Handle(_ context.Context, r slog.Record) error {
	if r.Level == slog.LevelError {
		h.errors.Add(1)
	}
	return nil
}
