package hosts

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/testkit"
)

// get returns the answer to a GET of an address, with headers as names and values in turn, from
// loopback.
func get(s http.Handler, address string, headers ...string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, kind{asked: address}.request(http.MethodGet, "", "", headers...))
	return w
}

// metadataOf returns the issuer in the metadata at a base address.
func metadataOf(t *testing.T, s http.Handler, base string, headers ...string) string {
	t.Helper()
	var metadata struct{ Issuer string }
	answer := get(s, base+"/.well-known/oauth-authorization-server", headers...)
	if err := json.Unmarshal(answer.Body.Bytes(), &metadata); err != nil {
		t.Errorf("%s: %d %s", base, answer.Code, answer.Body)
	}
	return metadata.Issuer
}

// TestRealHostWins: the address of a real host stands before the base address and before what a
// proxy says, which may itself be for a real host.
func TestRealHostWins(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, mock.Options{BaseURL: "https://sandkasse.corp.no", BehindProxy: []string{"loopback"}})
	for _, test := range []struct {
		base    string
		headers []string
		want    string
	}{
		{"http://test.maskinporten.no", nil, "https://test.maskinporten.no/"},
		{"http://test.maskinporten.no:8080", nil, "https://test.maskinporten.no:8080/"},
		{"https://TEST.Maskinporten.no.:443", nil, "https://test.maskinporten.no/"},
		{
			"https://test.maskinporten.no",
			[]string{"X-Forwarded-Prefix", "/a", "X-Forwarded-Proto", "http"},
			"https://test.maskinporten.no/",
		},
		{"http://127.0.0.1:8080", []string{"X-Forwarded-Host", "maskinporten.no"}, "https://maskinporten.no/"},
		{"http://localhost", []string{"Forwarded", `host="maskinporten.no:8443"`}, "https://maskinporten.no:8443/"},
		{"http://test.maskinporten.no", []string{"X-Forwarded-Host", "maskinporten.no"}, "https://maskinporten.no/"},
		{"https://test.sky.maskinporten.no", nil, "https://test.sky.maskinporten.no"},
		{"https://sky.maskinporten.no:8443", nil, "https://sky.maskinporten.no:8443"},
	} {
		if got := metadataOf(t, s, test.base, test.headers...); got != test.want {
			t.Errorf("%s with %q is the issuer %s, want %s", test.base, test.headers, got, test.want)
		}
	}
	answer := get(s, "http://test.maskinporten.no/jwk", "X-Forwarded-Host", "sandkasse.corp.no")
	if answer.Code != http.StatusNotFound {
		t.Errorf("behind a proxy for another host it is answered %d %s", answer.Code, answer.Body)
	}
	untrusting := testkit.NewServer(t, mock.Options{})
	if got := metadataOf(t, untrusting, "http://test.maskinporten.no", "X-Forwarded-Host", "maskinporten.no"); got !=
		"https://test.maskinporten.no/" {
		t.Errorf("headers that nobody asked to be read make it the issuer %s", got)
	}
}

// TestSkyporten: its issuer has no slash at its end, and its metadata is that of Digdir's page,
// also as OpenID configuration; Maskinporten has none.
func TestSkyporten(t *testing.T) {
	t.Parallel()
	s := testkit.ServerAt(t, testkit.Noon)
	const want = `{"issuer":"https://test.sky.maskinporten.no",` +
		`"token_endpoint":"https://test.sky.maskinporten.no/token","jwks_uri":"https://test.sky.maskinporten.no/jwk",` +
		`"token_endpoint_auth_methods_supported":["private_key_jwt"],` +
		`"grant_types_supported":["urn:ietf:params:oauth:grant-type:jwt-bearer"],` +
		`"token_endpoint_auth_signing_alg_values_supported":["RS256","RS384","RS512"]}`
	for _, path := range []string{"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"} {
		if got := get(s, "https://test.sky.maskinporten.no"+path).Body.String(); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
	const moved = "https://sky.maskinporten.no/_session/a"
	got := get(s, "https://sky.maskinporten.no/.well-known/openid-configuration/_session/a").Body.String()
	if !strings.Contains(got, `"issuer":"`+moved+`","token_endpoint":"`+moved+`/token"`) {
		t.Errorf("in a session it is %s", got)
	}
	for _, base := range []string{
		"https://test.maskinporten.no", "http://127.0.0.1:8080/maskinporten", "https://ver2.maskinporten.no",
	} {
		if got := get(s, base+"/.well-known/openid-configuration"); got.Code != http.StatusNotFound {
			t.Errorf("%s has an OpenID configuration: %d %s", base, got.Code, got.Body)
		}
	}
	for host, audiences := range map[string]map[string]bool{
		"https://test.sky.maskinporten.no": {
			"https://test.sky.maskinporten.no": true, "https://test.sky.maskinporten.no/": false,
			"https://sky.maskinporten.no": false, "https://test.maskinporten.no/": false,
		},
		"https://test.sky.maskinporten.no:8443/_session/a": {
			"https://test.sky.maskinporten.no": true, "https://test.sky.maskinporten.no:8443/_session/a": true,
			"https://test.sky.maskinporten.no:8443/_session/a/": false,
		},
		"https://test.maskinporten.no": {
			"https://test.maskinporten.no/": true, "https://test.sky.maskinporten.no": false,
		},
	} {
		for audience, good := range audiences {
			form := url.Values{
				"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"},
				"assertion":  {grant(audience, "digdir:dialogporten", testkit.Oppgavegiver)},
			}
			w := httptest.NewRecorder()
			s.ServeHTTP(w, kind{asked: host}.request(http.MethodPost, "/token", form.Encode(), "Content-Type",
				"application/x-www-form-urlencoded"))
			refused := strings.Contains(w.Body.String(), `/errors/MP-110"`)
			if good != (w.Code == http.StatusOK) || good == refused {
				t.Errorf("%s, aud %s: %d %s", host, audience, w.Code, w.Body)
			}
		}
	}
}

