package openapi

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/gateway"
)

// Answers that the program makes of Go types have the schemas of these types, so that a document cannot differ from
// what is written.

// schemaOf returns the schema of the JSON that values of a type have. Named structs become components.
func (b *builder) schemaOf(t reflect.Type) object {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return object{{"type", "string"}, {"format", "date-time"}}
	case t == reflect.TypeFor[json.RawMessage](), t.Kind() == reflect.Interface,
		t.Implements(reflect.TypeFor[json.Marshaler]()) && !hasNames(t):
		return object{} // anything
	case t.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return object{{"type", "string"}}
	}
	switch t.Kind() {
	case reflect.Bool:
		return object{{"type", "boolean"}}
	case reflect.Float32, reflect.Float64:
		return object{{"type", "number"}}
	case reflect.String:
		return object{{"type", "string"}}
	case reflect.Slice, reflect.Array:
		return object{{"type", "array"}, {"items", b.schemaOf(t.Elem())}}
	case reflect.Map:
		return object{{"type", "object"}, {"additionalProperties", b.schemaOf(t.Elem())}}
	case reflect.Pointer:
		return nullable(b.schemaOf(t.Elem()))
	case reflect.Struct:
		if t.Name() == "" {
			return b.structOf(t)
		}
		return object{{"$ref", b.typeComponent(t)}}
	}
	return object{{"type", "integer"}} // all that is left in answers
}

// hasNames reports whether the fields of a struct name members.
func hasNames(t reflect.Type) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	for i := range t.NumField() {
		if t.Field(i).Tag.Get("json") != "" {
			return true
		}
	}
	return false
}

// nullable returns a schema that null fits too.
func nullable(schema object) object {
	if kind, ok := schema.get("type").(string); ok {
		schema.set("type", list(kind, "null"))
		return schema
	}
	return object{{"anyOf", list[any](schema, object{{"type", "null"}})}}
}

// typeComponent returns the reference to the component of a struct, and makes it when it is first asked for.
func (b *builder) typeComponent(t reflect.Type) string {
	name, made := b.types[t]
	if !made {
		name = b.take(typeName(t))
		b.types[t] = name
		b.schemas.set(name, nil) // keeps its place before those that it refers to
		b.schemas.set(name, b.structOf(t))
	}
	return b.schemaPrefix() + name
}

// typeName returns the name of the component of a struct. Error bodies have the name of the official documents.
func typeName(t reflect.Type) string {
	if t == reflect.TypeFor[feil.Body]() || t == reflect.TypeOf(gateway.ErrorBody("feil")) {
		return "Feil"
	}
	return strings.ToUpper(t.Name()[:1]) + t.Name()[1:]
}

// structOf returns the schema of a struct with its members. Those that may be left out are not required.
func (b *builder) structOf(t reflect.Type) object {
	properties, required := object{}, []any{}
	b.fields(t, &properties, &required)
	found := object{{"type", "object"}}
	if len(required) > 0 {
		found.set("required", required)
	}
	found.set("properties", properties)
	return found
}

// fields adds the members of a struct and of those embedded in it.
func (b *builder) fields(t reflect.Type, properties *object, required *[]any) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous && name == "" && field.Type.Kind() == reflect.Struct {
			b.fields(field.Type, properties, required)
			continue
		}
		if !field.IsExported() || name == "-" || name == "" {
			continue
		}
		optional := strings.Contains(options, "omit")
		if optional && field.Type.Kind() == reflect.Pointer { // which is never null then
			properties.set(name, b.schemaOf(field.Type.Elem()))
		} else {
			properties.set(name, b.schemaOf(field.Type))
		}
		if !optional && !slices.Contains(*required, any(name)) { // once, where a field stands over an embedded one
			*required = append(*required, name)
		}
	}
}
