package apiimport

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sandkasse/mock/internal/apidocument"
	"sandkasse/mock/internal/archive"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/schema"
)

// base is a document with the least that an API needs. EXTRA and BEIDES stand for further members
// of an oppgave and of the document.
const base = `{
"openapi": "VERSION", "info": {"title": "Innrapportering prøve API", "version": "1.0"},
"servers": [{"url": "https://innrapporteringproeve.api.skatteetaten.no/v1"}],
"paths": {"/{inntektsaar}": {"post": {
  "parameters": [{"name": "inntektsaar", "in": "path", "required": true, "schema": {"type": "string"}},
    {"name": "idempotencyKey", "in": "header", "required": true, "schema": {"type": "string"}}],
  "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Melding"}}}},
  "responses": {"200": {"description": "OK"}}}},
 "/{inntektsaar}/forsendelser/{forsendelseId}/dokumenter/{dokumentId}": {"get": {"responses": {"200": {"description": "OK"}}}}},
"components": {"schemas": {
  "Melding": {"type": "object", "required": ["leveranse"], "properties": {"leveranse": {"type": "object",
    "required": ["inntektsaar", "leveransetype", "oppgavegiver", "oppgave"], "properties": {
    "inntektsaar": {"type": "integer"}, "leveransetype": {"enum": ["ordinaer", "ingenoppgaver"]},
    "oppgavegiver": {"type": "object", "required": ["organisasjonsnummer"], "properties": {
      "organisasjonsnummer": {"type": "string", "pattern": "^[0-9]{9}$"}}},
    "oppgave": {"type": "array", "items": {"$ref": "#/components/schemas/Oppgave"}}}}}},
  "Oppgave": {"type": "object", "properties": {"beloep": {"type": "integer"} EXTRA}} BESIDES}}}`

// documentOf returns the base of a version, with more members of an oppgave and more schemas.
func documentOf(version, extra, besides string) []byte {
	if extra != "" {
		extra = ", " + extra
	}
	if besides != "" {
		besides = ", " + besides
	}
	return []byte(strings.NewReplacer("VERSION", version, "EXTRA", extra, "BESIDES", besides).Replace(base))
}

func known(t testing.TB) *catalog.Catalog {
	t.Helper()
	known, err := backend.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	return known
}

// sound imports a document, and checks that the catalogue takes what was made.
func sound(t testing.TB, text []byte) API {
	t.Helper()
	api, err := Import("api.json", text, known(t))
	if err != nil {
		t.Fatal(err)
	}
	files, err := archive.FS(api.Files)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := backend.Over(files, ""); err != nil {
		t.Fatal(err)
	}
	return api
}

// notes returns the texts of notes.
func notes(api API) (texts []string) {
	for _, note := range api.Notes {
		texts = append(texts, note.Text)
	}
	return texts
}

// file returns a file of an API whose name ends so.
func file(t testing.TB, api API, ending string) string {
	t.Helper()
	for _, file := range api.Files {
		if strings.HasSuffix(file.Name, ending) {
			return string(file.Text)
		}
	}
	t.Fatalf("no file %s", ending)
	return ""
}

