package webhook

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"sandkasse/mock/internal/store"
)

// pollInterval is the real time between two looks at the clock, to see whether what waits for a
// later time is due. The clock may be set, frozen or scaled at any moment, so no timer can tell.
// Nobody looks while nothing waits.
const pollInterval = 50 * time.Millisecond

// storeRetryDelay is the real time for which nothing is sent after the store failed, since the
// outcome could not be stored.
const storeRetryDelay = time.Second

// Config configures a Deliverer. All fields are required.
type Config struct {
	Store *store.DB
	Log   *slog.Logger

	// Session returns the session of that name as it stands, and its clock; nil where there is
	// none. What came of sending an event is stored in the session that it was read from, and
	// nowhere where that was reset meanwhile.
	Session  func(name string) (*store.Session, func() time.Time)
	Settings Settings
}

// Deliverer posts what is due in the outboxes of all sessions. It watches the store, so nothing
// has to be reported to it. Start makes one.
type Deliverer struct {
	config Config
	client *http.Client
	watch  *store.Watch
	cancel context.CancelFunc
	loop   sync.WaitGroup

	// The rest belongs to the loop.
	dirty    map[string]bool      // sessions in which something may be due
	nextDue  map[string]time.Time // of the sessions that are not dirty: when the next event is due, if there is one
	inFlight map[queueKey]bool    // queues whose head is being sent
	finished chan finished
}

// queueKey names a queue of a session.
type queueKey struct{ session, queue string }

// finished tells the loop that the head of a queue is no longer in flight.
type finished struct {
	queueKey
	err error // the store could not be written
}

// Start begins to deliver what is in the store, and what will be. Close must be called when done
// with it, before the store is closed.
func Start(config Config) (*Deliverer, error) {
	ctx, cancel := context.WithCancel(context.Background())
	d := &Deliverer{
		config: config, client: newClient(config.Settings), watch: dueIndex.Watch(config.Store), cancel: cancel,
		dirty: map[string]bool{}, nextDue: map[string]time.Time{}, inFlight: map[queueKey]bool{},
		finished: make(chan finished, config.Settings.Parallel),
	}
	sessions, err := config.Store.Sessions()
	if err != nil {
		cancel()
		return nil, err
	}
	for _, session := range sessions {
		d.dirty[session] = true
	}
	d.loop.Go(func() { d.run(ctx) })
	return d, nil
}

// Close cuts off what is being sent, and returns when nothing is any more. What was cut off is sent
// again by the next Deliverer on the store. It may be called again.
func (d *Deliverer) Close() {
	d.cancel()
	d.loop.Wait()
	d.client.CloseIdleConnections()
}

// run sends what is due and waits until something may be, until the context ends.
func (d *Deliverer) run(ctx context.Context) {
	var sending sync.WaitGroup
	defer sending.Wait()
	for ctx.Err() == nil {
		err := d.sendDue(ctx, &sending)
		if err == nil {
			err = d.wait(ctx)
		}
		if err != nil && ctx.Err() == nil {
			if !errors.Is(err, store.ErrNotStored) && !errors.Is(err, store.ErrDamaged) { // which the store logs, once
				d.config.Log.Error("webhooks: the store failed; nothing is sent for a while", "pause",
					storeRetryDelay, "error", err)
			}
			if errors.Is(err, store.ErrClosed) {
				return
			}
			sleep(ctx, storeRetryDelay)
		}
	}
}

// sendDue starts to send the due events of all dirty sessions, up to Settings.Parallel in flight.
func (d *Deliverer) sendDue(ctx context.Context, sending *sync.WaitGroup) error {
	for session := range maps.Clone(d.dirty) { // in no order, so that none always comes last
		free := d.config.Settings.Parallel - len(d.inFlight)
		if free == 0 {
			return nil
		}
		if err := d.sendDueIn(ctx, session, free, sending); err != nil {
			return err
		}
	}
	return nil
}

