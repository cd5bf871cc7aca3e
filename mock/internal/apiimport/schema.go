package apiimport

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"sandkasse/mock/internal/apidocument"
	"sandkasse/mock/internal/tree"
)

// dialect is the $schema of the JSON Schemas that are written.
const dialect = "https://json-schema.org/draft/2020-12/schema"

// shape is the kind of value that a keyword has.
type shape int

const (
	aBool shape = iota
	aText
	aNumber
	aSize // a whole number from 0
	anything
	aList    // of anything
	texts    // a list of strings
	aSchema  // or true or false
	schemas  // a list of at least one
	named    // schemas by name
	listings // lists of strings by name
)

// keyword is a keyword of schemas that is taken over, with how it is written and since when OpenAPI
// has it.
type keyword struct {
	shape   shape
	since31 bool
}

// keywords returns the keywords that mean the same in OpenAPI and JSON Schema 2020-12.
func keywords() map[string]keyword {
	return map[string]keyword{
		"title": {aText, false}, "description": {aText, false}, "default": {anything, false},
		"deprecated": {aBool, false}, "readOnly": {aBool, false}, "writeOnly": {aBool, false},
		"multipleOf": {aNumber, false}, "maximum": {aNumber, false}, "minimum": {aNumber, false},
		"maxLength": {aSize, false}, "minLength": {aSize, false}, "maxItems": {aSize, false},
		"minItems": {aSize, false}, "maxProperties": {aSize, false}, "minProperties": {aSize, false},
		"uniqueItems": {aBool, false}, "required": {texts, false}, "enum": {aList, false},
		"items": {aSchema, false}, "additionalProperties": {aSchema, false}, "not": {aSchema, false},
		"properties": {named, false}, "allOf": {schemas, false}, "anyOf": {schemas, false}, "oneOf": {schemas, false},

		"$comment": {aText, true}, "examples": {aList, true}, "const": {anything, true},
		"exclusiveMaximum": {aNumber, true}, "exclusiveMinimum": {aNumber, true},
		"minContains": {aSize, true}, "maxContains": {aSize, true}, "contains": {aSchema, true},
		"prefixItems": {schemas, true}, "unevaluatedItems": {aSchema, true}, "unevaluatedProperties": {aSchema, true},
		"patternProperties": {named, true}, "propertyNames": {aSchema, true}, "dependentSchemas": {named, true},
		"dependentRequired": {listings, true}, "if": {aSchema, true}, "then": {aSchema, true}, "else": {aSchema, true},
		"contentEncoding": {aText, true}, "contentMediaType": {aText, true},
	}
}

// converter makes a JSON Schema of schemas of the document. What they refer to becomes a member of
// $defs, once.
type converter struct {
	*importer

	keywords map[string]keyword
	names    map[string]string // of the members of $defs, by the place in the document
	taken    map[string]bool
	waiting  []definition
	defs     *tree.Value

	converted int // schemas
}

// maxSchemas limits the schemas within the one of a delivery. With more it would be no JSON Schema that
// is read either (K591).
const maxSchemas = 20_000

// definition is a schema to be converted into a member of $defs.
type definition struct {
	name string
	apidocument.Node
}

// convert returns the JSON Schema of a schema of the document. Its parts are in $defs, the whole
// under the name root.
func (im *importer) convert(n node, root, comment string) *tree.Value {
	c := &converter{
		importer: im, keywords: keywords(), names: map[string]string{}, taken: map[string]bool{},
		defs: tree.NewObject(),
	}
	whole := tree.NewObject()
	whole.Set("$schema", tree.NewString(dialect))
	whole.Set("$comment", tree.NewString(comment))
	if ref := n.Child("$ref").Value.String(); ref != "" && len(n.Members) == 1 {
		if to := c.reference(n, ref); to != nil {
			whole.Set("$ref", to)
		}
	} else {
		whole.Set("$ref", tree.NewString("#/$defs/"+c.define(n, root)))
	}
	for len(c.waiting) > 0 && c.converted <= maxSchemas {
		next := c.waiting[0]
		c.waiting = c.waiting[1:]
		c.defs.Members = append(c.defs.Members, tree.Member{Name: next.name, Value: c.schema(next.Node)})
	}
	if c.converted > maxSchemas {
		im.problem = fmt.Errorf("the body of a delivery has more than %d schemas, those that it refers to counted",
			maxSchemas)
		return whole
	}
	whole.Set("$defs", c.defs)
	c.breakLoops()
	return whole
}

