package tenor

import (
	"slices"
	"strings"

	"sandkasse/fixtures/ident"
	"sandkasse/fixtures/population"
)

// organisationView is an organisation as a search sees it. It computes facts on demand.
type organisationView struct {
	p      population.Population
	j      int
	unit   bool // it is the organisation's underenhet
	today  ident.Date
	role   *population.Rolle        // role of somebody in it, if it is seen through a relation: only this one counts
	server *population.Rolle        // its role in the organisation that is related to it
	link   string                   // relation between an organisation and its underenhet
	whole  *population.Organisation // nil until it is needed
}

// organisation returns all facts of the organisation.
func (v *organisationView) organisation() *population.Organisation {
	if v.whole == nil {
		o, err := v.p.Organisation(v.j)
		if err != nil { // none: the sizes were checked
			o = population.Organisation{}
		}
		v.whole = &o
	}
	return v.whole
}

// holders returns the numbers of those who have a role. In a relation only the role that it is
// about counts.
func (v *organisationView) holders(role population.Rolletype) []string {
	numbers := []string{}
	var roles []population.Rolle
	if v.unit {
		return numbers
	}
	if v.role == nil {
		roles = v.organisation().Roller
	} else {
		roles = []population.Rolle{*v.role}
	}
	for _, r := range roles {
		if r.Type == role {
			numbers = append(numbers, holder(v.p, r))
		}
	}
	return numbers
}

// holder returns the number of the person or organisation that holds a role.
func holder(p population.Population, r population.Rolle) string {
	if r.Person == population.None {
		return p.Organisasjonsnummer(r.Foretak)
	}
	return p.Member(r.Person).Foedselsnummer()
}

// roleField returns the field of an organisation's document that lists the holders of a role. It is
// also the name of the relation between both: revisorerOrgnr, as in the extract that K550 names.
func roleField(t population.Rolletype) string {
	switch t {
	case population.DagligLeder:
		return "dagligLederFnr"
	case population.Innehaver:
		return "innehaver"
	case population.Kontaktperson:
		return "kontaktpersonFnr"
	case population.Styreleder:
		return "styrelederFnr"
	case population.Styremedlem:
		return "styremedlemmerFnr"
	case population.Regnskapsfoerer:
		return "regnskapsfoerereOrgnr"
	case population.Forretningsfoerer:
		return "forretningsfoerereOrgnr"
	}
	return "revisorerOrgnr"
}

// roleName returns an older name of the relation, which searches may use too (K551).
func roleName(t population.Rolletype) string {
	switch t {
	case population.Styremedlem:
		return "styremedlem"
	case population.Kontaktperson:
		return "kontaktperson"
	case population.Regnskapsfoerer:
		return "regnskapsfoerer"
	case population.Forretningsfoerer:
		return "forretningsfoerer"
	case population.Revisor:
		return "revisor"
	}
	return strings.TrimSuffix(roleField(t), "Fnr")
}

// flag returns a flag as Enhetsregisteret writes it: J or N.
func flag(is bool) string {
	if is {
		return "J"
	}
	return "N"
}

