package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sandkasse/mock/internal/store"
)

const session = "default"

var start = time.Date(2025, 1, 31, 12, 0, 0, 0, time.UTC)

// tester is a test, or one run of a property.
type tester interface {
	rapid.TB
	Cleanup(func())
}

// clock stands until it is moved.
type clock struct{ past atomic.Int64 }

func (c *clock) now() time.Time          { return start.Add(time.Duration(c.past.Load())) }
func (c *clock) advance(d time.Duration) { c.past.Add(int64(d)) }

// testOutbox is a store, a clock that stands, and a receiver.
type testOutbox struct {
	tester
	db       *store.DB
	clock    clock
	receiver *receiver
	log      slog.Handler
	settings Settings
	faults   []Fault // of the next events that are enqueued
}

func newTestOutbox(t tester, answer func(message, int) int) *testOutbox {
	t.Helper()
	db, err := store.OpenTemporary()
	if err != nil {
		t.Fatal(err)
	}
	w := &testOutbox{
		tester: t, db: db, receiver: newReceiver(answer), log: slog.DiscardHandler,
		settings: DefaultSettings(),
	}
	t.Cleanup(func() {
		w.receiver.Close()
		if err := w.db.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// deliver starts a deliverer, which the caller or the test's end closes.
func (w *testOutbox) deliver() *Deliverer {
	w.Helper()
	d, err := Start(Config{
		Store: w.db, Log: slog.New(w.log), Settings: w.settings,
		Session: sessionsOf(w.db, &w.clock),
	})
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(d.Close)
	return d
}

// pass lets time pass, and has the deliverer look at the clock sooner than it would by itself.
func (w *testOutbox) pass(d time.Duration) {
	w.Helper()
	w.clock.advance(d)
	w.update(func(tx *store.Tx) error {
		if err := dueIndex.Put(tx, "poke", 0); err != nil {
			return err
		}
		return dueIndex.Delete(tx, "poke")
	})
}

func (w *testOutbox) update(fn func(*store.Tx) error) {
	w.Helper()
	if err := w.db.Session(session).Update(w.clock.now(), fn); err != nil {
		w.Fatal(err)
	}
}

func (w *testOutbox) setSystem(key string) {
	w.Helper()
	w.update(func(tx *store.Tx) error {
		return SetSystem(tx, System{ID: "fdvu-1", URL: w.receiver.URL, APIKey: NewAPIKey(key)})
	})
}

// enqueue enqueues events about a home, each in a transaction of its own and with the next of
// w.faults.
func (w *testOutbox) enqueue(home string, ids ...string) {
	w.Helper()
	for _, id := range ids {
		var fault Fault
		if len(w.faults) > 0 {
			fault, w.faults = w.faults[0], w.faults[1:]
		}
		w.update(func(tx *store.Tx) error { return Enqueue(tx, about(home, id), fault) })
	}
}

func about(home, id string) Event {
	return Event{
		ID: id, System: "fdvu-1", Key: home, Type: "BOLIG_ENDRET",
		Body: json.RawMessage(fmt.Sprintf(`{"meldingId":%q,"koboBoligId":%q}`, id, home)),
	}
}

func (w *testOutbox) get(id string) (r Record) {
	w.Helper()
	err := w.db.Session(session).View(context.Background(), w.clock.now(), func(tx *store.Tx) (err error) {
		r, _, err = Get(tx, id)
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return r
}

// until waits until an event is as it should be.
func (w *testOutbox) until(id, what string, is func(Record) bool) Record {
	w.Helper()
	watch := events.Watch(w.db)
	limit := time.After(10 * time.Second)
	for {
		r := w.get(id)
		if is(r) {
			return r
		}
		select {
		case <-watch.C:
		case <-limit:
			w.Fatalf("the event %s is not %s, but %+v", id, what, r)
		}
	}
}

func (w *testOutbox) untilState(id string, state State) Record {
	w.Helper()
	return w.until(id, string(state), func(r Record) bool { return r.State == state })
}

func (w *testOutbox) untilTries(id string, tries int) Record {
	w.Helper()
	return w.until(id, fmt.Sprintf("tried %d times", tries), func(r Record) bool { return r.Tries == tries })
}

// message is a message that a receiver got.
type message struct {
	ID, Home, Key, System, ContentType string
	Status                             int
}

// receiver is an FDVU system's endpoint. It answers with the status that answer gives for the nth
// message, counted from 1.
type receiver struct {
	*httptest.Server
	mu  sync.Mutex
	got []message
}

func newReceiver(answer func(m message, n int) int) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		var thin struct{ MeldingID, KoboBoligID string }
		json.Unmarshal(body, &thin)
		header := request.Header
		m := message{
			ID: thin.MeldingID, Home: thin.KoboBoligID, Key: header.Get("x-api-key"),
			System: header.Get("x-kobo-systemid"), ContentType: header.Get("Content-Type"),
		}
		r.mu.Lock()
		r.got = append(r.got, m)
		n := len(r.got)
		r.mu.Unlock()
		status := answer(m, n)
		r.mu.Lock()
		r.got[n-1].Status = status
		r.mu.Unlock()
		w.WriteHeader(status)
	}))
	return r
}

func always(status int) func(message, int) int { return func(message, int) int { return status } }

func (r *receiver) messages() []message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]message{}, r.got...)
}

func (r *receiver) ids() []string {
	ids := []string{}
	for _, m := range r.messages() {
		ids = append(ids, m.ID)
	}
	return ids
}

func temporaryFile(t *testing.T) string { return t.TempDir() + "/data.db" }

// sessionsOf returns a Config.Session of sessions that nothing takes the place of.
func sessionsOf(db *store.DB, c *clock) func(string) (*store.Session, func() time.Time) {
	return func(name string) (*store.Session, func() time.Time) { return db.Session(name), c.now }
}
