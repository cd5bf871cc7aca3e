package drift

import (
	"fmt"
	"slices"
	"strings"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/excerpt"
	"sandkasse/mock/internal/tree"
)

// Kinds of differences.
const (
	kindOperation   = "operation"
	kindParameter   = "parameter"
	kindBody        = "body"
	kindMediaType   = "media type"
	kindStatus      = "status"
	kindHeader      = "header"
	kindRequired    = "required"
	kindMember      = "member"
	kindType        = "type"
	kindEnum        = "enum"
	kindCode        = "code"
	kindAlternative = "alternative"
)

// maxText limits the characters of a side of a difference.
const maxText = 200

// comparison compares two documents.
type comparison struct {
	theirs, ours *reader

	api       *catalog.API
	isBuiltIn bool
	operation string // that is compared, as METHOD PATH
	isAnswer  bool   // what is compared is an answer: see answer.go
	isError   bool   // that is an error
	found     []Difference
	index     map[string]int
	open      map[string]bool // values that are being compared, by their places in both documents
	codes     []*codeList
	work      *int // steps that automata may still do
	maxFound  int  // differences; beyond that they are only counted
	untold    int
	left      []Left
}

// values compares what schemas of both say of one value. shown are such values that Sandkasse gives,
// if it is one of an answer.
func (c *comparison) values(at string, theirs, ours []node, shown []*tree.Value) {
	key := places(theirs) + "\n" + places(ours)
	if c.open[key] {
		return
	}
	c.open[key] = true
	defer delete(c.open, key)
	c.facts(at, c.theirs.gather(theirs, 0), c.ours.gather(ours, 0), shown)
}

func places(nodes []node) string {
	var b strings.Builder
	for _, n := range nodes {
		b.WriteString(n.Place)
		b.WriteByte(' ')
	}
	return b.String()
}

// facts compares two sets of facts about one value.
func (c *comparison) facts(at string, theirs, ours facts, shown []*tree.Value) {
	if c.theirs.problem != nil || c.ours.problem != nil {
		return
	}
	if theirs.bytes || theirs.saysNothing() {
		if !ours.saysNothing() && !ours.bytes {
			c.leave("the document says that a value may be any", c.words(spot{at, theirs.place, theirs.line}))
		}
		return
	}
	if c.isAnswer {
		c.answer(at, theirs, ours, shown)
		return
	}
	here := spot{at, theirs.place, theirs.line}
	if theirs.never != ours.never {
		say := func(never bool) string {
			if never {
				return "no value"
			}
			return "a value"
		}
		c.differ(kindType, here, say(theirs.never), say(ours.never))
		return
	}
	if !slices.Equal(theirs.types, ours.types) {
		c.differ(kindType, here, theirs.brief(), ours.brief())
		if !shareTypes(theirs, ours) {
			return
		}
	}
	c.enums(here, theirs, ours)
	if theirs.enum == nil && ours.enum == nil {
		if theirs.allows("string") && ours.allows("string") {
			c.texts(here, theirs, ours)
		}
		if theirs.allows("integer") && ours.allows("integer") {
			c.numbers(here, theirs, ours)
		}
	}
	c.lists(at, theirs, ours, nil)
	c.objects(at, theirs, ours)
	c.alternatives(at, theirs, ours)
	c.rest(here, theirs, ours)
}

// saysNothing reports whether any value fits.
func (f *facts) saysNothing() bool {
	return !f.never && len(f.types) == 0 && f.enum == nil && f.minimum == nil && f.maximum == nil &&
		f.multiple == "" && f.shortest == 0 && f.longest == unbounded && len(f.patterns) == 0 && f.format == "" &&
		f.minItems == 0 && f.maxItems == unbounded && !f.unique && len(f.items) == 0 && f.minProperties == 0 &&
		f.maxProperties == unbounded && f.isOpen() && len(f.choices) == 0 && len(f.others) == 0
}

