package report

import (
	"slices"
	"testing"

	"sandkasse/mock/internal/report"
	"sandkasse/mock/internal/testkit"
)

// wantFinding fails the test unless the report has one finding of a rule, with these calls, so many times; none where
// times is 0. It returns the finding.
func wantFinding(t *testing.T, c testkit.Client, rule string, times int, calls ...int64) report.Finding {
	t.Helper()
	got := findings(c)[rule]
	switch {
	case times == 0 && len(got) == 0:
		return report.Finding{}
	case times == 0 || len(got) != 1 || !slices.Equal(got[0].Calls, calls) || got[0].Times != times:
		t.Fatalf("the report finds %+v, want calls %v, %d times", got, calls, times)
	}
	return got[0]
}
