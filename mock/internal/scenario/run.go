package scenario

import (
	"slices"
	"time"
)

// Call is what the engine has to know of a call.
type Call struct {
	API, Family, Method, Route string
	Now                        time.Time // by the session's clock

	// Mentions says whether an organisation number or a reference stands in the call's token or body; nil where none does. It is asked only
	// where a scenario wants to know, during Begin.
	Mentions func(text string) bool

	// Documents says whether the called API documents a code. A code that is armed without an API plays where it does. nil is every code.
	Documents func(code string) bool

	// NoMessages says that the call makes no messages: steps that change some do not fit it (K360).
	NoMessages bool

	// MessagesOnly says that nothing but the messages of the call can be changed: only steps that do matter.
	MessagesOnly bool

	// Organisation is whose call it is, as far as can be told before it is looked at: for counting calls in flight. nil where there is none.
	// It is asked only where a scenario counts, during Begin.
	Organisation func() string
}

func (c *Call) mentions(text string) bool {
	return text == "" || c.Mentions != nil && c.Mentions(text)
}

// PointInfo is how a call stands when it comes to a point.
type PointInfo struct {
	Now     time.Time // by the session's clock
	Outcome string    // Success or Refused at the answer, empty before
}

// Run is the scenarios of one call. A nil one plays nothing. It belongs to the call's goroutine.
type Run struct {
	plays  *Plays
	parts  []part
	flight *flight // counted under; nil when the call is not
	played []string
}

// part is one scenario in a performance.
type part struct {
	name     string // told by Played
	draws    string // the scenario's name, of which its draws are a function
	seed     uint64
	steps    []Step
	fits     uint64 // by step: the call is one that it speaks of
	progress *progress
	armed    *armed // nil for what the call asked for
	done     bool   // it has come to its step for this call
}

// Begin is how a call enters: with what it asks for itself, in order, before what is armed. Most calls meet nothing, and get nil.
func (s *Plays) Begin(asked []Selection, call Call) *Run {
	if len(asked) == 0 && s.armed.Load() == 0 {
		return nil
	}
	return s.begin(asked, call)
}

func (s *Plays) begin(asked []Selection, call Call) *Run {
	parts := make([]part, 0, len(asked))
	counts := false
	s.mu.Lock()
	for i, a := range asked {
		if slices.ContainsFunc(asked[:i], func(b Selection) bool { return a.key == b.key }) {
			continue // by header and address
		}
		parts = append(parts, part{name: a.Text, draws: a.Name, seed: s.seed, steps: a.Scenario.Steps, progress: s.progressOf(a.key)})
		counts = counts || a.Scenario.counts()
	}
	s.prune(call.Now)
	plays, own := slices.Clone(s.plays), s.seed
	s.mu.Unlock()

	// What the call holds is looked at without the lock: it may be 10 MiB.
	for _, a := range plays {
		if !a.play.fits(&call) {
			continue
		}
		seed := own
		if a.play.Seed != nil {
			seed = *a.play.Seed
		}
		parts = append(parts, part{name: a.play.Scenario.Text, draws: a.play.Scenario.Name, seed: seed, steps: a.scenario.Steps, progress: &a.progress, armed: a})
		counts = counts || a.scenario.counts()
	}
	p := &Run{plays: s}
	for _, part := range parts {
		if part.fits = fitting(part.steps, &call); part.fits != 0 {
			p.parts = append(p.parts, part)
		}
	}
	if counts {
		p.count(call)
	}
	if len(p.parts) == 0 && p.flight == nil {
		return nil
	}
	return p
}

// fitting is which steps speak of a call, a bit for each.
func fitting(steps []Step, call *Call) (fits uint64) {
	for i, step := range steps {
		changes := step.changesMessages()
		if step.When.fits(call) && (changes || !call.MessagesOnly) && !(changes && call.NoMessages) {
			fits |= 1 << i
		}
	}
	return fits
}

// Fits reports whether any step of what was asked for speaks of a call.
func (a Selection) Fits(call Call) bool { return fitting(a.Scenario.Steps, &call) != 0 }

func (s Step) changesMessages() bool {
	return slices.ContainsFunc(s.Do, func(a Act) bool { return a.Role == Messages })
}

// count enters the call among those in flight (K305).
func (r *Run) count(call Call) {
	r.flight = &flight{api: call.API}
	if call.Organisation != nil {
		r.flight.organisation = call.Organisation()
	}
	r.plays.mu.Lock()
	defer r.plays.mu.Unlock()
	r.plays.flights[*r.flight]++
}

// At returns what is to be done with the call at a point: what it asked for, then what is armed. A step whose point this
// is counts as played by it. At most one fault ends the call: after it other scenarios play only what goes with any
// answer, and leave their steps to the next call otherwise (K312). The maps in the effect may not be changed.
func (r *Run) At(point Point, info PointInfo) Effect {
	if r == nil || len(r.parts) == 0 {
		return Effect{}
	}
	return r.at(point, info)
}

func (r *Run) at(point Point, info PointInfo) (e Effect) {
	r.plays.mu.Lock()
	defer r.plays.mu.Unlock()
	ended := false
	for i := range r.parts {
		part := &r.parts[i]
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

// next is the step that a part plays at a point, used once; nil where it plays none. After one that ended the call there is neither another end
// nor any work.
func (r *Run) next(part *part, point Point, info PointInfo, ended bool) *Step {
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

func (part *part) probability(step *Step) float64 {
	if part.armed != nil && part.armed.play.Probability != 0 {
		return step.Probability * part.armed.play.Probability
	}
	return step.Probability
}

func (part *part) draw() float64 { return part.progress.draw(part.seed, part.draws) }

// Played are the scenarios that have done something with the call, in order, as they were asked for: slow;ms=8000. It is what
// Sandkasse-Played tells.
func (r *Run) Played() []string {
	if r == nil {
		return nil
	}
	return r.played
}

// End says that the call is over: it is no longer in flight. Once is enough, more does no harm.
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
