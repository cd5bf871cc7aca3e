package control

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// TestIndexIsWhole: /_sandkasse/ lists every operation, with the session in its address, and every
// one that it lists is there.
func TestIndexIsWhole(t *testing.T) {
	t.Parallel()
	w := testkit.NewClient(t, mocktest.Start(t), "a")
	index := w.Control("GET", "", "", nil)
	files, err := filepath.Glob("../../internal/control/*.go")
	if err != nil {
		t.Fatal(err)
	}
	registered := regexp.MustCompile(`c\.handle\("([A-Z]+) ([^"]+)"`)
	found := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, operation := range registered.FindAllStringSubmatch(string(text), -1) {
			line := regexp.MustCompile(`(?m)^  ` + operation[1] + ` +` +
				regexp.QuoteMeta(w.URL("")+"/_sandkasse/"+operation[2]) + `(\?.*)?$`)
			if found++; operation[2] != "{$}" && !line.MatchString(index) {
				t.Errorf("%s %s is not listed", operation[1], operation[2])
			}
		}
	}
	if found < 40 {
		t.Errorf("%d operations were found", found)
	}
	for line := range strings.Lines(index) {
		method, url, _ := strings.Cut(strings.TrimSpace(line), " ")
		path, isControl := strings.CutPrefix(strings.TrimSpace(url), w.URL("")+"/_sandkasse/")
		if !isControl {
			continue
		}
		path, _, _ = strings.Cut(path, "?")
		if path == "calls/live" { // which does not end
			continue
		}
		path = regexp.MustCompile(`\{[a-zA-Z]+\}`).ReplaceAllString(path, "x")
		if got := w.Call(method, w.URL("")+"/_sandkasse/"+path, "{"); got.Status == 405 || got.Status >= 500 ||
			strings.Contains(got.Body, "sandkasse has nothing at") {
			t.Errorf("%s %s is listed, and answered %d %s", method, path, got.Status, got.Body)
		}
	}
}