// TestPlatform: on Altinn's platform the first segment of the path selects the API, whatever its
// letter case; another one gets what an address without an API gets.
func TestPlatform(t *testing.T) {
	t.Parallel()
	s := testkit.ServerAt(t, testkit.Noon)
	for path, want := range map[string]int{
		"/dialogporten/api/v1/enduser/dialogs":     http.StatusUnauthorized,
		"/Dialogporten/api/v1/enduser/dialogs":     http.StatusUnauthorized,
		"/dialogporten/nothing":                    http.StatusNotFound,
		"/dialogporten":                            http.StatusNotFound,
		"/api/v1/enduser/dialogs":                  http.StatusNotFound,
		"/dialogportenx/api/v1/enduser/dialogs":    http.StatusNotFound,
		"/innrapporteringbsu/v1/2023":              http.StatusNotFound,
		"/":                                        http.StatusNotFound,
		"/authentication/api/v1/exchange/anything": http.StatusUnauthorized,
		"/storage/api/v1/instances":                http.StatusNotFound,
	} {
		answer := get(s, "https://platform.tt02.altinn.no"+path)
		if answer.Code != want {
			t.Errorf("%s is answered %d %s, want %d", path, answer.Code, answer.Body, want)
		}
		ours := want == http.StatusNotFound && !strings.HasPrefix(path, "/dialogporten/") && path != "/dialogporten"
		hint := answer.Header().Get("Sandkasse-Feil")
		if ours != strings.Contains(hint, "under platform.tt02.altinn.no there are /authentication, /dialogporten; "+
			"see http://sandkasse.localhost/_sandkasse/") {
			t.Errorf("the hint at %s is %q", path, hint)
		}
	}
}

// TestRoot: the root leads to the control API under sandkasse's own hosts only.
func TestRoot(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, mock.Options{Hosts: []string{"sandkasse.corp.no", "homes.corp.no=kobo"}})
	for host, want := range map[string]int{
		"127.0.0.1:8080": http.StatusFound, "localhost": http.StatusFound, "sandkasse": http.StatusFound,
		"sandkasse.corp.no": http.StatusFound, "a.localhost": http.StatusFound,
		"homes.corp.no": http.StatusNotFound, "evil.example": http.StatusNotFound,
		"test.maskinporten.no": http.StatusNotFound, "platform.altinn.no": http.StatusNotFound,
		"innrapporteringbsu.api.skatteetaten-test.no": http.StatusNotFound,
		"innrapporteringbsu.api.localhost":            http.StatusNotFound,
		"other.api.skatteetaten.no":                   http.StatusNotFound,
	} {
		if got := get(s, "http://"+host+"/"); got.Code != want {
			t.Errorf("the root of %s is answered %d %s, want %d", host, got.Code, got.Body, want)
		}
	}
}

// TestControlUnderRealHosts: the control API is under no host of an agency, but for documents, and
// says where it is.
func TestControlUnderRealHosts(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, mock.Options{BaseURL: corp + "/test", Hosts: []string{"homes.corp.no=kobo"}})
	names := backend.Of(s).Catalog.HostNames()
	if len(names) < 17 || !slices.IsSorted(names) {
		t.Errorf("the hosts are %v", names)
	}
	for _, name := range names {
		got := get(s, "https://"+name+"/_sandkasse/health")
		if got.Code != http.StatusMisdirectedRequest ||
			!strings.Contains(got.Body.String(), "ask for https://sandkasse.corp.no/test/_sandkasse/, or") {
			t.Errorf("%s is answered %d %s", name, got.Code, got.Body)
		}
	}
	const document = "/_sandkasse/forsendelser/x/dokumenter/y"
	for _, name := range names { // its operation answers, that there is no such document (K648)
		if got := get(s, "https://"+name+document); got.Code != http.StatusNotFound {
			t.Errorf("a document at %s is answered %d %s", name, got.Code, got.Body)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "https://"+name+document, nil))
		if w.Code != http.StatusMisdirectedRequest {
			t.Errorf("POST to it is answered %d %s", w.Code, w.Body)
		}
	}
	if got := get(s, "https://evil.example"+document); got.Code != http.StatusMisdirectedRequest {
		t.Errorf("a document at a host that a web site could have is answered %d %s", got.Code, got.Body)
	}
	if got := get(s, "http://sandkasse.corp.no/_sandkasse/health"); got.Code != http.StatusOK {
		t.Errorf("the host of the base address is answered %d %s", got.Code, got.Body)
	}
}

