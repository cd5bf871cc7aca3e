package scenario

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

func TestFind(t *testing.T) {
	t.Parallel()
	l := testLibrary(t, "")
	for ask, want := range map[string]string{
		"slow":                         "slow",
		" slow ; ms = 8000 ":           "slow;ms=8000",
		"slow;times=2;ms=8000":         "slow;ms=8000;times=2",
		"flaky;p=0.50":                 "flaky;p=0.5",
		"GLD_023":                      "GLD_023",
		"GLD_023;times=2":              "GLD_023;times=2",
		"503;times=always":             "503;times=always",
		"token-expires-midway":         "token-expires-midway",
		"maintenance;seconds=5":        "maintenance;seconds=5",
		"maintenance;retry=1":          "maintenance;retry=1",
		"rate-limited;most=1":          "rate-limited;most=1",
		"html-instead-of-json":         "html-instead-of-json",
		"truncated-answer;bytes=0":     "truncated-answer;bytes=0",
		"token-expires-midway;after=3": "token-expires-midway;after=3",
	} {
		if a := find(t, l, ask); a.Text != want || a.Code != (a.Name == "GLD_023" || a.Name == "503") {
			t.Errorf("%q is %q, want %q", ask, a.Text, want)
		}
	}
	for ask, want := range map[string]string{
		"":               `"" is no name of a scenario; it must look like slow or slow;ms=8000`,
		"slow ms":        `"slow ms" is no name of a scenario; it must look like slow or slow;ms=8000`,
		"slow;ms":        `"ms" is no parameter with its value; it must look like slow or slow;ms=8000`,
		"slow;ms=":       `"ms=" is no parameter with its value; it must look like slow or slow;ms=8000`,
		"slow;ms=1;ms=2": `the parameter ms is given twice in "slow;ms=1;ms=2"`,
		"slow;sm=1": `slow has no parameter "sm"; it has ms (a whole number from 1 to 120000; 3000 when it is ` +
			`not given), times (1 to 1000, or always)`,
		"slow;ms=0":      `slow: ms is "0"; it must be a whole number from 1 to 120000`,
		"slow;ms=120001": `slow: ms is "120001"; it must be a whole number from 1 to 120000`,
		"slow;ms=1.5":    `slow: ms is "1.5"; it must be a whole number from 1 to 120000`,
		"slow;ms=-1":     `slow: ms is "-1"; it must be a whole number from 1 to 120000`,
		"slow;times=-1":  `times is "-1"; it must be 1 to 1000, or always`,
		"slow;ms=1e3":    `slow: ms is "1e3"; it must be a whole number from 1 to 120000`,
		"slow;times=0":   `times is "0"; it must be 1 to 1000, or always`,
		"slow;tims=1": `slow has no parameter "tims"; it has times (1 to 1000, or always), ms (a whole number ` +
			`from 1 to 120000; 3000 when it is not given)`,
		"GLD_001;p=1":                   `GLD_001 has no parameter "p"; it has times (1 to 1000, or always)`,
		strings.Repeat("a", 201):        "the scenario that is asked for has 201 bytes; it may have 200",
		"a" + strings.Repeat(";b=1", 9): `the parameter b is given twice`,
	} {
		_, err := l.Find(ask, known.Codes)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", ask, err, want)
		}
	}
}

