// Package tenor searches a population as Tenor testdatasøk does, in its query language KQL, and
// answers in its form.
package tenor

import (
	"context"
	"slices"
	"strings"

	"sandkasse/fixtures/ident"
	"sandkasse/fixtures/population"
	"sandkasse/fixtures/random"
)

// Result is the answer to a search in Tenor's form, with two further members.
type Result struct {
	Treff         int      `json:"treff"` // hits among those that were searched
	Rader         int      `json:"rader"` // hits on this page
	Offset        int      `json:"offset"`
	NesteSide     *int     `json:"nesteSide"` // nil if there is no further page, and from 200 hits on
	Seed          uint64   `json:"seed"`      // seed of the query; 0 for no shuffling
	DokumentListe []Object `json:"dokumentListe"`
	Fasetter      Object   `json:"fasetter"` // always empty

	// Skannet is the number of persons or organisations that were searched. Fullstendig is true if
	// these were all that can be hits; otherwise there may be more hits than Treff (K411).
	Skannet     int  `json:"skannet"`
	Fullstendig bool `json:"fullstendig"`
}

// How many a search looks at before it ends, to take a fraction of a second (K411).
const (
	maxPersonsSearched       = 100_000
	maxOrganisationsSearched = 20_000 // fewer where they have many employees
)

// SearchPersoner searches the persons of a population. A search by the number of a person or
// relative looks at one family; a search by date of birth or age looks at those born then, if they
// are few enough. The error is a *QueryError if the query is at fault or takes too many
// steps, that of the context when it ends, and another one if the population does not pass Check.
func SearchPersoner(ctx context.Context, p population.Population, q Query) (Result, error) {
	if err := p.Check(); err != nil {
		return Result{}, err
	}
	if err := q.checkConditions(); err != nil {
		return Result{}, err
	}
	q = q.defaults()
	if err := q.checkShown(personPaths()); err != nil {
		return Result{}, err
	}
	m := newMeter(ctx)
	fits := func(*personView) bool { return true }
	if q.KQL.top != nil {
		var err error
		if fits, err = compile(*q.KQL.top, personFields(), m); err != nil {
			return Result{}, err
		}
	}
	var last population.Member // persons mostly come family by family, and a family takes the time
	view := func(i int) *personView {
		if last.IsRelative(i) {
			last = last.Relative(i)
		} else {
			last = p.Member(i)
		}
		return &personView{p: p, member: last, today: q.Today}
	}
	s := q.selection([]string{"id", "tenorMetadata.id"}, personKeys)
	r, err := q.search(m, p.Seed, p.Size, maxPersonsSearched, candidates(p, q),
		func(i int) bool { return fits(view(i)) })
	if err != nil {
		return Result{}, err
	}
	for _, i := range r.hits {
		v := personView{p: p, member: p.Member(i), today: q.Today}
		r.DokumentListe = append(r.DokumentListe, s.apply(v.document(s), ""))
	}
	return r.Result, nil
}

// SearchOrganisasjoner searches the organisations of a population and then their underenheter; if
// only underenheter can be hits it begins with those (K557). A search by number looks at one
// organisation. The errors are those of SearchPersoner.
func SearchOrganisasjoner(ctx context.Context, p population.Population, q Query) (Result, error) {
	if err := p.Check(); err != nil {
		return Result{}, err
	}
	if err := q.checkConditions(); err != nil {
		return Result{}, err
	}
	q = q.defaults()
	if err := q.checkShown(organisationPaths()); err != nil {
		return Result{}, err
	}
	m := newMeter(ctx)
	fits := func(*organisationView) bool { return true }
	if q.KQL.top != nil {
		var err error
		if fits, err = compile(*q.KQL.top, organisationFields(), m); err != nil {
			return Result{}, err
		}
	}
	var candidates []int
	if number, ok := q.equals("organisasjonsnummer", "id", "tenorMetadata.id"); ok {
		candidates = []int{}
		if n, ok := findSearchable(p, number); ok {
			candidates = append(candidates, n)
		}
	}
	s := q.selection([]string{"organisasjonsnummer", "navn", "tenorMetadata.id"}, organisationKeys) // K556
	total := p.Organisations() + p.Underenheter()
	first := 0
	if q.asksForUnits() {
		first = p.Organisations()
	}
	view := func(n int) *organisationView {
		if candidates == nil {
			n = (n + first) % total
		}
		j, unit := searchable(p, n)
		return &organisationView{p: p, j: j, unit: unit, today: q.Today}
	}
	limit := maxOrganisationsSearched / (1 + p.Size/(population.OrganisationCapacity*population.FamilySize))
	r, err := q.search(m, p.Seed, total, limit, candidates, func(n int) bool { return fits(view(n)) })
	if err != nil {
		return Result{}, err
	}
	for _, n := range r.hits {
		r.DokumentListe = append(r.DokumentListe, s.apply(view(n).document(s), ""))
	}
	return r.Result, nil
}

