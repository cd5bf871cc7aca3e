package document

import (
	"bytes"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"sandkasse/mock/internal/schema"
	"sandkasse/schemas"
)

// compiled returns a schema of a file system in two forms: one to walk, and one to validate by.
func compiled(t testing.TB, fsys fs.FS, name string) (*jsonschema.Schema, *schema.Schema) {
	t.Helper()
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.Draft, c.AssertFormat = jsonschema.Draft2020, true
	c.LoadURL = func(string) (io.ReadCloser, error) { return nil, fs.ErrNotExist }
	if err := c.AddResource("schemas:///"+name, bytes.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	root, err := c.Compile("schemas:///" + name)
	if err != nil {
		t.Fatal(err)
	}
	own, err := schema.Compile(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	return root, own
}

// builtIn returns an API with a schema that comes with the program, and nothing else known of it. A
// reporting API is one that refuses what its schema does not name.
func builtIn(t testing.TB, name string) Spec {
	t.Helper()
	root, own := compiled(t, schemas.Embedded(), name)
	if reporting(name) {
		own = own.Closed()
	}
	return Spec{Name: name, Schema: root, Validate: own.Validate}
}

func reporting(schema string) bool { return strings.HasPrefix(schema, "innrapportering/") }

// schemaNames returns the schemas that come with the program.
func schemaNames(t testing.TB) (names []string) {
	t.Helper()
	err := fs.WalkDir(schemas.Embedded(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, name)
		}
		return err
	})
	if err != nil || len(names) < 13 {
		t.Fatalf("%v: %v", names, err)
	}
	return names
}

// bsuAPI returns bsu as its catalogue file describes it.
func bsuAPI(t testing.TB) Spec {
	t.Helper()
	api := builtIn(t, "innrapportering/bsu.json")
	api.Name = "bsu"
	in := func(names ...string) []string { return append([]string{"leveranse"}, names...) }
	sum := func(sum, of string) Sum { return Sum{in("oppgaveoppsummering", sum), []string{of}} }
	api.Fields = FieldMap{
		Inntektsaar: in("inntektsaar"), Leveransetype: in("leveransetype"),
		Oppgavegiver: in("oppgavegiver", "organisasjonsnummer"),
		Oppgave:      in("oppgave"), Sletteoppgave: in("sletteoppgave"),
		AntallOppgaver: in("oppgaveoppsummering", "antallOppgaver"),
		Sums: []Sum{
			sum("sumAaretsSparebeloep", "aaretsSparebeloep"), sum("sumAaretsRenter", "aaretsRenter"),
			sum("sumBundetAkkumulertSparebeloep", "bundetAkkumulertSparebeloep"),
			sum("sumBundetAkkumulertRenter", "bundetAkkumulertRenter"),
			sum("sumSaldo", "saldo"), sum("sumUttaksbeloepBolig", "uttaksbeloepBolig"),
		},
		LeveranseIdentifiers: []Identifier{{in("oppgavegiver", "organisasjonsnummer"), "organisasjonsnummer"}},
		OppgaveIdentifiers: []Identifier{
			{[]string{"kontonummer"}, "kontonummer"},
			{[]string{"oppgaveeier", "foedselsnummer"}, "foedselsnummer"},
			{[]string{"avgangsmelding", "overfoertTilEktefelle", "foedselsnummer"}, "foedselsnummer"},
			{[]string{"avgangsmelding", "overfoertTilForvalter", "organisasjonsnummer"}, "organisasjonsnummer"},
			{[]string{"mottaksmelding", "mottattFraForvalter", "organisasjonsnummer"}, "organisasjonsnummer"},
			{[]string{"mottaksmelding", "mottattFraEktefelle", "foedselsnummer"}, "foedselsnummer"},
		},
		Dates: []Date{
			{At: []string{"startdato"}},
			{At: []string{"uttaksdatoBolig"}, InYear: true},
			{At: []string{"uttaksdatoBrudd"}, InYear: true},
			{At: []string{"konkursdato"}},
			{At: []string{"sikkerhetsdato"}, InYear: true},
			{At: []string{"utleggsdato"}, InYear: true},
			{At: []string{"avgangsmelding", "overfoertTilForvalter", "dato"}, InYear: true},
		},
		Identity: [][]string{{"kontonummer"}, {"oppgaveeier", "foedselsnummer"}},
	}
	return api
}

// severalLeveranser returns the fields of an API whose deliveries have several leveranser.
func severalLeveranser() FieldMap {
	return FieldMap{
		Leveranser: []string{"leveranse"}, Inntektsaar: []string{"inntektsaar"},
		Leveransetype: []string{"leveransetype"}, Oppgave: []string{"oppgave"},
		Oppgavegiver:      []string{"oppgavegiver", "organisasjonsnummer"},
		Sletteoppgave:     []string{"sletteoppgave"},
		AntallOppgaver:    []string{"oppgaveoppsummering", "antallOppgaver"},
		IdentityLeveranse: [][]string{{"boligselskapFormaal"}},
	}
}

// fieldsOf returns the fields of the API of a schema, at least where its oppgaver are.
func fieldsOf(t testing.TB, schemaName string) FieldMap {
	t.Helper()
	switch name := strings.TrimSuffix(strings.TrimPrefix(schemaName, "innrapportering/"), ".json"); name {
	case "boligselskap":
		return severalLeveranser()
	case "overskuddsstroem":
		return oppgaverAt("leveranse", "oppgaveOverskuddsstroem")
	case "egg", "fisk", "jordbruk", "korn", "melk", "slakt", "tilskudd-prim", "toemmer":
		return oppgaverAt("leveranse", "oppgaver", "oppgave")
	}
	return bsuAPI(t).Fields
}

// oppgaverAt returns the fields of an API whose oppgaver are in the list at a path.
func oppgaverAt(path ...string) FieldMap {
	return FieldMap{
		Inntektsaar: []string{"leveranse", "inntektsaar"}, Leveransetype: []string{"leveranse", "leveransetype"},
		Oppgavegiver: []string{"leveranse", "oppgavegiver", "organisasjonsnummer"}, Oppgave: path,
	}
}
