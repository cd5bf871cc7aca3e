package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"sandkasse/mock/internal/schema"
)

func drawWanted(t *rapid.T) Options {
	return Options{
		Seed: rapid.Uint64().Draw(t, "seed"), Number: rapid.IntRange(0, 1000).Draw(t, "number"),
		Inntektsaar: rapid.IntRange(2015, 2030).Draw(t, "year"),
		Everything:  rapid.Bool().Draw(t, "everything"),
	}
}

// TestDrawFitsBuiltInSchemas: from the schema alone, for every schema there is.
func TestDrawFitsBuiltInSchemas(t *testing.T) {
	t.Parallel()
	for _, name := range schemaNames(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := builtIn(t, name)
			rapid.Check(t, func(t *rapid.T) {
				body, err := api.Generate(drawWanted(t))
				if err != nil {
					t.Fatal(err)
				}
				document, err := schema.Decode(body)
				if err != nil {
					t.Fatal(err)
				}
				if wrong := api.Validate(document); wrong != nil {
					t.Fatalf("%v in %s", wrong, body)
				}
			})
		})
	}
}

// TestDrawAddsUp: what the feedback looks at is right, however many oppgaver there are.
func TestDrawAddsUp(t *testing.T) {
	t.Parallel()
	api := bsuAPI(t)
	rapid.Check(t, func(t *rapid.T) {
		w := drawWanted(t)
		w.Oppgaver, w.Org = rapid.IntRange(0, 30).Draw(t, "oppgaver"), "319000003"
		body, err := api.Generate(w)
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := api.Generate(w); !bytes.Equal(again, body) {
			t.Fatal("drawn again, it is another document")
		}
		var decoded struct {
			Leveranse struct {
				Inntektsaar         int
				Leveransetype       string
				Oppgavegiver        struct{ Organisasjonsnummer string }
				Oppgave             []struct{ Saldo, UttaksbeloepBolig int64 }
				Oppgaveoppsummering struct {
					AntallOppgaver                 int
					SumSaldo, SumUttaksbeloepBolig int64
				}
			}
		}
		if err := json.Unmarshal(body, &decoded); err != nil {
			t.Fatal(err)
		}
		l, saldo, uttak, leveransetype := decoded.Leveranse, int64(0), int64(0), "ordinaer"
		for _, o := range l.Oppgave {
			saldo, uttak = saldo+o.Saldo, uttak+o.UttaksbeloepBolig
		}
		if w.Oppgaver == 0 {
			leveransetype = "ingenoppgaver"
		}
		if l.Inntektsaar != w.Inntektsaar || l.Oppgavegiver.Organisasjonsnummer != w.Org ||
			len(l.Oppgave) != w.Oppgaver || l.Leveransetype != leveransetype ||
			l.Oppgaveoppsummering.AntallOppgaver != w.Oppgaver || l.Oppgaveoppsummering.SumSaldo != saldo ||
			l.Oppgaveoppsummering.SumUttaksbeloepBolig != uttak {
			t.Fatalf("%+v of %s", w, body)
		}
	})
}

