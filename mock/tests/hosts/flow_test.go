// Package hosts tests the server under the names of the agencies' own hosts, and the public address
// that answers have.
package hosts

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/testkit"
)

// environment has all that a client knows of the agencies: their addresses.
type environment struct {
	name    string
	issuers []string // Maskinporten's and Skyporten's, to the letter
	domain  string   // of Skatteetaten's hosts
	altinn  string
}

var environments = []environment{
	{
		"production",
		[]string{"https://maskinporten.no/", "https://sky.maskinporten.no"},
		".api.skatteetaten.no", "https://platform.altinn.no",
	},
	{
		"test",
		[]string{"https://test.maskinporten.no/", "https://test.sky.maskinporten.no"},
		".api.skatteetaten-test.no", "https://platform.tt02.altinn.no",
	},
}

// client makes calls to real addresses, which a handler answers.
type client struct {
	t       *testing.T
	handler http.Handler
	port    string // with a colon, after every real host; empty for the default one
	modify  string // modifiers after every host
}

// at returns the address at which the client reaches a real one.
func (c client) at(real string) string {
	u, err := url.Parse(real)
	if err != nil {
		c.t.Fatal(err)
	}
	return u.Scheme + "://" + u.Host + c.port + c.modify + u.Path
}

// call makes a call to an address, which must be answered with 200, and returns the body.
func (c client) call(method, address, token, body string, headers ...string) string {
	c.t.Helper()
	r := httptest.NewRequest(method, address, strings.NewReader(body))
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		c.t.Fatalf("%s %s: %d %s (%s)", method, address, w.Code, w.Body, w.Header().Get("Sandkasse-Feil"))
	}
	return w.Body.String()
}

// token gets a token of the issuer for a scope, with the metadata's addresses and the real issuer
// as aud.
func (c client) token(issuer, scope, org string) string {
	c.t.Helper()
	wellKnown := "/.well-known/oauth-authorization-server"
	if !strings.HasSuffix(issuer, "/") {
		wellKnown = "/.well-known/openid-configuration"
	}
	var metadata struct {
		Issuer string `json:"issuer"`
		Token  string `json:"token_endpoint"`
		Keys   string `json:"jwks_uri"`
	}
	decode(c.t, c.call(http.MethodGet, c.at(strings.TrimSuffix(issuer, "/")+wellKnown), "", ""), &metadata)
	end := issuer[len(strings.TrimSuffix(issuer, "/")):]
	if want := c.at(strings.TrimSuffix(issuer, "/")); metadata.Issuer != want+end || metadata.Token != want+"/token" ||
		metadata.Keys != want+"/jwk" {
		c.t.Fatalf("the metadata of %s is %+v", issuer, metadata)
	}
	c.call(http.MethodGet, metadata.Keys, "", "")
	form := url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {grant(issuer, scope, org)},
	}
	var given struct {
		Token string `json:"access_token"`
	}
	decode(c.t, c.call(http.MethodPost, metadata.Token, "", form.Encode(),
		"Content-Type", "application/x-www-form-urlencoded"), &given)
	var claims struct {
		Iss    string
		Source string `json:"delegation_source"`
	}
	part := strings.Split(given.Token, ".")[1]
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		c.t.Fatal(err)
	}
	if decode(c.t, string(text), &claims); claims.Iss != metadata.Issuer {
		c.t.Errorf("the token's iss is %s, want %s", claims.Iss, metadata.Issuer)
	}
	source := ""
	if scope == onBehalf {
		source = "https://tt02.altinn.no/"
		if slices.Contains(environments[0].issuers, issuer) {
			source = "https://www.altinn.no"
		}
	}
	if claims.Source != source {
		c.t.Errorf("the token's delegation_source at %s is %q, want %q", issuer, claims.Source, source)
	}
	return given.Token
}

// onBehalf is the scope of the API that knows no systembruker.
const onBehalf = "skatteetaten:boligsameie"

// grant returns a grant of noon for a systembruker of an organisation; for an API that knows none,
// on behalf of the organisation.
func grant(audience, scope, org string) string {
	part := func(value any) string {
		text, _ := json.Marshal(value)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	claims := map[string]any{
		"iss": "6f0c0a0e-0000-4000-8000-000000000001", "aud": audience, "scope": scope,
		"iat": testkit.Noon.Unix(), "exp": testkit.Noon.Unix() + 60, "jti": uuid.NewString(),
	}
	if scope == onBehalf {
		claims["consumer_org"] = org
	} else {
		claims["authorization_details"] = []any{map[string]any{
			"type":           "urn:altinn:systemuser",
			"systemuser_org": map[string]any{"authority": "iso6523-actorid-upis", "ID": "0192:" + org},
		}}
	}
	return part(map[string]any{"alg": "RS256", "kid": "k"}) + "." + part(claims) + ".c2ln"
}

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}

// dialogView has the members of a dialog that a client reads.
type dialogView struct {
	DialogToken   string
	Transmissions []struct {
		Attachments []struct {
			URLs []struct{ URL string }
		}
	}
}

