package reportformat

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/joshdk/go-junit"

	"sandkasse/mock/internal/golden"
	"sandkasse/mock/internal/report"
)

// hostile has what means something in a terminal, Markdown, XML or HTML.
const hostile = "</code></details><script>alert(1)</script> `a` ``b`` |c| *d* _e_ [f](http://g.example) ]]> &amp; " +
	"\x1b[31m\n# h \u202e"

// inputs returns reports that are worth writing, by name.
func inputs() map[string]Input {
	now := time.Date(2026, 11, 26, 18, 40, 12, 0, time.UTC)
	twice := report.Finding{
		Rule: "delivered-twice", Gravity: report.Error, Sure: true, Calls: []int64{3, 7, 9}, Gone: []int64{3}, Times: 2,
		What:       "the document of call 3 was stored, and was delivered again under another idempotencyKey",
		Production: "the agency stores both, and has the document twice, under two forsendelseId",
		Change:     "make the idempotencyKey once for each document",
	}
	unsure := report.Finding{
		Rule: "new-key-after-failure", Gravity: report.Warning, Calls: []int64{12}, Gone: []int64{12}, Times: 1,
		What:       "idempotencyKey was new after call 11, whose answer was lost",
		Production: "the agency stores both, where the first was stored", Change: "send the same key again",
	}
	full := report.Report{
		Findings: []report.Finding{twice, unsure},
		Off:      []report.Off{{Rule: "too-many-at-once", Reason: "we test that: the agency allowed ten"}},
		Coverage: []report.Coverage{
			{
				API: "bsu", Method: "POST", Route: "/v1/{inntektsaar}", Status: 200, Met: 3,
				How: []string{report.ByCause}, Reaction: report.Reaction{NewKey: 2, WentOn: 1},
			},
			{
				API: "bsu", Method: "POST", Route: "/v1/{inntektsaar}", Status: 400, Parent: "GLD_006",
				Code: "GLD_1028", How: []string{},
				Next: "curl -s http://127.0.0.1:8080/innrapporteringbsu/v1/2023 -H 'Sandkasse-Scenario: GLD_1028' | " +
					"head -c 100",
			},
			{API: "kobo", Status: 502, Met: 1, How: []string{"cause", "demand"}, Reaction: report.Reaction{GaveUp: 1}},
			{API: "kobo", Script: "kobo-webhook-lost", How: []string{}, Next: "curl -i http://127.0.0.1:8080/"},
		},
		Met: 2, Of: 4,
	}
	bad := twice
	bad.What, bad.Production, bad.Change, bad.Rule = hostile, hostile, hostile, "delivered-twice"
	return map[string]Input{
		"full":  {Report: full, Session: "default", Now: now, Version: "1.2.3"},
		"empty": {Report: report.Report{}, Session: "suite-1", Now: now, Version: "1.2.3"},
		"hostile": {
			Report: report.Report{
				Findings: []report.Finding{bad}, Off: []report.Off{{Rule: "rule", Reason: hostile}},
				Coverage: []report.Coverage{
					{API: hostile, Route: hostile, Status: 400, Code: hostile, Next: hostile},
					{API: hostile, Route: hostile, Status: 400, Code: hostile, Met: 1, How: []string{hostile}},
				}, Met: 1, Of: 2,
			}, Session: "default", Now: now, Version: "1.2.3",
		},
	}
}

// TestFormats: a report in each format is as people have read it.
func TestFormats(t *testing.T) {
	t.Parallel()
	for name, in := range inputs() {
		for _, format := range Formats() {
			if name == "hostile" || format.Name == "junit" { // which names all rules
				continue
			}
			golden.Compare(t, filepath.Join("testdata", name+"."+format.Name), format.Write(in))
		}
	}
}

