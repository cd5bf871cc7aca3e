package tenor

import (
	"cmp"
	"slices"
	"strconv"

	"sandkasse/fixtures/ident"
	"sandkasse/fixtures/population"
)

// kildedata returns the organisation's record in Enhetsregisteret and Foretaksregisteret as Tenor
// has it (K550): flags are J and N, amounts are texts, and what is missing is an empty list, object
// or text.
func (v *organisationView) kildedata() []byte {
	own, form := v.organisation(), v.form()
	at, registered := own.Forretningsadresse, own.Registreringsdato.String()
	no, nothing := flag(false), []string{}
	o := Object{
		{"organisasjonsnummer", v.number()},
		{"navn", own.Navn},
		{"oppdeltNavn", []string{own.Navn}},
		{"organisasjonsform", code(form, v.formName())},
		{"forretningsadresse", Object{
			{"land", "Norge"},
			{"landkode", "NO"},
			{"postnummer", at.Postnummer},
			{"poststed", at.Poststed},
			{"adresse", []string{at.Adresselinje()}},
			{"kommune", at.Kommune},
			{"kommunenummer", at.Kommunenummer},
		}},
		{"postadresse", Object{{"adresse", nothing}}},
		{"telefonnummer", own.Telefon},
		{"e-post", own.Epost},
		{"naeringskoder", industryLevels(own.Naeringskode)},
		{"institusjonellSektorkode", sector(form)},
		{"registreringsdatoEnhetsregisteret", registered},
		{"slettetIEnhetsregisteret", no},
		{"registrertIForetaksregisteret", flag(inForetaksregisteret(form))},
	}
	if inForetaksregisteret(form) {
		o.add("registreringsdatoForetaksregisteret", registered)
	}
	o = append(o, Object{
		{"slettetIForetaksregisteret", no},
		{
			"registreringspliktigForetaksregisteret",
			flag(inForetaksregisteret(form)),
		},
		{"registrertIFrivillighetsregisteret", flag(form == "FLI")},
		{"registrertIStiftelsesregisteret", flag(form == "STI")},
		{"registrertIMvaregisteret", flag(inMvaregisteret(form))},
	}...)
	if founded, ok := v.founded().(ident.Date); ok {
		o.add("stiftelsesdato", founded.String())
	}
	return marshal(append(o, Object{
		{"aktivitetBransje", v.activity()},
		{"vedtektsfestetFormaal", nothing},
		{"konkurs", flag(v.status() == population.Konkurs)},
		{"underAvvikling", flag(v.status() == population.Opploest)},
		{"underTvangsavviklingEllerTvangsopplosning", no},
		{"maalform", v.language()},
		{"ansvarsbegrensning", no},
		{"harAnsatte", flag(own.AntallAnsatte > 0)},
		{"kommuneEnhet", ""},
		{"organisasjonsledd", nothing},
		{"antallAnsatte", own.AntallAnsatte},
		{"underenhet", v.headRecord()},
		{"bedriftsforsamling", no},
		{"representantskap", no},
		{"enhetstatuser", v.statuses()},
		{"fullmakter", nothing},
		{"frivilligMvaRegistrert", nothing},
		{"finansielleInstrumenter", nothing},
		{"kapital", capitalOf(form)},
		{"kjonnsrepresentasjon", no},
		{"matrikkelnummer", nothing},
		{"paategninger", nothing},
		{"fravalgAvRevisjon", Object{{"fravalg", no}}},
		{"norskregistrertUtenlandskForetak", Object{
			{"helNorskEierskap", no},
			{"aktivitetINorge", flag(form == "NUF")},
		}},
		{"lovgivningOgForetaksformIHjemlandet", Object{{"foretaksform", ""}}},
		{"registerIHjemlandet", Object{{"navnRegister", nothing}, {"adresse", nothing}}},
		{"fusjoner", nothing},
		{"fisjoner", nothing},
		{"rollegrupper", v.roleGroups()},
	}...))
}

// headRecord returns what the record of an underenhet says of its organisation, and an empty object
// for other organisations.
func (v *organisationView) headRecord() Object {
	if !v.unit {
		return Object{}
	}
	return Object{{"hovedenhet", v.head()}, {"oppstartsdato", v.organisation().Registreringsdato.String()}}
}

// activity returns what the organisation does in words, and an empty list for an underenhet.
func (v *organisationView) activity() []string {
	if v.unit {
		return []string{}
	}
	return []string{v.p.Naeringskode(v.j).Beskrivelse}
}