// TestCurlOfRealHost: the curl line of a call for a real host has its address and leads to the
// sandbox, so that nobody sends test data to an agency by pasting it.
func TestCurlOfRealHost(t *testing.T) {
	t.Parallel()
	for base, at := range map[string]string{
		"": "sandkasse.localhost:80", "https://sandkasse.corp.no/test": "sandkasse.corp.no:443",
		"http://10.0.0.1:8080": "10.0.0.1:8080",
	} {
		s := testkit.NewServer(t, mock.Options{BaseURL: base})
		get(s, "https://test.maskinporten.no/jwk")
		got := get(s, "http://localhost/_sandkasse/calls/1/curl").Body.String()
		want := "curl 'https://test.maskinporten.no/jwk' --connect-to '::" + at + "' --insecure "
		if !strings.HasPrefix(got, want) {
			t.Errorf("the line is %s, want %s", got, want)
		}
	}
}

// TestMappedHosts: a host that the user maps to an API is that API's, with links to the hosts that
// are mapped to others, and else to the sandbox itself.
func TestMappedHosts(t *testing.T) {
	t.Parallel()
	s := testkit.NewServer(t, mock.Options{
		Clock: func() time.Time { return testkit.Noon },
		Hosts: []string{
			"Homes.corp.no.=kobo", "tokens.corp.no = maskinporten", "dialogs=dialogporten", "bsu.corp.no=bsu",
			"plain.corp.no", "bsu.corp.no=bsu",
		},
	})
	for address, want := range map[string]int{
		"https://homes.corp.no/kobobolig/x":                       http.StatusUnauthorized,
		"https://homes.corp.no/kobo/kobobolig/x":                  http.StatusNotFound,
		"https://HOMES.corp.no:8443/kobobolig/x":                  http.StatusUnauthorized,
		"https://homes.corp.no/_sandkasse/health":                 http.StatusMisdirectedRequest,
		"https://plain.corp.no/_sandkasse/health":                 http.StatusOK,
		"https://dialogs/_sandkasse/health":                       http.StatusOK,
		"https://dialogs/api/v1/enduser/dialogs":                  http.StatusUnauthorized,
		"http://127.0.0.1:8080/kobo/kobobolig/x":                  http.StatusUnauthorized,
		"https://sub.homes.corp.no/kobobolig/x":                   http.StatusNotFound,
		"https://tokens.corp.no/.well-known/openid-configuration": http.StatusNotFound,
	} {
		if got := get(s, address); got.Code != want {
			t.Errorf("%s is answered %d %s, want %d", address, got.Code, got.Body, want)
		}
	}
	if got := metadataOf(t, s, "http://tokens.corp.no:8080"); got != "https://tokens.corp.no:8080/" {
		t.Errorf("the issuer is %s", got)
	}
	c := client{t: t, handler: s}
	catalog := backend.Of(s).Catalog
	for name, documents := range map[string]string{
		"bsu": "https://bsu.corp.no/v1/", "aandsverk": "http://sandkasse.localhost/innrapporteringaandsverk/v1/",
	} {
		api := catalog.ByName(name)
		org := testkit.Member(t, api.Example, api.Felter.First(api.Felter.Oppgavegiver)).(string)
		token := c.token("https://tokens.corp.no/", api.Scope, org)
		var receipt testkit.Receipt
		year := fmt.Sprint(testkit.Member(t, api.Example, api.Felter.First(api.Felter.Inntektsaar)))
		decode(t, c.call("POST", "http://127.0.0.1:8080/"+api.Label+"/v1/"+year, token, string(api.Example),
			"Content-Type", "application/json", "idempotencyKey", testkit.FirstKey), &receipt)
		var dialog dialogView
		decode(t, c.call("GET", "https://dialogs/api/v1/enduser/dialogs/"+receipt.DialogID,
			c.token("https://tokens.corp.no/", "digdir:dialogporten", org), ""), &dialog)
		for _, link := range dialog.links() {
			if !strings.HasPrefix(link, documents) {
				t.Errorf("a document of %s is at %s, want it below %s", name, link, documents)
			}
			c.call("GET", link, token, "", "Accept", "*/*")
		}
		if len(dialog.links()) == 0 {
			t.Errorf("%s has no documents", name)
		}
	}
	for host, want := range map[string]string{
		"x.corp.no=kubo": "did you mean kobo?", "x.corp.no=": "names no API", "=kobo": "is not the name of a host",
		"x.corp.no:80=kobo": "is not the name of a host", "test.maskinporten.no=kobo": "imitated API already",
		"homes.corp.no=bsu": "is mapped to kobo and bsu",
	} {
		if _, err := mock.New(mock.Options{Hosts: []string{"homes.corp.no=kobo", host}}); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", host, err, want)
		}
	}
}
