package innrapportering

import (
	"encoding/json"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"sandkasse/fixtures/examples"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/schema"
	"sandkasse/schemas"
)

// testAPIs returns the reporting APIs by name.
func testAPIs(t testing.TB) map[string]*catalog.API {
	t.Helper()
	checks := map[string]catalog.Part{}
	for _, name := range []string{
		"token", "scope", "systembruker", "consumer", "accept", "accept-json-or-xml", "accept-document", "content-type",
		"body-size", "idempotency-key",
		"inntektsaar", "inntektsaar-supported", "json", "schema", "inntektsaar-in-path", "metadata", "hovedenhet",
		"right-to-report",
	} {
		checks[name] = catalog.Part{}
	}
	families := fstest.MapFS{}
	for _, family := range []string{"innrapportering", "boligsameie"} {
		files, err := fs.Glob(catalog.Embedded(), family+"/*.yaml")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			text, err := fs.ReadFile(catalog.Embedded(), name)
			if err != nil {
				t.Fatal(err)
			}
			families[name] = &fstest.MapFile{Data: text}
		}
	}
	known, err := catalog.Load(catalog.Files{
		APIs: families, Schemas: schemas.Embedded(),
		Examples: examples.Embedded(),
	}, catalog.Vocabulary{
		Checks: checks, Behaviours: map[string]catalog.Part{"innsending": {}, "dokument": {}}, Svar: ReceiptMembers(),
		ErrorBodies: []string{"spesifisering", "feil"},
	})
	if err != nil {
		t.Fatal(err)
	}
	apis := map[string]*catalog.API{}
	for _, api := range known.APIs {
		apis[api.Name] = api
	}
	return apis
}

// example returns the API's page's example.
func example(_ testing.TB, api *catalog.API) []byte { return slices.Clone(api.Example) }

// decode reads a document as the server does.
func decode(t testing.TB, text []byte) any {
	t.Helper()
	document, err := schema.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// yearOf returns the inntektsaar that a document states.
func yearOf(t testing.TB, api *catalog.API, document any) int {
	t.Helper()
	value, _ := api.Felter.First(api.Felter.Inntektsaar).In(document)
	year, err := value.(json.Number).Int64()
	if err != nil {
		t.Fatal(err)
	}
	return int(year)
}

// codes returns the avvik by code and place, a line each.
func codes(found []avvik) []string {
	lines := []string{}
	for _, a := range found {
		at, _, _ := strings.Cut(a.Beskrivelse, ": ")
		lines = append(lines, string(a.Avvikskode)+" "+at)
	}
	return lines
}
