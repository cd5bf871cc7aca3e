package openapi

import (
	"fmt"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/describe"
	"sandkasse/mock/internal/document"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/gateway"
	"sandkasse/mock/internal/wire"
)

const jsonType = "application/json"

// apiBuilder adds one API to a document.
type apiBuilder struct {
	*builder
	api    *catalog.API
	files  *schemaSet
	errors object // schema of an error body
	closed closer // of the API's schemas; the zero closer where unknown members are accepted
}

// operation returns an operation at the path of that number among the route's.
func (a apiBuilder) operation(route *catalog.Route, path string, number int) object {
	part := a.Gateway.Behaviours[route.Behaviour]
	id := a.label + route.Name
	if number > 0 {
		id += fmt.Sprintf("_%d", number+1)
	}
	summary := part.Summary
	if summary == "" {
		summary = route.Name
	}
	operation := object{
		{"operationId", id},
		{"summary", summary},
		{"tags", list(a.api.Name)},
		{"security", a.security(route)},
		{"parameters", a.parametersOf(route, path, part.Query)},
	}
	if len(route.Checks) > 0 {
		operation.set("description", "The checks of a call, in their order: "+strings.Join(route.Checks, ", ")+".")
	}
	example := a.exampleCall(route, path)
	if body := a.requestBody(route, part, example); body != nil {
		operation.set("requestBody", body)
	}
	operation.set("responses", a.responses(route, part, example))
	return operation
}

// security returns what an operation demands: a token with the API's scope, if it checks tokens (K663).
func (a apiBuilder) security(route *catalog.Route) []any {
	if !slices.Contains(route.Checks, "token") {
		return []any{}
	}
	a.needsToken = true
	scopes := []any{}
	switch {
	case !slices.Contains(route.Checks, "scope"):
	case len(route.Scopes) > 0:
		scopes = append(scopes, route.Scopes[0]) // any one of them is enough
	default:
		scopes = append(scopes, a.api.Scope)
	}
	return list[any](object{{"maskinporten", scopes}})
}

// bodySchema returns the reference to the schema of the body of an operation; nil for one without a schema.
func (a apiBuilder) bodySchema(route *catalog.Route) object {
	name := a.api.SchemaName
	if route.Schema != nil {
		name = route.SchemaName
	}
	if !slices.Contains(route.Checks, "schema") {
		return nil
	}
	var reference any = object{{"$ref", a.files.reference(name, a.schemaPrefix())}}
	if a.closed.schemas != nil {
		a.closed.whole(&reference)
	}
	return reference.(object)
}

// requestBody returns the body that an operation takes; nil for none.
func (a apiBuilder) requestBody(
	route *catalog.Route,
	part wire.Part[wire.Behaviour],
	example gateway.ExampleCall,
) object {
	limit := fmt.Sprintf("At most %d bytes.", a.api.MaxBody)
	if part.Form != nil {
		properties, required, values := object{}, []any{}, object{}
		for _, field := range part.Form {
			properties.set(field.Name, parameterSchema(field))
			values.set(field.Name, exampleOf(field))
			if field.Required {
				required = append(required, field.Name)
			}
		}
		return object{
			{"description", limit},
			{"required", true},
			{"content", object{{"application/x-www-form-urlencoded", object{
				{"schema", object{{"type", "object"}, {"required", required}, {"properties", properties}}},
				{"example", values},
			}}}},
		}
	}
	media := object{{"schema", object{{"type", "object"}}}}
	required := slices.Contains(route.Checks, "json") || part.Body.Value != nil
	switch schema := a.bodySchema(route); {
	case schema != nil:
		media.set("schema", schema)
	case part.Body.Value != nil:
		media.set("schema", a.bodyOf(part.Body.Value, part.Body.Required))
	case !required && !slices.Contains(route.Checks, "json-or-nothing"):
		return nil
	}
	if len(example.Body) > 0 {
		if value, err := parse(example.Body); err == nil {
			media.set("example", value)
		}
	}
	return object{{"description", limit}, {"required", required}, {"content", object{{jsonType, media}}}}
}

