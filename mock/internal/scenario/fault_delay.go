package scenario

import (
	"strings"
	"time"

	"sandkasse/mock/internal/yamlfile"
)

// delayFault waits in real time: Min, or a time drawn between Min and Max where Max is set.
type delayFault struct{ Min, Max time.Duration }

// Apply adds to the wait.
func (f delayFault) Apply(e *Effect, draw func() float64) {
	e.Delay += f.Min
	if f.Max > 0 {
		e.Delay += time.Duration(draw() * float64(f.Max-f.Min)).Round(time.Millisecond)
	}
}

func delayKind() faultKind {
	const one = `([1-9][0-9]{0,4}ms|1[01][0-9]{4}ms|120000ms|[1-9][0-9]?s|1[01][0-9]s|120s|[12]m)`
	const schema = `{
          "anyOf": [{"type": "string", "pattern": "^` + one + `(-` + one + `)?$"}, {"$ref": "#/$defs/parameter"}],
          "description": "2s, or 1s-5s for a draw between; at most 2m."
        }`
	return newKind("delay", Waits, schema, readDelay)
}

// readDelay reads 2s, or 1s-5s for a draw between the two.
func readDelay(r *reader, place string, written yamlfile.Text) Fault {
	low, high, isRange := strings.Cut(string(written), "-")
	if !isRange {
		return delayFault{Min: r.duration(place, "delay", written, MaxDelay)}
	}
	from, ok := parseDuration(low)
	to, alsoOK := parseDuration(high)
	switch {
	case !ok || !alsoOK || to > MaxDelay || from > MaxDelay:
		r.Fault(place, "delay is %q; it must be like 2s, or like 1s-5s, and at most %s", written, shortest(MaxDelay))
	case from > to:
		r.Fault(place, "delay is %q; the shorter one comes first", written)
	}
	return delayFault{Min: from, Max: to}
}