// code returns a code with its name.
func code(kode, beskrivelse string) Object {
	return Object{{"kode", kode}, {"beskrivelse", beskrivelse}}
}

// industryLevels returns a næringskode of five digits and the three that contain it: 62, 62.0,
// 62.01 and 62.010. All have the name of the last, the only one the population knows (K554).
func industryLevels(n population.Naeringskode) []Object {
	var levels []Object
	for i, length := range []int{2, 4, 5, 6} {
		levels = append(levels, append(code(n.Kode[:length], n.Beskrivelse), Member{"hjelpeenhetskode", false},
			Member{"rekkefolge", 1}, Member{"nivaa", i + 1}))
	}
	return levels
}

// sector returns the institusjonelle sektorkode of a form, or an empty object if no source has it
// (K554). Tenor, too, has an empty one for underenheter, and the blank after each name.
func sector(form string) Object {
	switch form {
	case "AS", "ASA":
		return code("2100", "Private aksjeselskaper mv. ")
	case "FLI", "STI":
		return code("7000", "Ideelle organisasjoner ")
	}
	return Object{}
}

// capitalOf returns the share capital of an organisation of a form, paid in full.
func capitalOf(form string) Object {
	shares, each := capital(form)
	o := Object{}
	amount := func(kroner int) string { return strconv.Itoa(kroner) + ".00" }
	if shares > 0 {
		o = Object{{"type", "Aksjekapital"}, {"belop", amount(shares * each)}}
	}
	o = append(o, Member{"antallAksjer", strconv.Itoa(shares)})
	if shares > 0 {
		o = append(o, Member{"paalydendeBelop", amount(each)}, Member{"innbetaltBelop", amount(shares * each)})
	}
	o = append(o, Member{"fritekst", []string{}})
	if shares > 0 {
		o = append(o, Member{"fulltInnbetaltBelop", flag(true)})
	}
	o = append(o, Member{"sakkyndigRedegjorelse", flag(false)})
	if shares > 0 {
		o = append(o, Member{"valutakode", "NOK"})
	}
	return o
}

// roleGroups returns the role groups of the organisation, ordered by code, each with one role.
// Tenor, too, repeats a group for every role in it (K550).
func (v *organisationView) roleGroups() []Object {
	groups := []Object{}
	if v.unit {
		form := v.form()
		return append(groups, roleGroupOf(code(form, unitRoleNames[form]), code(form, "har som registreringsenhet"),
			Object{},
			Object{{"organisasjonsnummer", v.head()}}, 1))
	}
	roles := slices.Clone(v.organisation().Roller)
	slices.SortStableFunc(roles, func(a, b population.Rolle) int {
		return cmp.Compare(roleGroup(a.Type),
			roleGroup(b.Type))
	})
	for i, r := range roles {
		person, organisation := Object{}, Object{}
		if r.Person == population.None {
			organisation = Object{{"organisasjonsnummer", holder(v.p, r)}}
		} else {
			person = Object{{"foedselsnummer", holder(v.p, r)}}
		}
		group := roleGroup(r.Type)
		groups = append(groups, roleGroupOf(code(string(group), roleTypeNames[group]),
			code(string(r.Type), roleTypeNames[r.Type]),
			person, organisation, i))
	}
	return groups
}

// roleGroupOf returns a role group with one role, held by a person or an organisation; the other
// object is empty.
func roleGroupOf(group, role, person, organisation Object, place int) Object {
	return Object{{"type", group}, {"fritekst", []string{}}, {"roller", []Object{{
		{"type", role},
		{"person", person},
		{"virksomhet", organisation},
		{"valgtAv", Object{}},
		{"fratraadt", flag(false)},
		{"fritekst", []string{}},
		{"rekkefolge", place},
	}}}}
}

// board is the role group of the members of the board.
const board population.Rolletype = "STYR"

// roleGroup returns the group of a role: board for the members of the board, otherwise the role's
// own.
func roleGroup(t population.Rolletype) population.Rolletype {
	if t == population.Styreleder || t == population.Styremedlem {
		return board
	}
	return t
}

// roleTypeNames has the names of the codes of roles and role groups.
var roleTypeNames = map[population.Rolletype]string{
	population.DagligLeder:   "Daglig leder",
	population.Innehaver:     "Innehaver",
	population.Kontaktperson: "Kontaktperson", population.Regnskapsfoerer: "Regnskapsfører",
	population.Revisor:           "Revisor",
	population.Forretningsfoerer: "Forretningsfører", board: "Styre",
	population.Styreleder: "Styrets leder", population.Styremedlem: "Styremedlem",
}
