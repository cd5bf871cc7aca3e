package testkit

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"sandkasse/mock/internal/schema"
)

//go:embed testdata/dialogporten.json
var dialogText []byte

// DialogSchemas returns the shape of each of Dialogporten's answers by its name, from the members
// and enumerations in docs/sources/dialogporten.md.
var DialogSchemas = sync.OnceValues(func() (map[string]*jsonschema.Schema, error) {
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat = true
	if err := compiler.AddResource("schema.json", bytes.NewReader(dialogText)); err != nil {
		return nil, err
	}
	all := map[string]*jsonschema.Schema{}
	for _, name := range []string{
		"page", "dialog", "transmissions", "transmission", "activities", "describedActivity",
		"seenlog", "seen", "limits", "metadata", "jwks", "problem",
	} {
		compiled, err := compiler.Compile("schema.json#/$defs/" + name)
		if err != nil {
			return nil, err
		}
		all[name] = compiled
	}
	return all, nil
})

// IsDialogAnswer checks that a body has the shape of that name, without any other member.
func IsDialogAnswer(t *testing.T, name string, body []byte) {
	t.Helper()
	schemas, err := DialogSchemas()
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		t.Fatalf("no JSON: %v: %s", err, body)
	}
	if err := schemas[name].Validate(value); err != nil {
		t.Errorf("no %s: %#v\n%s", name, err, body)
	}
}

// officialText has the types of the official document of boligsameie, transcribed.
//
//go:embed testdata/boligsameie-api-1.0.0.json
var officialText []byte

// OfficialType returns a type of the official document of boligsameie.
func OfficialType(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat = true
	if err := c.AddResource("official:///all.json", bytes.NewReader(officialText)); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("official:///all.json#/$defs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// IsOfficial checks an answer against a type of the official document of boligsameie.
func IsOfficial(t *testing.T, name string, answer *httptest.ResponseRecorder) {
	t.Helper()
	value, err := schema.Decode(answer.Body.Bytes())
	if err != nil {
		t.Errorf("%s: %v: %s", name, err, answer.Body)
	} else if err := OfficialType(t, name).Validate(value); err != nil {
		t.Errorf("%s: %v: %s", name, err, answer.Body)
	}
}
