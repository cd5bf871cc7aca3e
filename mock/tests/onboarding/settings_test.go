package onboarding

import (
	"net/http"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// TestSettings: errors in the older form, approval at once, and every client bound to the register.
func TestSettings(t *testing.T) {
	t.Parallel()
	v := newVendor(t, mock.Options{Altinn: mock.AltinnOptions{
		Approve: mock.ApproveAtOnce, ProblemDetails: 4, Strict: true,
	}})
	if _, err := v.token(bsu.scope, testkit.Customer, nil); !refused(err, "MP-303") {
		t.Errorf("a token of a client without a system: %v", err)
	}
	shortcut := v.call(http.MethodGet, v.own+"/_sandkasse/token?api=bsu&org="+testkit.Customer, "", "").body
	if got := v.deliver(bsu, shortcut, testkit.Customer); got.status != 403 || !strings.Contains(got.body, "GLD_1015") {
		t.Errorf("a system user that is not registered: %d %s", got.status, got.body)
	}
	v.admin(200, http.MethodPost, "/systemregister/vendor", writeRegister, testkit.SystemBody)
	got := v.admin(400, http.MethodPost, "/systemuser/request/vendor", writeRequests,
		`{"systemId": "`+testkit.System+`", "partyOrgNo": "`+testkit.Customer+`"}`)
	if !strings.Contains(got, `"detail":"One or more Right not found or not delegable."`) ||
		strings.Contains(got, "urn:altinn:error") {
		t.Errorf("the older form is %s", got)
	}
	q := v.ask("/systemuser/request/vendor", testkit.RequestBody(testkit.Customer))
	bearer, err := v.token(bsu.scope, testkit.Customer, nil)
	if q.Status != "New" || err != nil {
		t.Fatalf("asked: %+v, and then %v", q, err)
	}
	v.roundTrip(bsu, bearer, testkit.Customer, testkit.Customer)
	named := v.call(http.MethodGet, v.own+"/_sandkasse/token?api=bsu&systemuser="+q.ID, "", "").body
	if got := v.deliver(bsu, named, testkit.Customer); got.status != 200 {
		t.Errorf("a token of the shortcut for the system user: %d %s", got.status, got.body)
	}
	if got := v.call(http.MethodDelete, v.own+"/_sandkasse/altinn/users/"+q.ID, "", ""); got.status != 200 {
		t.Fatalf("delete: %d %s", got.status, got.body)
	}
	if got := v.deliver(bsu, bearer, testkit.Customer); got.status != 403 {
		t.Errorf("after the customer deleted the system user: %d %s", got.status, got.body)
	}
}

// TestExchange: the register takes the exchanged token, the reporting APIs do not, and the key set of
// its issuer has its key.
func TestExchange(t *testing.T) {
	t.Parallel()
	v := newVendor(t, mock.Options{})
	raw, err := v.token(writeRegister, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	got := v.call(http.MethodGet, altinn+"/exchange/maskinporten", raw, "")
	if got.status != 200 || !strings.HasPrefix(got.header.Get("Content-Type"), "text/plain") {
		t.Fatalf("the exchange: %d %v %s", got.status, got.header, got.body)
	}
	if claims := claimsOf(t, got.body); !strings.Contains(claims, `"iss":"`+altinn+`/openid/"`) ||
		!strings.Contains(claims, `"urn:altinn:orgNumber":"319000003"`) || strings.Contains(claims, `"aud"`) {
		t.Errorf("the token says %s", claims)
	}
	if json := v.call(http.MethodGet, altinn+"/exchange/maskinporten", raw, "", "Accept", "application/json"); !strings.
		HasPrefix(json.body, `"ey`) {
		t.Errorf("as JSON: %s", json.body)
	}
	if list := v.call(http.MethodGet, altinn+"/systemregister/vendor", got.body, ""); list.status != 200 {
		t.Errorf("the register: %d %s: %s", list.status, list.body, v.why())
	}
	if other := v.deliver(bsu, got.body, testkit.Customer); other.status != 401 ||
		!strings.Contains(v.why(), "the token was exchanged") {
		t.Errorf("a delivery: %d %s: %s", other.status, other.body, v.why())
	}
	keys := v.call(http.MethodGet, altinn+"/openid/.well-known/openid-configuration/jwks", "", "")
	if !strings.Contains(keys.body, `"x5c":["`) {
		t.Errorf("the keys: %d %s", keys.status, keys.body)
	}
	if wrong := v.call(http.MethodGet, altinn+"/exchange/other", raw, ""); wrong.status != 400 ||
		!strings.HasPrefix(wrong.body, "Invalid token provider: other.") {
		t.Errorf("another provider: %d %s", wrong.status, wrong.body)
	}
}

// TestAnswersOfCustomers: scenarios have the customer answer later, by the session's clock, or not
// approve. The built-in scripts systembruker-* are these.
func TestAnswersOfCustomers(t *testing.T) {
	t.Parallel()
	for script, want := range map[string][2]string{ // the status at first, and a minute later
		"systembruker-slow":        {"New", "Accepted"},
		"systembruker-rejected":    {"Rejected", "Rejected"},
		"systembruker-timeout":     {"Timedout", "Timedout"},
		"systembruker-undelegable": {"New", "New"},
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			v := newVendor(t, mock.Options{})
			v.admin(200, http.MethodPost, "/systemregister/vendor", writeRegister, testkit.SystemBody)
			v.call(http.MethodPost, v.own+"/_sandkasse/plays", "", `{"scenario": "`+script+`"}`)
			q := v.ask("/systemuser/request/vendor", testkit.RequestBody(testkit.Customer))
			status := func() string {
				var polled asked
				decode(t, v.admin(200, http.MethodGet, "/systemuser/request/vendor/"+q.ID, readRequests, ""), &polled)
				return polled.Status
			}
			got := [2]string{status()}
			v.call(http.MethodPut, v.own+"/_sandkasse/clock", "", `{"advance": "1m"}`)
			if got[1] = status(); got != want {
				t.Errorf("the status is %q, want %q", got, want)
			}
			if script == "systembruker-undelegable" {
				approved := v.call(http.MethodPost, v.own+"/_sandkasse/altinn/requests/"+q.ID+"/approve", "", "")
				if approved.status < 400 || status() != "New" {
					t.Errorf("approved: %d %s", approved.status, approved.body)
				}
			}
		})
	}
}
