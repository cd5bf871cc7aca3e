package drift

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// words stand for longer places in a document.
var words = strings.NewReplacer(
	"SCHEMA", "components schemas",
	"POST", "paths /{inntektsaar} post",
	"GET", "paths /{inntektsaar}/forsendelser/{forsendelseId}/dokumenter/{dokumentId} get",
	"RECEIPT", "components schemas Leveransebekreftelse properties",
)

// decoded returns a value of JSON with its numbers as they are written.
func decoded(t testing.TB, text []byte) (value any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return value
}

// change returns a value of a document with a change at a place below it. A value of "-" deletes, one that
// begins with "+" is added to a list.
func change(t testing.TB, document any, place []string, value string) any {
	t.Helper()
	list, _ := document.([]any)
	members, _ := document.(map[string]any)
	var to any
	if plain := strings.TrimPrefix(value, "+"); plain != "-" {
		to = decoded(t, []byte(plain))
	}
	switch {
	case len(place) == 0 && strings.HasPrefix(value, "+"):
		return append(slices.Clone(list), to)
	case len(place) == 0:
		return to
	case list != nil:
		var i int
		if n, _ := fmt.Sscan(place[0], &i); n != 1 || i >= len(list) {
			t.Fatalf("%s is no element", place[0])
		}
		if len(place) == 1 && value == "-" {
			return slices.Delete(list, i, i+1)
		}
		list[i] = change(t, list[i], place[1:], value)
	case len(place) == 1 && value == "-":
		if _, found := members[place[0]]; !found {
			t.Fatalf("%s is not there", place[0])
		}
		delete(members, place[0])
	case members == nil:
		t.Fatalf("%s is not there", place[0])
	default:
		members[place[0]] = change(t, members[place[0]], place[1:], value)
	}
	return document
}

