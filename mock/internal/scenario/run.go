package scenario

import (
	"slices"
	"time"
)

// Call describes a call to the engine.
type Call struct {
	API, Family, Method, Route string
	Now                        time.Time // by the session's clock

	// Mentions reports whether an organisation number or a reference is in the call's token or
	// body; nil for none. It is called during Begin, and only where a scenario depends on it.
	Mentions func(text string) bool

	// Documents reports whether the called API documents a code; nil for every code. A code that is
	// armed without an API plays where it does.
	Documents func(code string) bool

	// NoMessages says that the call sends no event messages: steps that change some do not fit it
	// (K360).
	NoMessages bool

	// MessagesOnly says that only the event messages of the call can be changed: steps that change
	// none do not fit it.
	MessagesOnly bool

	// Organisation returns who makes the call, as its token says before it is checked; nil for
	// unknown. It is called during Begin, and only where a scenario counts calls in flight.
	Organisation func() string
}

func (c *Call) mentions(text string) bool {
	return text == "" || c.Mentions != nil && c.Mentions(text)
}

// PointInfo describes a call at a point.
type PointInfo struct {
	Now     time.Time // by the session's clock
	Outcome string    // Success or Refused at the answer, empty before
}

// Run plays the scenarios of one call. A nil Run plays nothing. It is not safe for concurrent use.
type Run struct {
	plays  *Plays
	active []activeScenario
	flight *flight // under which the call is counted; nil where it is not
	played []string
}

// activeScenario is one scenario of a Run.
type activeScenario struct {
	name     string // returned by Played
	draws    string // the scenario's name, for its random numbers
	seed     uint64
	steps    []Step
	fits     uint64 // a bit for each step that fits the call
	progress *progress
	armed    *armed // nil for what the call asked for
	done     bool   // it has played its one step for this call
}

// Begin returns the scenarios of a call: what it asks for itself, in order, then what is armed; nil
// where no scenario is for it, as for most calls.
func (s *Plays) Begin(asked []Selection, call Call) *Run {
	if len(asked) == 0 && s.armed.Load() == 0 {
		return nil
	}
	return s.begin(asked, call)
}

func (s *Plays) begin(asked []Selection, call Call) *Run {
	parts := make([]activeScenario, 0, len(asked))
	counts := false
	s.mu.Lock()
	for i, a := range asked {
		if slices.ContainsFunc(asked[:i], func(b Selection) bool { return a.key == b.key }) {
			continue // by header and address
		}
		parts = append(parts, activeScenario{
			name: a.Text, draws: a.Name, seed: s.seed, steps: a.Scenario.Steps,
			progress: s.progressOf(a.api + "\n" + a.key),
		})
		counts = counts || a.Scenario.counts()
	}
	s.prune(call.Now)
	plays, own := slices.Clone(s.plays), s.seed
	s.mu.Unlock()

	// The call is searched without the lock: it may have 10 MiB.
	for _, a := range plays {
		if !a.play.fits(&call) {
			continue
		}
		seed := own
		if a.play.Seed != nil {
			seed = *a.play.Seed
		}
		parts = append(parts, activeScenario{
			name: a.play.Scenario.Text, draws: a.play.Scenario.Name, seed: seed, steps: a.scenario.Steps,
			progress: &a.progress, armed: a,
		})
		counts = counts || a.scenario.counts()
	}
	p := &Run{plays: s}
	for _, part := range parts {
		if part.fits = fitting(part.steps, &call); part.fits != 0 {
			p.active = append(p.active, part)
		}
	}
	if counts {
		p.count(call)
	}
	if len(p.active) == 0 && p.flight == nil {
		return nil
	}
	return p
}

// fitting returns the steps that fit a call, a bit for each.
func fitting(steps []Step, call *Call) (fits uint64) {
	for i, step := range steps {
		changes := step.changesMessages()
		if step.When.fits(call) && (changes || !call.MessagesOnly) && !(changes && call.NoMessages) {
			fits |= 1 << i
		}
	}
	return fits
}