// shareTypes reports whether both say that the value may be of one type.
func shareTypes(theirs, ours facts) bool {
	return slices.ContainsFunc(theirs.types, func(kind string) bool { return slices.Contains(ours.types, kind) })
}

// enums compares the values that are listed.
func (c *comparison) enums(at spot, theirs, ours facts) {
	switch {
	case theirs.enum == nil && ours.enum == nil:
	case theirs.enum == nil || ours.enum == nil:
		c.differ(kindEnum, at, theirs.listed(), ours.listed())
	default:
		c.lack(kindEnum, at, theirs.enum, ours.enum)
	}
}

// listed returns the listed values, or what says that there are none.
func (f *facts) listed() string {
	if f.enum == nil {
		return "any value"
	}
	return strings.Join(f.enum, ", ")
}

// lack adds a difference for each value of one list that is not in the other.
func (c *comparison) lack(kind string, at spot, theirs, ours []string) {
	for _, value := range theirs {
		if !slices.Contains(ours, value) {
			c.differ(kind, at, value, "")
		}
	}
	for _, value := range ours {
		if !slices.Contains(theirs, value) {
			c.differ(kind, at, "", value)
		}
	}
}

// numbers compares limits of numbers.
func (c *comparison) numbers(at spot, theirs, ours facts) {
	for _, limit := range []struct {
		keyword      string
		theirs, ours *bound
	}{{"minimum", theirs.minimum, ours.minimum}, {"maximum", theirs.maximum, ours.maximum}} {
		a, b := limit.theirs, limit.ours
		if a == nil && b == nil || a != nil && b != nil && a.value.Cmp(b.value) == 0 && a.exclusive == b.exclusive {
			continue
		}
		c.differ(limit.keyword, at, a.String(), b.String())
	}
	if theirs.multiple != ours.multiple {
		c.differ("multipleOf", at, theirs.multiple, ours.multiple)
	}
}

// String returns the limit as in a document; of none, nothing.
func (b *bound) String() string {
	switch {
	case b == nil:
		return ""
	case b.exclusive:
		return b.text + " (exclusive)"
	}
	return b.text
}

// lists compares what is said of lists.
func (c *comparison) lists(at string, theirs, ours facts, shown []*tree.Value) {
	if !theirs.allows("array") || !ours.allows("array") {
		return
	}
	if !c.isAnswer {
		here := spot{at, theirs.place, theirs.line}
		c.counts("minItems", here, theirs.minItems, ours.minItems)
		c.counts("maxItems", here, theirs.maxItems, ours.maxItems)
		if theirs.unique != ours.unique {
			c.differ("uniqueItems", here, fmt.Sprint(theirs.unique), fmt.Sprint(ours.unique))
		}
	}
	if len(theirs.items) == 0 {
		return
	}
	var elements []*tree.Value
	for _, value := range shown {
		if value.Is(tree.List) {
			elements = append(elements, value.Elements...)
		}
	}
	c.values(at+"/*", theirs.items, ours.items, elements)
}

// counts compares two limits of sizes.
func (c *comparison) counts(keyword string, at spot, theirs, ours int) {
	if theirs == ours {
		return
	}
	say := func(n int) string {
		if n == unbounded || n == 0 && strings.HasPrefix(keyword, "min") {
			return ""
		}
		return fmt.Sprint(n)
	}
	c.differ(keyword, at, say(theirs), say(ours))
}

