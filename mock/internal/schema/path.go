package schema

import (
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// Element stands in a path for any element of a list.
const Element = "*"

// PathInfo describes a place in the documents of a schema.
type PathInfo struct {
	// Taken says that a document may have something there: the schema names the place, or leaves
	// open what there may be.
	Taken bool
	// Named says that the schema names the place.
	Named bool
	// Plain says that a text or a number may stand there.
	Plain bool
	// Number says that a number may stand there, or a text that is one.
	Number bool
}

// Path returns what the schema says of the place that a path leads to: names of members, and
// Element for the elements of a list. Where it names some members of an object and says nothing of
// further ones, there are none.
func (s *Schema) Path(path []string) PathInfo {
	at := sameValue(s.root, map[*jsonschema.Schema]bool{})
	for _, name := range path {
		var next []*jsonschema.Schema
		seen := map[*jsonschema.Schema]bool{}
		open := true // nothing here says which members or elements there may be
		for _, schema := range at {
			kind := "object"
			if name == Element {
				kind = "array"
			}
			if len(schema.Types) > 0 && !slices.Contains(schema.Types, kind) {
				open = false
				continue
			}
			if name == Element {
				for _, elements := range elementsOf(schema) {
					open = false
					next = append(next, sameValue(elements, seen)...)
				}
				continue
			}
			members, closed := membersOf(schema, name)
			for _, member := range members {
				next = append(next, sameValue(member, seen)...)
			}
			open = open && !closed
		}
		if len(next) == 0 {
			return PathInfo{Taken: open, Plain: open, Number: open}
		}
		at = next
	}
	typed, plain := false, false
	for _, schema := range at {
		typed = typed || len(schema.Types) > 0
		plain = plain || slices.ContainsFunc(schema.Types, func(kind string) bool {
			return kind == "string" || kind == "number" || kind == "integer"
		})
	}
	number := slices.ContainsFunc(at, takesNumber)
	return PathInfo{Taken: true, Named: true, Plain: plain || !typed, Number: number || !typed}
}

// takesNumber reports whether a schema, by itself, names a number as a type, or takes one of a few
// texts that are numbers.
func takesNumber(s *jsonschema.Schema) bool {
	for _, kind := range s.Types {
		if kind == "number" || kind == "integer" {
			return true
		}
	}
	numbers := []string{"0", "1", "10", "100", "0.00", "1.5", "-1"}
	return slices.Contains(s.Types, "string") &&
		slices.ContainsFunc(numbers, func(text string) bool { return Fits(s, text) })
}

// Requires reports whether whatever stands at a place must have something at one of the paths below
// it, as far as required, references and combinations say.
func (s *Schema) Requires(place []string, paths [][]string) bool {
	at := []*jsonschema.Schema{s.root}
	for _, name := range place {
		at = partsOf(at, name)
	}
	return anyRequires(at, paths)
}

// partsOf returns what the schemas of a value lay on its member of that name, or for Element on its
// elements.
func partsOf(at []*jsonschema.Schema, name string) (parts []*jsonschema.Schema) {
	seen := map[*jsonschema.Schema]bool{}
	for _, schema := range at {
		for _, same := range sameValue(schema, seen) {
			if name == Element {
				parts = append(parts, elementsOf(same)...)
				continue
			}
			members, _ := membersOf(same, name)
			parts = append(parts, members...)
		}
	}
	slices.SortFunc(parts, func(a, b *jsonschema.Schema) int { return strings.Compare(a.Location, b.Location) })
	return slices.Compact(parts)
}

// anyRequires reports whether one of the schemas of a value makes it have something at one of the
// paths.
func anyRequires(at []*jsonschema.Schema, paths [][]string) bool {
	known := map[string]bool{} // whether a required member makes it so
	required := func(name string) bool {
		var below [][]string
		for _, path := range paths {
			switch {
			case path[0] != name:
			case len(path) == 1:
				return true
			default:
				below = append(below, path[1:])
			}
		}
		return len(below) > 0 && anyRequires(partsOf(at, name), below)
	}
	var requires func(s *jsonschema.Schema) bool
	requires = func(s *jsonschema.Schema) bool {
		not := func(part *jsonschema.Schema) bool { return !requires(part) }
		switch {
		case s == nil:
			return false
		case requires(s.Ref), slices.ContainsFunc(s.AllOf, requires), requires(s.Then) && requires(s.Else),
			len(s.AnyOf) > 0 && !slices.ContainsFunc(s.AnyOf, not), len(s.OneOf) > 0 &&
				!slices.ContainsFunc(s.OneOf, not):
			return true
		}
		return slices.ContainsFunc(s.Required, func(name string) bool {
			if _, asked := known[name]; !asked {
				known[name] = required(name)
			}
			return known[name]
		})
	}
	return slices.ContainsFunc(at, requires)
}

// membersOf returns what a schema, by itself, lays on a member of that name; closed says that it
// takes no member that it does not name.
func membersOf(s *jsonschema.Schema, name string) (members []*jsonschema.Schema, closed bool) {
	if member := s.Properties[name]; member != nil {
		members = append(members, member)
	}
	for pattern, member := range s.PatternProperties {
		if pattern.MatchString(name) {
			members = append(members, member)
		}
	}
	if len(members) > 0 {
		return members, false
	}
	if additional, isSchema := s.AdditionalProperties.(*jsonschema.Schema); isSchema {
		return []*jsonschema.Schema{additional}, false
	}
	names := len(s.Properties)+len(s.PatternProperties) > 0
	return nil, s.AdditionalProperties == false || names && s.AdditionalProperties == nil
}

// sameValue returns a schema and all schemas that it applies to the same value.
func sameValue(s *jsonschema.Schema, seen map[*jsonschema.Schema]bool) []*jsonschema.Schema {
	if s == nil || seen[s] {
		return nil
	}
	seen[s] = true
	all := []*jsonschema.Schema{s}
	for _, part := range append(append(append([]*jsonschema.Schema{s.Ref, s.Then, s.Else}, s.AllOf...), s.AnyOf...),
		s.OneOf...) {
		all = append(all, sameValue(part, seen)...)
	}
	return all
}
