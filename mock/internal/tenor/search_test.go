package tenor

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sandkasse/fixtures/ident"
	"sandkasse/fixtures/population"
)

// query reads parameters that cannot be wrong.
func query(t interface{ Fatal(...any) }, parameters map[string][]string) Query {
	q, err := ParseQuery(parameters, ident.Date{Year: 2024, Month: 12, Day: 31})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// numbers returns the ids of a result.
func numbersOf(r Result, name string) []string {
	ids := []string{}
	for _, o := range r.DokumentListe {
		for _, m := range o {
			if m.Name == name {
				ids = append(ids, fmt.Sprint(m.Value))
			}
		}
	}
	return ids
}

// TestSearchPersonerFinds holds some searches against a plain look at everybody.
func TestSearchPersonerFinds(t *testing.T) {
	t.Parallel()
	p := population.Population{Seed: 1, Size: 3_000}
	persons := make([]population.Person, p.Size)
	for i := range persons {
		persons[i] = must(p.Person(i))
	}
	today := ident.Date{Year: 2024, Month: 12, Day: 31}
	for kql, is := range map[string]func(population.Person) bool{
		"kjoenn:KVINNE":     func(x population.Person) bool { return x.Kjoenn == ident.Kvinne },
		"not kjoenn:kvinne": func(x population.Person) bool { return x.Kjoenn == ident.Mann },
		"personstatus:bosatt and identifikatorType:dNummer": func(x population.Person) bool { return false },
		"identifikatorType:dNummer": func(x population.Person) bool {
			return x.Kind == ident.KindDNummer
		},
		"foedselsdato:[2003 to 2005]": func(x population.Person) bool {
			return x.Foedselsdato.Year >= 2003 && x.Foedselsdato.Year <= 2005
		},
		"foedselsdato > 2003-12": func(x population.Person) bool {
			return x.Foedselsdato.Year >= 2004
		},
		"foedselsdato < 1960": func(x population.Person) bool {
			return x.Foedselsdato.Year < 1960
		},
		"foedselsdato:1955-10": func(x population.Person) bool {
			return x.Foedselsdato.Year == 1955 && x.Foedselsdato.Month == 10
		},
		"alder:[18 to 25]": func(x population.Person) bool {
			return x.Alder(today) >= 18 && x.Alder(today) <= 25
		},
		"alder <= 3 or alder:90": func(x population.Person) bool {
			return x.Alder(today) <= 3 || x.Alder(today) == 90
		},
		"doedsdato:*": func(x population.Person) bool {
			return x.Doedsdato != ident.Date{}
		},
		"sivilstand:(gift or separert) and antallBarn:[1 to *]": func(x population.Person) bool {
			return (x.Sivilstand == population.Gift || x.Sivilstand == population.Separert) && len(x.Barn) > 0
		},
		"fornavn:A*": func(x population.Person) bool {
			return hasWord(x.Fornavn, func(w string) bool { return strings.HasPrefix(w, "A") })
		},
		"etternavn:*STE*": func(x population.Person) bool {
			return strings.Contains(x.Etternavn,
				"STE")
		},
		`visningnavn:"treffsikker grasplen"`: func(x population.Person) bool {
			return strings.HasSuffix(x.Navn(),
				"TREFFSIKKER GRASPLEN")
		},
		"kommunenr:0301": func(x population.Person) bool { return x.Bostedsadresse.Kommunenummer == "0301" },
		"bostedsadresse:storgata and bostedsadresse:oslo": func(x population.Person) bool {
			return x.Bostedsadresse.Adressenavn == "Storgata" && x.Bostedsadresse.Poststed == "OSLO"
		},
		"harAvvikFdato:true": func(x population.Person) bool {
			return must(ident.ParseFoedselsnummer(x.Foedselsnummer)).Date.Day != x.Foedselsdato.Day
		},
		"flereFornavn:true":          func(x population.Person) bool { return strings.Contains(x.Fornavn, " ") },
		"norskStatsborgerskap:false": func(x population.Person) bool { return x.Kind == ident.KindDNummer },
		"tenorRelasjoner.freg:*": func(x population.Person) bool {
			return x.Ektefelle != population.None || x.Mor != population.None || x.Far != population.None ||
				len(x.Barn) > 0
		},
		"tenorRelasjoner.freg:{tenorRelasjonsnavn:\"barn\" and foedselsdato:[2003 to 2005]}": func(
			x population.Person,
		) bool {
			return slices.ContainsFunc(x.Barn, func(i int) bool {
				y := persons[i].Foedselsdato.Year
				return y >= 2003 &&
					y <= 2005
			})
		},
		"tenorRelasjoner.brreg-er-fr:{dagligLeder:*}": func(x population.Person) bool {
			return slices.ContainsFunc(x.Roller, func(r population.Rolle) bool {
				return r.Type == population.DagligLeder
			})
		},
		"tenorRelasjoner.brregErFr:{organisasjonsform.kode:ENK}": func(x population.Person) bool {
			return slices.ContainsFunc(x.Roller, func(r population.Rolle) bool {
				return r.Type == population.Innehaver
			})
		},
		"tenorRelasjoner.arbeidsforhold:{stillingsprosent < 50}": func(x population.Person) bool {
			return len(x.Arbeidsforhold) > 0 && x.Arbeidsforhold[0].Stillingsprosent < 50
		},
		"id:" + persons[77].Foedselsnummer:                 func(x population.Person) bool { return x.Nummer == 77 },
		"morFnr:" + persons[21].Foedselsnummer:             func(x population.Person) bool { return x.Mor == 21 },
		"partnerFnr:\"" + persons[21].Foedselsnummer + `"`: func(x population.Person) bool { return x.Ektefelle == 21 },
		"id:10836096911": func(population.Person) bool { return false },
	} {
		var want []string
		for _, x := range persons {
			if is(x) {
				want = append(want, x.Foedselsnummer)
			}
		}
		if len(want) == 0 && !strings.Contains(kql, "10836096911") &&
			!strings.Contains(kql, "bosatt and identifikatorType:dNummer") {
			t.Errorf("nobody is %s: that proves nothing", kql)
		}
		r, err := SearchPersoner(t.Context(), p, query(t, map[string][]string{"kql": {kql}, "antall": {"200"}}))
		if err != nil || r.Treff != len(want) || !r.Fullstendig || r.Rader != min(200, r.Treff) ||
			r.Rader != len(r.DokumentListe) {
			t.Errorf("%s: %d hits of %d looked at, %v; want %d", kql, r.Treff, r.Skannet, err, len(want))
		}
		if diff := cmp.Diff(want[:min(200, len(want))], numbersOf(r, "id")); diff != "" && len(want) > 0 {
			t.Errorf("%s (-want +got):\n%s", kql, diff)
		}
	}
}

func hasWord(text string, is func(string) bool) bool {
	return slices.ContainsFunc(strings.Fields(text), is)
}

// TestSearchNarrows: a search by birth or number looks at few, and finds what a look at everybody
// does.
func TestSearchNarrows(t *testing.T) {
	t.Parallel()
	large := population.Population{Seed: 2, Size: population.Capacity}
	person := must(large.Person(7_777_777))
	r, err := SearchPersoner(t.Context(), large,
		query(t, map[string][]string{"identifikator": {person.Foedselsnummer}}))
	if err != nil || r.Treff != 1 || r.Skannet > population.FamilySize || !r.Fullstendig ||
		numbersOf(r, "id")[0] != person.Foedselsnummer {
		t.Errorf("%+v, %v", r, err)
	}
	r, err = SearchPersoner(t.Context(), large, query(t, map[string][]string{
		"foedselsdato": {"[1990-05-03 to 1990-05-04]"},
		"antall":       {"200"}, "etternavn": {"AGURK"},
	}))
	if err != nil || r.Treff < 10 || !r.Fullstendig || r.Skannet > 120_000 {
		t.Errorf("%d of %d looked at, all: %t, %v", r.Treff, r.Skannet, r.Fullstendig, err)
	}
	r, err = SearchPersoner(t.Context(), large, query(t, nil))
	if err != nil || r.Treff != large.Size || !r.Fullstendig || r.Rader != 10 || r.NesteSide == nil ||
		*r.NesteSide != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	r, err = SearchPersoner(t.Context(), large, query(t, map[string][]string{"kjoenn": {"kvinne"}}))
	if err != nil || r.Fullstendig || r.Skannet != maxPersonsSearched || r.Treff < r.Skannet/3 {
		t.Errorf("%d of %d looked at, all: %t, %v", r.Treff, r.Skannet, r.Fullstendig, err)
	}
	rapid.Check(t, func(t *rapid.T) {
		p := population.Population{Seed: rapid.Uint64Range(0, 3).Draw(t, "seed"), Size: 20_000}
		year, month, months := rapid.IntRange(1924, 2025).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month"),
			rapid.IntRange(0, 2).Draw(t, "months")
		last := ident.Date{Year: year + (month+months-1)/12, Month: (month+months-1)%12 + 1, Day: 0}
		text := fmt.Sprintf("foedselsdato:[%04d-%02d to %04d-%02d]", year, month, last.Year, last.Month)
		if rapid.Bool().Draw(t, "by age") {
			text = fmt.Sprintf("alder:%d", rapid.IntRange(0, 101).Draw(t, "age"))
		}
		narrow := must(SearchPersoner(t.Context(), p, query(t, map[string][]string{"kql": {text}, "antall": {"200"}})))
		wide := must(SearchPersoner(t.Context(), p, query(t, map[string][]string{
			"kql":    {text + " or navnLengde:0"},
			"antall": {"200"},
		})))
		if narrow.Treff != wide.Treff || !narrow.Fullstendig || !wide.Fullstendig {
			t.Fatalf("%s: %d of %d looked at, and %d of %d", text, narrow.Treff, narrow.Skannet, wide.Treff,
				wide.Skannet)
		}
		if diff := cmp.Diff(numbersOf(narrow, "id"), numbersOf(wide, "id")); diff != "" {
			t.Fatalf("%s:\n%s", text, diff)
		}
	})
}

// TestSearchPages: pages follow each other without gap, a seed shuffles repeatably, and the last
// page has no next one.
func TestSearchPages(t *testing.T) {
	t.Parallel()
	p := population.Population{Seed: 1, Size: 1_000}
	for _, parameters := range []map[string][]string{{}, {"kjoenn": {"mann"}}, {"foedselsdato": {"[1980 to 1981]"}}} {
		for _, seed := range [][]string{nil, {"0"}, {"7"}} {
			parameters["seed"] = seed
			all := map[string]bool{}
			parameters["antall"], parameters["side"] = []string{"7"}, []string{"0"}
			for {
				r := must(SearchPersoner(t.Context(), p, query(t, parameters)))
				again := must(SearchPersoner(t.Context(), p, query(t, parameters)))
				if diff := cmp.Diff(numbersOf(r, "id"), numbersOf(again, "id")); diff != "" {
					t.Fatal(diff)
				}
				for _, id := range numbersOf(r, "id") {
					if all[id] {
						t.Fatalf("%v: %s comes twice", parameters, id)
					}
					all[id] = true
				}
				if r.NesteSide == nil {
					if want := min(r.Treff, 203); len(all) != want {
						t.Errorf("%v: %d of %d on all pages", parameters, len(all), r.Treff)
					}
					break
				}
				parameters["side"] = []string{fmt.Sprint(*r.NesteSide)}
			}
		}
	}
	first := func(seed string) []string {
		return numbersOf(must(SearchPersoner(t.Context(), p, query(t, map[string][]string{"seed": {seed}}))), "id")
	}
	if cmp.Diff(first("1"), first("2")) == "" {
		t.Error("the seeds 1 and 2 shuffle alike")
	}
}

// TestSearchShows holds what a document shows.
func TestSearchShows(t *testing.T) {
	t.Parallel()
	p := population.Population{Seed: 1, Size: 1_000}
	for _, c := range []struct{ parameters, want string }{
		{"", `{"id":"19905516461","tenorMetadata":{"id":"19905516461"}}`},
		{"vis=kjoenn,identifikator", `{"identifikator":["19905516461"],"kjoenn":"kvinne"}`},
		{
			"vis=tenorRelasjoner.*.tenorRelasjonsnavn",
			`{"tenorRelasjoner":{"freg":[{"tenorRelasjonsnavn":"partner"},{"tenorRelasjonsnavn":"mor"},{"tenorRelasjonsnavn":"far"},` +
				`{"tenorRelasjonsnavn":"barn"},{"tenorRelasjonsnavn":"barn"}],"brreg-er-fr":[{"tenorRelasjonsnavn":"dagligLederFnr"}]}}`,
		},
		{"vis=tenorRelasjoner.freg.id,sivilstand&skjul=tenorRelasjoner", `{"sivilstand":"gift"}`},
		{
			"vis=tenorMetadata&skjul=*.kildedata",
			`{"tenorMetadata":{"id":"19905516461","kilder":["freg"],"kildeMime":"application/json","testdataVersjon":1,"datasettVersjon":1,` +
				`"opprettet":"2024-12-31T00:00:00.000+01:00","oppdatert":"2024-12-31T00:00:00.000+01:00","indeksert":"2024-12-31T00:00:00.000+01:00"}}`,
		},
		{
			"nokkelinformasjon=true&skjul=bosted*,tenor*",
			`{"id":"19905516461","identifikator":["19905516461"],"identifikatorType":["foedselsnummer"],"kjoenn":"kvinne",` +
				`"foedselsdato":"1955-10-19","personstatus":"bosatt","sivilstand":"gift","fornavn":"TREFFSIKKER","etternavn":"GRASPLEN","visningnavn":"TREFFSIKKER GRASPLEN","kommunenr":"3118","antallBarn":2}`,
		},
	} {
		parameters := map[string][]string{"id": {"19905516461"}}
		for pair := range strings.SplitSeq(c.parameters, "&") {
			if name, text, ok := strings.Cut(pair, "="); ok {
				parameters[name] = append(parameters[name], text)
			}
		}
		r := must(SearchPersoner(t.Context(), p, query(t, parameters)))
		got, err := json.Marshal(r.DokumentListe)
		if want := "[" + c.want + "]"; err != nil || string(got) != want {
			t.Errorf("%s: %v (-want +got):\n%s", c.parameters, err, cmp.Diff(want, string(got)))
		}
	}
	got, err := json.Marshal(must(SearchPersoner(t.Context(), p, query(t, map[string][]string{"id": {"00000000000"}}))))
	want := `{"treff":0,"rader":0,"offset":0,"nesteSide":null,"seed":0,"dokumentListe":[],"fasetter":{},"skannet":0,` +
		`"fullstendig":true}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}

// TestSearchOrganisasjoner holds some searches against a plain look at every organisation.
func TestSearchOrganisasjoner(t *testing.T) {
	t.Parallel()
	p := population.Population{Seed: 1, Size: 3_000}
	organisations := make([]population.Organisation, p.Organisations())
	for j := range organisations {
		organisations[j] = must(p.Organisation(j))
	}
	person := must(p.Person(organisations[5].Roller[0].Person))
	for kql, is := range map[string]func(population.Organisation) bool{
		`organisasjonsform.kode:"AS" and antallAnsatte:[1 to 50]`: func(o population.Organisation) bool {
			return o.Organisasjonsform == "AS" && o.AntallAnsatte >= 1 && o.AntallAnsatte <= 50
		},
		"navn:*BANK*": func(o population.Organisation) bool { return strings.Contains(o.Navn, "BANK") },
		"naeringKode:69.201 and naeringskoder.kode:69.201": func(o population.Organisation) bool {
			return o.Naeringskode.Kode == "69.201"
		},
		"forretningsadresse.kommunenummer:03*": func(o population.Organisation) bool {
			return strings.HasPrefix(o.Forretningsadresse.Kommunenummer, "03")
		},
		"harAnsatte:J": func(o population.Organisation) bool { return o.AntallAnsatte > 0 },
		"registreringsdatoEnhetsregisteret:[2010-01-01 to 2010-12-31]": func(o population.Organisation) bool {
			return o.Registreringsdato.Year == 2010
		},
		"dagligLeder:" + person.Foedselsnummer: func(o population.Organisation) bool {
			return slices.Contains(person.Roller, population.Rolle{
				Type: population.DagligLeder, Organisasjon: o.Nummer,
				Person: person.Nummer, Foretak: population.None,
			})
		},
		"revisorerOrgnr:" + organisations[5].Organisasjonsnummer: func(o population.Organisation) bool {
			return slices.Contains(o.Roller, population.Rolle{
				Type: population.Revisor, Organisasjon: o.Nummer,
				Person: population.None, Foretak: 5,
			})
		},
		"tenorRelasjoner.freg:{tenorRelasjonsnavn:dagligLeder and kjoenn:kvinne}": func(
			o population.Organisation,
		) bool {
			return slices.ContainsFunc(o.Roller, func(r population.Rolle) bool {
				return r.Type == population.DagligLeder && must(p.Person(r.Person)).Kjoenn == ident.Kvinne
			})
		},
		"organisasjonsnummer:" + organisations[9].Organisasjonsnummer: func(o population.Organisation) bool {
			return o.Nummer == 9
		},
		"organisasjonsnummer:987654321": func(population.Organisation) bool {
			return false
		},
	} {
		want := []string{}
		for _, o := range organisations {
			if is(o) {
				want = append(want, o.Organisasjonsnummer)
			}
		}
		r, err := SearchOrganisasjoner(t.Context(), p, query(t,
			map[string][]string{"kql": {"(" + kql + ") and not erUnderenhet:*"}, "antall": {"200"}}))
		if diff := cmp.Diff(want, numbersOf(r, "organisasjonsnummer")); diff != "" || err != nil ||
			r.Treff != len(want) {
			t.Errorf("%s: %v (-want +got):\n%s", kql, err, diff)
		}
	}
	q := query(t, map[string][]string{
		"organisasjonsnummer": {organisations[6].Organisasjonsnummer}, "vis": {"*"},
		"skjul": {"tenorRelasjoner,*.kildedata"},
	})
	got, err := json.MarshalIndent(must(SearchOrganisasjoner(t.Context(), p, q)).DokumentListe[0], "", "  ")
	for _, part := range []string{`"organisasjonsform": {
    "kode": "ESEK",
    "beskrivelse": "Eierseksjonssameie"
  }`, `"naeringKode": [
    "68.209"
  ]`, `"antallAnsatte": 0`, `"erUnderenhet": {}`, `"harUnderenheter": []`} {
		if err != nil || !strings.Contains(string(got), part) {
			t.Errorf("%v: want %s in\n%s", err, part, got)
		}
	}
}

func TestKildedata(t *testing.T) {
	t.Parallel()
	p := population.Population{Seed: 1, Size: 1_000}
	person := must(p.Person(21))
	text, ok := KildedataPerson(p, person.Foedselsnummer)
	var freg struct {
		Identifikasjonsnummer []struct{ FoedselsEllerDNummer string }
		Familierelasjon       []struct{ RelatertPerson, RelatertPersonsRolle, MinRolleForPerson string }
	}
	if err := json.Unmarshal(text, &freg); err != nil || !ok ||
		freg.Identifikasjonsnummer[0].FoedselsEllerDNummer != person.Foedselsnummer || len(freg.Familierelasjon) != 5 {
		t.Errorf("%v, %t: %s", err, ok, text)
	}
	o := must(p.Organisation(3))
	text, ok = KildedataOrganisasjon(p, o.Organisasjonsnummer)
	var brreg struct {
		Navn         string
		Rollegrupper []struct{ Type struct{ Kode string } }
	}
	if err := json.Unmarshal(text, &brreg); err != nil || !ok || brreg.Navn != o.Navn ||
		len(brreg.Rollegrupper) != len(o.Roller) {
		t.Errorf("%v, %t: %s", err, ok, text)
	}
	if text, ok := KildedataPerson(p, "10836096911"); ok {
		t.Errorf("%s", text)
	}
	if text, ok := KildedataOrganisasjon(p, "319000"); ok {
		t.Errorf("%s", text)
	}
}

func TestSearchRefuses(t *testing.T) {
	t.Parallel()
	p := population.Population{Seed: 1, Size: 100}
	for _, c := range []struct {
		parameter, text, want string
	}{
		{"antall", "-1", `antall: is "-1", but must be a whole number from 0`},
		{"antall", "ti", `antall: is "ti"`},
		{"side", "-1", `side: is "-1", but must be a whole number from 0`},
		{"seed", "-1", `seed: is "-1"`},
		{"nokkelinformasjon", "ja", `nokkelinformasjon: is "ja", but must be true or false`},
		{"kjoenn", " ", "kjoenn: is empty"},
		{"alder", "[18 to", "alder, character 7: the search ends here"},
		{"alder", "[18 to 20] x", `alder, character 12: here is "x", but there must be the end`},
		{"vis", strings.Repeat("a", 201), "vis: has 1 paths, one of 201 characters"},
		{"kql", "kjon:kvinne", `kql, character 1: there is no field "kjon"; is it kjoenn?`},
		{"kjon", "kvinne", `kjon: there is no field "kjon"; is it kjoenn?`},
		{"size", "3", `size: there is no field "size"; is it side?`},
		{"kql", "kjoenn:mann and alder:ung", `kql, character 23: here is "ung", but there must be a whole number`},
		{"kql", "foedselsdato:[2003 to 2003-13]", `kql, character 23: here is "2003-13", but there must be a month`},
		{"alder", "[18 to ung]", `alder, character 8: here is "ung"`},
		{"alder", "ung", `alder: here is "ung", but there must be a whole number`},
		{"flereFornavn", "ja", "flereFornavn: flereFornavn is compared"},
		{"tenorRelasjoner.freg", "{kjon:kvinne}", `tenorRelasjoner.freg, character 2: there is no field "kjon"`},
		{
			"kql", "foedselsdato > 2003-02-30",
			`kql, character 16: here is "2003-02-30", but there must be a day of the calendar`,
		},
		{"kql", "flereFornavn:kanskje", "flereFornavn is compared with kanskje, but must be with true or false"},
		{"kql", "flereFornavn:[a to b]", "true or false"},
		{"kql", "kjoenn:{a:b}", "it is no relation"},
		{"kql", "tenorRelasjoner.freg:barn", "must be with a search in braces"},
		{"kql", "tenorRelasjoner.freg:{kjon:kvinne}", `kql, character 23: there is no field "kjon"`},
	} {
		q, err := ParseQuery(map[string][]string{c.parameter: {c.text}}, ident.Date{})
		if err == nil {
			_, err = SearchPersoner(t.Context(), p, q)
		}
		if _, ok := errors.AsType[*QueryError](err); !ok || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s=%.60s: %v; want %s", c.parameter, c.text, err, c.want)
		}
	}
}

// TestSearchRefusesSizes: a population that cannot be is not searched.
func TestSearchRefusesSizes(t *testing.T) {
	t.Parallel()
	if _, err := SearchPersoner(t.Context(), population.Population{Size: -1}, Query{}); err == nil ||
		!strings.Contains(err.Error(), "the size is -1") {
		t.Errorf("got %v", err)
	}
}

// must returns the value of a call that cannot fail.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
