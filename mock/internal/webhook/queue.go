package webhook

import (
	"net/url"
	"strings"
	"time"

	"sandkasse/mock/internal/store"
)

// The waiting events of one key of one system are a queue, in the order of their places. Only the
// head of a queue may be sent. The heads, and no other events, are indexed by the time at which
// they are due, so the due ones are found without reading the rest.
var (
	queues   = store.NewCollection[int64]("webhook-lane") // by queue and place → number
	dueIndex = store.NewCollection[int64]("webhook-due")  // by due and place → number
)

func (r *Record) queue() string { return url.PathEscape(r.System) + "/" + url.PathEscape(r.Key) + "/" }

func (r *Record) queueKey() string { return r.queue() + ascending(r.Place) }

// dueKey sorts by time, then by place.
func (r *Record) dueKey() string { return instant(r.Due) + "/" + ascending(r.Place) }

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

// due returns up to limit events that are due, the earliest first, without those whose queue has
// one in flight. If there are more, more is true; else next is when the next event will be due, or
// the zero time if there is none.
func due(tx *store.Tx, inFlight func(queue string) bool, limit int) (list []Record, then time.Time, more bool,
	err error,
) {
	now := instant(tx.Now)
	for e, err := range dueIndex.All(tx, "") {
		if err != nil {
			return nil, time.Time{}, false, err
		}
		at, _, _ := strings.Cut(e.Key, "/")
		if at > now {
			then, err := time.Parse(instantForm, at)
			return list, then, false, err
		}
		r, found, err := events.Get(tx, ascending(e.Value))
		switch {
		case err != nil:
			return nil, time.Time{}, false, err
		case !found || inFlight(r.queue()):
			continue
		case len(list) == limit:
			return list, time.Time{}, true, nil
		}
		list = append(list, r)
	}
	return list, time.Time{}, false, nil
}
