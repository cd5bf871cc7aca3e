package scenario

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Play is a scenario that is armed in a session: it plays for calls that do not ask for it. An
// empty field fits all calls.
type Play struct {
	Scenario           Selection
	API, Method, Route string
	Organisation       string        // in the token or the body
	Reference          string        // in the body
	Times              int           // or Always; 0 as the scenario has it, and a code once (K303)
	Probability        float64       // that a fitting call plays it, beside the steps' own; 0 means 1
	Seed               *uint64       // of its draws; nil means the session's
	TTL                time.Duration // by the session's clock; 0 for no end
}

// Armed is a play as List shows it.
type Armed struct {
	ID int64
	Play
	Played int       // calls that have played it
	Since  time.Time // armed
	Until  time.Time // the end of its TTL; zero for none
	Step   int       // the one it has come to, from 1
}

// armed is a play with its progress.
type armed struct {
	id           int64
	play         Play
	scenario     Scenario // of the play, with its times
	since, until time.Time
	played       int
	progress     progress
	disarmed     bool // disarmed
}

// Check returns what is wrong with a play, or nil. It does not check the names of APIs and routes.
func (p Play) Check() error {
	switch {
	case len(p.Scenario.Scenario.Steps) == 0:
		return fmt.Errorf("the play has no scenario")
	case p.Method != "" && !slices.Contains(methods, p.Method):
		return fmt.Errorf("%q is no method; there are %s", p.Method, strings.Join(methods, ", "))
	case p.Organisation != "" && !organisationForm.MatchString(p.Organisation):
		return fmt.Errorf("organisation is %q; it must be nine digits", p.Organisation)
	case len(p.API) > maxAsk || len(p.Route) > maxAsk || len(p.Reference) > maxAsk:
		return fmt.Errorf("api, route and reference may have %d bytes", maxAsk)
	case p.Times < Always || p.Times > MaxTimes:
		return fmt.Errorf("times is %d; it must be 1 to %d, or always", p.Times, MaxTimes)
	case !(p.Probability >= 0 && p.Probability <= 1):
		return fmt.Errorf("probability is %v; it must be above 0 and at most 1", p.Probability)
	case p.TTL < 0 || p.TTL > MaxFor:
		return fmt.Errorf("the time to live is %s; it must be above 0 and at most %s", p.TTL, shortest(MaxFor))
	}
	return nil
}

// Arm lets a scenario play from now on, after those that are armed already. The error says what is
// wrong with the play, or that MaxPlays are armed. A play leaves the list when it is used up or its
// time is over (K308).
func (s *Plays) Arm(p Play, now time.Time) (id int64, err error) {
	if err := p.Check(); err != nil {
		return 0, err
	}
	a := &armed{play: p, scenario: p.Scenario.Scenario, since: now}
	switch {
	case p.Times != 0:
		a.scenario = a.scenario.repeated(p.Times)
	case p.Scenario.Code && p.Scenario.times == 0:
		a.scenario = a.scenario.repeated(1)
	}
	if p.TTL > 0 {
		a.until = now.Add(p.TTL)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prune(now)
	if len(s.plays) >= MaxPlays {
		return 0, fmt.Errorf("%d plays are armed in this session; disarm some", len(s.plays))
	}
	s.lastID++
	a.id = s.lastID
	s.plays = append(s.plays, a)
	s.armed.Store(int64(len(s.plays)))
	return a.id, nil
}

// List returns the plays that are armed, in the order in which they were.
func (s *Plays) List(now time.Time) []Armed {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prune(now)
	list := []Armed{}
	for _, a := range s.plays {
		list = append(list, Armed{
			ID: a.id, Play: a.play, Played: a.played, Since: a.since, Until: a.until, Step: a.progress.step + 1,
		})
	}
	return list
}

// Disarm takes a play away, also for calls in flight; false where there is none of that number.
func (s *Plays) Disarm(id int64) bool {
	return s.disarm(func(a *armed) bool { return a.id == id }) > 0
}

// DisarmAll takes all plays away and returns how many.
func (s *Plays) DisarmAll() int {
	return s.disarm(func(*armed) bool { return true })
}

func (s *Plays) disarm(which func(*armed) bool) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.remove(which)
}

// prune takes away plays that are used up or over.
func (s *Plays) prune(now time.Time) {
	s.remove(func(a *armed) bool {
		return a.over(now) || a.progress.current(a.scenario.Steps, now) == nil
	})
}

// over reports whether the play's time to live is over.
func (a *armed) over(now time.Time) bool { return !a.until.IsZero() && !now.Before(a.until) }

func (s *Plays) remove(which func(*armed) bool) int {
	before := len(s.plays)
	s.plays = slices.DeleteFunc(s.plays, func(a *armed) bool {
		if !which(a) {
			return false
		}
		a.disarmed = true
		return true
	})
	s.armed.Store(int64(len(s.plays)))
	return before - len(s.plays)
}

// Meets reports whether a call to an API of a family can be one that the play is for and a step of
// its scenario fits.
func (p Play) Meets(api, family string) bool {
	if p.API != "" && p.API != api {
		return false
	}
	return slices.ContainsFunc(p.Scenario.Scenario.Steps, func(step Step) bool {
		w := step.When
		return matches(w.API, api) && matches(w.Family, family) &&
			(p.Method == "" || matches(w.Method, p.Method)) && (p.Route == "" || matches(w.Route, p.Route))
	})
}

// fits reports whether a call is one that the play is for.
func (p Play) fits(c *Call) bool {
	if p.Scenario.Code && c.Documents != nil && !c.Documents(p.Scenario.Name) {
		return false
	}
	return (p.API == "" || p.API == c.API) && (p.Method == "" || p.Method == c.Method) &&
		(p.Route == "" || p.Route == c.Route) && c.mentions(p.Organisation) && c.mentions(p.Reference)
}
