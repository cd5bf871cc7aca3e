package onboarding

import (
	"net/http"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/internal/token"
)

// TestClientStaysBound: a client that was taken off its system, or whose system is deleted, gets MP-303 as at
// Altinn, and no token as if it had never been registered; another system can have it.
func TestClientStaysBound(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Options{}).as(token.DefaultVendor, "")
	s.register()
	s.user()
	const own = "/systemregister/vendor/" + testkit.System
	is := func(what, why string) {
		t.Helper()
		_, refusal := s.grant(testkit.SystemClient, bsu.scope, testkit.Customer, "")
		switch {
		case why == "" && refusal != "":
			t.Errorf("%s: %s", what, refusal)
		case why != "" && (!isMP303(refusal) || !strings.Contains(s.why(), why)):
			t.Errorf("%s: %q because %q, want MP-303 because %q", what, refusal, s.why(), why)
		}
	}
	is("on the system", "")
	s.altinn(200, http.MethodPut, own, s.with(testkit.SystemBody, testkit.SystemClient, "another-client"))
	is("taken off it", "is not on the system "+testkit.System+" any more")
	s.altinn(200, http.MethodPut, own, testkit.SystemBody)
	is("on it again", "")
	s.altinn(200, http.MethodDelete, own, "")
	is("the system is deleted", "was on the system "+testkit.System+", which is deleted")
	s.altinn(200, http.MethodPost, "/systemregister/vendor", s.with(testkit.SystemBody, "_demo", "_demo2"))
	is("on another system", "has no system user for the system 319000003_demo2")
	s.control(200, http.MethodPost, "reset", "")
	is("after a reset", "")
}
