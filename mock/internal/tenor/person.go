package tenor

import (
	"slices"
	"strings"

	"sandkasse/fixtures/ident"
	"sandkasse/fixtures/population"
)

// personView is a person as a search sees it. It computes facts on demand.
type personView struct {
	p        population.Population
	member   population.Member
	today    ident.Date
	whole    *population.Person // nil until it is needed
	relation string             // tenorRelasjonsnavn: what the person is in the relation through which it is seen
	older    string             // another name of the relation, which searches may use
}

// person returns all facts of the person.
func (v *personView) person() *population.Person {
	if v.whole == nil {
		person, err := v.member.Person()
		if err != nil { // none: the sizes were checked
			person = population.Person{}
		}
		v.whole = &person
	}
	return v.whole
}

// navn returns the whole name.
func (v *personView) navn() string { return v.member.Fornavn() + " " + v.member.Etternavn() }

// other returns the view of a relative.
func (v *personView) other(person int, relation string) *personView {
	return &personView{p: v.p, member: v.member.Relative(person), today: v.today, relation: relation}
}

// relatives returns all persons to whom the person is related, with Tenor's name of the relation.
func (v *personView) relatives() []*personView {
	var all []*personView
	add := func(person int, relation string) {
		if person != population.None {
			all = append(all, v.other(person, relation))
		}
	}
	add(v.member.Ektefelle(), "partner")
	add(v.member.Mor(), "mor")
	add(v.member.Far(), "far")
	for _, child := range v.member.Barn() {
		add(child, "barn")
	}
	return all
}

// numberOf returns the fødselsnummer of a relative, empty for None.
func (v *personView) numberOf(person int) string {
	if person == population.None {
		return ""
	}
	return v.member.Relative(person).Foedselsnummer()
}

