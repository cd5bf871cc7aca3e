package webhook

import (
	"cmp"
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

// storeRetryDelay is the real time for which nothing of a session is sent after the store failed in
// it, since the outcome could not be stored. It doubles with each time, up to maxStoreRetryDelay.
const (
	storeRetryDelay    = time.Second
	maxStoreRetryDelay = 32 * time.Second
)

// Config configures a Deliverer. All fields but OnOutcome are required.
type Config struct {
	Store *store.DB
	Log   *slog.Logger

	// Session returns the session of that name as it stands, and its clock; nil where there is
	// none. What came of sending an event is stored in the session that it was read from, and
	// nowhere where that was reset meanwhile.
	Session  func(name string) (*store.Session, func() time.Time)
	Settings Settings

	// OnOutcome is called, by several goroutines at once, with what came of sending an event.
	OnOutcome func(Outcome)
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
	inFlight map[queueKey]*flight // by the queue whose head is being sent
	slots    *slots
	flights  int64                        // the number of the last one
	slow     map[string]map[string]string // by session and system: the URL that let the last event wait
	late     chan *flight
	finished chan finished

	failed   map[string]bool  // sessions in which the store failed
	reported string           // its newest error in the log
	retry    <-chan time.Time // when the failed sessions are to be tried again; nil while there are none
	pause    time.Duration    // until then
}

// queueKey names a queue of a session.
type queueKey struct{ session, queue string }

// finished tells the loop that an event is no longer in flight.
type finished struct {
	*flight
	err error // the store could not be written
}

// Start begins to deliver what is in the store, and what will be. Close must be called when done
// with it, before the store is closed.
func Start(config Config) (*Deliverer, error) {
	ctx, cancel := context.WithCancel(context.Background())
	d := &Deliverer{
		config: config, client: newClient(config.Settings), watch: dueIndex.Watch(config.Store), cancel: cancel,
		dirty: map[string]bool{}, nextDue: map[string]time.Time{},
		inFlight: map[queueKey]*flight{}, slots: newSlots(config.Settings.Parallel),
		slow: map[string]map[string]string{}, late: make(chan *flight),
		finished: make(chan finished), failed: map[string]bool{},
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
		if d.sendDue(ctx, &sending) != nil || d.wait(ctx) != nil {
			if ctx.Err() == nil {
				d.config.Log.Error("webhooks: the store is closed; nothing is sent any more")
			}
			return
		}
	}
}

// noteFailure notes that the store failed in a session, of which nothing is sent for a while. Other
// sessions do not wait for it: what failed may be a record of this one. The error is
// store.ErrClosed, where nothing will work any more, or nil.
func (d *Deliverer) noteFailure(session string, err error) error {
	switch {
	case errors.Is(err, store.ErrClosed):
		return store.ErrClosed
	case errors.Is(err, context.Canceled): // by Close
		return nil
	}
	// The store logs these itself, once. Others are logged once, and not at each attempt.
	logged := errors.Is(err, store.ErrNotStored) || errors.Is(err, store.ErrDamaged)
	if text := err.Error(); !logged && text != d.reported {
		d.reported = text
		d.config.Log.Error("webhooks: the store failed; nothing of the session is sent for a while", "session", session,
			"error", err)
	}
	delete(d.dirty, session)
	d.failed[session] = true
	if d.retry == nil {
		d.pause = min(max(2*d.pause, storeRetryDelay), maxStoreRetryDelay)
		d.retry = time.After(d.pause)
	}
	return nil
}

// noteSuccess notes that the store worked in a session.
func (d *Deliverer) noteSuccess(session string) {
	if !d.failed[session] {
		return
	}
	if delete(d.failed, session); len(d.failed) == 0 {
		d.reported, d.retry, d.pause = "", nil, 0
		d.config.Log.Info("webhooks: the store works again")
	}
}

// sendDue starts to send the due events of all dirty sessions, as far as there are slots. The error
// is store.ErrClosed or nil.
func (d *Deliverer) sendDue(ctx context.Context, sending *sync.WaitGroup) error {
	for session := range maps.Clone(d.dirty) { // in no order, so that none always comes last
		if d.slots.full() {
			return nil
		}
		if err := d.sendDueIn(ctx, session, sending); err != nil {
			if err = d.noteFailure(session, err); err != nil {
				return err
			}
		}
	}
	return nil
}

// sendDueIn starts to send due events of one session.
func (d *Deliverer) sendDueIn(ctx context.Context, session string, sending *sync.WaitGroup) error {
	stored, clock := d.config.Session(session)
	if stored == nil {
		d.forget(session)
		return nil
	}
	var found dueEvents
	systems := map[string]System{}
	space := func(system string) (int, bool) {
		to := receiverKey{session, system}
		return d.slots.space(to, d.isSlow(to, systems[system].URL))
	}
	err := stored.View(ctx, clock(), func(tx *store.Tx) (err error) {
		inFlight := func(queue string) bool { return d.inFlight[queueKey{session, queue}] != nil }
		limit := func(system string) (int, error) {
			var err error
			systems[system], _, err = GetSystem(tx, system)
			count, _ := space(system)
			return count, err
		}
		found, err = due(tx, limit, inFlight)
		return err
	})
	if errors.Is(err, store.ErrSessionClosed) { // the watch reports the session that takes its place
		d.forget(session)
		return nil
	}
	if err != nil {
		return err
	}
	delete(d.dirty, session)
	delete(d.nextDue, session)
	for _, r := range d.inOrder(session, found.list) {
		count, hanging := space(r.System)
		if count <= 0 {
			found.more = true
			continue
		}
		d.flights++
		to := systems[r.System]
		f := &flight{
			queueKey: queueKey{session, r.queue()}, receiver: receiverKey{session, r.System}, url: to.URL,
			number: d.flights, hanging: hanging,
		}
		attempt, cutOff := context.WithCancelCause(ctx)
		f.cutOff = cutOff
		d.inFlight[f.queueKey] = f
		d.slots.take(f)
		sending.Go(func() {
			defer cutOff(nil)
			select {
			case d.finished <- finished{f, d.deliver(attempt, f, stored, clock, r, to)}:
			case <-ctx.Done():
			}
		})
	}
	if found.more {
		d.dirty[session] = true
	}
	if !found.next.IsZero() {
		d.nextDue[session] = found.next
	}
	if len(found.list) == 0 && d.slots.of(session) == 0 {
		d.noteSuccess(session)                  // as far as can be seen
		if !found.more && found.next.IsZero() { // nothing waits
			delete(d.slow, session)
		}
	}
	return nil
}

// inOrder returns due events of a session in the order in which they are to be sent: first those
// whose receivers are not slow, then those whose receivers have fewer in flight before them, then
// those that are due earlier.
func (d *Deliverer) inOrder(session string, list []Record) []Record {
	slow, before, listed := map[int64]int{}, map[int64]int{}, map[string]int{} // by number, and by system
	for _, r := range list {
		before[r.Number] = d.slots.to(receiverKey{session, r.System}) + listed[r.System]
		listed[r.System]++
		if _, found := d.slow[session][r.System]; found {
			slow[r.Number] = 1
		}
	}
	slices.SortStableFunc(list, func(a, b Record) int {
		return cmp.Or(cmp.Compare(slow[a.Number], slow[b.Number]), cmp.Compare(before[a.Number], before[b.Number]))
	})
	return list
}

// forget drops what is known of a session that has ended.
func (d *Deliverer) forget(session string) {
	delete(d.dirty, session)
	delete(d.nextDue, session)
	delete(d.slow, session)
	d.noteSuccess(session)
}

// deliver sends an event and stores the outcome; it returns the error of the store.
func (d *Deliverer) deliver(ctx context.Context, f *flight, session *store.Session, clock func() time.Time, r Record,
	to System,
) error {
	stop := d.watchPatience(ctx, f)
	o, whole := d.send(ctx, clock, r, to)
	stop()
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
	if d.config.OnOutcome != nil {
		d.config.OnOutcome(Outcome{
			Session: session, Event: r.Event, Name: o.name(after.State == Dead), Attempts: o.attempts,
			OutOfOrder: r.outOfOrder(),
		})
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

// wait waits until something may have become due, or the context is done. The error is
// store.ErrClosed or nil.
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
		case f := <-d.late:
			d.makeWay(f)
			return nil
		case <-d.retry:
			d.retry = nil
			maps.Copy(d.dirty, d.failed)
			return nil
		case <-poll:
			if d.anyDue() {
				return nil
			}
		}
	}
}

// release gives back the slots of finished events. The error is store.ErrClosed or nil.
func (d *Deliverer) release(done finished) error {
	for more := true; more; {
		delete(d.inFlight, done.queueKey)
		d.slots.free(done.flight)
		d.noteSpeed(done.flight)
		d.dirty[done.session] = true
		if done.err == nil {
			d.noteSuccess(done.session)
		} else if err := d.noteFailure(done.session, done.err); err != nil {
			return err
		}
		select {
		case done = <-d.finished:
		default:
			more = false
		}
	}
	return nil
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