// organisationFields returns the fields of an organisation in the order of documents. Names and
// types are those of an extract from Tenor (K550). A field with a point is a member of an object.
func organisationFields() []field[organisationView] {
	type view = *organisationView
	no := func(name string) field[organisationView] {
		return field[organisationView]{name: name, kind: isFlag, get: func(view) any { return false }}
	}
	// none is a list in which nobody stands.
	none := func(name string) field[organisationView] {
		return field[organisationView]{name: name, get: func(view) any { return []string{} }}
	}
	fields := []field[organisationView]{
		{name: "organisasjonsnummer", get: func(v view) any { return v.number() }},
		{name: "id", hidden: true, get: func(v view) any { return v.number() }},
		{name: "tenorMetadata.id", hidden: true, get: func(v view) any { return v.number() }},
		{name: "navn", get: func(v view) any { return v.p.OrganisationName(v.j) }},
		{name: "visningnavn", hidden: true, get: func(v view) any { return v.p.OrganisationName(v.j) }},
		{name: "organisasjonsform.kode", get: func(v view) any { return v.form() }},
		{name: "organisasjonsform.beskrivelse", get: func(v view) any { return v.formName() }},
		{name: "forretningsadresse.land", get: func(view) any { return "Norge" }},
		{name: "forretningsadresse.landkode", get: func(view) any { return "NO" }},
		{name: "forretningsadresse.postnummer", get: func(v view) any { return v.address().Postnummer }},
		{name: "forretningsadresse.poststed", get: func(v view) any { return v.address().Poststed }},
		{name: "forretningsadresse.adresse", get: func(v view) any { return []string{v.address().Adresselinje()} }},
		{name: "forretningsadresse.kommune", get: func(v view) any { return v.address().Kommune }},
		{name: "forretningsadresse.kommunenummer", get: func(v view) any { return v.address().Kommunenummer }},
		none("postadresse.adresse"),
		no("harUtenlandskForretningsadresse"),
		no("harUtenlandskPostadresse"),
		{name: "telefonnummer", get: func(v view) any { return v.organisation().Telefon }},
		{name: "naeringKode", get: func(v view) any { return []string{v.p.Naeringskode(v.j).Kode} }},
		{name: "naeringBeskrivelse", get: func(v view) any { return []string{v.p.Naeringskode(v.j).Beskrivelse} }},
		{name: "registreringsdatoEnhetsregisteret", kind: isDate, get: func(v view) any {
			return v.organisation().Registreringsdato
		}},
		{name: "registreringsdatoForetaksregisteret", kind: isDate, get: func(v view) any {
			if !inForetaksregisteret(v.form()) {
				return nil
			}
			return v.organisation().Registreringsdato
		}},
		{name: "stiftelsesdato", kind: isDate, get: func(v view) any { return v.founded() }},
		no("slettetIEnhetsregisteret"),
		{
			name: "registrertIForetaksregisteret", kind: isFlag,
			get: func(v view) any { return inForetaksregisteret(v.form()) },
		},
		{name: "registrertIMvaregisteret", kind: isFlag, get: func(v view) any { return inMvaregisteret(v.form()) }},
		{name: "registrertIFrivillighetsregisteret", kind: isFlag, get: func(v view) any { return v.form() == "FLI" }},
		{name: "enhetStatuser", get: func(v view) any { return v.statuses() }},
		{name: "enhetStatuser.kode", hidden: true, get: func(v view) any { return string(v.status()) }},
		{name: "fravalgAvRevisjon.fravalg", kind: isFlag, get: func(view) any { return false }},
		{name: "maalform", get: func(v view) any { return v.language() }},
		{name: "antallAnsatte", kind: isNumber, get: func(v view) any { return v.organisation().AntallAnsatte }},
		{name: "antallUnderenheter", kind: isNumber, get: func(v view) any { return len(v.units()) }},
		{name: "harUnderenheter", get: func(v view) any { return v.units() }},
		{name: "erUnderenhet", get: func(v view) any {
			o := Object{}
			o.add("hovedenhet", v.head())
			return o
		}},
		{name: "erUnderenhet.hovedenhet", hidden: true, get: func(v view) any { return v.head() }},
		none("organisasjonsledd"),
		{name: "kapital.type", get: func(v view) any {
			if shares, _ := capital(v.form()); shares == 0 {
				return nil
			}
			return "Aksjekapital"
		}},
		{name: "kapital.antallAksjer", kind: isNumber, get: func(v view) any {
			shares, _ := capital(v.form())
			return shares
		}},
		{name: "kapital.belop", kind: isNumber, get: func(v view) any {
			shares, each := capital(v.form())
			return shares * each
		}},
		none("nrfus"),
		{name: "dagligLederFnr", get: func(v view) any { return v.holders(population.DagligLeder) }},
		{name: "styrelederFnr", get: func(v view) any { return strings.Join(v.holders(population.Styreleder), "") }},
		{name: "styremedlemmerFnr", get: func(v view) any { return v.holders(population.Styremedlem) }},
		none("varamedlemmerFnr"),
		{name: "kontaktpersonFnr", get: func(v view) any {
			return strings.Join(v.holders(population.Kontaktperson),
				"")
		}},
	}
	for _, name := range []string{
		"komplementarer", "sameiere", "deltakereDeltAnsvar", "deltakereFulltAnsvar",
		"norskeRepresentanter",
	} {
		fields = append(fields, none(name+"Fnr"), none(name+"Orgnr"), none(name+"Identer"))
	}
	// organisations hold these
	for _, role := range []population.Rolletype{
		population.Regnskapsfoerer, population.Revisor,
		population.Forretningsfoerer,
	} {
		name := strings.TrimSuffix(roleField(role), "Orgnr")
		holders := func(v view) any { return v.holders(role) }
		fields = append(fields, none(name+"Fnr"), field[organisationView]{name: name + "Orgnr", get: holders},
			field[organisationView]{name: name + "Identer", get: holders})
	}
	fields = append(fields, olderFields()...)
	return append(fields,
		field[organisationView]{
			name: "tenorRelasjonsnavn", hidden: true,
			get: func(v view) any { return v.relation() },
		},
		field[organisationView]{name: "tenorRelasjoner.freg", kind: isRelation, hidden: true, compile: compileHolders},
		field[organisationView]{
			name: "tenorRelasjoner.brreg-er-fr", kind: isRelation, hidden: true,
			compile: compileServers,
		},
		field[organisationView]{
			name: "tenorRelasjoner.brregErFr", kind: isRelation, hidden: true,
			compile: compileServers,
		})
}

