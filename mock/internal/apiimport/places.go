package apiimport

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sandkasse/mock/internal/archive"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/tree"
)

// model describes the documents of an API.
type model struct {
	schemaText []byte
	compiled   *schema.Schema
	felter     catalog.Felter
	kontroll   catalog.Kontroll
}

// place is a place in the documents of a schema.
type place struct {
	at                        jsonptr.Pointer
	isList, isObject, isPlain bool
}

// last returns the name at the end of the place.
func (p place) last() string { return p.at[len(p.at)-1] }

// in returns what of the place is below another, and whether it is.
func (p place) in(above jsonptr.Pointer) (below jsonptr.Pointer, ok bool) {
	if len(p.at) <= len(above) || !slices.Equal(p.at[:len(above)], above) {
		return nil, false
	}
	return p.at[len(above):], true
}

// Limits of the search for places.
const (
	maxPlaces = 20_000
	maxLevels = 10
)

// places returns the places of a schema that convert made, those that are less deep first.
func places(whole *tree.Value) []place {
	type step struct {
		at     jsonptr.Pointer
		schema *tree.Value
	}
	defs := map[string]*tree.Value{}
	for _, def := range whole.Get("$defs").Members {
		defs[def.Name] = def.Value
	}
	var found []place
	index := map[string]int{}
	waiting := []step{{nil, whole}}
	for steps := 0; steps < len(waiting) && steps < maxPlaces; steps++ {
		at, s := waiting[steps].at, waiting[steps].schema
		add := func(below jsonptr.Pointer, part *tree.Value) {
			if part != nil && len(waiting) < maxPlaces && len(below) <= maxLevels {
				waiting = append(waiting, step{below, part})
			}
		}
		if ref := s.Get("$ref").String(); ref != "" {
			add(at, defs[strings.TrimPrefix(ref, "#/$defs/")])
		}
		for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
			if parts := s.Get(keyword); parts != nil {
				for _, part := range parts.Elements {
					add(at, part)
				}
			}
		}
		properties, items := s.Get("properties"), s.Get("items")
		if len(at) > 0 {
			i, known := index[at.String()]
			if !known {
				i = len(found)
				index[at.String()] = i
				found = append(found, place{at: at})
			}
			found[i].isList = found[i].isList || items != nil || hasType(s, "array")
			found[i].isObject = found[i].isObject || properties != nil || hasType(s, "object")
			found[i].isPlain = found[i].isPlain || isPlain(s)
		}
		if properties != nil {
			for _, member := range properties.Members {
				add(append(slices.Clone(at), member.Name), member.Value)
			}
		}
		add(append(slices.Clone(at), schema.Element), items)
	}
	return found
}

// isPlain reports whether a schema is of a text or a number.
func isPlain(s *tree.Value) bool {
	if s.Get("type") == nil {
		return s.Get("enum") != nil || s.Get("pattern") != nil || s.Get("maxLength") != nil || s.Get("maximum") != nil
	}
	return hasType(s, "string") || hasType(s, "integer") || hasType(s, "number")
}

func hasType(s *tree.Value, name string) bool {
	kinds := s.Get("type")
	return kinds.String() == name || kinds.Is(tree.List) &&
		slices.ContainsFunc(kinds.Elements, func(v *tree.Value) bool { return v.Text == name })
}

// compile compiles the schema. The error says why it cannot be used.
func (d *draft) compile(text []byte) error {
	d.schemaText = text
	files, err := archive.FS([]archive.File{{Name: "schema.json", Text: text}})
	if err != nil {
		return err
	}
	if d.compiled, err = schema.Compile(files, "schema.json"); err != nil {
		return fmt.Errorf("the schema of a delivery cannot be used: %w", err)
	}
	return nil
}

// findPlaces finds where deliveries keep what the behaviours need. The error says what they have
// not.
func (d *draft) findPlaces(whole *tree.Value) error {
	all := places(whole)
	find := func(is func(place) bool) jsonptr.Pointer {
		i := slices.IndexFunc(all, is)
		if i < 0 {
			return nil
		}
		return all[i].at
	}
	called := func(name string) func(place) bool {
		return func(p place) bool { return p.isPlain && strings.EqualFold(p.last(), name) }
	}
	lists := func(first string) jsonptr.Pointer {
		holds := func(p place) bool {
			element := append(slices.Clone(p.at), schema.Element)
			return p.isList && slices.ContainsFunc(all, func(e place) bool {
				return e.isObject && slices.Equal(e.at, element)
			})
		}
		if at := find(func(p place) bool { return holds(p) && strings.EqualFold(p.last(), first) }); at != nil {
			return at
		}
		return find(func(p place) bool { return holds(p) && strings.HasPrefix(strings.ToLower(p.last()), first) })
	}
	f := &d.felter
	f.Inntektsaar = find(called("inntektsaar"))
	f.Leveransetype = find(called("leveransetype"))
	f.Oppgavegiver = find(func(p place) bool {
		return called("organisasjonsnummer")(p) && len(p.at) > 1 && strings.EqualFold(p.at[len(p.at)-2], "oppgavegiver")
	})
	f.Referanse = find(called("oppgavegiversLeveranseReferanse"))
	f.Oppgave, f.Sletteoppgave = lists("oppgave"), lists("sletteoppgave")
	var missing []string
	for _, needed := range []struct {
		what string
		at   jsonptr.Pointer
	}{
		{"inntektsaar", f.Inntektsaar},
		{"leveransetype", f.Leveransetype},
		{"oppgavegiver with an organisasjonsnummer", f.Oppgavegiver},
		{"list whose name begins with oppgave", f.Oppgave},
	} {
		if needed.at == nil {
			missing = append(missing, needed.what)
		}
	}
	if len(missing) > 0 {
		return errors.New("the schema of a delivery has no " + strings.Join(missing, " and no ") +
			", which a delivery must have to be imitated")
	}
	p := d.pattern.Felter
	if f.Sletteoppgave == nil { // what no document has makes no difference
		f.Sletteoppgave = p.Sletteoppgave
	}
	if f.Referanse == nil {
		f.Referanse = p.Referanse
	}
	splitLeveranser(f)
	if firstElementOnly(f) {
		d.note(d.body, "the delivery is within a list: only its first element is looked at, the feedback on it "+
			"finds nothing, and sletteoppgaver delete nothing")
		f.Sletteoppgave = nil
	} else {
		d.kontroll = d.rules(all)
		d.checkDeletions(all)
	}
	return nil
}

