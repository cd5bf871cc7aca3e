package control

import (
	"errors"
	"fmt"
	"net/http"

	"sandkasse/fixtures/ident"
	"sandkasse/fixtures/population"
	"sandkasse/mock/internal/tenor"
)

// populationSize is how many persons the population that is searched has, as that of the deliveries that are made (K470).
const populationSize = population.Capacity

func (c *Control) serveTestdata() {
	c.serve("GET testdata/soek/{kilde}", (*room).soek)
	c.serve("GET testdata/personer", (*room).personer)
	c.serve("GET testdata/organisasjoner", (*room).organisasjoner)
	c.serve("GET testdata/personer/{nummer}", (*room).person)
	c.serve("GET testdata/organisasjoner/{nummer}", (*room).organisasjon)
}

// population is the country of the session's seed.
func (c *room) population() population.Population {
	return population.Population{Seed: c.session.Seed, Size: populationSize}
}

// soek searches the source that the path names, as Tenor's own path does: a client of Tenor needs another base address
// only (K556).
func (c *room) soek(r *http.Request) (any, error) {
	switch kilde := r.PathValue("kilde"); kilde {
	case "freg":
		return c.personer(r)
	case "brreg-er-fr":
		return c.organisasjoner(r)
	default:
		return nil, &failure{http.StatusNotFound, fmt.Sprintf("there is no source %q; there are freg (persons) and brreg-er-fr (organisations)", kilde)}
	}
}

func (c *room) personer(r *http.Request) (any, error) {
	return c.search(r, tenor.SearchPersoner)
}

func (c *room) organisasjoner(r *http.Request) (any, error) {
	return c.search(r, tenor.SearchOrganisasjoner)
}

// search searches the population in Tenor's manner, ages by the session's clock.
func (c *room) search(r *http.Request, search func(population.Population, tenor.Query) (tenor.Result, error)) (any, error) {
	now := c.session.Clock.Now().UTC()
	values, err := parseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	query, err := tenor.ParseQuery(values, ident.Date{Year: now.Year(), Month: int(now.Month()), Day: now.Day()})
	if err != nil {
		return nil, asked(err)
	}
	found, err := search(c.population(), query)
	if err != nil {
		return nil, asked(err)
	}
	return found, nil
}

// asked is an error of a search as the caller's where it is one.
func asked(err error) error {
	var wrong *tenor.QueryError
	if errors.As(err, &wrong) {
		return badRequest("%v", wrong)
	}
	return err
}

func (c *room) person(r *http.Request) (any, error) {
	number := r.PathValue("nummer")
	source, found := tenor.KildedataPerson(c.population(), number)
	return source, c.numbered("personer", number, found)
}

func (c *room) organisasjon(r *http.Request) (any, error) {
	number := r.PathValue("nummer")
	source, found := tenor.KildedataOrganisasjon(c.population(), number)
	return source, c.numbered("organisasjoner", number, found)
}

// numbered is the error where a search of that kind found nobody of the number.
func (c *room) numbered(kind, number string, found bool) error {
	if found {
		return nil
	}
	return &failure{http.StatusNotFound, fmt.Sprintf("the population has no number %q; GET %stestdata/%s finds some",
		number, c.prefix(), kind)}
}
