package sniff

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// tallyEvery is the time between two lines in the log about the same event.
const tallyEvery = 10 * time.Second

// Tally logs events that may be many: the first of a kind at once, and then one line with the
// number of those since, at most every ten seconds. It is safe for concurrent use, and must be
// closed.
type Tally struct {
	log *slog.Logger

	mu     sync.Mutex
	closed bool
	events map[string]*event
}

// event holds the events of a kind that are not logged yet, while its timer runs.
type event struct {
	level slog.Level
	times int   // not logged yet
	args  []any // of the last one
	timer *time.Timer
}

// NewTally returns a Tally without events.
func NewTally(log *slog.Logger) *Tally { return &Tally{log: log, events: map[string]*event{}} }

// Note takes note of an event. The text must be one of a few, so that the memory is bounded.
func (t *Tally) Note(level slog.Level, text string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e := t.events[text]; e != nil {
		e.times++
		e.args = args
		return
	}
	t.log.Log(context.Background(), level, text, append(args, "times", 1)...)
	if !t.closed {
		t.events[text] = &event{level: level, timer: time.AfterFunc(tallyEvery, func() { t.flush(text) })}
	}
}

// flush logs the events of a kind since the last line about them, and forgets the kind where there
// are none.
func (t *Tally) flush(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e := t.events[text]
	if e == nil {
		return
	}
	if e.times == 0 {
		delete(t.events, text)
		return
	}
	t.log.Log(context.Background(), e.level, text, append(e.args, "times", e.times)...)
	e.times = 0
	if !t.closed {
		e.timer.Reset(tallyEvery)
	}
}

// Close logs what was counted and not logged yet.
func (t *Tally) Close() {
	t.mu.Lock()
	t.closed = true
	texts := []string{}
	for text, e := range t.events {
		e.timer.Stop()
		texts = append(texts, text)
	}
	t.mu.Unlock()
	for _, text := range texts {
		t.flush(text)
	}
}
