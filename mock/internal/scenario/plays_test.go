package scenario

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sandkasse/mock/internal/golden"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var dawn = time.Date(2026, 1, 31, 6, 0, 0, 0, time.UTC)

// submission is a call that all reporting scripts fit.
var submission = Call{API: "bsu", Family: "innrapportering", Method: "POST", Route: "innsending", Now: dawn}

// runCall plays a whole call and returns what was done with it: point and effect, one after the
// other.
func runCall(s *Plays, asked []Selection, call Call, outcome string) string {
	p := s.Begin(asked, call)
	defer p.End()
	var done []string
	for _, point := range []Point{BeforeChecks, InsteadOfWork, AfterWork} {
		info := PointInfo{Now: call.Now}
		if point == AfterWork {
			info.Outcome = outcome
		}
		for _, text := range texts(p.At(point, info)) {
			done = append(done, fmt.Sprintf("%s %s", point, text))
		}
	}
	if played := p.Played(); len(played) > 0 {
		done = append(done, "played "+strings.Join(played, ", "))
	}
	return strings.Join(done, "; ")
}

// texts returns an effect in few words.
func texts(e Effect) (all []string) {
	if e.Delay > 0 {
		all = append(all, e.Delay.String())
	}
	if e.Response != nil {
		all = append(all, fmt.Sprint(e.Response.Status))
	}
	if e.Cut != nil {
		all = append(all, fmt.Sprintf("cut %d", *e.Cut))
	}
	for _, text := range []string{e.Code, e.Offence, string(e.Tear), e.Headers["Content-Type"], e.Feedback, e.Webhook} {
		if text != "" {
			all = append(all, text)
		}
	}
	return all
}

// TestBuiltInPlayed plays every built-in script for calls one after the other, as a client meets
// it.
func TestBuiltInPlayed(t *testing.T) {
	t.Parallel()
	l := testLibrary(t, "")
	var b strings.Builder
	for _, script := range l.All() {
		s := NewPlays(7)
		asked := []Selection{find(t, l, script.Name)}
		if got := runCall(s, asked, Call{
			API: "maskinporten", Family: "maskinporten", Method: "POST", Route: "token",
			Now: dawn,
		}, Success); got != "" {
			t.Errorf("%s keeps a client from its token: %s", script.Name, got)
		}
		fmt.Fprintln(&b, script.Name)
		for i, call := range []Call{
			submission,
			{API: "bsu", Family: "innrapportering", Method: "GET", Route: "uthenting_dokument", Now: dawn},
			{API: "kobo", Family: "kobo", Method: "PUT", Route: "oppdaterBolig", Now: dawn},
			submission, submission,
		} {
			call.Now = dawn.Add(time.Duration(i) * 10 * time.Second)
			outcome := Success
			if i == 3 {
				outcome = Refused
			}
			fmt.Fprintf(&b, "  %s %s %s: %s\n", call.Method, call.Route, outcome, runCall(s, asked, call, outcome))
		}
	}
	golden.Compare(t, "testdata/played.golden", []byte(b.String()))
}

// TestModel: a scenario is a row of steps, each as many times as it says, of which a call takes the
// first when it fits.
func TestModel(t *testing.T) {
	t.Parallel()
	apis, points := []string{"bsu", "kobo"}, []Point{BeforeChecks, InsteadOfWork, AfterWork}
	rapid.Check(t, func(t *rapid.T) {
		steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Step {
			step := Step{
				Probability: 1, At: rapid.SampledFrom(points).Draw(t, "at"),
				Times: rapid.SampledFrom([]int{1, 2, 3, Always}).Draw(t, "times"),
			}
			if rapid.Bool().Draw(t, "api?") {
				step.When.API = []string{rapid.SampledFrom(apis).Draw(t, "api")}
			}
			if step.At == AfterWork && rapid.Bool().Draw(t, "outcome?") {
				step.When.Outcome = rapid.SampledFrom([]string{Success, Refused}).Draw(t, "outcome")
			}
			if rapid.IntRange(0, 3).Draw(t, "for?") == 0 {
				step.Times, step.For = 0, time.Duration(rapid.IntRange(1, 5).Draw(t, "for"))*time.Second
			}
			return step
		}), 1, 5).Draw(t, "steps")
		for i := range steps {
			steps[i].Do = []Act{{"code", Answers, codeFault(fmt.Sprint(i))}}
		}
		a := Selection{Text: "drawn", Name: "drawn", key: "drawn", Scenario: Scenario{Name: "drawn", Steps: steps}}
		plays := NewPlays(0)
		asked := []Selection{a}
		if rapid.Bool().Draw(t, "armed") {
			asked = nil
			if _, err := plays.Arm(Play{Scenario: a}, dawn); err != nil {
				t.Fatal(err)
			}
		}
		left, now := slices.Clone(steps), dawn
		var end time.Time // of the first step of left, where it has begun and has For
		for range rapid.IntRange(1, 30).Draw(t, "calls") {
			now = now.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "wait")) * time.Second)
			call := Call{API: rapid.SampledFrom(apis).Draw(t, "api"), Now: now}
			outcome := rapid.SampledFrom([]string{Success, Refused}).Draw(t, "outcome")
			want := ""
			if len(left) > 0 && left[0].For > 0 && !end.IsZero() && !now.Before(end) {
				left, end = left[1:], time.Time{}
			}
			if len(left) > 0 {
				first := &left[0]
				fits := (first.When.API == nil || first.When.API[0] == call.API) &&
					(first.When.Outcome == "" || first.When.Outcome == outcome)
				switch {
				case !fits:
				default:
					want = fmt.Sprintf("%s %s; played drawn", first.At, first.Do[0].Fault)
					if first.For > 0 && end.IsZero() {
						end = now.Add(first.For)
					}
					if first.Times > 0 {
						if first.Times--; first.Times == 0 {
							left = left[1:]
						}
					}
				}
			}
			if got := runCall(plays, asked, call, outcome); got != want {
				t.Fatalf("%s %s at %s: %q, want %q", call.API, outcome, now.Format("05"), got, want)
			}
		}
	})
}

