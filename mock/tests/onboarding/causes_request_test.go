package onboarding

import (
	"fmt"
	"net/http"
	"strings"

	"sandkasse/mock/internal/testkit"
)

// The bodies of requests and parts of them.
var (
	standardBody = testkit.RequestBody(testkit.Customer)
	agentBody    = testkit.AgentBody(testkit.Customer)
)

// askedFor returns the body of a request with further members, without rights.
func askedFor(more string) string {
	return fmt.Sprintf(`{"systemId": %q, "partyOrgNo": %q%s}`, testkit.System, testkit.Customer, more)
}

// packageOf returns the member of a request that asks for a package.
func packageOf(name string) string {
	return `, "accessPackages": [{"urn": "urn:altinn:accesspackage:` + name + `"}]`
}

// titled returns the body of a request with an integrationTitle of so many characters.
func titled(body string, length int) string {
	return strings.Replace(body, "{", `{"integrationTitle": "`+strings.Repeat("ø", length)+`", `, 1)
}

// afterRequest returns a function that makes a call with the id of a standard request in place of ID.
func afterRequest(method, path string) func(s site) reply {
	return func(s site) reply {
		return s.send(method, strings.Replace(path, "ID", s.ask("request/vendor", standardBody).ID, 1), "")
	}
}

// askedByAnother returns a function that asks as another vendor for what the owner has asked, and the
// customer perhaps answered.
func askedByAnother(answer string) func(s site) reply {
	return func(s site) reply {
		q := s.ask("request/vendor", standardBody)
		if answer != "" {
			s.control(200, http.MethodPost, "altinn/requests/"+q.ID+"/"+answer, "")
		}
		return byAnother(sent("POST", standardPath, standardBody))(s)
	}
}

const unknownID = "0193b5cd-cbce-4dbd-b188-1437db673767"

