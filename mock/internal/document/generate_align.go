package document

import (
	"maps"
	"slices"
)

// alignParties makes the members of each object say the same of one person or organisation: those
// with an identifier of the population get the names and the date of birth that belong to it, and an
// account gets a number of the kind that it says.
func (g *generator) alignParties(value any) {
	switch value := value.(type) {
	case map[string]any:
		g.align(value)
		for _, name := range slices.Sorted(maps.Keys(value)) {
			g.alignParties(value[name])
		}
	case []any:
		for _, element := range value {
			g.alignParties(element)
		}
	}
}

// align makes the members of one object agree.
func (g *generator) align(object map[string]any) {
	replace := func(name, text string) {
		if before, isText := object[name].(string); isText && before != "" && text != "" {
			object[name] = text
		}
	}
	text := func(name string) string { s, _ := object[name].(string); return s }
	if whose, given := g.parties.given["foedselsnummer"+text("foedselsnummer")]; given {
		replace("navn", whose.person.Navn())
		replace("fornavn", whose.person.Fornavn)
		replace("etternavn", whose.person.Etternavn)
		replace("foedselsdato", whose.person.Foedselsdato.String())
	}
	if whose, given := g.parties.given["organisasjonsnummer"+text("organisasjonsnummer")]; given {
		replace("navn", whose.organisation.Navn)
		replace("organisasjonsnavn", whose.organisation.Navn)
	}
	switch text("kontonummertype") {
	case "IBAN":
		replace("kontonummer", g.iban())
	case "ISIN":
		replace("kontonummer", g.isin())
	case "OBAN":
		replace("kontonummer", g.stream.Numerify("############"))
	}
	kind, land := text("identifikatortype"), text("utstedtAvLand")
	if land != "" && slices.Contains([]string{"TIN", "GIIN"}, kind) {
		replace("identifikator", g.foreignIdentifier(kind, land))
	}
}