// TestSchemas: a schema of OpenAPI becomes the JSON Schema that means the same, with a note on what
// cannot.
func TestSchemas(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, version, in, want, note string }{
		{"nullable", "3.0.3", `{"type": "string", "nullable": true}`, `{"type": ["string", "null"]}`, ""},
		{
			"nullable without type", "3.0.3", `{"nullable": true, "allOf": [{"type": "string"}]}`,
			`{"allOf": [{"type": "string"}]}`, "nullable without a type beside it has no effect in OpenAPI 3.0",
		},
		{
			"nullable enum", "3.0.3", `{"type": "string", "nullable": true, "enum": ["a"]}`,
			`{"type": ["string", "null"], "enum": ["a"]}`,
			"nullable has no effect beside an enum without null (OpenAPI 3.0.3)",
		},
		{
			"nullable 3.1",
			"3.1.0",
			`{"type": "string", "nullable": true}`,
			`{"type": "string"}`,
			"nullable is no keyword of OpenAPI 3.1",
		},
		{"types 3.1", "3.1.1", `{"type": ["string", "null"]}`, `{"type": ["string", "null"]}`, ""},
		{
			"exclusive 3.0",
			"3.0.0",
			`{"type": "number", "minimum": 0, "exclusiveMinimum": true, "maximum": 9, "exclusiveMaximum": false}`,
			`{"type": "number", "minimum": 0, "exclusiveMinimum": 0, "maximum": 9}`, "",
		},
		{
			"exclusive 3.1", "3.1.0", `{"type": "number", "exclusiveMinimum": 0}`,
			`{"type": "number", "exclusiveMinimum": 0}`, "",
		},
		{
			"int64", "3.0.3", `{"type": "integer", "format": "int64", "maximum": 9}`,
			`{"type": "integer", "maximum": 9, "minimum": -9223372036854775808}`, "",
		},
		{
			"int32", "3.0.3", `{"type": "integer", "format": "int32"}`,
			`{"type": "integer", "minimum": -2147483648, "maximum": 2147483647}`, "",
		},
		{"format", "3.0.3", `{"type": "string", "format": "date"}`, `{"type": "string", "format": "date"}`, ""},
		{
			"unknown format",
			"3.0.3",
			`{"type": "string", "format": "yyyy-MM"}`,
			`{"type": "string"}`,
			"the format yyyy-MM is not checked",
		},
		{"example", "3.0.3", `{"type": "string", "example": "x"}`, `{"type": "string", "examples": ["x"]}`, ""},
		{
			"examples 3.1",
			"3.1.0",
			`{"type": "string", "examples": ["x", "y"]}`,
			`{"type": "string", "examples": ["x", "y"]}`,
			"",
		},
		{
			"JavaScript's pattern",
			"3.0.3",
			`{"pattern": "^[\\u00e6-\\u00f8]\\/\\\\$"}`,
			`{"pattern": "^[\\x{00e6}-\\x{00f8}]/\\\\$"}`,
			"",
		},
		{
			"lookahead", "3.0.3", `{"pattern": "^(?=a)"}`, `{}`,
			"the pattern ^(?=a) cannot be used: it has a lookahead, a backreference or what Go's regexp has not either",
		},
		{
			"xml and docs",
			"3.0.3",
			`{"type": "string", "xml": {"name": "x"}, "externalDocs": {"url": "x"}}`,
			`{"type": "string"}`,
			"",
		},
		{
			"extension",
			"3.0.3",
			`{"type": "string", "x-order": 3}`,
			`{"type": "string"}`,
			"the extension x-order is not known",
		},
		{
			"discriminator",
			"3.0.3",
			`{"oneOf": [{"type": "string"}, {"type": "integer"}], "discriminator": {"propertyName": "t"}}`,
			`{"oneOf": [{"type": "string"}, {"type": "integer"}]}`,
			"discriminator is not looked at; the schemas beside it decide",
		},
		{"const", "3.1.0", `{"const": 3}`, `{"const": 3}`, ""},
		{"const 3.0", "3.0.3", `{"const": 3}`, `{}`, "const is no keyword that is taken from OpenAPI 3.0"},
		{
			"size",
			"3.0.3",
			`{"type": "string", "maxLength": "9"}`,
			`{"type": "string"}`,
			"maxLength cannot have this value",
		},
		{
			"required as of old",
			"3.0.3",
			`{"type": "object", "required": true}`,
			`{"type": "object"}`,
			"required cannot have this value",
		},
		{
			"required twice",
			"3.0.3",
			`{"type": "object", "required": ["a", "a"]}`,
			`{"type": "object", "required": ["a"]}`,
			"",
		},
		{
			"readOnly", "3.0.3", `{"required": ["a", "b"], "properties": {"a": {"readOnly": true}, "b": {}}}`,
			`{"required": ["b"], "properties": {"a": {"readOnly": true}, "b": {}}}`,
			"a is readOnly, and so not required of a delivery",
		},
		{
			"beside a reference", "3.0.3", `{"$ref": "#/components/schemas/Navn", "description": "d", "maxLength": 3}`,
			`{"$ref": "#/$defs/Navn", "description": "d"}`,
			"maxLength stands beside a $ref, where OpenAPI 3.0 ignores it",
		},
		{
			"beside a reference 3.1", "3.1.0", `{"$ref": "#/components/schemas/Navn", "maxLength": 3}`,
			`{"$ref": "#/$defs/Navn", "maxLength": 3}`, "",
		},
		{
			"no pointer", "3.1.0", `{"$ref": "#navn"}`, `{}`,
			"the $ref #navn is no pointer such as #/components/schemas/Leveranse; here anything is taken",
		},
		{
			"nowhere", "3.1.0", `{"$ref": "#/components/schemas/Nei"}`, `{}`,
			"the $ref #/components/schemas/Nei leads nowhere in the document; here anything is taken",
		},
		{
			"another file", "3.0.3", `{"$ref": "felles.yaml#/Navn"}`, `{}`,
			"the $ref felles.yaml#/Navn leads to another file, and no other file is read; export the document as one " +
				"(in SwaggerHub: resolved); here anything is taken",
		},
		{
			"an address", "3.0.3", `{"$ref": "http://127.0.0.1:1/x.json#/Navn"}`, `{}`,
			"the $ref http://127.0.0.1:1/x.json#/Navn leads to another file, and no other file is read; export the " +
				"document as one (in SwaggerHub: resolved); here anything is taken",
		},
		{
			"type",
			"3.0.3",
			`{"type": "file"}`,
			`{}`,
			"type must be one of array, boolean, integer, number, object, string, null",
		},
		{"no schema", "3.0.3", `7`, `{}`, "this is no schema; here anything is taken"},
		{"true", "3.1.0", `true`, `true`, ""},
		{
			"with names and patterns",
			"3.1.0",
			`{"patternProperties": {"^a": {"type": "string"}, "(?!b)": {}}, "dependentRequired": {"a": ["b"]}}`,
			`{"patternProperties": {"^a": {"type": "string"}}, "dependentRequired": {"a": ["b"]}}`,
			"the pattern (?!b) cannot be used: it has a lookahead, a backreference or what Go's regexp has not either",
		},
		{
			"default in a place of its own",
			"3.0.3",
			`{"type": "string", "default": {"$ref": "x"}}`,
			`{"type": "string", "default": {"$ref": "x"}}`,
			"",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			api := sound(t, documentOf(test.version, `"x": `+test.in, `"Navn": {"type": "string"}`))
			var made struct {
				Defs map[string]struct{ Properties map[string]any } `json:"$defs"`
			}
			var want any
			if err := json.Unmarshal([]byte(file(t, api, "schemas/innrapportering/proeve.json")), &made); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(test.want), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, made.Defs["Oppgave"].Properties["x"]); diff != "" {
				t.Error(diff)
			}
			var noted []string
			if test.note != "" {
				noted = []string{test.note}
			}
			if diff := cmp.Diff(noted, notes(api)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestReferences: references to references, to what contains them, to the same place twice and to
// places within schemas are followed; those that say nothing are taken out.
func TestReferences(t *testing.T) {
	t.Parallel()
	api := sound(t, documentOf("3.0.3",
		`"a": {"$ref": "#/components/schemas/En"}, "tre": {"$ref": "#/components/schemas/Tre"},
		 "inni": {"$ref": "#/components/schemas/Melding/properties/leveranse/properties/oppgavegiver"},
		 "rar": {"$ref": "#/components/schemas/Rart%20navn~1%C3%A6"}, "ring": {"$ref": "#/components/schemas/Ring"},
		 "fire": {"allOf": [{"$ref": "#/components/schemas/Fire"}]}`,
		`"En": {"$ref": "#/components/schemas/To"}, "To": {"$ref": "#/components/schemas/Slutt"},
		 "Slutt": {"type": "string", "maxLength": 3},
		 "Tre": {"type": "object", "properties": {"barn": {"type": "array", "items": {"$ref": "#/components/schemas/Tre"}}}},
		 "Rart navn/æ": {"type": "boolean"},
		 "Ring": {"$ref": "#/components/schemas/Ring2"}, "Ring2": {"allOf": [{"$ref": "#/components/schemas/Ring"}]},
		 "Fire": {"anyOf": [{"oneOf": [{"$ref": "#/components/schemas/Fire"}, {"type": "string"}]}]}`))
	files, err := archive.FS(api.Files)
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := schema.Compile(files, "schemas/innrapportering/proeve.json")
	if err != nil {
		t.Fatal(err)
	}
	validate := func(oppgave string) (stier []string) {
		document, err := schema.Decode([]byte(`{"leveranse": {"inntektsaar": 2024, "leveransetype": "ordinaer",
			"oppgavegiver": {"organisasjonsnummer": "319000003"}, "oppgave": [` + oppgave + `]}}`))
		if err != nil {
			t.Fatal(err)
		}
		for _, avvik := range compiled.Validate(document) {
			stier = append(stier, strings.TrimPrefix(avvik.Sti, "/leveranse/oppgave/0/"))
		}
		return stier
	}
	if stier := validate(`{"a": "abc", "tre": {"barn": [{"barn": []}]}, "inni": {"organisasjonsnummer": "319000003"},
		"rar": true, "ring": 1, "fire": "x"}`); len(stier) > 0 {
		t.Errorf("a good document is refused at %v", stier)
	}
	want := []string{"a", "inni/organisasjonsnummer", "rar", "tre/barn/0/barn"}
	got := validate(`{"a": "abcd", "tre": {"barn": [{"barn": 7}]}, "inni": {}, "rar": 1}`)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	noted := notes(api)
	slices.Sort(noted)
	if diff := cmp.Diff([]string{
		"Fire refers to itself for the same value, which says nothing",
		"Ring refers to itself for the same value, which says nothing",
	}, noted); diff != "" {
		t.Error(diff)
	}
}

// TestOperations: paths, keys and places are the document's, and there is a note on each other
// operation.
func TestOperations(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer(
		`"/{inntektsaar}": {"post": {`,
		`"/{aar}/innsending": {"get": {"responses": {}}, "post": {"callbacks": {}, `,
		`{"name": "idempotencyKey", "in": "header", "required": true, "schema": {"type": "string"}}`,
		`{"name": "kanal", "in": "query"}, {"$ref": "#/components/parameters/Spor"}`,
		`"content": {"application/json"`,
		`"content": {"application/xml": {}, "application/json;charset=utf-8"`,
		`"200": {"description": "OK"}}}},`,
		`"201": {"description": "OK", "headers": {}, "links": {}, "content": {"text/csv": {}}}}}},`,
		`"/{inntektsaar}/forsendelser/{forsendelseId}/dokumenter/{dokumentId}": {"get"`,
		`"/{aar}/kvittering/{id}": {"$ref": "#/components/pathItems/Kvittering"}, "/borte": {"$ref": "x.yaml"}, "/{aar}/x": {"get"`,
		`"oppgave": {"type": "array", "items": {"$ref": "#/components/schemas/Oppgave"}}`,
		`"oppgaver": {"type": "object", "required": ["oppgave"], "properties": {"oppgave": {"type": "array", "items": {"$ref": "#/components/schemas/Oppgave"}}}}`,
		`"oppgavegiver", "oppgave"]`,
		`"oppgavegiver", "oppgaver"]`,
		`"components": {`,
		`"webhooks": {}, "components": {"parameters": {"Spor": {"name": "Spor", "in": "header"}},
			"pathItems": {"Kvittering": {"delete": {"responses": {}}}}, `,
		`"servers": [{"url": "https://innrapporteringproeve.api.skatteetaten.no/v1"}]`,
		`"servers": [{"url": "http://localhost:8080"}, {"url": "https://virtserver.swaggerhub.com/x/1"},
			{"url": "https://api.{env}.no/proeve/v2", "variables": {"env": {"default": "example"}}},
			{"url": "https://test.example.no/proeve/v2"}, {"url": "https://annen.example.no/v3"}]`,
	).Replace(string(documentOf("3.1.0", "", "")))
	api := sound(t, []byte(text))
	want := []string{
		"POST /{aar}/innsending takes JSON only, not application/xml",
		"the $ref x.yaml leads to another file, and no other file is read; export the document as one (in SwaggerHub: resolved)",
		"the parameter kanal (query) is not looked at",
		"the parameter Spor (header) is not looked at",
		"GET /{aar}/innsending is not imitated; it is answered 501 in Sandkasse's own name, or as an unknown address",
		"DELETE /{aar}/kvittering/{id} is not imitated; it is answered 501 in Sandkasse's own name, or as an unknown address",
		"GET /{aar}/x is not imitated; it is answered 501 in Sandkasse's own name, or as an unknown address",
		"the server localhost is on one machine only, and is left out",
		"the server virtserver.swaggerhub.com imitates the API itself, and is left out",
		"the server annen.example.no/v3 has another label or path than the first, and is left out",
		"webhooks are not sent",
		"callbacks are not made",
		"POST /{aar}/innsending is answered with 200, not 201",
		"the headers of the answer are not set",
		"links are not known",
		"POST /{aar}/innsending is not answered as text/csv",
	}
	slices.Sort(want)
	got := notes(api)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	written := file(t, api, "proeve/proeve.yaml")
	for _, line := range []string{
		"label: proeve", `hosts: [api.example.no/proeve]`, `testHosts: [test.example.no/proeve]`, "name: proeve",
	} {
		if !strings.Contains(written, line+"\n") {
			t.Errorf("%q is missing in\n%s", line, written)
		}
	}
	written = file(t, api, "proeve/family.yaml")
	for _, line := range []string{
		`    paths: ["/v2/{inntektsaar}/innsending"]`, `  - "DELETE /v2/{aar}/kvittering/{id}"`,
		`  - "GET /v2/{aar}/innsending"`, "  oppgave: /leveranse/oppgaver/oppgave",
	} {
		if !strings.Contains(written, line+"\n") {
			t.Errorf("%q is missing in\n%s", line, written)
		}
	}
	for _, text := range []string{"idempotent", "uthenting_dokument"} {
		if strings.Contains(written, text) {
			t.Errorf("%q is in\n%s", text, written)
		}
	}
}

// TestCodesAndScope: codes of the examples of errors, the scope of the security scheme and the
// members of the answer are taken.
func TestCodesAndScope(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer(
		`"200": {"description": "OK"}}}},`,
		`"200": {"description": "OK", "content": {"application/json": {"schema":
			{"properties": {"forsendelseId": {}, "dialogId": {}, "sum": {}}}}}},
		"400": {"$ref": "#/components/responses/Feil"}}}},`,
		`"components": {`,
		`"security": [{"maskinporten": ["skatteetaten:proeve"]}], "components": {"responses": {"Feil": {"description": "x", "content":
			{"application/json": {"examples": {
				"a": {"value": {"kode": "GLD_006", "melding": "Feil i kallet", "spesifisering": [{"kode": "GLD_1099", "melding": "Ny"}]}},
				"b": {"value": {"kode": "GLD_099", "melding": "Helt ny"}},
				"c": {"value": {"kode": "rar kode", "melding": "x"}}}}}}}, `,
	).Replace(string(documentOf("3.0.3", "", "")))
	api := sound(t, []byte(text))
	written := file(t, api, "proeve.yaml")
	for _, line := range []string{
		`  GLD_006: {status: 400, melding: "Feil i kallet"}`, `  GLD_099: {status: 400, melding: "Helt ny"}`,
		`  GLD_1099: "Ny"`, `scope: "skatteetaten:proeve"`, "svar: [forsendelseId, dialogId]",
		"# The document has no example: this one is made from the schema.",
	} {
		if !strings.Contains(written, line+"\n") {
			t.Errorf("%q is missing in\n%s", line, written)
		}
	}
	if diff := cmp.Diff([]string{
		"the answer to a delivery has no sum",
		"the code GLD_099 is answered on demand only; no cause is known",
		"the code rar kode is left out: it needs a melding, and an answer with a status from 400 to 599",
	}, notes(api)); diff != "" {
		t.Error(diff)
	}
	if len(api.Assumed) != 5 {
		t.Errorf("assumed is %v", api.Assumed)
	}
	lines := strings.Split(written, "\n")
	for _, one := range api.Assumed {
		if lines[one.Line-2] != "# "+one.Text {
			t.Errorf("%v is about the line %q", one, lines[one.Line-1])
		}
	}
}

// TestExamples: the first example that fits is taken; without any, one is put together from those of
// the members.
func TestExamples(t *testing.T) {
	t.Parallel()
	good := `{"leveranse": {"inntektsaar": 2022, "leveransetype": "ordinaer",
		"oppgavegiver": {"organisasjonsnummer": "319000003"}, "oppgave": [{"beloep": 7}]}}`
	for name, test := range map[string]struct{ from, to, want, note string }{
		"of the body": {`"application/json": {`, `"application/json": {"example": ` + good + `, `, `"beloep": 7`, ""},
		"several": {
			`"application/json": {`,
			`"application/json": {"examples": {"a": {"externalValue": "http://127.0.0.1:1/"},
				"b": {"value": {"leveranse": {}}}, "c": {"value": ` + good + `}}, `,
			`"beloep": 7`,
			"the example a is at another address, which is not read",
		},
		"of the schema": {`"Melding": {`, `"Melding": {"example": ` + good + `, `, `"beloep": 7`, ""},
		"of the members": {
			`"inntektsaar": {"type": "integer"}, "leveransetype": {`,
			`"inntektsaar": {"type": "integer", "example": 2021}, "leveransetype": {`,
			`"inntektsaar": 2021`, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(
				string(documentOf("3.0.3", `"sted": {"type": "string", "enum": ["A"]}`, "")),
				test.from,
				test.to,
				1,
			)
			text = strings.Replace(
				text,
				`"pattern": "^[0-9]{9}$"`,
				`"pattern": "^[0-9]{9}$", "example": "319000003"`,
				1,
			)
			text = strings.Replace(
				text,
				`"beloep": {"type": "integer"}`,
				`"beloep": {"type": "integer", "example": 3}`,
				1,
			)
			api := sound(t, []byte(text))
			if got := file(t, api, "examples/proeve.json"); !strings.Contains(got, test.want) {
				t.Errorf("the example is %s", got)
			}
			if noted := notes(api); test.note == "" && len(noted) > 0 ||
				test.note != "" && !slices.Contains(noted, test.note) {
				t.Errorf("noted is %q", noted)
			}
		})
	}
}

// TestRules: the feedback looks at what names suggest, and a sletteoppgave that could delete
// nothing is left out.
func TestRules(t *testing.T) {
	t.Parallel()
	oppgave := `"eier": {"type": "object", "required": ["foedselsnummer"], "properties": {
		"foedselsnummer": {"type": "string"}, "navn": {"type": "string"}}}, "kontonummer": {"type": "string"}`
	with := func(sletteoppgave string) []byte {
		return []byte(strings.Replace(string(documentOf("3.0.3", oppgave, "")), `"oppgave": {"type": "array"`,
			`"sletteoppgave": {"type": "array", "items": {"type": "object", `+sletteoppgave+`}},
			"oppgaveoppsummering": {"type": "object", "properties": {"antallOppgaver": {"type": "integer"}, "sumBeloep": {"type": "integer"}, "sumAndre": {"type": "integer"}}},
			"oppgave": {"type": "array"`, 1))
	}
	api := sound(
		t,
		with(
			`"required": ["eier"], "properties": {"eier": {"type": "object", "required": ["foedselsnummer"], "properties": {"foedselsnummer": {"type": "string"}, "navn": {"type": "string"}}}}`,
		),
	)
	want := `tilbakemelding:
  antallOppgaver: /leveranse/oppgaveoppsummering/antallOppgaver
  sums:
    - {sum: /leveranse/oppgaveoppsummering/sumBeloep, of: /beloep}
  identifiers:
    leveranse:
      - {at: /leveranse/oppgavegiver/organisasjonsnummer, kind: organisasjonsnummer}
    oppgave:
      - {at: /kontonummer, kind: kontonummer}
      - {at: /eier/foedselsnummer, kind: foedselsnummer}
    sletteoppgave:
      - {at: /eier/foedselsnummer, kind: foedselsnummer}
  identity:
    - /eier/foedselsnummer
`
	if got := file(t, api, "innrapportering/proeve.yaml"); !strings.HasSuffix(got, want) {
		t.Error(got)
	}
	api = sound(t, with(`"properties": {"loepenummer": {"type": "string"}}`))
	if noted := notes(api); len(noted) != 1 ||
		noted[0] != "a sletteoppgave is taken and deletes nothing: no oppgave has /loepenummer" {
		t.Errorf("noted is %q", noted)
	}
	if strings.Contains(file(t, api, "proeve/family.yaml"), "sletteoppgave") {
		t.Error("sletteoppgaver are looked at")
	}
}

// TestUnusable: what no API can be made of is refused with the reason.
func TestUnusable(t *testing.T) {
	t.Parallel()
	good := string(documentOf("3.0.3", "", ""))
	deep := strings.Repeat(`{"allOf":[`, 40) + `{}` + strings.Repeat(`]}`, 40)
	var many strings.Builder
	for i := range maxSchemas + 1 {
		fmt.Fprintf(&many, `"m%d": {},`, i)
	}
	for _, test := range [][2]string{
		{
			`{"swagger": "2.0"}`,
			"api.json is a document of Swagger 2.0; it must be one of OpenAPI 3.0 or 3.1, into which SwaggerHub converts it",
		},
		{
			`{"asyncapi": "2.0"}`,
			`api.json is no OpenAPI document: it has no member openapi, such as "openapi": "3.0.3"`,
		},
		{
			`[]`,
			`api.json is no OpenAPI document: it has no member openapi, such as "openapi": "3.0.3"`,
		},
		{
			`{"openapi": "3.2.0"}`,
			"api.json is a document of OpenAPI 3.2.0; it must be one of 3.0 or 3.1",
		},
		{
			`{"openapi": "3.0.3"}`,
			"the document has no operation that is a delivery: a POST to a path with one parameter, such as /{inntektsaar}, with a JSON body that has a schema; only deliveries and their documents can be imported",
		},
		{
			strings.Replace(good, `"leveransetype": {"enum"`, `"slag": {"enum"`, 1),
			"the schema of a delivery has no leveransetype, which a delivery must have to be imitated",
		},
		{
			`{"openapi": "3.0.3",`,
			"api.json:1: the document is not well-formed JSON (column 21): dokumentet slutter for tidlig: det mangler «}» til slutt",
		},
		{
			string(documentOf("3.0.3", `"x": `+deep, "")),
			"api.json:17: the document is not well-formed JSON",
		},
		{
			string(documentOf("3.0.3", `"x": {"properties": {`+strings.TrimSuffix(many.String(), ",")+`}}`, "")),
			"the body of a delivery has more than 20000 schemas, those that it refers to counted",
		},
		{
			strings.Replace(good, `"oppgave"]`, `"oppgave"], "not": {}`, 1),
			"the document has no example of a delivery that fits its schema, and none could be made; put one into it, as example beside the schema of the body",
		},
		{
			string(documentOf("3.0.3", `"x": {"pattern": "^`+strings.Repeat("a{1,1000}", 6)+`$"}`, "")),
			"the schema of a delivery cannot be used",
		},
		{
			"{" + strings.Repeat(" ", apidocument.MaxSize),
			"api.json: the document is larger than 16384 KiB, the most that is read",
		},
		{
			"openapi: 3.0.3\npaths: &a {x: *a}\n",
			"api.json:1: the document is not well-formed JSON",
		},
	} {
		text, want := test[0], test[1]
		_, err := Import("api.json", []byte(text), known(t))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.80q: %v, want %s", text, err, want)
		}
	}
}

