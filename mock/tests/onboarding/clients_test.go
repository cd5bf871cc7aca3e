package onboarding

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// admin has the scopes that a client asks for at once.
const admin = writeRegister + " " + readRequests + " " + writeRequests

// instances has the scopes of Altinn's apps.
const instances = "altinn:instances.read altinn:instances.write"

// TestClientThatReportsItsOwnAccounts: the calls of olefredrik/Wenche, with the bodies that it sends, in
// its order: it registers its system, and replaces it where that exists; asks, polls and lists; and
// exchanges the token for the apps.
func TestClientThatReportsItsOwnAccounts(t *testing.T) {
	t.Parallel()
	const system = `{
  "id": "319000003_wenche",
  "vendor": {"authority": "iso6523-actorid-upis", "ID": "0192:319000003"},
  "name": {"nb": "Wenche", "nn": "Wenche", "en": "Wenche"},
  "description": {"nb": "Sender årsregnskap", "nn": "Sender årsrekneskap", "en": "Files annual accounts"},
  "clientId": ["` + testkit.SystemClient + `"],
  "isVisible": true,
  "rights": [
    {"resource": [{"id": "urn:altinn:resource", "value": "app_brg_aarsregnskap-vanlig-202406"}]},
    {"resource": [{"id": "urn:altinn:resource", "value": "app_skd_a2-1051-241111"}]}
  ]
}`
	const request = `{
  "systemId": "319000003_wenche",
  "partyOrgNo": "319000011",
  "integrationTitle": "Wenche",
  "rights": [
    {"resource": [{"id": "urn:altinn:resource", "value": "app_brg_aarsregnskap-vanlig-202406"}]},
    {"resource": [{"id": "urn:altinn:resource", "value": "app_skd_a2-1051-241111"}]}
  ]
}`
	v := newVendor(t, mock.Options{})
	var internal string
	decode(t, v.admin(200, http.MethodPost, "/systemregister/vendor", admin, system), &internal)
	if uuid.Validate(internal) != nil {
		t.Errorf("registered: %q", internal)
	}
	// it looks for these words in the answer, whatever its form
	if again := v.admin(400, http.MethodPost, "/systemregister/vendor", admin, system); !strings.Contains(again,
		"already exists") {
		t.Errorf("registered again: %s", again)
	}
	const own = "/systemregister/vendor/319000003_wenche"
	if replaced := v.admin(200, http.MethodPut, own, admin, system); replaced != `{"succeeded":true}` {
		t.Errorf("replaced: %s", replaced)
	}
	var q struct{ ID, Status, ConfirmURL string }
	decode(t, v.admin(201, http.MethodPost, standardPath, admin, request), &q)
	if q.ID == "" || q.Status != "New" || q.ConfirmURL == "" {
		t.Errorf("asked: %+v", q)
	}
	details := map[string]any{}
	if _, err := v.token(instances, testkit.Customer, details); !refused(err, "MP-303") {
		t.Errorf("a token before the approval: %v", err)
	}
	v.call(http.MethodPost, v.own+"/_sandkasse/altinn/requests/"+q.ID+"/approve", "", "")
	decode(t, v.admin(200, http.MethodGet, standardPath+"/"+q.ID, admin, ""), &q)
	if q.Status != "Accepted" {
		t.Errorf("polled: %+v", q)
	}
	var users struct {
		Data []struct{ ID, ReporteeOrgNo string }
	}
	decode(t, v.admin(200, http.MethodGet, "/systemuser/vendor/bysystem/319000003_wenche", admin, ""), &users)
	if len(users.Data) != 1 || users.Data[0].ID != q.ID || users.Data[0].ReporteeOrgNo != testkit.Customer {
		t.Errorf("the system users are %+v", users)
	}
	raw, err := v.token(instances, testkit.Customer, details)
	if err != nil {
		t.Fatal(err)
	}
	exchanged := v.call(http.MethodGet, altinn+"/exchange/maskinporten", raw, "")
	// it takes white space and quotes away, and reads iss and exp
	claims := claimsOf(t, strings.Trim(strings.TrimSpace(exchanged.body), `"`))
	if exchanged.status != 200 || !strings.Contains(claims, "tt02") || !strings.Contains(claims, `"exp":`) ||
		!strings.Contains(claims, q.ID) {
		t.Errorf("exchanged: %d %s", exchanged.status, claims)
	}
}

