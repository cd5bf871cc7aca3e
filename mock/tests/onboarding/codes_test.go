package onboarding

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// TestRegisterCodes: each code of the register is answered by its cause, with its text.
func TestRegisterCodes(t *testing.T) {
	t.Parallel()
	v := newVendor(t, mock.Options{})
	v.admin(200, http.MethodPost, "/systemregister/vendor", writeRegister, testkit.SystemBody)
	other := strings.NewReplacer(testkit.System, testkit.System+"2", testkit.SystemClient, "another-client")
	const right = `{"resource": [{"id": "urn:altinn:resource", "value": "ske-a"}]}`
	for _, test := range []struct{ code, old, new string }{
		{"AUTH.VLD-00000", `"0192:`, `"9908:`},
		{"AUTH.VLD-00001", `"id": "319000003_demo2"`, `"id": "319000011_demo"`},
		{"AUTH.VLD-00002", `"id": "319000003_demo2"`, `"id": "319000003_demo"`},
		{"AUTH.VLD-00003", "ske-innrapportering-boligsparing-ungdom", "boligsparing"},
		{"AUTH.VLD-00004", "another-client", testkit.SystemClient},
		{"AUTH.VLD-00005", "https://demo.example/ok", "http://localhost/ok"},
		{"AUTH.VLD-00006", `"rights": [`, `"rights": [` + right + `, ` + right + `, `},
		{
			"AUTH.VLD-00007", `"accessPackages": [`,
			`"accessPackages": [{"urn": "urn:altinn:accesspackage:skattegrunnlag"}, `,
		},
		{"AUTH.VLD-00008", "accesspackage:skattegrunnlag", "accesspackage:skattnaering"},
		{"AUTH.VLD-00009", `"id": "urn:altinn:resource"`, `"id": "resource"`},
		{"AUTH.VLD-00013", `"id": "319000003_demo2"`, `"id": "319000003_demo 2"`},
		{"AUTH.VLD-00018", `"isVisible": false`, `"isVisible": true`},
	} {
		body := strings.Replace(other.Replace(testkit.SystemBody), test.old, test.new, 1)
		got := v.admin(400, http.MethodPost, "/systemregister/vendor", writeRegister, body)
		if !strings.Contains(got, `"code":"`+test.code+`"`) || !strings.Contains(v.why(), test.code) {
			t.Errorf("%s: %s, the journal says %q", test.code, got, v.why())
		}
	}
}

// TestRequestCodes: each code of a request is answered by its cause.
func TestRequestCodes(t *testing.T) {
	t.Parallel()
	v := newVendor(t, mock.Options{})
	v.admin(200, http.MethodPost, "/systemregister/vendor", writeRegister, testkit.SystemBody)
	const standard, agent = "/systemuser/request/vendor", "/systemuser/request/vendor/agent"
	ask := func(more string) string {
		return fmt.Sprintf(`{"systemId": %q, "partyOrgNo": %q%s}`, testkit.System, testkit.Customer, more)
	}
	packages := func(name string) string {
		return `, "accessPackages": [{"urn": "urn:altinn:accesspackage:` + name + `"}]`
	}
	for _, test := range []struct {
		code, path, body string
		status           int
	}{
		{"AUTH-00000", standard, strings.Replace(testkit.RequestBody("987654321"), "?a=1", "", 1), 400},
		{"AUTH-00001", standard, ask(""), 400},
		{"AUTH-00011", standard, strings.Replace(ask(packages("skattegrunnlag")), "_demo", "_none", 1), 404},
		{
			"AUTH-00021", standard,
			ask(packages("skattegrunnlag") + `, "redirectUrl": "https://demo.example/other"`), 400,
		},
		{"AUTH-00058", agent, ask(""), 400},
		{"AUTH-00059", standard, ask(`, "rights": [], "accessPackages": []`), 400},
		{"AUTH-00063", standard, ask(packages("merverdiavgift")), 400},
		{"AUTH-00064", standard, ask(packages("regnskapsforer-med-signeringsrettighet")), 400},
	} {
		got := v.admin(test.status, http.MethodPost, test.path, writeRequests, test.body)
		if !strings.Contains(got, `"type":"urn:altinn:error:`+test.code+`"`) || v.why() == "" {
			t.Errorf("%s: %s, the journal says %q", test.code, got, v.why())
		}
	}
	q := v.ask(standard, testkit.RequestBody(testkit.Customer))
	v.admin(200, http.MethodPost, standard, writeRequests, testkit.RequestBody(testkit.Customer))
	approve := v.own + "/_sandkasse/altinn/requests/" + q.ID + "/approve"
	if got := v.call(http.MethodPost, approve, "", ""); got.status != 200 {
		t.Fatalf("approve: %d %s", got.status, got.body)
	}
	if got := v.call(http.MethodPost, approve, "", ""); got.status != 409 || !strings.Contains(got.body, "AUTH-00013") {
		t.Errorf("approved again: %d %s", got.status, got.body)
	}
	if got := v.admin(400, http.MethodPost, standard, writeRequests, testkit.RequestBody(testkit.Customer)); !strings.
		Contains(got, "AUTH-00004") {
		t.Errorf("asked again: %s", got)
	}
	if bearer, err := v.token(readRequests, "", nil); err != nil {
		t.Error(err)
	} else if got := v.call(http.MethodGet, altinn+"/systemuser/vendor/byquery?system-id="+testkit.System+"&orgno="+
		testkit.Customer, bearer, ""); got.status != 403 || got.body != "" ||
		!strings.Contains(v.why(), writeRequests) {
		t.Errorf("byquery with the scope to read: %d %s: %s", got.status, got.body, v.why())
	}
}
