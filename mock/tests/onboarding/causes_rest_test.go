package onboarding

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/internal/token"
)

// gatewayCauses returns the refusals that come before an operation.
func gatewayCauses() []cause {
	limited := func(scope string, call func(s site) reply) func(s site) reply {
		return func(s site) reply { return call(s.as(token.DefaultVendor, scope)) }
	}
	list := []cause{
		{
			"no token", "", 401, func(s site) reply {
				s.bearer = ""
				return s.send("GET", systemPath, "")
			}, "", "token", "GET /_sandkasse/token?api=authentication&vendor=ORGANISASJONSNUMMER", "",
		},
		{
			"bad token", "", 401, func(s site) reply {
				s.bearer = "a.b.c"
				return s.send("POST", systemPath, `{`)
			}, "", "token", "the token was cut off or changed", "K123",
		},
		{
			"expired token", "", 401, func(s site) reply {
				s.bearer = s.control(200, http.MethodGet, "token?api=authentication&expired=true&vendor=319000003",
					"")
				return s.send("GET", systemPath, "")
			}, "", "token", "expired", "K123",
		},
		{
			"unknown path", "", 404, sent("POST", "/systemregister/system", "{}"), "", "url",
			"the nearest is /api/v1/systemregister/vendor", "K740",
		},
		{"method", "", 405, sent("PATCH", ownSystem, "{}"), "", "method", "DELETE, GET, PUT is", "K740"},
		{
			"long body", "", 413, sent("POST", systemPath, `{"id": "`+strings.Repeat("x", 1<<18)+`"}`), "",
			"body-size",
			"", "K740",
		},
		{
			"type of the body", "", 415, sent("POST", systemPath, "{}", "Content-Type", "text/plain"), plainBody(415),
			"content-type", "", "K740",
		},
		{
			"enterprise user", "", 410,
			sent("GET", "/exchange/maskinporten", "", "X-Altinn-EnterpriseUser-Authentication", "x"),
			"Virksomhetsbruker is no longer available", "enterprise-user", "use a system user", "",
		},
		{
			"exchange without a token", "", 401, func(s site) reply {
				s.bearer = ""
				return s.send("GET", "/exchange/maskinporten", "")
			}, "", "token", "GET /_sandkasse/token", "",
		},
	}
	for _, one := range []struct{ name, scope, wants, method, path, body string }{
		{"register", writeRequests, writeRegister, "POST", systemPath, testkit.SystemBody},
		{"list of users", readRequests, writeRegister, "GET", "/systemuser/vendor/bysystem/" + testkit.System, ""},
		{"request", readRequests, writeRequests, "POST", standardPath, standardBody},
		{"poll", writeRequests, readRequests, "GET", standardPath + "/" + unknownID, ""},
		{"byquery", readRequests, writeRequests, "GET", "/systemuser/vendor/byquery", ""},
		{
			"look-up", writeRegister, "altinn:maskinporten/systemuser.read", "GET",
			"/systemuser/byExternalId", "",
		},
	} {
		list = append(list, cause{
			"scope of " + one.name, "", 403, limited(one.scope, sent(one.method, one.path, one.body)), "", "scope",
			"this operation wants " + one.wants, "",
		})
	}
	return list
}

