package scenario

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func arm(t testing.TB, s *Plays, p Play) int64 {
	t.Helper()
	id, err := s.Arm(p, dawn)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestArm: a play is for the calls that it names, so many times and so long, and then leaves the
// list.
func TestArm(t *testing.T) {
	t.Parallel()
	l := testLibrary(t, "")
	code := find(t, l, "GLD_023")
	later := submission
	later.Now = dawn.Add(time.Minute)
	withNumber := submission
	withNumber.Mentions = func(text string) bool { return text == "310000006" || text == "Leveranse 1" }
	for name, test := range map[string]struct {
		play  Play
		calls []Call
		want  string // x for each that plays it
		left  int    // plays that are still armed
	}{
		"a code, once":  {Play{}, []Call{submission, submission}, "x.", 0},
		"a code, times": {Play{Times: 2}, []Call{submission, submission, submission}, "xx.", 0},
		"a code, times in the name": {
			Play{Scenario: find(t, l, "GLD_023;times=2")},
			[]Call{submission, submission, submission},
			"xx.", 0,
		},
		"a code, times over the name": {
			Play{Scenario: find(t, l, "GLD_023;times=2"), Times: 1},
			[]Call{submission, submission},
			"x.", 0,
		},
		"always": {Play{Times: Always}, []Call{submission, submission, submission}, "xxx", 1},
		"a script": {
			Play{Scenario: find(t, l, "lost-answer-twice")},
			[]Call{submission, submission, submission},
			"xx.", 0,
		},
		"a script, times": {
			Play{Scenario: find(t, l, "lost-answer-twice"), Times: 1},
			[]Call{submission, submission},
			"x.", 0,
		},
		"another API": {Play{API: "kobo"}, []Call{submission}, ".", 1},
		"this API": {
			Play{API: "bsu", Method: "POST", Route: "innsending"},
			[]Call{submission},
			"x",
			0,
		},
		"another method": {Play{Method: "GET"}, []Call{submission}, ".", 1},
		"another route":  {Play{Route: "uthenting_dokument"}, []Call{submission}, ".", 1},
		"a number that stands there": {
			Play{Organisation: "310000006", Reference: "Leveranse 1"},
			[]Call{submission, withNumber},
			".x", 0,
		},
		"a reference that does not": {
			Play{Organisation: "310000006", Reference: "Leveranse 2"},
			[]Call{withNumber},
			".", 1,
		},
		"in time":  {Play{TTL: 61 * time.Second}, []Call{later}, "x", 0},
		"too late": {Play{TTL: time.Minute}, []Call{later}, ".", 0},
	} {
		s := NewPlays(1)
		if test.play.Scenario.Text == "" {
			test.play.Scenario = code
		}
		arm(t, s, test.play)
		got := ""
		for _, call := range test.calls {
			if runCall(s, nil, call, Success) == "" {
				got += "."
			} else {
				got += "x"
			}
		}
		if left := s.List(test.calls[len(test.calls)-1].Now); got != test.want || len(left) != test.left {
			t.Errorf("%s: %s, want %s; still armed are %+v", name, got, test.want, left)
		}
	}
}

// TestTakeTurns: of two that end a call the first does, and the other ends the next one; what goes
// with any answer is played beside it (K312).
func TestTakeTurns(t *testing.T) {
	t.Parallel()
	l := testLibrary(t, "")
	for _, test := range []struct {
		plays string
		want  string // by call
	}{
		{"GLD_001 GLD_023", "GLD_001, GLD_023, "},
		{"GLD_001 slow;ms=5;times=2 GLD_023", "GLD_001+slow;ms=5;times=2, slow;ms=5;times=2+GLD_023, "},
		{
			"lost-answer lost-answer-twice;times=1 truncated-answer",
			"lost-answer+truncated-answer, lost-answer-twice;times=1, ",
		},
		{"fail-twice-then-ok;times=1 feedback-never;times=1", "fail-twice-then-ok;times=1, feedback-never;times=1, "},
	} {
		s := NewPlays(1)
		for name := range strings.FieldsSeq(test.plays) {
			arm(t, s, Play{Scenario: find(t, l, name)})
		}
		var got []string
		for range 3 {
			p := s.Begin(nil, submission)
			outcome := Success
			for _, point := range []Point{BeforeChecks, InsteadOfWork} {
				if e := p.At(point, PointInfo{Now: dawn}); e.Code != "" || e.Offence != "" || e.Tear != "" {
					outcome = Refused
					break
				}
			}
			p.At(AfterWork, PointInfo{Now: dawn, Outcome: outcome})
			p.End()
			got = append(got, strings.Join(p.Played(), "+"))
		}
		if all := strings.Join(got, ", "); all != test.want {
			t.Errorf("%s: %s, want %s", test.plays, all, test.want)
		}
	}
}

func TestArmRefused(t *testing.T) {
	t.Parallel()
	good := find(t, testLibrary(t, ""), "GLD_023")
	for want, play := range map[string]Play{
		"the play has no scenario":    {},
		`"post" is no method`:         {Scenario: good, Method: "post"},
		"it must be nine digits":      {Scenario: good, Organisation: "31000000"},
		"may have 200 bytes":          {Scenario: good, Reference: strings.Repeat("a", 201)},
		"times is -2":                 {Scenario: good, Times: -2},
		"times is 1001":               {Scenario: good, Times: 1001},
		"probability is 1.1":          {Scenario: good, Probability: 1.1},
		"probability is NaN":          {Scenario: good, Probability: math.NaN()},
		"the time to live is -1s":     {Scenario: good, TTL: -time.Second},
		"the time to live is 24h0m1s": {Scenario: good, TTL: MaxFor + time.Second},
	} {
		s := NewPlays(1)
		if id, err := s.Arm(play, dawn); err == nil || !strings.Contains(err.Error(), want) || id != 0 ||
			len(s.List(dawn)) != 0 {
			t.Errorf("%d, %v, want %s", id, err, want)
		}
	}
}

func TestManyPlays(t *testing.T) {
	t.Parallel()
	s := NewPlays(1)
	good := find(t, testLibrary(t, ""), "GLD_023")
	arm(t, s, Play{Scenario: good, TTL: time.Second})
	for range MaxPlays - 1 {
		arm(t, s, Play{Scenario: good})
	}
	if _, err := s.Arm(Play{Scenario: good}, dawn); err == nil {
		t.Error("there is no end of plays")
	}
	if _, err := s.Arm(Play{Scenario: good}, dawn.Add(time.Second)); err != nil {
		t.Errorf("one whose time is over is in the way: %v", err)
	}
	if n := s.DisarmAll(); n != MaxPlays || len(s.List(dawn)) != 0 || s.Begin(nil, submission) != nil {
		t.Errorf("%d were disarmed", n)
	}
}

// TestDisarm: a play that is taken away plays no more, also for a call that began before.
func TestDisarm(t *testing.T) {
	t.Parallel()
	l := testLibrary(t, "")
	s := NewPlays(1)
	lost := find(t, l, "lost-answer;times=always")
	for _, disarm := range []func(id int64){
		func(id int64) {
			if !s.Disarm(id) || s.Disarm(id) {
				t.Error("disarmed not at all, or twice")
			}
		},
		func(int64) { s.DisarmAll() },
	} {
		id := arm(t, s, Play{Scenario: lost})
		p := s.Begin(nil, submission)
		p.At(BeforeChecks, PointInfo{Now: dawn})
		disarm(id)
		if done := texts(p.At(AfterWork, PointInfo{Now: dawn, Outcome: Success})); done != nil {
			t.Errorf("%v is done all the same", done)
		}
	}
}

func TestPlays(t *testing.T) {
	t.Parallel()
	s := NewPlays(1)
	play := Play{Scenario: find(t, testLibrary(t, ""), "token-expires-midway;times=2"), API: "bsu", TTL: time.Minute}
	arm(t, s, play)
	for range 2 {
		runCall(s, nil, submission, Success)
	}
	want := []Armed{{ID: 1, Play: play, Played: 1, Since: dawn, Until: dawn.Add(time.Minute), Step: 2}}
	if diff := cmp.Diff(want, s.List(dawn), cmp.AllowUnexported(Selection{})); diff != "" {
		t.Error(diff)
	}
}

// TestSnapshot: a stage that is taken back goes on as it did the first time, however often.
func TestSnapshot(t *testing.T) {
	t.Parallel()
	l := testLibrary(t, "")
	s := NewPlays(5)
	asked := []Selection{find(t, l, "fail-twice-then-ok"), find(t, l, "flaky;p=0.5")}
	arm(t, s, Play{Scenario: find(t, l, "GLD_023"), Times: 5, Probability: 0.5})
	arm(t, s, Play{Scenario: find(t, l, "maintenance")})
	play := func(s *Plays) (row string) {
		for i := range 20 {
			call := submission
			call.Now = dawn.Add(time.Duration(i) * 5 * time.Second)
			row += runCall(s, asked, call, Success) + "\n"
		}
		return row
	}
	runCall(s, asked, submission, Success)
	kept := s.Snapshot()
	first := play(s)
	for range 2 {
		plays := kept.Plays(5)
		if diff := cmp.Diff(first, play(plays)); diff != "" {
			t.Error(diff)
		}
	}
	anew := Snapshot{}.Plays(0)
	if play(anew) == first {
		t.Error("a new stage goes on where another was")
	}
	if id := arm(t, anew, Play{Scenario: find(t, l, "slow")}); id != 1 {
		t.Errorf("the first play of a new stage is number %d", id)
	}
}