// links returns the addresses of the documents.
func (d dialogView) links() (list []string) {
	for _, transmission := range d.Transmissions {
		for _, attachment := range transmission.Attachments {
			for _, link := range attachment.URLs {
				list = append(list, link.URL)
			}
		}
	}
	return list
}

// flow delivers the example of an API and reads the feedback, all at the environment's addresses.
func (c client) flow(e environment, issuer string, api *catalog.API) {
	t := c.t
	org := testkit.Member(t, api.Example, api.Felter.First(api.Felter.Oppgavegiver)).(string)
	year := testkit.Member(t, api.Example, api.Felter.First(api.Felter.Inntektsaar))
	host := "https://" + api.Label + e.domain
	token := c.token(issuer, api.Scope, org)
	path := strings.Replace(api.Routes[0].Paths[0], "{inntektsaar}", fmt.Sprint(year), 1)
	var receipt testkit.Receipt
	decode(t, c.call(http.MethodPost, c.at(host+path), token, string(api.Example),
		"Content-Type", "application/json", "Accept", "application/json", "idempotencyKey", uuid.NewString()), &receipt)

	dialogs := c.token(issuer, "digdir:dialogporten", org)
	base := c.at(e.altinn + "/dialogporten/api/v1")
	var found struct{ Items []struct{ ID string } }
	decode(t, c.call(http.MethodGet, base+"/enduser/dialogs?party=urn:altinn:organization:identifier-no:"+org, dialogs,
		""), &found)
	if !slices.Contains(found.Items, struct{ ID string }{receipt.DialogID}) {
		t.Errorf("the dialog %s is not among %v", receipt.DialogID, found.Items)
	}
	var dialog dialogView
	decode(t, c.call(http.MethodGet, base+"/enduser/dialogs/"+receipt.DialogID, dialogs, ""), &dialog)
	var claims struct{ Iss string }
	text, _ := base64.RawURLEncoding.DecodeString(strings.Split(dialog.DialogToken, ".")[1])
	if decode(t, string(text), &claims); claims.Iss != base {
		t.Errorf("the dialog token's iss is %s, want %s", claims.Iss, base)
	}
	var metadata struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	decode(t, c.call(http.MethodGet, claims.Iss+"/.well-known/oauth-authorization-server", "", ""), &metadata)
	if metadata.Issuer != claims.Iss {
		t.Errorf("the metadata of dialog tokens is of %s, want %s", metadata.Issuer, claims.Iss)
	}
	c.call(http.MethodGet, metadata.Keys, "", "")
	if len(dialog.links()) == 0 {
		t.Fatalf("the dialog has no documents: %+v", dialog)
	}
	documents := c.at(host) + "/v1/"
	if api.Name == "boligsameie" { // K066, K648
		documents = c.at(host) + "/_sandkasse/forsendelser/"
	}
	for _, link := range dialog.links() {
		if !strings.HasPrefix(link, documents) {
			t.Errorf("a document is at %s, want it under %s", link, documents)
		}
		c.call(http.MethodGet, link, token, "", "Accept", "*/*")
	}
}

// TestFlow: a client that knows nothing but the agencies' own addresses gets tokens, delivers, and
// reads the feedback, in either environment, at any port and in sessions.
func TestFlow(t *testing.T) {
	t.Parallel()
	for _, e := range environments {
		for _, issuer := range e.issuers {
			for _, port := range []string{"", ":8443"} {
				for _, modify := range modifiers() {
					t.Run(e.name+" "+issuer+port+modify, func(t *testing.T) {
						t.Parallel()
						s := testkit.ServerAt(t, testkit.Noon)
						for _, api := range testkit.ReportingAPIs(t) {
							client{t, s, port, modify}.flow(e, issuer, api)
						}
					})
				}
			}
		}
	}
}

// modifiers returns paths to begin an address with.
func modifiers() []string {
	if testkit.FewerData() {
		return []string{"/_scenario/slow;ms=1/_session/a"}
	}
	return []string{"", "/_session/a", "/_scenario/slow;ms=1/_session/a"}
}

// memory is a handler that makes each call through the client of a server without a network.
type memory struct {
	client *http.Client
	t      *testing.T
}

func (m memory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	out, err := http.NewRequest(r.Method, r.URL.String(), bytes.NewReader(body))
	if err != nil {
		m.t.Fatal(err)
	}
	out.Header = r.Header
	response, text := testkit.Send(m.t, m.client, out)
	w.WriteHeader(response.StatusCode)
	io.WriteString(w, text)
}

// TestFlowWithoutNetwork: the same holds through Client.
func TestFlowWithoutNetwork(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, mock.Options{Clock: func() time.Time { return testkit.Noon }})
	bsu := backend.Of(s).Catalog.ByName("bsu")
	for _, e := range environments {
		for _, issuer := range e.issuers {
			client{t, memory{s.Client(), t}, "", ""}.flow(e, issuer, bsu)
		}
	}
}
