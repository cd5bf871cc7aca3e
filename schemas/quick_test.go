package schemas

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

// checkAgainst holds quick and Validate against the verdict of jsonschema/v5.
func checkAgainst(t interface {
	Errorf(string, ...any)
	Fatalf(string, ...any)
}, s *Schema, v5 *jsonschema.Schema, doc any) {
	want := v5.Validate(doc)
	switch verdict := quick(s.root, doc); {
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
		for range 20 {
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
				certain[quick(s.root, doc)]++
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
			`1`, `1.0`, `1e1`, `1.5`, `"1"`, `""`, `"abc"`, `null`, `[]`, `[1]`, `["a"]`, `[1,"a"]`, `[1,2]`, `[1,"a",2]`, `[[],""]`,
			`{}`, `{"a":1}`, `{"a":"x"}`, `{"b":1}`, `{"a":1,"b":"x"}`, `{"a":[1]}`, `{"a":["x"]}`, `{"ab":"x","c":1}`, `{"c":1}`, `{"c":"x"}`, `{"a":""}`,
		} {
			checkAgainst(t, s, v5, decode(t, []byte(text)))
		}
	}
}

// The example with one to three of its values removed, replaced, renamed or doubled.
func TestQuickAgreesWithV5OnBSU(t *testing.T) {
	t.Parallel()
	s, v5, body := compile(t, bsu), reference(t, Embedded(), bsu), example(t)
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
					container[rapid.SampledFrom([]string{"saldo", "navn", "dato", "mottattFraEktefelle", "oppgave", ""}).Draw(t, "new")] = next
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

var (
	drawName   = rapid.SampledFrom([]string{"a", "b", "c", "a/b", "x~ %y"})
	drawText   = rapid.SampledFrom([]string{"", "a", "abc", "æøå", "123", "2024-02-29", "2023-02-29", "x@y.no"})
	drawNumber = rapid.SampledFrom([]json.Number{"0", "-0", "1", "2", "-1", "3", "1.0", "1.5", "1e1", "10", "9223372036854775807", "9223372036854775808", "1E-2"})
)

func drawValue(t *rapid.T, depth int) any {
	kind := rapid.IntRange(0, 7).Draw(t, "kind")
	if depth == 0 {
		kind %= 4
	}
	switch kind {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2:
		return drawNumber.Draw(t, "number")
	case 3:
		return drawText.Draw(t, "text")
	case 4, 5:
		list := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "elements") {
			list = append(list, drawValue(t, depth-1))
		}
		return list
	}
	object := map[string]any{}
	for range rapid.IntRange(0, 4).Draw(t, "members") {
		object[drawName.Draw(t, "name")] = drawValue(t, depth-1)
	}
	return object
}

// drawSchema draws a schema of one to four keywords; half of the time only of those that quick handles.
func drawSchema(t *rapid.T, depth int) any {
	if rapid.IntRange(0, 9).Draw(t, "bare") == 0 {
		return rapid.Bool().Draw(t, "always")
	}
	keywords := allKeywords()
	if rapid.Bool().Draw(t, "plain") {
		keywords = keywords[:plainKeywords]
	}
	schema := map[string]any{}
	for range rapid.IntRange(1, 4).Draw(t, "keywords") {
		k := rapid.SampledFrom(keywords).Draw(t, "keyword")
		if value := k.draw(t, depth-1); depth > 0 || !k.deep {
			schema[k.name] = value
		}
	}
	return schema
}

type keyword struct {
	name string
	deep bool // holds schemas
	draw func(t *rapid.T, depth int) any
}

const plainKeywords = 16 // so many of all keywords, the first, does quick handle

func allKeywords() []keyword {
	small := func(t *rapid.T, _ int) any { return rapid.IntRange(0, 3).Draw(t, "n") }
	number := func(t *rapid.T, _ int) any { return drawNumber.Draw(t, "bound") }
	names := func(t *rapid.T, _ int) any {
		return rapid.SliceOfNDistinct(drawName, 1, 3, rapid.ID).Draw(t, "names")
	}
	schema := func(t *rapid.T, depth int) any {
		if depth < 0 {
			return true
		}
		return drawSchema(t, depth)
	}
	list := func(t *rapid.T, depth int) any {
		all := []any{}
		for range rapid.IntRange(1, 3).Draw(t, "schemas") {
			all = append(all, schema(t, depth))
		}
		return all
	}
	members := func(t *rapid.T, depth int) any {
		all := map[string]any{}
		for range rapid.IntRange(1, 3).Draw(t, "properties") {
			all[drawName.Draw(t, "property")] = schema(t, depth)
		}
		return all
	}
	return []keyword{
		{"type", false, func(t *rapid.T, _ int) any {
			types := rapid.SampledFrom([]string{"null", "boolean", "integer", "number", "string", "array", "object"})
			return rapid.SliceOfNDistinct(types, 1, 3, rapid.ID).Draw(t, "types")
		}},
		{"enum", false, func(t *rapid.T, _ int) any {
			return []any{drawValue(t, 1), drawText.Draw(t, "text"), drawNumber.Draw(t, "n")}
		}},
		{"format", false, func(t *rapid.T, _ int) any {
			return rapid.SampledFrom([]string{"date", "email", "uuid", "ukjent"}).Draw(t, "format")
		}},
		{"pattern", false, func(t *rapid.T, _ int) any {
			return rapid.SampledFrom([]string{"^[0-9]{3}$", "^a", "b$"}).Draw(t, "pattern")
		}},
		{"minLength", false, small},
		{"maxLength", false, small},
		{"minimum", false, number},
		{"maximum", false, number},
		{"minItems", false, small},
		{"maxItems", false, small},
		{"items", true, schema},
		{"properties", true, members},
		{"required", false, names},
		{"additionalProperties", false, func(t *rapid.T, _ int) any { return rapid.Bool().Draw(t, "additional") }},
		{"oneOf", true, list},
		{"$ref", true, func(t *rapid.T, _ int) any {
			return rapid.SampledFrom([]string{"#/$defs/a", "#/$defs/b", "#"}).Draw(t, "ref")
		}},
		{"const", false, func(t *rapid.T, _ int) any { return drawValue(t, 1) }},
		{"exclusiveMinimum", false, number},
		{"exclusiveMaximum", false, number},
		{"multipleOf", false, func(t *rapid.T, _ int) any {
			return rapid.SampledFrom([]json.Number{"1", "2", "0.5"}).Draw(t, "divisor")
		}},
		{"minProperties", false, small},
		{"maxProperties", false, small},
		{"uniqueItems", false, func(t *rapid.T, _ int) any { return true }},
		{"prefixItems", true, list},
		{"contains", true, schema},
		{"minContains", false, small},
		{"maxContains", false, small},
		{"unevaluatedItems", true, schema},
		{"unevaluatedProperties", true, schema},
		{"additionalProperties", true, schema},
		{"patternProperties", true, func(t *rapid.T, depth int) any {
			return map[string]any{"^a": schema(t, depth), "b$": schema(t, depth)}
		}},
		{"propertyNames", true, schema},
		{"dependentRequired", false, func(t *rapid.T, _ int) any { return map[string]any{"a": names(t, 0)} }},
		{"dependentSchemas", true, members},
		{"allOf", true, list},
		{"anyOf", true, list},
		{"not", true, schema},
		{"if", true, schema},
		{"then", true, schema},
		{"else", true, schema},
	}
}