// TestHostile: what stands in a report has no meaning in any format.
func TestHostile(t *testing.T) {
	t.Parallel()
	in := inputs()["hostile"]
	for _, format := range Formats() {
		text := string(format.Write(in))
		if strings.ContainsAny(text, "\x1b\u202e") {
			t.Errorf("%s has a character that is not seen: %q", format.Name, text)
		}
		if found := regexp.MustCompile(`\n *# h`).FindString(text); found != "" {
			t.Errorf("%s breaks a line of the report: %q", format.Name, found)
		}
	}
	if text := string(HTML(in)); strings.Contains(text, "<script") || strings.Count(text, "</details>") != 1 {
		t.Errorf("HTML has elements of the report: %s", text)
	}
	spans := regexp.MustCompile("(?s)```sh\n.*?\n```|```[^\n]*?```|`delivered-twice`|`rule`|`400`")
	text := spans.ReplaceAllString(string(Markdown(in)), "")
	text = strings.NewReplacer("**", "", "*In production:*", "", "*Change:*", "").Replace(text)
	for _, mark := range []string{"<script", "</code>", "`", "*", "_e", "[f]"} { // outside code spans
		if strings.Contains(text, mark) {
			t.Errorf("Markdown has %q: %s", mark, text)
		}
	}
	for line := range strings.Lines(string(Markdown(in))) {
		if cells := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"); strings.HasPrefix(line, "|") && cells != 5 {
			t.Errorf("a row has %d bars: %s", cells, line)
		}
	}
}

// TestJUnit: an independent parser reads the report of JUnit as what it says.
func TestJUnit(t *testing.T) {
	t.Parallel()
	rules := len(report.Rules())
	for name, want := range map[string]junit.Totals{
		"full":    {Tests: rules + 4, Passed: rules, Failed: 1, Skipped: 3},
		"empty":   {Tests: rules, Passed: rules},
		"hostile": {Tests: rules + 2, Passed: rules, Failed: 1, Skipped: 1},
	} {
		suites, err := junit.Ingest(JUnit(inputs()[name]))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var got junit.Totals
		for _, suite := range suites {
			got.Tests += suite.Totals.Tests
			got.Passed += suite.Totals.Passed
			got.Failed += suite.Totals.Failed
			got.Skipped += suite.Totals.Skipped
		}
		if got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	suites, err := junit.Ingest(JUnit(inputs()["full"]))
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range suites[0].Tests {
		if one.Name != "delivered-twice" {
			continue
		}
		message := "calls 3, 7 and 9, 2 times: the document of call 3 was stored, and was delivered again under " +
			"another idempotencyKey"
		if one.Status != junit.StatusFailed || one.Message != message || !strings.Contains(fmt.Sprint(one.Error),
			"Change: Make the idempotencyKey once") {
			t.Errorf("the case is %+v", one)
		}
	}
	missed := suites[1].Tests[1]
	if missed.Status != junit.StatusSkipped || missed.Name != "POST /v1/{inntektsaar} 400 GLD_006/GLD_1028" ||
		!strings.Contains(missed.Message, "curl -s") {
		t.Errorf("a line that was not met is %+v", missed)
	}
}

// TestMarkdownBound: Markdown is never longer than the summary of a step can be, and says what is
// missing.
func TestMarkdownBound(t *testing.T) {
	t.Parallel()
	in := inputs()["full"]
	for range 12 {
		in.Report.Findings = append(in.Report.Findings, in.Report.Findings...)
	}
	text := Markdown(in)
	if len(text) < maxMarkdown/2 || len(text) > maxMarkdown+1000 || !strings.Contains(string(text), "the beginning") {
		t.Errorf("%d bytes, %.100s", len(text), text)
	}
}

// TestBackticks: a block of code stands between more backticks than it has in a row.
func TestBackticks(t *testing.T) {
	t.Parallel()
	in := Input{Report: report.Report{Coverage: []report.Coverage{{API: "bsu", Status: 400, Next: "curl '````'"}}}}
	if text := string(Markdown(in)); !strings.Contains(text, "`````sh\n# any operation 400\ncurl '````'\n`````\n") {
		t.Errorf("the block is %s", text)
	}
}
