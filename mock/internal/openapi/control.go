package openapi

import (
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"sandkasse/mock/internal/wire"
)

// Operation describes an operation of the control API.
type Operation struct {
	Method  string
	Path    string // from the root of the server
	Summary string
	Query   []wire.Parameter
	Answers []wire.Answer // that are no errors

	// Body is a value of the type that the JSON of the request is read into, nil for a request without a body.
	// Members that the request must have are Required. Instead, Schema is the built-in file of the body's
	// schema, or BodyType the type of a body that is no JSON.
	Body     any
	Schema   string
	BodyType string
	Required []string
	Optional bool // there may be no body
	Example  string
}

// addControl adds the control API. With its label in front of names, other APIs can stand in the same document.
func (b *builder) addControl(labelled bool) error {
	b.types, b.label = map[reflect.Type]string{}, ""
	if labelled {
		b.label = ControlName + "_"
	}
	b.tags = append(b.tags, object{{"name", ControlName}, {"description", "Sandkasse's own API"}})
	b.addSessionParameter()
	files := &schemaSet{places: map[string]place{}}
	for _, operation := range b.Control {
		if operation.Schema == "" {
			continue
		}
		if err := files.addBuiltIn(operation.Schema); err != nil {
			return err
		}
	}
	files.nameComponents(b.take)
	b.schemas = append(b.schemas, files.components(b.schemaPrefix())...)
	for _, operation := range b.Control {
		item, _ := b.paths.get(operation.Path).(object)
		item.set(strings.ToLower(operation.Method), b.controlOperation(operation, files))
		b.paths.set(operation.Path, item)
	}
	return nil
}

// controlOperation returns an operation of the control API.
func (b *builder) controlOperation(operation Operation, files *schemaSet) object {
	parameters := []any{}
	for _, name := range pathParameters(operation.Path) {
		parameters = append(parameters, object{
			{"name", name}, {"in", "path"}, {"required", true}, {"schema", object{{"type", "string"}}},
		})
	}
	for _, one := range operation.Query {
		parameters = append(parameters, queryParameter(one))
	}
	parameters = append(parameters, object{{"$ref", "#/components/parameters/Sandkasse-Session"}})
	made := object{
		{"operationId", b.label + operationID(operation)},
		{"summary", operation.Summary},
		{"tags", list(ControlName)},
		{"security", []any{}},
		{"parameters", parameters},
	}
	if operation.Body != nil || operation.Schema != "" {
		media := object{{"schema", b.controlBody(operation, files)}}
		if value, err := parse([]byte(operation.Example)); err == nil {
			media.set("example", value)
		}
		made.set("requestBody", object{
			{"required", !operation.Optional}, {"content", object{{jsonType, media}}},
		})
	}
	if operation.BodyType != "" {
		made.set("requestBody", object{{"required", true}, {"content", object{{operation.BodyType, object{}}}}})
	}
	responses := object{}
	for _, answer := range operation.Answers {
		content, response := object{}, object{{"description", answer.Means}}
		for _, contentType := range answer.ContentTypes {
			schema := object{{"type", "string"}}
			if contentType == jsonType {
				schema = b.schemaOf(reflect.TypeOf(answer.Body))
			}
			content.set(contentType, object{{"schema", schema}})
		}
		if len(content) > 0 {
			response.set("content", content)
		}
		responses.set(strconv.Itoa(answer.Status), response)
	}
	refusal := object{
		{"headers", object{{"Sandkasse-Feil", object{
			{
				"description",
				"The same sentence in ASCII.",
			}, {"required", true}, {"schema", object{{"type", "string"}}},
		}}}},
		{"content", object{{"text/plain", object{{"schema", object{{"type", "string"}}}}}}},
	}
	responses.set("4XX", append(object{{"description", "The request is refused: a sentence says why."}}, refusal...))
	responses.set(
		"5XX",
		append(object{{"description", "Sandkasse cannot answer now: a sentence says why."}}, refusal...),
	)
	made.set("responses", responses)
	return made
}

// controlBody returns the schema of the body of an operation.
func (b *builder) controlBody(operation Operation, files *schemaSet) object {
	if operation.Schema != "" {
		return object{{"$ref", files.reference(operation.Schema, b.schemaPrefix())}}
	}
	return b.bodyOf(operation.Body, operation.Required)
}

// bodyOf returns the schema of a JSON body that is read into a value of a type. Of a struct, only the members
// that are named must be there.
func (b *builder) bodyOf(value any, required []string) object {
	if reflect.TypeOf(value).Kind() != reflect.Struct {
		return b.schemaOf(reflect.TypeOf(value))
	}
	made := b.structOf(reflect.TypeOf(value))
	if i := made.index("required"); i >= 0 {
		made = append(made[:i:i], made[i+1:]...)
	}
	if len(required) > 0 {
		made.set("required", list(required...))
	}
	return made
}

// operationID returns the operation's id: its method and the words of its path.
func operationID(operation Operation) string {
	words := strings.FieldsFunc(strings.TrimPrefix(operation.Path, "/_sandkasse/"), func(r rune) bool {
		return strings.ContainsRune("/.{}$", r)
	})
	if len(words) == 0 {
		words = []string{"index"}
	}
	id := strings.ToLower(operation.Method)
	for _, word := range words {
		id += strings.ToUpper(word[:1]) + word[1:]
	}
	return id
}

// queryParameter describes a parameter of a query.
func queryParameter(parameter wire.Parameter) object {
	schema := parameterSchema(parameter)
	if parameter.Repeated {
		schema = object{{"type", "array"}, {"items", schema}}
	}
	made := object{
		{"name", parameter.Name}, {"in", "query"}, {"description", parameter.Means}, {"schema", schema},
	}
	if parameter.Required {
		made.set("required", true)
	}
	switch {
	case parameter.Example != "" && parameter.Repeated:
		made.set("example", list(parameter.Example))
	case parameter.Example != "":
		made.set("example", parameter.Example)
	}
	return made
}

// parameterSchema returns the schema of one value of a parameter.
func parameterSchema(parameter wire.Parameter) object {
	switch {
	case parameter.Form == "boolean" || parameter.Form == "integer":
		return object{{"type", parameter.Form}}
	case parameter.Form != "":
		return object{{"type", "string"}, {"format", parameter.Form}}
	case parameter.Values != nil:
		return object{{"type", "string"}, {"enum", list(parameter.Values...)}}
	}
	return object{{"type", "string"}}
}

// exampleOf returns a value that a parameter may have.
func exampleOf(parameter wire.Parameter) string {
	if parameter.Example == "" && len(parameter.Values) > 0 {
		return parameter.Values[0]
	}
	return parameter.Example
}

// Headers of answers that are Sandkasse's own.
const (
	callHeader   = "Sandkasse-Call"
	playedHeader = "Sandkasse-Played"
)

// ownHeaderTexts returns what Sandkasse's own headers mean.
func ownHeaderTexts() object {
	return object{
		{callHeader, "Sandkasse's own: the number of the call in the journal of its session."},
		{playedHeader, "Sandkasse's own: the scenarios that were played in the call."},
	}
}

// webhookResponses returns the answers that a receiver of messages can give.
func webhookResponses() object {
	return object{
		{"2XX", object{{"description", http.StatusText(http.StatusOK) + ": the message is received."}}},
		{"default", object{{"description", "The message is sent again later."}}},
	}
}
