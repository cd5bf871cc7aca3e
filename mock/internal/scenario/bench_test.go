package scenario

import (
	"fmt"
	"testing"
)

// TestNothing: a call that meets no scenario costs nothing, and nil plays nothing.
func TestNothing(t *testing.T) {
	t.Parallel()
	s := NewPlays(1)
	if p := s.Begin(nil, submission); p != nil || texts(p.At(BeforeChecks, PointInfo{})) != nil || p.Played() != nil {
		t.Error("plays without any play something")
	} else {
		p.End()
	}
}

func TestNothingAllocates(t *testing.T) { // not parallel: AllocsPerRun counts what others make
	s := NewPlays(1)
	if n := testing.AllocsPerRun(100, func() { unscripted(s) }); n != 0 {
		t.Errorf("a call that meets nothing makes %v allocations", n)
	}
}

func unscripted(s *Plays) {
	p := s.Begin(nil, submission)
	p.At(BeforeChecks, PointInfo{Now: dawn})
	p.At(InsteadOfWork, PointInfo{Now: dawn})
	p.At(AfterWork, PointInfo{Now: dawn, Outcome: Success})
	p.Played()
	p.End()
}

func BenchmarkUnscripted(b *testing.B) {
	s := NewPlays(1)
	b.ReportAllocs()
	for b.Loop() {
		unscripted(s)
	}
}

// BenchmarkArmedForOthers makes a call in a session where a play is armed that does not fit it.
func BenchmarkArmedForOthers(b *testing.B) {
	s := NewPlays(1)
	if _, err := s.Arm(Play{Scenario: find(b, testLibrary(b, ""), "slow"), API: "kobo"}, dawn); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		unscripted(s)
	}
}

func BenchmarkScripted(b *testing.B) {
	s := NewPlays(1)
	asked := []Selection{find(b, testLibrary(b, ""), "slow")}
	b.ReportAllocs()
	for b.Loop() {
		runCall(s, asked, submission, Success)
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		testLibrary(b, "")
	}
}

func BenchmarkFind(b *testing.B) {
	dir := b.TempDir()
	write(b, dir, "mine.yaml", fmt.Sprintf(own, "mine", "one"), 1)
	for name, dir := range map[string]string{"built in": "", "with a folder": dir} {
		l := testLibrary(b, dir)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				find(b, l, "slow;ms=8000")
			}
		})
	}
}
