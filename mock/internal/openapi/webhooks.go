package openapi

import (
	"reflect"
	"time"

	"sandkasse/mock/internal/kobo"
	"sandkasse/mock/internal/webhook"
	"sandkasse/mock/internal/wire"
)

// koboFamily is the family of the APIs that send webhook messages.
const koboFamily = "kobo"

// addWebhooks adds the messages that Kobo sends: one webhook, with an example of each kind of message.
func (a apiBuilder) addWebhooks() {
	if a.api.Family != koboFamily {
		return
	}
	schema := a.structOf(reflect.TypeFor[kobo.Message]())
	kinds, examples := []any{}, object{}
	for _, event := range kobo.Events() {
		kinds = append(kinds, string(event))
		examples.set(string(event), object{{"value", object{
			{"meldingId", wire.NewIDs(0, 1, "message", 1).V7(a.at.newYear()).String()},
			{"koboBoligId", exampleID},
			{"leverandorBoligId", "bolig-1"},
			{"hendelse", string(event)},
			{"tidspunkt", a.at.newYear().Format(time.RFC3339)},
		}}})
	}
	properties, _ := schema.get("properties").(object)
	properties.set("hendelse", object{{"type", "string"}, {"enum", kinds}})
	properties.set("tidspunkt", object{{"type", "string"}, {"format", "date-time"}})
	name := a.take("Message")
	a.schemas.set(name, schema)
	header := func(name, description string) object {
		return object{
			{"name", name},
			{"in", "header"},
			{"required", true},
			{"description", description},
			{"schema", object{{"type", "string"}}},
		}
	}
	a.webhooks.set(a.label+"hendelse", object{{"post", object{
		{"operationId", a.label + "hendelse"},
		{"summary", "Something has happened to a home"},
		{"description", "A hint without details: the receiver gets the home with hentBolig."},
		{"tags", list(a.api.Name)},
		{"security", []any{}},
		{"parameters", list[any](
			header(webhook.DefaultHeader, "The API key that the system has registered. The system may choose "+
				"another name for the header."),
			header(webhook.SystemHeader, "The id of the system."),
		)},
		{"requestBody", object{
			{"required", true},
			{"content", object{{jsonType, object{
				{"schema", object{{"$ref", a.schemaPrefix() + name}}}, {"examples", examples},
			}}}},
		}},
		{"responses", webhookResponses()},
	}}})
}
