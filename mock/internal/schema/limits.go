package schema

import (
	"fmt"
	"iter"
	"maps"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// Limits of schemas and of their use (K591).
const (
	maxFiles       = 100       // that one schema refers to
	maxFileValues  = 20_000    // JSON values in all of them
	maxPattern     = 5_000     // instructions of one pattern, as Go compiles it
	maxPatterns    = 200_000   // instructions and ranges of characters of all patterns
	maxApplied     = 1_000     // schemas that lie on one value
	maxSteps       = 5_000_000 // schemas that are applied to the values of one document
	maxLightSteps  = 20_000    // to find out whether a schema is light
	maxLight       = 64        // schemas on one value, of a light schema
	maxLightEnum   = 1_000     // values that a light schema lists
	comparedAtOnce = 10        // comparisons of two values that take the time of applying one schema
)

// sizes counts what a schema and the files it refers to have.
type sizes struct{ files, values, patterns int }

// add counts a file. The error says where it breaks which limit.
func (c *sizes) add(doc any) error {
	if c.files++; c.files > maxFiles {
		return fmt.Errorf("it refers to more than %d files", maxFiles)
	}
	return c.value(doc, "#")
}

func (c *sizes) value(v any, at string) error {
	if c.values++; c.values > maxFileValues {
		return fmt.Errorf("at %s: the schema has more than %d JSON values, with the files it refers to", at,
			maxFileValues)
	}
	switch v := v.(type) {
	case []any:
		for i, element := range v {
			if err := c.value(element, fmt.Sprintf("%s/%d", at, i)); err != nil {
				return err
			}
		}
	case map[string]any:
		patterns := []string{}
		if pattern, ok := v["pattern"].(string); ok {
			patterns = append(patterns, pattern)
		}
		if named, ok := v["patternProperties"].(map[string]any); ok {
			patterns = slices.AppendSeq(patterns, maps.Keys(named))
		}
		for _, pattern := range patterns {
			if !c.pattern(pattern) {
				return fmt.Errorf("at %s: the pattern %s is too large, its repetitions multiplied", at,
					truncate(pattern))
			}
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if err := c.value(v[name], at+"/"+truncate(name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// pattern counts a pattern, and reports whether it is within the limits.
func (c *sizes) pattern(text string) bool {
	if len(text) > maxPattern {
		return false
	}
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return true // Compile reports it
	}
	instructions, ranges := patternSize(parsed)
	c.patterns += instructions + ranges
	return instructions <= maxPattern && c.patterns <= maxPatterns
}

// patternSize returns at least how many instructions a pattern is compiled to, and how many ranges of
// characters it has.
func patternSize(p *syntax.Regexp) (instructions, ranges int) {
	instructions = 1 + len(p.Rune)
	if p.Op == syntax.OpCharClass {
		instructions, ranges = 1, len(p.Rune)/2
	}
	for _, part := range p.Sub {
		i, r := patternSize(part)
		instructions, ranges = instructions+i, ranges+r
	}
	if p.Op == syntax.OpRepeat {
		instructions *= max(p.Min+1, p.Max)
	}
	return instructions, ranges
}

// onSameValue yields the schemas that a schema applies to the same value, whatever the value is.
func onSameValue(s *jsonschema.Schema) iter.Seq[*jsonschema.Schema] {
	return func(yield func(*jsonschema.Schema) bool) {
		for _, part := range [...]*jsonschema.Schema{s.Ref, s.RecursiveRef, s.DynamicRef, s.Not, s.If, s.Then, s.Else} {
			if part != nil && !yield(part) {
				return
			}
		}
		for _, parts := range [...][]*jsonschema.Schema{s.AllOf, s.AnyOf, s.OneOf} {
			for _, part := range parts {
				if !yield(part) {
					return
				}
			}
		}
		for _, part := range s.DependentSchemas {
			if !yield(part) {
				return
			}
		}
		for _, part := range s.Dependencies {
			if part, isSchema := part.(*jsonschema.Schema); isSchema && !yield(part) {
				return
			}
		}
	}
}

// onOthers yields the schemas that a schema applies to members that it may not name.
func onOthers(s *jsonschema.Schema) iter.Seq[*jsonschema.Schema] {
	return func(yield func(*jsonschema.Schema) bool) {
		additional, _ := s.AdditionalProperties.(*jsonschema.Schema)
		for _, part := range [...]*jsonschema.Schema{additional, s.UnevaluatedProperties} {
			if part != nil && !yield(part) {
				return
			}
		}
		for _, part := range s.PatternProperties {
			if !yield(part) {
				return
			}
		}
	}
}

// onElements returns the schemas that a schema applies to the elements of a list, whichever element
// each is for.
func onElements(s *jsonschema.Schema) []*jsonschema.Schema {
	all := append(elementsOf(s), s.Contains, s.UnevaluatedItems)
	return slices.DeleteFunc(all, func(s *jsonschema.Schema) bool { return s == nil })
}

// everythingBelow returns every schema that a schema applies to members, their names and elements.
func everythingBelow(s *jsonschema.Schema) []*jsonschema.Schema {
	all := slices.AppendSeq(onElements(s), maps.Values(s.Properties))
	all = slices.AppendSeq(all, onOthers(s))
	for _, part := range []*jsonschema.Schema{s.PropertyNames, s.ContentSchema} {
		if part != nil {
			all = append(all, part)
		}
	}
	return all
}

// byLocation sorts schemas, so that the same one is reported at every run.
func byLocation(a, b *jsonschema.Schema) int { return strings.Compare(a.Location, b.Location) }

// checkApplied returns an error if a schema that can be reached from the root lays more than
// maxApplied schemas on one value: references that multiply would keep a validator busy for ever.
func checkApplied(root *jsonschema.Schema) error {
	applied := map[*jsonschema.Schema]int{} // 0 while it is counted
	var count func(s *jsonschema.Schema) error
	count = func(s *jsonschema.Schema) error {
		if _, seen := applied[s]; seen {
			return nil
		}
		applied[s] = 0
		total := 1
		for _, part := range slices.SortedFunc(onSameValue(s), byLocation) {
			if err := count(part); err != nil {
				return err
			}
			total += applied[part]
		}
		if total > maxApplied {
			return fmt.Errorf("at %s: allOf, anyOf, oneOf, $ref and their like lay more than %d schemas on one value, "+
				"those that they refer to counted each time", strings.TrimPrefix(s.Location, scheme+":///"), maxApplied)
		}
		applied[s] = total
		for _, part := range slices.SortedFunc(slices.Values(everythingBelow(s)), byLocation) {
			if err := count(part); err != nil {
				return err
			}
		}
		return nil
	}
	return count(root)
}

// light reports whether few of the schemas lie on any value of a document, however deep, so that
// validation takes no longer than the document is large. It may return false for others too.
func light(schemas []*jsonschema.Schema, depth int, steps *int) bool {
	if len(schemas) == 0 {
		return true
	}
	all := slices.Clone(schemas)
	for i := 0; i < len(all) && len(all) <= maxLight; i++ {
		all = slices.AppendSeq(all, onSameValue(all[i]))
	}
	if *steps += len(all); len(all) > maxLight || *steps > maxLightSteps || depth > maxDepth {
		return false
	}
	members := map[string][]*jsonschema.Schema{}
	var others, elements []*jsonschema.Schema
	for _, s := range all {
		if s.UniqueItems || len(s.Enum) > maxLightEnum {
			return false
		}
		for name, member := range s.Properties {
			members[name] = append(members[name], member)
		}
		others = slices.AppendSeq(others, onOthers(s))
		if s.PropertyNames != nil {
			others = append(others, s.PropertyNames)
		}
		elements = append(elements, onElements(s)...)
	}
	for _, on := range members {
		if !light(slices.Concat(on, others), depth+1, steps) {
			return false
		}
	}
	return light(others, depth+1, steps) && light(elements, depth+1, steps)
}

// affordable reports whether a value can be validated in maxSteps: it goes where the validator
// would go, and counts.
func affordable(s *jsonschema.Schema, value any) bool {
	steps := 0
	return affordableIn(s, value, 0, &steps)
}

// affordableIn counts the steps of a schema that a chain of that many others led to for the same
// value. A longer chain is a ring, which the validator notices.
func affordableIn(s *jsonschema.Schema, value any, chain int, steps *int) bool {
	if chain > maxApplied {
		return true
	}

	if *steps += 1 + len(s.Enum)/comparedAtOnce; *steps > maxSteps {
		return false
	}
	for part := range onSameValue(s) {
		if !affordableIn(part, value, chain+1, steps) {
			return false
		}
	}
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			if known := s.Properties[name]; known != nil && !affordableIn(known, member, 0, steps) {
				return false
			}
			for part := range onOthers(s) {
				if !affordableIn(part, member, 0, steps) {
					return false
				}
			}
			if s.PropertyNames != nil && !affordableIn(s.PropertyNames, name, 0, steps) {
				return false
			}
		}
	case []any:
		if s.UniqueItems {
			*steps += len(value) * len(value) / (2 * comparedAtOnce)
		}
		parts := onElements(s)
		for _, element := range value {
			for _, part := range parts {
				if !affordableIn(part, element, 0, steps) {
					return false
				}
			}
		}
	}
	return *steps <= maxSteps
}

// Fits reports whether a value fits a part of a compiled schema. A value that would take too long to
// validate does not.
func Fits(s *jsonschema.Schema, value any) bool {
	return affordable(s, value) && s.Validate(value) == nil
}
