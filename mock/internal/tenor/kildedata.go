package tenor

import (
	"encoding/json"
	"strconv"

	"sandkasse/fixtures/ident"
	"sandkasse/fixtures/population"
)

// kildedata returns the person's record in Folkeregisteret as Tenor has it (K550). The population
// has no history, so that every entry is in force.
func (v *personView) kildedata() []byte {
	p := v.person()
	born := midnight(p.Foedselsdato)
	o := Object{
		{"identifikasjonsnummer", []Object{current("", Object{
			{"status", "iBruk"},
			{"foedselsEllerDNummer", p.Foedselsnummer},
			{"identifikatortype", string(p.Kind)},
		})}},
		{"status", []Object{current(dataTime, Object{{"status", string(p.Personstatus)}})}},
		{"kjoenn", []Object{current("", Object{{"kjoenn", string(p.Kjoenn)}})}},
		{"foedsel", []Object{current(born, Object{
			{"foedselsdato", p.Foedselsdato.String()},
			{"foedselsaar", strconv.Itoa(p.Foedselsdato.Year)},
			{"foedeland", p.Foedeland},
		})}},
	}
	if p.Doedsdato != (ident.Date{}) {
		o.add("doedsfall", current(midnight(p.Doedsdato), Object{{"doedsdato", p.Doedsdato.String()}}))
	}
	var family []Object
	for _, other := range v.relatives() {
		own, others := v.familyRoles(other)
		family = append(family, current("", Object{
			{"relatertPerson", other.member.Foedselsnummer()},
			{"relatertPersonsRolle", others},
			{"minRolleForPerson", own},
		}))
	}
	o.add("familierelasjon", family)
	o.add("sivilstand", []Object{v.sivilstand(p)})
	o.add("navn", []Object{current("", Object{{"fornavn", p.Fornavn}, {"etternavn", p.Etternavn}})})
	if a := p.Bostedsadresse; a != (population.Adresse{}) {
		number := Object{{"husnummer", strconv.Itoa(a.Husnummer)}}
		number.add("husbokstav", a.Husbokstav)
		o.add("bostedsadresse", []Object{current("", Object{
			{"vegadresse", Object{
				{"kommunenummer", a.Kommunenummer},
				{"bruksenhetsnummer", a.Bruksenhetsnummer.String()},
				{"bruksenhetstype", "bolig"},
				{"adressenavn", a.Adressenavn},
				{"adressenummer", number},
				{"poststed", Object{{"poststedsnavn", a.Poststed}, {"postnummer", a.Postnummer}}},
			}},
			{"adressegradering", "ugradert"},
		})})
	}
	o.add("statsborgerskap", []Object{current(born, Object{
		{"statsborgerskap", p.Statsborgerskap},
		{"ervervsdato", p.Foedselsdato.String()},
	})})
	return marshal(o)
}

// current returns an entry that is in force, beginning with the members that every entry of
// Folkeregisteret has. valid is the time from which it holds, or empty if unknown.
func current(valid string, more Object) Object {
	o := Object{{"ajourholdstidspunkt", dataTime}, {"erGjeldende", true}, {"kilde", "KILDE_DSF"}}
	o.add("gyldighetstidspunkt", valid)
	return append(o, more...)
}

// midnight returns the beginning of a day in Norway, in winter time.
func midnight(d ident.Date) string { return d.String() + "T00:00:00+01:00" }

// sivilstand returns the entry of the marital status.
func (v *personView) sivilstand(p *population.Person) Object {
	o := Object{{"sivilstand", string(p.Sivilstand)}}
	if p.Ektefelle != population.None {
		o.add("relatertVedSivilstand", v.numberOf(p.Ektefelle))
	}
	return current("", o)
}

// marshal returns the object as JSON.
func marshal(o Object) []byte {
	text, err := o.MarshalJSON()
	if err != nil {
		panic(err) // all values are texts, numbers, bools, nil and objects
	}
	return text
}

// KildedataPerson returns, as JSON, the source record of the person with a fødselsnummer or
// D-nummer. It returns false if nobody in the population has the number.
func KildedataPerson(p population.Population, foedselsnummer string) (json.RawMessage, bool) {
	i, ok := p.FindPerson(foedselsnummer)
	if !ok {
		return nil, false
	}
	return (&personView{p: p, member: p.Member(i), today: population.LastDay()}).kildedata(), true
}

// KildedataOrganisasjon returns, as JSON, the source record of the organisation or underenhet with
// an organisasjonsnummer. It returns false if none in the population has it.
func KildedataOrganisasjon(p population.Population, organisasjonsnummer string) (json.RawMessage, bool) {
	n, ok := findSearchable(p, organisasjonsnummer)
	if !ok {
		return nil, false
	}
	j, unit := searchable(p, n)
	return (&organisationView{p: p, j: j, unit: unit}).kildedata(), true
}
