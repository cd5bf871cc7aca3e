package report

import (
	"fmt"
	"slices"
	"strings"
)

// Limits holds what a report must keep so that it passes.
type Limits struct {
	Fail        Gravity // the lowest gravity of a finding that fails: Error or Warning; empty for none
	MinCoverage int     // percent of the lines of coverage that must be met
}

// Reaches reports whether a gravity is as high as another, or higher.
func (g Gravity) Reaches(other Gravity) bool {
	order := []Gravity{Note, Warning, Error}
	return slices.Index(order, g) >= slices.Index(order, other)
}

// ByGravity returns the findings, the gravest first; those of a gravity by their first call.
func (r Report) ByGravity() []Finding {
	return slices.SortedStableFunc(slices.Values(r.Findings), func(a, b Finding) int {
		switch {
		case a.Gravity == b.Gravity:
			return 0
		case a.Gravity.Reaches(b.Gravity):
			return -1
		}
		return 1
	})
}

// Count returns the number of findings of a gravity.
func (r Report) Count(gravity Gravity) (count int) {
	for _, one := range r.Findings {
		if one.Gravity == gravity {
			count++
		}
	}
	return count
}

// Percent returns how much of the coverage was met, in whole percent, rounded down: 0 where there is
// nothing to meet, since then no API was called.
func (r Report) Percent() int {
	if r.Of == 0 {
		return 0
	}
	return r.Met * 100 / r.Of
}

// Conduct returns the number of findings in words: 1 error, 2 warnings.
func (r Report) Conduct() string {
	var parts []string
	for _, gravity := range []Gravity{Error, Warning, Note} {
		switch n := r.Count(gravity); n {
		case 0:
		case 1:
			parts = append(parts, "1 "+string(gravity))
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", n, gravity))
		}
	}
	if len(parts) == 0 {
		return "no findings"
	}
	return strings.Join(parts, ", ")
}

// Verdict returns the report in a line: 1 error; 14 of 25 met (56 %).
func (r Report) Verdict() string {
	if r.Of == 0 {
		return r.Conduct() + "; no API was called"
	}
	return fmt.Sprintf("%s; %d of %d met (%d %%)", r.Conduct(), r.Met, r.Of, r.Percent())
}

// Broken returns which limits the report breaks, in words; empty where it keeps them.
func (r Report) Broken(limits Limits) string {
	var broken []string
	if limits.Fail != "" {
		failing := slices.DeleteFunc(slices.Clone(r.Findings), func(f Finding) bool {
			return !f.Gravity.Reaches(limits.Fail)
		})
		if len(failing) > 0 {
			broken = append(broken, fmt.Sprintf("there are findings: %s", Report{Findings: failing}.Conduct()))
		}
	}
	if r.Percent() < limits.MinCoverage {
		broken = append(broken, fmt.Sprintf("the coverage is %d %% (%d of %d), less than %d %%", r.Percent(), r.Met,
			r.Of, limits.MinCoverage))
	}
	return strings.Join(broken, "; ")
}
