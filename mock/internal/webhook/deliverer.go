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

// pollInterval is how often, in real time, the clock is asked whether what waits for a later time is due. The clock may be set, frozen or
// scaled at any moment, so no timer can tell. It is not asked while nothing waits.
const pollInterval = 50 * time.Millisecond

// pause is how long, in real time, nothing is sent after the store has failed: what was sent then could not be remembered.
const pause = time.Second

// Config is what a Deliverer works with; all of it is needed.
type Config struct {
	Store *store.DB
	Log   *slog.Logger

	// Session returns the session of that name as it stands, and its clock; nil where there is none. What came of sending an
	// event is stored in the session that it was read from, and nowhere where that was reset meanwhile.
	Session  func(name string) (*store.Session, func() time.Time)
	Settings Settings
}

// Deliverer posts what is due in the outboxes of all sessions. It needs no telling: it watches the store. Make it with Start.
type Deliverer struct {
	config Config
	client *http.Client
	watch  *store.Watch
	cancel context.CancelFunc
	loop   sync.WaitGroup

	// The rest belongs to the loop.
	look    map[string]bool      // sessions in which something may be due
	later   map[string]time.Time // when something will be due in a session; known for those that need no look
	busy    map[place]bool       // the lanes of which one is being sent
	settled chan settled
}

// place is a lane of a session.
type place struct{ session, lane string }

// settled tells the loop that a lane is free.
type settled struct {
	place
	err error // the store could not be written
}

// Start begins to deliver what is in the store, and what will be. Close must be called when done with it, before the store is closed.
func Start(config Config) (*Deliverer, error) {
	ctx, cancel := context.WithCancel(context.Background())
	d := &Deliverer{
		config: config, client: newClient(config.Settings), watch: dues.Watch(config.Store), cancel: cancel,
		look: map[string]bool{}, later: map[string]time.Time{}, busy: map[place]bool{}, settled: make(chan settled, config.Settings.Parallel),
	}
	sessions, err := config.Store.Sessions()
	if err != nil {
		cancel()
		return nil, err
	}
	for _, session := range sessions {
		d.look[session] = true
	}
	d.loop.Go(func() { d.run(ctx) })
	return d, nil
}

// Close cuts off what is being sent, and returns when nothing is any more. What was cut off is sent again by the next Deliverer on the store.
// It may be called again.
func (d *Deliverer) Close() {
	d.cancel()
	d.loop.Wait()
	d.client.CloseIdleConnections()
}

// run is the loop: send what is due, and wait until something may be.
func (d *Deliverer) run(ctx context.Context) {
	var sending sync.WaitGroup
	defer sending.Wait()
	for ctx.Err() == nil {
		err := d.begin(ctx, &sending)
		if err == nil {
			err = d.wait(ctx)
		}
		if err != nil && ctx.Err() == nil {
			d.config.Log.Error("webhooks: the store failed; nothing is sent for a while", "pause", pause, "error", err)
			if errors.Is(err, store.ErrClosed) {
				return
			}
			rest(ctx, pause)
		}
	}
}

// begin begins to send what is due, as far as there is room.
func (d *Deliverer) begin(ctx context.Context, sending *sync.WaitGroup) error {
	for session := range maps.Clone(d.look) { // in no order, so that none always comes last
		room := d.config.Settings.Parallel - len(d.busy)
		if room == 0 {
			return nil
		}
		if err := d.beginIn(ctx, session, room, sending); err != nil {
			return err
		}
	}
	return nil
}

func (d *Deliverer) beginIn(ctx context.Context, session string, room int, sending *sync.WaitGroup) error {
	var list []Record
	var to []System
	var then time.Time
	var more bool
	stored, clock := d.config.Session(session)
	if stored == nil {
		delete(d.look, session)
		delete(d.later, session)
		return nil
	}
	err := stored.View(clock(), func(tx *store.Tx) (err error) {
		busy := func(lane string) bool { return d.busy[place{session, lane}] }
		if list, then, more, err = due(tx, busy, room); err != nil {
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
	if errors.Is(err, store.ErrSessionClosed) { // whatever takes its place is told by the watch
		delete(d.look, session)
		delete(d.later, session)
		return nil
	}
	if err != nil {
		return err
	}
	delete(d.later, session)
	if !more {
		delete(d.look, session)
		if !then.IsZero() {
			d.later[session] = then
		}
	}
	for i, r := range list {
		at := place{session, r.lane()}
		d.busy[at] = true
		sending.Go(func() { d.settled <- settled{at, d.deliver(ctx, stored, clock, r, to[i])} })
	}
	return nil
}

// deliver sends an event and stores what came of it; the error is the store's.
func (d *Deliverer) deliver(ctx context.Context, session *store.Session, clock func() time.Time, r Record, to System) error {
	o, whole := d.send(ctx, clock, r, to)
	if !whole {
		return nil
	}
	var after Record
	err := session.Update(clock(), func(tx *store.Tx) (err error) {
		after, err = d.config.Settings.settle(tx, r.Number, o)
		return err
	})
	if errors.Is(err, store.ErrSessionClosed) {
		return nil
	}
	level, last := slog.LevelDebug, Attempt{}
	if len(o.attempts) > 0 {
		last = o.attempts[len(o.attempts)-1]
		if after.State == Dead { // that nobody is to be told is no cause for a warning
			level = slog.LevelWarn
		}
	}
	d.config.Log.Log(ctx, level, "webhook", "session", session.Name(), "event", r.ID, "system", r.System, "type", r.Type, "state", after.State,
		"tries", after.Tries, "status", last.Status, "error", last.Error, "reason", after.Reason)
	return err
}

// wait waits until something may have become due, or the context is done. The error is the store's, from a delivery.
func (d *Deliverer) wait(ctx context.Context) error {
	for {
		var poll <-chan time.Time
		if len(d.later) > 0 {
			poll = time.After(pollInterval)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-d.watch.C:
			for _, session := range d.watch.Sessions() {
				d.look[session] = true
			}
			return nil
		case done := <-d.settled:
			return d.free(done)
		case <-poll:
			if d.anyDue() {
				return nil
			}
		}
	}
}

// free takes back the lanes of which one was sent.
func (d *Deliverer) free(done settled) error {
	var errs []error
	for more := true; more; {
		delete(d.busy, done.place)
		d.look[done.session] = true
		errs = append(errs, done.err)
		select {
		case done = <-d.settled:
		default:
			more = false
		}
	}
	return errors.Join(errs...)
}

// anyDue has the loop look into the sessions for whose next event it is time.
func (d *Deliverer) anyDue() bool {
	found := false
	for _, session := range slices.Sorted(maps.Keys(d.later)) {
		if _, clock := d.config.Session(session); clock == nil || !d.later[session].After(clock()) {
			d.look[session], found = true, true
		}
	}
	return found
}

// rest waits, or until the context is done.
func rest(ctx context.Context, length time.Duration) {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
