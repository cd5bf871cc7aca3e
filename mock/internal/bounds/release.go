package bounds

import (
	"sync"
	"time"
)

// quiet is the time without large calls after which they count as over. They come in groups.
const quiet = 2 * time.Second

// largeCalls counts the large calls that are under way. It is safe for concurrent use.
type largeCalls struct {
	notify func(underWay bool) // called in turn with true and false; nil for nobody

	mu       sync.Mutex
	count    int
	underWay bool // as notify was told last
	timer    *time.Timer
}

// begin counts a large call.
func (l *largeCalls) begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	l.report(true)
}

// end counts a large call less.
func (l *largeCalls) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count--
	switch {
	case l.count > 0 || l.notify == nil:
	case l.timer == nil:
		l.timer = time.AfterFunc(quiet, l.over)
	default:
		l.timer.Reset(quiet)
	}
}

// over reports the end of the large calls unless there is another, whose end will.
func (l *largeCalls) over() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count == 0 {
		l.report(false)
	}
}

func (l *largeCalls) report(underWay bool) {
	if l.notify != nil && l.underWay != underWay {
		l.underWay = underWay
		l.notify(underWay)
	}
}

// Large counts a large call that holds no room in a budget, such as an export, until end is called.
func (m *Memory) Large() (end func()) {
	m.large.begin()
	return m.large.end
}
