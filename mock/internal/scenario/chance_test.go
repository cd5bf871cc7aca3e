package scenario

import (
	"strings"
	"testing"
	"time"
)

// TestFlaky: chance is the seed's, and comes out as often as it says.
func TestFlaky(t *testing.T) {
	t.Parallel()
	l := testLibrary(t, "")
	run := func(s *Plays) (row string) {
		for range 1000 {
			if runCall(s, []Selection{find(t, l, "flaky")}, submission, Success) == "" {
				row += "."
			} else {
				row += "x"
			}
		}
		return row
	}
	first := run(NewPlays(42))
	if n := strings.Count(first, "x"); n < 150 || n > 250 {
		t.Errorf("%d of 1000 calls failed", n)
	}
	if first != run(NewPlays(42)) || first == run(NewPlays(43)) {
		t.Error("the outcome does not follow the seed")
	}
	armed := func(session uint64, seed *uint64) (row string) {
		s := NewPlays(session)
		if _, err := s.Arm(Play{Scenario: find(t, l, "flaky"), Seed: seed}, dawn); err != nil {
			t.Fatal(err)
		}
		for range 1000 {
			if runCall(s, nil, submission, Success) == "" {
				row += "."
			} else {
				row += "x"
			}
		}
		return row
	}
	own, zero := uint64(42), uint64(0)
	if armed(1, &own) != first || armed(2, &own) != first || armed(42, nil) != first || armed(1, nil) == first {
		t.Error("a play's own seed does not stand in for the session's")
	}
	if armed(42, &zero) != armed(0, nil) || armed(42, &zero) == first {
		t.Error("the seed 0 is not a seed of its own")
	}
}

func TestDelayRange(t *testing.T) {
	t.Parallel()
	seen := map[time.Duration]bool{}
	r := progress{}
	for range 500 {
		var e Effect
		delayFault{Min: time.Second, Max: 3 * time.Second}.Apply(&e, func() float64 { return r.draw(1, "a") })
		d := e.Delay
		if d < time.Second || d > 3*time.Second || d%time.Millisecond != 0 {
			t.Fatalf("drew %s", d)
		}
		seen[d] = true
	}
	if len(seen) < 300 {
		t.Errorf("500 draws came to %d delays", len(seen))
	}
}

// TestDrawsGoOn: a step's chance does not repeat that of the step before it.
func TestDrawsGoOn(t *testing.T) {
	t.Parallel()
	step := Step{
		Times: 20, Probability: 1, At: BeforeChecks,
		Do: []Act{{"delay", Waits, delayFault{Min: time.Millisecond, Max: time.Minute}}},
	}
	a := Selection{
		Text: "drawn", Name: "drawn", key: "drawn",
		Scenario: Scenario{Name: "drawn", Steps: []Step{step, step}},
	}
	s := NewPlays(1)
	seen := map[string]bool{}
	for range 40 {
		seen[runCall(s, []Selection{a}, submission, Success)] = true
	}
	if len(seen) < 38 {
		t.Errorf("40 draws of two steps came to %d delays", len(seen))
	}
}
