package testkit

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/altinn"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/token"
)

// System is the system that SystemBody registers.
const System = token.DefaultVendor + "_demo"

// SystemClient is the client id of the system.
const SystemClient = "6f0c0a0e-0000-4000-8000-000000000001"

// SystemBody is the body that registers a system of the default vendor.
const SystemBody = altinn.ExampleSystem

// VisibleSystemBody returns the body that registers another system, which customers can choose from a list.
func VisibleSystemBody() string {
	return strings.NewReplacer(
		System, System+"_visible", SystemClient, "6f0c0a0e-0000-4000-8000-000000000002", `"Demo"`, `"Demo for all"`,
		`"isVisible": false`, `"isVisible": true`, "regnskapsforer-med-signeringsrettighet", "merverdiavgift",
	).Replace(SystemBody)
}

// RequestBody returns the body that asks for a standard system user of a customer.
func RequestBody(customer string) string {
	return `{"systemId": "` + System + `", "partyOrgNo": "` + customer + `", "rights": [{"resource": [` +
		`{"id": "urn:altinn:resource", "value": "ske-innrapportering-boligsparing-ungdom"}]}], ` +
		`"redirectUrl": "https://demo.example/ok?a=1"}`
}

// AgentBody returns the body that asks for an agent's system user of an accountant.
func AgentBody(accountant string) string {
	return `{"systemId": "` + System + `", "partyOrgNo": "` + accountant + `", "accessPackages": [` +
		`{"urn": "urn:altinn:accesspackage:regnskapsforer-med-signeringsrettighet"}]}`
}

// ChangeBody asks for a package and gives up a right.
const ChangeBody = `{"requiredAccessPackages": [{"urn": "urn:altinn:accesspackage:skattegrunnlag"}], ` +
	`"unwantedRights": [{"resource": [{"id": "urn:altinn:resource", "value": ` +
	`"ske-innrapportering-boligsparing-ungdom"}]}]}`

// Customer is an organisation with a right check digit.
const Customer = "319000011"

// goodAltinnCall returns a call to Altinn's authentication that succeeds. It registers a system, and
// makes what the operation is for.
func goodAltinnCall(t *testing.T, s *mock.Server, api *catalog.API, route *catalog.Route) *APICall {
	t.Helper()
	scope := api.Scope
	if len(route.Scopes) > 0 {
		scope = route.Scopes[0]
	}
	call := func(method, path, body, scope string) *APICall {
		c := &APICall{
			Method: method, Path: path, Base: "/" + api.Label, Header: http.Header{}, Body: []byte(body),
			Params: map[string]string{"provider": "maskinporten", "orgNo": Customer, "externalRef": Customer},
		}
		if body != "" {
			c.Header.Set("Content-Type", "application/json")
		}
		if len(route.Checks) > 0 {
			c.Header.Set("Authorization", "Bearer "+Mint(t, s, api, func(g *token.Spec) { g.Scope, g.Org = scope, "" }))
		}
		return c
	}
	made := func(path, body, scope string) (id string) {
		answer := call(http.MethodPost, path, body, scope).Do(s)
		var got struct{ ID string }
		if answer.Code >= http.StatusBadRequest {
			t.Fatalf("%s: %d %s", path, answer.Code, answer.Body)
		}
		if path != "/api/v1/systemregister/vendor" {
			if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
		}
		return got.ID
	}
	const (
		ask       = "altinn:authentication/systemuser.request.write"
		requests  = "/api/v1/systemuser/request/vendor"
		changes   = "/api/v1/systemuser/changerequest/vendor"
		newChange = "/api/v1/systemuser/changerequest/vendor?correlation-id=7c9e6679-7425-40de-944b-00000000000c"
	)
	c := call(route.Method, route.Paths[0], "", scope)
	if len(route.Checks) == 0 || route.Name == "exchange" {
		return c
	}
	c.Params["systemId"] = System
	if route.Name == "system-create" {
		return withBody(c, SystemBody)
	}
	made("/api/v1/systemregister/vendor", SystemBody, "altinn:authentication/systemregister.write")
	switch route.Name {
	case "system-replace":
		return withBody(c, SystemBody)
	case "system-rights":
		return withBody(c, `[{"resource": [{"id": "urn:altinn:resource", "value": "ske-krav-og-betalinger"}]}]`)
	case "system-packages":
		return withBody(c, `[{"urn": "urn:altinn:accesspackage:skattegrunnlag"}]`)
	case "request-create":
		return withBody(c, RequestBody(Customer))
	case "agent-create":
		return withBody(c, AgentBody(Customer))
	case "agent", "agent-byref", "agents":
		c.Params["requestId"] = made(requests+"/agent", AgentBody(Customer), ask)
		return c
	case "request", "request-byref", "requests", "request-delete":
		c.Params["requestId"] = made(requests, RequestBody(Customer), ask)
		return c
	}
	if !strings.HasPrefix(route.Name, "user") && !strings.HasPrefix(route.Name, "change") {
		return c
	}
	user := made(requests, RequestBody(Customer), ask)
	ApproveRequest(t, s, user)
	c.Query = fmt.Sprintf("system-id=%s&orgno=%s&clientId=%s&systemProviderOrgNo=%s&systemUserOwnerOrgNo=%[2]s", System,
		Customer, SystemClient, token.DefaultVendor)
	switch route.Name {
	case "change-create":
		c.Query = strings.TrimPrefix(newChange, changes+"?") + "&system-user-id=" + user
		return withBody(c, ChangeBody)
	case "change", "change-byref", "changes", "change-delete":
		create := call(http.MethodPost, changes, ChangeBody, ask)
		create.Query = strings.TrimPrefix(newChange, changes+"?") + "&system-user-id=" + user
		if answer := create.Do(s); answer.Code != http.StatusCreated {
			t.Fatalf("the change: %d %s", answer.Code, answer.Body)
		}
		c.Params["requestId"] = "7c9e6679-7425-40de-944b-00000000000c"
	}
	return c
}

// withBody returns the call with a JSON body.
func withBody(c *APICall, body string) *APICall {
	c.Body = []byte(body)
	c.Header.Set("Content-Type", "application/json")
	return c
}

// ApproveRequest approves a request for a system user in the default session.
func ApproveRequest(t testing.TB, s *mock.Server, id string) {
	t.Helper()
	approve := &APICall{
		Method: http.MethodPost, Path: "/_sandkasse/altinn/requests/" + id + "/approve",
		Header: http.Header{},
	}
	if answer := approve.Do(s); answer.Code != http.StatusOK {
		t.Fatalf("approve %s: %d %s", id, answer.Code, answer.Body)
	}
}