// TestDrawAddsUpByName: a summary of an API that says nothing of it adds up by the names of its
// members, and one whose schema wants something else of what is so called is drawn as the schema
// has it.
func TestDrawAddsUpByName(t *testing.T) {
	t.Parallel()
	const schema = `{"type": "object", "required": ["egg", "sammendrag"], "properties": {
		"egg": {"type": "array", "items": {"type": "object", "required": ["antallEgg"], "properties": {"antallEgg": {"type": "integer"}, "beloep": {"type": "number"}}}},
		"sammendrag": {"type": "object", "required": ["antallOppgaver", "sumAntallEgg", "sumBeloep", "summering"], "properties": {
			"antallOppgaver": {"type": "integer"}, "sumAntallEgg": {"type": "string", "pattern": "^[0-9]+$"}, "sumBeloep": {"type": "number"}, "summering": {"const": "etter navn"}}}}}`
	root, own := compiled(t, fstest.MapFS{"a.json": {Data: []byte(schema)}}, "a.json")
	api := Spec{Name: "a", Schema: root, Validate: own.Validate, Fields: FieldMap{Oppgave: []string{"egg"}}}
	rapid.Check(t, func(t *rapid.T) {
		w := drawWanted(t)
		w.Oppgaver = rapid.IntRange(0, 10).Draw(t, "oppgaver")
		body, err := api.Generate(w)
		if err != nil {
			t.Fatal(err)
		}
		var decoded struct {
			Egg []struct {
				AntallEgg int64
				Beloep    float64
			}
			Sammendrag struct {
				AntallOppgaver int
				SumAntallEgg   string
				SumBeloep      float64
			}
		}
		if err := json.Unmarshal(body, &decoded); err != nil {
			t.Fatal(err)
		}
		egg, beloep := int64(0), 0.0
		for _, o := range decoded.Egg {
			egg, beloep = egg+o.AntallEgg, beloep+o.Beloep
		}
		if s := decoded.Sammendrag; s.AntallOppgaver != w.Oppgaver || s.SumAntallEgg != fmt.Sprint(egg) ||
			s.SumBeloep != beloep {
			t.Fatalf("%+v of %s", w, body)
		}
	})
	unlike := fstest.MapFS{"a.json": {Data: []byte(strings.Replace(schema, `"sumBeloep": {"type": "number"}`,
		`"sumBeloep": {"type": "number", "minimum": 1e9}`, 1))}}
	root, own = compiled(t, unlike, "a.json")
	api.Schema, api.Validate = root, own.Validate
	if body, err := api.Generate(Options{Inntektsaar: 2024, Oppgaver: 2}); err != nil {
		t.Errorf("%v: %s", err, body)
	}
}

// TestDrawFitsDrawnSchemas: schemas of all keywords that can be met.
func TestDrawFitsDrawnSchemas(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		text, err := json.Marshal(drawSchema(rt, 3))
		if err != nil {
			rt.Fatal(err)
		}
		root, own := compiled(t, fstest.MapFS{"a.json": {Data: text}}, "a.json")
		api := Spec{Name: "a", Schema: root, Validate: own.Validate}
		body, err := api.Generate(drawWanted(rt))
		if err != nil {
			rt.Fatalf("%s: %v", text, err)
		}
		document, err := schema.Decode(body)
		if wrong := api.Validate(document); err != nil || wrong != nil {
			rt.Fatalf("%s: %v, %v in %s", text, err, wrong, body)
		}
	})
}