// TestNotesAreBounded: a document may have any number of faults.
func TestNotesAreBounded(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for i := range 1_000 {
		fmt.Fprintf(&many, `"m%d": {"format": "f%d", "x-same": 1},`, i, i)
	}
	api := sound(t, documentOf("3.0.3", strings.TrimSuffix(many.String(), ","), ""))
	if len(api.Notes) != maxNotes || api.Untold != 801 {
		t.Errorf("%d notes and %d more", len(api.Notes), api.Untold)
	}
	if same := api.Notes[1]; same.Text != "the extension x-same is not known" || same.More != 999 {
		t.Errorf("the second note is %+v", same)
	}
}

// FuzzImport: whatever a document has, it is refused in words, or what is made of it is sound.
func FuzzImport(f *testing.F) {
	f.Add(documentOf("3.0.3", `"x": {"nullable": true}`, ""))
	f.Add(documentOf("3.1.0", `"x": {"$ref": "#/components/schemas/Oppgave"}`, `"y": {}`))
	f.Add([]byte("openapi: 3.0.3\npaths: {/{x}: {post: {requestBody: {content: {application/json: {schema: {}}}}}}}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		api, err := Import("api", text, known(t))
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		files, err := archive.FS(api.Files)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := backend.Over(files, ""); err != nil && !strings.Contains(err.Error(), "is taken by") {
			t.Errorf("%v\n%s", err, text)
		}
	})
}

