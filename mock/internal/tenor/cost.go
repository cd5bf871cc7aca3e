package tenor

import (
	"context"
	"fmt"
)

// Limits of the work of one search (K592).
const (
	maxConditions = 500       // fields in a search, those of its filters with them
	maxSteps      = 2_000_000 // comparisons of a field with a value
	relationSteps = 2         // as many comparisons as it takes to find a relative, role or employment
	patternLength = 16        // characters of a pattern with * that take as long as a comparison
	stepsAtOnce   = 1_000     // between two looks at whether the caller still waits
)

// meter counts the steps of a search, and ends it when they are used up or its caller has gone.
type meter struct {
	ctx  context.Context // of one search, which ends before its call
	used int
	look int   // steps at which the caller is looked for next
	err  error // why the search has ended
}

func newMeter(ctx context.Context) *meter { return &meter{ctx: ctx} }

// take counts steps, and returns false when the search has ended.
func (m *meter) take(steps int) bool {
	if m.err != nil {
		return false
	}
	if m.used += steps; m.used > maxSteps {
		m.err = &QueryError{Parameter: "kql", Problem: fmt.Sprintf("the search takes more than %d comparisons; "+
			"leave out conditions, or relations within relations, or look for a number or a date of birth", maxSteps)}
		return false
	}
	if m.used >= m.look {
		m.look = m.used + stepsAtOnce
		m.err = m.ctx.Err()
	}
	return m.err == nil
}

// conditions returns how many fields a search compares.
func (n node) conditions() int {
	if n.op == isField {
		count := 1
		for _, inner := range n.value.inner {
			count += inner.conditions()
		}
		return count
	}
	count := 0
	for _, part := range n.parts {
		count += part.conditions()
	}
	return count
}

// checkConditions returns an error if a search has too many conditions.
func (q Query) checkConditions() error {
	if q.KQL.top == nil {
		return nil
	}
	if n := q.KQL.top.conditions(); n > maxConditions {
		return &QueryError{
			Parameter: "kql",
			Problem:   fmt.Sprintf("the search has %d conditions, but may have %d", n, maxConditions),
		}
	}
	return nil
}