// userCauses returns the refusals of the operations on system users and of the exchange.
func userCauses() []cause {
	const byQuery = "/systemuser/vendor/byquery?system-id=" + testkit.System + "&orgno=" + testkit.Customer
	const external = "/systemuser/byExternalId?clientId=" + testkit.SystemClient + "&systemUserOwnerOrgNo=" +
		testkit.Customer + "&systemProviderOrgNo="
	return []cause{
		{
			"byquery", "", 404, sent("GET", byQuery, ""), plainBody(404), "altinn-user-byquery",
			"must have approved a request for one", "",
		},
		{
			"byquery before the approval", "", 404, func(s site) reply {
				s.ask("request/vendor", standardBody)
				return s.send("GET", byQuery, "")
			}, plainBody(404), "altinn-user-byquery", "has not approved the request", "",
		},
		{
			"byquery without the reference", "", 404, func(s site) reply {
				s.approved("request/vendor", withRef(standardBody, "ref"))
				return s.send("GET", byQuery, "")
			}, plainBody(404), "altinn-user-byquery", `externalRef is "319000011", must be the one of the request: ` +
				`["ref"]`, "",
		},
		{
			"byquery of another's", "", 404, byAnother(sent("GET", byQuery, "")), plainBody(404),
			"altinn-user-byquery",
			"the system is of 319000003, the token of " + another, "",
		},
		{
			"byquery without parameters", "", 400, sent("GET", "/systemuser/vendor/byquery", ""),
			badForm(`{"orgno":["The orgno field is required."],"system-id":["The system-id field is required."]}`),
			"altinn-user-byquery", "in the query system-id and orgno are missing", "",
		},
		{
			"00011 on a list of users", "AUTH-00011", 404, byAnother(sent("GET", "/systemuser/vendor/bysystem/"+
				testkit.System, "")), "", "altinn-users", "the system is of 319000003", "",
		},
		{
			"look-up without parameters", "", 400, sent("GET", "/systemuser/byExternalId?clientId=x", ""),
			badForm(`{"systemProviderOrgNo":["The systemProviderOrgNo field is ` +
				`required."],"systemUserOwnerOrgNo":["The ` +
				`systemUserOwnerOrgNo field is required."]}`), "altinn-user-external", "are missing", "",
		},
		{
			"look-up", "", 404, sent("GET", external+"319000003", ""), plainBody(404), "altinn-user-external",
			"must have approved a request for one", "",
		},
		{
			"look-up of another vendor", "", 404, sent("GET", external+another, ""), plainBody(404),
			"altinn-user-external", "must be the vendor of the system", "",
		},
		{
			"other provider", "", 400, sent("GET", "/exchange/other", ""),
			"Invalid token provider: other. Trusted token " +
				"providers are 'Maskinporten', 'Id-porten' and 'AltinnStudio'.", "altinn-exchange",
			"it must be maskinporten", "",
		},
		{
			"ID-porten", "", 401, sent("GET", "/exchange/id-porten", ""), "", "altinn-exchange",
			"exchange one of Maskinporten", "",
		},
		{
			"exchanged twice", "", 401, func(s site) reply {
				s.bearer = s.altinn(200, "GET", "/exchange/maskinporten", "")
				return s.send("GET", "/exchange/maskinporten", "")
			}, "", "altinn-exchange", "exchanged", "",
		},
	}
}

// controlled returns a function that makes a call to the control API.
func controlled(method, path, body string) func(s site) reply {
	return func(s site) reply { return s.call(method, "/_sandkasse/altinn/"+path, "", body) }
}

// answeredTwice returns a function that answers a request as two customers.
func answeredTwice(first, second string) func(s site) reply {
	return func(s site) reply {
		id := s.ask("request/vendor", standardBody).ID
		s.control(200, http.MethodPost, "altinn/requests/"+id+"/"+first, "")
		return controlled("POST", "requests/"+id+"/"+second, "")(s)
	}
}