// requestCauses returns the refusals of requests for system users.
func requestCauses() []cause {
	const standard, agent = "altinn-request-create", "altinn-agent-create"
	const noRights = "the system 319000003_demo has ske-innrapportering-boligsparing-ungdom, " +
		"urn:altinn:accesspackage:skattegrunnlag"
	return []cause{
		{
			"00000", "AUTH-00000", 400, sent("POST", standardPath, testkit.RequestBody("987654321")), "", standard,
			"GET /_sandkasse/testdata/organisasjoner finds some", "K743",
		},
		{
			"00000 of an agent", "AUTH-00000", 400, sent("POST", agentPath, testkit.AgentBody("0192:319000011")), "",
			agent, `partyOrgNo is "0192:319000011"`, "K743",
		},
		{
			"00001 for nothing", "AUTH-00001", 400, sent("POST", standardPath, askedFor("")), "", standard, noRights,
			"",
		},
		{
			"00001 for more", "AUTH-00001", 400,
			sent("POST", standardPath, strings.Replace(standardBody, "boligsparing-ungdom", "skadeforsikring", 1)),
			"",
			standard, "the system has no right to ske-innrapportering-skadeforsikring; " + noRights, "",
		},
		{
			"00004", "AUTH-00004", 400, func(s site) reply {
				s.user()
				return s.send("POST", standardPath, standardBody)
			}, "", standard, `for 319000003_demo and externalRef "319000011" already`, "",
		},
		{
			"00004 for an agent", "AUTH-00004", 400, func(s site) reply {
				s.user()
				return s.send("POST", agentPath, agentBody)
			}, "", agent, "has the system user", "",
		},
		{
			"00007", "AUTH-00007", 400, askedByAnother(""), "", standard,
			"the request is of another vendor, 319000003", "",
		},
		{
			"00009", "AUTH-00009", 400, askedByAnother("reject"), "", standard, "the request is of another vendor",
			"",
		},
		{
			"00010", "AUTH-00010", 404, sent("GET", standardPath+"/"+unknownID, ""), "", "altinn-request",
			"keep the id that POST answered", "",
		},
		{
			"00010 of the other kind", "AUTH-00010", 404, afterRequest("GET", agentPath+"/ID"), "", "altinn-agent",
			"GET /api/v1/systemuser/request/vendor/", "",
		},
		{
			"00010 of a deleted one", "AUTH-00010", 404, func(s site) reply {
				q := s.ask("request/vendor/agent", agentBody)
				s.altinn(202, http.MethodDelete, standardPath+"/"+q.ID, "")
				return s.send("GET", agentPath+"/"+q.ID, "")
			}, "", "altinn-agent", "or it was deleted", "",
		},
		{
			"00010 by references", "AUTH-00010", 404,
			sent("GET", standardPath+"/byexternalref/319000003_demo/319000011/ref", ""), "", "altinn-request-byref",
			"no request of the kind standard has these references", "",
		},
		{
			"00010 on DELETE", "AUTH-00010", 404, sent("DELETE", standardPath+"/"+unknownID, ""), "",
			"altinn-request-delete", "there is no request of this id", "",
		},
		{
			"00010 on DELETE of another's", "AUTH-00010", 404, requestByAnother("DELETE", standardPath+"/ID"), "",
			"altinn-request-delete", "the request is of 319000003, the token of " + another, "K742",
		},
		{
			"00011", "AUTH-00011", 404, sent("POST", standardPath, strings.Replace(standardBody, "_demo", "_none", 1)),
			"",
			standard, `no system has the id "319000003_none"`, "",
		},
		{
			"00011 of another", "AUTH-00011", 404, byAnother(sent("POST", agentPath, agentBody)), "", agent,
			"the system is of 319000003, the token of " + another, "",
		},
		{
			"00011 on GET", "AUTH-00011", 404, requestByAnother("GET", standardPath+"/ID"), "", "altinn-request",
			"the request is of 319000003, the token of " + another, "",
		},
		{
			"00011 by references", "AUTH-00011", 404,
			requestByAnother("GET", standardPath+"/byexternalref/319000003_demo/319000011/319000011"), "",
			"altinn-request-byref", "the request is of 319000003", "",
		},
		{
			"00011 on a list", "AUTH-00011", 404, sent("GET", standardPath+"/bysystem/319000003_none", ""), "",
			"altinn-requests", "no system has the id", "",
		},
		{
			"00011 on another's list", "AUTH-00011", 404, byAnother(sent("GET", agentPath+"/bysystem/319000003_demo",
				"")),
			"", "altinn-agents", "the system is of 319000003", "",
		},
		{
			"00021", "AUTH-00021", 400, sent("POST", standardPath, strings.Replace(standardBody, "/ok", "/other", 1)),
			"",
			standard, "scheme, host and path of one of: https://demo.example/ok", "",
		},
		{
			"00026", "AUTH-00026", 400, func(s site) reply {
				s.altinn(200, "PUT", ownSystem, s.with(testkit.SystemBody, `"https://demo.example/ok"`, ""))
				return s.send("POST", standardPath, standardBody)
			}, "", standard, "the system has no allowedRedirectUrls", "",
		},
		{
			"00058", "AUTH-00058", 400, sent("POST", agentPath, askedFor("")), "", agent,
			"the system 319000003_demo has urn:altinn:accesspackage:skattegrunnlag, " +
				"urn:altinn:accesspackage:regnskapsforer-med-signeringsrettighet", "",
		},
		{
			"00059", "AUTH-00059", 400, sent("POST", standardPath, askedFor(`, "rights": [], "accessPackages": []`)),
			"",
			standard, noRights, "",
		},
		{
			"00063", "AUTH-00063", 400, sent("POST", standardPath, askedFor(packageOf("merverdiavgift"))),
			`"NotFoundPackages":"urn:altinn:accesspackage:merverdiavgift"`, standard, noRights, "",
		},
		{
			"00063 of an agent", "AUTH-00063", 400, sent("POST", agentPath,
				askedFor(packageOf("revisormedarbeider"))),
			`"NotFoundPackages":"urn:altinn:accesspackage:revisormedarbeider"`, agent, "the system has not", "",
		},
		{
			"00064", "AUTH-00064", 400,
			sent("POST", standardPath, askedFor(packageOf("regnskapsforer-med-signeringsrettighet"))),
			`"NotDelegablePackages":"urn:altinn:accesspackage:regnskapsforer-med-signeringsrettighet"`, standard,
			"ask with POST …/request/vendor/agent", "",
		},
		{
			"00065", "AUTH-00065", 400, func(s site) reply {
				s.altinn(200, "PUT", ownSystem+"/accesspackages", `[{"urn": `+
					`"urn:altinn:accesspackage:tilgangsstyrer"}]`)
				return s.send("POST", agentPath, askedFor(packageOf("tilgangsstyrer")))
			}, `"NotDelegablePackages":"urn:altinn:accesspackage:tilgangsstyrer"`, agent, "no agent can have", "",
		},
		{
			"redirectUrl is no address", "", 500,
			sent("POST", standardPath, strings.Replace(standardBody, "https://demo.example", "", 1)), plainBody(500),
			standard, "redirectUrl is no whole address", "",
		},
		{
			"long redirectUrl", "", 500, sent("POST", standardPath, strings.Replace(standardBody, "a=1",
				strings.Repeat("a",
					250), 1)), plainBody(500), standard, "redirectUrl has more than 255 characters", "K746",
		},
		{
			"long externalRef", "", 500, sent("POST", standardPath, askedFor(packageOf("skattegrunnlag")+
				`, "externalRef": "`+strings.Repeat("x", 256)+`"`)), plainBody(500), standard,
			"externalRef has more than 255 characters", "K746",
		},
		{
			"long integrationTitle", "", 500, func(s site) reply {
				s.altinn(201, "POST", agentPath, titled(agentBody, 255)) // which is short enough
				return s.send("POST", standardPath, titled(standardBody, 256))
			}, plainBody(500), standard, "integrationTitle has more than 255 characters", "K746",
		},
		{
			"members missing", "", 400, sent("POST", standardPath, `{}`),
			badForm(`{"PartyOrgNo":["The PartyOrgNo field is required."],"SystemId":["The SystemId field is ` +
				`required."]}`),
			standard, "systemId and partyOrgNo are missing", "",
		},
		{
			"no UUID", "", 400, sent("GET", standardPath+"/1", ""), badForm(`{"requestId":["The value '1' is not ` +
				`valid."]}`),
			"altinn-request", "requestId is not a UUID", "",
		},
		{
			"DELETE without UUID", "", 400, sent("DELETE", standardPath+"/1", ""),
			badForm(`{"requestId":["The value '1' is not valid."]}`), "altinn-request-delete", "is not a UUID", "",
		},
		{
			"no page", "", 400, sent("GET", standardPath+"/bysystem/319000003_demo?token=!", ""),
			badForm(`{"token":["The value is not valid."]}`), "altinn-requests", "token is not one of a next page",
			"",
		},
	}
}

