package webhook

import (
	"context"
	"errors"
	"time"
)

// receiverKey names a system of a session. It is not the host of its URL: many sessions may send to
// one stub server, and hang in one of them only.
type receiverKey struct{ session, system string }

// flight is an event that is being sent, the head of its queue.
type flight struct {
	queueKey
	receiver receiverKey
	url      string
	number   int64                   // greater than that of the flights before it
	late     bool                    // its receiver has not answered for Settings.Patience
	hanging  bool                    // it has a slot for hanging ones
	cutOff   context.CancelCauseFunc // ends the attempt
	counted  bool                    // it has a slot; false once it was cut off
}

// errCutOff is why an attempt ended that was cut off to let others have its slot. It counts as
// failed.
var errCutOff = errors.New("no answer soon, while many other receivers did not answer either")

// slots counts the events in flight. An event begins in a slot for prompt ones, has it for
// Settings.Patience, and goes on in a slot for hanging ones. So no number of hanging receivers takes
// the prompt slots for longer. Where those for hanging ones are all taken, the oldest there is cut
// off (K610).
//
// Of either kind a session has a part, and a receiver has a part of that.
type slots struct {
	parallel int // Settings.Parallel
	prompt   slotCount
	hanging  slotCount
}

// slotCount counts taken slots.
type slotCount struct {
	total      int
	ofSession  map[string]int
	ofReceiver map[receiverKey]int
}

func newSlots(parallel int) *slots {
	count := func() slotCount { return slotCount{ofSession: map[string]int{}, ofReceiver: map[receiverKey]int{}} }
	return &slots{parallel: parallel, prompt: count(), hanging: count()}
}

// maxInFlight returns the number of all slots.
func maxInFlight(parallel int) int { return 2*parallel + 8*parallel }

// space returns how many more events may be sent to a receiver, and whether in slots for hanging
// ones. One that is slow begins in those. Where there is none, a single event of it may begin in a
// prompt slot, of which it leaves half to others.
func (s *slots) space(to receiverKey, slow bool) (count int, hanging bool) {
	ofReceiver := s.parallel - s.to(to) // so that it finds space there for all that it lets hang
	prompt := min(2*s.parallel-s.prompt.total, s.parallel-s.prompt.ofSession[to.session], ofReceiver)
	if !slow {
		return prompt, false
	}
	if space := min(s.hangingSpace(to.session), ofReceiver); space > 0 {
		return space, true
	}
	if s.to(to) == 0 && prompt > s.parallel/2 {
		return 1, false
	}
	return 0, false
}

// hangingSpace returns how many more slots for hanging events a session may take.
func (s *slots) hangingSpace(session string) int {
	return min(8*s.parallel-s.hanging.total, 2*s.parallel-s.hanging.ofSession[session])
}

// full reports whether nothing can begin, whoever it is for.
func (s *slots) full() bool { return s.prompt.total >= 2*s.parallel && s.hanging.total >= 8*s.parallel }

// to returns the number of events that are being sent to a receiver.
func (s *slots) to(one receiverKey) int { return s.prompt.ofReceiver[one] + s.hanging.ofReceiver[one] }

// of returns the number of events of a session that are being sent.
func (s *slots) of(session string) int {
	return s.prompt.ofSession[session] + s.hanging.ofSession[session]
}

// take gives an event a slot, of the kind that it says.
func (s *slots) take(f *flight) {
	f.counted = true
	s.add(f, 1)
}

// free takes away the event's slot, if it has one.
func (s *slots) free(f *flight) {
	if f.counted {
		f.counted = false
		s.add(f, -1)
	}
}

func (s *slots) add(f *flight, by int) {
	count := &s.prompt
	if f.hanging {
		count = &s.hanging
	}
	count.total += by
	addTo(count.ofSession, f.session, by)
	addTo(count.ofReceiver, f.receiver, by)
}

// addTo changes a count, and drops it where it is 0.
func addTo[K comparable](counts map[K]int, of K, by int) {
	if counts[of] += by; counts[of] == 0 {
		delete(counts, of)
	}
}

// isSlow reports whether a receiver, at this URL, let the last event wait for longer than
// Settings.Patience.
func (d *Deliverer) isSlow(to receiverKey, url string) bool {
	slow, found := d.slow[to.session][to.system]
	return found && slow == url
}

// noteSpeed remembers whether the receiver of an event is slow.
func (d *Deliverer) noteSpeed(f *flight) {
	of := d.slow[f.session]
	switch {
	case !f.late:
		delete(of, f.receiver.system)
	case of == nil:
		d.slow[f.session] = map[string]string{f.receiver.system: f.url}
	default:
		of[f.receiver.system] = f.url
	}
}

// watchPatience reports an event to the loop if it is still in flight after Settings.Patience. stop
// ends that.
func (d *Deliverer) watchPatience(ctx context.Context, f *flight) (stop func() bool) {
	return time.AfterFunc(d.config.Settings.Patience, func() {
		select {
		case d.late <- f:
		case <-ctx.Done():
		}
	}).Stop
}

// makeWay moves an event that has been in flight for Settings.Patience to a slot for hanging ones,
// and cuts off another for it where none is free.
func (d *Deliverer) makeWay(f *flight) {
	if d.inFlight[f.queueKey] != f || !f.counted { // it has ended just now
		return
	}
	f.late = true
	d.noteSpeed(f)
	if f.hanging {
		return
	}
	if d.slots.hangingSpace(f.session) <= 0 {
		old := d.oldestHanging(f.session)
		d.slots.free(old)
		old.cutOff(errCutOff)
	}
	d.slots.free(f)
	f.hanging = true
	d.slots.take(f)
}

// oldestHanging returns the event that has hung the longest: of the session, if that has all the
// slots that it may have, else of the session with the most.
func (d *Deliverer) oldestHanging(session string) (oldest *flight) {
	taken := d.slots.hanging.ofSession
	if taken[session] < 2*d.slots.parallel {
		for other, n := range taken {
			if n > taken[session] || n == taken[session] && other < session {
				session = other
			}
		}
	}
	for _, f := range d.inFlight {
		if f.session == session && f.hanging && f.counted && (oldest == nil || f.number < oldest.number) {
			oldest = f
		}
	}
	return oldest
}
