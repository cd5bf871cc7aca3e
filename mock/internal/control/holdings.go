package control

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"sandkasse/mock/internal/generation"
	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/store"
)

// holdings lists the oppgaver that are in force now, narrowed by API, year and organisation.
func (c *request) holdings(r *http.Request) (any, error) {
	values, err := filters(r, "api", "year", "org")
	if err != nil {
		return nil, err
	}
	query := innrapportering.HoldingsQuery{API: values.Get("api"), Organisasjon: values.Get("org")}
	if query.API != "" && c.Catalog.ByName(query.API) == nil {
		return nil, badRequest("there is no API %q; there are %s", query.API, strings.Join(c.Catalog.Names(), ", "))
	}
	if kinds := generation.Deliveries(c.Catalog); query.API != "" && !slices.Contains(kinds, query.API) {
		return nil, badRequest("%s takes no deliveries, so nothing is held of it; %s do", query.API,
			strings.Join(kinds, ", "))
	}
	if query.Organisasjon != "" && !organisasjonsnummer.MatchString(query.Organisasjon) {
		return nil, badRequest("org is %q; it must be an organisasjonsnummer of nine digits", query.Organisasjon)
	}
	if year := values.Get("year"); values.Has("year") {
		if query.Inntektsaar, err = strconv.Atoi(year); err != nil || query.Inntektsaar < 1000 ||
			query.Inntektsaar > 9999 {
			return nil, badRequest("year is %q; it must be four digits, from 1000 to 9999", year)
		}
	}
	var list []innrapportering.Holding
	err = c.view(func(tx *store.Tx) (err error) {
		list, err = innrapportering.Holdings(tx, c.Catalog, query)
		return err
	})
	return map[string][]innrapportering.Holding{"holdings": list}, err
}
