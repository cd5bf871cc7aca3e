package scenario

import (
	"maps"
	"slices"
	"strconv"
	"time"
)

// target is something in a step that a parameter may set.
type target struct {
	least, most float64
	fraction    bool                // any number, not whole ones only
	get         func(Step) []number // the numbers that there are in a step
	set         func(*Step, float64)
}

// number is a number in a step; it is none where something else stands, such as always, or a range.
type number struct {
	value float64
	ok    bool
}

func targets() map[string]target {
	return map[string]target{
		"times": {1, MaxTimes, false, func(s Step) []number {
			if s.For > 0 {
				return nil
			}
			return []number{{float64(s.Times), s.Times != Always}}
		}, func(s *Step, v float64) { s.Times = int(v) }},
		"for": {1, MaxFor.Seconds(), false, func(s Step) []number {
			if s.For == 0 {
				return nil
			}
			return []number{{s.For.Seconds(), s.For%time.Second == 0}}
		}, func(s *Step, v float64) { s.For = time.Duration(v) * time.Second }},
		"probability": {0.001, 1, true, func(s Step) []number { return []number{{s.Probability, true}} },
			func(s *Step, v float64) { s.Probability = v }},
		"in-flight": {1, MaxTimes, false, func(s Step) []number {
			if s.When.InFlight == 0 {
				return nil
			}
			return []number{{float64(s.When.InFlight), true}}
		}, func(s *Step, v float64) { s.When.InFlight = int(v) }},
		"delay": {1, float64(MaxDelay.Milliseconds()), false, ofActs(func(a Act) []number {
			if a.Delay == nil {
				return nil
			}
			return []number{{float64(a.Delay.Fixed.Milliseconds()), a.Delay.Max == 0}}
		}), inActs(func(a *Act, v float64) {
			if a.Delay != nil {
				a.Delay = &Delay{Fixed: time.Duration(v) * time.Millisecond}
			}
		})},
		"cut": {0, maxBody, false, ofActs(func(a Act) []number {
			if a.Cut == nil {
				return nil
			}
			return []number{{float64(*a.Cut), true}}
		}), inActs(func(a *Act, v float64) {
			if a.Cut != nil {
				n := int(v)
				a.Cut = &n
			}
		})},
		"status": {200, 599, false, ofActs(func(a Act) []number {
			if a.Response == nil {
				return nil
			}
			return []number{{float64(a.Response.Status), true}}
		}), inActs(func(a *Act, v float64) {
			if a.Response != nil {
				changed := *a.Response
				changed.Status = int(v)
				a.Response = &changed
			}
		})},
		"retry-after": {0, MaxFor.Seconds(), false, ofActs(func(a Act) (found []number) {
			for _, headers := range a.allHeaders() {
				if text, there := headers[retryAfter]; there {
					n, err := strconv.Atoi(text)
					found = append(found, number{float64(n), err == nil})
				}
			}
			return found
		}), inActs(func(a *Act, v float64) {
			text := strconv.Itoa(int(v))
			a.Headers = retried(a.Headers, text)
			if a.Response != nil {
				changed := *a.Response
				changed.Headers = retried(changed.Headers, text)
				a.Response = &changed
			}
		})},
	}
}

const retryAfter = "Retry-After"

func (a Act) allHeaders() []map[string]string {
	if a.Response != nil {
		return []map[string]string{a.Response.Headers}
	}
	return []map[string]string{a.Headers}
}

// retried are the headers with another Retry-After, where they have one.
func retried(headers map[string]string, text string) map[string]string {
	if _, there := headers[retryAfter]; there {
		headers = maps.Clone(headers)
		headers[retryAfter] = text
	}
	return headers
}

func ofActs(get func(Act) []number) func(Step) []number {
	return func(s Step) (found []number) {
		for _, act := range s.Do {
			found = append(found, get(act)...)
		}
		return found
	}
}

func inActs(set func(*Act, float64)) func(*Step, float64) {
	return func(s *Step, v float64) {
		s.Do = slices.Clone(s.Do)
		for i := range s.Do {
			set(&s.Do[i], v)
		}
	}
}