// requestByAnother returns a function that has another vendor make a call with the id of a request in place
// of ID.
func requestByAnother(method, path string) func(s site) reply {
	return func(s site) reply {
		id := s.ask("request/vendor", standardBody).ID
		return s.as(another, "").send(method, strings.Replace(path, "ID", id, 1), "")
	}
}

// changeOf returns a function that asks for a change of a standard system user of testkit's customer.
func changeOf(body string) func(s site) reply {
	return func(s site) reply { return s.send("POST", changeAt(unknownID, s.user()), body) }
}

// changeAt returns the path of a new change of a system user.
func changeAt(id, user string) string {
	return changePath + "?correlation-id=" + id + "&system-user-id=" + user
}

// changeCauses returns the refusals of changes of system users.
func changeCauses() []cause {
	const step = "altinn-change-create"
	const correlation = "Missing or invalid QueryParameter: correlation-id. Generate a unique UUID (RFC 4122) for " +
		"this " +
		"Change Request, and add as a Query Parameter."
	const why = "correlation-id in the query is missing, no UUID or zero"
	wants := func(name string) string { return `{"requiredAccessPackages": [` + "{\"urn\": \"" + name + `"}]}` }
	return []cause{
		{"change without correlation-id", "", 400, sent("POST", changePath, `{}`), correlation, step, why, ""},
		{
			"change with a zero correlation-id", "", 400,
			sent("POST", changeAt("00000000-0000-0000-0000-000000000000", unknownID), `{}`), correlation, step, why,
			"",
		},
		{"change with a number", "", 400, sent("POST", changeAt("1", unknownID), `{}`), correlation, step, why, ""},
		{
			"change without a user", "", 400, sent("POST", changeAt(unknownID, ""), `{}`),
			badForm(`{"system-user-id":["The value '' is not valid."]}`), step, "system-user-id is not a UUID", "",
		},
		{
			"00015", "AUTH-00015", 404, sent("POST", changeAt(testkit.AnotherID, unknownID), testkit.ChangeBody), "",
			step,
			"there is no system user of the id", "",
		},
		{
			"00015 of a deleted one", "AUTH-00015", 404, func(s site) reply {
				user := s.user()
				s.control(200, http.MethodDelete, "altinn/users/"+user, "")
				return s.send("POST", changeAt(unknownID, user), testkit.ChangeBody)
			}, "", step, "there is no system user of the id", "",
		},
		{
			"00015 of an agent's", "AUTH-00015", 404, func(s site) reply {
				return s.send("POST", changeAt(unknownID, s.agent()), testkit.ChangeBody)
			}, "", step, "only standard ones can be changed", "",
		},
		{
			"change with one id", "", 400, func(s site) reply {
				user := s.user()
				return s.send("POST", changeAt(user, user), testkit.ChangeBody)
			}, "The correlation-id should not be the same as the system-user-id. Generate a unique id.", step,
			"are the same", "",
		},
		{
			"change of another's", "", 401, func(s site) reply {
				user := s.user()
				return s.as(another, "").send("POST", changeAt(unknownID, user), testkit.ChangeBody)
			}, "", step, "the system user is of the vendor 319000003, the token of " + another, "",
		},
		{
			"00061 of a known id", "AUTH-00061", 409, func(s site) reply {
				id := s.ask("request/vendor/agent", s.with(agentBody, `"systemId"`,
					`"externalRef": "b", "systemId"`)).ID
				return s.send("POST", changeAt(id, s.user()), testkit.ChangeBody)
			}, "", step, "the correlation-id is the id of another request", "",
		},
		{
			"change 00001", "AUTH-00001", 400, changeOf(`{"requiredRights": [` + strings.Replace(rightToBSU, "ske-",
				"ske-x-",
				1) + `]}`), "", step, "the system has no right to ske-x-", "",
		},
		{
			"change 00021", "AUTH-00021", 400,
			changeOf(`{"requiredAccessPackages": [` + anyPackage + `], "redirectUrl": "https://other.example"}`), "",
			step,
			"scheme, host and path", "",
		},
		{
			"change 00026", "AUTH-00026", 400, func(s site) reply {
				user := s.user()
				s.altinn(200, "PUT", ownSystem, s.with(testkit.SystemBody, `"https://demo.example/ok"`, ""))
				return s.send("POST", changeAt(unknownID, user), `{"requiredAccessPackages": [`+anyPackage+
					`], "redirectUrl": "https://demo.example/ok"}`)
			}, "", step, "no allowedRedirectUrls", "",
		},
		{
			"change 00063", "AUTH-00063", 400, changeOf(wants("urn:altinn:accesspackage:merverdiavgift")),
			`"NotFoundPackages":"urn:altinn:accesspackage:merverdiavgift"`, step, "the system has not", "",
		},
		{
			"change 00064", "AUTH-00064", 400,
			changeOf(wants("urn:altinn:accesspackage:regnskapsforer-med-signeringsrettighet")),
			`"NotDelegablePackages":"urn:altinn:accesspackage:regnskapsforer-med-signeringsrettighet"`, step,
			"only an agent can have", "",
		},
		{
			"change 00010", "AUTH-00010", 404, afterRequest("GET", changePath+"/ID"), "", "altinn-change",
			"GET /api/v1/systemuser/request/vendor/", "",
		},
		{
			"change 00010 on DELETE", "AUTH-00010", 404, afterRequest("DELETE", changePath+"/ID"), "",
			"altinn-change-delete", "there is no request of this id", "",
		},
		{
			"change 00011 on a list", "AUTH-00011", 404, byAnother(sent("GET", changePath+"/bysystem/319000003_demo",
				"")), "",
			"altinn-changes", "the system is of 319000003", "",
		},
	}
}
