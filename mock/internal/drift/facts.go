package drift

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sandkasse/mock/internal/apidocument"
	"sandkasse/mock/internal/tree"
)

type (
	node      = apidocument.Node
	namedNode = apidocument.NamedNode
)

// facts holds all demands that schemas make on one value. Schemas of allOf and behind references are
// taken together; 3.0 and 3.1 are in one form.
type facts struct {
	place string // of the first of the schemas that say something, in the document
	line  int

	never    bool     // no value fits
	types    []string // sorted; empty for any
	enum     []string // as JSON; nil for any
	minimum  *bound
	maximum  *bound
	multiple string
	shortest int // characters
	longest  int // or unbounded
	patterns []string
	format   string

	minItems, maxItems           int // the latter unbounded for no limit
	unique                       bool
	items                        []node
	minProperties, maxProperties int
	properties                   []property
	required                     []string
	closed                       bool   // further members are refused
	additional                   []node // schemas of further members

	choices   []choice
	others    []other
	bytes     bool // the value is a file of any content
	readOnly  bool
	writeOnly bool
}

// property is a member of an object.
type property struct {
	name  string
	nodes []node
}

// choice is an anyOf or oneOf.
type choice struct {
	keyword string
	among   []facts
}

// other is a keyword that is compared as it is written.
type other struct{ keyword, text string }

// bound is a limit of numbers.
type bound struct {
	value     *big.Rat
	exclusive bool
	text      string
}

// isOpen reports whether the schema says nothing of members.
func (f *facts) isOpen() bool {
	return len(f.properties) == 0 && len(f.required) == 0 && !f.closed && len(f.additional) == 0
}

// property returns the schemas of a member, or nil.
func (f *facts) property(name string) *property {
	for i := range f.properties {
		if f.properties[i].name == name {
			return &f.properties[i]
		}
	}
	return nil
}

// allows reports whether values of a type may fit.
func (f *facts) allows(kind string) bool {
	return len(f.types) == 0 || slices.Contains(f.types, kind) ||
		kind == "integer" && slices.Contains(f.types, "number")
}

// reader gathers facts from one document.
type reader struct {
	document apidocument.Document
	budget   *int // schemas that may still be read
	problem  error
}

// maxSchemas limits the schemas of both documents that a comparison reads, those that are referred
// to counted each time (K803).
const maxSchemas = 100_000

// Limits of one value (K803).
const (
	maxNested  = 10    // alternatives in alternatives
	maxMembers = 2_000 // named, required or listed members, listed values, and alternatives
)

// gathering is the making of facts.
type gathering struct {
	*reader

	facts
	nullable bool
	waiting  []node
	seen     map[string]bool
	nested   int
}

// gather returns what schemas say of a value that must fit them all.
func (r *reader) gather(nodes []node, nested int) facts {
	g := &gathering{
		reader: r, waiting: slices.Clone(nodes), seen: map[string]bool{}, nested: nested,
		facts: facts{longest: unbounded, maxItems: unbounded, maxProperties: unbounded},
	}
	for len(g.waiting) > 0 && r.problem == nil {
		next := g.waiting[0]
		g.waiting = g.waiting[1:]
		if !g.seen[next.Place] {
			g.seen[next.Place] = true
			g.schema(next)
		}
	}
	g.finish()
	return g.facts
}

// fail ends the comparison.
func (r *reader) fail(n node, format string, args ...any) {
	if r.problem != nil {
		return
	}
	line := ""
	if n.Value != nil && n.Line > 0 {
		line = fmt.Sprintf(":%d", n.Line)
	}
	r.problem = fmt.Errorf("%s%s: %s", r.document.File, line, fmt.Sprintf(format, args...))
}

