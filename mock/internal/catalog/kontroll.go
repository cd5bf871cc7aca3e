package catalog

import (
	"fmt"
	"slices"

	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/yamlfile"
)

// parseKontroll parses the rules of the feedback. A place that no document has by the schema is a
// fault, and so is one that can hold neither a text nor a number, or for a sum no number: a rule for
// it would never find anything, or always find it missing. With a nil schema the places are not
// checked.
func parseKontroll(src *yamlfile.File, own tilbakemeldingFile, felter Felter, compiled *schema.Schema) (k Kontroll) {
	r := ruleReader{src: src, felter: felter, compiled: compiled}
	oppgave := append(slices.Clone(felter.Document(felter.Oppgave)), schema.Element)
	sletteoppgave := append(slices.Clone(felter.Document(felter.Sletteoppgave)), schema.Element)
	if own.AntallOppgaver != "" {
		k.AntallOppgaver = r.leveransePlace("antallOppgaver", own.AntallOppgaver)
		r.mustBeNumber("antallOppgaver", felter.Document(k.AntallOppgaver))
	}
	for i, sum := range own.Sums {
		at, of := fmt.Sprintf("sums[%d].sum", i), fmt.Sprintf("sums[%d].of", i)
		s := Sum{Sum: r.leveransePlace(at, sum.Sum), Of: r.place(of, sum.Of, oppgave, true)}
		r.mustBeNumber(at, felter.Document(s.Sum))
		r.mustBeNumber(of, slices.Concat(oppgave, s.Of))
		k.Sums = append(k.Sums, s)
	}
	k.Leveranse = r.identifiers("leveranse", own.Identifiers.Leveranse, r.leveransePlace)
	k.Oppgave = r.identifiers("oppgave", own.Identifiers.Oppgave, func(at, text string) jsonptr.Pointer {
		return r.place(at, text, oppgave, true)
	})
	k.Sletteoppgave = r.identifiers("sletteoppgave", own.Identifiers.Sletteoppgave,
		func(at, text string) jsonptr.Pointer { return r.place(at, text, sletteoppgave, true) })
	for i, date := range own.Dates {
		at := fmt.Sprintf("dates[%d]", i)
		oneOf(src, "$.tilbakemelding."+at+".within", "span", date.Within, []string{"inntektsaar", "untilYearEnd"})
		if date.Form != "" {
			oneOf(src, "$.tilbakemelding."+at+".form", "form of a date", date.Form,
				[]string{string(DDMM), string(DateTime)})
		}
		d := Date{At: r.place(at+".at", date.At, oppgave, true), Form: DateForm(date.Form), Within: date.Within}
		if date.NotBefore != "" {
			d.NotBefore = r.place(at+".notBefore", date.NotBefore, oppgave, false)
			if slices.Contains(d.At, schema.Element) {
				src.Fault("$.tilbakemelding."+at+".notBefore", "a date in a list cannot be compared with another one")
			}
		}
		k.Dates = append(k.Dates, d)
	}
	k.Identity = r.identity(own, oppgave, sletteoppgave)
	return k
}

// ruleReader reads the rules of one API.
type ruleReader struct {
	src      *yamlfile.File
	felter   Felter
	compiled *schema.Schema // nil where places are not checked
}

func (r ruleReader) fault(place, format string, args ...any) {
	r.src.Fault("$.tilbakemelding."+place, format, args...)
}

// place parses a pointer that is relative to the place below, in which an * is allowed or not.
func (r ruleReader) place(place, text string, below jsonptr.Pointer, inLists bool) jsonptr.Pointer {
	p, ok := jsonptr.Parse(text)
	switch {
	case !ok:
		r.fault(place, "%q is not a JSON pointer such as /oppgaveeier/foedselsnummer", text)
	case slices.Contains(p, schema.Element) && !inLists:
		r.fault(place, "%q has a *, and nothing here looks at every element of a list", text)
	case r.compiled == nil:
	case !r.compiled.Path(slices.Concat(below, p)).Taken:
		r.fault(place, "the schema has nothing at %s%s", below, p)
	case !r.compiled.Path(slices.Concat(below, p)).Plain:
		r.fault(place, "the schema has an object or a list at %s%s; it must be a text or a number", below, p)
	}
	return p
}

