package session

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func ptr[T any](value T) *T { return &value }

// TestClock: after any settings one after the other, a clock shows the time of a simple model.
func TestClock(t *testing.T) {
	t.Parallel()
	start := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		server := start
		clock := &Clock{now: func() time.Time { return server }}
		shown, rate, free := start, 1.0, true
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			passed := time.Duration(rapid.IntRange(0, 100_000).Draw(t, "ms")) * time.Millisecond
			server = server.Add(passed)
			if free {
				shown = server
			} else {
				shown = shown.Add(time.Duration(float64(passed) * rate))
			}
			at := start.AddDate(rapid.IntRange(-5, 5).Draw(t, "years"), 0, 0)
			switch rapid.SampledFrom([]string{"freeze", "stop", "set", "advance", "scale", "free", "nothing"}).Draw(t,
				"act") {
			case "freeze":
				must(t, clock.Apply(Change{Freeze: &at}))
				shown, rate, free = at, 0, false
			case "stop":
				must(t, clock.Apply(Change{Stop: true}))
				rate, free = 0, false
			case "set":
				must(t, clock.Apply(Change{Set: &at}))
				shown, free = at, false
			case "advance":
				by := time.Duration(rapid.IntRange(-1000, 1000).Filter(func(n int) bool { return n != 0 }).Draw(t,
					"by")) * time.Second
				must(t, clock.Apply(Change{Advance: &by}))
				shown, free = shown.Add(by), false
			case "scale":
				rate, free = rapid.SampledFrom([]float64{0.5, 1, 2, 60}).Draw(t, "scale"), false
				must(t, clock.Apply(Change{Scale: &rate}))
				rate = clock.State().Scale
			case "free":
				must(t, clock.Apply(Change{Free: true}))
				shown, rate, free = server, 1, true
			}
			if diff := clock.Now().Sub(shown).Abs(); diff > time.Microsecond {
				t.Fatalf("the clock shows %s, want %s", clock.Now(), shown)
			}
			if state := clock.State(); state.Free != free || state.Scale != rate || state.Frozen != (rate == 0) {
				t.Fatalf("the clock tells %+v, want rate %v, free %v", state, rate, free)
			}
		}
	})
}

func must(t interface {
	Helper()
	Fatal(...any)
}, err error,
) {
	if err != nil {
		t.Fatal(err)
	}
}

// TestClockRefuses: what makes no sense is refused, and leaves the clock alone.
func TestClockRefuses(t *testing.T) {
	t.Parallel()
	start := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	year := func(y int) *time.Time { return ptr(time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC)) }
	for name, change := range map[string]Change{
		"nothing":           {},
		"two":               {Freeze: year(2030), Set: year(2031)},
		"free and set":      {Free: true, Set: year(2031)},
		"freeze and scale":  {Freeze: year(2030), Scale: ptr(2.0)},
		"before 1970":       {Set: year(1969)},
		"after 9999":        {Freeze: year(10000)},
		"advanced too far":  {Advance: ptr(time.Duration(math.MinInt64))},
		"scale of nothing":  {Scale: ptr(0.0)},
		"backwards":         {Scale: ptr(-1.0)},
		"not a number":      {Scale: ptr(math.NaN())},
		"beyond all bounds": {Scale: ptr(math.Inf(1))},
	} {
		clock := &Clock{now: func() time.Time { return start }}
		if err := clock.Apply(change); err == nil {
			t.Errorf("%s: is taken", name)
		}
		if !clock.State().Free || !clock.Now().Equal(start) {
			t.Errorf("%s: the clock was changed", name)
		}
	}
}

// TestClockEnds: a clock that runs ever so fast stops at the end of the year 9999.
func TestClockEnds(t *testing.T) {
	t.Parallel()
	server := time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)
	clock := &Clock{now: func() time.Time { return server }}
	if err := clock.Apply(Change{Scale: ptr(1e6)}); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		server = server.AddDate(1, 0, 0)
		if year := clock.Now().Year(); year > 9999 || year < 2025 {
			t.Fatalf("the clock shows the year %d", year)
		}
	}
}
