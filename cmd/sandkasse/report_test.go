package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"sandkasse/mock"
)

// TestReport: what the command prints in each format, and with which status it ends.
func TestReport(t *testing.T) {
	t.Parallel()
	server := sandbox(t)
	deliverBSU(t, server, "", firstKey)
	deliverBSU(t, server, "", "0e984725-c51c-4bf4-9960-e1c80e27aba0")
	deliverBSU(t, server, "good", firstKey)
	const broken = "sandkasse: there are findings: 1 error\n"
	const off = "--off=delivered-twice=we do that, on purpose"
	for _, test := range []struct {
		args   []string
		status int
		stdout string // a part of it
		stderr string // all of it
	}{
		{nil, 0, "session default: 1 error", ""},
		{nil, 0, "error delivered-twice: calls 1 and 2\n", ""},
		{[]string{"--session", "good", "--fail-on", "warning"}, 0, "session good: ", ""},
		{[]string{"--fail-on", "error"}, 1, "error delivered-twice", broken},
		{[]string{"--fail-on", "warning", "--format", "md"}, 1, "## Sandkasse", broken},
		{[]string{"--fail-on", "error", off}, 0, "delivered-twice: we do that, on purpose\n", ""},
		{
			[]string{"--off", "delivered-twice=a", "--off", "delivered-twice=b"},
			2, "",
			"sandkasse: the rule delivered-twice is switched off twice; give it once\n",
		},
		{[]string{"--off", "delivered-twice="}, 2, "", "sandkasse: off=delivered-twice:: the rule delivered-twice is " +
			"switched off without a reason; the report shows the reason, so give one, such as that the agency has " +
			"agreed to it\n"},
		{[]string{"--format", "junit"}, 0, "<testsuites", ""},
		{[]string{"--format", "html"}, 0, "<!DOCTYPE html>", ""},
		{[]string{"--min-coverage", "0"}, 0, "session default", ""},
		{[]string{"--session", "nobody", "--min-coverage", "1"}, 1, "session nobody: no findings; ", "sandkasse: the " +
			"coverage is 0 % (0 of 0), less than 1 %\n"},
	} {
		got := runHere(t, "", append([]string{"report", "--url", server.URL("")}, test.args...)...)
		if got.status != test.status || !strings.Contains(got.stdout, test.stdout) || got.stderr != test.stderr {
			t.Errorf("%q: %+v", test.args, got)
		}
	}
	var made mock.Report
	got := runHere(t, "", "report", "--format", "json", "--api", "bsu", "--api", "kobo", "--url", server.URL(""))
	if err := json.Unmarshal([]byte(got.stdout), &made); err != nil ||
		!slices.ContainsFunc(made.Findings, func(f mock.Finding) bool { return f.Rule == "delivered-twice" }) {
		t.Errorf("JSON: %v, %+v", err, got)
	}
	if got := runHere(t, "", "report", "--api", "bus", "--url", server.URL("")); !got.isUsage() ||
		!strings.Contains(got.stderr, `there is no API "bus"`) {
		t.Errorf("an unknown API: %+v", got)
	}
}