// personFields returns the fields of a person in the order of documents. Names and types are those
// of public clients (K550). Fields that no person of the population has can be searched too.
func personFields() []field[personView] {
	type view = *personView
	no := func(name string) field[personView] {
		return field[personView]{name: name, kind: isFlag, get: func(view) any { return false }}
	}
	none := func(name string) field[personView] {
		return field[personView]{name: name, get: func(view) any { return []string{} }}
	}
	absent := func(name string) field[personView] {
		return field[personView]{name: name, get: func(view) any { return nil }}
	}
	return []field[personView]{
		{name: "id", get: func(v view) any { return v.member.Foedselsnummer() }},
		{name: "tenorMetadata.id", hidden: true, get: func(v view) any { return v.member.Foedselsnummer() }},
		{name: "identifikator", get: func(v view) any { return []string{v.member.Foedselsnummer()} }},
		{name: "identifikatorType", get: func(v view) any { return []string{string(v.member.Kind())} }},
		{name: "kjoenn", get: func(v view) any { return string(v.member.Kjoenn()) }},
		{name: "foedselsdato", kind: isDate, get: func(v view) any { return v.member.Foedselsdato() }},
		{name: "doedsdato", kind: isDate, get: func(v view) any {
			if died := v.member.Doedsdato(); died != (ident.Date{}) {
				return died
			}
			return nil
		}},
		{name: "foedeland", get: func(v view) any { return v.member.Statsborgerskap() }},
		{name: "alder", kind: isNumber, hidden: true, get: func(v view) any {
			if years := v.member.Foedselsdato().YearsUntil(v.today); years >= 0 {
				return years
			}
			return nil // not born yet
		}},
		{name: "personstatus", get: func(v view) any { return string(v.member.Personstatus()) }},
		{name: "sivilstand", get: func(v view) any { return string(v.member.Sivilstand()) }},
		{name: "fornavn", get: func(v view) any { return v.member.Fornavn() }},
		absent("mellomnavn"),
		{name: "etternavn", get: func(v view) any { return v.member.Etternavn() }},
		{name: "visningnavn", get: func(v view) any { return v.navn() }},
		{name: "navnLengde", kind: isNumber, get: func(v view) any { return len([]rune(v.navn())) }},
		{name: "flereFornavn", kind: isFlag, get: func(v view) any {
			return strings.Contains(v.member.Fornavn(),
				" ")
		}},
		{name: "navnSpesialtegn", kind: isFlag, get: func(v view) any { return strings.ContainsAny(v.navn(), "ÆØÅ") }},
		no("harNavnHistorikk"),
		{name: "kommunenr", get: func(v view) any { return v.member.Bostedsadresse().Kommunenummer }},
		{name: "bostedsadresse", get: func(v view) any { return v.member.Bostedsadresse().String() }},
		{name: "bostedsadresseType", get: func(v view) any {
			if !v.hasHome() {
				return nil
			}
			return "veiadresse"
		}},
		{name: "adresseGradering", get: func(v view) any {
			if !v.hasHome() {
				return []string{}
			}
			return []string{"ugradert"}
		}},
		{name: "adresseSpesialtegn", kind: isFlag, get: func(v view) any {
			return strings.ContainsAny(strings.ToUpper(v.member.Bostedsadresse().String()), "ÆØÅ")
		}},
		absent("adresseBeskyttelse"), absent("coAdressenavnType"), absent("sisteBoKommune"), absent("oppholdAnnetSted"),
		absent("postadresse"), absent("postadresseUtland"), absent("kontaktinfoDoedsbo"),
		no("ukjentBosted"), no("harPostboks"), no("harPostadressePostboks"), no("harPostadresseVegadresse"),
		no("harPostadresseIFrittFormat"), no("harUtenlandskAdresseIFrittFormat"),
		no("harUtenlandskPostadressePostboks"),
		no("harUtenlandskPostadresseVegadresse"), no("harBostedsadresseHistorikk"), no("harInnflytting"),
		no("harUtflytting"),
		no("harOpphold"),
		{name: "partnerFnr", get: func(v view) any {
			if spouse := v.member.Ektefelle(); spouse != population.None {
				return v.numberOf(spouse)
			}
			return nil
		}},
		no("harSivilstandHistorikk"),
		{name: "morFnr", get: func(v view) any { return listOf(v.numberOf(v.member.Mor())) }},
		{name: "farFnr", get: func(v view) any { return listOf(v.numberOf(v.member.Far())) }},
		{name: "barnFnr", get: func(v view) any {
			numbers := []string{}
			for _, child := range v.member.Barn() {
				numbers = append(numbers, v.numberOf(child))
			}
			return numbers
		}},
		{name: "antallBarn", kind: isNumber, get: func(v view) any { return len(v.member.Barn()) }},
		{name: "borMedMor", kind: isFlag, get: func(v view) any { return v.member.LivesWith(v.member.Mor()) }},
		{name: "borMedFar", kind: isFlag, get: func(v view) any { return v.member.LivesWith(v.member.Far()) }},
		no("borMedMedmor"),
		{name: "foreldreHarSammeAdresse", kind: isFlag, get: func(v view) any {
			mother := v.member.Mor()
			return mother != population.None && v.member.Relative(mother).LivesWith(v.member.Far())
		}},
		{name: "minRolleForPerson", get: func(v view) any {
			return v.roles(func(own,
				_ string,
			) string {
				return own
			})
		}},
		{name: "relatertPersonsRolle", get: func(v view) any {
			return v.roles(func(_,
				other string,
			) string {
				return other
			})
		}},
		no("harForeldreMedSammeKjoenn"), no("harDoedfoedtBarn"), no("harRelatertPersonUtenFolkeregisteridentifikator"),
		no("harRettsligHandleevne"),
		absent("foreldreansvar"), absent("deltBosted"), absent("vergemaalType"), absent("vergeTjenestevirksomhet"),
		{name: "statsborgerskap", get: func(v view) any { return []string{v.member.Statsborgerskap()} }},
		{
			name: "norskStatsborgerskap", kind: isFlag,
			get: func(v view) any { return v.member.Kind() == ident.KindFoedselsnummer },
		},
		no("flereStatsborgerskap"),
		{name: "nordenStatsborgerskap", kind: isFlag, get: func(v view) any {
			return slices.Contains(nordic, v.member.Statsborgerskap())
		}},
		{name: "euEoesStatsborgerskap", kind: isFlag, get: func(v view) any {
			return slices.Contains(eea, v.member.Statsborgerskap())
		}},
		{name: "tredjelandStatsborgerskap", kind: isFlag, get: func(v view) any {
			return !slices.Contains(eea, v.member.Statsborgerskap()) // all of Norden is in it
		}},
		no("utgaattStatsborgerskap"), no("harStatsborgerskapHistorikk"), no("falskIdentitet"),
		none("legitimasjonsdokument"), none("utenlandskPersonidentifikasjon"), absent("identitetsgrunnlagStatus"),
		none("hendelser"), none("hendelserMedSekvens"), absent("hendelserMedSekvens.hendelse"), absent("sisteHendelse"),
		{name: "harAvvikFdato", kind: isFlag, get: func(v view) any {
			return v.member.Foedselsdato() != v.member.DateInNumber()
		}},
		{name: "tenorRelasjonsnavn", hidden: true, get: func(v view) any {
			if v.older == "" {
				return v.relation
			}
			return []string{v.relation, v.older}
		}},
		{name: "tenorRelasjoner.freg", kind: isRelation, hidden: true, compile: compileRelatives},
		{name: "tenorRelasjoner.brreg-er-fr", kind: isRelation, hidden: true, compile: compileOrganisations},
		{name: "tenorRelasjoner.brregErFr", kind: isRelation, hidden: true, compile: compileOrganisations},
		{name: "tenorRelasjoner.arbeidsforhold", kind: isRelation, hidden: true, compile: compileEmployments},
	}
}

// hasHome reports whether the person has a bostedsadresse (K408).
func (v *personView) hasHome() bool { return v.member.Personstatus() == population.Bosatt }

