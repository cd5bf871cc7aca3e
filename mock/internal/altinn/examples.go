package altinn

import (
	"encoding/json"

	"sandkasse/mock/internal/wire"
)

// Bodies of examples: a system, requests of both kinds for system users of it, and a change. The organisations
// are synthetic.
const (
	ExampleSystem = `{
  "id": "319000003_demo",
  "vendor": {"authority": "iso6523-actorid-upis", "ID": "0192:319000003"},
  "name": {"nb": "Demo", "nn": "Demo", "en": "Demo"},
  "description": {"nb": "Rapporterer", "nn": "Rapporterer", "en": "Reports"},
  "rights": [{"resource": [
    {"id": "urn:altinn:resource", "value": "ske-innrapportering-boligsparing-ungdom"}
  ]}],
  "accessPackages": [
    {"urn": "urn:altinn:accesspackage:skattegrunnlag"},
    {"urn": "urn:altinn:accesspackage:regnskapsforer-med-signeringsrettighet"}
  ],
  "clientId": ["6f0c0a0e-0000-4000-8000-000000000001"],
  "isVisible": false,
  "allowedRedirectUrls": ["https://demo.example/ok"]
}`
	ExampleRequest = `{
  "systemId": "319000003_demo", "partyOrgNo": "319000011",
  "rights": [{"resource": [{"id": "urn:altinn:resource", "value": "ske-innrapportering-boligsparing-ungdom"}]}],
  "redirectUrl": "https://demo.example/ok?a=1"
}`
	ExampleAgent = `{
  "systemId": "319000003_demo", "partyOrgNo": "319000011",
  "accessPackages": [{"urn": "urn:altinn:accesspackage:regnskapsforer-med-signeringsrettighet"}]
}`
	ExampleChange = `{
  "requiredAccessPackages": [{"urn": "urn:altinn:accesspackage:skattegrunnlag"}],
  "unwantedRights": [
    {"resource": [{"id": "urn:altinn:resource", "value": "ske-innrapportering-boligsparing-ungdom"}]}
  ]
}`
	exampleRights   = `[{"resource": [{"id": "urn:altinn:resource", "value": "ske-krav-og-betalinger"}]}]`
	examplePackages = `[{"urn": "urn:altinn:accesspackage:skattegrunnlag"}]`
)

// exampleBodies returns the bodies of the operations that take one, by the names of their behaviours.
func exampleBodies() map[string]wire.Body {
	system := wire.Body{
		Value: systemBody{}, Example: ExampleSystem, Required: []string{"id", "vendor", "name", "description"},
	}
	return map[string]wire.Body{
		"altinn-system-create": system, "altinn-system-replace": system,
		"altinn-system-rights":   {Value: []Right{}, Example: exampleRights},
		"altinn-system-packages": {Value: []Package{}, Example: examplePackages},
		"altinn-request-create": {
			Value: requestBody{}, Example: ExampleRequest, Required: []string{"systemId", "partyOrgNo"},
		},
		"altinn-agent-create": {
			Value: agentBody{}, Example: ExampleAgent, Required: []string{"systemId", "partyOrgNo", "accessPackages"},
		},
		"altinn-change-create": {Value: changeBody{}, Example: ExampleChange},
	}
}

// mustRead decodes one of the bodies above.
func mustRead(text string, into any) {
	if err := json.Unmarshal([]byte(text), into); err != nil {
		panic(err) // impossible: tests send them all
	}
}

// exampleSystem returns the system of ExampleSystem as it is stored, with its body.
func exampleSystem(r *wire.Request) (System, systemBody) {
	var body systemBody
	mustRead(ExampleSystem, &body)
	vendor, err := body.Vendor.org()
	if err != nil {
		panic(err) // impossible: tests send it
	}
	system := System{ID: body.ID, InternalID: r.IDs.V4().String(), Vendor: vendor, Created: r.Now}
	system.fill(body)
	return system, body
}

// exampleRequest returns the request of ExampleRequest, or for an agent that of ExampleAgent, as it is stored.
func exampleRequest(r *wire.Request, kind Kind) Request {
	system, _ := exampleSystem(r)
	text := ExampleRequest
	if kind == Agent {
		text = ExampleAgent
	}
	var body requestBody
	mustRead(text, &body)
	return body.request(kind, system, r.IDs.V4().String(), r.Now)
}

// exampleChanging returns the request of ExampleChange as it is stored.
func exampleChanging(r *wire.Request) Request {
	var body changeBody
	mustRead(ExampleChange, &body)
	return body.request(exampleUser(r), r.IDs.V4().String(), r.Now)
}

// agentBody describes the body of a request for an agent's system user, which has no rights.
type agentBody struct {
	SystemID         string    `json:"systemId"`
	Customer         string    `json:"partyOrgNo"`
	ExternalRef      string    `json:"externalRef"`
	IntegrationTitle string    `json:"integrationTitle"`
	Packages         []Package `json:"accessPackages"`
	RedirectURL      string    `json:"redirectUrl"`
}

// exampleUser returns the system user that ExampleRequest asks for.
func exampleUser(r *wire.Request) User { return exampleRequest(r, Standard).user(r.Now) }

// exampleChange returns the entry of a change log about ExampleSystem.
func exampleChange(r *wire.Request) change {
	system, body := exampleSystem(r)
	return change{
		Internal: system.InternalID, By: system.Vendor, Type: "create", Data: body.shown(system.Vendor),
		Client: system.ClientIDs[0], Created: stamp(r.Now),
	}
}
