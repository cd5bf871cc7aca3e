package webhook

import (
	"net/url"
	"strings"
	"time"

	"sandkasse/mock/internal/store"
)

// The queue. The events of one key of one system stand in a lane, in the order of their places, and only the first of a lane may be sent.
// The firsts, and no others, stand in another collection by the time they are due. So what is to be sent now is found without meeting what
// waits behind it, or what has been delivered.
var (
	lanes = store.NewCollection[int64]("webhook-lane") // by lane and place → number
	dues  = store.NewCollection[int64]("webhook-due")  // by due and place → number
)

func (r *Record) lane() string { return url.PathEscape(r.System) + "/" + url.PathEscape(r.Key) + "/" }

func (r *Record) laneKey() string { return r.lane() + ascending(r.Place) }

// dueKey is in the order of time, then of places.
func (r *Record) dueKey() string { return instant(r.Due) + "/" + ascending(r.Place) }

const instantForm = "2006-01-02T15:04:05.000000000Z"

// instant is a time as text in the order of time.
func instant(t time.Time) string { return t.UTC().Format(instantForm) }

// join puts an event at the end of its lane, with the fault that is armed for it.
func (r *Record) join(tx *store.Tx) (err error) {
	fault, err := take(tx, r.System)
	if err != nil {
		return err
	}
	return r.joinWith(tx, fault)
}

// joinWith is join with another fault than the one that is armed.
func (r *Record) joinWith(tx *store.Tx, fault Fault) (err error) {
	r.State, r.Fault, r.Due, r.Held = Waiting, fault.Kind, tx.Now, false
	switch fault.Kind {
	case Drop:
		r.State = Dropped
		return r.put(tx)
	case Delay:
		r.Due = tx.Now.Add(fault.Delay)
	case Reorder:
		r.Held, r.Due = true, tx.Now.Add(reorderDelay)
		if fault.Delay > 0 {
			r.Due = tx.Now.Add(fault.Delay)
		}
	}
	if r.Place, err = next(tx); err != nil {
		return err
	}
	if err := r.pass(tx); err != nil {
		return err
	}
	if err := lanes.Put(tx, r.laneKey(), r.Number); err != nil {
		return err
	}
	if err := r.put(tx); err != nil {
		return err
	}
	return promote(tx, r.lane())
}

// pass lets an event that is about to join its lane go before the last one there, if that is held for it. Then it is not held itself.
func (r *Record) pass(tx *store.Tx) error {
	last, found, err := end(tx, r.lane())
	if err != nil || !found || !last.Held {
		return err
	}
	if err := dues.Delete(tx, last.dueKey()); err != nil {
		return err
	}
	if r.Held {
		r.Held, r.Due = false, tx.Now
	}
	last.Place, r.Place = r.Place, last.Place
	last.Held, last.Due = false, tx.Now
	if err := lanes.Put(tx, last.laneKey(), last.Number); err != nil {
		return err
	}
	return last.put(tx)
}

// postpone sets when a waiting event is due.
func (r *Record) postpone(tx *store.Tx, due time.Time) error {
	if err := dues.Delete(tx, r.dueKey()); err != nil {
		return err
	}
	r.Due, r.Held = due, false
	if err := r.put(tx); err != nil {
		return err
	}
	return promote(tx, r.lane())
}

// leave takes an event out of its lane for good.
func (r *Record) leave(tx *store.Tx, as State) error {
	if err := dues.Delete(tx, r.dueKey()); err != nil {
		return err
	}
	if err := lanes.Delete(tx, r.laneKey()); err != nil {
		return err
	}
	r.State, r.Place, r.Held = as, 0, false
	if err := r.put(tx); err != nil {
		return err
	}
	return promote(tx, r.lane())
}

// promote sees to it that the first of a lane stands among those that can be due.
func promote(tx *store.Tx, lane string) error {
	for e, err := range lanes.All(tx, lane) {
		if err != nil {
			return err
		}
		r, found, err := events.Get(tx, ascending(e.Value))
		if err != nil || !found {
			return err
		}
		key := r.dueKey()
		if _, stands, err := dues.Get(tx, key); err != nil || stands {
			return err
		}
		return dues.Put(tx, key, r.Number)
	}
	return nil
}

// end is the last event of a lane.
func end(tx *store.Tx, lane string) (r Record, found bool, err error) {
	for e, err := range lanes.Backwards(tx, lane) {
		if err != nil {
			return Record{}, false, err
		}
		return events.Get(tx, ascending(e.Value))
	}
	return Record{}, false, nil
}

// due finds up to limit events that are due, the longest due first, without those whose lane is busy. If it met them all, then is when the
// next one will be due, or the zero time if there is none; else more is true.
func due(tx *store.Tx, busy func(lane string) bool, limit int) (list []Record, then time.Time, more bool, err error) {
	now := instant(tx.Now)
	for e, err := range dues.All(tx, "") {
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
		case !found || busy(r.lane()):
			continue
		case len(list) == limit:
			return list, time.Time{}, true, nil
		}
		list = append(list, r)
	}
	return list, time.Time{}, false, nil
}