// changed returns the official document of boligsameie with changes, each a line: PLACE = VALUE. A line without
// a place belongs to the one before it.
func changed(t testing.TB, changes string) []byte {
	t.Helper()
	document := decoded(t, official(t, "boligsameie-api-1.0.0.json"))
	var list []string
	for line := range strings.Lines(changes) {
		if strings.Contains(line, " = ") {
			list = append(list, "")
		}
		list[len(list)-1] += strings.TrimSpace(line) + " "
	}
	for _, line := range list {
		place, value, _ := strings.Cut(strings.TrimSpace(line), " = ")
		document = change(t, document, strings.Fields(words.Replace(place)), value)
	}
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// allCodes are the codes of boligsameie.
const allCodes = `"GLD_001","GLD_004","GLD_005","GLD_006","GLD_008","GLD_010","GLD_011","GLD_017","GLD_019",` +
	`"GLD_021","GLD_022","GLD_023"`

// codes returns an enumeration of all codes with one more or one less.
func codes(more, less string) string {
	list := strings.Replace(allCodes, `"`+less+`",`, "", 1)
	if less == "" {
		list = allCodes
	}
	if more != "" {
		list = `"` + more + `",` + list
	}
	return `SCHEMA Feil properties kode = {"enum": [` + list + "]}"
}

// planted is a difference that is planted in the official document, and how it is found: kind, place (in the
// POST), theirs, ours, choice.
type planted struct{ name, changes, want string }

var plantedInCalls = []planted{
	{
		"operation missing", "paths /{inntektsaar}/forsendelser/{forsendelseId}/dokumenter/{dokumentId} = -",
		"operation | GET  |  | GET /v1/{inntektsaar}/forsendelser/{forsendelseId}/dokumenter/{dokumentId}",
	},
	{
		"operation extra", `paths /{inntektsaar}/status = {"get": {}}`,
		"operation | GET  | GET /v1/{inntektsaar}/status | ",
	},
	{"operation HEAD", "paths /{inntektsaar} head = {}", "operation | HEAD  | HEAD /v1/{inntektsaar} |  | K019"},
	{
		"parameter missing", "POST parameters 1 = -",
		"parameter | POST parameter idempotencyKey (header) |  | required",
	},
	{
		"parameter extra", `POST parameters = +{"name": "dryRun", "in": "query", "schema": {"type": "boolean"}}`,
		"parameter | POST parameter dryRun (query) | optional | ",
	},
	{
		"header extra", `POST parameters = +{"name": "X-Trace", "in": "header", "required": true}`,
		"parameter | POST parameter X-Trace (header) | required | ",
	},
	{
		"parameter optional", "POST parameters 1 required = false",
		"required | POST parameter idempotencyKey (header) | optional | required",
	},
	{
		"format of a parameter", "POST parameters 1 schema format = -",
		"format | POST parameter idempotencyKey (header) |  | uuid | K036",
	},
	{
		"pattern in the path", `POST parameters 0 schema pattern = "^20[0-9]{2}$"`,
		"pattern | POST parameter inntektsaar (path) | ^20[0-9]{2}$ (they differ on \"1000\") | ^[1-9][0-9]{3}$ | K009",
	},
	{
		"range in the path", `POST parameters 0 schema = {"type": "integer", "minimum": 2010, "maximum": 2030}`,
		"type | POST parameter inntektsaar (path) | integer, from 2010, to 2030 | " +
			"string, pattern ^[1-9][0-9]{3}$ | K009",
	},
	{"body optional", "POST requestBody required = -", "required | POST body | optional | required"},
	{"body missing", "POST requestBody = -", "body | POST body |  | required"},
	{
		"media type of a body", "POST requestBody content application/xml = {}",
		"media type | POST body | application/xml | ",
	},
	{
		"member optional", `SCHEMA OppgaveBoligsameie required = ["oppgaveeier", "matrikkelnummer"]`,
		"required | POST body/leveranse/oppgave/*/eiertid | optional | required",
	},
	{
		"member required", `SCHEMA Oppgavegiver required = +"kontaktinformasjon"`,
		"required | POST body/leveranse/oppgavegiver/kontaktinformasjon | required | optional",
	},
	{
		"member missing", "SCHEMA Leveranse properties kildesystem = -",
		"member | POST body/leveranse/kildesystem |  | string, at most 100 characters, optional",
	},
	{
		"member extra, in two places",
		`SCHEMA Matrikkelnummer properties festenummer = {"type": "integer", "minimum": 0}`,
		"member | POST body/leveranse/oppgave/*/matrikkelnummer/festenummer | integer, from 0, optional |  | 2 places",
	},
	{
		"type", `SCHEMA Leveransetype = {"type": "integer"}`,
		`type | POST body/leveranse/leveransetype | integer | string, one of "ordinaer", "ingenoppgaver"`,
	},
	{
		"nullable", "SCHEMA Kildesystem nullable = true",
		"type | POST body/leveranse/kildesystem | null or string, at most 100 characters | " +
			"string, at most 100 characters",
	},
	{"minLength", "SCHEMA Kildesystem minLength = 2", "minLength | POST body/leveranse/kildesystem | 2 | "},
	{"maxLength", "SCHEMA Kildesystem maxLength = 99", "maxLength | POST body/leveranse/kildesystem | 99 | 100"},
	{
		"maxLength beside a pattern that is written otherwise", "SCHEMA Foedselsnummer maxLength = 12",
		"maxLength | POST body/leveranse/oppgave/*/oppgaveeier/foedselsnummer | 12 | 11 | 2 places",
	},
	{
		"minimum", "SCHEMA Seksjonsnummer minimum = 0",
		"minimum | POST body/leveranse/oppgave/*/matrikkelnummer/seksjonsnummer | 0 | 1 | 2 places",
	},
	{
		"minimum, exclusive", "SCHEMA Inntektsaar exclusiveMinimum = true",
		"minimum | POST body/leveranse/inntektsaar | 1001 | 1000",
	},
	{
		"maximum", "SCHEMA Antall maximum = -",
		"maximum | POST body/leveranse/oppgaveoppsummering/antallOppgaver |  | 999999999999",
	},
	{
		"maximum by format", "SCHEMA Inntektsaar maximum = -",
		"maximum | POST body/leveranse/inntektsaar | 2147483647 | 9999",
	},
	{
		"pattern", `SCHEMA Kommunenummer pattern = "^[0-8][0-9]{3}$"`,
		"pattern | POST body/leveranse/oppgave/*/matrikkelnummer/kommunenummer | " +
			"^[0-8][0-9]{3}$ (they differ on \"9000\") | ^[0-9]{4}$ | 2 places",
	},
	{
		"pattern missing", "SCHEMA Kommunenummer pattern = -",
		"pattern | POST body/leveranse/oppgave/*/matrikkelnummer/kommunenummer | string | " +
			"string, pattern ^[0-9]{4}$ | 2 places",
	},
	{
		"pattern that cannot be looked into", `SCHEMA Kommunenummer pattern = "^(?!0000)[0-9]{4}$"`,
		"pattern | POST body/leveranse/oppgave/*/matrikkelnummer/kommunenummer | " +
			"^(?!0000)[0-9]{4}$ | ^[0-9]{4}$ | 2 places",
	},
	{
		"format", `SCHEMA Epostadresse format = "email"`,
		"format | POST body/leveranse/oppgavegiver/kontaktinformasjon/varselEpostadresse | email | ",
	},
	{
		"enumeration with another value", `SCHEMA Leveransetype enum = +"erstatning"`,
		`enum | POST body/leveranse/leveransetype | "erstatning" | `,
	},
	{
		"enumeration without a value", `SCHEMA Leveransetype enum = ["ordinaer"]`,
		`enum | POST body/leveranse/leveransetype |  | "ingenoppgaver"`,
	},
	{
		"enumeration missing", "SCHEMA Leveransetype enum = -",
		`enum | POST body/leveranse/leveransetype | any value | "ordinaer", "ingenoppgaver"`,
	},
	{
		"additionalProperties", "SCHEMA Leveranse additionalProperties = false",
		"additionalProperties | POST body/leveranse | refused | taken | K010",
	},
	{
		"additionalProperties with a schema", `SCHEMA Leveranse additionalProperties = {"type": "string"}`,
		"additionalProperties | POST body/leveranse | as a schema says | taken | K010",
	},
	{"minItems", "SCHEMA Leveranse properties oppgave minItems = 1", "minItems | POST body/leveranse/oppgave | 1 | "},
	{"maxItems", "SCHEMA Leveranse properties oppgave maxItems = 9", "maxItems | POST body/leveranse/oppgave | 9 | "},
	{
		"alternative extra", `SCHEMA Oppgaveeier oneOf = +{"required": ["utenlandskId"]}`,
		"alternative | POST body/leveranse/oppgave/*/oppgaveeier | object with utenlandskId |  | 2 places",
	},
	{
		"alternatives that may both be",
		`SCHEMA Oppgaveeier oneOf = -
		SCHEMA Oppgaveeier anyOf = [{"required": ["foedselsnummer"]}, {"required": ["organisasjonsnummer"]}]`,
		"alternative | POST body/leveranse/oppgave/*/oppgaveeier | " +
			"anyOf: object with foedselsnummer; object with organisasjonsnummer | " +
			"oneOf: object with foedselsnummer; object with organisasjonsnummer | 2 places",
	},
	{
		"another keyword", `SCHEMA Eiertid not = {"required": ["merknad"]}`,
		`not | POST body/leveranse/oppgave/*/eiertid | { "required": ["merknad"] } | `,
	},
}

var plantedInAnswers = []planted{
	{"status of success", "POST responses 201 = {}", "status | POST answer | 201 | "},
	{"status extra", "POST responses 429 = {}", "status | POST answer | 429 | "},
	{"status that we chose", "POST responses 413 = {}", "status | POST answer | 413 |  | K005"},
	{
		"status missing",
		"POST responses default = -\nPOST responses 400 = {}\nPOST responses 401 = {}\nPOST responses 403 = {}\n" +
			"POST responses 404 = {}\nPOST responses 405 = {}\nPOST responses 5XX = {}",
		"status | POST answer |  | 409",
	},
	{
		"media type extra", "POST responses 200 content text/plain = {}",
		"media type | POST answer 200 | text/plain | ",
	},
	{
		"media type missing", "GET responses 200 content application/xml = -",
		"media type | GET answer 200 |  | application/xml",
	},
	{
		"header", `POST responses 200 headers = {"Location": {}}`,
		"header | POST answer 200 header Location | Location | ",
	},
	{
		"member extra", `RECEIPT mottatt = {"type": "string", "format": "date-time"}`,
		"member | POST answer 200/mottatt | string, format date-time, optional | ",
	},
	{
		"member missing",
		"RECEIPT antallOppgaver = -\nSCHEMA Leveransebekreftelse required 4 = -",
		"member | POST answer 200/antallOppgaver |  | integer, required",
	},
	{
		"member required", `SCHEMA Feil required = ["kode", "spesifisering"]`,
		"required | POST answer 400/spesifisering | required | optional | 14 places",
	},
	{
		"type", `RECEIPT antallOppgaver = {"type": "string"}`,
		"type | POST answer 200/antallOppgaver | string | integer",
	},
	{
		"maximum", `RECEIPT antallOppgaver = {"type": "integer", "maximum": 1}`,
		"maximum | POST answer 200/antallOppgaver | 1 | such as 2",
	},
	{
		"length", `SCHEMA Feil properties kode = {"type": "string", "maxLength": 6}`,
		`maxLength | POST answer 400/kode | 6 | such as "GLD_006" | 14 places`,
	},
	{
		"format", `RECEIPT oppgavegiversLeveranseReferanse = {"format": "uuid"}`,
		`format | POST answer 200/oppgavegiversLeveranseReferanse | uuid | such as "Leveranse-1"`,
	},
	{
		"reference that is never empty",
		`RECEIPT oppgavegiversLeveranseReferanse = {"type": "string", "minLength": 20}`,
		`minLength | POST answer 200/oppgavegiversLeveranseReferanse | 20 | such as "Leveranse-1" | K016`,
	},
	{
		"pattern", `SCHEMA Feil properties kode = {"pattern": "^MVA-"}`,
		`pattern | POST answer 400/kode | ^MVA- | such as "GLD_006" | 14 places`,
	},
	{
		"enumeration", `RECEIPT oppgavegiversLeveranseReferanse = {"enum": ["A"]}`,
		`enum | POST answer 200/oppgavegiversLeveranseReferanse | "A" | such as "Leveranse-1"`,
	},
	{"code extra", codes("GLD_099", ""), `code | POST answer 400/kode | "GLD_099" | `},
	{"code missing", codes("", "GLD_019"), `code | POST answer 400/kode |  | "GLD_019"`},
	{"code missing that we chose", codes("", "GLD_004"), `code | POST answer 400/kode |  | "GLD_004" | K022`},
	{
		"specification code extra",
		`SCHEMA Feilspesifisering properties kode = {"enum": ["GLD_1022", "GLD_1023", "GLD_1027", "GLD_1028", ` +
			`"GLD_1030", "GLD_1047", "GLD_1099"]}`,
		`code | POST answer 400/spesifisering/*/kode | "GLD_1099" | `,
	},
}

// TestPlantedDifferences plants one difference in the official document at a time, and has it found: that one,
// at its place, and no other.
func TestPlantedDifferences(t *testing.T) {
	t.Parallel()
	catalog := builtIn(t)
	for kind, list := range map[string][]planted{"calls": plantedInCalls, "answers": plantedInAnswers} {
		for _, test := range list {
			t.Run(kind+"/"+test.name, func(t *testing.T) {
				t.Parallel()
				found, err := catalog.CompareDocument("openapi.json", changed(t, test.changes), "")
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff([]string{test.want}, lines(found)); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// TestPlantedTogether plants many differences in one document: each is found.
func TestPlantedTogether(t *testing.T) {
	t.Parallel()
	var changes, want []string
	for _, test := range plantedInCalls {
		switch test.name {
		case "parameter optional", "minLength", "minimum", "pattern", "format", "type", "minItems", "another keyword",
			"member missing", "additionalProperties", "media type of a body":
			changes = append(changes, test.changes)
			want = append(want, test.want)
		}
	}
	for _, test := range plantedInAnswers[:8] {
		if test.name != "status missing" {
			changes = append(changes, test.changes)
			want = append(want, test.want)
		}
	}
	want = slices.DeleteFunc(want, func(line string) bool { // of a member that is missing
		return strings.HasPrefix(line, "minLength | POST body/leveranse/kildesystem")
	})
	found, err := builtIn(t).CompareDocument("openapi.json", changed(t, strings.Join(changes, "\n")), "")
	if err != nil {
		t.Fatal(err)
	}
	got := lines(found)
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
