package catalog

import (
	"fmt"
	"slices"

	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/yamlfile"
)

// parseKontroll parses the rules of the feedback. A place that no document has by the schema is a
// fault, and so is one that can hold neither a text nor a number: a rule for it would never find
// anything, or always find it missing. With a nil schema the places are not checked.
func parseKontroll(src *yamlfile.File, own tilbakemeldingFile, felter Felter, compiled *schema.Schema) (k Kontroll) {
	oppgave := append(slices.Clone(felter.Oppgave), schema.Element)
	sletteoppgave := append(slices.Clone(felter.Sletteoppgave), schema.Element)
	pointer := func(place, text string, below jsonptr.Pointer) jsonptr.Pointer {
		p, ok := jsonptr.Parse(text)
		switch {
		case !ok:
			src.Fault("$.tilbakemelding."+place, "%q is not a JSON pointer such as /oppgaveeier/foedselsnummer", text)
		case slices.Contains(p, schema.Element):
			src.Fault("$.tilbakemelding."+place, "%q has a *, and nothing here looks at every element of a list", text)
		case compiled == nil:
		case !compiled.Path(slices.Concat(below, p)).Taken:
			src.Fault("$.tilbakemelding."+place, "the schema has nothing at %s%s", below, p)
		case !compiled.Path(slices.Concat(below, p)).Plain:
			src.Fault("$.tilbakemelding."+place,
				"the schema has an object or a list at %s%s; it must be a text or a number", below, p)
		}
		return p
	}
	identifiers := func(place string, list []identifierFile, below jsonptr.Pointer) (all []Identifier) {
		for i, id := range list {
			at := fmt.Sprintf("identifiers.%s[%d]", place, i)
			oneOf(src, "$.tilbakemelding."+at+".kind", "kind of identifier", id.Kind,
				[]string{"foedselsnummer", "organisasjonsnummer", "kontonummer"})
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
	if compiled != nil {
		checkDeletable(src, k.Identity, felter, compiled)
	}
	return k
}

// checkDeletable adds a fault if an API has sletteoppgaver that can never equal an oppgave: they
// must be able to have a value at every place that identifies an oppgave, and must have one at some
// of them (K505).
func checkDeletable(src *yamlfile.File, identity []jsonptr.Pointer, felter Felter, compiled *schema.Schema) {
	if len(felter.Sletteoppgave) == 0 || !compiled.Path(felter.Sletteoppgave).Named {
		return
	}
	if len(identity) == 0 {
		src.Fault("$.tilbakemelding",
			"the schema has sletteoppgaver at %s, and nothing says which oppgaver they delete: name it in "+
				"tilbakemelding.identity, or leave sletteoppgave out of the schema", felter.Sletteoppgave)
	}
	sletteoppgave, missing, paths := slices.Concat(felter.Sletteoppgave, jsonptr.Pointer{schema.Element}), false,
		[][]string{}
	for i, at := range identity {
		if place := slices.Concat(sletteoppgave, at); !compiled.Path(place).Taken {
			missing = true
			src.Fault(fmt.Sprintf("$.tilbakemelding.identity[%d]", i),
				"the schema has nothing at %s, so no sletteoppgave could ever delete an oppgave", place)
		}
		if len(at) > 0 {
			paths = append(paths, at)
		}
	}
	if len(identity) > 0 && !missing && !compiled.Requires(sletteoppgave, paths) {
		src.Fault("$.tilbakemelding.identity",
			"the schema requires none of these places of a sletteoppgave at %s, so one could identify nothing "+
				"and delete nothing: make it require one", sletteoppgave)
	}
}
