// Package tenor searches a population as Tenor testdatasøk does, in its query language KQL, and answers in its form.
package tenor

import (
	"slices"
	"strings"

	"sandkasse/fixtures/ident"
	"sandkasse/fixtures/population"
	"sandkasse/fixtures/random"
)

// Result is the answer to a search, in the form of Tenor's, with two members more.
type Result struct {
	Treff         int      `json:"treff"` // hits among those that were looked at
	Rader         int      `json:"rader"` // hits on this page
	Offset        int      `json:"offset"`
	NesteSide     *int     `json:"nesteSide"` // nil where there is none, and once 200 hits have been told
	Seed          uint64   `json:"seed"`      // as asked for; 0 for the order of the numbers
	DokumentListe []Object `json:"dokumentListe"`
	Fasetter      Object   `json:"fasetter"` // always empty

	// Skannet is how many persons or organisations were looked at, and Fullstendig whether these were all that can be hits. If not, there may
	// be more hits than Treff (K411).
	Skannet     int  `json:"skannet"`
	Fullstendig bool `json:"fullstendig"`
}

// A search looks at so many, then it ends: a fraction of a second's work (K411).
const (
	maxPersonsSearched       = 100_000
	maxOrganisationsSearched = 20_000 // fewer where they have many employees
)

// SearchPersoner searches the population's persons. A search by the number of a person, or of a relative, looks at that family only, one by
// date of birth or age at those who are born then, where that is fewer than everybody. The error is a *QueryError where the search asks for what
// there is not, and another one where the population is too large.
func SearchPersoner(p population.Population, q Query) (Result, error) {
	if err := p.Check(); err != nil {
		return Result{}, err
	}
	q = q.defaults()
	if err := q.checkShown(personPaths()); err != nil {
		return Result{}, err
	}
	fits := func(*personView) bool { return true }
	if q.KQL.top != nil {
		var err error
		if fits, err = compile(*q.KQL.top, personFields()); err != nil {
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
	r := q.search(p.Seed, p.Size, maxPersonsSearched, candidates(p, q), func(i int) bool { return fits(view(i)) })
	for _, i := range r.hits {
		v := personView{p: p, member: p.Member(i), today: q.Today}
		r.DokumentListe = append(r.DokumentListe, s.apply(v.document(s), ""))
	}
	return r.Result, nil
}

// SearchOrganisasjoner searches the population's organisations and then their underenheter; one that is about
// underenheter alone looks at those first (K557). A search by number looks at that organisation only. The errors are those of
// SearchPersoner.
func SearchOrganisasjoner(p population.Population, q Query) (Result, error) {
	if err := p.Check(); err != nil {
		return Result{}, err
	}
	q = q.defaults()
	if err := q.checkShown(organisationPaths()); err != nil {
		return Result{}, err
	}
	fits := func(*organisationView) bool { return true }
	if q.KQL.top != nil {
		var err error
		if fits, err = compile(*q.KQL.top, organisationFields()); err != nil {
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
	r := q.search(p.Seed, total, limit, candidates, func(n int) bool { return fits(view(n)) })
	for _, n := range r.hits {
		r.DokumentListe = append(r.DokumentListe, s.apply(view(n).document(s), ""))
	}
	return r.Result, nil
}

// What nokkelinformasjon shows (K415).
var (
	personKeys = []string{"id", "identifikator", "identifikatorType", "kjoenn", "foedselsdato", "doedsdato", "personstatus", "sivilstand", "fornavn",
		"etternavn", "visningnavn", "kommunenr", "bostedsadresse", "antallBarn", "tenorMetadata.id"}
	organisationKeys = []string{"organisasjonsnummer", "navn", "organisasjonsform", "forretningsadresse", "naeringKode",
		"naeringBeskrivelse", "antallAnsatte", "tenorMetadata.id"}
)

// defaults fills in what a Query that nobody read from parameters may lack.
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

// selection is what the documents show: what is asked for and, with nokkelinformasjon, the keys too. A public client
// asks for both and reads a key that it does not ask for by name (K550).
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

// hitOrder names the stream of random numbers that shuffles hits, beside those of the population.
const hitOrder = 19

// page is what a search has found: the numbers of the hits on the page.
type page struct {
	Result
	hits []int
}

// search looks at the candidates, or at all below count if there are none, until it has seen the most that it may see. Without a search in it,
// all are hits, and nothing needs be looked at.
func (q Query) search(seed uint64, count, limit int, candidates []int, fits func(int) bool) page {
	antall := *q.Antall
	r := page{Result: Result{Offset: q.Side * antall, DokumentListe: []Object{}, Fasetter: Object{},
		Fullstendig: true}}
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
			if i := number(n); fits(i) {
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
	return r
}

// required are the fields that must have their values for the search to be true.
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

// asksForUnits tells whether only an underenhet can be a hit.
func (q Query) asksForUnits() bool {
	for _, n := range q.required() {
		form := strings.EqualFold(n.name, "organisasjonsform.kode") && unitFormNames[strings.ToUpper(n.value.text)] != ""
		if form || strings.HasPrefix(strings.ToLower(n.name), "erunderenhet") {
			return true
		}
	}
	return false
}

// equals is the number that one of the fields must have, if the search says so.
func (q Query) equals(names ...string) (string, bool) {
	for _, n := range q.required() {
		plain := n.value.form == isPhrase || n.value.form == isWord && plainWord(n.value.text)
		if plain && slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, n.name) }) {
			return n.value.text, true
		}
	}
	return "", false
}
