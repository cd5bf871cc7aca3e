package catalog

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock/internal/yamlfile"
)

// TestFaultsOverEmbedded reports the same faults, with the same lines, whether only the embedded files with faults
// are parsed or all of them.
func TestFaultsOverEmbedded(t *testing.T) {
	t.Parallel()
	embedded := embeddedFiles(t)
	text := func(name, old, changed string) string {
		original := string(embedded[name].Data)
		if !strings.Contains(original, old) {
			t.Fatalf("%s has no %q", name, old)
		}
		return strings.Replace(original, old, changed, 1)
	}
	const bsu, family = "innrapportering/bsu.yaml", "innrapportering/family.yaml"
	everything := map[string]bool{}
	for name := range embedded {
		everything[name] = true
	}
	for name, test := range map[string]struct {
		file, text string
		parsed     int // embedded files
	}{
		"broken":                {bsu, "7", 0},
		"a year":                {bsu, text(bsu, "first: 2015", "first: x"), 0},
		"no such schema":        {bsu, text(bsu, "schema: ", "schema: x/"), 0},
		"a label that is taken": {"innrapportering/aa.yaml", text(bsu, "name: bsu", "name: aa"), 1},
		"a code in no list": {
			family, text(family, "spesifisering: [GLD_1047]", "spesifisering: [GLD_1999]"), len(everything) - 1,
		},
		"a schema of an API":     {"schemas/innrapportering/bsu.json", `{"type": 7}`, 0},
		"an example":             {"examples/bsu.json", "{", 0},
		"a schema nobody names":  {"schemas/innrapportering/none.json", "{}", 0},
		"an API in no family":    {"none.yaml", "a: b", 0},
		"a file of another kind": {"innrapportering/bsu.yml", "a: b", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := builtIn(embedded)
			files.Proved = true
			files = files.Over(fstest.MapFS{test.file: {Data: []byte(test.text)}}, "dir")
			faults := func(files Files) (list yamlfile.Faults) {
				_, err := Load(files, vocabulary)
				if !errors.As(err, &list) {
					t.Fatal(err)
				}
				return list
			}
			found := faults(files)
			all := files
			all.parse = everything
			if diff := cmp.Diff(faults(all), found); diff != "" {
				t.Error(diff)
			}
			folders, err := listFiles(files.APIs)
			if err != nil {
				t.Fatal(err)
			}
			if parsed := withoutLines(files.APIs, folders, found); len(parsed) != test.parsed {
				t.Errorf("parsed %d: %v", len(parsed), parsed)
			}
		})
	}
}
