package report

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/joshdk/go-junit"

	"sandkasse/mock/internal/report"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// deliveredTwice returns a client that has delivered a document twice.
func deliveredTwice(t *testing.T) testkit.Client {
	t.Helper()
	c := testkit.NewClient(t, mocktest.Start(t), "suite")
	c.Delivered(1)
	c.Dialog(c.Delivered(2).DialogID) // which has the feedback
	return c
}

// get asks for the report with a query and the headers.
func get(c testkit.Client, query string, headers ...string) testkit.Response {
	return c.Call("GET", c.URL("")+"/_sandkasse/report"+query, "", headers...)
}

// TestFormat: the report comes in the format that is asked for, by the query or the Accept header, with
// its content type; the query goes before the header.
func TestFormat(t *testing.T) {
	t.Parallel()
	c := deliveredTwice(t)
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for _, test := range []struct{ query, accept, contentType, has string }{
		{"", "", "application/json", `"rule": "delivered-twice"`},
		{"", "*/*", "application/json", `"off": []`},
		{"", browser, "text/html; charset=utf-8", "<!DOCTYPE html>"},
		{"?format=json", browser, "application/json", `"findings"`},
		{"", "text/markdown", "text/markdown; charset=utf-8", "## Sandkasse: 1 error"},
		{"", "application/json;q=0.1, text/xml;q=0.5", "application/xml; charset=utf-8", "<testsuites"},
		{"", "text/html;q=0, image/png", "application/json", `"findings"`},
		{"?format=text", "", "text/plain; charset=utf-8", "session suite: 1 error"},
		{"?format=md", "", "text/markdown; charset=utf-8", "`delivered-twice` (calls 1 and 2)"},
		{"?format=junit", "", "application/xml; charset=utf-8", `name="delivered-twice"`},
		{"?format=html", "", "text/html; charset=utf-8", "<code>delivered-twice</code>"},
	} {
		got := get(c, test.query, "Accept", test.accept)
		if got.Status != http.StatusOK || got.Header.Get("Content-Type") != test.contentType ||
			!strings.Contains(got.Body, test.has) {
			t.Errorf("%+v: %d %s %.300s", test, got.Status, got.Header.Get("Content-Type"), got.Body)
		}
	}
	if suites, err := junit.Ingest([]byte(get(c, "?format=junit").Body)); err != nil ||
		suites[0].Totals.Tests != len(report.Rules()) || suites[0].Totals.Failed != 1 {
		t.Errorf("JUnit: %v, %+v", err, suites)
	}
	policy := get(c, "?format=html").Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("the policy of the page is %q", policy)
	}
}

// TestRefused: what cannot be asked for is refused, in the words of who asked, with what would be right.
func TestRefused(t *testing.T) {
	t.Parallel()
	c := testkit.NewClient(t, mocktest.Start(t), "default")
	for query, want := range map[string]string{
		"?format=htm":              `format is "htm"; did you mean html? it must be one of json, text, md, junit, html`,
		"?format=":                 `format is ""; it must be one of`,
		"?off=delivered-twise:why": `there is no rule "delivered-twise"; did you mean delivered-twice?`,
		"?off=delivered-twice":     "without a reason",
		"?off=delivered-twice:a&off=delivered-twice:b": "is switched off twice",
		"?api=bsu2":                           `there is no API "bsu2"; there are bsu, aandsverk`,
		"?fail=note":                          `fail is "note"; it must be error`,
		"?minCoverage=101":                    "it must be a whole number from 0 to 100",
		"?format=md&format=html":              "the parameter format is given 2 times",
		"?of=x":                               `"of" is not a parameter here; did you mean off?`,
		"?" + strings.Repeat("off=a:b&", 101): "100 times",
	} {
		if got := get(c, query); got.Status != http.StatusBadRequest || !strings.Contains(got.Body, want) {
			t.Errorf("%.80s: %d %s, want %s", query, got.Status, got.Body, want)
		}
	}
}

// TestOff: a rule that is switched off has no findings, and the report has the reason in each format.
func TestOff(t *testing.T) {
	t.Parallel()
	c := deliveredTwice(t)
	const off = "?off=delivered-twice:our+suite+does+that,+on+purpose"
	var got report.Report
	if err := json.Unmarshal([]byte(get(c, off).Body), &got); err != nil {
		t.Fatal(err)
	}
	const reason = "our suite does that, on purpose"
	if want := (report.Off{Rule: "delivered-twice", Reason: reason}); len(got.Findings) != 0 ||
		!slices.Equal(got.Off, []report.Off{want}) {
		t.Errorf("%+v", got)
	}
	for _, format := range []string{"text", "md", "junit", "html"} {
		if body := get(c, off+"&format="+format).Body; !strings.Contains(body, reason) {
			t.Errorf("%s does not have the reason: %s", format, body)
		}
	}
	if suites, err := junit.Ingest([]byte(get(c, off+"&format=junit").Body)); err != nil ||
		suites[0].Totals.Failed != 0 || suites[0].Totals.Skipped != 1 {
		t.Errorf("JUnit: %v, %+v", err, suites)
	}
}

// TestLimits: a report that breaks a limit is answered with 409 and the header that says which, and has
// all that it has otherwise.
func TestLimits(t *testing.T) {
	t.Parallel()
	c := deliveredTwice(t)
	for _, test := range []struct {
		query  string
		status int
		header string
	}{
		{"?fail=error", 409, "there are findings: 1 error"},
		{"?fail=warning&format=md", 409, "there are findings: 1 error"},
		{"?fail=error&off=delivered-twice:on+purpose", 200, "no findings; "},
		{"?minCoverage=0", 200, "1 error"},
		{"?minCoverage=100&format=html", 409, "the coverage is "},
	} {
		got := get(c, test.query)
		if header := got.Header.Get("Sandkasse-Report"); got.Status != test.status ||
			!strings.HasPrefix(header, test.header) || got.Body == "" {
			t.Errorf("%s: %d %q %.100s", test.query, got.Status, header, got.Body)
		}
		if got.Header.Get("Sandkasse-Feil") != "" {
			t.Errorf("%s: a broken limit is no fault of the request: %v", test.query, got.Header)
		}
	}
}
