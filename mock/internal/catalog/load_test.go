package catalog

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"sandkasse/fixtures/examples"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/splice"
	"sandkasse/mock/internal/yamlfile"
	"sandkasse/schemas"
)

var vocabulary = Vocabulary{
	Checks: map[string]Part{
		"token":                 {Offences: []feil.Offence{feil.MissingToken, feil.InvalidToken}},
		"scope":                 {Offences: []feil.Offence{feil.WrongScope}, Requires: []string{"token"}},
		"systembruker":          {Offences: []feil.Offence{feil.NoSystembruker}, Requires: []string{"token"}},
		"accept":                {Offences: []feil.Offence{feil.NotAcceptable}},
		"accept-document":       {Offences: []feil.Offence{feil.NotAcceptable}},
		"accept-json-or-xml":    {Offences: []feil.Offence{feil.NotAcceptable}},
		"content-type":          {Offences: []feil.Offence{feil.WrongContentType}},
		"body-size":             {Offences: []feil.Offence{feil.BodyTooLarge}},
		"idempotency-key":       {Offences: []feil.Offence{feil.MissingHeader, feil.KeyReused}},
		"inntektsaar":           {Offences: []feil.Offence{feil.BadParameter}},
		"inntektsaar-supported": {Offences: []feil.Offence{feil.YearNotSupported}},
		"json":                  {Offences: []feil.Offence{feil.BrokenJSON}},
		"schema":                {Offences: []feil.Offence{feil.SchemaViolation}, Requires: []string{"json"}},
		"inntektsaar-in-path":   {Offences: []feil.Offence{feil.YearMismatch}},
		"metadata":              {Offences: []feil.Offence{feil.ContradictoryData}},
		"hovedenhet":            {Offences: []feil.Offence{feil.Underenhet}},
		"right-to-report":       {Offences: []feil.Offence{feil.NoRightToReport}},
	},
	Behaviours: map[string]Part{
		"innsending": {Requires: []string{"schema"}},
		"dokument": {
			Offences: []feil.Offence{feil.NoDialog, feil.UnknownForsendelse, feil.UnknownDokument},
			Requires: []string{"token"},
		},
	},
	Svar: []string{
		"dialogId", "forsendelseId", "oppgavegiversLeveranseReferanse", "antallSletteoppgaver",
		"antallOppgaver",
	},
	ErrorBodies: []string{"spesifisering", "feil", "problem"},
}

// builtIn returns a catalogue with the built-in schemas and examples.
func builtIn(apis fs.FS) Files {
	return Files{APIs: apis, Schemas: schemas.Embedded(), Examples: examples.Embedded()}
}

