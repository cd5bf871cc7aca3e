package main

import (
	"os"
	"strings"
	"testing"
)

// TestCompareDocumentStatus ends with 0 where a document and Sandkasse say the same, 1 where they differ, and 2 where
// the document cannot be used.
func TestCompareDocumentStatus(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../mock/tests/apiimport/testdata/boligsameie-api-1.0.0.json")
	if err != nil {
		t.Fatal(err)
	}
	document := string(text)
	for _, test := range []struct {
		stdin  string
		args   []string
		status int
	}{
		{document, nil, 0},
		{document, []string{"--api", "innrapportering-boligsameie"}, 0},
		{strings.Replace(document, `"maxLength": 200`, `"maxLength": 201`, 1), nil, 1},
		{document, []string{"--api", "kobo"}, 2},
		{document, []string{"--api", "nope"}, 2},
		{document[:100], nil, 2},
		{"{}", nil, 2},
		{`{"swagger": "2.0"}`, nil, 2},
	} {
		got := runHere(t, test.stdin, append([]string{"compare", "-"}, test.args...)...)
		if got.status != test.status || test.status == 2 && !got.isUsage() {
			t.Errorf("%.20q %q: %+v", test.stdin, test.args, got)
		}
	}
}
