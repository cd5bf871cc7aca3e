package drift

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSameInOtherWords changes how the official document is written: it says the same, so there is no difference.
func TestSameInOtherWords(t *testing.T) {
	t.Parallel()
	catalog := builtIn(t)
	for name, changes := range map[string]string{
		"unchanged":            "",
		"all codes":            codes("", ""),
		"examples":             `SCHEMA Kildesystem example = 17`,
		"words":                `SCHEMA Kildesystem description = "Annet"`,
		"extension":            `SCHEMA Kildesystem x-format = "stor"`,
		"header in lower case": `POST parameters 1 name = "idempotencykey"`,
		"parameter of a path": `POST parameters 0 = -
			paths /{inntektsaar} parameters = [{"name": "inntektsaar", "in": "path", "schema": {"type": "string"}}]`,
		"headers that OpenAPI has elsewhere": `POST parameters = +{"name": "Accept", "in": "header", "required": true}`,
		"charset": `POST requestBody content = {"application/json; charset=utf-8":
			{"schema": {"$ref": "#/components/schemas/Melding"}}}`,
		"range of statuses": `POST responses default = -
			POST responses 4XX = {}
			POST responses 5xx = {}`,
		"range of media types": `POST responses 200 content = {"application/*": {}}`,
		"no word of errors":    `POST responses default = -`,
		"no word of a body":    `POST requestBody content = -`,
		"no word of an answer": `POST responses 200 = {"description": "OK"}`,
		"any body":             `POST requestBody content = {"application/json": {"schema": {"type": "object"}}}`,
		"any member":           `SCHEMA Leveranse properties oppgave items = {}`,
		"server with a variable": `servers = [{"url": "https://innrapporteringboligsameie.api.skatteetaten{env}.no/v1",
			"variables": {"env": {"default": "-test"}}}]`,
		"allOf": `SCHEMA Matrikkelnummer = {"allOf": [{"$ref": "#/components/schemas/A"}, {"required":
				["kommunenummer", "bruksnummer", "seksjonsnummer"], "properties": {"seksjonsnummer":
				{"$ref": "#/components/schemas/Seksjonsnummer"}, "kommunenummer": {"maxLength": 4, "minLength": 4}}}]}
			SCHEMA A = {"type": "object", "required": ["gaardsnummer"], "properties": {"kommunenummer":
				{"type": "string", "pattern": "^[0-9]+$"}, "bruksnummer": {"$ref": "#/components/schemas/Bruksnummer"},
				"gaardsnummer": {"$ref": "#/components/schemas/Gaardsnummer"}}}`,
		"alternatives with their members": `SCHEMA Oppgaveeier = {"required": ["navn"], "properties": {"navn":
				{"$ref": "#/components/schemas/Navn"}}, "oneOf": [{"$ref": "#/components/schemas/O"},
				{"$ref": "#/components/schemas/F"}]}
			SCHEMA O = {"type": "object", "required": ["organisasjonsnummer"], "properties":
				{"organisasjonsnummer": {"$ref": "#/components/schemas/Organisasjonsnummer"}}}
			SCHEMA F = {"type": "object", "required": ["foedselsnummer"], "properties": {"foedselsnummer":
				{"$ref": "#/components/schemas/Foedselsnummer"}}}`,
		"alternatives that require the same": `SCHEMA Oppgaveeier = {"oneOf": [
				{"required": ["organisasjonsnummer", "navn"], "properties": {"navn": {"$ref": "#/components/schemas/Navn"},
				"organisasjonsnummer": {"$ref": "#/components/schemas/Organisasjonsnummer"}}},
				{"required": ["navn", "foedselsnummer"], "properties": {"navn": {"$ref": "#/components/schemas/Navn"},
				"foedselsnummer": {"$ref": "#/components/schemas/Foedselsnummer"}}}]}`,
		"alternatives that repeat what is required": `SCHEMA Oppgaveeier = {"required": ["navn"], "oneOf": [
				{"required": ["organisasjonsnummer"], "properties": {"navn": {"$ref": "#/components/schemas/Navn"},
				"organisasjonsnummer": {"$ref": "#/components/schemas/Organisasjonsnummer"}}},
				{"required": ["navn", "foedselsnummer"], "properties": {"navn": {"$ref": "#/components/schemas/Navn"},
				"foedselsnummer": {"$ref": "#/components/schemas/Foedselsnummer"}}}]}`,
		"pattern": `SCHEMA Kommunenummer pattern = "^\\d\\d[0-9]{2}$"`,
		"length instead of a repetition": `SCHEMA Kommunenummer = {"type": "string", "pattern": "^[0-9]*$",
			"minLength": 4, "maxLength": 4}`,
		"readOnly": `SCHEMA Leveranse properties id = {"type": "string", "readOnly": true}
			SCHEMA Leveranse required = +"id"`,
		"writeOnly":         `RECEIPT hemmelig = {"type": "string", "writeOnly": true}`,
		"type left out":     "SCHEMA Leveransetype type = -\nSCHEMA Leveranse type = -",
		"limit of integers": `SCHEMA Antall minimum = -9223372036854775808`,
		"exclusive limit": `SCHEMA Gaardsnummer minimum = 0
			SCHEMA Gaardsnummer exclusiveMinimum = true`,
		"nullable that 3.0 ignores": `SCHEMA Oppgavegiver properties organisasjonsnummer nullable = true`,
		"3.1": `openapi = "3.1.0"
			SCHEMA Kildesystem type = ["string"]
			SCHEMA Gaardsnummer minimum = -
			SCHEMA Gaardsnummer exclusiveMinimum = 0
			SCHEMA Leveransetype = {"enum": ["ingenoppgaver", "ordinaer"]}
			SCHEMA Navn = {"$ref": "#/components/schemas/N", "minLength": 1}
			SCHEMA N = {"type": "string", "maxLength": 200}`,
		"answer that says more":   `SCHEMA Feil required = ["kode", "melding"]`,
		"answer that may be null": `RECEIPT antallOppgaver nullable = true`,
		"answer of numbers":       `RECEIPT antallOppgaver = {"type": "number"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, err := catalog.CompareDocument("openapi.json", changed(t, changes), "")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string(nil), lines(found)); diff != "" || found.Compared != 2 {
				t.Error(found.Compared, diff)
			}
		})
	}
}

// TestSamePaths writes the addresses of the official document otherwise.
func TestSamePaths(t *testing.T) {
	t.Parallel()
	catalog := builtIn(t)
	text := string(official(t, "boligsameie-api-1.0.0.json"))
	ownServer := `"servers": [{"url": "https://innrapporteringboligsameie.api.skatteetaten.no/v1"}], `
	for name, replaced := range map[string]string{
		"no path in the server": strings.NewReplacer(`skatteetaten.no/v1"`, `skatteetaten.no"`,
			`skatteetaten-test.no/v1"`, `skatteetaten-test.no/"`, `"/{inntektsaar}`,
			`"/v1/{inntektsaar}`).Replace(text),
		"a shared host": strings.NewReplacer("innrapporteringboligsameie.api.skatteetaten.no/",
			"api.skatteetaten.no/innrapporteringboligsameie/").Replace(text),
		"the label in paths, and no server": strings.NewReplacer(`"servers"`, `"x-servers"`,
			`"/{inntektsaar}`, `"/innrapporteringboligsameie/v1/{inntektsaar}`).Replace(text),
		"the label in the title only": strings.NewReplacer(`"servers"`, `"x-servers"`,
			"boligsameie API", "innrapporteringboligsameie", `"/{inntektsaar}`, `"/v1/{inntektsaar}`).Replace(text),
		"another name of the year": strings.ReplaceAll(strings.ReplaceAll(text, "{inntektsaar}", "{aar}"),
			`"name": "inntektsaar"`, `"name": "aar"`),
		"a server of the operations": strings.NewReplacer(`"servers"`, `"x-servers"`, `"/{inntektsaar}`,
			`"/{inntektsaar}`, `"post": {`, ownServer+`"post": {`, `"get": {`, ownServer+`"get": {`).Replace(text),
	} {
		if replaced == text {
			t.Error(name, "is not otherwise")
		}
		found, err := catalog.CompareDocument("openapi.json", []byte(replaced), "")
		if err != nil {
			t.Error(name, err)
			continue
		}
		if diff := cmp.Diff([]string(nil), lines(found)); diff != "" || found.Compared != 2 {
			t.Error(name, found.Compared, diff)
		}
	}
}
