// Package yamltest compares JSON Schemas of YAML files with what reads the files.
package yamltest

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v5"

	"sandkasse/mock/internal/yamlfile"
	"sandkasse/schemas"
)

// Schema is a JSON Schema of a file that users write.
type Schema struct {
	root     map[string]any
	compiled *jsonschema.Schema
}

// Load returns the schema of a kind of file, such as config.
func Load(t *testing.T, kind string) Schema {
	t.Helper()
	text, err := fs.ReadFile(schemas.Files(), "files/"+kind+".schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var s Schema
	if err := json.Unmarshal(text, &s.root); err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(kind, bytes.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	if s.compiled, err = compiler.Compile(kind); err != nil {
		t.Fatal(err)
	}
	return s
}

// Check returns what is wrong with a YAML text by the schema, or nil.
func (s Schema) Check(t *testing.T, text string) error {
	t.Helper()
	asJSON, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	decoder := json.NewDecoder(bytes.NewReader(asJSON))
	decoder.UseNumber()
	var document any
	if len(bytes.TrimSpace(asJSON)) > 0 {
		if err := decoder.Decode(&document); err != nil {
			t.Fatalf("%v\n%s", err, asJSON)
		}
	}
	return s.compiled.Validate(document)
}

// HasMembersOf fails the test unless the schema names, at every depth, the members that a struct is decoded from.
func (s Schema) HasMembersOf(t *testing.T, of reflect.Type) {
	t.Helper()
	s.compare(t, "$", s.root, of)
}

func (s Schema) compare(t *testing.T, place string, at map[string]any, of reflect.Type) {
	t.Helper()
	if reference, ok := at["$ref"].(string); ok {
		at = s.root["$defs"].(map[string]any)[strings.TrimPrefix(reference, "#/$defs/")].(map[string]any)
	}
	switch of.Kind() {
	case reflect.Slice:
		if items, ok := at["items"].(map[string]any); ok {
			s.compare(t, place+"[]", items, of.Elem())
		}
	case reflect.Map:
		if values, ok := at["additionalProperties"].(map[string]any); ok {
			s.compare(t, place+".*", values, of.Elem())
		}
	case reflect.Struct:
		named, _ := at["properties"].(map[string]any)
		var names []string
		for i := range of.NumField() {
			field := of.Field(i)
			if field.Type == reflect.TypeFor[yamlfile.Others]() {
				continue
			}
			name := field.Tag.Get("yaml")
			names = append(names, name)
			member, ok := named[name].(map[string]any)
			if !ok {
				t.Errorf("the schema has no %s.%s", place, name)
				continue
			}
			s.compare(t, place+"."+name, member, field.Type)
		}
		for name := range named {
			if !slices.Contains(names, name) {
				t.Errorf("the schema has %s.%s, which nothing reads", place, name)
			}
		}
	}
}

// Enum returns the values that the schema has for what stands at a path of members of it.
func (s Schema) Enum(t *testing.T, path ...string) (values []string) {
	t.Helper()
	var at any = s.root
	for _, name := range path {
		at = at.(map[string]any)[name]
	}
	list, _ := at.([]any)
	for _, one := range list {
		values = append(values, one.(string))
	}
	slices.Sort(values)
	return values
}
