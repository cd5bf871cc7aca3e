package tenor

import (
	"encoding/json"
	"strconv"

	"sandkasse/fixtures/ident"
	"sandkasse/fixtures/population"
)

// kildedata is the person's record in Folkeregisteret, in the shape that Tenor has it in (K550). The population has no
// history, so that every entry is in force.
func (v *personView) kildedata() []byte {
	p := v.person()
	born := midnight(p.Foedselsdato)
	o := Object{
		{"identifikasjonsnummer", []Object{current("", Object{{"status", "iBruk"},
			{"foedselsEllerDNummer", p.Foedselsnummer}, {"identifikatortype", string(p.Kind)}})}},
		{"status", []Object{current(dataTime, Object{{"status", string(p.Personstatus)}})}},
		{"kjoenn", []Object{current("", Object{{"kjoenn", string(p.Kjoenn)}})}},
		{"foedsel", []Object{current(born, Object{{"foedselsdato", p.Foedselsdato.String()},
			{"foedselsaar", strconv.Itoa(p.Foedselsdato.Year)}, {"foedeland", p.Foedeland}})}},
	}
	if p.Doedsdato != (ident.Date{}) {
		o.add("doedsfall", current(midnight(p.Doedsdato), Object{{"doedsdato", p.Doedsdato.String()}}))
	}
	var family []Object
	for _, other := range v.relatives() {
		own, others := v.familyRoles(other)
		family = append(family, current("", Object{{"relatertPerson", other.member.Foedselsnummer()},
			{"relatertPersonsRolle", others}, {"minRolleForPerson", own}}))
	}
	o.add("familierelasjon", family)
	o.add("sivilstand", []Object{v.sivilstand(p)})
	o.add("navn", []Object{current("", Object{{"fornavn", p.Fornavn}, {"etternavn", p.Etternavn}})})
	if a := p.Bostedsadresse; a != (population.Adresse{}) {
		number := Object{{"husnummer", strconv.Itoa(a.Husnummer)}}
		number.add("husbokstav", a.Husbokstav)
		o.add("bostedsadresse", []Object{current("", Object{{"vegadresse", Object{{"kommunenummer", a.Kommunenummer},
			{"bruksenhetsnummer", a.Bruksenhetsnummer.String()}, {"bruksenhetstype", "bolig"},
			{"adressenavn", a.Adressenavn}, {"adressenummer", number},
			{"poststed", Object{{"poststedsnavn", a.Poststed}, {"postnummer", a.Postnummer}}}}},
			{"adressegradering", "ugradert"}})})
	}
	o.add("statsborgerskap", []Object{current(born, Object{{"statsborgerskap", p.Statsborgerskap},
		{"ervervsdato", p.Foedselsdato.String()}})})
	return marshal(o)
}

// current is an entry that is in force, with what every entry of Folkeregisteret begins with; valid is since when, or
// nothing where the population does not know.
func current(valid string, more Object) Object {
	o := Object{{"ajourholdstidspunkt", dataTime}, {"erGjeldende", true}, {"kilde", "KILDE_DSF"}}
	o.add("gyldighetstidspunkt", valid)
	return append(o, more...)
}

// midnight is the beginning of a day in Norway, at winter time.
func midnight(d ident.Date) string { return d.String() + "T00:00:00+01:00" }

// sivilstand is the entry of the marital status.
func (v *personView) sivilstand(p *population.Person) Object {
	o := Object{{"sivilstand", string(p.Sivilstand)}}
	if p.Ektefelle != population.None {
		o.add("relatertVedSivilstand", v.numberOf(p.Ektefelle))
	}
	return current("", o)
}

// marshal is the object as JSON.
func marshal(o Object) []byte {
	text, err := o.MarshalJSON()
	if err != nil {
		panic(err) // all values are texts, numbers, bools, nil and objects
	}
	return text
}

// KildedataPerson is the source record of the person with a fødselsnummer or D-nummer, as JSON. It is false where nobody of the population
// has the number.
func KildedataPerson(p population.Population, foedselsnummer string) (json.RawMessage, bool) {
	i, ok := p.FindPerson(foedselsnummer)
	if !ok {
		return nil, false
	}
	return (&personView{p: p, member: p.Member(i), today: population.LastDay()}).kildedata(), true
}

// KildedataOrganisasjon is the source record of the organisation or underenhet with an organisasjonsnummer, as JSON. It is
// false where none of the population has the number.
func KildedataOrganisasjon(p population.Population, organisasjonsnummer string) (json.RawMessage, bool) {
	n, ok := findSearchable(p, organisasjonsnummer)
	if !ok {
		return nil, false
	}
	j, unit := searchable(p, n)
	return (&organisationView{p: p, j: j, unit: unit}).kildedata(), true
}
