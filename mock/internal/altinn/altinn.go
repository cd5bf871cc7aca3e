package altinn

import (
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/plainjson"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/token"
	"sandkasse/mock/internal/wire"
)

// Approval says who answers requests.
type Approval string

const (
	// Manual leaves requests to the page and the control API.
	Manual Approval = "manual"
	// Auto approves each request at once.
	Auto Approval = "auto"
)

// Altinn is the configuration.
type Altinn struct {
	Catalog *catalog.Catalog // whose resources Altinn knows
	Key     token.AltinnKey  // signs exchanged tokens
	Approve Approval
	// Older writes errors in the form of before July 2026, with detail.
	Older bool
}

// jsonAnswer returns an answer with the value as JSON.
func jsonAnswer(status int, value any) wire.Response {
	return wire.Response{Status: status, ContentType: jsonType, Document: plainjson.MustMarshal(value)}
}

// part returns a behaviour that turns a Refusal into its answer.
func (a Altinn) part(summary string, do wire.Behaviour, answers ...wire.Answer) wire.Part[wire.Behaviour] {
	run := func(tx *store.Tx, r *wire.Request) (wire.Response, error) {
		response, err := do(tx, r)
		if refused := asRefusal(err); refused != nil {
			return refused.render(r.IDs, a.Older), nil
		}
		return response, err
	}
	return wire.Part[wire.Behaviour]{Do: run, Requires: []string{"token", "scope"}, Summary: summary, Answers: answers}
}

// onDemand returns the codes whose names begin with the prefix, each as it is answered on demand.
func (a Altinn) onDemand(prefix string) map[string]func(*wire.Request) (wire.Response, error) {
	list := map[string]func(*wire.Request) (wire.Response, error){}
	for _, c := range Codes() {
		if len(c.Name) < len(prefix) || c.Name[:len(prefix)] != prefix {
			continue
		}
		list[c.Name] = func(r *wire.Request) (wire.Response, error) {
			refused := refuse(c.Name, "a scenario asked for this")
			if c.Path != "" {
				refused = asRefusal(refuseAll([]violation{{c, member{}, "a scenario asked for this"}}))
			}
			return refused.render(r.IDs, a.Older), nil
		}
	}
	return list
}

// one describes a JSON answer of the type of body, with an example of it.
func one(status int, means string, body any, example func(*wire.Request) any) wire.Answer {
	return wire.Answer{
		Status: status, Means: means, ContentTypes: []string{"application/json"}, Body: body,
		Example: func(r *wire.Request) (wire.Response, error) { return jsonAnswer(status, example(r)), nil },
	}
}

// pageOf returns an example of a page with one item.
func pageOf(item func(*wire.Request) any) func(*wire.Request) any {
	return func(r *wire.Request) any { return page{Data: []any{item(r)}} }
}

