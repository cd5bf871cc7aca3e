package drift

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"sandkasse/mock"
)

// TestUnusableDocuments tells what is wrong with documents that cannot be compared.
func TestUnusableDocuments(t *testing.T) {
	t.Parallel()
	catalog := builtIn(t)
	boligsameie := string(official(t, "boligsameie-api-1.0.0.json"))
	noServer := strings.NewReplacer(`"servers"`, `"x-servers"`).Replace(boligsameie)
	everything, err := catalog.OpenAPI("all", mock.OpenAPIOptions{})
	if err != nil {
		t.Fatal(err)
	}
	control, err := catalog.OpenAPI("control", mock.OpenAPIOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ text, api, want string }{
		"nothing":         {"", "", "openapi.json:1: the document is not well-formed JSON"},
		"broken":          {boligsameie[:5000], "", "openapi.json:"},
		"a list":          {"[]", "", "openapi.json is no OpenAPI document: it has no member openapi"},
		"Swagger 2.0":     {`{"swagger": "2.0"}`, "", "openapi.json is a document of Swagger 2.0; it must be"},
		"a later version": {`{"openapi": "3.2.0"}`, "", "openapi.json is a document of OpenAPI 3.2.0; it must be"},
		"no operations": {
			`{"openapi": "3.1.0", "servers": [{"url": "https://innrapporteringbsu.api.skatteetaten.no"}]}`, "",
			"openapi.json has no operation of bsu, so there is nothing to compare; --api names another API",
		},
		"no clue": {
			strings.Replace(noServer, "Innrapportering boligsameie API", "API", 1), "",
			"neither servers, paths nor title of openapi.json say which API it is of; name one with --api NAME: aandsverk, ",
		},
		"two servers": {
			strings.Replace(boligsameie, "innrapporteringboligsameie", "innrapporteringbsu", 1), "",
			"openapi.json may be of bsu, innrapportering-boligsameie; name one with --api NAME",
		},
		"all APIs":  {string(everything), "", "openapi.json may be of aandsverk, "},
		"control":   {string(control), "", "neither servers, paths nor title of openapi.json say which API it is of"},
		"no API":    {boligsameie, "boligsamei", `there is no API "boligsamei"; did you mean boligsameie? there`},
		"wrong API": {boligsameie, "kobo", "openapi.json has no operation of kobo, so there is nothing to compare"},
		"another version": {
			strings.ReplaceAll(boligsameie, ".no/v1", ".no/v2"), "",
			"openapi.json has no operation of innrapportering-boligsameie, so there is nothing to compare: its servers " +
				"and paths lead to POST /v2/{inntektsaar}, " +
				"GET /v2/{inntektsaar}/forsendelser/{forsendelseId}/dokumenter/{dokumentId}, and expected were " +
				"POST /v1/{inntektsaar}, GET ",
		},
		"a reference to nothing": {
			string(changed(t, `SCHEMA Leveranse properties kildesystem = {"$ref": "#/components/schemas/Nope"}`)), "",
			"openapi.json:1: the $ref #/components/schemas/Nope leads nowhere in the document",
		},
		"a reference to a file": {
			string(changed(t, `POST requestBody = {"$ref": "body.yaml"}`)), "",
			"the $ref body.yaml leads to another file, and no other file is read",
		},
		"a reference to itself": {
			string(changed(t, `POST responses default = {"$ref": "#/components/responses/A"}
				components responses = {"A": {"$ref": "#/components/responses/A"}}`)), "",
			"the $ref leads from one to the next for ever",
		},
		"no schema": {
			string(changed(t, `SCHEMA Kildesystem = "string"`)), "",
			"this is no schema (#/components/schemas/Kildesystem)",
		},
		"a number without end": {
			string(changed(t, `SCHEMA Antall maximum = 1E999`)), "",
			"",
		},
	} {
		found, err := catalog.CompareDocument("openapi.json", []byte(test.text), test.api)
		if test.want == "" {
			if err != nil || len(found.Differences) == 0 {
				t.Error(name, err)
			}
			continue
		}
		if !errors.As(err, new(*mock.ArgumentError)) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNamedAPI compares a document without a clue with the API that is named.
func TestNamedAPI(t *testing.T) {
	t.Parallel()
	text := strings.NewReplacer(`"servers"`, `"x-servers"`, "Innrapportering boligsameie API", "API",
		`"/{inntektsaar}`, `"/v1/{inntektsaar}`).Replace(string(official(t, "boligsameie-api-1.0.0.json")))
	found, err := builtIn(t).CompareDocument("openapi.json", []byte(text), "innrapportering-boligsameie")
	if err != nil || len(found.Differences) > 0 || found.Compared != 2 {
		t.Error(err, lines(found))
	}
}

// TestHostileDocuments compares documents that are made to take for ever: the limits end that.
func TestHostileDocuments(t *testing.T) {
	t.Parallel()
	catalog := builtIn(t)
	doubling := func(keyword string, levels int) string {
		var b strings.Builder
		for i := range levels {
			to := fmt.Sprintf(`{"$ref": "#/components/schemas/L%d"}`, i+1)
			fmt.Fprintf(&b, "SCHEMA L%d = {\"%s\": [%s, %s]}\n", i, keyword, to, to)
		}
		fmt.Fprintf(&b, "SCHEMA L%d = {\"type\": \"string\"}\n", levels)
		return b.String()
	}
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i, i)
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	kildesystem := "SCHEMA Leveranse properties kildesystem = "
	refers := kildesystem + `{"$ref": "#/components/schemas/A"}` + "\n"
	for name, test := range map[string]struct{ changes, want string }{
		"a loop": {`SCHEMA Leveranse allOf = [{"$ref": "#/components/schemas/Leveranse"}]`, ""},
		"a loop of two": {
			refers + `SCHEMA A = {"$ref": "#/components/schemas/B"}
				SCHEMA B = {"$ref": "#/components/schemas/A"}`, "",
		},
		"a loop of values": {
			`SCHEMA Leveranse properties oppgave items = {"$ref": "#/components/schemas/Leveranse"}`, "",
		},
		"alternatives of themselves": {
			refers + `SCHEMA A = {"oneOf": [{"$ref": "#/components/schemas/A"}, {"type": "string"}]}`,
			"alternatives stand in each other more than 10 deep",
		},
		"doubled by allOf": {doubling("allOf", 60) + kildesystem + `{"$ref": "#/components/schemas/L0"}`, ""},
		"doubled by alternatives": {
			doubling("oneOf", 60) + kildesystem + `{"$ref": "#/components/schemas/L0"}`,
			"alternatives stand in each other",
		},
		"many alternatives": {
			kildesystem + `{"oneOf": [` +
				many(1000, `{"oneOf": [{"$ref": "#/components/schemas/A"}, {"minimum": %d%.0d}]},`) + "]}\n" +
				`SCHEMA A = {"oneOf": [` + many(1000, `{"type": "integer", "maximum": %d%.0d},`) + "]}",
			"the document leads to more than 100000 schemas, the most that are compared",
		},
		"many members": {
			`SCHEMA Leveranse properties = {` + many(3000, `"m%d": {"title": "%d"},`) + "}",
			"properties has 3000 entries; at most 2000 are compared",
		},
		"many values": {`SCHEMA Leveransetype enum = [` + many(3000, `"m%d%.0d",`) + "]", "enum has 3000 entries"},
		"a large pattern": {
			`SCHEMA Kommunenummer pattern = "^([0-9]?){900}[0-9a-zA-ZæøåÆØÅ]{0,900}x$"`, "",
		},
		"a pattern of many states": {`SCHEMA Kommunenummer pattern = "^[0-9]*[1-5][0-9]{900}$"`, ""},
		"deep":                     {kildesystem + strings.Repeat(`{"not": `, 40) + "{}" + strings.Repeat("}", 40), ""},
		"deeper": {
			kildesystem + strings.Repeat(`{"not": `, 90) + "{}" + strings.Repeat("}", 90), "not well-formed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := catalog.CompareDocument("openapi.json", changed(t, test.changes), "")
			if err == nil != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Error(err)
			}
		})
	}
}

// TestManyDifferences lists a thousand differences, and counts the others.
func TestManyDifferences(t *testing.T) {
	t.Parallel()
	var changes strings.Builder
	for i := range 1500 {
		fmt.Fprintf(&changes, "SCHEMA Leveranse properties m%d = {\"type\": \"string\"}\n", i)
	}
	found, err := builtIn(t).CompareDocument("openapi.json", changed(t, changes.String()), "")
	if err != nil {
		t.Fatal(err)
	}
	last := found.NotCompared[len(found.NotCompared)-1]
	if len(found.Differences) != 1000 || last.Count != 500 ||
		last.Reason != "differences beyond those that are listed" {
		t.Error(len(found.Differences), last)
	}
}
