package innrapportering

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/golden"
	"sandkasse/mock/internal/jsonptr"
)

// delivered returns a delivery as it would be stored, with ids and times that stand still.
func delivered(api *catalog.API, document any, inntektsaar int, status string) Forsendelse {
	mottatt := time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)
	return Forsendelse{
		ForsendelseID: "019cae5a-0400-7000-8000-000000000001", API: api.Name, Inntektsaar: inntektsaar,
		Oppgavegiver: text(api.Felter.Oppgavegiver, firstLeveranse(api.Felter, document)), Innsender: "319000003",
		Referanse:      text(api.Felter.Referanse, firstLeveranse(api.Felter, document)),
		AntallOppgaver: total(leveranserOf(api.Felter, document), api.Felter.Oppgave), Mottatt: mottatt,
		Behandlet:       mottatt.Add(1500 * time.Millisecond),
		Leveransestatus: status, Dokumenter: []Dokument{{Navn: "Innsending.json"}},
	}
}

// TestExamples: the findings of each page's own example, strictly looked at, are known to the last
// byte, in both forms.
func TestExamples(t *testing.T) {
	t.Parallel()
	for name, api := range testAPIs(t) {
		document := decode(t, example(t, api))
		found := check(api, document, yearOf(t, api, document), ControlStrict)
		feedback := newTilbakemelding(delivered(api, document, yearOf(t, api, document), statusOf(found)), found)
		for extension, encode := range map[string]func() ([]byte, error){".json": feedback.json, ".xml": feedback.xml} {
			got, err := encode()
			if err != nil {
				t.Fatal(err)
			}
			golden.Compare(t, filepath.Join("testdata", "golden", name+extension), got)
		}
		// The levels look for the same and differ in how grave it is.
		for _, control := range []Control{"", ControlFormat, ControlModulus} {
			for i, other := range check(api, document, yearOf(t, api, document), control) {
				if diff := cmp.Diff(codes(found[i].Avvik), codes(other.Avvik)); diff != "" {
					t.Errorf("%s: strict and %q find different avvik:\n%s", name, control, diff)
				}
			}
		}
	}
}

// pointers of a small API that has everything.
func pointer(text string) jsonptr.Pointer {
	p, _ := jsonptr.Parse(text)
	return p
}

func smallAPI() *catalog.API {
	return &catalog.API{
		Felter: catalog.Felter{Oppgave: pointer("/oppgave"), Sletteoppgave: pointer("/slett")},
		Kontroll: func() catalog.Kontroll {
			return catalog.Kontroll{
				AntallOppgaver: pointer("/antall"),
				Sums: []catalog.Sum{
					{Sum: pointer("/sum"), Of: pointer("/beloep")},
					{Sum: pointer("/sumDyp"), Of: pointer("/a~1b/c")},
				},
				Leveranse: []catalog.Identifier{{At: pointer("/org"), Kind: "organisasjonsnummer"}},
				Oppgave: []catalog.Identifier{
					{At: pointer("/fnr"), Kind: "foedselsnummer"},
					{At: pointer("/org"), Kind: "organisasjonsnummer"},
					{At: pointer("/konto"), Kind: "kontonummer"},
				},
				Sletteoppgave: []catalog.Identifier{{At: pointer("/fnr"), Kind: "foedselsnummer"}},
				Dates: []catalog.Date{
					{At: pointer("/dato"), Within: "inntektsaar"},
					{At: pointer("/start"), Within: "untilYearEnd"},
					{At: pointer("/slutt"), Within: "untilYearEnd", NotBefore: pointer("/start")},
					{At: pointer("/fra"), Form: catalog.DDMM, Within: "inntektsaar"},
					{At: pointer("/til"), Form: catalog.DDMM, Within: "inntektsaar", NotBefore: pointer("/fra")},
				},
				Identity: catalog.Identity{
					Oppgave:       []jsonptr.Pointer{pointer("/id"), pointer("/del")},
					Sletteoppgave: []jsonptr.Pointer{pointer("/id"), pointer("/del")},
				},
			}
		},
	}
}

