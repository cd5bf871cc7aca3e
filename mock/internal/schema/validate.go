package schema

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v5"
)

// Avvik is one way in which a document breaks its schema.
type Avvik struct {
	Sti string // JSON pointer to the value, or to where a missing one should be
	// the value that was given: a string as it is, others as JSON, 200 characters at most; empty
	// for a missing one
	AngittVerdi string
	Melding     string // a Norwegian sentence: what must be different
	Regel       string // the keyword of JSON Schema that is broken, such as "required"
}

const maxAvvik = 10_000 // K014

// Validate returns every violation of the schema by doc, which Decode has made: none for a valid
// document.
//
// They are sorted by Sti, elements by number, then by Melding, and are the same at every run. At
// most 10,000 are returned; where there are more, the last one says how many at least.
func (s *Schema) Validate(doc any) []Avvik {
	if !s.light && !affordable(s.root, doc) {
		return one(Avvik{Melding: "dokumentet kan ikke kontrolleres: skjemaet legger for mange krav på de samme " +
			"verdiene, eller en liste med uniqueItems er for lang"})
	}
	fitting, strangers := fastValidate(s.root, doc) == fits, s.closed && s.outline().hasUnknown(doc)
	if fitting && !strangers {
		return nil
	}
	f := finder{schema: s}
	if !fitting {
		f.find(s.root, doc, place{name: "dokumentet"})
	}
	if strangers {
		f.findUnknown(s.outline(), doc, place{name: "dokumentet"})
	}
	return f.sorted()
}

// sorted returns what was found, in order, with the last one saying how many more there were.
func (f *finder) sorted() []Avvik {
	slices.SortFunc(f.list, compareAvvik)
	list := slices.Compact(f.list)
	if f.more > 0 {
		n := min(len(list), maxAvvik-1)
		f.more += len(list) - n
		list = append(list[:n],
			Avvik{Melding: fmt.Sprintf("dokumentet har for mange avvik: minst %d til er ikke tatt med her", f.more)})
	}
	return list
}

// place is the JSON pointer of a value in the document, and its name in sentences.
type place struct{ sti, name string }

// below returns the place of a member or element of the container at p.
func (p place) below(container any, segment string) place {
	if _, isArray := container.([]any); isArray {
		return place{sti: p.sti + "/" + segment, name: p.name + "[" + segment + "]"}
	}
	return place{sti: string(jsontext.Pointer(p.sti).AppendToken(segment)), name: cmp.Or(truncate(segment), "«»")}
}

// finder collects what is wrong with one document.
type finder struct {
	schema *Schema
	list   []Avvik
	more   int // violations that were seen when the list was full
}

// find adds the violations of sch by v. It asks jsonschema/v5 about one object or list at a time,
// and only where fastValidate is unsure about the parts: so one fault in a large document is found
// quickly, and v5 never builds its errors, a kilobyte or more each, for a million faults at once.
func (f *finder) find(sch *jsonschema.Schema, v any, at place) {
	if len(f.list) == maxAvvik {
		if fastValidate(sch, v) == misfits {
			f.more++
		}
		return
	}
	shell, ok := f.schema.withoutChildren[sch]
	if !ok {
		f.ask(sch, v, at)
		return
	}
	f.ask(shell, v, at)
	if fastType(sch.Types, v) == misfits {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(sch.Properties)) {
			if member, ok := v[name]; ok && !(scalar(member) && fastValidate(sch.Properties[name], member) == fits) {
				f.find(sch.Properties[name], member, at.below(v, name))
			}
		}
	case []any:
		for i, element := range v {
			if sch.Items2020 != nil && sch.PrefixItems == nil && fastValidate(sch.Items2020, element) != fits {
				f.find(sch.Items2020, element, at.below(v, strconv.Itoa(i)))
			}
		}
	}
	if sch.Ref != nil {
		f.find(sch.Ref, v, at)
	}
}

// scalar reports whether v has no parts. find goes into an object's members that have some without
// asking fastValidate first, since it asks about those parts: else a long list would be judged once
// more for every level above it.
func scalar(v any) bool {
	kind := kindOf(v)
	return kind != "object" && kind != "array"
}

// withoutChildren returns sch without what it demands through its properties, items and $ref, which
// find follows by itself, or nil where it must stay in one piece: unevaluatedProperties and
// unevaluatedItems look at what the others have seen.
func withoutChildren(sch *jsonschema.Schema) *jsonschema.Schema {
	if sch.UnevaluatedProperties != nil || sch.UnevaluatedItems != nil {
		return nil
	}
	shell := *sch
	shell.Ref = nil
	if sch.PrefixItems == nil {
		shell.Items2020 = nil
	}
	anything := true
	// the names count for additionalProperties
	shell.Properties = make(map[string]*jsonschema.Schema, len(sch.Properties))
	for name, sub := range sch.Properties {
		shell.Properties[name] = &jsonschema.Schema{Location: sub.Location, Always: &anything}
	}
	return &shell
}

// ask adds what jsonschema/v5 has to say about v.
func (f *finder) ask(sch *jsonschema.Schema, v any, at place) {
	err := sch.Validate(v)
	if err == nil {
		return
	}
	var list []Avvik
	if ve, ok := errors.AsType[*jsonschema.ValidationError](err); ok {
		list = f.schema.translate(ve, v, at)
	} else { // a loop of references that only shows with this document
		list = one(Avvik{Sti: at.sti, AngittVerdi: angitt(v), Melding: at.name +
			" kan ikke kontrolleres: skjemaet viser til seg selv i ring"})
	}
	slices.SortFunc(list, compareAvvik) // before some are left out: v5 returns them in any order
	n := min(len(list), maxAvvik-len(f.list))
	f.list = append(f.list, list[:n]...)
	f.more += len(list) - n
}

// compareAvvik orders by place in the document: segment by segment, numbers by value.
func compareAvvik(a, b Avvik) int {
	return cmp.Or(compareSti(a.Sti, b.Sti), strings.Compare(a.Melding, b.Melding),
		strings.Compare(a.Regel, b.Regel), strings.Compare(a.AngittVerdi, b.AngittVerdi))
}

func compareSti(a, b string) int {
	for a != "" && b != "" {
		var x, y string
		x, a = firstSegment(a)
		y, b = firstSegment(b)
		if order := compareSegment(x, y); order != 0 {
			return order
		}
	}
	return len(a) - len(b)
}

// firstSegment cuts the first segment off a JSON pointer that is not empty.
func firstSegment(sti string) (segment, rest string) {
	if i := strings.IndexByte(sti[1:], '/'); i >= 0 {
		return sti[1 : i+1], sti[i+1:]
	}
	return sti[1:], ""
}

// compareSegment orders numbers before names, and numbers of any length by value.
func compareSegment(x, y string) int {
	xn, yn := isIndex(x), isIndex(y)
	switch {
	case xn && yn:
		return cmp.Or(len(x)-len(y), strings.Compare(x, y))
	case xn:
		return -1
	case yn:
		return 1
	}
	return strings.Compare(x, y)
}

func isIndex(segment string) bool {
	return segment == "0" || segment != "" && segment[0] != '0' && strings.Trim(segment, "0123456789") == ""
}
