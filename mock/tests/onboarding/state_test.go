package onboarding

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// state returns all that the control API shows of Altinn's register.
func (s site) state() string {
	s.Helper()
	return s.control(
		200,
		http.MethodGet,
		"altinn/systems",
		"",
	) + s.control(
		200,
		http.MethodGet,
		"altinn/requests",
		"",
	) +
		s.control(
			200,
			http.MethodGet,
			"altinn/users",
			"",
		)
}

// isMP303 reports whether an answer of Maskinporten's is MP-303.
func isMP303(refusal string) bool { return strings.Contains(refusal, "MP-303") }

// TestCheckpoint: a checkpoint brings back systems with their client ids and change logs, requests, system
// users with their rights, and the clients of agents; tokens count as they did in that state.
func TestCheckpoint(t *testing.T) {
	t.Parallel()
	const other, late = "319000038", "319000046"
	s := newSite(t, mock.Options{})
	s.register()
	user := s.approved("request/vendor", testkit.RequestBody(testkit.Customer))
	agent := s.approved("request/vendor/agent", withRef(testkit.AgentBody(testkit.Customer), "agent"))
	s.control(200, http.MethodPost, "altinn/users/"+agent+"/clients", `{"organisation": "`+other+`"}`)
	waiting := s.ask("request/vendor", testkit.RequestBody(other))
	log := s.altinn(200, http.MethodGet, "/systemregister/vendor/"+testkit.System+"/changelog", "")
	early, forClients := s.userToken("bsu", user), s.userToken("gavertilfrivillige", agent)
	before := s.state()
	s.control(200, http.MethodPost, "checkpoints", `{"name": "onboarded"}`)

	s.control(200, http.MethodDelete, "altinn/users/"+user, "")
	s.control(200, http.MethodDelete, "altinn/users/"+agent+"/clients/"+other, "")
	s.control(200, http.MethodPost, "altinn/requests/"+waiting.ID+"/approve", "")
	afterwards, refusal := s.grant(testkit.SystemClient, bsu.scope, other, "")
	if refusal != "" {
		t.Fatal(refusal)
	}
	s.isTaken("with the token of a user of after the checkpoint", s.deliver(bsu, afterwards, other))
	s.isRefused("with that of a deleted user", s.deliver(bsu, early, testkit.Customer), "has deleted")
	s.isRefused("for a client that was removed", s.deliver(gaver, forClients, other), "not among its clients")
	s.altinn(200, http.MethodDelete, "/systemregister/vendor/"+testkit.System, "")

	s.control(200, http.MethodPost, "checkpoints/onboarded/restore", "")
	if got := s.state(); got != before {
		t.Errorf("restored: %s\nwant %s", got, before)
	}
	if got := s.altinn(200, http.MethodGet, "/systemregister/vendor/"+testkit.System+"/changelog", ""); got != log {
		t.Errorf("the change log is %s, want %s", got, log)
	}
	s.isTaken("with the token of a restored user", s.deliver(bsu, early, testkit.Customer))
	s.isTaken("for a restored client", s.deliver(gaver, forClients, other))
	if _, refusal := s.grant(testkit.SystemClient, bsu.scope, testkit.Customer, ""); refusal != "" {
		t.Errorf("a token for the restored user: %s", refusal)
	}
	if _, refusal := s.grant(testkit.SystemClient, bsu.scope, other, ""); !isMP303(refusal) {
		t.Errorf("a token for the request that waits again: %s", refusal)
	}
	s.isRefused("with a token for a user that is not there any more", s.deliver(bsu, afterwards, other),
		"is not registered in this session")
	again := s.altinn(200, http.MethodPost, "/systemuser/request/vendor", testkit.RequestBody(other))
	if !strings.Contains(again, waiting.ID) {
		t.Errorf("asked again: %s", again)
	}
	s.control(200, http.MethodPost, "altinn/requests/"+waiting.ID+"/approve", "")
	s.isTaken("with the token after the same approval", s.deliver(bsu, afterwards, other))
	s.approved("request/vendor", testkit.RequestBody(late))
}

// TestSessionsApart: sessions know nothing of each other's registers, and a reset empties one.
func TestSessionsApart(t *testing.T) {
	t.Parallel()
	s := newSite(t, mock.Options{})
	empty := s.in(t, "other").state()
	one, two := s.in(t, "one"), s.in(t, "two")
	one.register()
	user := one.approved("request/vendor", testkit.RequestBody(testkit.Customer))
	if got := two.state(); got != empty {
		t.Errorf("the other session has %s", got)
	}
	two.altinn(404, http.MethodGet, "/systemregister/vendor/"+testkit.System, "")
	two.altinn(404, http.MethodGet, "/systemuser/request/vendor/"+user, "")
	two.control(404, http.MethodGet, "altinn/users/"+user, "")
	if _, refusal := two.grant(testkit.SystemClient, bsu.scope, testkit.Customer, ""); refusal != "" {
		t.Errorf("the client is bound in the other session: %s", refusal)
	}
	two.register()
	if _, refusal := two.grant(testkit.SystemClient, bsu.scope, testkit.Customer, ""); !isMP303(refusal) {
		t.Errorf("the other session's user counts: %s", refusal)
	}
	if q := two.ask("request/vendor", testkit.RequestBody(testkit.Customer)); q.ID == user ||
		!strings.HasPrefix(q.ConfirmURL, two.root) {
		t.Errorf("asked in the other session: %+v", q)
	}
	one.control(200, http.MethodPost, "reset", "")
	if got := one.state(); got != empty {
		t.Errorf("after the reset: %s", got)
	}
	if got := two.state(); got == empty {
		t.Error("the reset of one session emptied another")
	}
}

// TestClientsFile: the resources of a system user in a clients file are its rights; one without resources
// has all (K749).
func TestClientsFile(t *testing.T) {
	t.Parallel()
	const all = "319000038"
	file := filepath.Join(t.TempDir(), "clients.yaml")
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	text := `clients:
  - id: ` + testkit.SystemClient + `
    organisation: "319000003"
    scopes: ["` + bsu.scope + `", "` + gaver.scope + `", "digdir:dialogporten"]
    keys:
      - kid: my-key
        pem: ` + strconv.Quote(string(block)) + `
systembrukere:
  - organisation: "` + testkit.Customer + `"
    clients: [` + testkit.SystemClient + `]
    resources: [ske-innrapportering-boligsparing-ungdom]
  - organisation: "` + all + `"
    clients: [` + testkit.SystemClient + `]
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, mock.Options{Clients: file})
	s.key = key
	bearer := func(scope, customer string) string {
		got, refusal := s.grant(testkit.SystemClient, scope, customer, "")
		if refusal != "" {
			t.Fatal(refusal)
		}
		return got
	}
	s.isTaken("with the resource", s.deliver(bsu, bearer(bsu.scope, testkit.Customer), testkit.Customer))
	s.isRefused("without the resource", s.deliver(gaver, bearer(gaver.scope, testkit.Customer), testkit.Customer),
		"neither the resource ske-innrapportering-gaver-frivillige-organisasjoner")
	s.isRefused("for another organisation", s.deliver(bsu, bearer(bsu.scope, testkit.Customer), all),
		"for the reporting of its owner")
	for _, to := range []reporting{bsu, gaver} {
		s.isTaken("without resources, to "+to.label, s.deliver(to, bearer(to.scope, all), all))
	}
}