// notInNames matches the characters that names of $defs have not.
var notInNames = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// define returns the name in $defs of the schema at a place of the document.
func (c *converter) define(n node, name string) string {
	if known := c.names[n.Place]; known != "" {
		return known
	}
	plain := notInNames.ReplaceAllString(name, "_")
	if plain == "" {
		plain = "_"
	}
	unique := plain
	for i := 2; c.taken[unique]; i++ {
		unique = plain + "-" + strconv.Itoa(i)
	}
	c.names[n.Place], c.taken[unique] = unique, true
	c.waiting = append(c.waiting, definition{unique, n})
	return unique
}

// reference returns the $ref to write for one of the document; nil where that leads nowhere, which
// is noted.
func (c *converter) reference(n node, ref string) *tree.Value {
	target, problem := c.Target(ref)
	if problem != "" {
		c.note(n, "%s; here anything is taken", problem)
		return nil
	}
	name := target.Place[strings.LastIndex(target.Place, "/")+1:]
	return tree.NewString("#/$defs/" + c.define(target, name))
}

// schema returns a schema as JSON Schema.
func (c *converter) schema(n node) *tree.Value {
	out := tree.NewObject()
	switch c.converted++; {
	case c.converted > maxSchemas:
		return out
	case n.Is(tree.Bool):
		return &tree.Value{Kind: tree.Bool, Text: n.Text}
	case !n.Is(tree.Object):
		c.note(n, "this is no schema; here anything is taken")
		return out
	}
	ref := n.Child("$ref")
	if ref.Is(tree.String) {
		if to := c.reference(ref, ref.Text); to != nil {
			out.Set("$ref", to)
		}
	}
	for _, member := range n.Children() {
		if member.Name == "$ref" {
			continue
		}
		known, found := c.keywords[member.Name]
		switch {
		case ref.Is(tree.String) && c.Is30 && member.Name != "description" && member.Name != "title":
			c.note(member.Node, "%s stands beside a $ref, where OpenAPI 3.0 ignores it", member.Name)
		case found && (!known.since31 || !c.Is30):
			c.keyword(out, member, known.shape)
		default:
			c.otherKeyword(out, n, member)
		}
	}
	c.requiredInRequests(n, out)
	c.integerBounds(n, out)
	return out
}

// keyword takes over a keyword that means the same in JSON Schema, unless its value cannot be.
func (c *converter) keyword(out *tree.Value, member namedNode, want shape) {
	fits := true
	value := member.Value
	switch want {
	case aBool:
		fits = member.Is(tree.Bool)
	case aText:
		fits = member.Is(tree.String)
	case aNumber:
		fits = member.Is(tree.Number) && (member.Name != "multipleOf" || !strings.HasPrefix(member.Text, "-"))
	case aSize:
		number, err := strconv.ParseInt(value.Text, 10, 32)
		fits = member.Is(tree.Number) && err == nil && number >= 0
	case aList:
		fits = member.Is(tree.List) && (member.Name == "examples" || len(member.Elements) > 0)
	case texts:
		fits = isTexts(value)
		if fits { // a name twice is no JSON Schema
			value = &tree.Value{Kind: tree.List}
			seen := map[string]bool{}
			for _, element := range member.Elements {
				if !seen[element.Text] {
					value.Elements = append(value.Elements, element)
				}
				seen[element.Text] = true
			}
		}
	case aSchema:
		if fits = member.Is(tree.Object) || member.Is(tree.Bool); fits {
			value = c.schema(member.Node)
		}
	case schemas:
		if fits = member.Is(tree.List) && len(member.Elements) > 0; fits {
			value = &tree.Value{Kind: tree.List}
			for _, element := range member.Items() {
				value.Elements = append(value.Elements, c.schema(element))
			}
		}
	case named:
		if fits = member.Is(tree.Object); fits {
			value = tree.NewObject()
			for _, part := range member.Children() {
				if member.Name == "patternProperties" && !c.patternFits(part.Node, part.Name) {
					continue
				}
				value.Members = append(value.Members, tree.Member{Name: part.Name, Value: c.schema(part.Node)})
			}
		}
	case listings:
		fits = member.Is(tree.Object)
		for _, part := range member.Children() {
			fits = fits && isTexts(part.Value)
		}
	case anything:
	}
	if !fits {
		c.note(member.Node, "%s cannot have this value", member.Name)
		return
	}
	out.Set(member.Name, value)
}

