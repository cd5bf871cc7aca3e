package onboarding

import (
	"net/http"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// TestChosenFromTheList: a customer who finds a visible system in the list makes the system user without a
// request; it has all of the system's rights, and the customer's number as externalRef.
func TestChosenFromTheList(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Options{})
	s.register()
	visible := testkit.System + "_visible"
	s.altinn(200, http.MethodPost, "/systemregister/vendor", testkit.VisibleSystemBody())
	choose := func(status int, system, organisation string) string {
		return s.control(status, http.MethodPost, "altinn/users", `{"system": "`+system+`", "organisation": "`+
			organisation+`"}`)
	}
	for _, wrong := range []struct {
		status                       int
		system, organisation, reason string
	}{
		{404, testkit.System + "_none", testkit.Customer, "AUTH-00011"},
		{400, testkit.System, testkit.Customer, "isVisible false"},
		{400, visible, "319000012", "AUTH-00000"},
		{400, visible, "31900001", "AUTH-00000"},
	} {
		if got := choose(wrong.status, wrong.system, wrong.organisation); !strings.Contains(got, wrong.reason) {
			t.Errorf("%+v: %s", wrong, got)
		}
	}
	body := strings.Replace(testkit.RequestBody(testkit.Customer), testkit.System, visible, 1)
	waiting := s.ask("request/vendor", body)
	var user struct{ ID, Kind, ExternalRef string }
	s.read(choose(200, visible, testkit.Customer), &user)
	if user.Kind != "standard" || user.ExternalRef != testkit.Customer {
		t.Errorf("the system user is %+v", user)
	}
	if got := choose(400, visible, testkit.Customer); !strings.Contains(got, "AUTH-00004") {
		t.Errorf("chosen twice: %s", got)
	}
	if got := s.control(400, http.MethodPost, "altinn/requests/"+waiting.ID+"/approve", ""); !strings.Contains(got,
		"AUTH-00004") {
		t.Errorf("the request that waited is approved: %s", got)
	}
	found := s.altinn(200, http.MethodGet, "/systemuser/vendor/byquery?system-id="+visible+"&orgno="+testkit.Customer,
		"")
	if !strings.Contains(found, `"id":"`+user.ID+`"`) {
		t.Errorf("byquery: %s", found)
	}
	for _, to := range []reporting{bsu, gaver} { // by a right, and by a package
		bearer, refusal := s.grant("6f0c0a0e-0000-4000-8000-000000000002", to.scope, testkit.Customer, "")
		if refusal != "" {
			t.Fatal(refusal)
		}
		s.isTaken(to.label, s.deliver(to, bearer, testkit.Customer))
	}
	bearer := s.userToken("bsu", user.ID)
	s.control(200, http.MethodDelete, "altinn/users/"+user.ID, "")
	s.isRefused("after the customer deleted it", s.deliver(bsu, bearer, testkit.Customer), "has deleted")
	choose(200, visible, testkit.Customer)
	s.altinn(200, http.MethodDelete, "/systemregister/vendor/"+visible, "")
	if got := choose(404, visible, "319000038"); !strings.Contains(got, "AUTH-00011") {
		t.Errorf("of a deleted system: %s", got)
	}
}
