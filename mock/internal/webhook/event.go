package webhook

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"sandkasse/mock/internal/store"
)

// bodyLimit bounds the message of an event, in bytes. It refers to a home and carries no data of it
// (reference, Kobo 4.1).
const bodyLimit = 64 << 10

// Event is a message to a system about something that happened.
type Event struct {
	ID     string `json:"id"`     // of the message, unique in a session
	System string `json:"system"` // the receiver
	// the subject, such as a koboBoligId; events of the same key are delivered in order
	Key  string          `json:"key"`
	Type string          `json:"type"` // what happened, such as LEIEFORHOLD_OPPRETTET
	Body json.RawMessage `json:"body"` // the message as it is posted
}

// State is the state of an event's delivery.
type State string

// An event is Waiting until a 2xx answer makes it Delivered, or the last attempt fails and it is
// Dead. A Dropped event is never sent.
const (
	Waiting   State = "waiting"
	Delivered State = "delivered"
	Dead      State = "dead"
	Dropped   State = "dropped"
)

// States returns all states.
func States() []State { return []State{Waiting, Delivered, Dead, Dropped} }

// Record is an event with its state and its attempts.
type Record struct {
	Event
	Number  int64     `json:"number"` // greater than that of the events before it
	Created time.Time `json:"created"`
	State   State     `json:"state"`
	// earliest time of the next attempt; the events of its key before it go first
	Due      time.Time `json:"due"`
	Fault    Fault     `json:"fault,omitempty"`  // what goes wrong with it on purpose
	Reason   string    `json:"reason,omitempty"` // why it is Dead
	Tries    int       `json:"tries"`            // attempts since it was enqueued or redelivered
	Attempts []Attempt `json:"attempts"`         // the newest attemptsKept, the oldest first
	// in the queue, while it waits; the order of delivery among the events of its key
	Place int64 `json:"place,omitempty"`
	Held  bool  `json:"held,omitempty"` // it waits for the next event of its key to go first
}

// attemptsKept limits the attempts that are stored of an event: the newest.
const attemptsKept = 20

// Attempt records one attempt to send an event.
type Attempt struct {
	Time   time.Time `json:"time"`             // by the sandbox's clock
	Status int       `json:"status,omitempty"` // of the answer; 0 where there was none
	Error  string    `json:"error,omitempty"`  // why there was no answer
	Fault  Fault     `json:"fault,omitempty"`  // what went wrong on purpose
	Late   bool      `json:"-"`                // there was no answer in time; not stored
}

// Acknowledged reports whether the receiver took the event.
func (a Attempt) Acknowledged() bool { return a.Status >= 200 && a.Status <= 299 }

var (
	events  = store.NewCollection[Record]("webhook-event")  // by number
	numbers = store.NewCollection[int64]("webhook-id")      // by the event's ID
	counter = store.NewCollection[int64]("webhook-counter") // the last number handed out, under counterKey
)

const counterKey = "last"

// next returns a number greater than all before it in the session.
func next(tx *store.Tx) (int64, error) {
	last, _, err := counter.Get(tx, counterKey)
	if err != nil {
		return 0, err
	}
	return last + 1, counter.Put(tx, counterKey, last+1)
}

// ascending formats a number as a key, so that keys sort as numbers do.
func ascending(number int64) string { return fmt.Sprintf("%016x", number) }

func (r *Record) put(tx *store.Tx) error { return events.Put(tx, ascending(r.Number), *r) }

// Check returns what is wrong with an event, or nil.
func (e Event) Check() error {
	for _, name := range []struct{ what, text string }{
		{"event's id", e.ID},
		{"event's system id", e.System},
		{"event's key", e.Key},
		{"event's type", e.Type},
	} {
		if err := checkName(name.what, name.text); err != nil {
			return err
		}
	}
	if len(e.Body) > bodyLimit {
		return fmt.Errorf("the body of event %s has %d bytes; it must have at most %d", e.ID, len(e.Body), bodyLimit)
	}
	if !json.Valid(e.Body) {
		return fmt.Errorf("the body of event %s is not JSON", e.ID)
	}
	return nil
}

// Enqueue stores an event, which is delivered once the transaction is committed. The fault is what
// goes wrong with it on purpose, or empty. An event that is already known by its ID, or that Check
// refuses, is an error.
func Enqueue(tx *store.Tx, e Event, fault Fault) error {
	if err := e.Check(); err != nil {
		return err
	}
	_, known, err := numbers.Get(tx, e.ID)
	if err != nil {
		return err
	}
	if known {
		return fmt.Errorf("there is an event %s already; each has an id of its own", e.ID)
	}
	number, err := next(tx)
	if err != nil {
		return err
	}
	if err := numbers.Put(tx, e.ID, number); err != nil {
		return err
	}
	r := &Record{Event: e, Number: number, Created: tx.Now, Attempts: []Attempt{}}
	return r.enqueue(tx, fault)
}

// Get returns the event with that ID; found says whether there is one.
func Get(tx *store.Tx, id string) (r Record, found bool, err error) {
	if id == "" {
		return Record{}, false, nil
	}
	number, found, err := numbers.Get(tx, id)
	if err != nil || !found {
		return Record{}, false, err
	}
	return events.Get(tx, ascending(number))
}

// Redeliver sends an event once more, with the same ID and body and without a fault. One that waits
// is due at once and keeps its place; any other goes behind the waiting events of its key. The
// record is the event afterwards; found says whether there is one of that ID.
func Redeliver(tx *store.Tx, id string) (r Record, found bool, err error) {
	r, found, err = Get(tx, id)
	if err != nil || !found {
		return r, found, err
	}
	r.Tries, r.Reason = 0, ""
	if r.State == Waiting {
		r.Fault = ""
		err = r.postpone(tx, tx.Now)
	} else {
		err = r.enqueue(tx, "")
	}
	return r, true, err
}

// Query selects events for List; its zero value selects all.
type Query struct {
	System string
	Key    string
	State  State
	Limit  int // the newest ones, at most; 0 for all
}

// List returns events, the oldest first.
func List(tx *store.Tx, q Query) ([]Record, error) {
	list := []Record{}
	for e, err := range events.Backwards(tx, "") {
		if err != nil {
			return nil, err
		}
		if (q.System == "" || e.Value.System == q.System) && (q.Key == "" || e.Value.Key == q.Key) &&
			(q.State == "" || e.Value.State == q.State) {
			list = append(list, e.Value)
		}
		if q.Limit > 0 && len(list) == q.Limit {
			break
		}
	}
	slices.Reverse(list)
	return list, nil
}