func isTexts(list *tree.Value) bool {
	return list.Is(tree.List) &&
		!slices.ContainsFunc(list.Elements, func(v *tree.Value) bool { return !v.Is(tree.String) })
}

// otherKeyword takes over a keyword that is written otherwise in JSON Schema.
func (c *converter) otherKeyword(out *tree.Value, n node, member namedNode) {
	switch name := member.Name; name {
	case "type":
		c.types(out, n, member)
	case "nullable":
		switch {
		case !c.Is30:
			c.note(member.Node, "nullable is no keyword of OpenAPI 3.1")
		case member.IsTrue() && n.Value.Get("type") == nil:
			c.note(member.Node, "nullable without a type beside it has no effect in OpenAPI 3.0")
		}
	case "format":
		c.format(out, member)
	case "pattern":
		if !member.Is(tree.String) {
			c.note(member.Node, "pattern cannot have this value")
		} else if c.patternFits(member.Node, member.Text) {
			out.Set("pattern", tree.NewString(apidocument.GoPattern(member.Text)))
		}
	case "example":
		out.Set("examples", &tree.Value{Kind: tree.List, Elements: []*tree.Value{member.Value}})
	case "exclusiveMinimum", "exclusiveMaximum": // true or false in 3.0
		limit := strings.ToLower(strings.TrimPrefix(name, "exclusive"))
		switch value := n.Value.Get(limit); {
		case !member.Is(tree.Bool):
			c.note(member.Node, "%s cannot have this value", name)
		case member.IsTrue() && value.Is(tree.Number):
			out.Set(name, value)
		}
	case "xml", "externalDocs", "$defs": // say nothing of JSON, or are found by the references to them
	case "discriminator":
		c.note(member.Node, "discriminator is not looked at; the schemas beside it decide")
	default:
		if strings.HasPrefix(name, "x-") {
			c.note(member.Node, "the extension %s is not known", name)
			return
		}
		version := "3.1"
		if c.Is30 {
			version = "3.0"
		}
		c.note(member.Node, "%s is no keyword that is taken from OpenAPI %s", name, version)
	}
}

// types sets the type, with null where nullable says so.
func (c *converter) types(out *tree.Value, n node, member namedNode) {
	var names []string
	switch {
	case member.Is(tree.String):
		names = []string{member.Text}
	case isTexts(member.Value):
		for _, element := range member.Elements {
			names = append(names, element.Text)
		}
	}
	known := []string{"array", "boolean", "integer", "number", "object", "string", "null"}
	unknown := func(name string) bool { return !slices.Contains(known, name) }
	if len(names) == 0 || slices.ContainsFunc(names, unknown) {
		c.note(member.Node, "type must be one of %s", strings.Join(known, ", "))
		return
	}
	if c.Is30 && n.Value.Get("nullable").IsTrue() {
		names = append(names, "null")
		if enum := n.Value.Get("enum"); enum != nil && !slices.ContainsFunc(enum.Elements, func(v *tree.Value) bool {
			return v.Is(tree.Null)
		}) {
			c.note(member.Node, "nullable has no effect beside an enum without null (OpenAPI 3.0.3)")
		}
	}
	var once []string
	for _, name := range names {
		if !slices.Contains(once, name) {
			once = append(once, name)
		}
	}
	if len(once) == 1 {
		out.Set("type", tree.NewString(once[0]))
		return
	}
	out.Set("type", tree.NewList(once...))
}

// format takes over a format that is checked.
func (c *converter) format(out *tree.Value, member namedNode) {
	name := member.Value.String()
	_, checked := jsonschema.Formats[name]
	switch {
	case checked:
		out.Set("format", tree.NewString(name))
	case slices.Contains([]string{"int32", "int64", "float", "double", "password"}, name): // see integerBounds
	default:
		c.note(member.Node, "the format %s is not checked", name)
	}
}

