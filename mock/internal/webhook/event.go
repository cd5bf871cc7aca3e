package webhook

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"sandkasse/mock/internal/store"
)

// bodyLimit bounds the message of an event, in bytes. It is a reference and a hint (reference kobo 4.1), no data carrier.
const bodyLimit = 64 << 10

// Event is something that a system is to be told of.
type Event struct {
	ID     string          `json:"id"`     // of the message; no two in a session may have the same
	System string          `json:"system"` // whom to tell
	Key    string          `json:"key"`    // what it is about, such as a koboBoligId; the events of one are delivered in order
	Type   string          `json:"type"`   // what happened, such as LEIEFORHOLD_OPPRETTET
	Body   json.RawMessage `json:"body"`   // the message as it is posted
}

// State is how far an event has come.
type State string

// An event is Waiting until a 2xx answer makes it Delivered, or as many attempts as are made have failed and it is Dead. One that a fault has
// Dropped is never sent.
const (
	Waiting   State = "waiting"
	Delivered State = "delivered"
	Dead      State = "dead"
	Dropped   State = "dropped"
)

// States are all of them.
func States() []State { return []State{Waiting, Delivered, Dead, Dropped} }

// Record is an event with what has become of it.
type Record struct {
	Event
	Number   int64     `json:"number"` // greater than that of the events before it
	Created  time.Time `json:"created"`
	State    State     `json:"state"`
	Due      time.Time `json:"due"`              // when it is sent at the earliest, once the events of its key before it are done with
	Fault    Kind      `json:"fault,omitempty"`  // what was armed for it
	Reason   string    `json:"reason,omitempty"` // why it is Dead
	Tries    int       `json:"tries"`            // attempts since it was enqueued or redelivered
	Attempts []Attempt `json:"attempts"`         // the newest attemptsKept, the oldest first
	Place    int64     `json:"place,omitempty"`  // in the queue, while it waits; the order of delivery among the events of its key
	Held     bool      `json:"held,omitempty"`   // it lets the next one of its key pass
}

// attemptsKept is of how many attempts the outcome is remembered.
const attemptsKept = 20

// Attempt is one time that an event was sent.
type Attempt struct {
	Time   time.Time `json:"time"`             // by the sandbox's clock
	Status int       `json:"status,omitempty"` // of the answer; 0 where there was none
	Error  string    `json:"error,omitempty"`  // why there was no answer
	Fault  Kind      `json:"fault,omitempty"`  // what was done wrong on purpose
}

func (a Attempt) acknowledged() bool { return a.Status >= 200 && a.Status <= 299 }

var (
	events  = store.NewCollection[Record]("webhook-event")  // by number
	numbers = store.NewCollection[int64]("webhook-id")      // by the event's ID
	counter = store.NewCollection[int64]("webhook-counter") // the last number handed out, under counterKey
)

const counterKey = "last"

// next is a number greater than all before it in the session.
func next(tx *store.Tx) (int64, error) {
	last, _, err := counter.Get(tx, counterKey)
	if err != nil {
		return 0, err
	}
	return last + 1, counter.Put(tx, counterKey, last+1)
}

// ascending is a number as a key: in the order of numbers.
func ascending(number int64) string { return fmt.Sprintf("%016x", number) }

func (r *Record) put(tx *store.Tx) error { return events.Put(tx, ascending(r.Number), *r) }

// Check says what is wrong with an event, or nil.
func (e Event) Check() error {
	for _, name := range []struct{ what, text string }{{"event's id", e.ID}, {"event's system id", e.System}, {"event's key", e.Key}, {"event's type", e.Type}} {
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

// Enqueue stores an event, to be delivered once the transaction has been committed; if it is not, there is no event. The event takes the
// oldest fault that is armed for its system, if there is one.
func Enqueue(tx *store.Tx, e Event) error {
	return enqueue(tx, e, (*Record).join)
}

// EnqueueWith is Enqueue with this fault for the event, and those that are armed left for others. Of the fault only kind and delay count.
func EnqueueWith(tx *store.Tx, e Event, fault Fault) error {
	return enqueue(tx, e, func(r *Record, tx *store.Tx) error { return r.joinWith(tx, fault) })
}

func enqueue(tx *store.Tx, e Event, join func(*Record, *store.Tx) error) error {
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
	return join(&Record{Event: e, Number: number, Created: tx.Now, Attempts: []Attempt{}}, tx)
}

// Get is the event of that ID; found says whether there is one.
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

// Redeliver sends an event once more, with the same ID and body. One that waits is due at once, in its place and without its fault; any
// other goes behind those of its key that wait, and takes an armed fault as a new one does. The record is the event afterwards; found says
// whether there is one of that ID.
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
		err = r.join(tx)
	}
	return r, true, err
}

// Query narrows List; its zero value asks for all.
type Query struct {
	System string
	State  State
	Limit  int // the newest so many; 0 for all
}

// List shows events, the oldest first.
func List(tx *store.Tx, q Query) ([]Record, error) {
	list := []Record{}
	for e, err := range events.Backwards(tx, "") {
		if err != nil {
			return nil, err
		}
		if (q.System == "" || e.Value.System == q.System) && (q.State == "" || e.Value.State == q.State) {
			list = append(list, e.Value)
		}
		if q.Limit > 0 && len(list) == q.Limit {
			break
		}
	}
	slices.Reverse(list)
	return list, nil
}
