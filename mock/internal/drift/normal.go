package drift

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/tree"
)

// finish brings what different words say into one form.
func (g *gathering) finish() {
	if len(g.types) == 0 {
		g.types = g.impliedTypes()
	}
	if g.nullable && len(g.types) > 0 && !slices.Contains(g.types, "null") {
		g.types = append(g.types, "null")
		slices.Sort(g.types)
	}
	g.integerBounds()
	for i := range g.choices {
		g.hoist(&g.choices[i])
		g.hoistRequired(g.choices[i])
	}
	for i := range g.choices {
		g.dropRequired(&g.choices[i])
	}
	slices.SortFunc(g.others, func(a, b other) int {
		return cmp.Or(cmp.Compare(a.keyword, b.keyword), cmp.Compare(a.text, b.text))
	})
	g.others = slices.Compact(g.others)
}

// impliedTypes returns the types that a schema without one is meant for, as far as that is clear.
func (f *facts) impliedTypes() []string {
	switch {
	case f.enum != nil:
		var kinds []string
		for _, text := range f.enum {
			kinds = append(kinds, kindOf(text))
		}
		slices.Sort(kinds)
		return slices.Compact(kinds)
	case !f.isOpen():
		return []string{"object"}
	case len(f.items) > 0:
		return []string{"array"}
	case len(f.choices) > 0:
		var kinds []string
		for _, one := range f.choices[0].among {
			if len(one.types) == 0 {
				return nil
			}
			kinds = append(kinds, one.types...)
		}
		slices.Sort(kinds)
		return slices.Compact(kinds)
	}
	return nil
}

// kindOf returns the type of a value that is written as JSON.
func kindOf(text string) string {
	switch {
	case strings.HasPrefix(text, `"`):
		return "string"
	case strings.HasPrefix(text, "{"):
		return "object"
	case strings.HasPrefix(text, "["):
		return "array"
	case text == "null":
		return "null"
	case text == "true", text == "false":
		return "boolean"
	case strings.ContainsAny(text, ".eE"):
		return "number"
	}
	return "integer"
}

// integerBounds makes the limits of integers inclusive. Those of int32 stand where there are no
// others; those of int64 are none.
func (g *gathering) integerBounds() {
	if len(g.types) == 0 || !g.allows("integer") || g.allows("number") {
		if g.format == "int32" || g.format == "int64" {
			g.format = ""
		}
		return
	}
	for _, limit := range []struct {
		bound **bound
		step  int64
	}{{&g.minimum, 1}, {&g.maximum, -1}} {
		if b := *limit.bound; b != nil && b.exclusive && b.value.IsInt() {
			moved := new(big.Rat).Add(b.value, big.NewRat(limit.step, 1))
			*limit.bound = &bound{value: moved, text: moved.RatString()}
		}
	}
	if g.format == "int32" {
		if g.minimum == nil {
			g.minimum = newBound("-2147483648", false)
		}
		if g.maximum == nil {
			g.maximum = newBound("2147483647", false)
		}
	}
	if g.format == "int32" || g.format == "int64" {
		g.format = ""
	}
	if g.minimum != nil && g.minimum.value.Cmp(big.NewRat(-1<<63, 1)) == 0 {
		g.minimum = nil
	}
	if g.maximum != nil && g.maximum.value.Cmp(big.NewRat(1<<63-1, 1)) == 0 {
		g.maximum = nil
	}
}

// hoist moves members that only alternatives name to the schema they are alternatives of, unless
// they name one differently: such a schema says the same of the members, and of which are required.
func (g *gathering) hoist(one *choice) {
	var names []string
	places := map[string]string{}
	for _, among := range one.among {
		for _, member := range among.properties {
			place := member.place(g.reader)
			known, seen := places[member.name]
			switch {
			case !seen:
				places[member.name] = place
				names = append(names, member.name)
			case known != place:
				places[member.name] = ""
			}
		}
	}
	for _, name := range names {
		own := g.property(name)
		if places[name] == "" || own != nil && own.place(g.reader) != places[name] {
			continue
		}
		for i := range one.among {
			among := &one.among[i]
			member := among.property(name)
			if member == nil {
				continue
			}
			if own == nil {
				g.properties = append(g.properties, *member)
				own = g.property(name)
			}
			among.properties = slices.DeleteFunc(slices.Clone(among.properties), func(p property) bool {
				return p.name == name
			})
		}
	}
}

// hoistRequired notes members that all alternatives require as required by the schema they are
// alternatives of.
func (g *gathering) hoistRequired(one choice) {
	if len(one.among) == 0 {
		return
	}
	for _, name := range one.among[0].required {
		lacks := func(among facts) bool { return !slices.Contains(among.required, name) }
		if !slices.ContainsFunc(one.among, lacks) && !slices.Contains(g.required, name) {
			g.required = append(g.required, name)
		}
	}
}

// dropRequired takes from alternatives what the schema they are alternatives of requires already.
func (g *gathering) dropRequired(one *choice) {
	for i := range one.among {
		among := &one.among[i]
		among.required = slices.DeleteFunc(slices.Clone(among.required), func(name string) bool {
			return slices.Contains(g.required, name)
		})
	}
}

// place returns what says whether two members have the same schema: where it is, behind references,
// or what it says if it stands there itself.
func (p property) place(r *reader) string {
	if len(p.nodes) != 1 {
		var places []string
		for _, n := range p.nodes {
			places = append(places, n.Place)
		}
		return strings.Join(places, " ")
	}
	n := p.nodes[0]
	if ref := n.Child("$ref").Value.String(); ref != "" {
		if target, problem := r.document.Target(ref); problem == "" {
			return target.Place
		}
	}
	return canonical(n.Value)
}

// annotations are keywords that say nothing of values.
var annotations = []string{
	"title", "description", "default", "example", "examples", "xml", "externalDocs", "deprecated", "$comment",
	"discriminator",
}

// canonical returns a value as JSON in one form: members by name, without those that say nothing of
// values, and references by their last name.
func canonical(value *tree.Value) string {
	text := strings.TrimSuffix(string(ordered(value, false).JSON()), "\n")
	if value.Is(tree.List) || value.Is(tree.Object) {
		return strings.Join(strings.Fields(text), " ") // in one line
	}
	return text
}

// ordered returns a value in that form. The members of one with names are not keywords.
func ordered(value *tree.Value, hasNames bool) *tree.Value {
	if value == nil {
		return &tree.Value{Kind: tree.Null}
	}
	out := &tree.Value{Kind: value.Kind, Text: value.Text}
	for _, element := range value.Elements {
		out.Elements = append(out.Elements, ordered(element, false))
	}
	for _, member := range value.Members {
		if !hasNames && (slices.Contains(annotations, member.Name) || strings.HasPrefix(member.Name, "x-")) {
			continue
		}
		named := slices.Contains([]string{"properties", "patternProperties", "dependentSchemas"}, member.Name)
		below := ordered(member.Value, named && !hasNames)
		if member.Name == "$ref" && below.Is(tree.String) {
			below.Text = jsonptr.Unescape(below.Text[strings.LastIndex(below.Text, "/")+1:])
		}
		out.Members = append(out.Members, tree.Member{Name: member.Name, Value: below})
	}
	slices.SortStableFunc(out.Members, func(a, b tree.Member) int { return cmp.Compare(a.Name, b.Name) })
	return out
}
