package tenor

import (
	"context"
	"strings"
	"testing"

	"sandkasse/fixtures/ident"
	"sandkasse/fixtures/population"
)

// search reads the parameters of an address and searches persons or organisations.
func search(what, parameters string) error {
	all := map[string][]string{}
	for pair := range strings.SplitSeq(parameters, "&") {
		name, text, _ := strings.Cut(pair, "=")
		all[name] = append(all[name], text)
	}
	q, err := ParseQuery(all, ident.Date{Year: 2024, Month: 12, Day: 31})
	if err != nil {
		return err
	}
	p := population.Population{Seed: 1, Size: 1_000}
	if what == "personer" {
		_, err = SearchPersoner(context.Background(), p, q)
	} else {
		_, err = SearchOrganisasjoner(context.Background(), p, q)
	}
	return err
}

// TestSearchRefusesNames: a name that no document has, a value that its field cannot have, and a
// second value where one counts are refused with what there is.
func TestSearchRefusesNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ what, parameters, tells string }{
		{"personer", "vis=kjonn", `vis: has "kjonn", which no document has; is it kjoenn? There are`},
		{"personer", "vis=id,fornvan", "is it fornavn?"},
		{"personer", "vis=id&vis=fornvan", "is it fornavn?"},
		{"personer", "skjul=*.kildedatta", "skjul: has"},
		{"personer", "vis=tenorRelasjoner.freg.kjonn", "is it tenorRelasjoner.freg.kjoenn?"},
		{"personer", "vis=tenorRelasjoner.fregg", "is it tenorRelasjoner.freg?"},
		{"personer", "vis=tenorMetadata.kilde", "is it tenorMetadata.kilder?"},
		{"personer", "vis=alder", "which no document has"},
		{"personer", "vis=xyz*", "which no document has"},
		{"personer", "vis=", "names no member"},
		{"personer", "skjul=,", "names no member"},
		{"organisasjoner", "vis=orgnr", "which no document has"},
		{"organisasjoner", "vis=kjoenn", "which no document has"},
		{"organisasjoner", "vis=organisasjonsform.kod", "is it organisasjonsform.kode?"},
		{"personer", "kjonn=kvinne", `there is no field "kjonn"; is it kjoenn?`},
		{"personer", "kql=kjonn:kvinne", "is it kjoenn?"},
		{"personer", "kjoenn=dame", `kjoenn is compared with "dame", but must be with one of mann, kvinne`},
		{"personer", "kjoenn=dam*", "must be with one of mann, kvinne"},
		{"personer", "kjoenn=(mann or dame)", "must be with one of mann, kvinne"},
		{"personer", "kql=kjoenn:dame", "must be with one of mann, kvinne"},
		{"personer", "kql=not kjoenn:dame", "must be with one of mann, kvinne"},
		{"personer", "kql=tenorRelasjoner.freg:{kjoenn:dame}", "must be with one of mann, kvinne"},
		{"personer", "personstatus=levende", "must be with one of bosatt, doed"},
		{"personer", "sivilstand=samboer", "must be with one of ugift, gift"},
		{"personer", "identifikatorType=fnr", "must be with one of foedselsnummer, dNummer"},
		{"organisasjoner", "organisasjonsform.kode=ASS", "must be with one of ADOS, ANNA, ANS, AS"},
		{"organisasjoner", "maalform=svensk", "must be with one of Bokmål, Nynorsk"},
		{"organisasjoner", "konkurs=ja", "must be with one of J, N"},
		{"personer", "antall=1&antall=2", "antall: is given 2 times, but must be given once"},
		{"personer", "side=1&side=1", "side: is given 2 times"},
		{"personer", "seed=1&seed=2", "seed: is given 2 times"},
		{"personer", "nokkelinformasjon=true&nokkelinformasjon=false", "nokkelinformasjon: is given 2 times"},
		{"personer", "highlight=true&highlight=true", "highlight: is given 2 times"},
		{"personer", "antall=1000001", "from "},
		{"personer", "antall=-1", "to 1000000"},
		{"personer", "side=-1", "from 0 to 1000000"},
		{"personer", "side=1000001", "from 0 to 1000000"},
		{"personer", "seed=-1", "from 0 to 18446744073709551615"},
		{"personer", "seed=18446744073709551616", "from 0 to 18446744073709551615"},
		{"personer", "nokkelinformasjon=ja", "true or false"},
		{"personer", "foedselsdato=2026-02-30", "a day of the calendar"},
		{"personer", "foedselsdato=9999-99-99", "a month from 01 to 12"},
		{"personer", "alder=-1", "a whole number from 0"},
		{"personer", "flereFornavn=ja", "true or false"},
	} {
		if err := search(c.what, c.parameters); err == nil || !strings.Contains(err.Error(), c.tells) {
			t.Errorf("%s?%s: %v, want %q", c.what, c.parameters, err, c.tells)
		}
	}
}

// TestSearchTakesNames: what Tenor's documents have may be asked for, also where the population has
// none.
func TestSearchTakesNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ what, parameters string }{
		{"personer", "vis=*"},
		{"personer", "vis=*&skjul=*.kildedata"},
		{"personer", "vis=ID,Fornavn"},
		{"personer", "vis=tenorRelasjoner"},
		{"personer", "vis=tenorRelasjoner.*.tenorRelasjonsnavn"},
		{"personer", "vis=tenorRelasjoner.freg.id"},
		{"personer", "vis=bosted*,tenor*"},
		{"personer", "vis=tenorRelasjoner.brregErFr.organisasjonsform.kode"},
		{"personer", "vis=tenorMetadata.indeksert"},
		{"personer", "vis=tenorRelasjoner.inntekt"},
		{"personer", "skjul=doedsdato"},
		{"personer", "personstatus=utflyttet"},
		{"personer", "kjoenn=KVINNE"},
		{"personer", "kjoenn=k*"},
		{"personer", "kjoenn=*"},
		{"personer", "fornavn=A*&fornavn=B*"},
		{"organisasjoner", "vis=organisasjonsform,naeringskoder.kode"},
		{"organisasjoner", "organisasjonsform.kode=IKS"},
		{"organisasjoner", "vis=tenorRelasjoner.freg.kjoenn"},
	} {
		if err := search(c.what, c.parameters); err != nil {
			t.Errorf("%s?%s: %v", c.what, c.parameters, err)
		}
	}
	p := population.Population{Seed: 1, Size: 1_000}
	for _, vis := range []string{"id", "tenorMetadata.kildedata"} {
		r, err := SearchPersoner(context.Background(), p, Query{Vis: []string{vis}})
		if err != nil || len(r.DokumentListe) == 0 || len(r.DokumentListe[0]) == 0 {
			t.Errorf("%s shows nothing: %v", vis, err)
		}
	}
}