// splitLeveranser makes places relative to the elements of a list, where a delivery has several
// leveranser: where all of them are in the elements of the list that has the oppgaver.
func splitLeveranser(f *catalog.Felter) {
	n := slices.Index(f.Oppgave, schema.Element)
	if n < 1 {
		return
	}
	list := slices.Clone(f.Oppgave[:n])
	all := []*jsonptr.Pointer{
		&f.Inntektsaar, &f.Leveransetype, &f.Oppgavegiver, &f.Referanse, &f.Oppgave, &f.Sletteoppgave,
	}
	inElement := func(at jsonptr.Pointer) bool {
		return len(at) > n+1 && slices.Equal(at[:n], list) && at[n] == schema.Element &&
			!slices.Contains(at[n+1:], schema.Element)
	}
	for i, at := range all {
		if i < 4 && i != 3 && !inElement(*at) || i == 4 && !inElement(*at) {
			return
		}
	}
	for _, at := range all {
		if inElement(*at) {
			*at = (*at)[n+1:]
		} else {
			*at = nil // of a sibling without such a list
		}
	}
	f.Leveranser = list
}

// firstElementOnly puts the first element of a list in the place of any, and reports whether there
// was one.
func firstElementOnly(f *catalog.Felter) (found bool) {
	for _, at := range []*jsonptr.Pointer{
		&f.Inntektsaar, &f.Leveransetype, &f.Oppgavegiver, &f.Referanse, &f.Oppgave, &f.Sletteoppgave,
	} {
		for i, segment := range *at {
			if segment == schema.Element {
				*at = slices.Clone(*at)
				(*at)[i], found = "0", true
			}
		}
	}
	return found
}

// rules returns the rules of the feedback: those of the built-in API that is replaced, as far as
// the schema has their places, else those that the names of members suggest (K676).
func (d *draft) rules(all []place) catalog.Kontroll {
	if d.builtIn != nil {
		return d.fitting(d.builtIn.Kontroll())
	}
	var k catalog.Kontroll
	oppgave := append(slices.Clone(d.felter.Document(d.felter.Oppgave)), schema.Element)
	slettet := append(slices.Clone(d.felter.Document(d.felter.Sletteoppgave)), schema.Element)
	if len(d.felter.Sletteoppgave) == 0 {
		slettet = nil
	}
	names := map[string]bool{} // of plain members of an oppgave
	for _, p := range all {
		if below, ok := p.in(oppgave); ok && len(below) == 1 && p.isPlain {
			names[below[0]] = true
		}
	}
	for _, p := range all {
		if !p.isPlain {
			continue
		}
		inOppgave, isInOppgave := p.in(oppgave)
		inSlettet, isInSlettet := p.in(slettet)
		switch kind := kindOf(p.last()); {
		case isInOppgave && kind != "":
			k.Oppgave = append(k.Oppgave, catalog.Identifier{At: inOppgave, Kind: kind})
		case isInSlettet && slettet != nil && kind != "":
			k.Sletteoppgave = append(k.Sletteoppgave, catalog.Identifier{At: inSlettet, Kind: kind})
		case kind == "organisasjonsnummer" && slices.Equal(p.at, d.felter.Document(d.felter.Oppgavegiver)):
			k.Leveranse = append(k.Leveranse, catalog.Identifier{At: d.inLeveranse(p.at), Kind: kind})
		case isInOppgave:
		case p.last() == "antallOppgaver" && k.AntallOppgaver == nil:
			k.AntallOppgaver = d.inLeveranse(p.at)
		case strings.HasPrefix(p.last(), "sum") && len(p.last()) > len("sum"):
			of := strings.ToLower(p.last()[3:4]) + p.last()[4:]
			if names[of] {
				k.Sums = append(k.Sums, catalog.Sum{Sum: d.inLeveranse(p.at), Of: jsonptr.Pointer{of}})
			}
		}
		if isInSlettet && slettet != nil && p.last() != "navn" && slices.ContainsFunc(all, func(o place) bool {
			same, ok := o.in(oppgave)
			return ok && o.isPlain && slices.Equal(same, inSlettet)
		}) {
			k.Identity.Oppgave = append(k.Identity.Oppgave, inSlettet)
		}
	}
	k.Identity.Sletteoppgave = k.Identity.Oppgave
	return d.fitting(k)
}

