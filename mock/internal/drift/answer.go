package drift

import (
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"sandkasse/mock/internal/apidocument"
	"sandkasse/mock/internal/tree"
)

// Answers are compared in one direction where that is enough for a client (K801): what Sandkasse
// answers must be what the document allows. Members, types and listed values that the document has
// must be known to Sandkasse, too. Limits of values are held against what Sandkasse does answer,
// since its own description of answers has none.

// answer compares what both say of a value in an answer.
func (c *comparison) answer(at string, theirs, ours facts, shown []*tree.Value) {
	here := spot{at, theirs.place, theirs.line}
	if theirs.writeOnly {
		return
	}
	if !c.answerTypes(here, theirs, ours, shown) {
		return
	}
	switch {
	case theirs.enum != nil && ours.enum != nil:
		c.lack(kindEnum, here, theirs.enum, ours.enum)
	case theirs.enum != nil && c.isError && isCode(at):
		c.addCodes(here, theirs, shown)
	default:
		c.shownFit(here, theirs, shown)
	}
	c.lists(at, theirs, ours, shown)
	c.answerMembers(here, theirs, ours, shown)
	c.alternatives(at, theirs, ours)
}

// answerTypes compares types, and reports whether it makes sense to go on.
func (c *comparison) answerTypes(at spot, theirs, ours facts, shown []*tree.Value) (goOn bool) {
	refused := func(kind string) bool { return !theirs.allows(kind) }
	allowed := len(theirs.types) == 0 || !slices.ContainsFunc(ours.types, refused)
	if allowed && len(ours.types) == 0 { // anything, as far as is known
		for _, value := range shown {
			if kind := kindOf(canonical(value)); !theirs.allows(kind) {
				c.breaks(kindType, at, theirs.brief(), canonical(value))
				return false
			}
		}
	}
	if !allowed {
		c.differ(kindType, at, theirs.brief(), ours.brief())
		return shareTypes(theirs, ours)
	}
	return true
}

// answerMembers compares the members of an object in an answer. One that Sandkasse always gives may
// be optional in the document.
func (c *comparison) answerMembers(here spot, theirs, ours facts, shown []*tree.Value) {
	if theirs.isOpen() || !theirs.allows("object") || !ours.allows("object") {
		return
	}
	for _, member := range theirs.properties {
		below := here.at + "/" + member.name
		said := c.theirs.gather(member.nodes, 0)
		own := ours.property(member.name)
		there := spot{below, said.place, said.line}
		switch {
		case said.writeOnly:
		case own == nil:
			c.differ(kindMember, there, said.brief()+demand(theirs.required, member.name), "")
		default:
			if slices.Contains(theirs.required, member.name) {
				c.required(there, theirs.required, ours.required, member.name)
			}
			var values []*tree.Value
			for _, value := range shown {
				if value := value.Get(member.name); value != nil {
					values = append(values, value)
				}
			}
			c.values(below, member.nodes, own.nodes, values)
		}
	}
	for _, member := range ours.properties {
		if theirs.property(member.name) == nil && len(theirs.additional) == 0 {
			said := c.ours.gather(member.nodes, 0)
			c.differ(kindMember, spot{here.at + "/" + member.name, here.pointer, here.line}, "",
				said.brief()+demand(ours.required, member.name))
		}
	}
}

// shownFit adds a difference for each limit that a value which Sandkasse gives does not keep.
func (c *comparison) shownFit(at spot, theirs facts, shown []*tree.Value) {
	check := func(kind, limit string, broken func(value *tree.Value) bool) {
		for _, value := range shown {
			if broken(value) {
				c.breaks(kind, at, limit, canonical(value))
				return
			}
		}
	}
	if theirs.enum != nil {
		check(kindEnum, theirs.listed(), func(value *tree.Value) bool {
			return !slices.Contains(theirs.enum, canonical(value))
		})
	}
	text := func(broken func(text string) bool) func(*tree.Value) bool {
		return func(value *tree.Value) bool { return value.Is(tree.String) && broken(value.Text) }
	}
	if theirs.shortest > 0 {
		check("minLength", strconv.Itoa(theirs.shortest), text(func(text string) bool {
			return utf8.RuneCountInString(text) < theirs.shortest
		}))
	}
	if theirs.longest != unbounded {
		check("maxLength", strconv.Itoa(theirs.longest), text(func(text string) bool {
			return utf8.RuneCountInString(text) > theirs.longest
		}))
	}
	for _, pattern := range theirs.patterns {
		if compiled, err := regexp.Compile(apidocument.GoPattern(pattern)); err == nil {
			check("pattern", pattern, text(func(text string) bool { return !compiled.MatchString(text) }))
		}
	}
	if isFormat, known := jsonschema.Formats[theirs.format]; known {
		check("format", theirs.format, text(func(text string) bool { return !isFormat(text) }))
	}
	number := func(broken func(order int) bool, limit *bound) func(*tree.Value) bool {
		return func(value *tree.Value) bool {
			made := newBound(value.Text, false)
			return value.Is(tree.Number) && made != nil && broken(made.value.Cmp(limit.value))
		}
	}
	if limit := theirs.minimum; limit != nil {
		check("minimum", limit.String(), number(func(order int) bool {
			return order < 0 || order == 0 && limit.exclusive
		}, limit))
	}
	if limit := theirs.maximum; limit != nil {
		check("maximum", limit.String(), number(func(order int) bool {
			return order > 0 || order == 0 && limit.exclusive
		}, limit))
	}
	c.sizesFit(theirs, check)
}

// sizesFit does the same for the numbers of elements and members.
func (c *comparison) sizesFit(theirs facts, check func(kind, limit string, broken func(value *tree.Value) bool)) {
	for _, limit := range []struct {
		kind  string
		size  int
		isMax bool
		of    tree.Kind
	}{
		{"minItems", theirs.minItems, false, tree.List},
		{"maxItems", theirs.maxItems, true, tree.List},
		{"minProperties", theirs.minProperties, false, tree.Object},
		{"maxProperties", theirs.maxProperties, true, tree.Object},
	} {
		if limit.isMax && limit.size == unbounded || !limit.isMax && limit.size == 0 {
			continue
		}
		check(limit.kind, strconv.Itoa(limit.size), func(value *tree.Value) bool {
			n := len(value.Elements) + len(value.Members)
			return value.Is(limit.of) && (limit.isMax && n > limit.size || !limit.isMax && n < limit.size)
		})
	}
}