// TestClientWithAReferenceOfItsOwn: the calls of kristianelmer/Talli, with the bodies that it sends, in
// its order: an externalRef of its own, members in other letter cases, empty lists; it polls by
// references, looks for the system user without the reference, which Altinn answers with 404, and takes
// a token with it.
func TestClientWithAReferenceOfItsOwn(t *testing.T) {
	t.Parallel()
	const system = `{
  "id": "319000003_talli",
  "vendor": {"authority": "iso6523-actorid-upis", "ID": "0192:319000003"},
  "name": {"nb": "Talli", "nn": "Talli", "en": "Talli"},
  "description": {"nb": "For eget selskap", "nn": "For eige selskap", "en": "For one's own company"},
  "rights": [
    {"resource": [{"id": "urn:altinn:resource", "value": "ske-innrapportering-boligsparing-ungdom"}]}
  ],
  "accessPackages": [],
  "clientId": ["` + testkit.SystemClient + `"],
  "allowedredirecturls": [],
  "isVisible": true
}`
	const request = `{
  "externalRef": "talli_319000011",
  "systemId": "319000003_talli",
  "partyOrgNo": "319000011",
  "integrationTitle": "Talli",
  "rights": [
    {"Resource": [{"id": "urn:altinn:resource", "value": "ske-innrapportering-boligsparing-ungdom"}]}
  ]
}`
	v := newVendor(t, mock.Options{})
	v.admin(200, http.MethodPost, "/systemregister/vendor", writeRegister, system)
	var registered struct {
		Rights    []struct{ Resource []struct{ ID, Value string } }
		ClientID  []string
		IsVisible bool
		IsDeleted *bool
	}
	decode(t, v.admin(200, http.MethodGet, "/systemregister/vendor/319000003_talli", writeRegister, ""), &registered)
	if len(registered.Rights) != 1 || len(registered.ClientID) != 1 || !registered.IsVisible ||
		registered.IsDeleted == nil || *registered.IsDeleted {
		t.Errorf("registered: %+v", registered)
	}
	q := v.ask(standardPath, request)
	if q.Status != "New" || !strings.HasSuffix(q.ConfirmURL, "/request?id="+q.ID+"&DONTCHOOSEREPORTEE=true") {
		t.Errorf("asked: %+v", q)
	}
	v.call(http.MethodPost, v.own+"/_sandkasse/altinn/requests/"+q.ID+"/approve", "", "")
	const byRef = standardPath + "/byexternalref/319000003_talli/319000011/talli_319000011"
	var polled asked
	decode(t, v.admin(200, http.MethodGet, byRef, readRequests, ""), &polled)
	if polled.Status != "Accepted" || polled.ID != q.ID || polled.ConfirmURL == "" {
		t.Errorf("polled: %+v", polled)
	}
	const byQuery = "/systemuser/vendor/byquery?system-id=319000003_talli&orgno=319000011"
	v.admin(404, http.MethodGet, byQuery, writeRequests, "")
	if why := v.why(); !strings.Contains(why, `must be the one of the request: ["talli_319000011"]`) {
		t.Errorf("byquery without the reference: %q", why)
	}
	var user struct{ ID, UserType string }
	decode(t, v.admin(200, http.MethodGet, byQuery+"&external-ref=talli_319000011", writeRequests, ""), &user)
	if user.ID != q.ID || user.UserType != "standard" {
		t.Errorf("byquery: %+v", user)
	}
	if _, err := v.token(bsu.scope, testkit.Customer, nil); !refused(err, "MP-303") {
		t.Errorf("a token without the reference: %v", err)
	}
	bearer, err := v.token(bsu.scope, testkit.Customer, map[string]any{"externalRef": "talli_319000011"})
	if err != nil {
		t.Fatal(err)
	}
	if got := v.deliver(bsu, bearer, testkit.Customer); got.status != 200 {
		t.Errorf("delivered: %d %s", got.status, got.body)
	}
}
