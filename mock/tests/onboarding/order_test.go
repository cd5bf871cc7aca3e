package onboarding

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/internal/token"
)

// severalFaults holds a call with several faults, and which of them the answer reports: a status alone,
// or codes in their order.
type severalFaults struct {
	name   string
	call   func(s site) reply
	status int
	codes  string
}

// TestOrderOfChecks: of several faults the answer reports the first in Altinn's order; of a system, all
// at once (docs/sources/systembruker.md).
func TestOrderOfChecks(t *testing.T) {
	t.Parallel()
	server := newSite(t, mock.Options{})
	for _, one := range slices.Concat(orderOfSystems(), orderOfRequests(), orderOfChanges()) {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			s := server.in(t, "s"+uuid.NewString()).as(token.DefaultVendor, "")
			s.register()
			got := one.call(s)
			if codes := codesOf(got.body); got.status != one.status || codes != one.codes {
				t.Errorf("answered %d %s %s, want %d %s", got.status, codes, got.body, one.status, one.codes)
			}
		})
	}
}

// codesOf returns the codes in an answer, with spaces between.
func codesOf(body string) string {
	var problem struct {
		Code             string
		ValidationErrors []struct{ Code string }
	}
	if json.Unmarshal([]byte(body), &problem) != nil || len(problem.ValidationErrors) == 0 {
		return problem.Code
	}
	var all []string
	for _, one := range problem.ValidationErrors {
		all = append(all, strings.TrimPrefix(one.Code, "AUTH.VLD-"))
	}
	return strings.Join(all, " ")
}

// spoilt returns testkit's system with each of the pairs in place of the other.
func spoilt(oldnew ...string) string {
	return strings.NewReplacer(oldnew...).Replace(testkit.SystemBody)
}

// orderOfSystems returns calls to the register.
func orderOfSystems() []severalFaults {
	const twice = `"rights": [` + rightToBSU + `, {"resource": [{"id": "x", "value": "x"}, {"id": ` +
		`"urn:altinn:resource", ` +
		`"value": "x"}, {"id": "urn:altinn:resource", "value": "x_maskinportenschema"}]}, `
	everything := spoilt(`"id": "319000003_demo"`, `"id": "x _demo"`, "https://demo.example", "ftp://demo.example",
		`"rights": [`, twice, `"accessPackages": [`, `"accessPackages": [`+anyPackage+`, {"urn": "x"}, `,
		`"isVisible": false`, `"isVisible": true`)
	return []severalFaults{
		{"vendor before all", sent("POST", systemPath, spoilt("0192:", "1:", "https:", "ftp:")), 400, "00000"},
		{
			"vendor's form before whose it is", byAnother(sent("POST", systemPath, spoilt("0192:", "1:"))), 400,
			"00000",
		},
		{"whose it is before its faults", byAnother(sent("POST", systemPath, everything)), 403, ""},
		{
			"all faults", sent("POST", systemPath, everything), 400,
			"00013 00001 00005 00004 00009 00003 00017 00006 00008 00007 00018",
		},
		{
			"a known id", sent("POST", systemPath, spoilt("https:", "ftp:")), 400, "00002 00005",
		},
		{
			"faults before languages", sent("POST", systemPath, spoilt(`"nn": "Demo", `, "")), 400, "00002",
		},
		{
			"languages before client ids", sent("POST", systemPath, spoilt("_demo", "_demo2", `"nn": "Demo", `, "",
				testkit.SystemClient+`"`, `a", "a"`)), 500, "",
		},
		{"form before vendor", sent("POST", systemPath, spoilt("0192:", "1:", `"name"`, `"nom"`)), 400, ""},
		{
			"PUT: unknown before another's", byAnother(sent("PUT", noSystem, spoilt(`"https:`, `"ftp:`))), 404, "",
		},
		{"PUT: another's before the id", byAnother(sent("PUT", ownSystem, spoilt(`_demo"`, `_x"`))), 403, ""},
		{"PUT: id before deleted", deleted(sent("PUT", ownSystem, spoilt(`_demo"`, `_x"`))), 400, "00012"},
		{
			"PUT: deleted before faults", deleted(sent("PUT", ownSystem, spoilt("urn:altinn:resource", "x"))), 400,
			"",
		},
		{
			"PUT: all faults but of the address", func(s site) reply {
				s.altinn(200, "POST", systemPath, otherSystem)
				return s.send("PUT", ownSystem, spoilt("https:", "ftp:", `"rights": [`, twice, `"clientId": [`,
					`"clientId": ["another-client", "Another-client", `, `"isVisible": false`, `"isVisible": true`))
			}, 400, "00009 00003 00017 00006 00018 00011 00004",
		},
		{
			"PUT of rights: another's before deleted", deleted(byAnother(sent("PUT", ownSystem+"/rights", "[]"))), 403,
			"",
		},
		{
			"PUT of rights: deleted before faults",
			deleted(sent("PUT", ownSystem+"/rights", `[{"resource": [{"id": "x", "value": "x"}]}]`)), 400, "",
		},
		{
			"scope before the body", func(s site) reply {
				return s.as(token.DefaultVendor, readRequests).send("POST", systemPath, "{", "Content-Type",
					"text/plain")
			}, 403, "",
		},
		{
			"token before the scope", func(s site) reply {
				s.bearer += "x"
				return s.send("POST", standardPath, "{", "Content-Type", "text/plain")
			}, 401, "",
		},
	}
}

