package house

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestOneAddress: what writes answers puts no address together itself, but takes the public one of
// the call from package address.
func TestOneAddress(t *testing.T) {
	t.Parallel()
	own := regexp.MustCompile(`"https?://("|%)|\.TLS\b|"://`)
	files := 0
	for _, folder := range []string{
		"control", "dialogporten", "docspage", "gateway", "innrapportering", "kobo", "maskinporten", "openapi",
		"webhook", "wire",
	} {
		names, err := filepath.Glob(filepath.Join(root, "mock", "internal", folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			files++
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for i, line := range strings.Split(string(text), "\n") {
				if own.MatchString(line) {
					t.Errorf("%s:%d makes an address of its own: %s", name, i+1, strings.TrimSpace(line))
				}
			}
		}
	}
	if files < 50 {
		t.Errorf("%d files were read", files)
	}
}