// drawSchema draws a schema that some value fits.
func drawSchema(t *rapid.T, depth int) map[string]any {
	kinds := []string{"string", "integer", "number", "enum", "const", "format", "pattern", "boolean"}
	if depth > 0 {
		kinds = append(kinds, "object", "object", "object", "array", "oneOf", "anyOf", "allOf", "if", "nullable")
	}
	n := func(low, high int, name string) int { return rapid.IntRange(low, high).Draw(t, name) }
	switch kind := rapid.SampledFrom(kinds).Draw(t, "kind"); kind {
	case "string":
		low := n(0, 12, "minLength")
		return map[string]any{"type": "string", "minLength": low, "maxLength": low + n(0, 20, "maxLength")}
	case "integer":
		low := n(-100_000, 100_000, "minimum")
		return map[string]any{"type": "integer", "minimum": low, "exclusiveMaximum": low + n(1, 5, "maximum")}
	case "number":
		low := n(-100, 100, "minimum")
		step := rapid.SampledFrom([]string{"0.01", "0.5", "1", "3"}).Draw(t, "multipleOf")
		return map[string]any{
			"type": "number", "exclusiveMinimum": low, "maximum": low + n(3, 9, "maximum"),
			"multipleOf": json.Number(step),
		}
	case "enum":
		return map[string]any{"enum": []any{"a", json.Number("1"), nil, []any{}}}
	case "const":
		return map[string]any{"const": map[string]any{"a": json.Number("1")}}
	case "format":
		return map[string]any{"type": "string", "format": rapid.SampledFrom([]string{
			"date", "date-time", "time",
			"duration", "email", "hostname", "uri", "uuid", "ipv4", "ipv6",
			"json-pointer", "relative-json-pointer", "regex", "unknown",
		}).Draw(t, "format")}
	case "pattern":
		return map[string]any{"type": "string", "pattern": rapid.SampledFrom([]string{
			"^[0-9]{9}$",
			"^(0[1-9]|[12][0-9]|3[01])(0[1-9]|1[0-2])$", "^[A-ZÆØÅ]{2,5}$", `^\d+(\.\d{2})?$`,
			"^[^0-9]*$", "ab?c*d+", "^[HUKL](0[1-9]|[1-9]\\d)$", "(?i)^norge$",
		}).Draw(t, "pattern")}
	case "boolean":
		return map[string]any{"type": "boolean"}
	case "array":
		low := n(0, 3, "minItems")
		return map[string]any{"type": "array", "items": drawSchema(t, depth-1), "minItems": low, "maxItems": low +
			n(0, 2, "maxItems")}
	case "oneOf": // distinguished by a member, or two of them would fit
		return map[string]any{
			"type": "object", "properties": map[string]any{
				"a": drawSchema(t, depth-1),
				"b": drawSchema(t, depth-1),
			}, "additionalProperties": false,
			"oneOf": []any{map[string]any{"required": []any{"a"}}, map[string]any{"required": []any{"b"}}},
		}
	case "anyOf":
		return map[string]any{"anyOf": []any{drawSchema(t, depth-1), drawSchema(t, depth-1)}}
	case "allOf":
		return map[string]any{"allOf": []any{drawSchema(t, depth-1), map[string]any{}}}
	case "if":
		return map[string]any{
			"type": "object", "properties": map[string]any{
				"flag": map[string]any{"type": "boolean"},
				"more": drawSchema(t, depth-1),
			}, "required": []any{"flag"},
			"if":   map[string]any{"properties": map[string]any{"flag": map[string]any{"const": true}}},
			"then": map[string]any{"required": []any{"more"}},
		}
	case "nullable":
		return map[string]any{"anyOf": []any{map[string]any{"type": "null"}, drawSchema(t, depth-1)}}
	default:
		properties, required := map[string]any{}, []any{}
		names := []string{
			"foedselsnummer", "beloep", "navn", "dato", "kontonummer", "a/b", "x~y", "antall",
			"inntektsaar",
		}
		for range n(1, 4, "properties") {
			name := rapid.SampledFrom(names).Draw(t, "name")
			properties[name] = drawSchema(t, depth-1)
			if rapid.Bool().Draw(t, "required") {
				required = append(required, name)
			}
		}
		schema := map[string]any{
			"type": "object", "properties": properties,
			"additionalProperties": rapid.Bool().Draw(t, "additional"),
		}
		if schema["required"] = unique(required); rapid.Bool().Draw(t, "dependent") {
			schema["dependentRequired"] = map[string]any{anyName(properties): []any{anyName(properties)}}
		}
		return schema
	}
}

func unique(names []any) []any {
	seen, list := map[any]bool{}, []any{}
	for _, name := range names {
		if !seen[name] {
			list = append(list, name)
		}
		seen[name] = true
	}
	return list
}

// anyName returns the first of the names in alphabetical order.
func anyName(properties map[string]any) (first string) {
	for name := range properties {
		if first == "" || name < first {
			first = name
		}
	}
	return first
}

// TestDrawSaysWhatCannotBe: a schema that nothing fits is an error with the place, and does not
// take for ever.
func TestDrawSaysWhatCannotBe(t *testing.T) {
	t.Parallel()
	for i, schema := range []string{
		`false`,
		`{"type": "object", "required": ["a"], "additionalProperties": false}`,
		`{"type": "integer", "minimum": 3, "maximum": 2}`,
		`{"type": "string", "not": {}}`,
		`{"$ref": "#/$defs/a", "$defs": {"a": {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/$defs/a"}}}}}`,
		`{"allOf": [{"type": "string"}, {"type": "object"}]}`,
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			root, own := compiled(t, fstest.MapFS{"a.json": {Data: []byte(schema)}}, "a.json")
			body, err := (Spec{
				Name: "a", Schema: root,
				Validate: own.Validate,
			}).Generate(Options{Inntektsaar: 2024})
			if err == nil {
				t.Errorf("%s is said to be a document of %s", body, schema)
			} else {
				t.Log(err)
			}
		})
	}
}
