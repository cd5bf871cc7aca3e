package openapi

import (
	"strings"

	"sandkasse/mock/internal/jsonptr"
)

// Where a server refuses the members that a schema does not name (K503), so do its documents: each object of which some
// members are named, and of which nothing is said about others, gets unevaluatedProperties: false.

// closer closes the schemas of an API.
type closer struct {
	schemas object // components
	prefix  string // of references to them
	parts   map[string]bool
}

// closeSchemas closes components. One that is a part of other schemas stays open, since a value has members of the
// others as well: schemas that refer to it for a whole value are closed in its place.
func closeSchemas(schemas object, prefix string) closer {
	c := closer{schemas, prefix, map[string]bool{}}
	for i := range schemas {
		c.findParts(schemas[i].value)
	}
	for i := range schemas {
		if c.parts[schemas[i].name] {
			c.within(schemas[i].value)
		} else {
			c.whole(&schemas[i].value)
		}
	}
	return c
}

// isPart reports whether a schema in another one applies to the same value as that.
func (w within) isPart() bool {
	switch w.keyword() {
	case "allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas":
		return true
	}
	return false
}

// keyword returns the keyword under which a schema stands in another one.
func (w within) keyword() string {
	keyword, _, _ := strings.Cut(w.pointer[1:], "/")
	return keyword
}

// findParts notes the components that are parts of schemas.
func (c closer) findParts(schema any) {
	members, _ := schema.(object)
	for _, below := range schemasIn(members) {
		if part, ok := (*below.value).(object); ok && below.isPart() {
			if reference, ok := part.get("$ref").(string); ok {
				c.parts[strings.TrimPrefix(reference, c.prefix)] = true
			}
		}
		c.findParts(*below.value)
	}
}

// whole closes a schema that describes a whole value, and those in it.
func (c closer) whole(schema *any) {
	members, ok := (*schema).(object)
	if !ok {
		return
	}
	c.within(members)
	reference, _ := members.get("$ref").(string)
	if name := strings.TrimPrefix(reference, c.prefix); len(members) == 1 && reference != "" && !c.parts[name] &&
		c.schemas.index(name) >= 0 {
		return // which is closed itself
	}
	if named, open := c.says(members, 0); named && !open {
		members.set("unevaluatedProperties", false)
		*schema = members
	}
}

// within closes the schemas in a schema that describe whole values.
func (c closer) within(schema any) {
	members, _ := schema.(object)
	for _, below := range schemasIn(members) {
		switch keyword := below.keyword(); {
		case below.isPart():
			c.within(*below.value)
		case keyword != "not" && keyword != "propertyNames":
			c.whole(below.value)
		}
	}
}

// maxDepth limits how far references are followed.
const maxDepth = 64

// says reports whether a schema names members of an object, and whether it says something about the others.
func (c closer) says(schema any, depth int) (named, open bool) {
	members, ok := schema.(object)
	if !ok || depth > maxDepth {
		return false, false
	}
	named = members.index("properties") >= 0 || members.index("patternProperties") >= 0
	open = members.index("additionalProperties") >= 0 || members.index("unevaluatedProperties") >= 0
	parts := []any{c.component(members.get("$ref"))}
	for _, below := range schemasIn(members) {
		if below.isPart() {
			parts = append(parts, *below.value)
		}
	}
	for _, part := range parts {
		names, opens := c.says(part, depth+1)
		named, open = named || names, open || opens
	}
	return named, open
}

// component returns the schema that a reference leads to, or nil.
func (c closer) component(reference any) any {
	text, _ := reference.(string)
	name, below, _ := strings.Cut(strings.TrimPrefix(text, c.prefix), "/")
	found := c.schemas.get(name)
	if below == "" {
		return found
	}
	for _, part := range strings.Split(below, "/") {
		members, _ := found.(object)
		found = members.get(jsonptr.Unescape(part))
	}
	return found
}