// leveransePlace parses a pointer from the root of a document into a leveranse.
func (r ruleReader) leveransePlace(place, text string) jsonptr.Pointer {
	p := jsonptr.Pointer{}
	if parsed, ok := jsonptr.Parse(text); ok {
		p = r.felter.inLeveranse(parsed)
	}
	if p == nil {
		r.fault(place, "%q must begin with %s/*/, the elements of felter.leveranser", text, r.felter.Leveranser)
		return nil
	}
	if len(r.felter.Leveranser) > 0 && len(p) > 0 {
		text = p.String()
	}
	below := jsonptr.Pointer{}
	if len(r.felter.Leveranser) > 0 {
		below = slices.Concat(r.felter.Leveranser, jsonptr.Pointer{schema.Element})
	}
	return r.place(place, text, below, false)
}

// mustBeNumber adds a fault if no number, and no text that holds one, can stand at the place in a
// document: nothing could be added up.
func (r ruleReader) mustBeNumber(place string, at jsonptr.Pointer) {
	if r.compiled == nil {
		return
	}
	if info := r.compiled.Path(at); info.Taken && info.Plain && !info.Number {
		r.fault(place, "the schema takes no number at %s, and no text that is one, so there is nothing to add up", at)
	}
}

// identifiers parses the places of one kind of identifiers.
func (r ruleReader) identifiers(place string, list []identifierFile,
	pointer func(at, text string) jsonptr.Pointer,
) (all []Identifier) {
	for i, id := range list {
		at := fmt.Sprintf("identifiers.%s[%d]", place, i)
		oneOf(r.src, "$.tilbakemelding."+at+".kind", "kind of identifier", id.Kind,
			[]string{"foedselsnummer", "organisasjonsnummer", "kontonummer"})
		all = append(all, Identifier{At: pointer(at+".at", id.At), Kind: id.Kind})
	}
	return all
}

// identity parses what makes two oppgaver the same. It adds a fault if an API has sletteoppgaver
// that can never equal an oppgave: they must be able to have a value at every place that identifies
// an oppgave, and must have one at some of them (K505).
func (r ruleReader) identity(own tilbakemeldingFile, oppgave, sletteoppgave jsonptr.Pointer) (id Identity) {
	for i, text := range own.Identity {
		id.Oppgave = append(id.Oppgave, r.place(fmt.Sprintf("identity[%d]", i), text, oppgave, false))
	}
	for i, text := range own.IdentityLeveranse {
		id.Leveranse = append(id.Leveranse, r.leveransePlace(fmt.Sprintf("identityLeveranse[%d]", i), text))
	}
	if len(id.Leveranse) > 0 && len(id.Oppgave) == 0 {
		r.fault("identityLeveranse",
			"the places of a leveranse identify an oppgave only together with those of identity")
	}
	id.Sletteoppgave = id.Oppgave
	list := "identity"
	if len(own.IdentitySletteoppgave) > 0 {
		id.Sletteoppgave, list = nil, "identitySletteoppgave"
		if len(own.IdentitySletteoppgave) != len(own.Identity) {
			r.fault(list, "there are %d places of a sletteoppgave, and %d of an oppgave in identity; each must "+
				"stand where the other one stands", len(own.IdentitySletteoppgave), len(own.Identity))
			return id
		}
		for _, text := range own.IdentitySletteoppgave {
			p, ok := jsonptr.Parse(text)
			if !ok || slices.Contains(p, schema.Element) {
				r.fault(list, "%q is not a JSON pointer such as /kontonummer", text)
			}
			id.Sletteoppgave = append(id.Sletteoppgave, p)
		}
	}
	if r.compiled == nil || len(r.felter.Sletteoppgave) == 0 ||
		!r.compiled.Path(r.felter.Document(r.felter.Sletteoppgave)).Named {
		return id
	}
	if len(id.Oppgave) == 0 {
		r.src.Fault("$.tilbakemelding",
			"the schema has sletteoppgaver at %s, and nothing says which oppgaver they delete: name it in "+
				"tilbakemelding.identity, or leave sletteoppgave out of the schema",
			r.felter.Document(r.felter.Sletteoppgave))
	}
	missing, paths := false, [][]string{}
	for i, at := range id.Sletteoppgave {
		if place := slices.Concat(sletteoppgave, at); !r.compiled.Path(place).Taken {
			missing = true
			r.fault(fmt.Sprintf("%s[%d]", list, i),
				"the schema has nothing at %s, so no sletteoppgave could ever delete an oppgave", place)
		}
		if len(at) > 0 {
			paths = append(paths, at)
		}
	}
	if len(id.Oppgave) > 0 && !missing && !r.compiled.Requires(sletteoppgave, paths) {
		r.fault(list,
			"the schema requires none of these places of a sletteoppgave at %s, so one could identify nothing "+
				"and delete nothing: make it require one", sletteoppgave)
	}
	return id
}
