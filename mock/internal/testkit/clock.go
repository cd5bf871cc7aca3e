package testkit

import (
	"sync/atomic"
	"time"
)

// Noon is the time of tests that stop the clock: the middle of a day.
var Noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// Clock is a clock for mock.Options that a test moves. It is safe for concurrent use.
type Clock struct{ nanoseconds atomic.Int64 }

// ClockAt returns a clock that stands at a time.
func ClockAt(at time.Time) *Clock {
	c := &Clock{}
	c.nanoseconds.Store(at.UnixNano())
	return c
}

// Now returns the time of the clock.
func (c *Clock) Now() time.Time { return time.Unix(0, c.nanoseconds.Load()).UTC() }

// Advance moves the clock.
func (c *Clock) Advance(by time.Duration) { c.nanoseconds.Add(int64(by)) }
