package report

import (
	"slices"
	"strings"
	"testing"
)

// TestOff: a rule is switched off with a reason, and what is wrong is said with what would be right.
func TestOff(t *testing.T) {
	t.Parallel()
	r := Report{Findings: []Finding{{Rule: "delivered-twice"}, {Rule: "other"}}}
	off, err := ParseOff(" delivered-twice : we test that: it must be found ")
	if err != nil || off != (Off{"delivered-twice", "we test that: it must be found"}) {
		t.Fatalf("%+v, %v", off, err)
	}
	got, err := r.Without([]Off{off})
	if err != nil || len(got.Findings) != 1 || got.Findings[0].Rule != "other" || !slices.Equal(got.Off, []Off{off}) {
		t.Errorf("%+v, %v", got, err)
	}
	if len(r.Findings) != 2 || r.Findings[0].Rule != "delivered-twice" || r.Off != nil {
		t.Errorf("the report itself is changed: %+v", r)
	}
	if _, err := r.Without([]Off{off, off}); err == nil || !strings.Contains(err.Error(), "twice; give it once") {
		t.Errorf("twice: %v", err)
	}
	for text, want := range map[string]string{
		"delivered-twice":   "without a reason",
		"delivered-twice: ": "without a reason",
		"deliverd-twice:x":  `there is no rule "deliverd-twice"; did you mean delivered-twice? there are `,
		"":                  "no rule is named; there are ",
		"delivered-twice:" + strings.Repeat("x", 501): "more than 500 characters",
	} {
		if _, err := ParseOff(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// TestBroken: a report breaks a limit by its findings of that gravity or above, and by its coverage.
func TestBroken(t *testing.T) {
	t.Parallel()
	warned := Report{Findings: []Finding{{Gravity: Warning}, {Gravity: Note}, {Gravity: Warning}}, Met: 4, Of: 5}
	failed := Report{Findings: []Finding{{Gravity: Error}}, Met: 399, Of: 500}
	for _, test := range []struct {
		report Report
		limits Limits
		want   string
	}{
		{warned, Limits{}, ""},
		{warned, Limits{Fail: Error, MinCoverage: 80}, ""},
		{warned, Limits{Fail: Warning}, "there are findings: 2 warnings"},
		{failed, Limits{Fail: Warning}, "there are findings: 1 error"},
		{
			failed,
			Limits{Error, 80},
			"there are findings: 1 error; the coverage is 79 % (399 of 500), less than 80 %",
		},
		{Report{}, Limits{Error, 1}, "the coverage is 0 % (0 of 0), less than 1 %"},
		{Report{}, Limits{Warning, 0}, ""},
	} {
		if got := test.report.Broken(test.limits); got != test.want {
			t.Errorf("%+v, %+v: %q, want %q", test.report, test.limits, got, test.want)
		}
	}
	if got := warned.Conduct(); got != "2 warnings, 1 note" {
		t.Error(got)
	}
}

// TestByGravity: the gravest findings come first, and those of a gravity keep their order.
func TestByGravity(t *testing.T) {
	t.Parallel()
	r := Report{Findings: []Finding{
		{Rule: "a", Gravity: Note},
		{Rule: "b", Gravity: Error},
		{Rule: "c", Gravity: Warning},
		{Rule: "d", Gravity: Error},
	}}
	got := ""
	for _, f := range r.ByGravity() {
		got += f.Rule
	}
	if got != "bdca" || r.Findings[0].Rule != "a" {
		t.Errorf("the order is %s", got)
	}
}
