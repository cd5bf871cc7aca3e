package catalog

import (
	"cmp"
	"slices"

	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/yamlfile"
)

// felter parses the places of a family or an API.
func felter(src *yamlfile.File, file felterFile) (f Felter) {
	pointer := func(name, text string) jsonptr.Pointer {
		if text == "" {
			return nil
		}
		p, ok := jsonptr.Parse(text)
		rest := f.inLeveranse(p)
		switch {
		case ok && len(p) > 0 && rest == nil:
			src.Fault("$.felter."+name, "felter.%s is %q; it must begin with %s/*/, the elements of felter.leveranser",
				name, text, f.Leveranser)
		case !ok || slices.Contains(rest, schema.Element):
			src.Fault("$.felter."+name, "felter.%s is %q; it must be a JSON pointer such as /leveranse/%s", name, text,
				name)
		}
		return rest
	}
	f.Leveranser = pointer("leveranser", file.Leveranser)
	f.Inntektsaar = pointer("inntektsaar", file.Inntektsaar)
	f.Leveransetype = pointer("leveransetype", file.Leveransetype)
	f.Oppgavegiver = pointer("oppgavegiver", file.Oppgavegiver)
	f.Referanse = pointer("referanse", file.Referanse)
	f.Oppgave = pointer("oppgave", file.Oppgave)
	f.Sletteoppgave = pointer("sletteoppgave", file.Sletteoppgave)
	return f
}

// inLeveranse returns the pointer from the root of a document as one that is relative to a
// leveranse; nil if it does not lead into one.
func (f Felter) inLeveranse(p jsonptr.Pointer) jsonptr.Pointer {
	n := len(f.Leveranser)
	switch {
	case n == 0:
		return p
	case len(p) < n+2 || !slices.Equal(p[:n], f.Leveranser) || p[n] != schema.Element:
		return nil
	}
	return p[n+1:]
}

// over returns the places of an API's file, and those of its family that it does not replace.
func (own felterFile) over(family felterFile) felterFile {
	return felterFile{
		Leveranser:    cmp.Or(own.Leveranser, family.Leveranser),
		Inntektsaar:   cmp.Or(own.Inntektsaar, family.Inntektsaar),
		Leveransetype: cmp.Or(own.Leveransetype, family.Leveransetype),
		Oppgavegiver:  cmp.Or(own.Oppgavegiver, family.Oppgavegiver),
		Referanse:     cmp.Or(own.Referanse, family.Referanse),
		Oppgave:       cmp.Or(own.Oppgave, family.Oppgave),
		Sletteoppgave: cmp.Or(own.Sletteoppgave, family.Sletteoppgave),
	}
}
