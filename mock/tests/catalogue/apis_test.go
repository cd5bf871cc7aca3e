package catalogue

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sandkasse/fixtures/examples"
	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/testkit"
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
	dir := testkit.OwnAPI(t)
	walkCatalogue(t, dir, func(api *catalog.API) bool { return api.Name == "egg" })
	known, err := mock.LoadCatalog(os.DirFS(dir))
	if err != nil || len(known.APIs(testkit.Noon)) < 2 {
		t.Fatalf("not with other APIs: %v", err)
	}
}

// TestOwnSchema: a schema in the folder stands in for the built-in one of the same name.
func TestOwnSchema(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	text := strings.NewReplacer(`"maxLength": 100`, `"maxLength": 21`, `"maxLength": 200`, `"maxLength": 21`).Replace(
		testkit.ReadFile(t, schemas.Embedded(), "innrapportering/bsu.json"))
	testkit.WriteFile(t, filepath.Join(dir, "schemas", "innrapportering", "bsu.json"), text)
	document := testkit.ReadFile(t, examples.Embedded(), "bsu.json")
	if _, err := mock.LoadCatalog(mock.Dir(dir)); err == nil {
		t.Error("the example does not fit, and the folder is sound")
	}
	testkit.WriteFile(t, filepath.Join(dir, "examples", "bsu.json"),
		strings.NewReplacer("EksternReferanse_2015_1", "R", "Johan Boligkontobryter", "Johan").Replace(document))
	known, err := mock.LoadCatalog(mock.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	violations, err := known.Validate("bsu", []byte(document))
	if err != nil || len(violations) != 2 {
		t.Errorf("%v, %v; want the two texts that are longer than 21", violations, err)
	}
}

// TestOwnFaults: all faults of all files are reported at once, each with its file on disk and its
// line.
func TestOwnFaults(t *testing.T) {
	t.Parallel()
	dir := testkit.OwnAPI(t)
	file := filepath.Join(dir, "innrapportering", "egg.yaml")
	spoil := strings.NewReplacer("\nscope:", "\nscoop:", "status: 409", "status: 99",
		"example: egg.json", "example: nope.json")
	testkit.WriteFile(t, file, spoil.Replace(testkit.ReadFile(t, os.DirFS(dir), "innrapportering/egg.yaml")))
	testkit.WriteFile(t, filepath.Join(dir, "stray.yaml"), "name: stray")
	testkit.WriteFile(t, filepath.Join(dir, "innrapportering", "broken.yaml"), "name: [")
	_, err := mock.New(mock.Options{APIs: mock.Dir(dir)})
	var faults *mock.FaultsError
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
			t.Errorf("%q is not in\n%v", want, err)
		}
	}
}
