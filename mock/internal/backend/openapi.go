package backend

import (
	"log/slog"

	"sandkasse/mock/internal/altinn"
	"sandkasse/mock/internal/bounds"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/control"
	"sandkasse/mock/internal/gateway"
	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/kobo"
	"sandkasse/mock/internal/maskinporten"
	"sandkasse/mock/internal/openapi"
	"sandkasse/mock/internal/scenario"
	"sandkasse/mock/internal/token"
)

// Documents returns what OpenAPI documents of a catalogue are made of, without a server.
func Documents(known *catalog.Catalog, scenarios *scenario.Library, version string) (openapi.Source, error) {
	key, err := token.TestKey()
	if err != nil {
		return openapi.Source{}, err
	}
	exchangeKey, err := token.TestAltinnKey()
	if err != nil {
		return openapi.Source{}, err
	}
	issuer := maskinporten.NewIssuer(key, nil, token.DefaultVendor, maskinporten.Observed)
	return control.Documents(gateway.New(gateway.Config{
		Catalog: known, Log: slog.New(slog.DiscardHandler), Memory: bounds.NewMemory(nil),
		Checks: allChecks(kobo.Register{}),
		Behaviours: allBehaviours(innrapportering.Processing{}, known, key, issuer, kobo.Register{},
			altinn.Altinn{Catalog: known, Key: exchangeKey}),
	}), scenarios, version), nil
}
