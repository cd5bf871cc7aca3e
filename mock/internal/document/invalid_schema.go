package document

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"sandkasse/mock/internal/schema"
)

// breakSchema breaks each keyword of the schema for which a valid document has a value.
func (b *breaker) breakSchema(from *validDocument) {
	if _, documented := b.Answers["schema-violation"]; documented && b.Schema != nil {
		b.visit(from, b.Schema, from.document, nil, 0)
	}
}

// maxVisits limits how many schemas are visited at the values of the documents of one API: they may
// lie on a value in many ways.
const maxVisits = 100_000

// visit breaks the keywords of a schema at a value that fits it, and then those of its parts.
func (b *breaker) visit(from *validDocument, s *jsonschema.Schema, value any, path []string, depth int) {
	if b.visits++; s == nil || depth > 2*maxDepth || b.visits > maxVisits || b.opts.ended() != nil {
		return
	}
	for _, m := range b.mutations(from, s, value, path) {
		b.tryMutation(from, m)
	}
	for _, same := range subschemas(s, value) {
		b.visit(from, same, value, path, depth+1)
	}
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			parts, _ := memberSchemas(one(s), name)
			for _, part := range parts {
				b.visit(from, part, value[name], slices.Concat(path, []string{name}), depth+1)
			}
		}
	case []any:
		for i, e := range value {
			for _, part := range elementSchemas(s, i) {
				b.visit(from, part, e, slices.Concat(path, []string{strconv.Itoa(i)}), depth+1)
			}
		}
	}
}

// subschemas returns the schemas that a schema applies to the same value, those that the value
// fits.
func subschemas(s *jsonschema.Schema, value any) (list []*jsonschema.Schema) {
	list = append(list, s.AllOf...)
	if s.Ref != nil {
		list = append(list, s.Ref)
	}
	for _, branch := range slices.Concat(s.AnyOf, s.OneOf) {
		if schema.Fits(branch, value) {
			list = append(list, branch)
		}
	}
	if s.If != nil {
		if schema.Fits(s.If, value) {
			list = append(list, s.Then)
		} else {
			list = append(list, s.Else)
		}
	}
	if object, ok := value.(map[string]any); ok {
		list = append(list, dependentSchemas(s, object)...)
	}
	return slices.DeleteFunc(list, func(s *jsonschema.Schema) bool { return s == nil })
}

// mutation is a way to break one keyword.
type mutation struct {
	rule    string // name of the rule before the place; the keyword if empty
	keyword string
	sti     string // where the violation is reported
	edits   []edit
}

// tryMutation adds a document with a mutation if it breaks the keyword and nothing else.
func (b *breaker) tryMutation(from *validDocument, m mutation) {
	rule := m.rule
	if rule == "" {
		rule = m.keyword
	}
	rule += ":" + wildcards(m.sti)
	if b.done[b.Prefix+rule] || b.opts.ended() != nil {
		return
	}
	body := from.apply(m.edits...)
	document, err := schema.Decode(body)
	if err != nil {
		return
	}
	avvik := b.Validate(document)
	if len(avvik) != 1 || avvik[0].Sti != m.sti || avvik[0].Regel != m.keyword {
		return
	}
	expected, _ := b.expect("schema-violation", m.sti)
	b.add(InvalidCall{Rule: rule, Body: body, Inntektsaar: b.opts.Inntektsaar, Org: from.org, Expected: expected})
}

// wildcards returns a JSON pointer with an asterisk for every index.
func wildcards(sti string) string {
	var b []byte
	for i := 0; i < len(sti); {
		j := i + 1
		for j < len(sti) && sti[j] != '/' {
			j++
		}
		if segment := sti[i+1 : j]; segment != "" && strings.Trim(segment, "0123456789") == "" {
			b = append(b, "/*"...)
		} else {
			b = append(b, sti[i:j]...)
		}
		i = j
	}
	return string(b)
}
