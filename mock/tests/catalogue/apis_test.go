package catalogue

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"sandkasse/fixtures/examples"
	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/internal/token"
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
	walkCatalogue(t, dir, func(api *catalog.API) bool { return api.Name == "honning" })
	known, err := mock.LoadCatalog(os.DirFS(dir))
	if err != nil || len(known.APIs(testkit.Noon)) < 2 {
		t.Fatalf("not with other APIs: %v", err)
	}
}

// fileBlock matches a block of a document that is a file of its own.
var fileBlock = regexp.MustCompile("(?s)```(?:yaml|json) file=own/([^\n]+)\n(.*?)```")

// TestFollowingTheDocumentation: the files that docs/extending.md has for the page of an API, and
// nothing else, are an API that the whole catalogue test walks, and whose generated deliveries are
// taken.
func TestFollowingTheDocumentation(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "extending.md"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, block := range fileBlock.FindAllStringSubmatch(string(text), -1) {
		testkit.WriteFile(t, filepath.Join(dir, block[1]), block[2])
	}
	walkCatalogue(t, dir, func(api *catalog.API) bool { return api.Name == "solkraft" })
	s := testkit.NewServer(t, mock.Options{
		APIs: mock.Dir(dir), Feedback: mock.FeedbackStrict, Clock: func() time.Time { return testkit.Noon },
	})
	api := backend.Of(s).Catalog.ByName("solkraft")
	if api == nil {
		t.Fatal("the document has no API solkraft")
	}
	documents, err := s.Catalog().Generate(mock.GenerateOptions{Kind: "solkraft", Count: 20, Oppgaver: 5})
	if err != nil {
		t.Fatal(err)
	}
	for document, err := range documents {
		var body bytes.Buffer
		if err == nil {
			_, err = document.WriteTo(&body)
		}
		if err != nil {
			t.Fatal(err)
		}
		c := testkit.GoodCall(t, s, api, api.Routes[0])
		c.Body = body.Bytes()
		org, _ := testkit.Member(t, c.Body, api.Felter.Oppgavegiver).(string)
		c.Header.Set("Authorization", "Bearer "+testkit.Mint(t, s, api, func(g *token.Spec) { g.Org = org }))
		c.Header.Set("idempotencyKey", uuid.NewString())
		c.Year("2024")
		if f := testkit.Forsendelse(t, s, c.Do(s)); f.Leveransestatus != "godkjent" {
			t.Errorf("%s is %s", body.Bytes(), f.Leveransestatus)
		}
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
	file := filepath.Join(dir, "innrapportering", "honning.yaml")
	spoil := strings.NewReplacer("\nscope:", "\nscoop:", "status: 409", "status: 99",
		"example: honning.json", "example: nope.json")
	testkit.WriteFile(t, file, spoil.Replace(testkit.ReadFile(t, os.DirFS(dir), "innrapportering/honning.yaml")))
	testkit.WriteFile(t, filepath.Join(dir, "stray.yaml"), "name: stray")
	testkit.WriteFile(t, filepath.Join(dir, "innrapportering", "broken.yaml"), "name: [")
	_, err := mock.New(mock.Options{APIs: mock.Dir(dir)})
	var faults *mock.FaultsError
	if !errors.As(err, &faults) || len(faults.Faults) < 6 {
		t.Fatalf("started with %v", err)
	}
	for _, want := range []string{
		file + `:6: "scoop" is not a member here`, ": the API has no scope",
		"GLD_019 has status 99", `the example "nope.json" cannot be read`,
		filepath.Join(dir, "stray.yaml") + ": an API file stands in the folder of its family",
		filepath.Join(dir, "innrapportering", "broken.yaml") + ":",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in\n%v", want, err)
		}
	}
}
