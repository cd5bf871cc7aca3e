package session

import (
	"fmt"
	"math"
	"sync/atomic"
	"time"
)

// Bounds of a clock setting.
const (
	minYear  = 1970
	maxYear  = 9999
	maxScale = 1e6
)

// Clock is the time of one session: the server's time, until Apply changes it. It is safe for
// concurrent use.
type Clock struct {
	now     func() time.Time
	setting atomic.Pointer[ClockSetting] // nil while the clock is free
}

// ClockSetting maps the server's time to a session's: at the server's time Since the clock showed
// Shown, and from there it runs Scale times as fast as the server's. A Scale of 0 is a frozen
// clock.
type ClockSetting struct {
	Since time.Time `json:"since"`
	Shown time.Time `json:"shown"`
	Scale float64   `json:"scale"`
}

// at returns the session's time at a time of the server.
func (t ClockSetting) at(now time.Time) time.Time {
	switch t.Scale {
	case 0:
		return t.Shown
	case 1:
		return t.Shown.Add(now.Sub(t.Since))
	}
	passed := float64(now.Sub(t.Since)) * t.Scale
	return t.Shown.Add(time.Duration(max(math.MinInt64/2, min(passed, math.MaxInt64/2))))
}

// Now returns the session's time, at most the end of the year 9999: tokens and documents cannot
// hold a later one.
func (c *Clock) Now() time.Time {
	now := c.now()
	setting := c.setting.Load()
	if setting == nil {
		return now
	}
	shown := setting.at(now)
	if shown.Year() > maxYear {
		return time.Date(maxYear, 12, 31, 23, 59, 59, 0, time.UTC)
	}
	return shown
}

// Change is a change of a clock. At most one of Freeze, Stop, Set, Advance and Free may be given;
// Scale may be given alone, or with Set or Advance.
type Change struct {
	Freeze  *time.Time     // freeze the clock at this time
	Stop    bool           // freeze the clock at its present time
	Set     *time.Time     // set the time; the clock goes on at its rate
	Advance *time.Duration // move the time, backwards when negative; the clock goes on at its rate
	Scale   *float64       // the rate, relative to the server's clock; above 0
	Free    bool           // follow the server's clock again
}

// check returns what is wrong with a change, or nil.
func (c Change) check() error {
	asked := 0
	for _, is := range []bool{c.Freeze != nil || c.Stop, c.Set != nil, c.Advance != nil, c.Free} {
		if is {
			asked++
		}
	}
	switch {
	case asked > 1:
		return fmt.Errorf("one of freeze, set, advance and free at a time")
	case asked == 0 && c.Scale == nil:
		return fmt.Errorf("nothing is asked of the clock; there are freeze, set, advance, scale and free")
	case c.Scale != nil && (c.Freeze != nil || c.Stop || c.Free):
		return fmt.Errorf("scale goes with set and advance, or alone")
	case c.Scale != nil && !(*c.Scale > 0 && *c.Scale <= maxScale):
		return fmt.Errorf("scale is %v; it must be above 0 and at most %d (freeze makes the clock stand still)",
			*c.Scale, int(maxScale))
	}
	for _, at := range []*time.Time{c.Freeze, c.Set} {
		if at != nil {
			return checkYear(*at)
		}
	}
	return nil
}

func checkYear(at time.Time) error {
	if year := at.UTC().Year(); year < minYear || year > maxYear {
		return fmt.Errorf("the year %d is outside %d to %d", year, minYear, maxYear)
	}
	return nil
}

// Apply changes the clock. The error says in one sentence what is wrong with the change; the clock
// is then unchanged.
func (c *Clock) Apply(change Change) error {
	if err := change.check(); err != nil {
		return err
	}
	for {
		before := c.setting.Load()
		after, err := change.after(before, c.now())
		if err != nil {
			return err
		}
		if c.setting.CompareAndSwap(before, after) {
			return nil
		}
	}
}

// after returns the setting of a clock after the change; nil for a free clock.
func (c Change) after(before *ClockSetting, now time.Time) (*ClockSetting, error) {
	if c.Free {
		return nil, nil
	}
	after := ClockSetting{Since: now, Shown: now, Scale: 1}
	if before != nil {
		after.Shown, after.Scale = before.at(now), before.Scale
	}
	switch {
	case c.Freeze != nil:
		after.Shown, after.Scale = *c.Freeze, 0
	case c.Stop:
		after.Scale = 0
	case c.Set != nil:
		after.Shown = *c.Set
	case c.Advance != nil:
		after.Shown = after.Shown.Add(*c.Advance)
	}
	if c.Scale != nil {
		after.Scale = *c.Scale
	}
	return &after, checkYear(after.Shown)
}

// State describes a clock.
type State struct {
	Now    time.Time `json:"now"`
	Frozen bool      `json:"frozen"`
	Scale  float64   `json:"scale"` // 0 when frozen
	Free   bool      `json:"free"`  // the clock is the server's
}

// State returns the clock's present state.
func (c *Clock) State() State {
	s := State{Now: c.Now().UTC(), Scale: 1, Free: true}
	if setting := c.setting.Load(); setting != nil {
		s.Scale, s.Frozen, s.Free = setting.Scale, setting.Scale == 0, false
	}
	return s
}
