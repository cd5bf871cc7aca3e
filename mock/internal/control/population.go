package control

import (
	"context"
	"fmt"
	"net/http"

	"sandkasse/fixtures/ident"
	"sandkasse/fixtures/population"
	"sandkasse/mock/internal/tenor"
)

// populationSize is the number of persons in the population that is searched, the same as in
// generated deliveries (K470).
const populationSize = population.Capacity

// handleTestdata registers the search of the population.
func (c *Control) handleTestdata() {
	c.handle("GET testdata/soek/{kilde}", (*request).soek)
	c.handle("GET testdata/felter", (*request).felter)
	c.handle("GET testdata/personer", (*request).personer)
	c.handle("GET testdata/organisasjoner", (*request).organisasjoner)
	c.handle("GET testdata/personer/{nummer}", (*request).person)
	c.handle("GET testdata/organisasjoner/{nummer}", (*request).organisasjon)
}

// population returns the population of the session's seed.
func (c *request) population() population.Population {
	return population.Population{Seed: c.session.Seed, Size: populationSize}
}

// soek searches the source that the path names, as Tenor's own path does, so that a client of Tenor
// needs only another base address (K556).
func (c *request) soek(r *http.Request) (any, error) {
	switch kilde := r.PathValue("kilde"); kilde {
	case "freg":
		return c.personer(r)
	case "brreg-er-fr":
		return c.organisasjoner(r)
	default:
		return nil, &apiError{
			http.StatusNotFound,
			fmt.Sprintf("there is no source %q; there are freg (persons) and brreg-er-fr (organisations)", kilde),
		}
	}
}

// fieldsView describes the fields that each search knows.
type fieldsView struct {
	Personer       []tenor.Field `json:"personer"`
	Organisasjoner []tenor.Field `json:"organisasjoner"`
}

// felter lists the fields that can be searched.
func (c *request) felter(*http.Request) (any, error) {
	return fieldsView{tenor.PersonFields(), tenor.OrganisasjonFields()}, nil
}

// personer searches persons.
func (c *request) personer(r *http.Request) (any, error) {
	return c.search(r, tenor.SearchPersoner)
}

// organisasjoner searches organisations.
func (c *request) organisasjoner(r *http.Request) (any, error) {
	return c.search(r, tenor.SearchOrganisasjoner)
}

// search searches the population as Tenor does, with ages by the session's clock.
func (c *request) search(
	r *http.Request, search func(context.Context, population.Population, tenor.Query) (tenor.Result, error),
) (any, error) {
	now := c.session.Clock.Now().UTC()
	values, err := parseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	today := ident.Date{Year: now.Year(), Month: int(now.Month()), Day: now.Day()}
	query, err := tenor.ParseQuery(values, today)
	if err != nil {
		return nil, asBadRequest[*tenor.QueryError](err)
	}
	found, err := search(r.Context(), c.population(), query)
	if err != nil {
		return nil, asBadRequest[*tenor.QueryError](err)
	}
	return found, nil
}

// person answers the source data of the person whose number stands in the path.
func (c *request) person(r *http.Request) (any, error) {
	number := r.PathValue("nummer")
	source, found := tenor.KildedataPerson(c.population(), number)
	return source, c.numbered("personer", number, found)
}

// organisasjon answers the source data of the organisation whose number stands in the path.
func (c *request) organisasjon(r *http.Request) (any, error) {
	number := r.PathValue("nummer")
	source, found := tenor.KildedataOrganisasjon(c.population(), number)
	return source, c.numbered("organisasjoner", number, found)
}

// numbered returns a 404 where a search of that kind did not find the number.
func (c *request) numbered(kind, number string, found bool) error {
	if found {
		return nil
	}
	return &apiError{http.StatusNotFound, fmt.Sprintf("the population has no number %q; GET %stestdata/%s finds some",
		number, c.prefix(), kind)}
}
