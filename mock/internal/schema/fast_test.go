package schema

import (
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v5"
	"pgregory.net/rapid"

	"sandkasse/schemas"
)

// reference compiles a schema with nothing but jsonschema/v5.
func reference(tb interface{ Fatal(...any) }, fsys fs.FS, name string) *jsonschema.Schema {
	c := jsonschema.NewCompiler()
	c.AssertFormat = true
	c.LoadURL = func(address string) (io.ReadCloser, error) { return fsys.Open(strings.TrimPrefix(address, "mem:///")) }
	s, err := c.Compile("mem:///" + name)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// checkAgainst compares the verdicts of fastValidate and Validate with that of jsonschema/v5.
func checkAgainst(t interface {
	Errorf(string, ...any)
	Fatalf(string, ...any)
}, s *Schema, v5 *jsonschema.Schema, doc any,
) {
	want := v5.Validate(doc)
	switch verdict := fastValidate(s.root, doc); {
	case verdict == fits && want != nil:
		t.Fatalf("quick takes %s, which v5 refuses: %#v", angitt(doc), want)
	case verdict == misfits && want == nil:
		t.Fatalf("quick refuses %s, which v5 takes", angitt(doc))
	}
	avvik := s.Validate(doc)
	if (len(avvik) == 0) != (want == nil) {
		t.Fatalf("%s: Validate says %+v, v5 %#v", angitt(doc), avvik, want)
	}
	checkAvvik(t, doc, avvik)
}

// Random schemas of all keywords, on random documents made of the same few names and values.
func TestQuickAgreesWithV5(t *testing.T) {
	t.Parallel()
	certain := map[verdict]int{}
	rapid.Check(t, func(t *rapid.T) {
		for range 8 {
			schema := drawSchema(t, 3)
			if object, ok := schema.(map[string]any); ok {
				object["$defs"] = map[string]any{"a": drawSchema(t, 2), "b": drawSchema(t, 2)}
			}
			text, err := json.Marshal(schema)
			if err != nil {
				t.Fatal(err)
			}
			fsys := fstest.MapFS{"s.json": {Data: text}}
			s, err := Compile(fsys, "s.json")
			if err != nil {
				if !strings.Contains(err.Error(), "loop") && !strings.Contains(err.Error(), "never end") {
					t.Fatalf("%s: %v", text, err)
				}
				continue // refers to itself
			}
			v5 := reference(t, fsys, "s.json")
			for range 10 {
				doc := drawValue(t, 3)
				certain[fastValidate(s.root, doc)]++
				checkAgainst(t, s, v5, doc)
			}
		}
	})
	if certain[fits] == 0 || certain[misfits] == 0 || certain[unsure] == 0 {
		t.Errorf("verdicts drawn: %v: the test has become blind", certain)
	}
}

// Pairs of keywords that depend on each other, which chance brings together too seldom.
func TestQuickAgreesWithV5OnPairs(t *testing.T) {
	t.Parallel()
	for _, schema := range []string{
		`{"patternProperties":{"^a":true},"additionalProperties":false}`,
		`{"properties":{"b":true},"patternProperties":{"^a":{"type":"string"}},"additionalProperties":{"type":"integer"}}`,
		`{"prefixItems":[{"type":"integer"}],"items":{"type":"string"}}`,
		`{"prefixItems":[{"type":"integer"}],"items":false,"minItems":1}`,
		`{"$ref":"#/$defs/x","unevaluatedProperties":false,"$defs":{"x":{"properties":{"a":true}}}}`,
		`{"properties":{"b":true},"$ref":"#/$defs/x","unevaluatedProperties":{"type":"string"},"$defs":{"x":{"properties":{"a":true}}}}`,
		`{"items":{"type":"integer"},"unevaluatedItems":false}`,
		`{"oneOf":[{"prefixItems":[true]},{"minItems":2}],"unevaluatedItems":false}`,
		`{"type":"integer","minimum":1.5,"maximum":10}`,
		`{"type":["integer","string"],"enum":[1,"1","abc"]}`,
		`{"oneOf":[{"type":"integer"},{"type":"number","minimum":1},{"not":{"type":"number"}}]}`,
		`{"items":{"$ref":"#/$defs/x"},"properties":{"a":{"$ref":"#/$defs/x","minLength":1}},"$defs":{"x":{"$ref":"#/$defs/y"},"y":{"type":["string","array"],"maxLength":2}}}`,
		// The element type is the one of the outermost schema that names it.
		`{"$id":"https://domene.no/ytre","$ref":"liste","$defs":{
			"element":{"$dynamicAnchor":"element","type":"integer"},
			"liste":{"$id":"liste","properties":{"a":{"items":{"$dynamicRef":"#element"}}},"items":{"$dynamicRef":"#element"},
				"$defs":{"element":{"$dynamicAnchor":"element"}}}}}`,
	} {
		fsys := fstest.MapFS{"s.json": {Data: []byte(schema)}}
		s, v5 := compileText(t, schema), reference(t, fsys, "s.json")
		for _, text := range []string{
			`1`, `1.0`, `1e1`, `1.5`, `"1"`, `""`, `"abc"`, `null`, `[]`, `[1]`, `["a"]`, `[1,"a"]`, `[1,2]`,
			`[1,"a",2]`, `[[],""]`,
			`{}`, `{"a":1}`, `{"a":"x"}`, `{"b":1}`, `{"a":1,"b":"x"}`, `{"a":[1]}`, `{"a":["x"]}`, `{"ab":"x","c":1}`,
			`{"c":1}`, `{"c":"x"}`, `{"a":""}`,
		} {
			checkAgainst(t, s, v5, decode(t, []byte(text)))
		}
	}
}

// The example with one to three of its values removed, replaced, renamed or doubled.
func TestQuickAgreesWithV5OnBSU(t *testing.T) {
	t.Parallel()
	s, v5, body := compileOpen(t, bsu), reference(t, schemas.Embedded(), bsu), example(t)
	rapid.Check(t, func(t *rapid.T) {
		doc, err := Decode(body)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 3).Draw(t, "mutations") {
			mutate(t, doc)
		}
		checkAgainst(t, s, v5, doc)
		if diff := cmp.Diff(s.Validate(doc), s.Validate(doc)); diff != "" {
			t.Fatalf("two runs differ:\n%s", diff)
		}
	})
}

// mutate goes down to a random place in doc and changes it.
func mutate(t *rapid.T, doc any) {
	for {
		var next any
		switch container := doc.(type) {
		case map[string]any:
			if len(container) == 0 {
				return
			}
			name := rapid.SampledFrom(slices.Sorted(maps.Keys(container))).Draw(t, "name")
			next = container[name]
			if kind := kindOf(next); kind != "object" && kind != "array" || rapid.IntRange(0, 5).Draw(t, "stop") == 0 {
				switch rapid.IntRange(0, 3).Draw(t, "act") {
				case 0:
					delete(container, name)
				case 1:
					container[name] = drawValue(t, 2)
				case 2:
					container[name+"X"] = next
				case 3:
					container[rapid.SampledFrom([]string{
						"saldo", "navn", "dato", "mottattFraEktefelle", "oppgave",
						"",
					}).Draw(t, "new")] = next
				}
				return
			}
		case []any:
			if len(container) == 0 {
				return
			}
			i := rapid.IntRange(0, len(container)-1).Draw(t, "index")
			next = container[i]
			if rapid.IntRange(0, 5).Draw(t, "stop") == 0 {
				container[i] = drawValue(t, 2)
				return
			}
		default:
			return
		}
		doc = next
	}
}
