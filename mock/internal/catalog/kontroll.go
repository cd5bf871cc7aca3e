package catalog

import (
	"fmt"

	"sandkasse/schemas/yamlfile"
)

// kontroll parses what the feedback looks at.
func kontroll(src *yamlfile.File, own tilbakemeldingFile) (k Kontroll) {
	pointer := func(place, text string) Pointer {
		p, ok := ParsePointer(text)
		if !ok {
			src.Fault("$.tilbakemelding."+place, "%q is not a JSON pointer such as /oppgaveeier/foedselsnummer", text)
		}
		return p
	}
	identifiers := func(place string, list []identifierFile) (all []Identifier) {
		for i, id := range list {
			at := fmt.Sprintf("identifiers.%s[%d]", place, i)
			oneOf(src, "$.tilbakemelding."+at+".kind", "kind of identifier", id.Kind, []string{"foedselsnummer", "organisasjonsnummer", "kontonummer"})
			all = append(all, Identifier{At: pointer(at+".at", id.At), Kind: id.Kind})
		}
		return all
	}
	if own.AntallOppgaver != "" {
		k.AntallOppgaver = pointer("antallOppgaver", own.AntallOppgaver)
	}
	for i, sum := range own.Sums {
		at := fmt.Sprintf("sums[%d]", i)
		k.Sums = append(k.Sums, Sum{Sum: pointer(at+".sum", sum.Sum), Of: pointer(at+".of", sum.Of)})
	}
	k.Leveranse = identifiers("leveranse", own.Identifiers.Leveranse)
	k.Oppgave = identifiers("oppgave", own.Identifiers.Oppgave)
	k.Sletteoppgave = identifiers("sletteoppgave", own.Identifiers.Sletteoppgave)
	for i, date := range own.Dates {
		at := fmt.Sprintf("dates[%d]", i)
		oneOf(src, "$.tilbakemelding."+at+".within", "span", date.Within, []string{"inntektsaar", "untilYearEnd"})
		if date.Form != "" {
			oneOf(src, "$.tilbakemelding."+at+".form", "form of a date", date.Form, []string{"DDMM"})
		}
		d := Date{At: pointer(at+".at", date.At), DDMM: date.Form == "DDMM", Within: date.Within}
		if date.NotBefore != "" {
			d.NotBefore = pointer(at+".notBefore", date.NotBefore)
		}
		k.Dates = append(k.Dates, d)
	}
	for i, identity := range own.Identity {
		k.Identity = append(k.Identity, pointer(fmt.Sprintf("identity[%d]", i), identity))
	}
	return k
}
