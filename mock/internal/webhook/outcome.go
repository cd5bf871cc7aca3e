package webhook

import (
	"time"

	"sandkasse/mock/internal/store"
)

// Settings say how often an event is tried and when. All must be greater than 0.
type Settings struct {
	Attempts int // after the last failed one an event is Dead
	// between the first attempt and the second, by the sandbox's clock; each delay after it is
	// twice as long
	FirstDelay time.Duration
	MaxDelay   time.Duration // the longest delay
	Timeout    time.Duration // of one attempt, in real time
	// after which a receiver counts as hanging, in real time; its events then take no slot of others
	Patience time.Duration
	Parallel int // events of a session in flight at the same time to receivers that answer, each of another key
}

// DefaultSettings returns settings for a receiver on a developer's machine: eight attempts in two
// minutes.
func DefaultSettings() Settings {
	return Settings{
		Attempts: 8, FirstDelay: time.Second, MaxDelay: time.Minute, Timeout: 5 * time.Second,
		Patience: 250 * time.Millisecond, Parallel: 16,
	}
}

// delay returns the time between the last of so many failed attempts and the next.
func (s Settings) delay(failed int) time.Duration {
	delay := s.FirstDelay
	for range failed - 1 {
		if delay >= s.MaxDelay/2 {
			return s.MaxDelay
		}
		delay *= 2
	}
	return min(delay, s.MaxDelay)
}

// Outcome tells what came of sending an event once.
type Outcome struct {
	Session *store.Session // that has the event
	Event   Event
	// Name is delivered, failed (the event is tried again), dead (it was the last try), or undeliverable
	// (it could not be sent).
	Name     string
	Attempts []Attempt // two for a Duplicate that was taken, none for an event that could not be sent
	// OutOfOrder says that a Reorder has put the event before an earlier one of its key, or behind a
	// later one.
	OutOfOrder bool
}

// outcome is the result of sending an event: the attempts, or the reason why there could be none.
type outcome struct {
	attempts []Attempt
	reason   string
}

func (o outcome) acknowledged() bool { return len(o.attempts) > 0 && o.attempts[0].Acknowledged() }

// name returns Outcome.Name; dead says that the event is given up.
func (o outcome) name(dead bool) string {
	switch {
	case o.acknowledged():
		return "delivered"
	case o.reason != "":
		return "undeliverable"
	case dead:
		return "dead"
	}
	return "failed"
}

// recordOutcome stores the result of sending an event, and returns the event afterwards. An event
// that no longer waits is left as it is.
func (s Settings) recordOutcome(tx *store.Tx, number int64, o outcome) (Record, error) {
	r, found, err := events.Get(tx, ascending(number))
	if err != nil || !found || r.State != Waiting {
		return r, err
	}
	r.Attempts = append(r.Attempts, o.attempts...)
	r.Attempts = r.Attempts[max(0, len(r.Attempts)-attemptsKept):]
	r.Tries += len(o.attempts)
	switch {
	case o.acknowledged():
		err = r.finish(tx, Delivered)
	case o.reason != "":
		r.Reason = o.reason
		err = r.finish(tx, Dead)
	case r.Tries >= s.Attempts:
		r.Reason = "every attempt failed"
		err = r.finish(tx, Dead)
	default:
		err = r.postpone(tx, tx.Now.Add(s.delay(r.Tries)))
	}
	return r, err
}
