package schema

import (
	"encoding/binary"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// Closed returns the schema with one more demand: Validate also refuses the members that Unknown
// lists.
func (s *Schema) Closed() *Schema {
	closed := *s
	closed.closed = true
	return &closed
}

// IsClosed reports whether the schema is one that Closed has returned.
func (s *Schema) IsClosed() bool { return s.closed }

// Unknown lists the members of doc, which Decode has made, that the schema does not name, at every
// level, sorted as Validate sorts. An object has such members where a schema names some members of
// it and says nothing of additionalProperties or unevaluatedProperties: what a schema says there is
// for Validate (K503). Of a closed schema there are none, since Validate returns them. At most
// 10,000 are listed; where there are more, the last one says how many.
func (s *Schema) Unknown(doc any) []Avvik {
	if s.closed || !s.outline().hasUnknown(doc) {
		return nil
	}
	f := finder{schema: s}
	f.findUnknown(s.outline(), doc, place{name: "dokumentet"})
	return f.sorted()
}

// Names reports whether the schema names a member whose path ends with the given names, at any level.
// Elements of lists are passed over.
func (s *Schema) Names(end ...string) bool {
	seen := map[*outline]bool{}
	var find func(o *outline) bool
	find = func(o *outline) bool {
		if o == nil || seen[o] {
			return false
		}
		seen[o] = true
		if o.leads(end) || find(o.elements) || find(o.others) {
			return true
		}
		for _, p := range o.patterns {
			if find(p.value) {
				return true
			}
		}
		for _, value := range o.names {
			if find(value) {
				return true
			}
		}
		return false
	}
	return find(s.outline())
}

// outline describes the members and elements that a schema knows of one value. A nil outline knows
// nothing, so that nothing is unknown.
type outline struct {
	names    map[string]*outline
	patterns []namePattern
	closed   bool     // the members that names and patterns do not cover are unknown
	others   *outline // of those members, where they are not
	elements *outline
}

// namePattern is the outline of the members whose name matches a pattern.
type namePattern struct {
	pattern *regexp.Regexp
	value   *outline
}

// leads reports whether a path of named members begins here, in the value or an element of it.
func (o *outline) leads(path []string) bool {
	const maxLists = 8 // in one another
	for lists := 0; o != nil && lists < maxLists; lists++ {
		if value, named := o.names[path[0]]; named && (len(path) == 1 || value.leads(path[1:])) {
			return true
		}
		o = o.elements
	}
	return false
}

// member returns the outline of a member; known is false for a member that the schema does not
// name.
func (o *outline) member(name string) (value *outline, known bool) {
	if value, known = o.names[name]; known {
		return value, true
	}
	for _, p := range o.patterns {
		if p.pattern.MatchString(name) {
			return p.value, true
		}
	}
	return o.others, !o.closed
}

// hasUnknown reports whether a value has, at any level, a member that the schema does not name.
func (o *outline) hasUnknown(value any) bool {
	if o == nil {
		return false
	}
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			if of, known := o.member(name); !known || of.hasUnknown(member) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(value, o.elements.hasUnknown)
	}
	return false
}

// findUnknown adds the members of a value that the schema does not name.
func (f *finder) findUnknown(o *outline, value any, at place) {
	if o == nil {
		return
	}
	switch value := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			of, known := o.member(name)
			if known {
				if of != nil && !scalar(value[name]) {
					f.findUnknown(of, value[name], at.below(value, name))
				}
				continue
			}
			if len(f.list) == maxAvvik {
				f.more++
				continue
			}
			unknown := at.below(value, name)
			f.list = append(f.list, Avvik{
				Sti: unknown.sti, AngittVerdi: angitt(value[name]),
				Melding: unknown.name + o.unknownSentence(), Regel: "additionalProperties",
			})
		}
	case []any:
		for i, element := range value {
			if o.elements != nil && !scalar(element) {
				f.findUnknown(o.elements, element, at.below(value, strconv.Itoa(i)))
			}
		}
	}
}

// unknownSentence returns the end of a sentence that begins with the name of an unknown member.
func (o *outline) unknownSentence() string {
	known := slices.Sorted(maps.Keys(o.names))
	for _, p := range o.patterns {
		known = append(known, "«"+p.pattern.String()+"»")
	}
	return unknownSentence(known)
}

// outlineOf makes the outline of a compiled schema.
func outlineOf(root *jsonschema.Schema) *outline {
	return (&outlineBuilder{ids: map[*jsonschema.Schema]uint32{}, made: map[string]*outline{}}).of([]*jsonschema.Schema{
		root,
	})
}

// maxOutlines bounds the outlines of one schema. Each is for another set of schemas that lie on one
// value, and such sets could be as many as the subsets of a schema's parts. Beyond the bound
// nothing is unknown.
const maxOutlines = 10_000

