package control

import (
	"net/http"
	"time"

	"sandkasse/mock/internal/altinn"
	"sandkasse/mock/internal/describe"
	"sandkasse/mock/internal/gateway"
	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/journal"
	"sandkasse/mock/internal/kobo"
	"sandkasse/mock/internal/metrics"
	"sandkasse/mock/internal/openapi"
	"sandkasse/mock/internal/session"
	"sandkasse/mock/internal/tenor"
	"sandkasse/mock/internal/webhook"
	"sandkasse/mock/internal/wire"
)

// operations describes the operations of the control API, for its OpenAPI document. A test holds the list against
// the operations that there are.
func operations(apis *gateway.Gateway) []openapi.Operation {
	all := describedOperations()
	for i := range all {
		all[i].Path = Prefix + all[i].Path
	}
	known := map[string]bool{}
	for _, api := range apis.Catalog.APIs {
		if api.Family != koboFamily {
			continue
		}
		for _, route := range api.Routes {
			path := Prefix + "kobo" + route.Paths[0]
			if !kobo.ByCaseWorker(route.Behaviour) || known[route.Method+path] {
				continue
			}
			known[route.Method+path] = true
			all = append(all, openapi.Operation{
				Method: route.Method, Path: path, Schema: route.SchemaName,
				Summary: apis.Behaviours[route.Behaviour].Summary + ", as the case worker",
				Answers: answersJSON("The home as it is now.", kobo.KoboboligTO{}),
			})
		}
	}
	return all
}

// answersJSON describes a 200 with JSON of a type.
func answersJSON(means string, body any) []wire.Answer {
	return answersStatus(http.StatusOK, means, body)
}

func answersStatus(status int, means string, body any) []wire.Answer {
	return []wire.Answer{{Status: status, Means: means, ContentTypes: []string{"application/json"}, Body: body}}
}

// answersText describes a 200 with a text of a type.
func answersText(means, contentType string) []wire.Answer {
	return []wire.Answer{{Status: http.StatusOK, Means: means, ContentTypes: []string{contentType}}}
}

// query describes parameters by their names and meanings, in pairs.
func query(pairs ...string) (all []wire.Parameter) {
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, wire.Parameter{Name: pairs[i], Means: pairs[i+1]})
	}
	return all
}

// filterParameters describes the filters on calls.
func filterParameters(names []string) []wire.Parameter {
	means := map[string]string{
		"api": "Name of the API.", "route": "Path as the API documents it, with its parameters in braces.",
		"method": "HTTP method.", "status": "HTTP status, or a class such as 4xx.",
		"code": "Code of the answer.", "organisation": "Organisation that made the call.",
		"key": "idempotencyKey of the call.", "scenario": "Scenario that was played in the call.",
		"trace": "Trace id of the call's traceparent.",
		"text":  "Text in the call.", "before": "Number of a call; those before it are listed.",
		"stoppedBy": "Check that stopped the call.", "since": "Number of a call; those after it are listed.",
		"limit": "The most calls in the answer, the newest.",
	}
	var all []wire.Parameter
	for _, name := range names {
		all = append(all, wire.Parameter{Name: name, Means: means[name]})
	}
	return all
}

// searchQuery describes the parameters of a search of the population. Any field is one too.
func searchQuery() []wire.Parameter {
	return query("kql", "Query in Tenor's KQL.", "antall", "The most hits in the answer.", "side", "Page, from 0.",
		"seed", "Seed of the order of the hits.", "vis", "Fields to show.", "skjul", "Fields to hide.",
		"nokkelinformasjon", "Whether to show the summary.")
}

type (
	statusView struct {
		Status string `json:"status"`
	}
	versionView struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	settingsView struct {
		Settings []Setting `json:"settings"`
	}
	callsView struct {
		Calls    []callView `json:"calls"`
		Complete bool       `json:"complete,omitempty"`
	}
	nameView struct {
		Name string `json:"name"`
	}
)

