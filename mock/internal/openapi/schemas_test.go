package openapi

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	gocmp "github.com/google/go-cmp/cmp"

	"sandkasse/mock/internal/schema"
)

// componentsOf returns the components of the schemas of some files, and the references to each of these.
func componentsOf(t *testing.T, files fstest.MapFS, names ...string) (components string, references []string) {
	t.Helper()
	b := &builder{taken: map[string]bool{}}
	s := &schemaSet{places: map[string]place{}}
	for _, name := range names {
		compiled, err := schema.Compile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.add(compiled.Files()...); err != nil {
			t.Fatal(err)
		}
	}
	s.nameComponents(b.take)
	for _, name := range names {
		references = append(references, s.reference(name, "#/"))
	}
	return string(appendJSON(nil, s.components("#/"), 0)), references
}

// TestComponents: definitions and files become components, and references lead there, whatever they are relative to.
func TestComponents(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name       string
		files      map[string]string
		names      []string
		want       string
		references []string
	}{
		{
			"definitions",
			map[string]string{"a.json": `{"$schema": "https://json-schema.org/draft/2020-12/schema", "$comment": "x",
				"title": "A", "$ref": "#/$defs/M", "$defs": {"M": {"properties":
				{"b": {"$ref": "#/$defs/B", "description": "d"}}}, "B": {"type": "string"}}}`},
			[]string{"a.json"},
			`{"M": {"properties": {"b": {"$ref": "#/B", "description": "d"}}}, "B": {"type": "string"}}`,
			[]string{"#/M"},
		},
		{
			"files of one folder",
			map[string]string{
				"x/a.json": `{"properties": {"b": {"$ref": "b.json"}, "c": {"$ref": "../y/c%20d.json#/properties/e"},
					"f": {"$ref": "b.json#/$defs/f"}, "own": {"$ref": "#"}}}`,
				"x/b.json": `{"$id": "https://elsewhere.example/b", "type": "integer",
					"$defs": {"f": {"$ref": "#"}}}`,
				"y/c d.json": `{"properties": {"e": {"minLength": 1}}}`,
			},
			[]string{"x/a.json"},
			`{"a": {"properties": {"b": {"$ref": "#/b"}, "c": {"$ref": "#/c_d/properties/e"}, "f": {"$ref": "#/f"},
				"own": {"$ref": "#/a"}}}, "f": {"$ref": "#/b"}, "b": {"type": "integer"},
				"c_d": {"properties": {"e": {"minLength": 1}}}}`,
			[]string{"#/a"},
		},
		{
			"anchors, and ids within a file",
			map[string]string{"a.json": `{"properties": {"x": {"$ref": "#there"}, "y": {"$ref": "in/side.json"},
				"z": {"$id": "in/side.json", "properties":
				{"up": {"$ref": "../a.json#/$defs/n"}, "own": {"$ref": "#"}}}},
				"$defs": {"n": {"$anchor": "there", "type": "null"}}}`},
			[]string{"a.json"},
			`{"n": {"type": "null"}, "a": {"properties": {"x": {"$ref": "#/n"}, "y": {"$ref": "#/a/properties/z"},
				"z": {"properties": {"up": {"$ref": "#/n"}, "own": {"$ref": "#/a/properties/z"}}}}}}`,
			[]string{"#/a"},
		},
		{
			"definitions that differ from file to file, and those that refer to them",
			map[string]string{
				"a.json": `{"items": {"$ref": "#/$defs/P"}, "$defs":
					{"P": {"items": {"$ref": "#/$defs/Q"}}, "Q": {"type": "null"},
					"R": {"minimum": 1}}}`,
				"b.json": `{"items": {"$ref": "#/$defs/R"}, "$defs":
					{"P": {"items": {"$ref": "#/$defs/Q"}}, "Q": {"type": "string"},
					"R": {"minimum": 1}}}`,
			},
			[]string{"a.json", "b.json"},
			`{"a_P": {"items": {"$ref": "#/a_Q"}}, "a_Q": {"type": "null"}, "R": {"minimum": 1},
				"a": {"items": {"$ref": "#/a_P"}}, "b_P": {"items": {"$ref": "#/b_Q"}}, "b_Q": {"type": "string"},
				"b": {"items": {"$ref": "#/R"}}}`,
			[]string{"#/a", "#/b"},
		},
		{
			"draft 7",
			map[string]string{"a.json": `{"$schema": "http://json-schema.org/draft-07/schema#", "definitions":
				{"d": {"type": "string"}}, "properties": {"x": {"$ref": "#/definitions/d", "maxLength": 1},
				"l": {"items": [true, {"$ref": "#/definitions/d"}], "additionalItems": false},
				"m": {"additionalItems": false}},
				"dependencies": {"x": ["l"], "l": {"required": ["m"]}}}`},
			[]string{"a.json"},
			`{"d": {"type": "string"}, "a": {"properties": {"x": {"$ref": "#/d"},
				"l": {"prefixItems": [true, {"$ref": "#/d"}], "items": false}, "m": {}},
				"dependentRequired": {"x": ["l"]}, "dependentSchemas": {"l": {"required": ["m"]}}}}`,
			[]string{"#/a"},
		},
		{
			"draft 4",
			map[string]string{"a.json": `{"$schema": "http://json-schema.org/draft-04/schema#",
				"id": "https://x.example/a", "properties": {"id": {"minimum": 0, "exclusiveMinimum": true},
				"n": {"maximum": 1, "exclusiveMaximum": false}}}`},
			[]string{"a.json"},
			`{"a": {"properties": {"id": {"exclusiveMinimum": 0}, "n": {"maximum": 1}}}}`,
			[]string{"#/a"},
		},
		{
			"names that are keywords, and values that look like schemas",
			map[string]string{"a.json": `{"properties": {"$ref": {"type": "string"},
				"properties": {"const": {"$ref": "#/x"}}, "$comment": {"enum": [{"$comment": "y"}]}}}`},
			[]string{"a.json"},
			`{"a": {"properties": {"$ref": {"type": "string"}, "properties": {"const": {"$ref": "#/x"}},
				"$comment": {"enum": [{"$comment": "y"}]}}}}`,
			[]string{"#/a"},
		},
		{
			"a file that is true",
			map[string]string{"a.json": `true`},
			[]string{"a.json"},
			`{"a": true}`,
			[]string{"#/a"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			files := fstest.MapFS{}
			for name, text := range test.files {
				files[name] = &fstest.MapFile{Data: []byte(text)}
			}
			components, references := componentsOf(t, files, test.names...)
			var got, want any
			if err := json.Unmarshal([]byte(components), &got); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(test.want), &want); err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if diff := gocmp.Diff(test.references, references); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(components, "schemas:") {
				t.Errorf("an address of a file is left: %s", components)
			}
		})
	}
}