// outlineBuilder makes outlines, one for each set of schemas.
type outlineBuilder struct {
	ids  map[*jsonschema.Schema]uint32
	made map[string]*outline
}

// of returns the outline of a value on which all of these schemas lie, or nil where none does.
func (b *outlineBuilder) of(schemas []*jsonschema.Schema) *outline {
	if len(schemas) == 0 {
		return nil
	}
	key := b.key(schemas)
	if known, made := b.made[key]; made || len(b.made) >= maxOutlines {
		return known
	}
	o := &outline{names: map[string]*outline{}}
	b.made[key] = o
	on := schemaSet{seen: map[*jsonschema.Schema]bool{}}
	for _, s := range schemas {
		on.add(s, true)
	}
	members, patterns := map[string][]*jsonschema.Schema{}, map[string][]*jsonschema.Schema{}
	compiled := map[string]*regexp.Regexp{}
	var elements, contained, others []*jsonschema.Schema
	says := false
	for _, s := range on.all {
		for _, name := range s.Required {
			members[name] = slices.Clip(members[name])
		}
		for name, member := range s.Properties {
			members[name] = append(members[name], member)
		}
		for pattern, member := range s.PatternProperties {
			patterns[pattern.String()] = append(patterns[pattern.String()], member)
			compiled[pattern.String()] = pattern
		}
		says = says || s.AdditionalProperties != nil || s.UnevaluatedProperties != nil
		if additional, isSchema := s.AdditionalProperties.(*jsonschema.Schema); isSchema {
			others = append(others, additional)
		}
		elements = append(elements, elementsOf(s)...)
		if s.Contains != nil {
			contained = append(contained, s.Contains)
		}
	}
	o.closed = on.names && !says
	for _, name := range slices.Sorted(maps.Keys(members)) {
		o.names[name] = b.of(members[name])
	}
	for _, pattern := range slices.Sorted(maps.Keys(patterns)) {
		o.patterns = append(o.patterns, namePattern{compiled[pattern], b.of(patterns[pattern])})
	}
	o.others = b.of(others)
	if len(elements) > 0 {
		o.elements = b.of(append(elements, contained...))
	}
	return o
}

// key names a set of schemas.
func (b *outlineBuilder) key(schemas []*jsonschema.Schema) string {
	var ids []uint32
	for _, s := range schemas {
		if _, known := b.ids[s]; !known {
			b.ids[s] = uint32(len(b.ids))
		}
		ids = append(ids, b.ids[s])
	}
	slices.Sort(ids)
	var key []byte
	for _, id := range slices.Compact(ids) {
		key = binary.BigEndian.AppendUint32(key, id)
	}
	return string(key)
}

// schemaSet collects the schemas that can lie on one value.
type schemaSet struct {
	seen  map[*jsonschema.Schema]bool
	all   []*jsonschema.Schema
	names bool // one that does not depend on a condition names members
}

// add adds a schema and what it lays on the same value. unconditional says that it lies on every
// value, or is one of several of which one must: what only an if or a dependency looks at names
// members, and does not say that there are no others.
func (l *schemaSet) add(s *jsonschema.Schema, unconditional bool) {
	if s == nil || l.seen[s] {
		return
	}
	l.seen[s] = true
	l.all = append(l.all, s)
	l.names = l.names || unconditional && len(s.Properties)+len(s.PatternProperties) > 0
	single := []*jsonschema.Schema{s.Ref, s.DynamicRef, s.RecursiveRef, s.Then, s.Else}
	for _, part := range slices.Concat(single, s.AllOf, s.AnyOf, s.OneOf) {
		l.add(part, unconditional)
	}
	l.add(s.If, false)
	for _, name := range slices.Sorted(maps.Keys(s.DependentSchemas)) {
		l.add(s.DependentSchemas[name], false)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Dependencies)) {
		if part, isSchema := s.Dependencies[name].(*jsonschema.Schema); isSchema {
			l.add(part, false)
		}
	}
}

// elementsOf returns the schemas that a schema lays on the elements of a list, whichever element
// each is for.
func elementsOf(s *jsonschema.Schema) []*jsonschema.Schema {
	all := slices.Clone(s.PrefixItems)
	if s.Items2020 != nil {
		all = append(all, s.Items2020)
	}
	for _, items := range []any{s.Items, s.AdditionalItems} {
		switch items := items.(type) {
		case *jsonschema.Schema:
			all = append(all, items)
		case []*jsonschema.Schema:
			all = append(all, items...)
		}
	}
	return all
}

// unknownSentence returns the end of a sentence that begins with the name of a member that is none
// of the known ones.
func unknownSentence(known []string) string {
	if len(known) == 0 {
		return " er ikke et kjent felt her; det skal ikke være noen felter"
	}
	return " er ikke et kjent felt her; kjente felter er " + strings.Join(known, ", ")
}