// callView is a journal.Entry as its JSON has it.
type callView struct {
	journal.Entry
	Request messageView `json:"request,omitzero"` // not in a short view
	Answer  messageView `json:"answer,omitzero"`
}

// messageView is a journal.Message as its JSON has it.
type messageView struct {
	Header     map[string][]string `json:"header"`
	Body       string              `json:"body,omitempty"`
	BodyBase64 string              `json:"bodyBase64,omitempty"`
	BodyBytes  int                 `json:"bodyBytes"`
	Cut        bool                `json:"cut"`
}

// describedOperations describes the operations that do not depend on the catalogue. Their paths are below Prefix.
func describedOperations() []openapi.Operation {
	type clockChange struct {
		Freeze  any        `json:"freeze"`
		Set     *time.Time `json:"set"`
		Advance *string    `json:"advance"`
		Scale   *float64   `json:"scale"`
		Free    bool       `json:"free"`
	}
	type sendRequest struct {
		IdempotencyKey string `json:"idempotencyKey"`
	}
	type tokenRequest struct {
		Token string `json:"token"`
	}
	type resetRequest struct {
		Session string  `json:"session"`
		Seed    *uint64 `json:"seed"`
	}
	type resetView struct {
		Session string `json:"session"`
		Seed    uint64 `json:"seed"`
	}
	type systemRequest struct {
		ID     string `json:"id"`
		URL    string `json:"url"`
		Header string `json:"header"`
		APIKey string `json:"apiKey"`
	}
	token := append(query(), wire.Parameter{
		Name: "api", Required: true, Means: "Name of the API that the token is for.", Example: "bsu",
	}, wire.Parameter{
		Name: "org", Means: "Organisation of the system user, nine digits.", Example: "987654321",
	})
	token = append(
		token,
		query("vendor", "Organisation that holds the token.", "systemuser", "Id of the system user.",
			"system", "Id of its system.", "scope", "Scope, instead of the API's.",
			"ttl", "How long the token is valid, such as 2m.", "expired", "true for a token that has expired.")...)
	return []openapi.Operation{
		{
			Method: "GET", Path: "health", Summary: "200 while the process runs",
			Answers: answersJSON("The process runs.", statusView{}),
		},
		{
			Method: "GET", Path: "ready", Summary: "200 when the server can store what it is sent",
			Answers: answersJSON("The server is ready.", statusView{}),
		},
		{
			Method: "GET", Path: "version", Summary: "Get the version",
			Answers: answersJSON("The version.", versionView{}),
		},
		{
			Method: "GET", Path: "settings", Summary: "List the settings in force, by their flags",
			Answers: answersJSON("The settings.", settingsView{}),
		},
		{
			Method: "GET", Path: "ca.pem", Summary: "Get the CA that clients of TLS must trust",
			Answers: answersText("The certificate in PEM.", "application/x-pem-file"),
		},
		{
			Method: "GET", Path: "metrics", Summary: "Get the metrics of the server in the text form of Prometheus",
			Answers: answersText("The metrics.", metrics.ContentType),
		},
		{
			Method: "GET", Path: "openapi/{file}", Summary: "Get an OpenAPI document, such as bsu.json or all.yaml",
			Answers: []wire.Answer{{
				Status: 200, Means: "The document.", ContentTypes: []string{"application/json", "application/yaml"},
				Body: map[string]any{},
			}},
		},
		{
			Method: "GET", Path: "token", Summary: "Get a token of Maskinporten", Query: token,
			Answers: answersText("The token.", "text/plain"),
		},
		{
			Method: "GET", Path: "apis", Summary: "List the APIs",
			Answers: answersJSON("The APIs.", struct {
				APIs []describe.APIView `json:"apis"`
			}{}),
		},
		{
			Method: "GET", Path: "apis/{api}", Summary: "Get an API: its operations, codes and their texts",
			Answers: answersJSON("The API.", describe.APIView{}),
		},
		{
			Method: "POST", Path: "token/decode", Summary: "Read a token",
			Body: tokenRequest{}, Required: []string{"token"}, Answers: answersJSON("What it says.", tokenView{}),
		},
		{
			Method: "POST", Path: "apis/{api}/validate", Summary: "Check a document as the API does on delivery",
			Body: struct{}{}, Answers: answersJSON("The verdict.", struct {
				Valid      bool        `json:"valid"`
				Violations []violation `json:"violations"`
			}{}),
		},
		{
			Method: "GET", Path: "delegations", Summary: "List who may report for whom",
			Answers: answersJSON("The delegations.", struct {
				Delegations []innrapportering.Delegation `json:"delegations"`
			}{}),
		},
		{
			Method: "POST", Path: "delegations", Summary: "Let an organisation report for another",
			Body: innrapportering.Delegation{}, Required: []string{"from", "to"},
			Example: `{"from": "319000011", "to": "319000003"}`,
			Answers: answersJSON("The delegation.", innrapportering.Delegation{}),
		},
		{
			Method: "DELETE", Path: "delegations", Summary: "Remove a delegation",
			Body: innrapportering.Delegation{}, Required: []string{"from", "to"},
			Example: `{"from": "319000011", "to": "319000003"}`,
			Answers: answersJSON("The delegation.", innrapportering.Delegation{}),
		},
		{
			Method: "GET", Path: "holdings", Summary: "List the oppgaver in force",
			Query: query("api", "Name of the API.", "year", "Inntektsaar.", "org", "Organisation that reported."),
			Answers: answersJSON("The oppgaver.", struct {
				Holdings []innrapportering.Holding `json:"holdings"`
			}{}),
		},
		{
			Method: "GET", Path: "dialogs", Summary: "List the dialogs of reporting organisations",
			Query: query("api", "Name of the API.", "year", "Inntektsaar.", "org", "Organisation that reported.",
				"limit", "The most dialogs in the answer, those that changed last."),
			Answers: answersJSON("The dialogs, the one that changed last first.", struct {
				Dialogs []dialogView `json:"dialogs"`
			}{}),
		},
		{
			Method: "GET", Path: "dialogs/{dialog}", Summary: "Get a dialog with its transmissions",
			Query: query("before", "Number of a delivery in the dialog; those before it are listed.",
				"limit", "The most deliveries in the answer, the newest."),
			Answers: answersJSON("The dialog.", dialogView{}),
		},
		{
			Method: "GET", Path: "forsendelser/{forsendelse}", Summary: "Get a delivery with its feedback",
			Answers: answersJSON("The delivery.", transmissionView{}),
		},
		{
			Method: "GET", Path: "forsendelser/{forsendelse}/avvik",
			Summary: "Get the feedback on a delivery, with the oppgave that each avvik is about",
			Query:   query("limit", "The most avvik in the answer, the first."),
			Answers: answersJSON("The feedback.", innrapportering.Feedback{}),
		},
		{
			Method: "GET", Path: "forsendelser/{forsendelse}/dokumenter/{dokument}",
			Summary: "Get a document of a delivery or of its feedback, without a token",
			Answers: []wire.Answer{{
				Status: 200, Means: "The document.", ContentTypes: []string{"application/json", "application/xml"},
				Body: map[string]any{},
			}},
		},
		{
			Method: "GET", Path: "calls", Summary: "List the calls, or wait for some",
			Query: append(filterParameters(callFilters()), query(
				"view", "short for calls without headers and bodies.",
				"wait", "How long to wait for calls, such as 5s.", "count", "How many calls to wait for.")...),
			Answers: answersJSON("The calls, oldest first.", callsView{}),
		},
		{
			Method: "DELETE", Path: "calls", Summary: "Clear the journal",
			Answers: answersJSON("No calls.", callsView{}),
		},
		{
			Method: "GET", Path: "calls.har", Summary: "Get the calls as an HTTP Archive",
			Query: filterParameters(callFilters()), Answers: answersJSON("The archive.", map[string]any{}),
		},
		{
			Method: "GET", Path: "report", Summary: "Get the report on the client of the session",
			Query: reportQuery(), Answers: reportAnswers(),
		},
		{
			Method: "GET", Path: "calls/live", Summary: "Follow the calls as server-sent events",
			Query: append(filterParameters(liveFilters()), query(
				"view", "short for calls without headers and bodies.")...),
			Answers: answersText("The events.", "text/event-stream"),
		},
		{
			Method: "GET", Path: "calls/{number}", Summary: "Get a call", Answers: answersJSON("The call.", callView{}),
		},
		{
			Method: "GET", Path: "calls/{number}/curl", Summary: "Get a call as a command of curl",
			Answers: answersText("The command.", "text/plain"),
		},
		{
			Method: "GET", Path: "calls/{number}/why", Summary: "Explain a call",
			Answers: answersJSON("The explanation.", describe.Explanation{}),
		},
		{
			Method: "POST", Path: "calls/{number}/send", Summary: "Send a call again, with a fresh token",
			Body: sendRequest{}, Optional: true, Example: `{"idempotencyKey": "new"}`,
			Answers: answersJSON("The new call.", callView{}),
		},
		{
			Method: "POST", Path: "verify", Summary: "Compare the journal with expected calls",
			Query: query(
				"fail",
				"true for 409 on a mismatch.",
			), Body: journal.Expectation{}, Example: expectationExample,
			Answers: append(answersJSON("The verdict.", journal.Verdict{}),
				answersStatus(http.StatusConflict, "The verdict, on a mismatch.", journal.Verdict{})...),
		},
		{
			Method: "GET", Path: "scenarios", Summary: "List the scenarios", Query: query("api", "Name of the API."),
			Answers: answersJSON("The scenarios.", struct {
				Scenarios []describe.ScenarioView `json:"scenarios"`
				Faults    []string                `json:"faults"`
			}{}),
		},
		{
			Method: "GET", Path: "scenarios/{name}", Summary: "Get a scenario",
			Answers: answersJSON("The scenario.", describe.ScenarioView{}),
		},
		{
			Method: "GET", Path: "plays", Summary: "List the armed plays",
			Answers: answersJSON("The plays.", struct {
				Plays []describe.PlayView `json:"plays"`
			}{}),
		},
		{
			Method: "POST", Path: "plays", Summary: "Arm a scenario", Body: describe.PlayRequest{},
			Required: []string{"scenario"}, Example: `{"scenario": "lost-answer"}`,
			Answers: answersJSON("The play.", describe.PlayView{}),
		},
		{
			Method: "DELETE", Path: "plays", Summary: "Disarm all plays",
			Answers: answersJSON("How many there were.", map[string]int{}),
		},
		{
			Method: "DELETE", Path: "plays/{id}", Summary: "Disarm a play",
			Answers: answersJSON("One.", map[string]int{}),
		},
		{
			Method: "GET", Path: "sessions", Summary: "List the sessions",
			Answers: answersJSON("The sessions.", struct {
				Sessions []describe.SessionView `json:"sessions"`
			}{}),
		},
		{
			Method: "DELETE", Path: "sessions/{name}", Summary: "Remove a session",
			Answers: answersJSON("Its name.", map[string]string{}),
		},
		{
			Method: "POST", Path: "reset", Summary: "Empty a session", Body: resetRequest{}, Optional: true,
			Example: `{"seed": 7}`, Answers: answersJSON("The session.", resetView{}),
		},
		{
			Method: "GET", Path: "clock", Summary: "Get the session's clock",
			Answers: answersJSON("The clock.", session.State{}),
		},
		{
			Method: "PUT", Path: "clock", Summary: "Set the session's clock", Body: clockChange{},
			Example: `{"freeze": "2031-01-01T00:00:00Z"}`, Answers: answersJSON("The clock.", session.State{}),
		},
		{
			Method: "GET", Path: "checkpoints", Summary: "List the session's checkpoints",
			Answers: answersJSON("The checkpoints.", struct {
				Checkpoints []checkpointView `json:"checkpoints"`
			}{}),
		},
		{
			Method: "POST", Path: "checkpoints", Summary: "Save the session", Body: nameView{},
			Required: []string{"name"}, Example: `{"name": "stocked"}`,
			Answers: answersJSON("The checkpoint.", nameView{}),
		},
		{
			Method: "GET", Path: "altinn/systems", Summary: "List the systems in Altinn's register",
			Answers: answersJSON("The systems.", struct {
				Systems []altinn.System `json:"systems"`
			}{}),
		},
		{
			Method: "GET", Path: "altinn/requests", Summary: "List the requests for system users",
			Answers: answersJSON("The requests.", struct {
				Requests []altinnRequestView `json:"requests"`
			}{}),
		},
		{
			Method: "GET", Path: "altinn/requests/{id}", Summary: "Get a request for a system user",
			Answers: answersJSON("The request.", altinnRequestView{}),
		},
		{
			Method: "POST", Path: "altinn/requests/{id}/approve", Summary: "Approve a request, as the customer",
			Answers: answersJSON("The request.", altinnRequestView{}),
		},
		{
			Method: "POST", Path: "altinn/requests/{id}/reject", Summary: "Reject a request, as the customer",
			Answers: answersJSON("The request.", altinnRequestView{}),
		},
		{
			Method: "POST", Path: "altinn/requests/{id}/timeout", Summary: "Have a request time out",
			Answers: answersJSON("The request.", altinnRequestView{}),
		},
		{
			Method: "GET", Path: "altinn/users", Summary: "List the system users",
			Answers: answersJSON("The system users.", struct {
				Users []altinnUserView `json:"users"`
			}{}),
		},
		{
			Method: "POST", Path: "altinn/users",
			Summary: "Make a system user of a visible system, as a customer who chooses it",
			Body:    altinnChoice{}, Required: []string{"system", "organisation"},
			Example: `{"system": "319000003_demo", "organisation": "319000011"}`,
			Answers: answersJSON("The system user.", altinnUserView{}),
		},
		{
			Method: "GET", Path: "altinn/users/{id}", Summary: "Get a system user with its clients",
			Answers: answersJSON("The system user.", altinnUserView{}),
		},
		{
			Method: "DELETE", Path: "altinn/users/{id}", Summary: "Delete a system user, as the customer",
			Answers: answersJSON("Its id.", map[string]string{}),
		},
		{
			Method: "POST", Path: "altinn/users/{id}/clients", Summary: "Add a client to an agent's system user",
			Body: altinnClient{}, Required: []string{"organisation"}, Example: `{"organisation": "319000011"}`,
			Answers: answersJSON("The system user.", altinnUserView{}),
		},
		{
			Method: "DELETE", Path: "altinn/users/{id}/clients/{organisation}",
			Summary: "Take a client away from an agent's system user",
			Answers: answersJSON("The system user.", altinnUserView{}),
		},
		{
			Method: "POST", Path: "checkpoints/{name}/restore", Summary: "Restore a checkpoint",
			Answers: answersJSON("The checkpoint.", nameView{}),
		},
		{
			Method: "DELETE", Path: "checkpoints/{name}", Summary: "Remove a checkpoint",
			Answers: answersJSON("Its name.", map[string]string{}),
		},
		{
			Method: "GET", Path: "checkpoints/{name}/file", Summary: "Get a checkpoint as a file",
			Answers: answersText("The file.", "application/octet-stream"),
		},
		{
			Method: "PUT", Path: "checkpoints/{name}/file", Summary: "Save a file as a checkpoint",
			BodyType: "application/octet-stream", Answers: answersJSON("The checkpoint.", checkpointView{}),
		},
		{
			Method: "GET", Path: "generate", Summary: "List what can be generated",
			Answers: answersJSON("The kinds.", struct {
				Kinds []string `json:"kinds"`
			}{}),
		},
		{
			Method: "POST", Path: "generate/{kind}", Summary: "Generate test documents, one a line",
			Body: generateRequest{}, Optional: true, Example: `{"count": 3, "seed": 7}`,
			Answers: []wire.Answer{{
				Status: 200, Means: "The documents, or the names of the rules that calls can break.",
				ContentTypes: []string{"application/x-ndjson", "application/json"}, Body: map[string]any{},
			}},
		},
		{
			Method: "POST", Path: "generate/{kind}/send", Summary: "Generate test documents and send each to its API",
			Body: sendGeneratedRequest{}, Optional: true, Example: `{"count": 3, "skip": 10}`,
			Answers: answersJSON("What came of each.", struct {
				Sent []sentView `json:"sent"`
			}{}),
		},
		{
			Method: "GET", Path: "testdata/felter", Summary: "List the fields that can be searched",
			Answers: answersJSON("The fields, by the search that knows them.", fieldsView{}),
		},
		{
			Method: "GET", Path: "testdata/soek/{kilde}", Summary: "Search as at Tenor's own path",
			Query: searchQuery(), Answers: answersJSON("The hits.", tenor.Result{}),
		},
		{
			Method: "GET", Path: "testdata/personer", Summary: "Search people", Query: searchQuery(),
			Answers: answersJSON("The hits.", tenor.Result{}),
		},
		{
			Method: "GET", Path: "testdata/personer/{nummer}", Summary: "Get a person's source data",
			Answers: answersJSON("The source data.", map[string]any{}),
		},
		{
			Method: "GET", Path: "testdata/organisasjoner", Summary: "Search organisations", Query: searchQuery(),
			Answers: answersJSON("The hits.", tenor.Result{}),
		},
		{
			Method: "GET", Path: "testdata/organisasjoner/{nummer}", Summary: "Get an organisation's source data",
			Answers: answersJSON("The source data.", map[string]any{}),
		},
		{
			Method: "GET", Path: "kobo/systems", Summary: "List the vendors' systems",
			Answers: answersJSON("The systems.", struct {
				Systems []systemView `json:"systems"`
			}{}),
		},
		{
			Method: "GET", Path: "kobo/systems/{id}", Summary: "Get where messages to a system are sent",
			Answers: answersJSON("The system.", webhook.System{}),
		},
		{
			Method: "PUT", Path: "kobo/systems/{id}", Summary: "Set where messages to a system are sent",
			Body: systemRequest{}, Example: `{"url": "http://127.0.0.1:9000/webhook", "apiKey": "secret"}`,
			Answers: answersJSON("The system.", webhook.System{}),
		},
		{
			Method: "GET", Path: "kobo/events", Summary: "List the messages",
			Query: query("system", "Id of the system.", "key", "What they are about, such as a koboId.",
				"state", "State of the messages.",
				"limit", "The most messages in the answer."),
			Answers: answersJSON("The messages.", struct {
				Events []webhook.Record `json:"events"`
			}{}),
		},
		{
			Method: "POST", Path: "kobo/events/{id}/redeliver", Summary: "Send a message again",
			Answers: answersJSON("The message.", webhook.Record{}),
		},
		{
			Method: "GET", Path: "kobo/saker", Summary: "List the cases",
			Query: query("text", "Text in the case.", "limit", "The most cases in the answer, the newest."),
			Answers: answersJSON("The cases.", struct {
				Saker []sakView `json:"saker"`
			}{}),
		},
		{
			Method: "POST", Path: "kobo/saker", Summary: "Create a case of a household", Schema: "kobo/NySak.json",
			Answers: answersJSON("The case.", sakView{}),
		},
		{
			Method: "GET", Path: "kobo/saker/{saksreferanse}", Summary: "Get a case",
			Answers: answersJSON("The case.", sakView{}),
		},
		{
			Method: "GET", Path: "kobo/kobobolig", Summary: "List the homes",
			Query: query("system", "Id of the system.",
				"stand", "Where the home stands: free, reserved, assigned, let or noticed.",
				"text", "Text in the home.", "limit", "The most homes in the answer, the newest."),
			Answers: answersJSON("The homes.", struct {
				Boliger []boligView `json:"boliger"`
			}{}),
		},
		{
			Method: "GET", Path: "kobo/kobobolig/{koboBoligId}",
			Summary: "Get a home, and what can be done with it now",
			Answers: answersJSON("The home.", boligView{}),
		},
	}
}
