package scenario

import (
	"slices"
	"time"
)

// Call is what the engine has to know of a call.
type Call struct {
	API, Family, Method, Route string
	Now                        time.Time // by the session's clock

	// Stands says whether an organisation number or a reference stands in the call's token or body; nil where none does. It is asked only
	// where a scenario wants to know, during Begin.
	Stands func(text string) bool

	// Documents says whether the called API documents a code. A code that is armed without an API plays where it does. nil is every code.
	Documents func(code string) bool

	// Silent says that the call makes no messages: steps that change some do not fit it (K360).
	Silent bool

	// Messages says that nothing but the messages of the call can be changed: only steps that do matter.
	Messages bool

	// Organisation is whose call it is, as far as can be told before it is looked at: for counting calls in flight. nil where there is none.
	// It is asked only where a scenario counts, during Begin.
	Organisation func() string
}

func (c *Call) stands(text string) bool {
	return text == "" || c.Stands != nil && c.Stands(text)
}

// Moment is how a call stands when it comes to a point.
type Moment struct {
	Now     time.Time // by the session's clock
	Outcome string    // Success or Refused at the answer, empty before
}

// Performance is the scenarios of one call. A nil one plays nothing. It belongs to the call's goroutine.
type Performance struct {
	stage  *Stage
	parts  []part
	flight *flight // counted under; nil when the call is not
	played []string
}

// part is one scenario in a performance.
type part struct {
	name  string // told by Played
	draws string // the scenario's name, of which its draws are a function
	seed  uint64
	steps []Step
	fits  uint64 // by step: the call is one that it speaks of
	run   *run
	armed *armed // nil for what the call asked for
	done  bool   // it has come to its step for this call
}

// Begin is how a call enters: with what it asks for itself, in order, before what is armed. Most calls meet nothing, and get nil.
func (s *Stage) Begin(asked []Asked, call Call) *Performance {
	if len(asked) == 0 && s.armed.Load() == 0 {
		return nil
	}
	return s.begin(asked, call)
}

func (s *Stage) begin(asked []Asked, call Call) *Performance {
	parts := make([]part, 0, len(asked))
	counts := false
	s.mu.Lock()
	for i, a := range asked {
		if slices.ContainsFunc(asked[:i], func(b Asked) bool { return a.key == b.key }) {
			continue // by header and address
		}
		parts = append(parts, part{name: a.Text, draws: a.Name, seed: s.seed, steps: a.Scenario.Steps, run: s.run(a.key)})
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
		parts = append(parts, part{name: a.play.Scenario.Text, draws: a.play.Scenario.Name, seed: seed, steps: a.scenario.Steps, run: &a.run, armed: a})
		counts = counts || a.scenario.counts()
	}
	p := &Performance{stage: s}
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
		if step.When.fits(call) && (changes || !call.Messages) && !(changes && call.Silent) {
			fits |= 1 << i
		}
	}
	return fits
}

// Fits reports whether any step of what was asked for speaks of a call.
func (a Asked) Fits(call Call) bool { return fitting(a.Scenario.Steps, &call) != 0 }

func (s Step) changesMessages() bool {
	return slices.ContainsFunc(s.Do, func(a Act) bool { return a.Webhook != "" })
}

// count enters the call among those in flight (K305).
func (p *Performance) count(call Call) {
	p.flight = &flight{api: call.API}
	if call.Organisation != nil {
		p.flight.organisation = call.Organisation()
	}
	p.stage.mu.Lock()
	defer p.stage.mu.Unlock()
	p.stage.flights[*p.flight]++
}

// At is what is to be done with the call at a point, in order: what it asked for, then what is armed. A step whose point this is counts as
// played by it. The acts are not to be changed. At most one of them ends the call: after it other scenarios play only what goes with any
// answer, and leave their steps to the next call otherwise (K312).
func (p *Performance) At(point Point, moment Moment) []Act {
	if p == nil || len(p.parts) == 0 {
		return nil
	}
	p.stage.mu.Lock()
	defer p.stage.mu.Unlock()
	var acts []Act
	ended := false
	for i := range p.parts {
		part := &p.parts[i]
		step := p.next(part, point, moment, ended)
		if step == nil {
			continue
		}
		ended = ended || slices.ContainsFunc(step.Do, Act.ends)
		acts = append(acts, drawn(step.Do, part)...)
		if len(step.Do) > 0 {
			p.played = append(p.played, part.name)
			if part.armed != nil {
				part.armed.played++
			}
		}
	}
	p.stage.prune(moment.Now)
	return acts
}

// next is the step that a part plays at a point, used once; nil where it plays none. After one that ended the call there is neither another end
// nor any work.
func (p *Performance) next(part *part, point Point, moment Moment, ended bool) *Step {
	if part.done || part.armed != nil && (part.armed.gone || part.armed.over(moment.Now)) {
		return nil
	}
	step := part.run.current(part.steps, moment.Now)
	switch {
	case step == nil || step.At != point || part.fits&(1<<part.run.step) == 0:
		return nil
	case ended && slices.ContainsFunc(step.Do, func(a Act) bool { return a.ends() || a.works() }):
		return nil
	case step.When.Outcome != "" && step.When.Outcome != moment.Outcome:
		return nil
	case step.When.InFlight > 0 && (p.flight == nil || p.stage.flights[*p.flight] <= step.When.InFlight):
		return nil
	}
	part.done = true
	if !part.run.begun {
		part.run.begun, part.run.since = true, moment.Now
	}
	if probability := part.probability(step); probability < 1 && part.draw() >= probability {
		return nil
	}
	part.run.used++
	return step
}

func (part *part) probability(step *Step) float64 {
	if part.armed != nil && part.armed.play.Probability != 0 {
		return step.Probability * part.armed.play.Probability
	}
	return step.Probability
}

func (part *part) draw() float64 { return part.run.draw(part.seed, part.draws) }

// drawn are acts with every delay fixed.
func drawn(acts []Act, part *part) []Act {
	ranges := func(a Act) bool { return a.Delay != nil && a.Delay.Max > 0 }
	if !slices.ContainsFunc(acts, ranges) {
		return acts
	}
	acts = slices.Clone(acts)
	for i := range acts {
		if ranges(acts[i]) {
			acts[i].Delay = &Delay{Fixed: acts[i].Delay.fixed(part.draw)}
		}
	}
	return acts
}

// Played are the scenarios that have done something with the call, in order, as they were asked for: slow;ms=8000. It is what
// Sandkasse-Played tells.
func (p *Performance) Played() []string {
	if p == nil {
		return nil
	}
	return p.played
}

// End says that the call is over: it is no longer in flight. Once is enough, more does no harm.
func (p *Performance) End() {
	if p == nil || p.flight == nil {
		return
	}
	p.stage.mu.Lock()
	defer p.stage.mu.Unlock()
	if p.stage.flights[*p.flight]--; p.stage.flights[*p.flight] <= 0 {
		delete(p.stage.flights, *p.flight)
	}
	p.flight = nil
}