// roles returns the distinct roles between the person and the relatives: own or theirs, as which
// decides.
func (v *personView) roles(which func(own, other string) string) []string {
	roles := []string{}
	for _, other := range v.relatives() {
		if role := which(v.familyRoles(other)); !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	return roles
}

// familyRoles returns what the person is to a relative and the relative to the person, in
// Folkeregisteret's words.
func (v *personView) familyRoles(other *personView) (own, others string) {
	switch other.relation {
	case "partner":
		return "ektefelleEllerPartner", "ektefelleEllerPartner"
	case "barn":
		if v.member.Kjoenn() == ident.Mann {
			return "far", "barn"
		}
		return "mor", "barn"
	}
	return "barn", other.relation
}

// listOf returns a list of one text, or an empty list for an empty text.
func listOf(text string) []string {
	if text == "" {
		return []string{}
	}
	return []string{text}
}

// compileRelatives returns a function that reports whether a relative of a person fulfils a search.
func compileRelatives(n node, m *meter) (func(*personView) bool, error) {
	inner, err := compile(n, personFields(), m)
	if err != nil {
		return nil, err
	}
	return func(v *personView) bool {
		if !m.take(relationSteps) {
			return false
		}
		for _, other := range v.relatives() {
			if m.take(relationSteps) && inner(other) {
				return true
			}
		}
		return false
	}, nil
}

// compileOrganisations returns a function that reports whether an organisation in which a person
// has a role fulfils a search.
func compileOrganisations(n node, m *meter) (func(*personView) bool, error) {
	inner, err := compile(n, organisationFields(), m)
	if err != nil {
		return nil, err
	}
	return func(v *personView) bool {
		if !m.take(relationSteps) {
			return false
		}
		for _, role := range v.member.Roller() {
			other := organisationView{p: v.p, j: role.Organisasjon, today: v.today, role: &role}
			if m.take(relationSteps) && inner(&other) {
				return true
			}
		}
		return false
	}, nil
}

// employmentView is an employment as a search sees it.
type employmentView struct {
	p population.Population
	a population.Arbeidsforhold
}

// employmentFields returns the fields of an employment.
func employmentFields() []field[employmentView] {
	return []field[employmentView]{
		{name: "arbeidsgiver", get: func(v *employmentView) any { return v.p.Organisasjonsnummer(v.a.Arbeidsgiver) }},
		{name: "startDato", kind: isDate, get: func(v *employmentView) any { return v.a.Startdato }},
		{name: "stillingsprosent", kind: isNumber, get: func(v *employmentView) any { return v.a.Stillingsprosent }},
	}
}

// compileEmployments returns a function that reports whether an employment of a person fulfils a
// search.
func compileEmployments(n node, m *meter) (func(*personView) bool, error) {
	inner, err := compile(n, employmentFields(), m)
	if err != nil {
		return nil, err
	}
	return func(v *personView) bool {
		if !m.take(relationSteps) {
			return false
		}
		for _, a := range v.member.Arbeidsforhold() {
			if m.take(relationSteps) && inner(&employmentView{v.p, a}) {
				return true
			}
		}
		return false
	}, nil
}

// document returns the fields of T that documents have, as an Object.
func document[T any](t *T, fields []field[T]) Object {
	var o Object
	for _, f := range fields {
		if f.hidden {
			continue
		}
		value := f.get(t)
		if date, ok := value.(ident.Date); ok {
			value = date.String()
		}
		o.add(f.name, value)
	}
	return o
}

// document returns the person's document. It has relations and source record only if the selection
// shows them.
func (v *personView) document(s selection) Object {
	o := document(v, personFields())
	if s.wants("tenorRelasjoner") {
		relatives, organisations, employments := []Object{}, []Object{}, []Object{}
		for _, other := range v.relatives() {
			relatives = append(relatives, other.related(s, other.relation))
		}
		for _, role := range v.member.Roller() {
			organisation := organisationView{p: v.p, j: role.Organisasjon}
			organisations = append(organisations, organisation.related(s, roleField(role.Type)))
		}
		for _, a := range v.member.Arbeidsforhold() {
			employments = append(employments, append(document(&employmentView{v.p, a}, employmentFields()),
				Member{"tenorRelasjonsnavn", "arbeidsforhold"}))
		}
		o.add("tenorRelasjoner", relations(map[string][]Object{
			"freg": relatives, "brreg-er-fr": organisations,
			"arbeidsforhold": employments,
		}))
	}
	o.add("tenorMetadata", metadata(v.member.Foedselsnummer(), "freg", s, "", v.kildedata))
	return o
}

// related returns the person's document as it stands in the relations of another person, or of an
// organisation.
func (v *personView) related(s selection, relation string) Object {
	return append(document(v, personFields()),
		Member{"tenorMetadata", metadata(v.member.Foedselsnummer(), "freg", s, "tenorRelasjoner.freg.", v.kildedata)},
		Member{"tenorRelasjonsnavn", relation})
}

// nordic and eea list the countries of Norden, and of the EU and EØS (K552).
var (
	nordic = []string{"DNK", "FIN", "ISL", "NOR", "SWE"}
	eea    = []string{
		"AUT", "BEL", "BGR", "CYP", "CZE", "DEU", "DNK", "ESP", "EST", "FIN", "FRA", "GRC", "HRV", "HUN",
		"IRL",
		"ISL", "ITA", "LIE", "LTU", "LUX", "LVA", "MLT", "NLD", "NOR", "POL", "PRT", "ROU", "SVK", "SVN", "SWE",
	}
)
