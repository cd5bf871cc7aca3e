package testkit

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sandkasse/fixtures/examples"
	"sandkasse/mock/internal/catalog"
	"sandkasse/schemas"
)

// OwnAPI returns a folder for mock.Options.APIs that adds the API honning, in the likeness of bsu.
func OwnAPI(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	WriteFile(t, filepath.Join(dir, "innrapportering", "honning.yaml"),
		strings.NewReplacer("name: bsu", "name: honning", "label: innrapporteringbsu", "label: innrapporteringhonning",
			"bsu.json", "honning.json", "innrapporteringboligsparingungdom",
			"innrapporteringhonning").Replace(ReadFile(t, catalog.Embedded(), "innrapportering/bsu.yaml")))
	WriteFile(t, filepath.Join(dir, "schemas", "innrapportering", "honning.json"),
		ReadFile(t, schemas.Embedded(), "innrapportering/bsu.json"))
	WriteFile(t, filepath.Join(dir, "examples", "honning.json"), ReadFile(t, examples.Embedded(), "bsu.json"))
	return dir
}

// ReadFile returns the text of a file of a file system.
func ReadFile(t *testing.T, files fs.FS, name string) string {
	t.Helper()
	text, err := fs.ReadFile(files, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// WriteFile writes a file, and the folders that it lies in.
func WriteFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
