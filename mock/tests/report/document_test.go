package report

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"sandkasse/mock/internal/report"
)

// writeRules is set to write the table of rules in the documentation anew.
var writeRules = flag.Bool("write-rules", false, "write the table of rules in docs/report.md anew")

// rulesHead begins the table of rules in docs/report.md.
const rulesHead = "| Rule | Gravity | In production | Change |\n|---|---|---|---|\n"

// TestRulesDocument: docs/report.md has a table of all rules, as they describe themselves.
func TestRulesDocument(t *testing.T) {
	t.Parallel()
	const file = "../../../docs/report.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, after, found := strings.Cut(string(text), rulesHead)
	if !found {
		t.Fatalf("%s has no table of rules", file)
	}
	got := after[:strings.Index("\n"+after, "\n\n")]
	var want strings.Builder
	for _, rule := range report.Rules() {
		gravity := string(rule.Gravity)
		if !rule.Sure {
			gravity += ", may be wrong"
		}
		fmt.Fprintf(&want, "| `%s` | %s | %s | %s |\n", rule.ID, gravity, cell(rule.Production), cell(rule.Change))
	}
	if *writeRules {
		if err := os.WriteFile(file, []byte(before+rulesHead+want.String()+after[len(got):]), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if got != want.String() {
		t.Errorf("docs/report.md has other rules; go test ./mock/tests/report -run TestRulesDocument -write-rules "+
			"writes them anew. It has\n%s\nand wants\n%s", got, want.String())
	}
}

// cell returns a clause of a rule as a cell of a table.
func cell(text string) string {
	return strings.ReplaceAll(strings.ToUpper(text[:1])+text[1:], "|", `\|`)
}
