package collection

import (
	"strings"

	"sandkasse/mock/internal/altinn"
	"sandkasse/mock/internal/catalog"
)

// Names in the requests to Altinn's register. The number of a call is part of the system's id, which stays taken
// for ever.
const (
	registeredSystem = "319000003_demo{{authenticationRun}}"
	registeredClient = "demo-{{authenticationRun}}"
	registerCustomer = "319000011"
)

// registerStep is a call of a route of the register: with a parameter of the path, a query and a body.
type registerStep struct {
	route  string
	param  [2]string // its name in braces, and its value
	query  string
	body   string
	status int
	keep   []kept
}

// registerSteps returns the calls from the registration of a system to its end. The customer approves before the
// first one to a system user.
func registerSteps() []registerStep {
	filled := strings.NewReplacer("319000003_demo", registeredSystem, "6f0c0a0e-0000-4000-8000-000000000001",
		registeredClient)
	agent := strings.TrimSuffix(filled.Replace(altinn.ExampleAgent), "\n}") + ",\n  \"externalRef\": \"agent\"\n}"
	rights := `[{"resource": [{"id": "urn:altinn:resource", "value": "ske-innrapportering-boligsparing-ungdom"}]}]`
	packages := `[
  {"urn": "urn:altinn:accesspackage:skattegrunnlag"},
  {"urn": "urn:altinn:accesspackage:regnskapsforer-med-signeringsrettighet"}
]`
	asked := [2]string{"{requestId}", "{{authenticationRequestId}}"}
	change := [2]string{"{requestId}", "{{authenticationChangeId}}"}
	ofAgent := [2]string{"{requestId}", "{{authenticationAgentId}}"}
	ref := [2]string{"{externalRef}", registerCustomer}
	return []registerStep{
		{route: "system-create", body: filled.Replace(altinn.ExampleSystem), status: 200},
		{route: "systems", status: 200},
		{route: "system", status: 200},
		{route: "system-rights", body: rights, status: 200},
		{route: "system-packages", body: packages, status: 200},
		{route: "system-replace", body: filled.Replace(altinn.ExampleSystem), status: 200},
		{route: "system-changelog", status: 200},
		{
			route: "request-create", body: filled.Replace(altinn.ExampleRequest), status: 201,
			keep: []kept{{"authenticationRequestId", "id"}},
		},
		{route: "request", param: asked, status: 200},
		{route: "request-byref", param: ref, status: 200},
		{route: "requests", status: 200},
		{route: "user-byquery", query: "system-id=" + registeredSystem + "&orgno=" + registerCustomer, status: 200},
		{route: "users", status: 200},
		{
			route: "user-external", status: 200, query: "clientId=" + registeredClient +
				"&systemProviderOrgNo=319000003&systemUserOwnerOrgNo=" + registerCustomer,
		},
		{
			route: "change-create", query: "correlation-id={{$guid}}&system-user-id={{authenticationRequestId}}",
			body: altinn.ExampleChange, status: 201, keep: []kept{{"authenticationChangeId", "id"}},
		},
		{route: "change", param: change, status: 200},
		{route: "change-byref", param: ref, status: 200},
		{route: "changes", status: 200},
		{route: "change-delete", param: change, status: 202},
		{route: "agent-create", body: agent, status: 201, keep: []kept{{"authenticationAgentId", "id"}}},
		{route: "agent", param: ofAgent, status: 200},
		{route: "agent-byref", param: [2]string{"{externalRef}", "agent"}, status: 200},
		{route: "agents", status: 200},
		{route: "request-delete", param: ofAgent, status: 202},
		{route: "exchange", param: [2]string{"{provider}", "maskinporten"}, status: 200},
		{route: "system-delete", status: 200},
	}
}

// registerRequests returns the requests to Altinn's register, with the customer's approval, and the first failures.
func registerRequests(api *catalog.API) []request {
	routes := map[string]*catalog.Route{}
	for _, route := range api.Routes {
		routes[route.Name] = route
	}
	call := func(step registerStep) (one request, found bool) {
		route := routes[step.route]
		if route == nil {
			return one, false
		}
		path := strings.NewReplacer("{systemId}", registeredSystem, "{orgNo}", registerCustomer, step.param[0],
			step.param[1]).Replace("/" + api.Label + route.Paths[0])
		if step.query != "" {
			path += "?" + step.query
		}
		one = request{
			name: step.route, id: "authentication" + identifier("x-" + step.route)[1:], method: route.Method,
			path: path, body: step.body, status: step.status, keep: step.keep,
		}
		if step.body != "" {
			one = one.with("Content-Type", "application/json")
		}
		return one, true
	}
	var list []request
	for _, name := range []string{"metadata", "keys"} {
		if one, found := call(registerStep{route: name, status: 200}); found {
			list = append(list, one)
		}
	}
	token := func(variable, scope string) request {
		return request{
			name: "Token " + variable, id: variable + "Request", method: "GET", status: 200,
			path: "/_sandkasse/token?api=" + api.Name + "&vendor=319000003&ttl=24h" + scope,
			keep: []kept{{variable, ""}},
		}
	}
	list = append(list, request{
		name: "A number for a new system", id: "authenticationNumber", method: "GET",
		path: "/_sandkasse/calls?limit=1", status: 200, keep: []kept{{"authenticationRun", "calls/0/number"}},
	})
	list = append(list, token("authenticationToken", ""),
		token("authenticationLookUpToken", "&scope=altinn:maskinporten/systemuser.read"))
	calls := map[string]request{}
	for _, step := range registerSteps() {
		if step.route == "user-byquery" {
			list = append(list, request{
				name: "The customer approves", id: "authenticationApproval", method: "POST", status: 200,
				path: "/_sandkasse/altinn/requests/{{authenticationRequestId}}/approve",
			})
		}
		if one, found := call(step); found {
			bearer := "Bearer {{authenticationToken}}"
			if step.route == "user-external" {
				bearer = "Bearer {{authenticationLookUpToken}}"
			}
			calls[step.route] = one.with("Authorization", bearer)
			list = append(list, calls[step.route])
		}
	}
	return append(list, refusedByRegister(calls)...)
}

// refusedByRegister returns the first failures of the calls, by the names of their routes.
func refusedByRegister(calls map[string]request) (list []request) {
	add := func(route, id, name string, status int, code string, change func(request) request) {
		if call, found := calls[route]; found {
			list = append(list, change(call).failing("authentication"+id, name, status, code))
		}
	}
	add("systems", "NoToken", "Without a token", 401, "", func(r request) request {
		return r.without("Authorization")
	})
	add("systems", "OtherScope", "A token without the scope", 403, "", func(r request) request {
		return r.without("Authorization").with("Authorization", "Bearer {{authenticationLookUpToken}}")
	})
	add("system-create", "SystemAgain", "The id of a deleted system", 400, "AUTH.VLD-00002",
		func(r request) request { return r })
	add("request", "UnknownRequest", "A request that does not exist", 404, "AUTH-00010", func(r request) request {
		r.path = strings.Replace(r.path, "{{authenticationRequestId}}", "{{$guid}}", 1)
		return r
	})
	add("request-create", "NoRights", "A request without rights", 400, "AUTH-00001", func(r request) request {
		r.body = `{"systemId": "` + registeredSystem + `", "partyOrgNo": "319000046"}`
		return r
	})
	add("request-create", "OnDemand", "AUTH-00064 on demand", 400, "AUTH-00064", func(r request) request {
		return r.with("Sandkasse-Scenario", "AUTH-00064")
	})
	return list
}
