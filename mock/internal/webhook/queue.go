package webhook

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"sandkasse/mock/internal/store"
)

// The waiting events of one key of one system are a queue, in the order of their places. Only the
// head of a queue may be sent. The heads, and no other events, are indexed by system and by the
// time at which they are due, so that those of one system are found without reading the others'.
var (
	queues   = store.NewCollection[int64]("webhook-lane") // by queue and place → number
	dueIndex = store.NewCollection[int64]("webhook-head") // by system, due and place → number
)

// systemPrefix begins the keys of a system's queues and heads, and of no other's.
func systemPrefix(system string) string { return url.PathEscape(system) + "/" }

func (r *Record) queue() string { return systemPrefix(r.System) + url.PathEscape(r.Key) + "/" }

func (r *Record) queueKey() string { return r.queue() + ascending(r.Place) }

// dueKey sorts by system, then by time and place.
func (r *Record) dueKey() string { return systemPrefix(r.System) + r.dueOrder() }

// dueOrder sorts by time, then by place.
func (r *Record) dueOrder() string { return instant(r.Due) + "/" + ascending(r.Place) }

const instantForm = "2006-01-02T15:04:05.000000000Z"

// instant formats a time, so that texts sort as times do.
func instant(t time.Time) string { return t.UTC().Format(instantForm) }

// enqueue puts an event at the end of its queue. A dropped one is only stored.
func (r *Record) enqueue(tx *store.Tx, fault Fault) (err error) {
	r.State, r.Fault, r.Due, r.Held = Waiting, fault, tx.Now, false
	switch fault {
	case Drop:
		r.State = Dropped
		return r.put(tx)
	case Delay:
		r.Due = tx.Now.Add(FaultDelay)
	case Reorder:
		r.Held, r.Due = true, tx.Now.Add(FaultDelay)
	}
	if r.Place, err = next(tx); err != nil {
		return err
	}
	if err := r.swapWithHeld(tx); err != nil {
		return err
	}
	if err := queues.Put(tx, r.queueKey(), r.Number); err != nil {
		return err
	}
	if err := r.put(tx); err != nil {
		return err
	}
	return indexHead(tx, r.queue())
}

// swapWithHeld puts an event that is about to be enqueued before the last one of its queue, if that
// one is held. Neither is held afterwards.
func (r *Record) swapWithHeld(tx *store.Tx) error {
	last, found, err := lastOf(tx, r.queue())
	if err != nil || !found || !last.Held {
		return err
	}
	if err := dueIndex.Delete(tx, last.dueKey()); err != nil {
		return err
	}
	if r.Held {
		r.Held, r.Due = false, tx.Now
	}
	last.Place, r.Place = r.Place, last.Place
	last.Held, last.Due = false, tx.Now
	if err := queues.Put(tx, last.queueKey(), last.Number); err != nil {
		return err
	}
	return last.put(tx)
}

// outOfOrder reports whether a waiting event has changed places with a held one, or was held and has.
// An event that is enqueued or redelivered gets a place after its own number, and a held one the next.
func (r *Record) outOfOrder() bool {
	return r.Place < r.Number || r.Fault == Reorder && r.Place > r.Number+1
}

// postpone sets when a waiting event is due.
func (r *Record) postpone(tx *store.Tx, due time.Time) error {
	if err := dueIndex.Delete(tx, r.dueKey()); err != nil {
		return err
	}
	r.Due, r.Held = due, false
	if err := r.put(tx); err != nil {
		return err
	}
	return indexHead(tx, r.queue())
}

// finish takes an event out of its queue and stores its last state.
func (r *Record) finish(tx *store.Tx, as State) error {
	if err := dueIndex.Delete(tx, r.dueKey()); err != nil {
		return err
	}
	if err := queues.Delete(tx, r.queueKey()); err != nil {
		return err
	}
	r.State, r.Place, r.Held = as, 0, false
	if err := r.put(tx); err != nil {
		return err
	}
	return indexHead(tx, r.queue())
}

// indexHead makes sure that the first event of a queue is in the due index.
func indexHead(tx *store.Tx, queue string) error {
	for e, err := range queues.All(tx, queue) {
		if err != nil {
			return err
		}
		r, found, err := events.Get(tx, ascending(e.Value))
		if err != nil || !found {
			return err
		}
		key := r.dueKey()
		if _, stands, err := dueIndex.Get(tx, key); err != nil || stands {
			return err
		}
		return dueIndex.Put(tx, key, r.Number)
	}
	return nil
}

// lastOf returns the last event of a queue.
func lastOf(tx *store.Tx, queue string) (r Record, found bool, err error) {
	for e, err := range queues.Backwards(tx, queue) {
		if err != nil {
			return Record{}, false, err
		}
		return events.Get(tx, ascending(e.Value))
	}
	return Record{}, false, nil
}

// dueEvents holds the events of a session that are due.
type dueEvents struct {
	list []Record  // that may be sent now, the earliest due first
	more bool      // more are due
	next time.Time // when the next event will be due; zero if there is none, or it is due
}

// due returns the events that are due, of each system as many as there is space for, without those whose
// queue has one in flight.
func due(tx *store.Tx, space func(system string) (int, error), inFlight func(queue string) bool) (found dueEvents,
	err error,
) {
	for from := ""; ; {
		system, err := systemFrom(tx, from)
		if err != nil || system == "" {
			slices.SortFunc(found.list, func(a, b Record) int { return cmp.Compare(a.dueOrder(), b.dueOrder()) })
			return found, err
		}
		from = system + "0" // the least key behind all that begin with the system and a slash
		name, err := url.PathUnescape(system)
		if err != nil {
			return dueEvents{}, fmt.Errorf("the index of what is due has the system %q: %w", system, err)
		}
		limit, err := space(name)
		if err != nil {
			return dueEvents{}, err
		}
		if err := found.addSystem(tx, name, limit, inFlight); err != nil {
			return dueEvents{}, err
		}
	}
}

// systemFrom returns the first system in the due index whose keys are not before the given one,
// escaped as there; the empty text if there is none.
func systemFrom(tx *store.Tx, from string) (string, error) {
	for e, err := range dueIndex.From(tx, from) {
		system, _, _ := strings.Cut(e.Key, "/")
		return system, err
	}
	return "", nil
}

// addSystem adds up to limit events of a system.
func (f *dueEvents) addSystem(tx *store.Tx, system string, limit int, inFlight func(queue string) bool) error {
	prefix, now, taken := systemPrefix(system), instant(tx.Now), 0
	for e, err := range dueIndex.All(tx, prefix) {
		if err != nil {
			return err
		}
		at, _, _ := strings.Cut(strings.TrimPrefix(e.Key, prefix), "/")
		if at > now {
			next, err := time.Parse(instantForm, at)
			if f.next.IsZero() || next.Before(f.next) {
				f.next = next
			}
			return err
		}
		r, found, err := events.Get(tx, ascending(e.Value))
		switch {
		case err != nil:
			return err
		case !found || inFlight(r.queue()):
			continue
		case taken == limit:
			f.more = true
			return nil
		}
		f.list = append(f.list, r)
		taken++
	}
	return nil
}