// exampleCall returns a call to an operation that is as the API wants it (K664).
func (a apiBuilder) exampleCall(route *catalog.Route, path string) gateway.ExampleCall {
	call := gateway.ExampleCall{
		API: a.api, Route: route, Path: path, Params: map[string]string{}, Header: http.Header{"Accept": {jsonType}},
		Now: a.at.Now, Root: a.at.Root, SessionRoot: a.at.SessionRoot,
	}
	for _, name := range pathParameters(path) {
		call.Params[name], _ = a.pathParameter(name).get("example").(string)
	}
	if slices.Contains(route.Checks, "idempotency-key") {
		call.Header["Idempotencykey"] = []string{exampleKey}
	}
	part := a.Gateway.Behaviours[route.Behaviour]
	if part.Form != nil {
		values := url.Values{}
		for _, field := range part.Form {
			values.Set(field.Name, exampleOf(field))
		}
		call.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		call.Body = []byte(values.Encode())
		return call
	}
	if part.Body.Value != nil {
		call.Header.Set("Content-Type", jsonType)
		call.Body = []byte(part.Body.Example)
	}
	if !slices.Contains(route.Checks, "schema") {
		return call
	}
	call.Header.Set("Content-Type", jsonType)
	if call.Body = a.api.Example; route.Schema != nil {
		compiled := route.Schema()
		spec := document.Spec{Name: route.SchemaName, Schema: compiled.Compiled(), Validate: compiled.Validate}
		made, err := spec.Generate(document.Options{Inntektsaar: a.at.Now.Year()})
		if err != nil {
			return call // no value fits, as far as is known: the document has no example
		}
		call.Body = made
	}
	return call
}

// responses returns the answers of an operation by status: those that are no errors, and each code of the API
// (K660).
func (a apiBuilder) responses(route *catalog.Route, part wire.Part[wire.Behaviour], call gateway.ExampleCall) object {
	all := object{}
	for _, answer := range part.Answers {
		header := a.ownHeaders()
		for _, name := range slices.Sorted(maps.Keys(answer.Header)) {
			header.set(name, object{{"description", answer.Header[name]}, {"schema", object{{"type", "string"}}}})
		}
		response := object{{"description", answer.Means}, {"headers", header}}
		content := object{}
		for _, contentType := range answer.ContentTypes {
			media := object{{"schema", object{{"type", "string"}}}}
			if contentType == jsonType {
				media.set("schema", a.answerSchema(answer))
			}
			content.set(contentType, media)
		}
		a.addSuccess(content, route, call, answer)
		if len(content) > 0 {
			response.set("content", content)
		}
		all.set(strconv.Itoa(answer.Status), response)
	}
	statuses := map[int][]shownCode{}
	for _, code := range a.codes() {
		shown := a.show(call, code)
		statuses[shown.answers[0].Status] = append(statuses[shown.answers[0].Status], shown)
	}
	likely := a.Gateway.OffencesOf(route)
	for _, status := range slices.Sorted(maps.Keys(statuses)) {
		all.set(strconv.Itoa(status), a.errorResponse(status, statuses[status], likely))
	}
	return all
}

// addSuccess adds the example of an answer that is no error, where there is one (K666).
func (a apiBuilder) addSuccess(content object, route *catalog.Route, call gateway.ExampleCall, answer wire.Answer) {
	if len(call.Body) == 0 { // the answer shows what an earlier call has sent
		for _, other := range a.api.Routes {
			if other.Method == http.MethodPost && slices.Contains(other.Checks, "schema") {
				call.Body = a.exampleCall(other, other.Paths[0]).Body
				break
			}
		}
	}
	call.Now = a.at.newYear()
	shown, found := a.Gateway.SuccessExample(call, answer)
	if !found || shown.Status != answer.Status {
		return
	}
	contentType, _, err := mime.ParseMediaType(shown.ContentType)
	media, _ := content.get(contentType).(object)
	if media == nil || err != nil {
		return
	}
	value, err := parse(shown.Body)
	if err != nil {
		return
	}
	media.set("examples", object{{successName, object{
		{"summary", "The answer to the example of " + route.Name}, {"value", value},
	}}})
	content.set(contentType, media)
}

// successName is the name of the example of an answer that is no error.
const successName = "example"

// shownCode is a code with the answers to a call that it has, one for each content type that can be asked for.
type shownCode struct {
	catalog.Code
	answers []gateway.ExampleAnswer
}