// TestRules: what each rule finds, and what it lets pass. Every document is of 2023.
func TestRules(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		document string
		want     []string // code, place, what stands there, sentence
	}{
		"nothing there": {`{}`, nil},
		"right in every way": {`{"antall": 2, "sum": 3, "org": "313874664", "oppgave": [
			{"beloep": 1, "fnr": "10836096911", "dato": "2023-12-31", "start": "1999-01-01", "id": 1},
			{"beloep": 2, "org": 310646180, "konto": "32004205420", "dato": "2023-01-01", "fra": "0101", "til": "3112", "id": 2}],
			"slett": [{"fnr": "21866597003"}]}`, nil},

		"too few stated": {
			`{"antall": 1, "oppgave": [{}, {}]}`,
			[]string{"SK-ANTALL /antall: 1 | antall er 1, men leveransen har 2"},
		},
		"too many stated": {
			`{"antall": 1}`,
			[]string{"SK-ANTALL /antall: 1 | antall er 1, men leveransen har 0"},
		},
		"antall as text": {
			`{"antall": "2", "oppgave": [{}]}`,
			[]string{"SK-ANTALL /antall: 2 | antall er 2, men leveransen har 1"},
		},
		"antall written oddly": {`{"antall": 1.0e0, "oppgave": [{}]}`, nil},
		"antall is no number":  {`{"antall": "mange", "oppgave": [{}]}`, nil},
		"antall of half": {
			`{"antall": 0.5, "oppgave": [{}]}`,
			[]string{"SK-ANTALL /antall: 0.5 | antall er 0.5, men leveransen har 1"},
		},
		"sletteoppgaver do not": {`{"antall": 0, "slett": [{}, {}]}`, nil},

		"sum": {
			`{"sum": 4, "oppgave": [{"beloep": 1}, {}, {"beloep": 2}]}`,
			[]string{"SK-SUM /sum: 4 | sum er 4, men summen av beloep i leveransens oppgaver er 3"},
		},
		"sum of nothing": {`{"sum": 4}`, []string{
			"SK-SUM /sum: 4 | sum er 4, men summen av beloep i leveransens oppgaver er 0",
		}},
		"sum not stated": {`{"oppgave": [{"beloep": 1}]}`, nil},
		"sum of text": {
			`{"sum": "30000.5", "oppgave": [{"beloep": "30000"}, {"beloep": "0.50"}, {"beloep": "ukjent"}]}`, nil,
		},
		"sum of decimals": {`{"sum": 0.3, "oppgave": [{"beloep": 0.1}, {"beloep": 2e-1}]}`, nil},
		"sum of decimals, wrong": {
			`{"sum": 0.30000000000000004, "oppgave": [{"beloep": 0.1}, {"beloep": 0.2}]}`,
			[]string{
				"SK-SUM /sum: 0.30000000000000004 | sum er 0.30000000000000004, men summen av beloep i leveransens " +
					"oppgaver er 0.3",
			},
		},
		"sum beyond 64 bits": {
			`{"sum": 18446744073709551614, "oppgave": [{"beloep": 9223372036854775807}, {"beloep": 9223372036854775807}]}`,
			nil,
		},
		"sum beyond 64 bits, off": {
			`{"sum": -2, "oppgave": [{"beloep": 9223372036854775807}, {"beloep": 9223372036854775807}]}`,
			[]string{
				"SK-SUM /sum: -2 | sum er -2, men summen av beloep i leveransens oppgaver er 18446744073709551614",
			},
		},
		"sum of what lies deep": {
			`{"sumDyp": 5, "oppgave": [{"a/b": {"c": 4}}]}`,
			[]string{"SK-SUM /sumDyp: 5 | sumDyp er 5, men summen av a~1b/c i leveransens oppgaver er 4"},
		},

		"foedselsnummer": {
			`{"oppgave": [{"fnr": "10836096912"}]}`,
			[]string{
				"SK-FOEDSELSNUMMER /oppgave/0/fnr: 10836096912 | Kontrollsiffer 2 (siffer 11) i fødselsnummeret er " +
					"2, men skal være 1 etter 1083609691",
			},
		},
		"organisasjonsnummer": {
			`{"org": "313874665"}`,
			[]string{
				"SK-ORGANISASJONSNUMMER /org: 313874665 | Kontrollsifferet (siffer 9) i organisasjonsnummeret er 5, " +
					"men skal være 4 etter 31387466",
			},
		},
		"… as a number": {
			`{"oppgave": [{"org": 310646181}]}`,
			[]string{
				"SK-ORGANISASJONSNUMMER /oppgave/0/org: 310646181 | Kontrollsifferet (siffer 9) i " +
					"organisasjonsnummeret er 1, men skal være 0 etter 31064618",
			},
		},
		"… as an odd number": {`{"oppgave": [{"org": 3.10646180e8}]}`, nil},
		"kontonummer": {
			`{"oppgave": [{"konto": "420045454545"}]}`,
			[]string{"SK-KONTONUMMER /oppgave/0/konto: 420045454545 | Kontonummeret har 12 siffer, men skal ha 11"},
		},
		"of a sletteoppgave": {
			`{"slett": [{"fnr": "10836096911"}, {"fnr": "00000000000"}]}`,
			[]string{
				"SK-FOEDSELSNUMMER /slett/1/fnr: 00000000000 | Dagen (siffer 1 og 2) i fødselsnummeret er 00, men " +
					"skal være 01 til 31, eller 41 til 71 i et D-nummer",
			},
		},
		"identifier of no text":  {`{"org": ["313874665"], "oppgave": [{"fnr": null, "org": {}, "konto": true}]}`, nil},
		"oppgaver of no objects": {`{"oppgave": ["10836096912", null, 1]}`, nil},

		"date before the year": {
			`{"oppgave": [{"dato": "2022-12-31"}]}`,
			[]string{"SK-DATO /oppgave/0/dato: 2022-12-31 | dato er 2022-12-31, men skal være i inntektsåret 2023"},
		},
		"date after the year": {
			`{"oppgave": [{"dato": "2024-01-01"}]}`,
			[]string{"SK-DATO /oppgave/0/dato: 2024-01-01 | dato er 2024-01-01, men skal være i inntektsåret 2023"},
		},
		"start after the year": {
			`{"oppgave": [{"start": "2024-01-01"}]}`,
			[]string{
				"SK-DATO /oppgave/0/start: 2024-01-01 | start er 2024-01-01, men skal ikke være etter utløpet av " +
					"inntektsåret 2023",
			},
		},
		"no date": {
			`{"oppgave": [{"dato": "2023-02-29"}]}`,
			[]string{
				"SK-DATO /oppgave/0/dato: 2023-02-29 | 2023-02-29 er ikke en dato som finnes, på formen ÅÅÅÅ-MM-DD",
			},
		},
		"date of no text": {`{"oppgave": [{"dato": 20230101, "fra": 101}]}`, nil},
		"end before start": {
			`{"oppgave": [{"start": "2020-05-02", "slutt": "2020-05-01"}]}`,
			[]string{
				"SK-DATO /oppgave/0/slutt: 2020-05-01 | slutt er 2020-05-01, men skal ikke være før start, som er " +
					"2020-05-02",
			},
		},
		"end at start": {`{"oppgave": [{"start": "2020-05-02", "slutt": "2020-05-02"}]}`, nil},
		"end before no date": {
			`{"oppgave": [{"start": "02.05.2020", "slutt": "2020-05-01"}]}`,
			[]string{
				"SK-DATO /oppgave/0/start: 02.05.2020 | 02.05.2020 er ikke en dato som finnes, på formen ÅÅÅÅ-MM-DD",
			},
		},
		"DDMM that is no day": {
			`{"oppgave": [{"fra": "3104"}]}`,
			[]string{"SK-DATO /oppgave/0/fra: 3104 | 3104 er ikke en dag i 2023: det skal være dag og måned, DDMM"},
		},
		"DDMM of a leap year": {
			`{"oppgave": [{"til": "2902"}]}`,
			[]string{"SK-DATO /oppgave/0/til: 2902 | 2902 er ikke en dag i 2023: det skal være dag og måned, DDMM"},
		},
		"DDMM before another": {
			`{"oppgave": [{"fra": "0203", "til": "0103"}]}`,
			[]string{"SK-DATO /oppgave/0/til: 0103 | til er 0103, men skal ikke være før fra, som er 0203"},
		},
		"DDMM as a month first": {
			`{"oppgave": [{"fra": "1231"}]}`,
			[]string{"SK-DATO /oppgave/0/fra: 1231 | 1231 er ikke en dag i 2023: det skal være dag og måned, DDMM"},
		},

		"twice": {`{"oppgave": [{"id": "a"}, {"id": "b"}, {"id": "a"}, {"id": "a"}]}`, []string{
			"SK-DUBLETT /oppgave/2: id a | Oppgaven gjelder det samme som /oppgave/0 (id a)",
			"SK-DUBLETT /oppgave/3: id a | Oppgaven gjelder det samme som /oppgave/0 (id a)",
		}},
		"twice, written otherwise": {
			`{"oppgave": [{"id": "310646180", "del": 91}, {"id": 310646180, "del": 91.0}]}`,
			[]string{
				"SK-DUBLETT /oppgave/1: id 310646180, del 91 | Oppgaven gjelder det samme som /oppgave/0 (id " +
					"310646180, del 91)",
			},
		},
		"not twice, a part differs": {
			`{"oppgave": [{"id": "a"}, {"id": "a", "del": 1}, {"del": "a"}, {"id": "", "del": "a"}]}`, nil,
		},
		"not twice, cut otherwise": {`{"oppgave": [{"id": "1:a", "del": "b"}, {"id": "1", "del": ":ab"}, {"id": "a1:b"}, {"id": "a", "del": "b"},
			{"id": "1", "del": "abcdefghi-"}, {"id": "10abcdefghi"}]}`, nil},
		"not twice, text with a dash": {`{"oppgave": [{"id": "a-b"}, {"id": "c-d"}, {"id": "1.0"}, {"id": "1"}]}`, nil},
		"not twice, without any":      {`{"oppgave": [{}, {}, {"id": null}, {"id": [1]}]}`, nil},
		"sletteoppgave as oppgave":    {`{"oppgave": [{"id": "a"}], "slett": [{"id": "a"}, {"id": "a"}]}`, nil},

		"by place": {
			`{"antall": 1, "sum": 1, "org": "1", "oppgave": [{"konto": "1", "fnr": "2"}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {"org": "3", "dato": "4"}], "slett": [{"fnr": "5"}]}`,
			[]string{
				"SK-ANTALL /antall: 1 | antall er 1, men leveransen har 11",
				"SK-FOEDSELSNUMMER /oppgave/0/fnr: 2 | Fødselsnummeret har 1 siffer, men skal ha 11",
				"SK-KONTONUMMER /oppgave/0/konto: 1 | Kontonummeret har 1 siffer, men skal ha 11",
				"SK-DATO /oppgave/10/dato: 4 | 4 er ikke en dato som finnes, på formen ÅÅÅÅ-MM-DD",
				"SK-ORGANISASJONSNUMMER /oppgave/10/org: 3 | Organisasjonsnummeret har 1 siffer, men skal ha 9",
				"SK-ORGANISASJONSNUMMER /org: 1 | Organisasjonsnummeret har 1 siffer, men skal ha 9",
				"SK-FOEDSELSNUMMER /slett/0/fnr: 5 | Fødselsnummeret har 1 siffer, men skal ha 11",
				"SK-SUM /sum: 1 | sum er 1, men summen av beloep i leveransens oppgaver er 0",
			},
		},
	} {
		var got []string
		for _, a := range check(smallAPI(), decode(t, []byte(test.document)), 2023, ControlFormat)[0].Avvik {
			got = append(got, fmt.Sprintf("%s %s | %s", a.Avvikskode, a.Beskrivelse, a.Avvikstekst))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestLeapYear: a day of the calendar in 2024 is none in 2023.
func TestLeapYear(t *testing.T) {
	t.Parallel()
	document := decode(t, []byte(`{"oppgave": [{"fra": "2902", "dato": "2024-02-29"}]}`))
	if found := check(smallAPI(), document, 2024, ControlStrict)[0]; len(found.Avvik) != 0 {
		t.Errorf("29 February 2024 gives %v", found.Avvik)
	}
}

// TestLevels: what each level refuses, and how that is counted.
func TestLevels(t *testing.T) {
	t.Parallel()
	document := decode(t,
		[]byte(`{"antall": 5, "oppgave": [{"fnr": "1", "dato": "1"}, {"dato": "1"}, {}, {"konto": "1"}]}`))
	for control, want := range map[Control]string{
		"": "godkjent 0 3 /antall advarsel, /oppgave/0/dato advarsel, /oppgave/0/fnr advarsel, " +
			"/oppgave/1/dato advarsel, /oppgave/3/konto advarsel",
		ControlFormat: "godkjent 0 3 /antall advarsel, /oppgave/0/dato advarsel, /oppgave/0/fnr advarsel, " +
			"/oppgave/1/dato advarsel, /oppgave/3/konto advarsel",
		ControlModulus: "avvist 2 1 /antall advarsel, /oppgave/0/dato advarsel, /oppgave/0/fnr avvist, " +
			"/oppgave/1/dato advarsel, /oppgave/3/konto avvist",
		ControlStrict: "avvist 3 0 /antall avvist, /oppgave/0/dato avvist, /oppgave/0/fnr avvist, /oppgave/1/dato " +
			"avvist, /oppgave/3/konto avvist",
	} {
		found := check(smallAPI(), document, 2023, control)[0]
		var grave []string
		for _, a := range found.Avvik {
			at, _, _ := strings.Cut(a.Beskrivelse, ":")
			grave = append(grave, at+" "+a.Alvorlighetsgrad)
		}
		got := fmt.Sprintf("%s %d %d %s", found.status(), found.AvvisteOppgaver, found.OppgaverMedVarsel,
			strings.Join(grave, ", "))
		if got != want {
			t.Errorf("%q:\n got %s\nwant %s", control, got, want)
		}
	}
}

// TestTooMany: of very many avvik the first are listed, all are counted, and the delivery's own are
// always among the first.
func TestTooMany(t *testing.T) {
	t.Parallel()
	const oppgaver = 12_345
	document := map[string]any{"antall": json.Number("1")}
	for range oppgaver {
		document["oppgave"] = append(list(pointer("/oppgave"), document), map[string]any{"fnr": "1"})
	}
	found := check(smallAPI(), document, 2023, ControlModulus)[0]
	last := found.Avvik[len(found.Avvik)-1]
	if len(found.Avvik) != maxAvvik+1 || found.AvvisteOppgaver != oppgaver || found.Avvik[0].Avvikskode != skAntall ||
		found.Avvik[maxAvvik-1].Beskrivelse != "/oppgave/9998/fnr: 1" {
		t.Errorf("%d avvik and %d oppgaver, the first %v, the last but one %v", len(found.Avvik), found.AvvisteOppgaver,
			found.Avvik[0], found.Avvik[maxAvvik-1])
	}
	if last.Avvikskode != skFlere || last.Avvikstekst != "Leveransen har 2346 avvik til, som ikke er listet" ||
		last.Alvorlighetsgrad != avvist {
		t.Errorf("the last is %v", last)
	}
}

// TestVeiledning: there is a sentence for every code that an avvik can have.
func TestVeiledning(t *testing.T) {
	t.Parallel()
	sentences := map[string]bool{}
	for _, kode := range []avvikskode{
		skAntall, skSum, skFoedselsnummer, skOrganisasjonsnummer, skKontonummer, skDato,
		skDublett, skFlere,
	} {
		sentences[kode.veiledning()] = true
		if !strings.HasPrefix(string(kode), "SK-") {
			t.Errorf("%s could be taken for the agency's", kode)
		}
	}
	if len(sentences) != 8 || sentences[""] {
		t.Errorf("the sentences are %v", slices.Collect(maps.Keys(sentences)))
	}
}
