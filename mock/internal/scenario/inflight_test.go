package scenario

import "testing"

// TestInFlight: the sixth call at once is refused, of each API and organisation by itself, and one
// that is over makes room.
func TestInFlight(t *testing.T) {
	t.Parallel()
	l := testLibrary(t, "")
	for how, asked := range map[string][]Selection{"asked": {find(t, l, "rate-limited")}, "armed": nil} {
		s := NewPlays(1)
		if asked == nil {
			if _, err := s.Arm(Play{Scenario: find(t, l, "rate-limited")}, dawn); err != nil {
				t.Fatal(err)
			}
		}
		begin := func(api, organisation string) (*Run, int) {
			call := submission
			call.API, call.Organisation = api, func() string { return organisation }
			p := s.Begin(asked, call)
			return p, len(texts(p.At(BeforeChecks, PointInfo{Now: dawn})))
		}
		var under []*Run
		for i := range 7 {
			p, acts := begin("bsu", "310000006")
			if want := max(0, min(1, i-4)); acts != want {
				t.Errorf("%s: call %d at once meets %d acts, want %d", how, i+1, acts, want)
			}
			under = append(under, p)
		}
		for _, other := range [][2]string{{"aandsverk", "310000006"}, {"bsu", "310000014"}} {
			p, acts := begin(other[0], other[1])
			if acts != 0 {
				t.Errorf("%s: %v is counted with bsu's of another", how, other)
			}
			p.End()
		}
		for _, p := range under[:3] {
			p.End()
			p.End() // more does no harm
		}
		if _, acts := begin("bsu", "310000006"); acts != 0 {
			t.Errorf("%s: the fifth at once is refused", how)
		}
		if _, acts := begin("bsu", "310000006"); acts != 1 {
			t.Errorf("%s: the sixth at once is served", how)
		}
	}
}

func TestInFlightIsForgotten(t *testing.T) {
	t.Parallel()
	l := testLibrary(t, "")
	s := NewPlays(1)
	p := s.Begin([]Selection{find(t, l, "rate-limited")}, submission)
	s.DisarmAll()
	if p.End(); len(s.flights) != 0 {
		t.Errorf("%v are in flight", s.flights)
	}
}
