package control

import (
	"net/http"
	"net/url"
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
	if query.Inntektsaar, err = inntektsaar(values); err != nil {
		return nil, err
	}
	var list []innrapportering.Holding
	err = c.view(func(tx *store.Tx) (err error) {
		list, err = innrapportering.Holdings(tx, c.Catalog, query)
		return err
	})
	return map[string][]innrapportering.Holding{"holdings": list}, err
}

// inntektsaar returns the parameter year, or 0 where there is none.
func inntektsaar(values url.Values) (int, error) {
	if !values.Has("year") {
		return 0, nil
	}
	year, err := strconv.Atoi(values.Get("year"))
	if err != nil || year < 1000 || year > 9999 {
		return 0, badRequest("year is %q; it must be four digits, from 1000 to 9999", values.Get("year"))
	}
	return year, nil
}