// integerBounds sets the limits of what fits into the format int32 or int64, where there are none.
func (c *converter) integerBounds(n node, out *tree.Value) {
	limits := map[string][2]string{
		"int32": {"-2147483648", "2147483647"}, "int64": {"-9223372036854775808", "9223372036854775807"},
	}[n.Value.Get("format").String()]
	kinds := out.Get("type")
	isInteger := kinds.String() == "integer" || kinds.Is(tree.List) &&
		slices.ContainsFunc(kinds.Elements, func(v *tree.Value) bool { return v.Text == "integer" })
	if limits[0] == "" || !isInteger {
		return
	}
	for i, names := range [][]string{{"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"}} {
		if out.Get(names[0]) == nil && out.Get(names[1]) == nil {
			out.Set(names[0], &tree.Value{Kind: tree.Number, Text: limits[i]})
		}
	}
}

// requiredInRequests takes from required what is readOnly: it is required of answers only.
func (c *converter) requiredInRequests(n node, out *tree.Value) {
	required := out.Get("required")
	if required == nil {
		return
	}
	kept := &tree.Value{Kind: tree.List}
	for _, name := range required.Elements {
		property := n.Child("properties").Child(name.Text)
		if property.Value != nil && property.Child("$ref").Value != nil {
			if target, problem := c.Target(property.Child("$ref").Value.String()); problem == "" {
				property = target
			}
		}
		if property.Child("readOnly").IsTrue() {
			c.note(property, "%s is readOnly, and so not required of a delivery", name.Text)
			continue
		}
		kept.Elements = append(kept.Elements, name)
	}
	out.Set("required", kept)
}

// patternFits reports whether a pattern can be used, and notes it if not.
func (c *converter) patternFits(n node, pattern string) bool {
	if _, err := regexp.Compile(apidocument.GoPattern(pattern)); err != nil {
		c.note(n, "the pattern %s cannot be used: it has a lookahead, a backreference or what Go's regexp has "+
			"not either", pattern)
		return false
	}
	return true
}

// breakLoops takes out references that lead back to their own schema for the same value: such a
// schema says nothing, and a validator would never end.
func (c *converter) breakLoops() {
	const (
		begun = iota + 1
		done
	)
	state, defs := map[string]int{}, map[string]*tree.Value{}
	for _, def := range c.defs.Members {
		defs[def.Name] = def.Value
	}
	var visit func(name string)
	var look func(value *tree.Value)
	look = func(value *tree.Value) {
		if ref := value.Get("$ref").String(); ref != "" {
			name := strings.TrimPrefix(ref, "#/$defs/")
			if state[name] == begun {
				value.Members = slices.DeleteFunc(value.Members, func(m tree.Member) bool { return m.Name == "$ref" })
				c.note(c.placeOf(name), "%s refers to itself for the same value, which says nothing", name)
			} else if state[name] == 0 {
				visit(name)
			}
		}
		for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
			parts := value.Get(keyword)
			if parts == nil {
				continue
			}
			kept := parts.Elements[:0]
			for _, part := range parts.Elements {
				before := len(part.Members)
				look(part)
				// a form that was nothing but such a reference would be one that anything fits
				if keyword == "allOf" || len(part.Members) == before || len(part.Members) > 0 {
					kept = append(kept, part)
				}
			}
			if parts.Elements = kept; len(kept) == 0 {
				value.Members = slices.DeleteFunc(value.Members, func(m tree.Member) bool { return m.Name == keyword })
			}
		}
		for _, keyword := range []string{"not", "if", "then", "else"} {
			if part := value.Get(keyword); part != nil {
				look(part)
			}
		}
		if parts := value.Get("dependentSchemas"); parts != nil {
			for _, part := range parts.Members {
				look(part.Value)
			}
		}
	}
	visit = func(name string) {
		state[name] = begun
		look(defs[name])
		state[name] = done
	}
	for _, def := range c.defs.Members {
		if state[def.Name] == 0 {
			visit(def.Name)
		}
	}
}

// placeOf returns the place in the document of a member of $defs.
func (c *converter) placeOf(name string) node {
	for at, known := range c.names {
		if known == name {
			target, _ := c.Target(at)
			return target
		}
	}
	return node{}
}
