package schema

import (
	"fmt"
	"iter"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// files holds the schema documents by their addresses.
type files map[string]any

// add keeps a schema document under the address it was read from, and under the one that its $id
// gives it.
func (f files) add(address string, text []byte) error {
	doc, err := Decode(text)
	if err != nil {
		return fmt.Errorf("%s: %w", address, err)
	}
	f[address] = doc
	if object, ok := doc.(map[string]any); ok {
		if id, ok := object["$id"].(string); ok {
			base, err := url.Parse(address)
			if err != nil {
				return err
			}
			absolute, err := base.Parse(id)
			if err != nil {
				return fmt.Errorf("$id is %q, which is no address", id)
			}
			f[strings.TrimSuffix(absolute.String(), "#")] = doc
		}
	}
	return nil
}

// rule is a keyword at a location of a schema document.
type rule struct {
	keyword  string         // empty at the root of a document
	argument string         // the name or number that belongs to the keyword in the location, if any
	value    any            // the keyword's value, nil where the document is not at hand
	node     any            // what stands at the location: the value, or with an argument a part of it
	schema   map[string]any // the schema object that holds the keyword
}

// rule finds the rule at an absolute keyword location of jsonschema/v5, such as
// "schemas:///a.json#/properties/dato/format".
func (f files) rule(location string) rule {
	address, pointer, _ := strings.Cut(location, "#")
	r := rule{node: f[address]}
	for keyword, arguments := range steps(pointer) {
		schema, _ := r.node.(map[string]any)
		r = rule{keyword: keyword, schema: schema, value: schema[keyword]}
		r.node = descend(r.value, arguments)
		if len(arguments) > 0 {
			r.argument = arguments[0]
		}
	}
	return r
}

// descend returns the value that the segments of a JSON pointer lead to from v, or nil where there
// is none.
func descend(v any, segments []string) any {
	for _, segment := range segments {
		switch container := v.(type) {
		case map[string]any:
			v = container[segment]
		case []any:
			i, err := strconv.Atoi(segment)
			if err != nil || i < 0 || i >= len(container) {
				return nil
			}
			v = container[i]
		default:
			return nil
		}
	}
	return v
}

// steps goes through a keyword location of jsonschema/v5 from keyword to keyword, each with the
// names and numbers that belong to it, so that a member that is called "type" is not taken for the
// keyword.
func steps(pointer string) iter.Seq2[string, []string] {
	return func(yield func(string, []string) bool) {
		for segments := segmentsOf(pointer); len(segments) > 0; {
			n := 1
			switch segments[0] {
			case "properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "prefixItems", "allOf",
				"anyOf", "oneOf":
				n = 2
			case "dependentRequired":
				n = 3
			case "dependencies":
				n = 2
			}
			// Draft 7 numbers the names in dependencies, and the schemas in items.
			if draft7 := segments[0] == "dependencies" || segments[0] == "items"; draft7 && n < len(segments) &&
				isIndex(segments[n]) {
				n++
			}
			n = min(n, len(segments))
			if !yield(segments[0], segments[1:n]) {
				return
			}
			segments = segments[n:]
		}
	}
}

// segmentsOf splits a location of jsonschema/v5: a JSON pointer whose segments are percent-encoded
// besides.
func segmentsOf(location string) []string {
	var segments []string
	for segment := range jsontext.Pointer(location).Tokens() {
		if plain, err := url.PathUnescape(segment); err == nil {
			segment = plain
		}
		segments = append(segments, segment)
	}
	return segments
}