// olderFields returns fields that public clients search by and that no document has today (K551).
func olderFields() []field[organisationView] {
	type view = *organisationView
	fields := []field[organisationView]{
		{name: "naeringskoder.kode", hidden: true, get: func(v view) any { return v.p.Naeringskode(v.j).Kode }},
		{
			name: "naeringskoder.beskrivelse", hidden: true,
			get: func(v view) any { return v.p.Naeringskode(v.j).Beskrivelse },
		},
		{name: "harAnsatte", hidden: true, get: func(v view) any { return flag(v.organisation().AntallAnsatte > 0) }},
		{name: "konkurs", hidden: true, get: func(v view) any { return flag(v.status() == population.Konkurs) }},
		{name: "underAvvikling", hidden: true, get: func(v view) any {
			return flag(v.status() == population.Opploest)
		}},
		{name: "norsk_representant", hidden: true, get: func(view) any { return nil }},
	}
	for name, role := range map[string]population.Rolletype{
		"dagligLeder": population.DagligLeder,
		"innehaver":   population.Innehaver,
		"styreleder":  population.Styreleder, "styremedlemmer": population.Styremedlem,
		"kontaktpersoner":  population.Kontaktperson,
		"regnskapsfoerere": population.Regnskapsfoerer, "revisorer": population.Revisor,
		"forretningsfoerer": population.Forretningsfoerer,
	} {
		holders := func(v view) any { return v.holders(role) }
		fields = append(fields, field[organisationView]{name: name, hidden: true, get: holders})
	}
	slices.SortFunc(fields, func(a, b field[organisationView]) int { return strings.Compare(a.name, b.name) })
	return fields
}

// form returns the code of the organisasjonsform.
func (v *organisationView) form() string {
	form := v.p.Organisasjonsform(v.j)
	if v.unit {
		return unitForm(form)
	}
	return form
}

// formName returns the name of the organisasjonsform.
func (v *organisationView) formName() string {
	if v.unit {
		return unitFormNames[v.form()]
	}
	return formNames[v.form()]
}

// status returns the status in Enhetsregisteret. An underenhet has none.
func (v *organisationView) status() population.Enhetsstatus {
	if v.unit {
		return ""
	}
	return v.p.Enhetsstatus(v.j)
}

// language returns the målform. That of an underenhet is a blank, as in Tenor.
func (v *organisationView) language() string {
	if v.unit {
		return " "
	}
	return "Bokmål"
}

// units returns the numbers of the underenheter, one or none.
func (v *organisationView) units() []string {
	if v.unit {
		return []string{}
	}
	return listOf(v.p.Underenhet(v.j))
}

// head returns the number of the organisation to which an underenhet belongs. It is empty for other
// organisations.
func (v *organisationView) head() string {
	if !v.unit {
		return ""
	}
	return v.p.Organisasjonsnummer(v.j)
}

// number returns the organisasjonsnummer.
func (v *organisationView) number() string {
	if v.unit {
		return v.p.Underenhet(v.j)
	}
	return v.p.Organisasjonsnummer(v.j)
}

// address returns the address, without computing the other facts.
func (v *organisationView) address() population.Adresse { return v.p.OrganisationAddress(v.j) }

// founded returns the day on which the organisation was founded, or nil for an enkeltpersonforetak,
// a municipality and an underenhet.
func (v *organisationView) founded() any {
	if form := v.form(); v.unit || form == "ENK" || form == "KOMM" {
		return nil
	}
	return v.organisation().Registreringsdato
}

