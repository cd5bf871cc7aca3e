package openapi

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"pgregory.net/rapid"
)

// TestNotations: a value reads back from JSON and from YAML, with readers that are not our own.
func TestNotations(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		value := values(3).Draw(t, "value")
		inJSON := appendJSON(nil, value, 0)
		var fromJSON, fromYAML any
		if err := json.Unmarshal(inJSON, &fromJSON); err != nil {
			t.Fatalf("%v in\n%s", err, inJSON)
		}
		document := object{{"document", value}}
		inYAML := appendYAML(nil, document, 0, true)
		if err := yaml.Unmarshal(inYAML, &fromYAML); err != nil {
			t.Fatalf("%v in\n%s", err, inYAML)
		}
		want, err := json.Marshal(map[string]any{"document": fromJSON})
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(fromYAML)
		if err != nil || !sameJSON(got, want) {
			t.Errorf("%v: YAML reads as %s, want %s:\n%s", err, got, want, inYAML)
		}
		again, err := parse(inJSON)
		if err != nil || string(appendJSON(nil, again, 0)) != string(inJSON) {
			t.Errorf("%v: %s is not read back", err, inJSON)
		}
	})
}

func sameJSON(a, b []byte) bool {
	var left, right any
	return json.Unmarshal(a, &left) == nil && json.Unmarshal(b, &right) == nil && reflect.DeepEqual(left, right)
}

// values generates plain values of at most some levels.
func values(levels int) *rapid.Generator[any] {
	text := rapid.OneOf(
		rapid.String(),
		rapid.SampledFrom([]string{
			"", " a", "a ", "a: b", "a #b", "- a", "null", "~", "Yes", "off", "2023", "0x1F", "1e3", "1_000",
			"2023-01-01", "12:30:45", "{{", "[", "&a", "*a", "!a", "%a", "@a", "`a", "'", `"`, "\\", "a\nb", "\t",
			"\u0085", "\u2028", "\ufeff", "\u007f", "a\u0000b",
			"/v1/{inntektsaar}", "y", "=", "<<", "?", "|", ">", "😀", ".inf", "æøå", "NaN",
		}),
	)
	scalar := rapid.OneOf(
		rapid.Map(text, func(s string) any { return strings.ToValidUTF8(s, "?") }),
		rapid.Map(rapid.IntRange(-1_000_000, 1_000_000), func(n int) any { return n }),
		rapid.SampledFrom([]any{true, false, nil, json.Number("1.5"), json.Number("-9007199254740991")}),
	)
	if levels == 0 {
		return scalar
	}
	below := values(levels - 1)
	return rapid.OneOf(scalar, rapid.Custom(func(t *rapid.T) any {
		made := object{}
		for range rapid.IntRange(0, 4).Draw(t, "members") {
			made.set(strings.ToValidUTF8(text.Draw(t, "name"), "?"), below.Draw(t, "member"))
		}
		return made
	}), rapid.Map(rapid.SliceOfN(below, 0, 4), func(all []any) any { return all }))
}
