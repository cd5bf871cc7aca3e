package catalog

import (
	"fmt"
	"slices"

	"sandkasse/schemas"
	"sandkasse/schemas/yamlfile"
)

// kontroll parses what the feedback looks at. A place that no document has by the schema is a fault: what is looked for there would never be
// found, or always be missing. A nil schema has been proved against it before.
func kontroll(src *yamlfile.File, own tilbakemeldingFile, felter Felter, schema *schemas.Schema) (k Kontroll) {
	oppgave := append(slices.Clone(felter.Oppgave), schemas.Element)
	sletteoppgave := append(slices.Clone(felter.Sletteoppgave), schemas.Element)
	pointer := func(place, text string, below Pointer) Pointer {
		p, ok := ParsePointer(text)
		switch {
		case !ok:
			src.Fault("$.tilbakemelding."+place, "%q is not a JSON pointer such as /oppgaveeier/foedselsnummer", text)
		case schema != nil && !schema.Takes(slices.Concat(below, p)):
			src.Fault("$.tilbakemelding."+place, "the schema has nothing at %s%s", below, p)
		}
		return p
	}
	identifiers := func(place string, list []identifierFile, below Pointer) (all []Identifier) {
		for i, id := range list {
			at := fmt.Sprintf("identifiers.%s[%d]", place, i)
			oneOf(src, "$.tilbakemelding."+at+".kind", "kind of identifier", id.Kind, []string{"foedselsnummer", "organisasjonsnummer", "kontonummer"})
			all = append(all, Identifier{At: pointer(at+".at", id.At, below), Kind: id.Kind})
		}
		return all
	}
	if own.AntallOppgaver != "" {
		k.AntallOppgaver = pointer("antallOppgaver", own.AntallOppgaver, nil)
	}
	for i, sum := range own.Sums {
		at := fmt.Sprintf("sums[%d]", i)
		k.Sums = append(k.Sums, Sum{Sum: pointer(at+".sum", sum.Sum, nil), Of: pointer(at+".of", sum.Of, oppgave)})
	}
	k.Leveranse = identifiers("leveranse", own.Identifiers.Leveranse, nil)
	k.Oppgave = identifiers("oppgave", own.Identifiers.Oppgave, oppgave)
	k.Sletteoppgave = identifiers("sletteoppgave", own.Identifiers.Sletteoppgave, sletteoppgave)
	for i, date := range own.Dates {
		at := fmt.Sprintf("dates[%d]", i)
		oneOf(src, "$.tilbakemelding."+at+".within", "span", date.Within, []string{"inntektsaar", "untilYearEnd"})
		if date.Form != "" {
			oneOf(src, "$.tilbakemelding."+at+".form", "form of a date", date.Form, []string{"DDMM"})
		}
		d := Date{At: pointer(at+".at", date.At, oppgave), DDMM: date.Form == "DDMM", Within: date.Within}
		if date.NotBefore != "" {
			d.NotBefore = pointer(at+".notBefore", date.NotBefore, oppgave)
		}
		k.Dates = append(k.Dates, d)
	}
	for i, identity := range own.Identity {
		k.Identity = append(k.Identity, pointer(fmt.Sprintf("identity[%d]", i), identity, oppgave))
	}
	return k
}