// schema adds what a schema says.
func (g *gathering) schema(n node) {
	if *g.budget--; *g.budget < 0 {
		g.fail(n, "the document leads to more than %d schemas, the most that are compared", maxSchemas)
		return
	}
	switch {
	case n.Is(tree.Bool):
		g.never = g.never || !n.IsTrue()
		return
	case !n.Is(tree.Object):
		g.fail(n, "this is no schema (%s)", n.Place)
		return
	}
	if g.place == "" || g.line == 0 {
		g.place, g.line = n.Place, n.Line
	}
	if ref := n.Child("$ref").Value.String(); ref != "" {
		target, problem := g.document.Target(ref)
		if problem != "" {
			g.fail(n, "%s", problem)
			return
		}
		g.waiting = append(g.waiting, target)
		if g.document.Is30 {
			return
		}
	}
	g.place, g.line = n.Place, n.Line
	for _, member := range n.Children() {
		if count := len(member.Elements) + len(member.Members); count > maxMembers && isCounted(member.Name) {
			g.fail(member.Node, "%s has %d entries; at most %d are compared", member.Name, count, maxMembers)
			return
		}
		g.keyword(n, member)
	}
	if len(g.properties)+len(g.required)+len(g.enum)+len(g.patterns) > 2*maxMembers {
		g.fail(n, "the schemas of one value have more than %d members, the most that are compared", 2*maxMembers)
	}
}

// isCounted reports whether the entries of a keyword are limited.
func isCounted(keyword string) bool {
	switch keyword {
	case "type", "enum", "properties", "required", "anyOf", "oneOf":
		return true
	}
	return false
}

// keyword adds what a keyword of a schema says.
func (g *gathering) keyword(n node, member namedNode) {
	value := member.Value
	switch member.Name {
	case "type":
		g.addTypes(n, value)
	case "enum":
		g.addEnum(value.Elements)
	case "const":
		g.addEnum([]*tree.Value{value})
	case "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum":
		g.addBound(n, member.Name, value)
	case "multipleOf":
		g.multiple = value.Text
	case "minLength":
		g.shortest = max(g.shortest, size(value, 0))
	case "maxLength":
		g.longest = lower(g.longest, size(value, unbounded))
	case "pattern":
		if !slices.Contains(g.patterns, value.String()) {
			g.patterns = append(g.patterns, value.String())
		}
	case "format":
		g.addFormat(value.String())
	case "minItems":
		g.minItems = max(g.minItems, size(value, 0))
	case "maxItems":
		g.maxItems = lower(g.maxItems, size(value, unbounded))
	case "uniqueItems":
		g.unique = g.unique || value.IsTrue()
	case "items":
		g.items = append(g.items, member.Node)
	case "minProperties":
		g.minProperties = max(g.minProperties, size(value, 0))
	case "maxProperties":
		g.maxProperties = lower(g.maxProperties, size(value, unbounded))
	case "properties":
		for _, one := range member.Children() {
			g.addProperty(one.Name, one.Node)
		}
	case "required":
		for _, name := range value.Elements {
			if !slices.Contains(g.required, name.String()) {
				g.required = append(g.required, name.String())
			}
		}
	case "additionalProperties", "unevaluatedProperties":
		if value.Is(tree.Bool) {
			g.closed = g.closed || !value.IsTrue()
		} else if value.Is(tree.Object) && len(value.Members) > 0 {
			g.additional = append(g.additional, member.Node)
		}
	case "allOf":
		g.waiting = append(g.waiting, member.Items()...)
	case "anyOf", "oneOf":
		g.addChoice(member.Name, member.Items())
	case "readOnly":
		g.readOnly = g.readOnly || value.IsTrue()
	case "writeOnly":
		g.writeOnly = g.writeOnly || value.IsTrue()
	case "not", "if", "then", "else", "patternProperties", "propertyNames", "contains", "minContains", "maxContains",
		"prefixItems", "dependentRequired", "dependentSchemas", "unevaluatedItems", "contentEncoding":
		g.others = append(g.others, other{member.Name, canonical(value)})
	}
}

// size returns the value of a keyword that counts, or another one where it is no count.
func size(value *tree.Value, otherwise int) int {
	number, err := strconv.ParseInt(value.Text, 10, 32)
	if !value.Is(tree.Number) || err != nil || number < 0 {
		return otherwise
	}
	return int(number)
}