// sendDueIn starts to send up to limit due events of one session.
func (d *Deliverer) sendDueIn(ctx context.Context, session string, limit int, sending *sync.WaitGroup) error {
	var list []Record
	var to []System
	var next time.Time
	var more bool
	stored, clock := d.config.Session(session)
	if stored == nil {
		delete(d.dirty, session)
		delete(d.nextDue, session)
		return nil
	}
	err := stored.View(ctx, clock(), func(tx *store.Tx) (err error) {
		inFlight := func(queue string) bool { return d.inFlight[queueKey{session, queue}] }
		if list, next, more, err = due(tx, inFlight, limit); err != nil {
			return err
		}
		to = make([]System, len(list))
		for i, r := range list {
			if to[i], _, err = GetSystem(tx, r.System); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, store.ErrSessionClosed) { // the watch reports the session that takes its place
		delete(d.dirty, session)
		delete(d.nextDue, session)
		return nil
	}
	if err != nil {
		return err
	}
	delete(d.nextDue, session)
	if !more {
		delete(d.dirty, session)
		if !next.IsZero() {
			d.nextDue[session] = next
		}
	}
	for i, r := range list {
		key := queueKey{session, r.queue()}
		d.inFlight[key] = true
		sending.Go(func() { d.finished <- finished{key, d.deliver(ctx, stored, clock, r, to[i])} })
	}
	return nil
}

// deliver sends an event and stores the outcome; it returns the error of the store.
func (d *Deliverer) deliver(ctx context.Context, session *store.Session, clock func() time.Time, r Record,
	to System,
) error {
	o, whole := d.send(ctx, clock, r, to)
	if !whole {
		return nil
	}
	var after Record
	err := session.Update(clock(), func(tx *store.Tx) (err error) {
		after, err = d.config.Settings.recordOutcome(tx, r.Number, o)
		return err
	})
	if errors.Is(err, store.ErrSessionClosed) {
		return nil
	}
	level, last := slog.LevelDebug, Attempt{}
	if len(o.attempts) > 0 {
		last = o.attempts[len(o.attempts)-1]
		if after.State == Dead { // no warning of an event without a receiver
			level = slog.LevelWarn
		}
	}
	d.config.Log.Log(ctx, level, "webhook", "session", session.Name(), "event", r.ID, "system", r.System, "type",
		r.Type, "state", after.State,
		"tries", after.Tries, "status", last.Status, "error", last.Error, "reason", after.Reason)
	return err
}

// wait waits until something may have become due, or the context is done. The error is the store's,
// from a delivery.
func (d *Deliverer) wait(ctx context.Context) error {
	for {
		var poll <-chan time.Time
		if len(d.nextDue) > 0 {
			poll = time.After(pollInterval)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-d.watch.C:
			for _, session := range d.watch.Sessions() {
				d.dirty[session] = true
			}
			return nil
		case done := <-d.finished:
			return d.release(done)
		case <-poll:
			if d.anyDue() {
				return nil
			}
		}
	}
}

// release marks the queues of finished events as no longer in flight.
func (d *Deliverer) release(done finished) error {
	var errs []error
	for more := true; more; {
		delete(d.inFlight, done.queueKey)
		d.dirty[done.session] = true
		errs = append(errs, done.err)
		select {
		case done = <-d.finished:
		default:
			more = false
		}
	}
	return errors.Join(errs...)
}

// anyDue marks the sessions dirty whose next event has become due.
func (d *Deliverer) anyDue() bool {
	found := false
	for _, session := range slices.Sorted(maps.Keys(d.nextDue)) {
		if _, clock := d.config.Session(session); clock == nil || !d.nextDue[session].After(clock()) {
			d.dirty[session], found = true, true
		}
	}
	return found
}

// sleep waits for the duration, or until the context ends.
func sleep(ctx context.Context, length time.Duration) {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