// statuses returns the statuses in Enhetsregisteret, one or none.
func (v *organisationView) statuses() []Object {
	status := v.status()
	if status == "" {
		return []Object{}
	}
	return []Object{{{"kode", string(status)}, {"beskrivelse", statusNames[status]}}}
}

// statusNames has the names of the codes, as Tenor's clients have them.
var statusNames = map[population.Enhetsstatus]string{
	population.Konkurs:  "Åpnet konkurs",
	population.Opploest: "Oppløst",
}

// capital returns the number of shares of an organisation of a form, and the kroner of each: the
// minimum that the law allows.
func capital(form string) (shares, each int) {
	switch form {
	case "AS":
		return 30, 1_000
	case "ASA":
		return 1_000, 1_000
	}
	return 0, 0
}

// relation returns the names of the relation through which the organisation is seen, today's first.
func (v *organisationView) relation() []string {
	role := v.role
	if v.link != "" {
		return []string{v.link}
	}
	if v.server != nil {
		role = v.server
	}
	if role == nil {
		return nil
	}
	return []string{roleField(role.Type), roleName(role.Type)}
}

// compileHolders returns a function that reports whether somebody with a role in an organisation
// fulfils a search.
func compileHolders(n node, m *meter) (func(*organisationView) bool, error) {
	inner, err := compile(n, personFields(), m)
	if err != nil {
		return nil, err
	}
	return func(v *organisationView) bool {
		if v.unit || !m.take(relationSteps) {
			return false
		}
		for _, r := range v.p.Roller(v.j) {
			if r.Person == population.None {
				continue
			}
			if m.take(relationSteps) && inner(&personView{
				p: v.p, member: v.p.Member(r.Person), today: v.today, relation: roleField(r.Type),
				older: roleName(r.Type),
			}) {
				return true
			}
		}
		return false
	}, nil
}

// links returns the underenhet of an organisation, or the organisation of an underenhet, with the
// name of the relation.
func (v *organisationView) links() []*organisationView {
	switch {
	case v.unit:
		return []*organisationView{{p: v.p, j: v.j, today: v.today, link: "erUnderenhet.hovedenhet"}}
	case v.p.HasUnderenhet(v.j):
		return []*organisationView{{p: v.p, j: v.j, unit: true, today: v.today, link: "harUnderenheter"}}
	}
	return nil
}

// compileServers returns a function that reports whether another organisation that is related to
// one, by a role or as underenhet, fulfils a search.
func compileServers(n node, m *meter) (func(*organisationView) bool, error) {
	inner, err := compile(n, organisationFields(), m)
	if err != nil {
		return nil, err
	}
	return func(v *organisationView) bool {
		if !m.take(relationSteps) {
			return false
		}
		for _, other := range v.links() {
			if m.take(relationSteps) && inner(other) {
				return true
			}
		}
		if v.unit {
			return false
		}
		for _, r := range v.p.Roller(v.j) {
			if r.Foretak != population.None && m.take(relationSteps) && inner(&organisationView{
				p: v.p, j: r.Foretak, today: v.today,
				server: &r,
			}) {
				return true
			}
		}
		return false
	}, nil
}

// inMvaregisteret reports whether organisations of a form are registered for VAT (K554).
func inMvaregisteret(form string) bool {
	switch form {
	case "AS", "ASA", "BBL", "ENK", "KF", "KOMM", "NUF", "SA":
		return true
	}
	return false
}

// inForetaksregisteret reports whether organisations of a form must be registered there.
func inForetaksregisteret(form string) bool {
	if unitFormNames[form] != "" {
		return false
	}
	return form != "ENK" && form != "ESEK" && form != "FLI" && form != "KOMM"
}

// formNames has the names of the codes.
var formNames = map[string]string{
	"AS": "Aksjeselskap", "ASA": "Allmennaksjeselskap", "BBL": "Boligbyggelag",
	"BRL": "Borettslag",
	"ENK": "Enkeltpersonforetak", "ESEK": "Eierseksjonssameie", "FLI": "Forening/lag/innretning",
	"KF": "Kommunalt foretak", "KOMM": "Kommune",
	"NUF": "Norskregistrert utenlandsk foretak", "SA": "Samvirkeforetak", "SPA": "Sparebank", "STI": "Stiftelse",
}

