package schema

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// What is unknown, whatever way a schema says what members there are: each schema with a document,
// and the places that no schema names. A closed schema refuses the same places, and those alone.
func TestUnknown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		schema, doc string
		unknown     []string
	}{
		{`{"properties":{"a":true}}`, `{"a":1,"b":2}`, []string{"/b"}},
		{`{"properties":{"a":true}}`, `[{"b":2}]`, nil},
		{`{"properties":{"a":true}}`, `"text"`, nil},
		{`{"type":"object"}`, `{"b":2}`, nil}, // free
		{`true`, `{"b":2}`, nil},
		{`{"required":["a"]}`, `{"a":1,"b":2}`, nil},
		{`{"properties":{"a":true},"required":["c"]}`, `{"c":1,"b":2}`, []string{"/b"}},
		{`{"properties":{"a":{"properties":{"x":true}}}}`, `{"a":{"x":1,"y":2}}`, []string{"/a/y"}},
		{
			`{"properties":{"a":{"items":{"properties":{"x":true}}}}}`, `{"a":[{"x":1},{"y":2},{"x":1,"z~/":3}]}`,
			[]string{"/a/1/y", "/a/2/z~0~1"},
		},
		{
			`{"items":{"$ref":"#/$defs/d"},"$defs":{"d":{"properties":{"x":{"$ref":"#/$defs/d"}}}}}`,
			`[{"x":{"x":{"y":1}}}]`,
			[]string{"/0/x/x/y"},
		},
		{`{"prefixItems":[{"properties":{"x":true}}]}`, `[{"y":1}]`, []string{"/0/y"}},
		// what a schema says of further members holds: they are named, or Validate refuses them by
		// itself
		{`{"properties":{"a":true},"additionalProperties":true}`, `{"b":2}`, nil},
		{
			`{"properties":{"a":true},"additionalProperties":{"properties":{"x":true}}}`, `{"b":{"x":1,"y":2}}`,
			[]string{"/b/y"},
		},
		{`{"properties":{"a":true},"unevaluatedProperties":true}`, `{"b":2}`, nil},
		{`{"patternProperties":{"^a":{"properties":{"x":true}}}}`, `{"aa":{"y":1},"b":2}`, []string{"/aa/y", "/b"}},
		// several schemas on one value name together
		{`{"allOf":[{"properties":{"a":true}},{"properties":{"b":true}}]}`, `{"a":1,"b":2,"c":3}`, []string{"/c"}},
		{`{"properties":{"a":true},"oneOf":[{"required":["b"]},{"required":["c"]}]}`, `{"b":1,"d":2}`, []string{"/d"}},
		{
			`{"anyOf":[{"properties":{"a":{"properties":{"x":true}}}},{"properties":{"a":{"properties":{"y":true}}}}]}`,
			`{"a":{"x":1,"y":2,"z":3}}`,
			[]string{"/a/z"},
		},
		{`{"allOf":[{"properties":{"a":true}},{"additionalProperties":true}]}`, `{"c":3}`, nil},
		{
			`{"properties":{"a":true},"if":{"properties":{"k":{"const":1}}},"then":{"properties":{"b":true}}}`,
			`{"k":2,"b":1,"c":2}`,
			[]string{"/c"},
		},
		{`{"if":{"properties":{"k":{"const":1}}},"then":{"required":["b"]}}`, `{"k":1,"b":1,"c":2}`, nil},
		{
			`{"properties":{"a":true},"dependentSchemas":{"a":{"properties":{"b":true}}}}`, `{"a":1,"b":1,"c":2}`,
			[]string{"/c"},
		},
	} {
		s, doc := compileText(t, c.schema), decode(t, []byte(c.doc))
		var places, refused []string
		for _, a := range s.Unknown(doc) {
			places = append(places, a.Sti)
		}
		for _, a := range s.Closed().Validate(doc) {
			refused = append(refused, a.Sti)
			if a.Regel != "additionalProperties" || !strings.Contains(a.Melding, " er ikke et kjent felt her") {
				t.Errorf("%s ← %s: %+v", c.schema, c.doc, a)
			}
		}
		if !slices.Equal(places, c.unknown) || !slices.Equal(refused, c.unknown) {
			t.Errorf("%s ← %s: unknown at %q, refused at %q, want %q", c.schema, c.doc, places, refused, c.unknown)
		}
		if avvik := s.Validate(doc); len(avvik) > 0 {
			t.Errorf("%s ← %s: refused by the schema that is open: %+v", c.schema, c.doc, avvik)
		}
		if left := s.Closed().Unknown(doc); left != nil {
			t.Errorf("%s ← %s: a closed schema has %+v left to name", c.schema, c.doc, left)
		}
	}
}

// TestUnknownIsNotWhatTheSchemaRefuses: what a schema closes by itself stays closed, and is
// reported once.
func TestUnknownIsNotWhatTheSchemaRefuses(t *testing.T) {
	t.Parallel()
	for _, schema := range []string{
		`{"properties":{"a":true},"additionalProperties":false}`,
		`{"properties":{"a":true},"unevaluatedProperties":false}`,
	} {
		s, doc := compileText(t, schema), decode(t, []byte(`{"a":1,"b":2}`))
		if unknown := s.Unknown(doc); unknown != nil {
			t.Errorf("%s: %+v", schema, unknown)
		}
		if open, closed := s.Validate(doc), s.Closed().Validate(doc); len(open) != 1 || !slices.Equal(open, closed) {
			t.Errorf("%s: %+v, closed %+v", schema, open, closed)
		}
	}
}

