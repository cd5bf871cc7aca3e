package scenario

import (
	"slices"
	"strings"
	"time"
)

// Point is a point on the way of a call at which a step plays.
type Point string

// The points, in the order in which a call meets them.
const (
	BeforeChecks  Point = "door"   // before the call is checked
	InsteadOfWork Point = "work"   // after the checks, before anything is carried out
	AfterWork     Point = "answer" // carried out or refused, before it is answered
)

// What became of a call before its answer; see When.Outcome.
const (
	Success = "success"
	Refused = "refused"
)

// Always is the Times of a step that is never used up.
const Always = -1

// Bounds of what a script or a play may ask for (K304).
const (
	MaxDelay      = 2 * time.Minute  // of every delay, and of a whole drip
	MaxFor        = 24 * time.Hour   // of Step.For and Play.TTL, by the session's clock
	MaxTimes      = 1000             // of Times
	MaxAsked      = 8                // scenarios in one header or address
	MaxPlays      = 1000             // armed at once in a session
	WebhookDelay  = time.Minute      // how long the fault webhook: delay holds a message, by the session's clock
	maxProgress   = 1000             // scenarios that calls ask for, remembered in a session
	maxSteps      = 50               // of a script; not above 64
	maxActs       = 16               // of a step
	maxParameters = 16               // of a script
	maxSelected   = 100              // scripts with parameters that a library remembers
	maxFiles      = 1000             // in a folder of scripts
	maxScript     = 256 << 10        // of a script
	maxScripts    = 16 << 20         // of all scripts in a folder
	maxBody       = 10 * 1024 * 1024 // of Effect.Cut and Drip.Bytes
)

// Scenario lists the steps that one script, or one documented code, takes with the calls of a
// session. It is not changed after it was read.
type Scenario struct {
	Name        string
	Description string
	Client      string // what a client should do when it meets this
	Parameters  []Parameter
	Steps       []Step
}

// Step is a part of a scenario.
type Step struct {
	When        When
	Times       int           // calls that play it, or Always; 0 where For is set
	For         time.Duration // by the session's clock from the first call that fits; 0 where Times is set
	Probability float64       // above 0, 1 for every call; a call that is drawn out passes and is not counted (K302)
	At          Point
	Do          []Act // none for a step that lets calls pass
}

// When says which calls a step fits. An empty field fits all. All fields must match, and of a list
// one entry.
type When struct {
	API, Family, Method, Route []string
	Organisation               string // an organisation number in the token or the body
	Reference                  string // a reference in the body
	Outcome                    string // Success or Refused; at the answer only
	InFlight                   int    // more calls at once of the API and organisation (K305); 0 fits all
}

var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

// fits reports whether a call matches the fields that do not depend on its outcome or on other
// calls.
func (w When) fits(c *Call) bool {
	return matches(w.API, c.API) && matches(w.Family, c.Family) && matches(w.Method, c.Method) &&
		matches(w.Route, c.Route) && c.mentions(w.Organisation) && c.mentions(w.Reference)
}

// matches reports whether a name is in a list, or the list is empty.
func matches(list []string, name string) bool {
	for _, one := range list {
		if one == name {
			return true
		}
	}
	return len(list) == 0
}

// Audience returns which calls the steps are for, as text: kobo (POST, PUT, DELETE).
func (s Scenario) Audience() string {
	var all []string
	for _, step := range s.Steps {
		text := strings.Join(slices.Concat(step.When.API, step.When.Family), ", ")
		if text == "" {
			text = "every API"
		}
		if narrow := slices.Concat(step.When.Method, step.When.Route); len(narrow) > 0 {
			text += " (" + strings.Join(narrow, ", ") + ")"
		}
		if !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return strings.Join(all, "; ")
}

// counts reports whether a step depends on how many calls are in flight.
func (s Scenario) counts() bool {
	for _, step := range s.Steps {
		if step.When.InFlight > 0 {
			return true
		}
	}
	return false
}

// repeated returns the scenario with other times on every step that has a fault (K303).
func (s Scenario) repeated(times int) Scenario {
	steps := make([]Step, len(s.Steps))
	for i, step := range s.Steps {
		if len(step.Do) > 0 {
			step.Times, step.For = times, 0
		}
		steps[i] = step
	}
	s.Steps = steps
	return s
}
