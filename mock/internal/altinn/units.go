package altinn

import (
	"slices"

	"sandkasse/fixtures/population"
	"sandkasse/mock/internal/wire"
)

// CountsWith reports whether a right for an organisation is one for another, too: for itself and for its
// underenheter (docs/sources/systembruker.md, What follows). Those are the ones that the session's test data
// have (K753).
func CountsWith(r *wire.Request, organisation, right string) bool {
	return organisation == right || right != "" && hovedenhet(r, organisation) == right
}

// populationOf returns the test data of the session.
func populationOf(r *wire.Request) population.Population {
	return population.Population{Seed: r.Seed, Size: population.Capacity}
}

// hovedenhet returns the organisation that an underenhet belongs to; empty for another organisation.
func hovedenhet(r *wire.Request, organisation string) string {
	p := populationOf(r)
	j, found := p.FindUnderenhet(organisation)
	if !found {
		return ""
	}
	return p.Organisasjonsnummer(j)
}

// WithUnits returns organisations with their underenheter, each once and in order.
func WithUnits(r *wire.Request, organisations []string) []string {
	p, all := populationOf(r), slices.Clone(organisations)
	for _, one := range organisations {
		if j, found := p.FindOrganisation(one); found && p.HasUnderenhet(j) {
			all = append(all, p.Underenhet(j))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
