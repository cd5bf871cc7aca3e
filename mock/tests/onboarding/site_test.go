package onboarding

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"

	"sandkasse/fixtures/examples"
	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/internal/token"
)

// runningTest has the methods of a *testing.T that a check of rapid has too.
type runningTest interface {
	Helper()
	Fatalf(format string, args ...any)
}

// site is a vendor at Sandkasse's own address, in a session. Its methods end the test where they fail.
type site struct {
	runningTest
	root   string          // address of the session
	key    *rsa.PrivateKey // of the client
	bearer string          // the vendor's, with all its scopes
}

// newSite starts a server and returns a vendor in its default session.
func newSite(t *testing.T, options mock.Options) site {
	t.Helper()
	server := testkit.NewServer(t, options)
	if err := server.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return site{runningTest: t, root: server.URL(""), key: key}.in(t, "")
}

// in returns the vendor in another session of the server; the empty name is the session it is in.
func (s site) in(t runningTest, session string) site {
	t.Helper()
	s.runningTest = t
	if session != "" {
		s.root += "/_session/" + session
	}
	s.bearer = s.control(200, http.MethodGet, "token?api=authentication&ttl=8760h&vendor="+token.DefaultVendor, "")
	return s
}

// call makes a call below the session's address, with a token unless that is empty.
func (s site) call(method, path, bearer, body string, headers ...string) reply {
	s.Helper()
	return send(s, http.DefaultClient, method, s.root+path, bearer, body, headers...)
}

// send makes a call with a token, unless that is empty, and headers by name and value.
func send(
	t runningTest, client *http.Client, method, address, bearer, body string, headers ...string,
) reply {
	t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatalf("%v", err)
	}
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := client.Do(r)
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return reply{response.StatusCode, response.Header, string(text)}
}

// control makes a call to the control API, which must have the status.
func (s site) control(status int, method, path, body string) string {
	s.Helper()
	got := s.call(method, "/_sandkasse/"+path, "", body)
	if got.status != status {
		s.Fatalf("%s %s: %d %s, want %d", method, path, got.status, got.body, status)
	}
	return got.body
}

// altinn makes a call to Altinn as the vendor, which must have the status.
func (s site) altinn(status int, method, path, body string) string {
	s.Helper()
	got := s.call(method, "/authentication/api/v1"+path, s.bearer, body)
	if got.status != status {
		s.Fatalf("%s %s: %d %s, want %d", method, path, got.status, got.body, status)
	}
	return got.body
}

// register registers the system of testkit, with an own part of its body in place of another.
func (s site) register(oldnew ...string) {
	s.Helper()
	body := strings.NewReplacer(oldnew...).Replace(testkit.SystemBody)
	s.altinn(200, http.MethodPost, "/systemregister/vendor", body)
}

// ask asks for a system user, and returns the request.
func (s site) ask(path, body string) (got asked) {
	s.Helper()
	s.read(s.altinn(201, http.MethodPost, "/systemuser/"+path, body), &got)
	return got
}

// approved asks for a system user and approves it, and returns its id.
func (s site) approved(path, body string) string {
	s.Helper()
	id := s.ask(path, body).ID
	s.control(200, http.MethodPost, "altinn/requests/"+id+"/approve", "")
	return id
}

// read decodes an answer.
func (s site) read(text string, into any) {
	s.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		s.Fatalf("%v: %s", err, text)
	}
}

// why returns why the last call was answered as it was.
func (s site) why() string {
	s.Helper()
	var list struct{ Calls []struct{ Why string } }
	s.read(s.control(200, http.MethodGet, "calls?limit=1", ""), &list)
	return list.Calls[0].Why
}

// userToken returns a token of an API for a system user, by the shortcut of the control API.
func (s site) userToken(api, user string) string {
	s.Helper()
	return s.control(200, http.MethodGet, "token?ttl=8760h&api="+api+"&systemuser="+user, "")
}

// grant asks Maskinporten for a token of a client for a customer's system user, at the time of the session's
// clock; an empty ref is none. The second result is Maskinporten's answer where it refuses.
func (s site) grant(client, scope, customer, ref string) (bearer, refusal string) {
	s.Helper()
	detail := map[string]any{
		"type":           "urn:altinn:systemuser",
		"systemuser_org": map[string]any{"authority": "iso6523-actorid-upis", "ID": "0192:" + customer},
	}
	if ref != "" {
		detail["externalRef"] = ref
	}
	var clock struct{ Now time.Time }
	s.read(s.control(200, http.MethodGet, "clock", ""), &clock)
	claims, err := json.Marshal(map[string]any{
		"aud": s.root + "/maskinporten/", "iss": client, "scope": scope, "jti": uuid.NewString(),
		"iat": clock.Now.Unix(), "exp": clock.Now.Unix() + 100, "authorization_details": []any{detail},
	})
	if err != nil {
		s.Fatalf("%v", err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: s.key},
		(&jose.SignerOptions{}).WithHeader("kid", "my-key"))
	if err != nil {
		s.Fatalf("%v", err)
	}
	signed, err := signer.Sign(claims)
	if err != nil {
		s.Fatalf("%v", err)
	}
	assertion, err := signed.CompactSerialize()
	if err != nil {
		s.Fatalf("%v", err)
	}
	form := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion}}
	got := s.call(http.MethodPost, "/maskinporten/token", "", form.Encode(), "Content-Type",
		"application/x-www-form-urlencoded")
	if got.status != 200 {
		return "", got.body
	}
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	s.read(got.body, &answer)
	return answer.AccessToken, ""
}

// deliver delivers the page's example for an organisation.
func (s site) deliver(to reporting, bearer, organisation string) reply {
	s.Helper()
	year, body := to.document(s, organisation)
	return s.call(http.MethodPost, "/"+to.label+"/v1/"+year, bearer, body, "idempotencyKey", uuid.NewString())
}

// document returns the page's example with an organisation as oppgavegiver, and its year.
func (to reporting) document(t runningTest, organisation string) (year, body string) {
	t.Helper()
	text, err := fs.ReadFile(examples.Embedded(), to.example)
	if err != nil {
		t.Fatalf("%v", err)
	}
	var document map[string]map[string]any
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatalf("%s: %v", to.example, err)
	}
	document["leveranse"]["oppgavegiver"].(map[string]any)["organisasjonsnummer"] = organisation
	changed, err := json.Marshal(document)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return fmt.Sprint(document["leveranse"]["inntektsaar"]), string(changed)
}

// dialogs returns the ids of the dialogs that a system user is shown.
func (s site) dialogs(user, party string) (ids []string) {
	s.Helper()
	got := s.call(http.MethodGet, "/dialogporten/api/v1/enduser/dialogs?party=urn:altinn:organization:identifier-no:"+
		party, s.userToken("dialogporten", user), "")
	var list struct{ Items []struct{ ID string } }
	s.read(got.body, &list)
	for _, one := range list.Items {
		ids = append(ids, one.ID)
	}
	return ids
}