// Behaviours returns the operations, by the names in the family file.
func (a Altinn) Behaviours() wire.Behaviours {
	query := func(pairs ...string) (all []wire.Parameter) {
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, wire.Parameter{Name: pairs[i], Means: pairs[i+1]})
		}
		return all
	}
	done := one(200, "The system is changed.", succeeded{}, func(*wire.Request) any { return succeeded{true} })
	system := func(r *wire.Request) System {
		found, _ := exampleSystem(r)
		return found
	}
	request := func(r *wire.Request) any { return exampleRequest(r, Standard).view(r) }
	agent := func(r *wire.Request) any { return exampleRequest(r, Agent).view(r) }
	changing := func(r *wire.Request) any { return exampleChanging(r).view(r) }
	user := func(r *wire.Request) any { return exampleUser(r).view() }
	list := wire.Behaviours{
		"altinn-system-create": a.part("Register a system", a.create,
			one(200, "The internal id of the system, a bare text.", "",
				func(r *wire.Request) any { return system(r).InternalID })),
		"altinn-systems": a.part("List the systems of the token's organisation", a.list,
			one(200, "The systems.", []systemEntry{},
				func(r *wire.Request) any { return []systemEntry{system(r).entry()} })),
		"altinn-system": a.part("Get a system", a.get,
			one(200, "The system.", systemView{}, func(r *wire.Request) any { return system(r).view() })),
		"altinn-system-replace":  a.part("Replace a system", a.replace, done),
		"altinn-system-rights":   a.part("Replace the rights of a system", a.replaceRights, done),
		"altinn-system-packages": a.part("Replace the access packages of a system", a.replacePackages, done),
		"altinn-system-delete":   a.part("Delete a system", a.remove, done),
		"altinn-system-changelog": a.part("Get the change log of a system", a.changeLog,
			one(200, "The changes, the newest first.", []change{},
				func(r *wire.Request) any { return []change{exampleChange(r)} })),
		"altinn-request-create": a.part("Ask for a standard system user", a.ask(Standard),
			one(201, "The request.", requestView{}, request),
			one(200, "The request that there was.", requestView{}, request)),
		"altinn-request": a.part("Get a request for a standard system user", a.read(Standard),
			one(200, "The request.", requestView{}, request)),
		"altinn-request-byref": a.part("Get a request for a standard system user by its references",
			a.readByRef(Standard), one(200, "The request.", requestView{}, request)),
		"altinn-requests": a.part("List the requests for standard system users of a system",
			a.listBySystem(Standard, "/api/v1/systemuser/request/vendor/bysystem/"),
			one(200, "A page.", page{}, pageOf(request))),
		"altinn-request-delete": a.part("Delete a request of either kind", a.withdraw(Standard, Agent),
			wire.Answer{Status: 202, Means: "The request is deleted."}),
		"altinn-agent-create": a.part("Ask for an agent's system user", a.ask(Agent),
			one(201, "The request.", agentView{}, agent),
			one(200, "The request that there was.", agentView{}, agent)),
		"altinn-agent": a.part("Get a request for an agent's system user", a.read(Agent),
			one(200, "The request.", agentView{}, agent)),
		"altinn-agent-byref": a.part("Get a request for an agent's system user by its references", a.readByRef(Agent),
			one(200, "The request.", agentView{}, agent)),
		"altinn-agents": a.part("List the requests for agents' system users of a system",
			a.listBySystem(Agent, "/api/v1/systemuser/request/vendor/agent/bysystem/"),
			one(200, "A page.", page{}, pageOf(agent))),
		"altinn-change-create": a.part("Ask for a change of a system user", a.askChange,
			one(201, "The change.", changeView{}, changing),
			one(200, "The change that there was, or none.", changeView{}, changing)),
		"altinn-change": a.part("Get a change", a.read(Changing), one(200, "The change.", changeView{}, changing)),
		"altinn-change-byref": a.part("Get the last change by its references", a.readByRef(Changing),
			one(200, "The change.", changeView{}, changing)),
		"altinn-changes": a.part("List the changes of a system's users",
			a.listBySystem(Changing, "/api/v1/systemuser/changerequest/vendor/bysystem/"),
			one(200, "A page.", page{}, pageOf(changing))),
		"altinn-change-delete": a.part("Delete a change", a.withdraw(Changing),
			wire.Answer{Status: 202, Means: "The change is deleted."}),
		"altinn-user-byquery": a.part("Get a system user by its references", a.byQuery,
			one(200, "The system user.", userView{}, user)),
		"altinn-users": a.part("List the system users of a system", a.usersBySystem,
			one(200, "A page.", page{}, pageOf(user))),
		"altinn-user-external": a.part("Get a system user as Maskinporten asks for it", a.byExternalID,
			one(200, "The system user.", userView{}, func(r *wire.Request) any { return exampleUser(r).external() })),
		"altinn-exchange": a.part("Exchange a token of Maskinporten", a.exchange, wire.Answer{ // no two are alike
			Status: 200, Means: "The token of Altinn's: a text, or JSON for who asks for that.",
			ContentTypes: []string{"text/plain", "application/json"}, Body: "",
		}),
		"altinn-metadata": a.part("Get the metadata of the issuer of exchanged tokens", a.metadata,
			one(200, "The metadata.", issuerMetadata{}, func(r *wire.Request) any { return metadataOf(r) })),
		"altinn-keys": a.part("Get the key that verifies exchanged tokens", a.keys,
			one(200, "The key.", token.AltinnJWKS{}, func(*wire.Request) any { return a.Key.AltinnJWKS() })),
	}
	set := func(name string, change func(*wire.Part[wire.Behaviour])) {
		changed := list[name]
		change(&changed)
		list[name] = changed
	}
	for _, name := range []string{"altinn-metadata", "altinn-keys"} {
		set(name, func(p *wire.Part[wire.Behaviour]) { p.Requires = nil })
	}
	for name, body := range exampleBodies() {
		set(name, func(p *wire.Part[wire.Behaviour]) { p.Body = body })
	}
	set("altinn-exchange", func(p *wire.Part[wire.Behaviour]) { p.Requires = []string{"token"} })
	set("altinn-system-create", func(p *wire.Part[wire.Behaviour]) { p.Codes = a.onDemand("AUTH.VLD-") })
	set("altinn-request-create", func(p *wire.Part[wire.Behaviour]) { p.Codes = a.onDemand("AUTH-") })
	for _, name := range []string{"altinn-requests", "altinn-agents", "altinn-changes", "altinn-users"} {
		set(name, func(p *wire.Part[wire.Behaviour]) { p.Query = query("token", "Of the next page, from links.next.") })
	}
	set("altinn-user-byquery", func(p *wire.Part[wire.Behaviour]) {
		p.Query = query("system-id", "The system.", "orgno", "The customer.", "external-ref", "Of the request.")
		p.Query[0].Required, p.Query[1].Required = true, true
	})
	set("altinn-user-external", func(p *wire.Part[wire.Behaviour]) {
		p.Query = query("clientId", "The client.", "systemProviderOrgNo", "The vendor.", "systemUserOwnerOrgNo",
			"The customer.", "externalRef", "Of the request.")
		p.Query[0].Required, p.Query[1].Required, p.Query[2].Required = true, true, true
	})
	set("altinn-change-create", func(p *wire.Part[wire.Behaviour]) {
		p.Query = query("correlation-id", "A new UUID, the id of the change.", "system-user-id", "The system user.")
		p.Query[0].Required, p.Query[1].Required = true, true
	})
	return list
}
