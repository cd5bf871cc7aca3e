package yamlfile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadTree(t *testing.T) {
	t.Parallel()
	value, faults := ReadTree("api.yaml", []byte(`openapi: 3.0.3
paths:
  /x:
    200: |
      two
      lines
z: &z {n: 1.50, s: "1.50", t: ~, b: true, day: 2026-06-30, octal: 010}
a: [*z, no]
`))
	want := `{
  "openapi": "3.0.3",
  "paths": {
    "/x": {"200": "two\nlines\n"}
  },
  "z": {
    "n": 1.50,
    "s": "1.50",
    "t": null,
    "b": true,
    "day": "2026-06-30",
    "octal": "010"
  },
  "a": [
    {
      "n": 1.50,
      "s": "1.50",
      "t": null,
      "b": true,
      "day": "2026-06-30",
      "octal": "010"
    },
    "no"
  ]
}
`
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if diff := cmp.Diff(want, string(value.JSON())); diff != "" {
		t.Error(diff)
	}
	if line := value.Get("z").Line; line != 7 {
		t.Errorf("z stands in line %d", line)
	}
}

// TestReadTreeHostile: aliases that multiply or hold themselves are refused, and nothing is put in
// silently.
func TestReadTreeHostile(t *testing.T) {
	t.Parallel()
	var laughs strings.Builder
	laughs.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 12; i++ {
		fmt.Fprintf(
			&laughs,
			"a%d: &a%d [%s]\n",
			i,
			i,
			strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9)+fmt.Sprintf("*a%d", i-1),
		)
	}
	for text, want := range map[string]string{
		laughs.String():          "f: " + tooMuch,
		"a: &a [*a, *a]":         "f: " + tooMuch,
		"a: &a {b: *a}":          "f: " + tooMuch,
		"a: *b":                  "f:1: there is no anchor &b in the file; the alias *b must be of one",
		"a: &a {}\nb:\n  <<: *a": "f:3: the members of another mapping are put in here with <<; write them out",
		"a: 1\na: 2":             "f:2: \"a\" is given twice, first in line 1; give it once",
		"a: [":                   "f:1: a ] is missing, or a comma between two elements in [ ]",
	} {
		value, faults := ReadTree("f", []byte(text))
		if value != nil || len(faults) == 0 || faults[0].String() != want {
			t.Errorf("%.60q: %v, want %s", text, faults, want)
		}
	}
}