// customerCauses returns the refusals of what the customer does.
func customerCauses() []cause {
	change := func(s site) (user, path string) {
		user = s.user()
		s.altinn(201, "POST", changeAt(unknownID, user), testkit.ChangeBody)
		return user, "requests/" + unknownID + "/approve"
	}
	client := func(organisation string) string { return `{"organisation": "` + organisation + `"}` }
	return []cause{
		{"approved twice", "AUTH-00013", 409, answeredTwice("approve", "approve"), "", "", "is Accepted already", ""},
		{"rejected, then approved", "AUTH-00013", 409, answeredTwice("reject", "approve"), "", "", "is Rejected", ""},
		{
			"timed out, then rejected", "AUTH-00013", 409, answeredTwice("timeout", "reject"), "", "", "is Timedout",
			"",
		},
		{
			"approved too late", "AUTH-00013", 409, func(s site) reply {
				id := s.ask("request/vendor", standardBody).ID
				s.control(200, http.MethodPut, "clock", `{"advance": "4320h"}`)
				return controlled("POST", "requests/"+id+"/approve", "")(s)
			}, "", "", "nobody answered it in 180 days", "",
		},
		{
			"unknown request", "AUTH-00010", 404, controlled("POST", "requests/"+unknownID+"/approve", ""), "", "",
			"/_sandkasse/altinn/requests lists", "",
		},
		{
			"right that cannot be delegated", "AUTH-00016", 403, func(s site) reply {
				s.control(200, http.MethodPost, "plays", `{"scenario": "systembruker-undelegable"}`)
				id := s.ask("request/vendor", standardBody).ID
				return controlled("POST", "requests/"+id+"/approve", "")(s)
			}, "", "", "cannot be delegated", "",
		},
		{
			"deleted system", "AUTH-00011", 404, func(s site) reply {
				id := s.ask("request/vendor", standardBody).ID
				return deleted(controlled("POST", "requests/"+id+"/approve", ""))(s)
			}, "", "", "the system 319000003_demo is deleted", "",
		},
		{
			"two kinds of user", "AUTH-00004", 400, func(s site) reply {
				id := s.ask("request/vendor/agent", agentBody).ID
				s.user()
				return controlled("POST", "requests/"+id+"/approve", "")(s)
			}, "", "", "the customer has the system user", "",
		},
		{
			"change approved twice", "AUTH-00061", 409, func(s site) reply {
				_, path := change(s)
				s.control(200, http.MethodPost, "altinn/"+path, "")
				return controlled("POST", path, "")(s)
			}, "", "", "is Accepted already", "",
		},
		{
			"change of a deleted user", "AUTH-00015", 404, func(s site) reply {
				user, path := change(s)
				s.control(200, http.MethodDelete, "altinn/users/"+user, "")
				return controlled("POST", path, "")(s)
			}, "", "", "the system user of the change is deleted", "",
		},
		{
			"clients of nobody", "AUTH.VLD-00014", 400,
			controlled("POST", "users/"+unknownID+"/clients", client(testkit.Customer)), "", "",
			"/_sandkasse/altinn/users lists", "",
		},
		{
			"clients of a standard user", "AUTH.VLD-00015", 400, func(s site) reply {
				return controlled("POST", "users/"+s.user()+"/clients", client(testkit.Customer))(s)
			}, "", "", "only an agent's has clients", "",
		},
		{
			"client without a number", "AUTH.VLD-00016", 400, func(s site) reply {
				return controlled("POST", "users/"+s.agent()+"/clients", client("x"))(s)
			}, "", "", "must be an organisation number of nine digits", "",
		},
		{
			"unknown client", "AUTH-00079", 400, func(s site) reply {
				return controlled("POST", "users/"+s.agent()+"/clients", client("987654321"))(s)
			}, "", "", "no right check digit", "",
		},
	}
}

// TestRemovedClient: a client that is not the agent's cannot be taken away, which has no code.
func TestRemovedClient(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Options{}).as(token.DefaultVendor, "")
	s.register()
	got := controlled("DELETE", "users/"+s.agent()+"/clients/"+another, "")(s)
	if got.status != 404 || !strings.Contains(got.body, "has no client") || strings.Contains(got.body, "AUTH") {
		t.Errorf("%d %s", got.status, got.body)
	}
}

// TestTokenWithoutConsumer: --auth lenient takes a token that names no organisation, as Altinn does;
// who asks for a system user then gets AUTH-00023, and everybody else 401 without a body.
func TestTokenWithoutConsumer(t *testing.T) {
	t.Parallel()
	for _, form := range []int{5, 4} {
		options := mock.Options{Auth: mock.Lenient}
		if form == 4 {
			options.Altinn.ProblemDetails = form
		}
		s := newSite(t, options).as(token.DefaultVendor, "")
		s.register()
		s.bearer = withoutConsumer(t, s.bearer)
		const why = "the token names no consumer"
		for _, one := range []cause{
			{
				"request", "AUTH-00023", 401, sent("POST", standardPath, standardBody), "",
				"altinn-request-create", why, "",
			},
			{"agent", "AUTH-00023", 401, sent("POST", agentPath, agentBody), "", "altinn-agent-create", why, ""},
			{"systems", "", 401, sent("GET", systemPath, ""), "", "altinn-systems", why, ""},
			{
				"change", "", 401, sent("POST", changeAt(uuid.NewString(), unknownID), "{}"), "",
				"altinn-change-create", why, "",
			},
			{"exchange", "", 401, sent("GET", "/exchange/maskinporten", ""), "", "altinn-exchange", why, ""},
		} {
			s.isCause(one, form == 4)
		}
	}
}

// withoutConsumer returns a token without the claim consumer, with a signature that is not its own.
func withoutConsumer(t *testing.T, bearer string) string {
	t.Helper()
	parts := strings.Split(bearer, ".")
	var claims map[string]any
	decode(t, claimsOf(t, bearer), &claims)
	delete(claims, "consumer")
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	return parts[0] + "." + base64.RawURLEncoding.EncodeToString(text) + "." + parts[2]
}