// calls plays some calls of a session that depend on chance and on time, and returns the outcome of
// each.
func calls(l *Library, seed uint64, n int) string {
	s := NewPlays(seed)
	flaky, _ := l.Find("flaky;p=0.5", nil)
	load, _ := l.Find("month-end-load", nil)
	maintenance, _ := l.Find("maintenance;seconds=20", nil)
	if _, err := s.Arm(Play{Scenario: maintenance, Probability: 0.3, TTL: time.Minute}, dawn); err != nil {
		return err.Error()
	}
	var b strings.Builder
	for i := range n {
		call := submission
		call.Now = dawn.Add(time.Duration(i) * time.Second)
		fmt.Fprintln(&b, runCall(s, []Selection{flaky, load}, call, Success))
	}
	return b.String()
}

// TestSessions: fifty sessions at once are each as they would be alone, and with other seeds other.
func TestSessions(t *testing.T) {
	t.Parallel()
	l := testLibrary(t, "")
	const sessions, n = 50, 60
	got := make([]string, sessions)
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() { got[i] = calls(l, uint64(i), n) })
	}
	wg.Wait()
	different := map[string]bool{}
	for i := range got {
		if diff := cmp.Diff(calls(l, uint64(i), n), got[i]); diff != "" {
			t.Errorf("session %d is not as alone:\n%s", i, diff)
		}
		different[got[i]] = true
	}
	if len(different) != sessions {
		t.Errorf("%d sessions with seeds of their own came to %d outcomes", sessions, len(different))
	}
}

// TestCallsAtOnce: calls at once share a step's times between them.
func TestCallsAtOnce(t *testing.T) {
	t.Parallel()
	l := testLibrary(t, "")
	s := NewPlays(1)
	lost := find(t, l, "lost-answer;times=30")
	if _, err := s.Arm(Play{Scenario: find(t, l, "GLD_001"), Times: 20}, dawn); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	count := map[string]int{}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for range 4 {
				got := runCall(s, []Selection{lost}, submission, Success)
				mu.Lock()
				for _, part := range strings.Split(got, "; ") {
					count[part]++
				}
				mu.Unlock()
				s.List(dawn)
				s.Snapshot()
			}
		})
	}
	wg.Wait()
	if count["door GLD_001"] != 20 || count["answer reset"] != 30 {
		t.Errorf("played %v", count)
	}
}

// TestSeveral: scenarios play in the order in which they are asked for, then those armed; one that
// is asked for twice plays once.
func TestSeveral(t *testing.T) {
	t.Parallel()
	l := testLibrary(t, "")
	s := NewPlays(1)
	if _, err := s.Arm(Play{Scenario: find(t, l, "503")}, dawn); err != nil {
		t.Fatal(err)
	}
	slow, lost := find(t, l, "slow;ms=5"), find(t, l, "lost-answer")
	got := runCall(s, []Selection{lost, slow, lost, slow}, submission, Success)
	if want := "door 5ms; door 503; answer reset; played slow;ms=5, 503, lost-answer"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	got = runCall(s, []Selection{lost, slow}, submission, Success)
	if want := "door 5ms; played slow;ms=5"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestManyAsks: a session remembers a bounded number of scenarios that were asked for, those asked
// for last.
func TestManyAsks(t *testing.T) {
	t.Parallel()
	s := NewPlays(1)
	ask := func(i int) string {
		a := Selection{Text: fmt.Sprint(i), key: fmt.Sprint(i), Scenario: code("GLD_001").repeated(1)}
		return runCall(s, []Selection{a}, submission, Success)
	}
	for i := range maxProgress + 10 {
		ask(0)
		if ask(i+1) == "" {
			t.Fatalf("%d has played before", i+1)
		}
	}
	if len(s.progress) != maxProgress || ask(0) != "" || ask(1) == "" {
		t.Errorf("%d runs are remembered, or not those used last", len(s.progress))
	}
}
