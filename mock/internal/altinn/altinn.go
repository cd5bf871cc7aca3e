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

// one describes a JSON answer.
func one(status int, means string, body any) wire.Answer {
	return wire.Answer{Status: status, Means: means, ContentTypes: []string{"application/json"}, Body: body}
}

// Behaviours returns the operations, by the names in the family file.
func (a Altinn) Behaviours() wire.Behaviours {
	query := func(pairs ...string) (all []wire.Parameter) {
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, wire.Parameter{Name: pairs[i], Means: pairs[i+1]})
		}
		return all
	}
	done := one(200, "The system is changed.", succeeded{})
	list := wire.Behaviours{
		"altinn-system-create": a.part("Register a system", a.create,
			one(200, "The internal id of the system, a bare text.", "")),
		"altinn-systems": a.part("List the systems of the token's organisation", a.list,
			one(200, "The systems.", []systemEntry{})),
		"altinn-system":          a.part("Get a system", a.get, one(200, "The system.", systemView{})),
		"altinn-system-replace":  a.part("Replace a system", a.replace, done),
		"altinn-system-rights":   a.part("Replace the rights of a system", a.replaceRights, done),
		"altinn-system-packages": a.part("Replace the access packages of a system", a.replacePackages, done),
		"altinn-system-delete":   a.part("Delete a system", a.remove, done),
		"altinn-system-changelog": a.part("Get the change log of a system", a.changeLog,
			one(200, "The changes, the newest first.", []change{})),
		"altinn-request-create": a.part("Ask for a standard system user", a.ask(Standard),
			one(201, "The request.", requestView{}), one(200, "The request that there was.", requestView{})),
		"altinn-request": a.part("Get a request for a standard system user", a.read(Standard),
			one(200, "The request.", requestView{})),
		"altinn-request-byref": a.part("Get a request for a standard system user by its references",
			a.readByRef(Standard), one(200, "The request.", requestView{})),
		"altinn-requests": a.part("List the requests for standard system users of a system",
			a.listBySystem(Standard, "/api/v1/systemuser/request/vendor/bysystem/"), one(200, "A page.", page{})),
		"altinn-request-delete": a.part("Delete a request of either kind", a.withdraw(Standard, Agent),
			wire.Answer{Status: 202, Means: "The request is deleted."}),
		"altinn-agent-create": a.part("Ask for an agent's system user", a.ask(Agent),
			one(201, "The request.", agentView{}), one(200, "The request that there was.", agentView{})),
		"altinn-agent": a.part("Get a request for an agent's system user", a.read(Agent),
			one(200, "The request.", agentView{})),
		"altinn-agent-byref": a.part("Get a request for an agent's system user by its references", a.readByRef(Agent),
			one(200, "The request.", agentView{})),
		"altinn-agents": a.part("List the requests for agents' system users of a system",
			a.listBySystem(Agent, "/api/v1/systemuser/request/vendor/agent/bysystem/"), one(200, "A page.", page{})),
		"altinn-change-create": a.part("Ask for a change of a system user", a.askChange,
			one(201, "The change.", changeView{}), one(200, "The change that there was, or none.", changeView{})),
		"altinn-change": a.part("Get a change", a.read(Changing), one(200, "The change.", changeView{})),
		"altinn-change-byref": a.part("Get the last change by its references", a.readByRef(Changing),
			one(200, "The change.", changeView{})),
		"altinn-changes": a.part("List the changes of a system's users",
			a.listBySystem(Changing, "/api/v1/systemuser/changerequest/vendor/bysystem/"), one(200, "A page.", page{})),
		"altinn-change-delete": a.part("Delete a change", a.withdraw(Changing),
			wire.Answer{Status: 202, Means: "The change is deleted."}),
		"altinn-user-byquery": a.part("Get a system user by its references", a.byQuery,
			one(200, "The system user.", userView{})),
		"altinn-users": a.part("List the system users of a system", a.usersBySystem, one(200, "A page.", page{})),
		"altinn-user-external": a.part("Get a system user as Maskinporten asks for it", a.byExternalID,
			one(200, "The system user.", userView{})),
		"altinn-exchange": a.part("Exchange a token of Maskinporten", a.exchange, wire.Answer{
			Status: 200, Means: "The token of Altinn's: a text, or JSON for who asks for that.",
			ContentTypes: []string{"text/plain", "application/json"}, Body: "",
		}),
		"altinn-metadata": a.part("Get the metadata of the issuer of exchanged tokens", a.metadata,
			one(200, "The metadata.", issuerMetadata{})),
		"altinn-keys": a.part("Get the key that verifies exchanged tokens", a.keys,
			one(200, "The key.", token.AltinnJWKS{})),
	}
	set := func(name string, change func(*wire.Part[wire.Behaviour])) {
		changed := list[name]
		change(&changed)
		list[name] = changed
	}
	for _, name := range []string{"altinn-metadata", "altinn-keys"} {
		set(name, func(p *wire.Part[wire.Behaviour]) { p.Requires = nil })
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
