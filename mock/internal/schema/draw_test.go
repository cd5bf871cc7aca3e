package schema

import (
	"encoding/json"

	"pgregory.net/rapid"
)

var (
	drawName   = rapid.SampledFrom([]string{"a", "b", "c", "a/b", "x~ %y"})
	drawText   = rapid.SampledFrom([]string{"", "a", "abc", "æøå", "123", "2024-02-29", "2023-02-29", "x@y.no"})
	drawNumber = rapid.SampledFrom([]json.Number{
		"0", "-0", "1", "2", "-1", "3", "1.0", "1.5", "1e1", "10",
		"9223372036854775807", "9223372036854775808", "1E-2",
	})
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

// drawSchema draws a schema of one to four keywords; half of the time only of those that quick
// handles.
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
