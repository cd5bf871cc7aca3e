package schemas

import (
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// Element stands in a path of Takes for any element of a list.
const Element = "*"

// Takes tells whether a document that fits the schema may have something at that path: the names of members, and Element for the elements of
// a list. Where the schema leaves open what there may be, it may.
func (s *Schema) Takes(path []string) bool {
	at := sameValue(s.root, map[*jsonschema.Schema]bool{})
	for _, name := range path {
		var next []*jsonschema.Schema
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
			if name == Element && schema.Items2020 != nil {
				open = false
				next = append(next, sameValue(schema.Items2020, map[*jsonschema.Schema]bool{})...)
			}
			if name == Element || schema.Properties == nil {
				continue
			}
			if member := schema.Properties[name]; member != nil {
				next = append(next, sameValue(member, map[*jsonschema.Schema]bool{})...)
			}
			if schema.AdditionalProperties == false {
				open = false
			}
		}
		if len(next) == 0 {
			return open
		}
		at = next
	}
	return true
}

// sameValue is a schema with all that it refers to for the same value.
func sameValue(s *jsonschema.Schema, seen map[*jsonschema.Schema]bool) []*jsonschema.Schema {
	if s == nil || seen[s] {
		return nil
	}
	seen[s] = true
	all := []*jsonschema.Schema{s}
	for _, part := range append(append(append([]*jsonschema.Schema{s.Ref, s.Then, s.Else}, s.AllOf...), s.AnyOf...), s.OneOf...) {
		all = append(all, sameValue(part, seen)...)
	}
	return all
}