// Unknown members are bounded like violations, in an order that is always the same.
func TestUnknownIsBounded(t *testing.T) {
	t.Parallel()
	var names strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&names, `,"x%d":1`, i)
	}
	s, doc := compileText(t, `{"properties":{"a":true}}`), decode(t, []byte(`{"a":1`+names.String()+`}`))
	unknown := s.Unknown(doc)
	if last := unknown[len(unknown)-1]; len(unknown) != maxAvvik || last.Sti != "" ||
		!strings.Contains(last.Melding, "minst 10001 til") {
		t.Errorf("%d, the last %+v", len(unknown), last)
	}
	if !slices.Equal(unknown, s.Unknown(doc)) {
		t.Error("not the same twice")
	}
}

func TestPathOfAnOpenSchema(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		schema, path string
		want         PathInfo
	}{
		{`true`, "a", PathInfo{Taken: true, Plain: true, Number: true}},
		{`{"properties":{"a":true}}`, "a", PathInfo{Taken: true, Named: true, Plain: true, Number: true}},
		{`{"properties":{"a":true}}`, "b", PathInfo{}},
		{
			`{"properties":{"a":true},"additionalProperties":true}`, "b",
			PathInfo{Taken: true, Plain: true, Number: true},
		},
		{`{"properties":{"a":{"type":"object"}}}`, "a", PathInfo{Taken: true, Named: true}},
		{
			`{"properties":{"a":{"anyOf":[{"type":"object"},{"type":"integer"}]}}}`, "a",
			PathInfo{Taken: true, Named: true, Plain: true, Number: true},
		},
		{
			`{"properties":{"a":{"type":"array","items":{"type":"string"}}}}`, "a/*",
			PathInfo{Taken: true, Named: true, Plain: true, Number: true},
		},
		{`{"properties":{"a":{"type":"array","items":{"type":"string"}}}}`, "a", PathInfo{Taken: true, Named: true}},
		{
			`{"patternProperties":{"^a":{"type":"string"}},"additionalProperties":false}`, "ab",
			PathInfo{Taken: true, Named: true, Plain: true, Number: true},
		},
		{
			`{"allOf":[{"properties":{"a":true}},{"properties":{"b":{"type":"string"}}}]}`, "b",
			PathInfo{Taken: true, Named: true, Plain: true, Number: true},
		},
		{
			`{"properties":{"a":{"type":"string","pattern":"^[0-9]{11}$"}}}`, "a",
			PathInfo{Taken: true, Named: true, Plain: true},
		},
		{`{"properties":{"a":{"type":"string","enum":["x"]}}}`, "a", PathInfo{Taken: true, Named: true, Plain: true}},
		{
			`{"properties":{"a":{"type":"string","pattern":"^[0-9]{1,3}\\.[0-9]{2}$"}}}`, "a",
			PathInfo{Taken: true, Named: true, Plain: true, Number: true},
		},
	} {
		if got := compileText(t, c.schema).Path(strings.Split(c.path, "/")); got != c.want {
			t.Errorf("%s at %s: %+v, want %+v", c.schema, c.path, got, c.want)
		}
	}
}

func TestRequires(t *testing.T) {
	t.Parallel()
	const members = `"properties":{"a":{"$ref":"#/$defs/inner"},"b":true,"c":{"type":"array",` +
		`"items":{"required":["d"]}}}`
	for _, c := range []struct {
		schema, place string
		paths         string // separated by spaces
		want          bool
	}{
		{`true`, "", "a", false},
		{`{"type":"object"}`, "", "a b", false},
		{`{"required":["a"]}`, "", "a", true},
		{`{"required":["a"]}`, "", "b", false},
		{`{"required":["a"]}`, "", "b a", true},
		{`{"required":["a"]}`, "", "a/x", false},
		{`{"required":["a"],` + members + `}`, "", "a/x", true},
		{`{"required":["b"],` + members + `}`, "", "a/x", false},
		{`{` + members + `,"allOf":[{"required":["a"]}]}`, "", "a/x", true},
		{`{` + members + `}`, "a", "x", true},
		{`{` + members + `}`, "a", "y", false},
		{`{` + members + `}`, "c/*", "d", true},
		{`{` + members + `}`, "c/*", "e", false},
		{`{"oneOf":[{"required":["a"]},{"required":["b"]}]}`, "", "a b", true},
		{`{"oneOf":[{"required":["a"]},{"required":["b"]}]}`, "", "a", false},
		{`{"anyOf":[{"required":["a"]},{}]}`, "", "a", false},
		{`{"if":{"required":["b"]},"then":{"required":["a"]},"else":{"required":["a"]}}`, "", "a", true},
		{`{"if":{"required":["b"]},"then":{"required":["a"]}}`, "", "a", false},
		{`{"$ref":"#/$defs/inner"}`, "", "x", true},
	} {
		text := strings.TrimSuffix(c.schema, "}") + `,"$defs":{"inner":{"required":["x"]}}}`
		if c.schema == "true" {
			text = c.schema
		}
		var place []string
		if c.place != "" {
			place = strings.Split(c.place, "/")
		}
		var paths [][]string
		for _, path := range strings.Fields(c.paths) {
			paths = append(paths, strings.Split(path, "/"))
		}
		if got := compileText(t, text).Requires(place, paths); got != c.want {
			t.Errorf("%s at %q, one of %q: %v, want %v", c.schema, c.place, c.paths, got, c.want)
		}
	}
}