// TestParameters: a parameter sets what it says, and nothing of the script itself.
func TestParameters(t *testing.T) {
	t.Parallel()
	l := testLibrary(t, "")
	before := fmt.Sprint(l.All())
	maintenance := find(t, l, "maintenance;seconds=5;retry=7").Scenario.Steps[0]
	if maintenance.For.Seconds() != 5 || maintenance.Do[0].Fault.(respondFault).Headers["Retry-After"] != "7" {
		t.Errorf("maintenance is %+v", maintenance)
	}
	if s := find(t, l, "maintenance;times=2;seconds=5").Scenario.Steps[0]; s.For != 0 || s.Times != 2 {
		t.Errorf("times does not stand in for for: %+v", s)
	}
	token := find(t, l, "token-expires-midway;after=3;times=2").Scenario.Steps
	if token[0].Times != 3 || token[1].Times != 2 {
		t.Errorf("token-expires-midway is %+v", token)
	}
	if ms := find(t, l, "slow;ms=8000").Scenario.Steps[0].Do[0].Fault.(delayFault).Min.Milliseconds(); ms != 8000 {
		t.Errorf("slow takes %d ms", ms)
	}
	if n := find(t, l, "truncated-answer;bytes=0").Scenario.Steps[0].Do[0].Fault; n != cutFault(0) {
		t.Errorf("the answer is cut at %d", n)
	}
	if n := find(t, l, "rate-limited;most=2").Scenario.Steps[0].When.InFlight; n != 2 {
		t.Errorf("the limit is %d", n)
	}
	if diff := cmp.Diff(before, fmt.Sprint(l.All())); diff != "" {
		t.Error(diff)
	}
}

func TestNotFound(t *testing.T) {
	t.Parallel()
	l := testLibrary(t, "")
	var e *NotFound
	_, err := l.Find("lost-anser;times=3", []string{"GLD_001", "GLD_005"})
	if !errors.As(err, &e) || e.Elsewhere || e.Scripts[0] != "lost-answer" || len(e.Scripts) != 26 ||
		!strings.HasPrefix(err.Error(),
			`There is no scenario "lost-anser". Did you mean lost-answer? `+
				`The scripts are lost-answer, document-not-yet, `) ||
		!strings.HasSuffix(err.Error(), " The API's codes are GLD_001, GLD_005.") {
		t.Error(err)
	}
	_, err = l.Find("gld_005", []string{"GLD_001", "GLD_005"})
	if !errors.As(err, &e) || e.Codes[0] != "GLD_005" || !strings.Contains(err.Error(), "Did you mean GLD_005?") {
		t.Error(err)
	}
	_, err = l.Find("GLD_023", []string{"GLD_001"})
	if !errors.As(err, &e) || !e.Elsewhere || !strings.HasPrefix(err.Error(),
		"GLD_023 is not a code that this API documents. The API's codes are GLD_001. The") {
		t.Error(err)
	}
	_, err = l.Find("quite-different-from-all", nil)
	if !errors.As(err, &e) || strings.Contains(err.Error(), "Did you mean") || strings.Contains(err.Error(), "codes") {
		t.Error(err)
	}
}

func TestFindAll(t *testing.T) {
	t.Parallel()
	l := testLibrary(t, "")
	all, err := l.FindAll("slow;ms=5, GLD_001", known.Codes)
	if err != nil || len(all) != 2 || all[0].Text != "slow;ms=5" || !all[1].Code {
		t.Errorf("%v, %v", all, err)
	}
	for _, asks := range []string{"", "slow,", "slow,nothing-like-it", strings.Repeat("slow,", MaxAsked) + "slow"} {
		if all, err := l.FindAll(asks, nil); err == nil {
			t.Errorf("%q: %v", asks, all)
		}
	}
}

// FuzzFind: whatever is asked for, it is refused in one line of words, or found under a text that
// finds the same again.
func FuzzFind(f *testing.F) {
	for _, ask := range []string{
		"slow;ms=8000", "GLD_001;times=always", "flaky;p=0.5;times=3", "lost-anser", ";;",
		"slow;ms==1", "maintenance;seconds=1;retry=0", "503", "æ;ø=å",
	} {
		f.Add(ask)
	}
	l := testLibrary(f, "")
	f.Fuzz(func(t *testing.T, ask string) {
		a, err := l.Find(ask, known.Codes)
		if err != nil {
			if text := err.Error(); text == "" || strings.ContainsFunc(text, unicode.IsControl) {
				t.Errorf("%q: %q", ask, text)
			}
			return
		}
		again, err := l.Find(a.Text, known.Codes)
		if err != nil || cmp.Diff(a.Scenario, again.Scenario) != "" || a.key != again.key {
			t.Errorf("%q is %q, which is not the same: %v", ask, a.Text, err)
		}
		if len(a.Scenario.Steps) == 0 {
			t.Errorf("%q has no steps", ask)
		}
	})
}
