package catalog

import "slices"

// Step is a part of the way of a call at which it may end early: what the journal shows as
// stoppedBy. Only this package makes Steps. The zero Step is none.
type Step struct{ name string }

// The steps that every call passes. The other ones are the checks and the behaviour of its route.
var (
	AddressStep  = Step{"address"}
	BodyStep     = Step{"body"}
	ScenarioStep = Step{"scenario"}
	MethodStep   = Step{"method"}
	URLStep      = Step{"url"}

	// IdempotencyKeyStep is the check of that name, where an answer given before ends a call.
	IdempotencyKeyStep = Step{"idempotency-key"}
)

// String returns the step's name: a check's own, and behaviour NAME for a behaviour.
func (s Step) String() string { return s.name }

// CheckSteps returns the route's checks in their order.
func (r *Route) CheckSteps() []Step {
	steps := make([]Step, len(r.Checks))
	for i, name := range r.Checks {
		steps[i] = Step{name}
	}
	return steps
}

// BehaviourStep returns the work of the route.
func (r *Route) BehaviourStep() Step { return Step{"behaviour " + r.Behaviour} }

// Steps returns the names of all steps: those of every call in the order of a call, then checks and
// behaviours by name.
func (c *Catalog) Steps() (names []string) {
	for _, api := range c.APIs {
		for _, route := range api.Routes {
			for _, step := range append(route.CheckSteps(), route.BehaviourStep()) {
				names = append(names, step.name)
			}
		}
	}
	slices.Sort(names)
	first := []string{AddressStep.name, BodyStep.name, ScenarioStep.name, MethodStep.name, URLStep.name}
	return append(first, slices.Compact(names)...)
}