// inLeveranse returns a place in a document as one in a leveranse.
func (d *draft) inLeveranse(at jsonptr.Pointer) jsonptr.Pointer {
	if n := len(d.felter.Leveranser); n > 0 && len(at) > n+1 {
		return at[n+1:]
	}
	return at
}

// kindOf returns the kind of identifier that a member of that name holds; empty for none.
func kindOf(name string) string {
	if slices.Contains([]string{"foedselsnummer", "organisasjonsnummer", "kontonummer"}, name) {
		return name
	}
	return ""
}

// fitting returns the rules of which the schema has the places.
func (d *draft) fitting(k catalog.Kontroll) catalog.Kontroll {
	oppgave := append(slices.Clone(d.felter.Document(d.felter.Oppgave)), schema.Element)
	slettet := append(slices.Clone(d.felter.Document(d.felter.Sletteoppgave)), schema.Element)
	var leveranse jsonptr.Pointer
	if len(d.felter.Leveranser) > 0 {
		leveranse = append(slices.Clone(d.felter.Leveranser), schema.Element)
	}
	has := func(below, at jsonptr.Pointer) bool {
		info := d.compiled.Path(slices.Concat(below, at))
		return len(at) > 0 && info.Taken && info.Plain
	}
	adds := func(below, at jsonptr.Pointer) bool {
		return has(below, at) && d.compiled.Path(slices.Concat(below, at)).Number
	}
	identifiers := func(below jsonptr.Pointer, list []catalog.Identifier) []catalog.Identifier {
		return slices.DeleteFunc(slices.Clone(list), func(i catalog.Identifier) bool { return !has(below, i.At) })
	}
	if !adds(leveranse, k.AntallOppgaver) {
		k.AntallOppgaver = nil
	}
	k.Sums = slices.DeleteFunc(slices.Clone(k.Sums),
		func(s catalog.Sum) bool { return !adds(leveranse, s.Sum) || !adds(oppgave, s.Of) })
	k.Leveranse, k.Oppgave = identifiers(leveranse, k.Leveranse), identifiers(oppgave, k.Oppgave)
	k.Sletteoppgave = identifiers(slettet, k.Sletteoppgave)
	k.Dates = slices.DeleteFunc(slices.Clone(k.Dates), func(date catalog.Date) bool {
		return !has(oppgave, date.At) || len(date.NotBefore) > 0 && !has(oppgave, date.NotBefore)
	})
	var id catalog.Identity
	for i, at := range k.Identity.Oppgave {
		if has(oppgave, at) && (len(d.felter.Sletteoppgave) == 0 || has(slettet, k.Identity.Sletteoppgave[i])) {
			id.Oppgave = append(id.Oppgave, at)
			id.Sletteoppgave = append(id.Sletteoppgave, k.Identity.Sletteoppgave[i])
		}
	}
	for _, at := range k.Identity.Leveranse {
		if has(leveranse, at) && len(id.Oppgave) > 0 {
			id.Leveranse = append(id.Leveranse, at)
		}
	}
	k.Identity = id
	return k
}

// checkDeletions leaves sletteoppgaver out where one cannot say which oppgaver it deletes (K505).
func (d *draft) checkDeletions(all []place) {
	if !d.compiled.Path(d.felter.Document(d.felter.Sletteoppgave)).Named {
		return
	}
	element := append(slices.Clone(d.felter.Document(d.felter.Sletteoppgave)), schema.Element)
	var unlike []string // what a sletteoppgave has and an oppgave has not
	oppgave := append(slices.Clone(d.felter.Document(d.felter.Oppgave)), schema.Element)
	for _, p := range all {
		below, ok := p.in(element)
		if ok && p.isPlain && p.last() != "navn" && !d.compiled.Path(slices.Concat(oppgave, below)).Named &&
			!slices.ContainsFunc(d.kontroll.Identity.Sletteoppgave, func(at jsonptr.Pointer) bool {
				return slices.Equal(at, below)
			}) {
			unlike = append(unlike, below.String())
		}
	}
	var paths [][]string
	for _, at := range d.kontroll.Identity.Sletteoppgave {
		paths = append(paths, at)
	}
	if len(unlike) == 0 && len(paths) > 0 && d.compiled.Requires(element, paths) {
		return
	}
	why := "it need not name anything of an oppgave"
	if len(unlike) > 0 {
		why = "no oppgave has " + strings.Join(unlike, ", ")
	}
	d.note(d.body, "a sletteoppgave is taken and deletes nothing: %s", why)
	d.felter.Sletteoppgave, d.kontroll.Sletteoppgave = nil, nil
}