// TestChangedDocuments: a document with other words in some places is refused in words, or what is
// made of it is sound.
func TestChangedDocuments(t *testing.T) {
	t.Parallel()
	words := []string{
		`"$ref"`, `"allOf"`, `"oneOf"`, `"type"`, `"not"`, `"items"`, `"properties"`, `null`, `[]`, `{}`, `"array"`,
		`"object"`,
		`"oppgave"`,
		`"#/components/schemas/Melding"`,
		`"#/components/schemas/Oppgave"`,
		`"enum"`,
		`"required"`,
		`-1`,
		`"post"`,
		`"default"`,
		`"example"`,
		`"name"`,
		`"x: y"`,
		`"ø\n#"`,
		`"sletteoppgave"`,
		`"antallOppgaver"`,
		`"servers"`,
	}
	text, builtIn := regexp.MustCompile(`"[^"]*"`), known(t)
	rapid.Check(t, func(t *rapid.T) {
		version := rapid.SampledFrom([]string{"3.0.3", "3.1.0"}).Draw(t, "version")
		document := string(documentOf(version, `"x": {"$ref": "#/components/schemas/Y", "nullable": true}`,
			`"Y": {"type": "string", "example": "y"}`))
		places := text.FindAllStringIndex(document, -1)
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			place := places[rapid.IntRange(0, len(places)-1).Draw(t, "place")]
			word := rapid.SampledFrom(words).Draw(t, "word")
			document = document[:place[0]] + word + document[place[1]:]
			places = text.FindAllStringIndex(document, -1)
		}
		api, err := Import("api.json", []byte(document), builtIn)
		if err != nil {
			return
		}
		files, err := archive.FS(api.Files)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := backend.Over(files, ""); err != nil {
			t.Errorf("%v\n%s", err, document)
		}
	})
}