// The members that nokkelinformasjon shows (K415).
var (
	personKeys = []string{
		"id", "identifikator", "identifikatorType", "kjoenn", "foedselsdato", "doedsdato",
		"personstatus", "sivilstand", "fornavn",
		"etternavn", "visningnavn", "kommunenr", "bostedsadresse", "antallBarn", "tenorMetadata.id",
	}
	organisationKeys = []string{
		"organisasjonsnummer", "navn", "organisasjonsform", "forretningsadresse", "naeringKode",
		"naeringBeskrivelse", "antallAnsatte", "tenorMetadata.id",
	}
)

// defaults returns the query with missing values filled in and others limited.
func (q Query) defaults() Query {
	antall := defaultHits
	if q.Antall != nil {
		antall = min(max(0, *q.Antall), maxHits)
	}
	q.Antall, q.Side = &antall, min(max(0, q.Side), maxPages)
	if q.Today == (ident.Date{}) {
		q.Today = population.LastDay()
	}
	return q
}

// selection returns the members that documents show: those in Vis, with nokkelinformasjon the keys
// too, and otherwise the defaults. A public client asks for Vis and nokkelinformasjon, and reads a
// key that it does not name (K550).
func (q Query) selection(defaults, keys []string) selection {
	s := selection{show: slices.Clone(q.Vis), hide: q.Skjul}
	if q.Noekkel {
		s.show = append(s.show, keys...)
	}
	if len(s.show) == 0 {
		s.show = defaults
	}
	return s
}

// hitOrder names the stream of random numbers that shuffles hits. The population does not use it.
const hitOrder = 19

// page is a Result with the numbers of the hits on the page.
type page struct {
	Result
	hits []int
}

// search looks at the candidates, or at all numbers below count if candidates is nil, at most limit
// of them. Without a KQL all are hits, and it need not look at any. The error is that of the meter.
func (q Query) search(m *meter, seed uint64, count, limit int, candidates []int, fits func(int) bool) (page, error) {
	antall := *q.Antall
	r := page{Result: Result{
		Offset: q.Side * antall, DokumentListe: []Object{}, Fasetter: Object{},
		Fullstendig: true,
	}}
	if q.Seed != nil {
		r.Seed = *q.Seed
	}
	total := count
	if candidates != nil {
		total = len(candidates)
	}
	number := func(n int) int { return n }
	if r.Seed != 0 && total > 0 {
		number = random.PermutationOf(random.Hash(random.Mix(seed)^r.Seed, hitOrder, 0), total).At
	}
	if candidates != nil {
		order := number
		number = func(n int) int { return candidates[order(n)] }
	}
	if q.KQL.top == nil {
		r.Treff = total
		for n := r.Offset; n < min(total, r.Offset+antall); n++ {
			r.hits = append(r.hits, number(n))
		}
	} else {
		r.Skannet = min(total, limit)
		r.Fullstendig = r.Skannet == total
		for n := range r.Skannet {
			i := number(n)
			fulfils := m.take(1) && fits(i)
			if m.err != nil {
				return page{}, m.err
			}
			if fulfils {
				if r.Treff >= r.Offset && len(r.hits) < antall {
					r.hits = append(r.hits, i)
				}
				r.Treff++
			}
		}
	}
	r.Rader = len(r.hits)
	if end := r.Offset + antall; antall > 0 && end < r.Treff && end < maxHits {
		next := q.Side + 1
		r.NesteSide = &next
	}
	return r, nil
}

// required returns the fields whose values every hit must have.
func (q Query) required() []node {
	if q.KQL.top == nil {
		return nil
	}
	var fields []node
	queue := []node{*q.KQL.top}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		switch n.op {
		case isField:
			fields = append(fields, n)
		case isAnd:
			queue = append(queue, n.parts...)
		}
	}
	return fields
}

// asksForUnits reports whether only an underenhet can be a hit.
func (q Query) asksForUnits() bool {
	for _, n := range q.required() {
		form := strings.EqualFold(n.name, "organisasjonsform.kode") &&
			unitFormNames[strings.ToUpper(n.value.text)] != ""
		if form || strings.HasPrefix(strings.ToLower(n.name), "erunderenhet") {
			return true
		}
	}
	return false
}

// equals returns the value that one of the fields must have, or false if the search does not
// require one.
func (q Query) equals(names ...string) (string, bool) {
	for _, n := range q.required() {
		plain := n.value.form == isPhrase || n.value.form == isWord && plainWord(n.value.text)
		if plain && slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, n.name) }) {
			return n.value.text, true
		}
	}
	return "", false
}
