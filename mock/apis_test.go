package mock

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sandkasse/fixtures/examples"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/catalog"
	"sandkasse/schemas"
)

// TestBuiltInIsProved: what is built in has no fault; a server takes that for granted, so that it
// starts quickly.
func TestBuiltInIsProved(t *testing.T) {
	t.Parallel()
	if _, err := catalog.Load(backend.Files(), backend.Vocabulary()); err != nil {
		t.Error(err)
	}
}

// TestOwnAPI: a folder of files adds an API, which the whole catalogue test then walks.
func TestOwnAPI(t *testing.T) {
	t.Parallel()
	dir := ownAPI(t)
	walkCatalogue(t, dir, func(api *catalog.API) bool { return api.Name == "egg" })
	known, err := LoadCatalog(os.DirFS(dir))
	if err != nil || len(known.APIs(noon)) < 2 {
		t.Fatalf("not with other APIs: %v", err)
	}
}

// TestOwnSchema: a schema in the folder stands in for the built-in one of the same name.
func TestOwnSchema(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := strings.NewReplacer(`"maxLength": 100`, `"maxLength": 21`, `"maxLength": 200`, `"maxLength": 21`).Replace(
		read(t, schemas.Embedded(), "innrapportering/bsu.json"))
	write(t, filepath.Join(dir, "schemas", "innrapportering", "bsu.json"), text)
	document := read(t, examples.Embedded(), "bsu.json")
	if _, err := LoadCatalog(Dir(dir)); err == nil {
		t.Error("the example does not fit, and the folder is sound")
	}
	write(t, filepath.Join(dir, "examples", "bsu.json"),
		strings.NewReplacer("EksternReferanse_2015_1", "R", "Johan Boligkontobryter", "Johan").Replace(document))
	known, err := LoadCatalog(Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	violations, err := known.Validate("bsu", []byte(document))
	if err != nil || len(violations) != 2 {
		t.Errorf("%v, %v; want the two texts that are longer than 21", violations, err)
	}
}

// TestOwnFaults: all faults of all files are told at once, each with its file on disk and its line.
func TestOwnFaults(t *testing.T) {
	t.Parallel()
	dir := ownAPI(t)
	file := filepath.Join(dir, "innrapportering", "egg.yaml")
	write(t, file, strings.NewReplacer("\nscope:", "\nscoop:", "status: 409", "status: 99", "example: egg.json",
		"example: nope.json").Replace(
		read(t, os.DirFS(dir), "innrapportering/egg.yaml")))
	write(t, filepath.Join(dir, "stray.yaml"), "name: stray")
	write(t, filepath.Join(dir, "innrapportering", "broken.yaml"), "name: [")
	_, err := New(Options{APIs: Dir(dir)})
	var faults *FaultsError
	if !errors.As(err, &faults) || len(faults.Faults) < 6 {
		t.Fatalf("started with %v", err)
	}
	for _, want := range []string{
		file + `:5: "scoop" is not a member here`, ": the API has no scope",
		"GLD_019 has status 99", `the example "nope.json" cannot be read`,
		filepath.Join(dir, "stray.yaml") + ": an API file stands in the folder of its family",
		filepath.Join(dir, "innrapportering", "broken.yaml") + ":",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told in\n%v", want, err)
		}
	}
}

// ownAPI is a folder that adds the API egg, in the likeness of bsu.
func ownAPI(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "innrapportering", "egg.yaml"),
		strings.NewReplacer("name: bsu", "name: egg", "label: innrapporteringbsu", "label: innrapporteringegg",
			"bsu.json", "egg.json", "innrapporteringboligsparingungdom",
			"innrapporteringegg").Replace(read(t, catalog.Embedded(), "innrapportering/bsu.yaml")))
	write(t, filepath.Join(dir, "schemas", "innrapportering", "egg.json"),
		read(t, schemas.Embedded(), "innrapportering/bsu.json"))
	write(t, filepath.Join(dir, "examples", "egg.json"), read(t, examples.Embedded(), "bsu.json"))
	return dir
}

func read(t *testing.T, files fs.FS, name string) string {
	t.Helper()
	text, err := fs.ReadFile(files, name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