// lower returns the smaller of two limits.
func lower(a, b int) int {
	if a == unbounded || b != unbounded && b < a {
		return b
	}
	return a
}

func (g *gathering) addTypes(n node, value *tree.Value) {
	var names []string
	if value.Is(tree.String) {
		names = []string{value.Text}
	}
	for _, element := range value.Elements {
		names = append(names, element.String())
	}
	if g.document.Is30 && n.Child("nullable").IsTrue() {
		names = append(names, "null")
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if len(g.types) > 0 {
		other := func(name string) bool { return !slices.Contains(g.types, name) }
		common := slices.DeleteFunc(slices.Clone(names), other)
		if g.never = g.never || len(common) == 0; len(common) == 0 {
			return
		}
		names = common
	}
	g.types = names
}

func (g *gathering) addEnum(elements []*tree.Value) {
	values := []string{}
	for _, element := range elements {
		if text := canonical(element); !slices.Contains(values, text) {
			values = append(values, text)
		}
	}
	if g.enum != nil {
		values = slices.DeleteFunc(values, func(text string) bool { return !slices.Contains(g.enum, text) })
	}
	g.enum = values
}

// addFormat adds a format. Those that only say how a number is stored, or how a text is shown, are
// no demand on a text.
func (g *gathering) addFormat(name string) {
	switch name {
	case "binary":
		g.bytes = true
	case "float", "double", "password", "":
	default:
		g.format = name // int32 and int64 become limits: see finish
	}
}

// plainNumber matches numbers that do not take long to compare.
var plainNumber = regexp.MustCompile(`^-?[0-9]{1,100}(\.[0-9]{1,100})?([eE][+-]?[0-9]{1,3})?$`)

func newBound(text string, exclusive bool) *bound {
	if !plainNumber.MatchString(text) {
		return nil
	}
	value, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil
	}
	return &bound{value, exclusive, text}
}

func (g *gathering) addBound(n node, keyword string, value *tree.Value) {
	plain := strings.ToLower(strings.TrimPrefix(keyword, "exclusive"))
	exclusive := plain != keyword
	if value.Is(tree.Bool) { // exclusiveMinimum of 3.0
		return
	}
	made := newBound(value.Text, exclusive || n.Child("exclusive"+strings.ToUpper(plain[:1])+plain[1:]).IsTrue())
	if made == nil {
		g.fail(n, "%s is no number that can be compared", keyword)
		return
	}
	to, sign := &g.minimum, 1
	if plain == "maximum" {
		to, sign = &g.maximum, -1
	}
	if old := *to; old != nil {
		if order := made.value.Cmp(old.value) * sign; order < 0 || order == 0 && old.exclusive {
			return
		}
	}
	*to = made
}

// addProperty adds a schema of a member.
func (g *gathering) addProperty(name string, n node) {
	if known := g.property(name); known != nil {
		known.nodes = append(known.nodes, n)
		return
	}
	g.properties = append(g.properties, property{name, []node{n}})
}

// addChoice adds alternatives. null among them is nullable by another name, and one alone is no
// alternative.
func (g *gathering) addChoice(keyword string, among []node) {
	rest := slices.DeleteFunc(slices.Clone(among), func(n node) bool {
		kind := n.Child("type")
		return n.Is(tree.Object) && len(n.Members) == 1 && (kind.Value.String() == "null" ||
			kind.Is(tree.List) && len(kind.Elements) == 1 && kind.Elements[0].String() == "null")
	})
	switch {
	case len(rest) < len(among) && len(rest) == 1:
		g.nullable = true
		g.waiting = append(g.waiting, rest...)
	case len(among) == 1:
		g.waiting = append(g.waiting, among...)
	case len(among) > 0:
		if g.nested == maxNested {
			g.fail(among[0], "alternatives stand in each other more than %d deep", maxNested)
			return
		}
		one := choice{keyword: keyword}
		for _, n := range among {
			one.among = append(one.among, g.gather([]node{n}, g.nested+1))
		}
		g.choices = append(g.choices, one)
	}
}