// embeddedFiles returns the embedded family innrapportering as files that a test can spoil.
func embeddedFiles(t testing.TB) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(Embedded(), "innrapportering", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(Embedded(), name)
		files[name] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestLoad(t *testing.T) {
	t.Parallel()
	known, err := Load(builtIn(embeddedFiles(t)), vocabulary)
	if err != nil {
		t.Fatal(err)
	}
	bsu := known.ByName("bsu")
	if bsu == nil || known.ByLabel("INNRAPPORTERINGBSU") != bsu || known.ByName("nope") != nil ||
		known.ByLabel("") != nil {
		t.Fatalf("the APIs are %v", known.Names())
	}
	if _, has := bsu.Feil[feil.UnknownDialog]; has {
		t.Error("bsu has a row for what only Dialogporten can meet")
	}
	if len(bsu.Feil) < len(vocabulary.Checks) || bsu.Feil[feil.UnknownForsendelse].Spesifisering != "GLD_1061" ||
		bsu.Feil[feil.KeyReused].Status != 409 || bsu.Feil[feil.KeyReused].Spesifisering != "" {
		t.Errorf("the table is %v", bsu.Feil)
	}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for year, want := range map[int]bool{2014: false, 2015: true, 2026: true, 2027: false} {
		if got := bsu.Inntektsaar.Holds(year, now); got != want {
			t.Errorf("%d is open: %v, want %v", year, got, want)
		}
	}
}

// TestFaults: all faults are reported at once, with file and line.
func TestFaults(t *testing.T) {
	t.Parallel()
	const family, bsu = "innrapportering/family.yaml", "innrapportering/bsu.yaml"
	const boligsameie, identity = "innrapportering/innrapportering-boligsameie.yaml",
		"  identity:\n    - /matrikkelnummer/kommunenummer\n" +
			"    - /matrikkelnummer/gaardsnummer\n    - /matrikkelnummer/bruksnummer\n    - " +
			"/matrikkelnummer/seksjonsnummer\n" +
			"    - /oppgaveeier/foedselsnummer\n    - /oppgaveeier/organisasjonsnummer\n"
	for name, test := range map[string]struct {
		file, old, new string
		want           string // text from the file on; LINE stands for the line of new
	}{
		"unknown member": {bsu, "title:", "titel:", bsu +
			`:LINE: "titel" is not a member here; did you mean title? there are name, title, group, label`},
		"broken YAML":      {bsu, "svar: [", "svar: [[", bsu + ":"},
		"duplicate member": {bsu, "\nlabel:", "\nname: x\nlabel:", bsu + ":"},
		"wrong type":       {bsu, "first: 2015", "first: early", bsu + ":"},
		"bad name":         {bsu, "name: bsu", "name: B S U", bsu + `:LINE: "B S U" is not a name`},
		"values of no member": {bsu, "\nlabel:", "\nvalues: {kontonumer: ['1']}\nlabel:", bsu +
			":LINE: the schema names no member kontonumer"},
		"values at the end of no path": {bsu, "\nlabel:", "\nvalues: {oppgaveeier/saldo: ['1']}\nlabel:", bsu +
			":LINE: the schema names no member oppgaveeier/saldo"},
		"bad label": {bsu, "label: innrapporteringbsu", "label: inn_rapp", bsu +
			`:LINE: "inn_rapp" is not a host label`},
		"bad host": {bsu, "\nlabel:", "\nhosts: [api.example.no, Api.example.no]\nlabel:", bsu +
			`:LINE: "Api.example.no" is not a host's name`},
		"host with a port": {bsu, "\nlabel:", "\nhosts: ['api.example.no:443']\nlabel:", bsu +
			`:LINE: "api.example.no:443" is not a host's name`},
		"host of one label": {bsu, "\nlabel:", "\nhosts: [api]\nlabel:", bsu + `:LINE: "api" is not a host's name`},
		"address as host": {bsu, "\nlabel:", "\nhosts: [127.0.0.1]\nlabel:", bsu +
			`:LINE: "127.0.0.1" is not a host's name`},
		"host twice": {bsu, "\nlabel:", "\nhosts: [api.example.no, api.example.no]\nlabel:", bsu +
			`:LINE: the host "api.example.no" is taken by ` + bsu},
		"bad test host": {bsu, "\nlabel:", "\ntestHosts: [api.example.no, Api]\nlabel:", bsu +
			`:LINE: "Api" is not a host's name`},
		"host with two segments": {bsu, "\nlabel:", "\nhosts: [api.example.no/a/b]\nlabel:", bsu +
			`:LINE: "api.example.no/a/b" is not a host's name`},
		"host and path twice": {bsu, "\nlabel:", "\nhosts: [a.example.no/a, a.example.no/A]\nlabel:", bsu +
			`:LINE: the host "a.example.no/A" is taken by ` + bsu},
		"host of the family": {family, "hosts: [LABEL.api.skatteetaten.no]", "hosts: [LABEL]", family +
			`:LINE: "LABEL" is not a host's name`},
		"no scope": {bsu, "scope: skatteetaten:innrapporteringboligsparingungdom", `scope: ""`, bsu +
			":LINE: the API has no scope"},
		"missing schema": {bsu, "innrapportering/bsu.json", "innrapportering/nope.json", bsu +
			`:LINE: the schema "innrapportering/nope.json" cannot be used`},
		"unknown answer": {bsu, "antallOppgaver]", "antall]", bsu +
			`:LINE: "antall" is not a known answer member; there are antallOppgaver, antallSletteoppgaver`},
		"bad status": {bsu, "GLD_019: {status: 409", "GLD_019: {status: 209", bsu +
			":LINE: GLD_019 has status 209"},
		"missing kode": {
			bsu, "  GLD_019: {status: 409, melding: Idempotensnøkkel er benyttet tidligere}\n", "",
			bsu + ":19: GLD_019 is not among the API's koder, nor the family's; it tells key-reused",
		},
		"year": {bsu, "first: 2015", "first: 15", bsu + ":LINE: 15 is not a year"},
		"unknown check": {family, "      - metadata", "      - metdata", family +
			`:LINE: "metdata" is not a known check; there are accept`},
		"unknown behaviour": {family, "behaviour: dokument", "behaviour: dokumenter", family +
			`:LINE: "dokumenter" is not a known behaviour`},
		"unknown method": {family, "method: POST", "method: POTS", family + `:LINE: "POTS" is not a method`},
		"bad path":       {family, "- /v1/{inntektsaar}\n", "- v1/{inntektsaar\n", family + `:`},
		"unknown offence": {family, "  key-reused:", "  key-used:", family +
			`:LINE: "key-used" is not a known offence`},
		"bad pointer": {family, "oppgave: /leveranse/oppgave", "oppgave: leveranse.oppgave", family +
			`:LINE: felter.oppgave is "leveranse.oppgave"`},
		"bad limit": {family, "maxBody: 10485760", "maxBody: 0", family + ":LINE: maxBody is 0"},
		"no key":    {family, "      - idempotency-key\n", "", family + ":"},
		"not idempotent": {family, "idempotent: true", "idempotent: false", family +
			":LINE: idempotent and the check idempotency-key go together"},
		"wrong order": {family, "      - json\n      - schema\n", "      - schema\n      - json\n", family +
			":LINE: schema builds on the check json"},
		"missing check": {family, "      - schema\n", "", family + ":"},
		"no such place": {
			family, "oppgavegiver: /leveranse/oppgavegiver/organisasjonsnummer",
			"oppgavegiver: /leveranse/giver", "aandsverk.json: the example has nothing at /leveranse/giver",
		},
		"misspelt sum": {bsu, "of: /aaretsRenter}", "of: /aaretsRente}", bsu +
			":LINE: the schema has nothing at /leveranse/oppgave/*/aaretsRente"},
		"misspelt date": {bsu, "at: /startdato", "at: /startDato", bsu +
			":LINE: the schema has nothing at /leveranse/oppgave/*/startDato"},
		"unknown matching": {family, "maxBody:", "pathMatching: loose\nmaxBody:", family +
			`:LINE: "loose" is not a known way to match paths; there are aspnet, exact`},
		"no operation": {family, "maxBody:", "notImitated: [GET]\nmaxBody:", family +
			`:LINE: "GET" is not an operation`},
		"served operation": {family, "maxBody:", "notImitated: [\"POST /v1/{inntektsaar}\"]\nmaxBody:", family +
			":LINE: POST /v1/{inntektsaar} is served by a route, or named twice"},
		"star in a sum of nothing": {bsu, "of: /aaretsRenter}", "of: /konti/*/renter}", bsu +
			`:LINE: the schema has nothing at /leveranse/oppgave/*/konti/*/renter`},
		"sum of texts": {bsu, "of: /aaretsRenter}", "of: /oppgaveeier/foedselsnummer}", bsu +
			`:LINE: the schema takes no number at /leveranse/oppgave/*/oppgaveeier/foedselsnummer`},
		"count of texts": {
			bsu, "antallOppgaver: /leveranse/oppgaveoppsummering/antallOppgaver",
			"antallOppgaver: /leveranse/leveransetype",
			bsu + `:LINE: the schema takes no number at /leveranse/leveransetype`,
		},
		"star in the sum": {
			bsu, "sum: /leveranse/oppgaveoppsummering/sumSaldo,", "sum: /leveranse/oppgave/*/saldo,",
			bsu + `:LINE: "/leveranse/oppgave/*/saldo" has a *`,
		},
		"star in a date": {bsu, "at: /startdato", "at: /*/startdato", bsu +
			`:LINE: the schema has nothing at /leveranse/oppgave/*/*/startdato`},
		"star in a number": {bsu, "at: /kontonummer", "at: /*", bsu +
			`:LINE: the schema has nothing at /leveranse/oppgave/*/*`},
		"star in identity": {bsu, "identity: [/kontonummer,", "identity: [/konti/*,", bsu +
			`:LINE: "/konti/*" has a *`},
		"star in a place": {family, "sletteoppgave: /leveranse/sletteoppgave", "sletteoppgave: /leveranse/*", family +
			`:LINE: felter.sletteoppgave is "/leveranse/*"`},
		"sum of an object": {bsu, "of: /aaretsRenter}", "of: /oppgaveeier}", bsu +
			":LINE: the schema has an object or a list at /leveranse/oppgave/*/oppgaveeier"},
		"object as date": {bsu, "at: /startdato", "at: /avgangsmelding", bsu +
			":69: the schema has an object or a list at /leveranse/oppgave/*/avgangsmelding"},
		"no identity": {boligsameie, identity, "", boligsameie +
			":51: the schema has sletteoppgaver at /leveranse/sletteoppgave, and nothing says which oppgaver they " +
			"delete"},
		"identity of an oppgave alone": {
			boligsameie, "    - /matrikkelnummer/seksjonsnummer\n",
			"    - /eiertid/start\n",
			boligsameie +
				":LINE: the schema has nothing at /leveranse/sletteoppgave/*/eiertid/start, so no sletteoppgave " +
				"could ever delete",
		},
		"identity that nothing requires": {
			boligsameie, identity, "  identity:\n    - /oppgaveeier/foedselsnummer\n",
			boligsameie +
				":72: the schema requires none of these places of a sletteoppgave at /leveranse/sletteoppgave/*",
		},
		"unknown code": {family, "[GLD_1028]", "[GLD_1O28]", family + ":LINE: no API of the family lists GLD_1O28"},
		"other folder": {family, "family: innrapportering", "family: rapportering", family +
			`:LINE: the family is called "rapportering"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := embeddedFiles(t)
			text := string(files[test.file].Data)
			if strings.Count(text, test.old) == 0 {
				t.Fatalf("%s has no %q", test.file, test.old)
			}
			text = strings.Replace(text, test.old, test.new, 1)
			files[test.file] = &fstest.MapFile{Data: []byte(text)}
			_, err := Load(builtIn(files), vocabulary)
			var faults yamlfile.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("loaded with %v", err)
			}
			before, _, _ := strings.Cut(text, strings.TrimLeft(test.new, "\n"))
			want := strings.Replace(test.want, "LINE", strconv.Itoa(strings.Count(before, "\n")+1), 1)
			for _, fault := range faults {
				if strings.HasPrefix(fault.String(), want) {
					return
				}
			}
			t.Errorf("told\n%v\nwant %s", err, want)
		})
	}
}

// TestAllFaultsAtOnce: several files, several faults.
func TestAllFaultsAtOnce(t *testing.T) {
	t.Parallel()
	files := embeddedFiles(t)
	text := string(files["innrapportering/bsu.yaml"].Data)
	files["innrapportering/again.yaml"] = &fstest.MapFile{Data: []byte(text)}
	files["innrapportering/wrong.yaml"] = &fstest.MapFile{
		Data: []byte(strings.NewReplacer("name: bsu", "name: Æ", "first: 2015", "first: 1").Replace(text)),
	}
	files["innrapportering/empty.yaml"] = &fstest.MapFile{}
	_, err := Load(builtIn(files), vocabulary)
	var faults yamlfile.Faults
	if !errors.As(err, &faults) {
		t.Fatalf("loaded with %v", err)
	}
	count := map[string]int{}
	for _, fault := range faults {
		count[fault.File]++
	}
	if count["innrapportering/wrong.yaml"] < 2 || count["innrapportering/empty.yaml"] < 1 ||
		count["innrapportering/bsu.yaml"] < 1 {
		t.Errorf("faults by file %v:\n%v", count, err)
	}
}

// smallFamily and smallAPI are the shortest files that load.
const (
	smallFamily = `family: x
maxBody: 9
errorBody: feil
routes: [{name: a, method: GET, paths: ["/a/{id}"], checks: [token], behaviour: dokument}]
felter: {oppgave: /a/b}
masked: [x]
notImitated: [GET /b]
offences: {unknown-url: {kode: A}, method-not-allowed: {kode: A}, missing-token: {kode: A}, invalid-token: {kode: A},
  unknown-forsendelse: {kode: A}, no-dialog: {kode: A}, unknown-dokument: {kode: A}, body-too-large: {kode: A}, bad-parameter: {kode: A},
  unexpected-failure: {kode: A}, unspecified-failure: {kode: A}, backend-failure: {kode: B, spesifisering: [S]}}
`
	smallAPI = `name: a
title: A
label: a
hosts: [a.no]
koder: {A: {status: 400, melding: m, type: t, conflict: true}, B: {status: 500, melding: m}}
spesifiseringer: {S: s}
`
)

// FuzzLoad: no file makes the loader panic, and what it loads is whole. One of two files is changed in
// one place, or is the input.
func FuzzLoad(f *testing.F) {
	for _, base := range []string{smallFamily, smallAPI} {
		f.Add(base == smallFamily, true, uint16(0), uint16(0), "")
		f.Add(base == smallFamily, true, uint16(len(base)/2), uint16(3), ", x: []")
	}
	f.Add(false, false, uint16(0), uint16(0), "name: x\nkoder: {a: b}")
	f.Add(true, false, uint16(0), uint16(0), "routes: [{paths: [/a]}, {checks: [[]]}]")
	if _, err := load(smallFamily, smallAPI); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, isFamily, based bool, at, length uint16, put string) {
		family, api := smallFamily, smallAPI
		changed := &api
		if isFamily {
			changed = &family
		}
		if !based {
			*changed = ""
		}
		var ok bool
		if *changed, ok = splice.At(*changed, at, length, put); !ok {
			return
		}
		known, err := load(family, api)
		if err != nil {
			if err.Error() == "" {
				t.Error("refused without a word")
			}
			return
		}
		for _, api := range known.APIs {
			if len(api.Routes) == 0 || len(api.Feil) < len(commonOffences()) || api.MaxBody < 1 {
				t.Errorf("%+v is not whole", api)
			}
		}
	})
}

// load loads a family of one API.
func load(family, api string) (*Catalog, error) {
	return Load(builtIn(fstest.MapFS{
		"x/family.yaml": {Data: []byte(family)}, "x/a.yaml": {Data: []byte(api)},
	}), vocabulary)
}
