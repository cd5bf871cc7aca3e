package onboarding

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/internal/token"
)

// TestRedirectAddresses: redirectUrl is compared up to its path as Altinn does, with blanks around it left out.
func TestRedirectAddresses(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Options{}).as(token.DefaultVendor, "")
	s.register()
	for given, status := range map[string]int{
		"https://demo.example/ok":              201,
		" https://demo.example/ok ":            201,
		"HTTPS://Demo.Example/ok?a=2#b":        201,
		"https://demo.example:443/ok":          201,
		"https://demo.example/a/../ok":         201,
		"https://demo.example:8443/ok":         400,
		"https://demo.example/OK":              400,
		"https://demo.example/ok/":             400,
		"https://demo.example/ok/../other":     400,
		"https://someone@demo.example/ok":      400,
		"https://demo.example@other.test/ok":   400,
		"http://demo.example/ok":               400,
		"javascript:alert(1)":                  400,
		"//demo.example/ok":                    500,
		"https://demo.example/ok\r\nX: https:": 500,
	} {
		address, err := json.Marshal(given)
		if err != nil {
			t.Fatal(err)
		}
		body := withRef(standardBody, uuid.NewString())
		got := s.send(http.MethodPost, standardPath, s.with(body, `"https://demo.example/ok?a=1"`, string(address)))
		if got.status != status || status == 400 && !strings.Contains(got.body, "AUTH-00021") {
			t.Errorf("%q: %d %s, want %d", given, got.status, got.body, status)
		}
		if status == 201 && !strings.Contains(got.body, `"redirectUrl":"`+strings.TrimSpace(given)+`"`) {
			t.Errorf("%q is answered as %s", given, got.body)
		}
	}
}

// TestTokenOfNobody: the shortcut for a token says what became of the request of the system user that it names.
func TestTokenOfNobody(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Options{}).as(token.DefaultVendor, "")
	s.register()
	refused := func(id, why string) {
		t.Helper()
		if got := s.control(400, http.MethodGet, "token?api=bsu&systemuser="+id, ""); !strings.Contains(got, why) {
			t.Errorf("a token for %s: %s, want %q", id, got, why)
		}
	}
	q := s.ask("request/vendor", standardBody)
	refused(q.ID, "has not approved the request "+q.ID+": it is New; POST /_sandkasse/altinn/requests/"+q.ID+"/approve")
	s.control(200, http.MethodPost, "altinn/requests/"+q.ID+"/reject", "")
	refused(q.ID, "it is Rejected")
	refused(uuid.NewString(), "there is no system user")
	user := s.approved("request/vendor", withRef(standardBody, "other"))
	id := uuid.NewString()
	s.altinn(201, http.MethodPost, "/systemuser/changerequest/vendor?correlation-id="+id+"&system-user-id="+user,
		`{"requiredAccessPackages": [{"urn": "urn:altinn:accesspackage:skattegrunnlag"}]}`)
	refused(id, "give the id of the system user, "+user)
	if got := s.control(200, http.MethodGet, "token?api=bsu&org="+testkit.Customer+"&systemuser="+uuid.NewString(),
		""); !strings.HasPrefix(got, "ey") {
		t.Errorf("a token of a system user that nobody registered: %s", got)
	}
}
