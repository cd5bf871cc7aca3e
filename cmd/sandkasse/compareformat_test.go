package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/joshdk/go-junit"

	"sandkasse/mock"
)

// comparedHAR returns a recording with a call that is the same in Sandkasse, two that differ in the same way, one that
// differs in others, and one that is elsewhere.
func comparedHAR() string {
	same := strings.TrimSuffix(wrongMethodHAR[strings.Index(wrongMethodHAR, `{
  "started`):], "]}}")
	another := strings.Replace(same, "HTTP-metode ikke støttet", "Metoden finnes ikke\x7f <&", 1)
	entries := []string{
		same, strings.Replace(same, `"value": "POST"`, `"value": "PUT"`, 1), strings.Replace(same,
			`"value": "POST"`, `"value": "PUT"`, 1),
		another, strings.Replace(same, "innrapporteringbsu.api", "www", 1),
	}
	for i := range entries { // which have ids of their own
		entries[i] = strings.Replace(entries[i], "c5306696", fmt.Sprintf("c530669%d", i), 1)
	}
	return `{"log": {"entries": [` + strings.Join(entries, ",") + `]}}`
}

// TestCompareFormats: all formats have the same differences, and an independent reader of JUnit finds them.
func TestCompareFormats(t *testing.T) {
	t.Parallel()
	text := runHere(t, comparedHAR(), "compare", "-")
	for _, line := range []string{
		"header, Allow, bsu GET /v1/{inntektsaar}\n  theirs: PUT\n  ours:   POST\n",
		"  in 2:   call 2, GET /v1/2023 at 2026-01-15T12:00:00.000Z; call 3, GET /v1/2023 at 2026-01-15T12:00:00.000Z\n",
		"melding, /melding, bsu GET /v1/{inntektsaar}, K002\n  theirs: Metoden finnes ikke\\x7f <&\n  ours:   HTTP-metode ikke støttet\n",
		"\n-: compared 4, differences 2\nnot compared: 1, to no imitated API (call 5)\n",
	} {
		if text.status != 1 || !strings.Contains(text.stdout, line) {
			t.Errorf("%d, without %q:\n%s", text.status, line, text.stdout)
		}
	}
	var shown struct {
		File string
		OK   bool
		mock.Comparison
	}
	got := runHere(t, comparedHAR(), "compare", "--format", "json", "-")
	if err := json.Unmarshal([]byte(got.stdout), &shown); err != nil || got.status != 1 || shown.OK ||
		shown.File != "-" ||
		shown.Compared != 4 || len(shown.Differences) != 2 || shown.Differences[0].Count != 2 ||
		len(shown.NotCompared) != 1 ||
		fmt.Sprint(shown.Operations) != "[{bsu GET /v1/{inntektsaar} 4}]" {
		t.Errorf("%d %v %+v", got.status, err, shown)
	}

	got = runHere(t, comparedHAR(), "compare", "--format", "junit", "-")
	suites, err := junit.Ingest([]byte(got.stdout))
	if err != nil || got.status != 1 || len(suites) != 1 || len(suites[0].Tests) != 2 {
		t.Fatalf("%d %v: %s", got.status, err, got.stdout)
	}
	failed, skipped := suites[0].Tests[0], suites[0].Tests[1]
	if suites[0].Totals.Failed != 1 || suites[0].Totals.Skipped != 1 || failed.Name != "GET /v1/{inntektsaar}" ||
		failed.Classname != "bsu" || failed.Status != junit.StatusFailed || skipped.Name != "to no imitated API" {
		t.Errorf("%+v", suites[0])
	}
	if reason, ok := errors.AsType[junit.Error](failed.Error); !ok || reason.Message != "2 differences" ||
		!strings.Contains(reason.Body, "header, Allow") || !strings.Contains(reason.Body,
		"Metoden finnes ikke\\x7f <&") {
		t.Errorf("%#v", failed.Error)
	}
	got = runHere(t, wrongMethodHAR, "compare", "--format", "junit", "-")
	suites, err = junit.Ingest([]byte(got.stdout))
	if err != nil || got.status != 0 || len(suites) != 1 || suites[0].Totals.Passed != 1 ||
		suites[0].Totals.Tests != 1 {
		t.Errorf("%d %v: %s", got.status, err, got.stdout)
	}
}

// TestCompareStatus: a recording that cannot be used ends with 2, and one sentence that says where.
func TestCompareStatus(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"log":{"entries":[{}]}}`: "- cannot be compared: log.entries[0] has no request",
		`{"log":{"entries":[`:      "- cannot be compared: its JSON ends too early: the file is cut off",
		`{"log":{"entries":[]}}`:   "- has no call to an imitated API, so there is nothing to compare",
		`{"log":{"entries":[{"request":{"method":"GET","url":"https://test.maskinporten.no/jwk"},` +
			`"response":{"status":200}}]}}`: "- cannot be compared: no call says when it was made; " +
			"startedDateTime must be a time such as 2026-01-15T12:00:00.000Z",
		strings.Replace(wrongMethodHAR, "innrapporteringbsu.api", "www",
			1): "- has no call to an imitated API, so there is " +
			"nothing to compare; its calls are: 1 to no imitated API",
	} {
		if got := runHere(t, text, "compare", "-"); !got.isUsage() || got.stderr != "sandkasse: "+want+"\n" {
			t.Errorf("%s: %+v", text, got)
		}
	}
}