// Fits reports whether any step fits a call.
func (a Selection) Fits(call Call) bool { return fitting(a.Scenario.Steps, &call) != 0 }

func (s Step) changesMessages() bool {
	return slices.ContainsFunc(s.Do, func(a Act) bool { return a.Role == Messages })
}

// count adds the call to those in flight (K305).
func (r *Run) count(call Call) {
	r.flight = &flight{api: call.API}
	if call.Organisation != nil {
		r.flight.organisation = call.Organisation()
	}
	r.plays.mu.Lock()
	defer r.plays.mu.Unlock()
	r.plays.flights[*r.flight]++
}

// At returns what is to be done with the call at a point: by what it asked for, then by what is
// armed. It uses up the steps that play here. At most one fault ends the call: after it other
// scenarios play only what goes with any answer, and leave their other steps to the next call
// (K312). The maps in the Effect may not be changed.
func (r *Run) At(point Point, info PointInfo) Effect {
	if r == nil || len(r.active) == 0 {
		return Effect{}
	}
	return r.at(point, info)
}

func (r *Run) at(point Point, info PointInfo) (e Effect) {
	r.plays.mu.Lock()
	defer r.plays.mu.Unlock()
	ended := false
	for i := range r.active {
		part := &r.active[i]
		step := r.next(part, point, info, ended)
		if step == nil {
			continue
		}
		for _, act := range step.Do {
			ended = ended || act.endsCall()
			act.Apply(&e, part.draw)
		}
		if len(step.Do) > 0 {
			r.played = append(r.played, part.name)
			if part.armed != nil {
				part.armed.played++
			}
		}
	}
	r.plays.prune(info.Now)
	return e
}

// next returns the step that a scenario plays at a point, and counts the call as played; nil where
// it plays none. After a step that ended the call there is neither another end nor any work.
func (r *Run) next(part *activeScenario, point Point, info PointInfo, ended bool) *Step {
	if part.done || part.armed != nil && (part.armed.disarmed || part.armed.over(info.Now)) {
		return nil
	}
	step := part.progress.current(part.steps, info.Now)
	switch {
	case step == nil || step.At != point || part.fits&(1<<part.progress.step) == 0:
		return nil
	case ended && slices.ContainsFunc(step.Do, func(a Act) bool { return a.endsCall() || a.changesWork() }):
		return nil
	case step.When.Outcome != "" && step.When.Outcome != info.Outcome:
		return nil
	case step.When.InFlight > 0 && (r.flight == nil || r.plays.flights[*r.flight] <= step.When.InFlight):
		return nil
	}
	part.done = true
	if !part.progress.begun {
		part.progress.begun, part.progress.since = true, info.Now
	}
	if probability := part.probability(step); probability < 1 && part.draw() >= probability {
		return nil
	}
	part.progress.used++
	return step
}

func (part *activeScenario) probability(step *Step) float64 {
	if part.armed != nil && part.armed.play.Probability != 0 {
		return step.Probability * part.armed.play.Probability
	}
	return step.Probability
}

func (part *activeScenario) draw() float64 { return part.progress.draw(part.seed, part.draws) }

// Played returns the scenarios that have done something with the call, in order, as they were asked
// for: slow;ms=8000. They are the value of the header Sandkasse-Played.
func (r *Run) Played() []string {
	if r == nil {
		return nil
	}
	return r.played
}

// End ends the call: it is no longer in flight. It may be called more than once.
func (r *Run) End() {
	if r == nil || r.flight == nil {
		return
	}
	r.plays.mu.Lock()
	defer r.plays.mu.Unlock()
	if r.plays.flights[*r.flight]--; r.plays.flights[*r.flight] <= 0 {
		delete(r.plays.flights, *r.flight)
	}
	r.flight = nil
}
