// Package report tests what a server reports of the conduct of its clients.
package report

import (
	"sandkasse/mock/internal/report"
	"sandkasse/mock/internal/testkit"
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