// show returns a code with its answers.
func (a apiBuilder) show(call gateway.ExampleCall, code catalog.Code) shownCode {
	shown := shownCode{code, []gateway.ExampleAnswer{a.Gateway.Example(call, code.Name)}}
	if a.api.ErrorBody == "feil" { // which can be asked for as XML
		call.Header = call.Header.Clone()
		call.Header.Set("Accept", "application/xml")
		shown.answers = append(shown.answers, a.Gateway.Example(call, code.Name))
	}
	return shown
}

// codes returns the codes of the API: those that its pages list. A status that other codes stand for is no code of
// its own.
func (a apiBuilder) codes() []catalog.Code {
	all := a.api.Codes()
	return slices.DeleteFunc(all, func(code catalog.Code) bool {
		_, err := strconv.Atoi(code.Name)
		return err == nil && code.Row.Kode != code.Name
	})
}

// answerSchema returns the schema of the JSON of an answer that is no error.
func (a apiBuilder) answerSchema(answer wire.Answer) object {
	if answer.Schema != "" {
		return object{{"$ref", a.files.reference(answer.Schema, a.schemaPrefix())}}
	}
	made := a.schemaOf(reflect.TypeOf(answer.Body))
	if reflect.TypeOf(answer.Body) == receiptType { // of which the API has some members only
		a.keepMembers(made, a.api.Svar)
	}
	if answer.Delivered && a.api.SchemaName != "" {
		delivered := object{{"$ref", a.files.reference(a.api.SchemaName, a.schemaPrefix())}}
		return object{{"anyOf", list[any](delivered, made)}}
	}
	return made
}

// keepMembers leaves some of the members of the component of a reference, in their order.
func (a apiBuilder) keepMembers(reference object, names []string) {
	name := strings.TrimPrefix(reference.get("$ref").(string), a.schemaPrefix())
	component := a.schemas.get(name).(object)
	properties, _ := component.get("properties").(object)
	kept := object{}
	for _, member := range names {
		if each := a.api.SvarPerLeveranse; member == each.Name {
			kept.set(member, object{{"type", "array"}, {"items", entrySchema(each.Members, properties)}})
			continue
		}
		kept.set(member, properties.get(member))
	}
	component.set("required", list(names...))
	component.set("properties", kept)
}

// entrySchema returns the schema of the entry of a leveranse in an answer. A member that the answer itself cannot
// have is one of the leveranse, a text.
func entrySchema(members []string, known object) object {
	properties := object{}
	for _, member := range members {
		described := known.get(member)
		if described == nil {
			described = object{{"type", "string"}}
		}
		properties.set(member, described)
	}
	return object{{"type", "object"}, {"required", list(members...)}, {"properties", properties}}
}

// errorResponse returns the answers of one status. likely are the offences that the operation finds itself.
func (a apiBuilder) errorResponse(status int, codes []shownCode, likely []feil.Offence) object {
	header, content, names := a.ownHeaders(), object{}, []string{}
	for _, code := range codes {
		names = append(names, code.Name)
		for _, answer := range code.answers {
			for _, name := range slices.Sorted(maps.Keys(answer.Header)) {
				header.set(name, object{{"schema", object{{"type", "string"}}}})
			}
			contentType, _, err := mime.ParseMediaType(answer.ContentType)
			if err != nil {
				contentType = answer.ContentType
			}
			media, _ := content.get(contentType).(object)
			if media == nil {
				media = object{{"schema", object{{"type", "string"}}}, {"examples", object{}}}
			}
			var value any = string(answer.Body)
			if strings.HasSuffix(contentType, "json") {
				media.set("schema", a.errors)
				if parsed, err := parse(answer.Body); err == nil {
					value = parsed
				}
			}
			example := object{{"summary", describe.CodeText(code.Code)}}
			words := describe.Advice(code.Code)
			if code.Behaviour == "" && !slices.Contains(likely, code.Row.Offence) {
				words += " (On this operation only on demand: " + scenarioHeader + ": " + code.Name + ".)"
			}
			example.set("description", words)
			example.set("value", value)
			examples, _ := media.get("examples").(object)
			examples.set(code.Name, example)
			media.set("examples", examples)
			content.set(contentType, media)
		}
	}
	return object{
		{"description", http.StatusText(status) + ": " + strings.Join(names, ", ")},
		{"headers", header},
		{"content", content},
	}
}