// objects compares the members of objects in requests.
func (c *comparison) objects(at string, theirs, ours facts) {
	if theirs.isOpen() || !theirs.allows("object") || !ours.allows("object") {
		return
	}
	here := spot{at, theirs.place, theirs.line}
	for _, member := range theirs.properties {
		below := at + "/" + member.name
		said := c.theirs.gather(member.nodes, 0)
		own := ours.property(member.name)
		if said.readOnly {
			continue
		}
		there := spot{below, said.place, said.line}
		if own == nil {
			c.differ(kindMember, there, said.brief()+demand(theirs.required, member.name), "")
			continue
		}
		if !c.ours.gather(own.nodes, 0).readOnly {
			c.required(there, theirs.required, ours.required, member.name)
			c.values(below, member.nodes, own.nodes, nil)
		}
	}
	for _, member := range ours.properties {
		if theirs.property(member.name) == nil {
			if said := c.ours.gather(member.nodes, 0); !said.readOnly {
				c.differ(kindMember, spot{at + "/" + member.name, here.pointer, here.line}, "",
					said.brief()+demand(ours.required, member.name))
			}
		}
	}
	for _, name := range append(slices.Clone(theirs.required), ours.required...) { // without a schema of their own
		if theirs.property(name) == nil && ours.property(name) == nil {
			c.required(spot{at + "/" + name, here.pointer, here.line}, theirs.required, ours.required, name)
		}
	}
	c.furtherMembers(at, here, theirs, ours)
	c.counts("minProperties", here, theirs.minProperties, ours.minProperties)
	c.counts("maxProperties", here, theirs.maxProperties, ours.maxProperties)
}

// required compares whether a member is required.
func (c *comparison) required(at spot, theirs, ours []string, name string) {
	a, b := slices.Contains(theirs, name), slices.Contains(ours, name)
	if a != b {
		c.differ(kindRequired, at, requiredWord(a), requiredWord(b))
	}
}

func requiredWord(required bool) string {
	if required {
		return "required"
	}
	return "optional"
}

// demand returns what is added to the words about a member that only one side has.
func demand(required []string, name string) string {
	return ", " + requiredWord(slices.Contains(required, name))
}

// furtherMembers compares what is said of members without a name.
func (c *comparison) furtherMembers(at string, here spot, theirs, ours facts) {
	const keyword = "additionalProperties"
	say := func(f facts) string {
		switch {
		case f.closed:
			return "refused"
		case len(f.additional) > 0:
			return "as a schema says"
		}
		return "taken"
	}
	switch a, b := say(theirs), say(ours); {
	case a != b:
		c.differ(keyword, here, a, b)
	case len(theirs.additional) > 0:
		c.values(at+"/{name}", theirs.additional, ours.additional, nil)
	}
}

// rest compares the keywords that are compared as they are written.
func (c *comparison) rest(at spot, theirs, ours facts) {
	texts := func(list []other, keyword string) (texts []string) {
		for _, one := range list {
			if one.keyword == keyword {
				texts = append(texts, one.text)
			}
		}
		return texts
	}
	var keywords []string
	for _, one := range append(slices.Clone(theirs.others), ours.others...) {
		if !slices.Contains(keywords, one.keyword) {
			keywords = append(keywords, one.keyword)
		}
	}
	for _, keyword := range keywords {
		a, b := texts(theirs.others, keyword), texts(ours.others, keyword)
		if !slices.Equal(a, b) {
			c.differ(keyword, at, strings.Join(a, ", "), strings.Join(b, ", "))
		}
	}
}

// brief returns the facts in a few words.
func (f *facts) brief() string {
	var words []string
	add := func(format string, args ...any) { words = append(words, fmt.Sprintf(format, args...)) }
	switch {
	case f.never:
		return "no value"
	case len(f.types) == 0:
		add("any value")
	default:
		add("%s", strings.Join(f.types, " or "))
	}
	if f.enum != nil {
		add("one of %s", f.listed())
	}
	if f.format != "" {
		add("format %s", f.format)
	}
	for _, pattern := range f.patterns {
		add("pattern %s", pattern)
	}
	if f.shortest > 0 {
		add("at least %d characters", f.shortest)
	}
	if f.longest != unbounded {
		add("at most %d characters", f.longest)
	}
	if f.minimum != nil {
		add("from %s", f.minimum)
	}
	if f.maximum != nil {
		add("to %s", f.maximum)
	}
	return excerpt.Fit(strings.Join(words, ", "), maxText)
}
