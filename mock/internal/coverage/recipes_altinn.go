package coverage

import (
	"fmt"
	"net/http"
	"strings"

	"sandkasse/mock/internal/catalog"
)

// Parts of bodies of calls to Altinn's authentication. The variable n is a number that nothing else
// has, and part of the name of a system.
const (
	vendor = "319000003"
	system = vendor + "_$n"
	right  = `[{"resource":[{"id":"urn:altinn:resource","value":"ske-innrapportering-boligsparing-ungdom"}]}]`

	packageForAgents = `{"urn":"urn:altinn:accesspackage:regnskapsforer-med-signeringsrettighet"}`
	packageForAll    = `{"urn":"urn:altinn:accesspackage:skattegrunnlag"}`

	systemBody = `'{"id":"` + vendor + `_'$n'","vendor":{"ID":"0192:` + vendor + `"},` +
		`"name":{"nb":"Prøve","nn":"Prøve","en":"Trial"},"description":{"nb":"Prøve","nn":"Prøve","en":"Trial"},` +
		`"rights":` + right + `,"accessPackages":[` + packageForAgents + `,` + packageForAll + `],` +
		`"clientId":["'$n'"],"isVisible":false}'`
	requestBody = `'{"systemId":"` + vendor + `_'$n'","partyOrgNo":"319000011","rights":` + right + `}'`
	agentBody   = `'{"systemId":"` + vendor + `_'$n'","partyOrgNo":"319000011","accessPackages":[` + packageForAgents +
		`]}'`
	changeBody = `'{"requiredAccessPackages":[` + packageForAll + `],"unwantedRights":` + right + `}'`

	writeSystems  = "altinn:authentication/systemregister.write"
	writeRequests = "altinn:authentication/systemuser.request.write"
)

// authentication returns what a call to Altinn's authentication needs: a system of its own, and what
// was asked for with it.
func (r recipes) authentication(route *catalog.Route, status, number int) (recipe, bool) {
	made := recipe{token: "vendor=" + vendor, params: map[string]string{
		"systemId": system, "orgNo": "319000011", "externalRef": "319000011", "provider": "maskinporten",
		"requestId": "$q",
	}}
	switch route.Name {
	case "metadata", "keys":
		return made, true
	}
	if len(route.Scopes) > 0 {
		made.token += "&scope=" + route.Scopes[0]
	}
	again := status == http.StatusOK
	made.before = "n=" + r.unique(number) + ";"
	register := " " + r.post("/api/v1/systemregister/vendor", writeSystems, systemBody)
	const asking, changing = "/api/v1/systemuser/request/vendor", "/api/v1/systemuser/changerequest/vendor"
	request := register + " >/dev/null; " + set("q", r.post(asking, writeRequests, requestBody), "id")
	agent := register + " >/dev/null; " + set("q", r.post(asking+"/agent", writeRequests, agentBody), "id")
	approved := request + " " + r.control("altinn/requests/$q/approve", "''") + " >/dev/null;"
	query := "?system-user-id=$q&correlation-id=$c"
	change := approved + " c=" + r.uuid(number) + ";"
	changed := " " + r.post(changing+query, writeRequests, changeBody) + " >/dev/null;"
	switch name := route.Name; {
	case name == "exchange":
		made.before, made.token = "", made.token+"&scope="+writeSystems
	case name == "system-create":
		made.body = systemBody
	case name == "system-replace":
		made.before, made.body = made.before+register+" >/dev/null;", systemBody
	case name == "system-rights":
		made.before, made.body = made.before+register+" >/dev/null;", "'"+right+"'"
	case name == "system-packages":
		made.before, made.body = made.before+register+" >/dev/null;", "'["+packageForAll+"]'"
	case strings.HasPrefix(name, "system"):
		made.before += register + " >/dev/null;"
	case name == "request-create":
		if made.body = requestBody; again {
			made.before += request
		} else {
			made.before += register + " >/dev/null;"
		}
	case name == "agent-create":
		if made.body = agentBody; again {
			made.before += agent
		} else {
			made.before += register + " >/dev/null;"
		}
	case strings.HasPrefix(name, "request"):
		made.before += request
	case strings.HasPrefix(name, "agent"):
		made.before += agent
	case name == "change-create":
		if made.before, made.query, made.body = made.before+change, query, changeBody; again {
			made.before += changed
		}
	case strings.HasPrefix(name, "change"):
		made.before += change + changed
		made.params["requestId"] = "$c"
	case name == "user-byquery":
		made.before, made.query = made.before+approved, "?system-id="+system+"&orgno=319000011"
	case name == "users":
		made.before += approved
	case name == "user-external":
		made.before += approved
		made.query = "?clientId=$n&systemProviderOrgNo=" + vendor + "&systemUserOwnerOrgNo=319000011"
	default:
		return recipe{}, false
	}
	return made, true
}

// post returns a command that makes a call with a body and a token of the vendor's with a scope.
func (r recipes) post(path, scope, body string) string {
	return fmt.Sprintf(`curl -s %s %s -H 'Content-Type: application/json' -d %s`, quoted(r.base+"/"+r.api.Label+path),
		r.bearer("vendor="+vendor+"&scope="+scope), body)
}
