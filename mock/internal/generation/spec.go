package generation

import (
	"sandkasse/fixtures/delivery"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/document"
	"sandkasse/mock/internal/jsonptr"
)

// documentSpec describes the documents of an API.
func documentSpec(api *catalog.API) document.Spec {
	return document.Spec{
		Name: api.Name, Schema: api.Schema().Compiled(), Validate: api.Schema().Validate,
		Fields: fieldMap(api),
	}
}

// fieldMap returns where an API's documents have the fields that the feedback looks at.
func fieldMap(api *catalog.API) document.FieldMap {
	identifiers := func(list []catalog.Identifier) (all []document.Identifier) {
		for _, i := range list {
			all = append(all, document.Identifier{At: i.At, Kind: i.Kind})
		}
		return all
	}
	f, k := api.Felter, api.Kontroll()
	p := document.FieldMap{
		Leveranser: f.Leveranser, Values: api.Values,
		Inntektsaar: f.Inntektsaar, Leveransetype: f.Leveransetype, Oppgavegiver: f.Oppgavegiver, Oppgave: f.Oppgave,
		Sletteoppgave:  f.Sletteoppgave,
		AntallOppgaver: k.AntallOppgaver, LeveranseIdentifiers: identifiers(k.Leveranse),
		OppgaveIdentifiers:       identifiers(k.Oppgave),
		SletteoppgaveIdentifiers: identifiers(k.Sletteoppgave),
	}
	for _, sum := range k.Sums {
		p.Sums = append(p.Sums, document.Sum{Sum: sum.Sum, Of: sum.Of})
	}
	for _, date := range k.Dates {
		p.Dates = append(p.Dates, document.Date{
			At: date.At, Form: document.DateForm(date.Form), InYear: date.Within == "inntektsaar",
			NotBefore: date.NotBefore,
		})
	}
	places := func(pointers []jsonptr.Pointer) (all [][]string) {
		for _, at := range pointers {
			all = append(all, at)
		}
		return all
	}
	p.Identity, p.IdentityLeveranse = places(k.Identity.Oppgave), places(k.Identity.Leveranse)
	return p
}

// deliverySpec describes an API that accepts deliveries. The year that is too late is the same on
// every day (K471).
func deliverySpec(api *catalog.API, r Request) document.APISpec {
	s := document.APISpec{
		Spec: documentSpec(api), Method: api.Routes[0].Method, Path: deliveryPath(api),
		Checks: api.Routes[0].Checks, Answers: answers(api),
		Headers:     map[string]string{"Accept": "application/json"},
		ErrorHasSti: api.ErrorBody == "spesifisering", First: api.Inntektsaar.First, Last: delivery.LastInntektsaar - 1,
		MaxBody: api.MaxBody,
	}
	for _, route := range api.Routes[1:] {
		if route.Behaviour == "dokument" {
			s.Dokument = "/" + api.Label + route.Paths[0]
		}
	}
	if hasPlausible(api, r) {
		s.Valid = func(w document.Options) ([]byte, error) {
			return delivery.Delivery{
				Kind: api.Name, Inntektsaar: w.Inntektsaar, Seed: w.Seed, Number: w.Number,
				Org: w.Org, Oppgaver: w.Oppgaver,
			}.Bytes()
		}
	}
	return s
}

// deliveryPath returns where to post deliveries, below the server's address:
// /innrapporteringbsu/v1/{inntektsaar}.
func deliveryPath(api *catalog.API) string { return "/" + api.Label + api.Routes[0].Paths[0] }

// answers returns an API's answers to offences.
func answers(api *catalog.API) map[string]document.Answer {
	all := map[string]document.Answer{}
	for offence, row := range api.Feil {
		all[string(offence)] = document.Answer{Status: row.Status, Kode: row.Kode, Spesifisering: row.Spesifisering}
	}
	return all
}