// orderOfRequests returns requests for system users, in the order of the checks.
func orderOfRequests() []severalFaults {
	const elsewhere = `, "redirectUrl": "https://other.example"`
	wrong := strings.NewReplacer(`"https://demo.example/ok?a=1"`, `"https://other.example"`, "ske-", "ske-x-")
	noAddress := func(s site) {
		s.altinn(200, "PUT", ownSystem, s.with(testkit.SystemBody, `"https://demo.example/ok"`, ""))
	}
	return []severalFaults{
		{
			"a live system user before all", func(s site) reply {
				s.user()
				return byAnother(sent("POST", standardPath, wrong.Replace(standardBody)))(s)
			}, 400, "AUTH-00004",
		},
		{
			"the own request before its faults", func(s site) reply {
				s.ask("request/vendor", standardBody)
				return s.send("POST", standardPath, wrong.Replace(standardBody))
			}, 200, "",
		},
		{
			"the own rejected request", func(s site) reply {
				id := s.ask("request/vendor/agent", agentBody).ID
				s.control(200, http.MethodPost, "altinn/requests/"+id+"/reject", "")
				return s.send("POST", agentPath, agentBody)
			}, 200, "",
		},
		{
			"the own request before a deleted system", func(s site) reply {
				s.ask("request/vendor", standardBody)
				return deleted(sent("POST", standardPath, standardBody))(s)
			}, 200, "",
		},
		{
			"unknown system before the organisation", sent("POST", standardPath, strings.NewReplacer("_demo", "_none",
				testkit.Customer, "987654321").Replace(standardBody)), 404, "AUTH-00011",
		},
		{
			"another's request before another's system", func(s site) reply {
				s.ask("request/vendor", standardBody)
				return byAnother(sent("POST", standardPath, wrong.Replace(standardBody)))(s)
			}, 400, "AUTH-00007",
		},
		{
			"another's system before the organisation",
			byAnother(sent("POST", standardPath, testkit.RequestBody("987654321"))), 404, "AUTH-00011",
		},
		{
			"organisation before the address", sent("POST", standardPath,
				wrong.Replace(testkit.RequestBody("987654321"))),
			400, "AUTH-00000",
		},
		{"address before nothing", sent("POST", standardPath, askedFor(elsewhere)), 400, "AUTH-00021"},
		{"address before no package", sent("POST", agentPath, askedFor(elsewhere)), 400, "AUTH-00021"},
		{
			"no addresses before what is asked for", func(s site) reply {
				noAddress(s)
				return s.send("POST", standardPath, wrong.Replace(standardBody))
			}, 400, "AUTH-00026",
		},
		{
			"no addresses before no whole address", func(s site) reply {
				noAddress(s)
				return s.send("POST", standardPath, askedFor(`, "redirectUrl": "/ok"`))
			}, 400, "AUTH-00026",
		},
		{
			"rights before packages", sent("POST", standardPath, askedFor(`, "rights": [`+strings.Replace(rightToBSU,
				"ske-",
				"ske-x-", 1)+`]`+packageOf("merverdiavgift"))), 400, "AUTH-00001",
		},
		{
			"unknown packages before those of agents", sent("POST", standardPath, askedFor(`, "accessPackages": [`+
				`{"urn": "urn:altinn:accesspackage:regnskapsforer-med-signeringsrettighet"}, `+
				`{"urn": "urn:altinn:accesspackage:merverdiavgift"}]`)), 400, "AUTH-00063",
		},
		{
			"form before the system user", func(s site) reply {
				s.user()
				return s.send("POST", standardPath, `{"systemId": "319000003_demo"}`)
			}, 400, "",
		},
		{
			"GET: unknown before whose it is", byAnother(sent("GET", standardPath+"/"+unknownID, "")), 404,
			"AUTH-00010",
		},
		{"GET: the kind before whose it is", requestByAnother("GET", agentPath+"/ID"), 404, "AUTH-00010"},
	}
}

