package house

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestChoices: every K number that is cited stands in docs/choices.md, and every one there is cited
// where it matters.
func TestChoices(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "docs", "choices.md"))
	if err != nil {
		t.Fatal(err)
	}
	number := regexp.MustCompile(`\bK[0-9]{3}\b`)
	listed := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if k := number.FindString(line); strings.HasPrefix(line, "| "+k+" ") && k != "" {
			listed[k] = true
		}
	}
	cited := map[string][]string{}
	err = filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !slices.Contains([]string{".go", ".yaml", ".json"}, filepath.Ext(name)) ||
			strings.Contains(filepath.ToSlash(name), "/testdata/") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := os.ReadFile(name)
		for _, k := range number.FindAllString(string(text), -1) {
			cited[k] = append(cited[k], name)
		}
		return err
	})
	if err != nil || len(listed) == 0 {
		t.Fatalf("%d choices listed: %v", len(listed), err)
	}
	for k, files := range cited {
		if !listed[k] {
			t.Errorf("%s is cited in %v and not listed", k, files)
		}
	}
	for k := range listed {
		if cited[k] == nil {
			t.Errorf("%s is listed and cited nowhere", k)
		}
	}
}
