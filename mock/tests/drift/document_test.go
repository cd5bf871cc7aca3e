// Package drift tests what a comparison of official OpenAPI documents with the catalogue finds.
package drift

import (
	"fmt"
	"os"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// official returns a document in the manner of an official one, with the facts of that one.
func official(t testing.TB, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(path.Join("../apiimport/testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func builtIn(t testing.TB) *mock.Catalog {
	t.Helper()
	catalog, err := mock.LoadCatalog(nil)
	if err != nil {
		t.Fatal(err)
	}
	return catalog
}

// lines returns differences in a line each: kind, operation, place, theirs, ours, choice, places.
func lines(found *mock.Comparison) (texts []string) {
	for _, d := range found.Differences {
		text := fmt.Sprintf("%s | %s %s | %s | %s", d.Kind, shortOperation(d.Operation), d.Place, d.Theirs, d.Ours)
		if d.Choice != "" {
			text += " | " + d.Choice
		}
		if d.Count > 1 {
			text += fmt.Sprintf(" | %d places", d.Count)
		}
		texts = append(texts, text)
	}
	return texts
}

// shortOperation returns the method of an operation of boligsameie, which has one with each.
func shortOperation(operation string) string {
	method, _, _ := strings.Cut(operation, " ")
	return method
}

// TestOfficialDocuments holds the facts of the official documents against the catalogue: they do not differ.
func TestOfficialDocuments(t *testing.T) {
	t.Parallel()
	catalog := builtIn(t)
	left := []string{
		"2: the document does not say which years are open (K009)",
		"2: the document names no header for the korrelasjonsid; it is optional (K035)",
		"1: the document says that a value may be any",
		"3: a document is in the format in which it was made, and Sandkasse makes JSON and XML (K504)",
	}
	for file, api := range map[string]string{
		"boligsameie-api-1.0.0.json":  "innrapportering-boligsameie",
		"boligselskap-api-1.0.1.yaml": "boligselskap",
	} {
		found, err := catalog.CompareDocument(file, official(t, file), "")
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff([]string(nil), lines(found)); diff != "" {
			t.Error(file, diff)
		}
		operations := []mock.ComparedOperation{
			{API: api, Operation: "POST /v1/{inntektsaar}", Count: 1},
			{
				API: api, Operation: "GET /v1/{inntektsaar}/forsendelser/{forsendelseId}/dokumenter/{dokumentId}",
				Count: 1,
			},
		}
		if diff := cmp.Diff(operations, found.Operations); diff != "" || found.Compared != 2 {
			t.Error(file, found.Compared, diff)
		}
		var reasons []string
		for _, one := range found.NotCompared {
			reasons = append(reasons, fmt.Sprintf("%d: %s", one.Count, one.Reason))
		}
		if diff := cmp.Diff(left, reasons); diff != "" {
			t.Error(file, diff)
		}
	}
}

// TestOwnDocuments compares Sandkasse's own document of each API with the catalogue, in JSON and YAML, of
// another year and under another address.
func TestOwnDocuments(t *testing.T) {
	t.Parallel()
	catalog := builtIn(t)
	for i, api := range catalog.APIs(time.Time{}) {
		if testkit.FewerData() && i%6 > 0 {
			continue
		}
		for _, options := range []mock.OpenAPIOptions{
			{},
			// a file of YAML has at most 1 MiB
			{
				YAML: api.Name != "authentication", At: time.Date(2019, 2, 3, 4, 5, 6, 0, time.UTC),
				BaseURL: "http://localhost:9999",
			},
		} {
			text, err := catalog.OpenAPI(api.Name, options)
			if err != nil {
				t.Fatal(err)
			}
			found, err := catalog.CompareDocument("own", text, "")
			if err != nil {
				t.Error(err)
				continue
			}
			if len(found.Differences) > 0 || found.Compared == 0 || len(found.NotCompared) > 0 {
				t.Error(api.Name, found.Compared, lines(found), found.NotCompared)
			}
			if got := found.Operations[0].API; got != api.Name {
				t.Errorf("the document of %s is taken for one of %s", api.Name, got)
			}
		}
	}
}

// TestImportedDocuments compares the official documents with the APIs that are made of them.
func TestImportedDocuments(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"boligsameie-api-1.0.0.json", "boligselskap-api-1.0.1.yaml"} {
		made, err := mock.ImportAPI(file, official(t, file))
		if err != nil {
			t.Fatal(err)
		}
		catalog, err := mock.LoadCatalog(made.Files)
		if err != nil {
			t.Fatal(err)
		}
		found, err := catalog.CompareDocument(file, official(t, file), "")
		if err != nil || len(found.Differences) > 0 || found.Compared != 2 {
			t.Error(file, err, lines(found))
		}
	}
}

// TestChoicesOfSchemas names the choices that the schemas without an official document rest on.
func TestChoicesOfSchemas(t *testing.T) {
	t.Parallel()
	catalog := builtIn(t)
	for _, test := range []struct{ api, old, changed, want string }{
		{"bsu", `"required": [`, `"x-required": [`, "K011"},
		{"egg", `"required": [`, `"x-required": [`, "K723"},
		{"egg", `"maximum": 9999`, `"maximum": 9998`, "K726"},
	} {
		text, err := catalog.OpenAPI(test.api, mock.OpenAPIOptions{})
		if err != nil {
			t.Fatal(err)
		}
		_, schemas, _ := strings.Cut(string(text), `"components": {`)
		planted := strings.Replace(string(text), schemas, strings.Replace(schemas, test.old, test.changed, 1), 1)
		found, err := catalog.CompareDocument("openapi.json", []byte(planted), "")
		if err != nil || len(found.Differences) == 0 || found.Differences[0].Choice != test.want {
			t.Errorf("%+v: %v, %q", test, err, lines(found))
		}
	}
}

// TestClosedDocument compares the document of a server that refuses unknown members: it refuses more than the
// catalogue does, and nothing else.
func TestClosedDocument(t *testing.T) {
	t.Parallel()
	catalog := builtIn(t)
	text, err := catalog.OpenAPI("bsu", mock.OpenAPIOptions{UnknownMembers: mock.RefuseUnknown})
	if err != nil {
		t.Fatal(err)
	}
	found, err := catalog.CompareDocument("bsu.json", text, "")
	if err != nil || len(found.Differences) == 0 {
		t.Fatal(err)
	}
	for i, line := range lines(found) {
		if d := found.Differences[i]; d.Kind != "additionalProperties" || d.Theirs != "refused" || d.Choice != "K010" {
			t.Error(line)
		}
	}
}