// document returns the organisation's document. It has relations and source record only if the
// selection shows them.
func (v *organisationView) document(s selection) Object {
	o := v.members()
	if s.wants("tenorRelasjoner") {
		persons, organisations := []Object{}, []Object{}
		roles := v.organisation().Roller
		if v.unit {
			roles = nil
		}
		for _, r := range roles {
			if r.Person == population.None {
				server := organisationView{p: v.p, j: r.Foretak}
				organisations = append(organisations, server.related(s, roleField(r.Type)))
				continue
			}
			holder := personView{p: v.p, member: v.p.Member(r.Person)}
			persons = append(persons, holder.related(s, roleField(r.Type)))
		}
		for _, other := range v.links() {
			organisations = append(organisations, other.related(s, other.link))
		}
		o.add("tenorRelasjoner", relations(map[string][]Object{"freg": persons, "brreg-er-fr": organisations}))
	}
	o.add("tenorMetadata", metadata(v.number(), "brreg-er-fr", s, "", v.kildedata))
	return o
}

// related returns the organisation's document as it stands in the relations of another one, or of a
// person.
func (v *organisationView) related(s selection, relation string) Object {
	about := metadata(v.number(), "brreg-er-fr", s, "tenorRelasjoner.brreg-er-fr.", v.kildedata)
	return append(v.members(), Member{"tenorMetadata", about}, Member{"tenorRelasjonsnavn", relation})
}

// members returns the members of the document except relations and metadata. Fields with a point
// become members of an object.
func (v *organisationView) members() Object {
	var o Object
	for _, m := range document(v, organisationFields()) {
		object, member, within := strings.Cut(m.Name, ".")
		last := len(o) - 1
		switch {
		case !within:
			o = append(o, m)
		case last < 0 || o[last].Name != object:
			o = append(o, Member{object, Object{{member, m.Value}}})
		default:
			inner, _ := o[last].Value.(Object)
			o[last].Value = append(inner, Member{member, m.Value})
		}
	}
	return o
}

// relations returns the relations of a document by source, without empty ones.
func relations(bySource map[string][]Object) Object {
	o := Object{}
	for _, source := range []string{"freg", "brreg-er-fr", "arbeidsforhold"} {
		if len(bySource[source]) > 0 {
			o = append(o, Member{source, bySource[source]})
		}
	}
	return o
}

// dataTime stands in every document as the time when it was made and indexed: nothing in a
// population changes (K402, K553).
const dataTime = "2024-12-31T00:00:00.000+01:00"

// metadata returns what Tenor says of a document: its id and source and, if the selection shows it,
// the source's own record as a JSON text. A document within relations has null for kilder (K550).
func metadata(id, source string, s selection, path string, kildedata func() []byte) Object {
	o := Object{{"id", id}, {"kilder", []string{source}}}
	if path != "" {
		o[1].Value = nil
	}
	if s.wants(path + "tenorMetadata.kildedata") {
		o.add("kildedata", string(kildedata()))
	}
	return append(o, Member{"kildeMime", "application/json"}, Member{"testdataVersjon", 1},
		Member{"datasettVersjon", 1},
		Member{"opprettet", dataTime}, Member{"oppdatert", dataTime}, Member{"indeksert", dataTime})
}

// unitForm returns the form of the underenhet of an organisation of a form.
func unitForm(form string) string {
	if form == "FLI" {
		return "AAFY"
	}
	return "BEDR"
}

// unitFormNames has the names of the forms of underenheter, and unitRoleNames those of the role
// group in which an underenhet names its organisation and whose code is the form (K550).
var (
	unitFormNames = map[string]string{
		"BEDR": "Underenhet til næringsdrivende og offentlig forvaltning",
		"AAFY": "Underenhet til ikke-næringsdrivende",
	}
	unitRoleNames = map[string]string{
		"BEDR": "Virksomhet til næringsdrivende person",
		"AAFY": "Virksomhet til ikke-næringsdrivende person",
	}
)

// searchable returns what a search finds under number n, and whether it is an underenhet:
// organisations come first, then underenheter.
func searchable(p population.Population, n int) (j int, unit bool) {
	if own := p.Organisations(); n >= own {
		return p.UnderenhetOwner(n - own), true
	}
	return n, false
}

// findSearchable returns the number under which a search finds an organisasjonsnummer.
func findSearchable(p population.Population, organisasjonsnummer string) (int, bool) {
	if j, ok := p.FindOrganisation(organisasjonsnummer); ok {
		return j, true
	}
	j, ok := p.FindUnderenhet(organisasjonsnummer)
	if !ok {
		return 0, false
	}
	return p.Organisations() + p.UnderenhetIndex(j), true
}