// orderOfChanges returns requests for changes, in the order of the checks.
func orderOfChanges() []severalFaults {
	wrong := strings.Replace(testkit.ChangeBody, "{", `{"redirectUrl": "https://other.example", `, 1)
	return []severalFaults{
		{
			"correlation-id before the user", sent("POST", changeAt("x", "x"), testkit.ChangeBody), 400, "",
		},
		{
			"user before what is asked for", sent("POST", changeAt(unknownID, testkit.AnotherID), `{}`), 404,
			"AUTH-00015",
		},
		{
			"equal ids before whose it is", func(s site) reply {
				user := s.user()
				return byAnother(sent("POST", changeAt(user, user), "{}"))(s)
			}, 400, "",
		},
		{
			"whose it is before nothing", func(s site) reply {
				return byAnother(sent("POST", changeAt(unknownID, s.user()), "{}"))(s)
			}, 401, "",
		},
		{
			"nothing before the kind", func(s site) reply {
				return s.send("POST", changeAt(unknownID, s.agent()), "{}")
			}, 200, "",
		},
		{
			"the known one before its faults", func(s site) reply {
				user := s.user()
				s.altinn(201, "POST", changeAt(unknownID, user), testkit.ChangeBody)
				return s.send("POST", changeAt(unknownID, user), wrong)
			}, 200, "",
		},
		{
			"kind before the address", func(s site) reply {
				return s.send("POST", changeAt(unknownID, s.agent()), wrong)
			}, 404, "AUTH-00015",
		},
		{
			"address before rights", changeOf(`{"requiredRights": [` + strings.Replace(rightToBSU, "ske-", "ske-x-",
				1) +
				`], "redirectUrl": "https://other.example"}`), 400, "AUTH-00021",
		},
		{
			"rights before packages", changeOf(`{"requiredRights": [` + strings.Replace(rightToBSU, "ske-", "ske-x-",
				1) +
				`], "requiredAccessPackages": [{"urn": "x"}]}`), 400, "AUTH-00001",
		},
		{
			"unknown packages before those of agents", changeOf(`{"requiredAccessPackages": [{"urn": "x"}, ` +
				`{"urn": "urn:altinn:accesspackage:regnskapsforer-med-signeringsrettighet"}]}`), 400, "AUTH-00063",
		},
	}
}
