// Package report tests what a server reports of the conduct of its clients.
package report

import (
	"slices"
	"testing"

	"sandkasse/mock/internal/report"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// findings returns the report's findings on a client, by rule.
func findings(c testkit.Client) map[string][]report.Finding {
	var got report.Report
	c.Control("GET", "report", "", &got)
	byRule := map[string][]report.Finding{}
	for _, one := range got.Findings {
		byRule[one.Rule] = append(byRule[one.Rule], one)
	}
	return byRule
}

// TestDeliveredTwice: a document that is delivered again under a new key is found, with both calls; the same key twice
// is what a client should do.
func TestDeliveredTwice(t *testing.T) {
	t.Parallel()
	c := testkit.NewClient(t, mocktest.Start(t), "default")
	c.Delivered(1)
	c.Delivered(1)
	if got := findings(c); len(got) != 0 {
		t.Fatalf("the report finds %v in a client that repeats a call under its key", got)
	}
	c.Delivered(2)
	c.Delivered(3)
	got := findings(c)["delivered-twice"]
	if len(got) != 1 || !slices.Equal(got[0].Calls, []int64{1, 3, 4}) || got[0].Times != 2 {
		t.Errorf("the report finds %+v, want calls 1, 3 and 4 once", got)
	}
}
