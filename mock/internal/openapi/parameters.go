package openapi

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/describe"
	"sandkasse/mock/internal/gateway"
	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/wire"
)

const scenarioHeader = address.ScenarioHeader

// Values of the example calls.
const (
	exampleKey    = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
	exampleID     = "0193b5cd-cbce-7dbd-b188-1437db673767"
	exampleSak    = "2026-000001"
	exampleSystem = "my-system"

	altinnSystem   = "319000003_demo"
	altinnCustomer = "319000011"
)

// receiptType is the type of the answer to a delivery.
var receiptType = reflect.TypeFor[innrapportering.Leveransebekreftelse]()

var templateParameter = regexp.MustCompile(`\{([^}]*)\}`)

// pathParameters returns the names of the parameters of a path.
func pathParameters(path string) (names []string) {
	for _, match := range templateParameter.FindAllStringSubmatch(path, -1) {
		names = append(names, match[1])
	}
	return names
}

// pathParameter describes a parameter of a path.
func (a apiBuilder) pathParameter(name string) object {
	text := func(description, example string) object {
		return object{{"description", description}, {"schema", object{{"type", "string"}}}, {"example", example}}
	}
	id := func(description string) object {
		return object{
			{"description", description},
			{"schema", object{{"type", "string"}, {"format", "uuid"}}},
			{"example", exampleID},
		}
	}
	var found object
	switch name {
	case "inntektsaar":
		span := a.api.Inntektsaar
		year := span.Last(a.at.Now)
		if decoded, err := parse(a.api.Example); err == nil {
			if given := valueAt(decoded, a.api.Felter.First(a.api.Felter.Inntektsaar)); given != nil {
				fmt.Sscan(fmt.Sprint(given), &year)
			}
		}
		found = object{
			{"description", fmt.Sprintf("The year of the income. Deliveries are accepted for %d to %d.", span.First,
				span.Last(a.at.Now))},
			{"schema", object{{"type", "string"}, {"pattern", "^[1-9][0-9]{3}$"}}},
			{"example", fmt.Sprint(year)},
		}
	case "forsendelseId":
		found = id("The delivery, or the feedback on it.")
	case "dokumentId":
		found = id("The document.")
	case "koboBoligId":
		found = id("The home, by the id that Kobo gave it.")
	case "saksreferanse":
		found = text("The case, by its reference in Kobo.", exampleSak)
	case "dialogId":
		found = id("The dialog.")
	case "transmissionId":
		found = id("The transmission.")
	case "activityId":
		found = id("The activity.")
	case "seenLogId":
		found = id("The entry of the seen log.")
	case "page":
		found = text("The code or the name of an error.", "MP-110")
	case "systemId":
		found = text("The system, by its id in Altinn's register.", altinnSystem)
	case "orgNo":
		found = text("The customer, by its organisation number.", altinnCustomer)
	case "externalRef":
		found = text("The reference of the request; without one of its own, the customer's number.", altinnCustomer)
	case "requestId":
		found = id("The request.")
	case "provider":
		found = text("Who has issued the token.", "maskinporten")
	default:
		found = text("The "+name+".", name)
	}
	return append(object{{"name", name}, {"in", "path"}, {"required", true}}, found...)
}

// valueAt returns what a plain value has at a place, or nil.
func valueAt(value any, at []string) any {
	for _, name := range at {
		members, _ := value.(object)
		value = members.get(name)
	}
	return value
}

// parametersOf returns the parameters of an operation.
func (a apiBuilder) parametersOf(route *catalog.Route, path string, query []wire.Parameter) []any {
	all := []any{}
	for _, name := range pathParameters(path) {
		all = append(all, a.pathParameter(name))
	}
	for _, parameter := range query {
		all = append(all, queryParameter(parameter))
	}
	if slices.Contains(route.Checks, "idempotency-key") {
		all = append(all, object{
			{"name", "idempotencyKey"},
			{"in", "header"},
			{"required", true},
			{
				"description",
				"A new UUID for each new call. A repeat of the call under the same key has the same answer.",
			},
			{"schema", object{{"type", "string"}, {"format", "uuid"}}},
			{"example", exampleKey},
		})
	}
	if slices.Contains(route.Checks, "kobo-systemid") {
		all = append(all, object{
			{"name", "x-kobo-systemid"},
			{"in", "header"},
			{"required", true},
			{"description", "The id of the system that is set up in Kobo."},
			{"schema", object{
				{"type", "string"}, {"pattern", "^[!-~]+$"}, {"maxLength", gateway.MaxKoboSystemID},
			}},
			{"example", exampleSystem},
		})
	}
	if slices.Contains([]string{"spesifisering", "feil"}, a.api.ErrorBody) {
		all = append(all, object{{"$ref", "#/components/parameters/Korrelasjonsid"}})
	}
	return append(all, object{{"$ref", "#/components/parameters/" + a.scenarioParameter()}},
		object{{"$ref", "#/components/parameters/" + address.SessionHeader}})
}

// addParameters adds the parameters that the operations of an API share.
func (a apiBuilder) addParameters() {
	if slices.Contains([]string{"spesifisering", "feil"}, a.api.ErrorBody) {
		a.parameters.set("Korrelasjonsid", object{
			{"name", "Korrelasjonsid"},
			{"in", "header"},
			{"description", "An id of the caller's own, which an error then has as its korrelasjonsid."},
			{"schema", object{{"type", "string"}, {"pattern", "^[!-~]+$"}, {"maxLength", gateway.MaxCorrelation}}},
		})
	}
	names := object{} // no examples: a tool would fill in the first
	for _, script := range a.Scenarios {
		names.set(script.Name, script.Description)
	}
	for _, code := range a.api.Codes() {
		names.set(code.Name, describe.CodeText(code))
	}
	a.parameters.set(a.scenarioParameter(), object{
		{"name", address.ScenarioHeader},
		{"in", "header"},
		{extension, true},
		{"description", "Sandkasse's own: the scenarios to play in this call, separated by commas."},
		{"schema", object{{"type", "string"}}},
		{extension + "-scenarios", names},
	})
	a.addSessionParameter()
}

func (b *builder) addSessionParameter() {
	b.parameters.set(address.SessionHeader, object{
		{"name", address.SessionHeader},
		{"in", "header"},
		{extension, true},
		{"description", "Sandkasse's own: the session of the call. Sessions do not see each other."},
		{"schema", object{{"type", "string"}, {"maxLength", address.MaxSessionName}}},
	})
}

// scenarioParameter returns the name of the component of the header for scenarios, whose examples differ from API to
// API.
func (a apiBuilder) scenarioParameter() string { return a.label + address.ScenarioHeader }

// ownHeaders returns the headers that Sandkasse adds to answers of APIs.
func (b *builder) ownHeaders() object {
	for _, header := range ownHeaderTexts() {
		b.headers.set(header.name, object{
			{"description", header.value}, {extension, true}, {"schema", object{{"type", "string"}}},
		})
	}
	return object{
		{callHeader, object{{"$ref", "#/components/headers/" + callHeader}}},
		{playedHeader, object{{"$ref", "#/components/headers/" + playedHeader}}},
	}
}
