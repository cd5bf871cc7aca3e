package schema

import (
	"encoding/csv"
	"encoding/json"
	"io/fs"
	"os"
	"strings"
	"testing"

	"sandkasse/schemas"
)

const bsu = "innrapportering/bsu.json"

// compile returns a schema that comes with the program, closed, so that what is misspelt is found.
func compile(tb testing.TB, name string) *Schema {
	tb.Helper()
	return compileOpen(tb, name).Closed()
}

func compileOpen(tb testing.TB, name string) *Schema {
	tb.Helper()
	s, err := Compile(schemas.Embedded(), name)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func decode(tb testing.TB, body []byte) any {
	tb.Helper()
	doc, err := Decode(body)
	if err != nil {
		tb.Fatalf("Decode(%.200q): %v", body, err)
	}
	return doc
}

// example returns the page's own example, byte for byte.
func example(tb testing.TB) []byte {
	tb.Helper()
	body, err := os.ReadFile("../../../fixtures/examples/bsu.json")
	if err != nil {
		tb.Fatal(err)
	}
	return body
}

func TestBSUAcceptsThePagesExample(t *testing.T) {
	t.Parallel()
	s, doc := compile(t, bsu), decode(t, example(t))
	for _, a := range s.Validate(doc) {
		t.Errorf("%+v", a)
	}
	if got := fastValidate(s.root, doc); got != fits {
		t.Errorf("quick = %v: the example must not need the slow way", got)
	}
}

// The information model of the page: every element, in its owner, with its documentation word for
// word.
func TestBSUHasTheInformationModel(t *testing.T) {
	t.Parallel()
	table, err := os.Open("testdata/bsu-informasjonsmodell.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	r := csv.NewReader(table)
	r.Comma = '\t'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 45 {
		t.Fatalf("the table has %d rows, want a heading and 44", len(rows))
	}
	text, err := fs.ReadFile(schemas.Embedded(), bsu)
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Defs map[string]struct {
			Properties map[string]struct {
				Description string
			}
		} `json:"$defs"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	rowsOf := map[string]int{}
	for _, row := range rows[1:] {
		eier, element, dokumentasjon := row[0], strings.ReplaceAll(row[1], "ø", "oe"), row[2]
		rowsOf[eier]++
		got, ok := schema.Defs[eier].Properties[element]
		if !ok {
			t.Errorf("%s has no %s", eier, element)
		} else if got.Description != dokumentasjon {
			t.Errorf("%s.%s: description %q, want %q", eier, element, got.Description, dokumentasjon)
		}
	}
	for eier, n := range rowsOf {
		if got := len(schema.Defs[eier].Properties); got != n {
			t.Errorf("%s has %d elements, want the %d of the table", eier, got, n)
		}
	}
}

// Everything the schema says about the example's values, one mutation each: what is refused, and
// what is not.
func TestBSURefusesAndAccepts(t *testing.T) {
	t.Parallel()
	s, body := compile(t, bsu), string(example(t))
	for _, c := range []struct {
		old, new string
		refused  bool
	}{
		{`"inntektsaar": 2023`, `"inntektsaar": 999`, true},
		{`"inntektsaar": 2023`, `"inntektsaar": 10000`, true},
		{`"inntektsaar": 2023`, `"inntektsaar": 1000`, false},
		{`"inntektsaar": 2023`, `"inntektsaar": 9999`, false},
		{`"inntektsaar": 2023`, `"inntektsaar": "2023"`, true},
		{`"leveransetype": "ordinaer"`, `"leveransetype": "ingenoppgaver"`, false},
		{`"leveransetype": "ordinaer"`, `"leveransetype": "ingenOppgaver"`, true},
		{`"organisasjonsnummer": "987654321"`, `"organisasjonsnummer": "98765432"`, true},
		{`"organisasjonsnummer": "987654321"`, `"organisasjonsnummer": "9876543210"`, true},
		{`"organisasjonsnummer": "987654321"`, `"organisasjonsnummer": 987654321`, true},
		{`"kontonummer": "42004200420"`, `"kontonummer": "4200420042"`, true},
		{`"kontonummer": "42004200420"`, `"kontonummer": "4200420042000"`, true},
		{`"kontonummer": "42004200420"`, `"kontonummer": "4200.42.00420"`, true},
		{`"foedselsnummer": "01010123456"`, `"foedselsnummer": "0101012345"`, true},
		{`"foedselsnummer": "01010123456"`, `"foedselsnummer": "٠1010123456"`, true},
		{`"startdato": "2015-03-19"`, `"startdato": "19.03.2015"`, true},
		{`"startdato": "2015-03-19"`, `"startdato": "2015-02-29"`, true},
		{`"startdato": "2015-03-19"`, `"startdato": "2016-02-29"`, false},
		{`"startdato": "2015-03-19"`, `"startdato": null`, true},
		{`"sumSaldo": 124500`, `"sumSaldo": -1`, true},
		{`"sumSaldo": 124500`, `"sumSaldo": 999999999999`, false},
		{`"sumSaldo": 124500`, `"sumSaldo": 1000000000000`, true},
		{`"sumSaldo": 124500`, `"sumSaldo": 1.5`, true},
		{`"sumSaldo": 124500`, `"sumSaldo": 124500.0`, false},
		{`"antallOppgaver": 5,`, ``, true},
		{`"antallOppgaver": 5,`, `"antallOppgaver": -5,`, false},
		{`"sumSaldo": 124500,`, ``, true},
		{`"kildesystem": "Kildesystemet v2.0.5"`, `"kildesystem": "` + strings.Repeat("ø", 100) + `"`, false},
		{`"kildesystem": "Kildesystemet v2.0.5"`, `"kildesystem": "` + strings.Repeat("o", 101) + `"`, true},
		{`"telefonnummer": "80080000"`, `"telefonnummer": "` + strings.Repeat("8", 21) + `"`, true},
		{`"kontakt@boligsparebanken.no"`, `"` + strings.Repeat("k", 255) + `"`, true},
		{`"navn": "Sindre Boligsparer"`, `"navn": ""`, true},
		{`"navn": "Sindre Boligsparer"`, `"navn": "` + strings.Repeat("S", 200) + `"`, false},
		{`"navn": "Sindre Boligsparer"`, `"navn": "` + strings.Repeat("S", 201) + `"`, true},
		{`"navn": "Kari Kontakt"`, `"navn": ""`, false},
		{`"overfoertTilForvalter"`, `"overfoertTilEktefelle"`, true}, // it has an organisasjonsnummer
		{`"uttaksdatoBrudd"`, `"uttaksdato"`, true},
		{`"avgangsmelding"`, `"mottaksmelding"`, true},
	} {
		if strings.Count(body, c.old) == 0 {
			t.Fatalf("the example has no %s", c.old)
		}
		doc := decode(t, []byte(strings.Replace(body, c.old, c.new, 1)))
		if avvik := s.Validate(doc); (len(avvik) > 0) != c.refused {
			t.Errorf("%s instead of %s: %+v", c.new, c.old, avvik)
		}
	}
}
