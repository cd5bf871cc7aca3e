package session

import (
	"fmt"
	"math"
	"sync/atomic"
	"time"
)

// Bounds of what a clock may be told.
const (
	minYear  = 1970
	maxYear  = 9999
	maxScale = 1e6
)

// Clock is the time of one session: the server's own, until it is told otherwise. It is safe for concurrent use.
type Clock struct {
	base func() time.Time
	told atomic.Pointer[Telling] // nil while the clock is free
}

// Telling is what a clock has been told: at the server's time Since it showed Shown, and from there it runs Scale times as fast; 0 is a clock
// that stands still.
type Telling struct {
	Since time.Time `json:"since"`
	Shown time.Time `json:"shown"`
	Scale float64   `json:"scale"`
}

// at is what the clock shows when the server's shows now.
func (t Telling) at(now time.Time) time.Time {
	switch t.Scale {
	case 0:
		return t.Shown
	case 1:
		return t.Shown.Add(now.Sub(t.Since))
	}
	passed := float64(now.Sub(t.Since)) * t.Scale
	return t.Shown.Add(time.Duration(max(math.MinInt64/2, min(passed, math.MaxInt64/2))))
}

// Now is the session's time, never beyond the year 9999, which neither tokens nor documents can hold.
func (c *Clock) Now() time.Time {
	now := c.base()
	told := c.told.Load()
	if told == nil {
		return now
	}
	shown := told.at(now)
	if shown.Year() > maxYear {
		return time.Date(maxYear, 12, 31, 23, 59, 59, 0, time.UTC)
	}
	return shown
}

// Change is what a clock is to be told. Of Freeze, Set, Advance and Free one at the most; Scale goes with any of them but Freeze and Free.
type Change struct {
	Freeze  *time.Time     // stand still at this time
	Stop    bool           // stand still at the time it is
	Set     *time.Time     // show this time, and go on as before
	Advance *time.Duration // show that much later (earlier, when below 0), and go on as before
	Scale   *float64       // run that many times as fast as the server's clock; above 0
	Free    bool           // be the server's clock again
}

// check says what is wrong with a change, or nil.
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
		return fmt.Errorf("scale is %v; it must be above 0 and at most %d (freeze makes the clock stand still)", *c.Scale, int(maxScale))
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

// Tell changes the clock. The error is one sentence that says what is wrong; then the clock is as it was.
func (c *Clock) Tell(change Change) error {
	if err := change.check(); err != nil {
		return err
	}
	for {
		before := c.told.Load()
		after, err := change.after(before, c.base())
		if err != nil {
			return err
		}
		if c.told.CompareAndSwap(before, after) {
			return nil
		}
	}
}

// after is what a clock has been told after the change; nil frees it.
func (c Change) after(before *Telling, now time.Time) (*Telling, error) {
	if c.Free {
		return nil, nil
	}
	after := Telling{Since: now, Shown: now, Scale: 1}
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

// State is how a clock stands.
type State struct {
	Now    time.Time `json:"now"`
	Frozen bool      `json:"frozen"`
	Scale  float64   `json:"scale"` // 0 when frozen
	Free   bool      `json:"free"`  // it is the server's clock
}

// State is how the clock stands now.
func (c *Clock) State() State {
	s := State{Now: c.Now().UTC(), Scale: 1, Free: true}
	if told := c.told.Load(); told != nil {
		s.Scale, s.Frozen, s.Free = told.Scale, told.Scale == 0, false
	}
	return s
}