// TestManyOperationsAndCodes: a document with more than a file may name is imported in part.
func TestManyOperationsAndCodes(t *testing.T) {
	t.Parallel()
	var paths, codes strings.Builder
	for i := range 3_000 {
		fmt.Fprintf(&paths, `"/x%d/{id}": {"get": {}, "post": {}},`, i)
		fmt.Fprintf(
			&codes,
			`"e%d": {"value": {"kode": "GLD_%d", "melding": "M", "spesifisering": [{"kode": "S_%[1]d", "melding": "S"}]}},`,
			i,
			i,
		)
	}
	text := strings.NewReplacer(`"paths": {`, `"paths": {`+paths.String(), `"200": {"description": "OK"}}}},`,
		`"200": {"description": "OK"}, "400": {"content": {"application/json": {"examples": {`+
			strings.TrimSuffix(codes.String(), ",")+`}}}}}}},`).Replace(string(documentOf("3.0.3", "", "")))
	api := sound(t, []byte(text))
	if written := file(t, api, "family.yaml"); strings.Count(written, "/x") != maxOthers {
		t.Errorf("%d operations are not imitated", strings.Count(written, "/x"))
	}
	if count := strings.Count(file(t, api, "proeve.yaml"), "GLD_"); count > maxCodes {
		t.Errorf("%d codes", count)
	}
}
