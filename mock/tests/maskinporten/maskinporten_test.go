// Package maskinporten tests the token endpoint, at its own addresses and at the real hosts.
package maskinporten

import (
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

// maskinportenAnswer calls the server, and returns its answer as httptest records it.
func maskinportenAnswer(s *mock.Server, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// maskinportenGet makes a call without a body to an address; host is another one than the address
// has, or empty.
func maskinportenGet(method, address, host string) *http.Request {
	r := httptest.NewRequest(method, address, nil)
	if host != "" {
		r.Host = host
	}
	return r
}

// tokenCall makes a call to the token endpoint at an address, with a grant of noon that has an aud
// and other claims than a good one's.
func tokenCall(t *testing.T, address, host, aud string, changes map[string]any) *http.Request {
	t.Helper()
	return formCall(address, host, url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"},
		"assertion":  {unsignedGrant(t, aud, changes)},
	}.Encode())
}

func formCall(address, host, form string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if host != "" {
		r.Host = host
	}
	return r
}

// unsignedGrant returns a grant made at noon; its kid is one that nobody gave a key for, so any
// signature will do.
func unsignedGrant(t *testing.T, aud string, changes map[string]any) string {
	t.Helper()
	claims := map[string]any{
		"iss": "6f0c0a0e-0000-4000-8000-000000000001", "aud": aud,
		"scope": "skatteetaten:innrapporteringboligsparingungdom",
		"iat":   testkit.Noon.Unix(), "exp": testkit.Noon.Unix() + 60, "jti": uuid.NewString(),
		"authorization_details": []any{map[string]any{
			"type":           "urn:altinn:systemuser",
			"systemuser_org": map[string]any{"authority": "iso6523-actorid-upis", "ID": "0192:313367002"},
		}},
	}
	for name, value := range changes {
		claims[name] = value
	}
	part := func(value any) string {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	return part(map[string]any{"alg": "RS256", "kid": "k"}) + "." + part(claims) + ".c2ln"
}

func maskinportenServer(t *testing.T, rules mock.Maskinporten) (*mock.Server, *catalog.API) {
	t.Helper()
	s, err := mock.New(mock.Options{Clock: func() time.Time { return testkit.Noon }, Maskinporten: rules})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, backend.Of(s).Catalog.ByName("maskinporten")
}

// TestMaskinportenRules: what the page does not promise gets a token and a remark in the journal,
// and none with the rules of the page.
func TestMaskinportenRules(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		changes map[string]any
		remark  string // its beginning; empty where the page promises a token
	}{
		{"a good grant", nil, ""},
		{"resource is a list", map[string]any{"resource": []string{"https://api.example.no/"}}, ""},
		{"resource is a text", map[string]any{"resource": "https://api.example.no/"}, "resource is a text"},
		{
			"iat 100 s ago",
			map[string]any{"iat": testkit.Noon.Unix() - 100, "exp": testkit.Noon.Unix() + 20},
			"iat is more than 10 s ago",
		},
		{"life of 180 s", map[string]any{"exp": testkit.Noon.Unix() + 180}, "exp is more than 120 s after iat"},
		{
			"exp 5 s ago",
			map[string]any{"iat": testkit.Noon.Unix() - 8, "exp": testkit.Noon.Unix() - 5},
			"exp has passed already",
		},
	} {
		for _, rules := range []mock.Maskinporten{"", mock.MaskinportenObserved, mock.MaskinportenStrict} {
			s, _ := maskinportenServer(t, rules)
			issuer := "http://example.com/maskinporten/"
			answer := maskinportenAnswer(s, tokenCall(t, issuer+"token", "", issuer, test.changes))
			want := http.StatusOK
			if rules == mock.MaskinportenStrict && test.remark != "" {
				want = http.StatusBadRequest
			}
			call := s.Calls(mock.CallQuery{})[0]
			if answer.Code != want || want == http.StatusOK && !strings.HasPrefix(call.Why, test.remark) ||
				test.remark == "" && call.Why != "" {
				t.Errorf("%s, %q: %d %s, the journal says %q", test.name, rules, answer.Code, answer.Body, call.Why)
			}
		}
	}
	if _, err := mock.New(mock.Options{Maskinporten: "lenient"}); err == nil ||
		!strings.Contains(err.Error(), "observed or strict") {
		t.Errorf("rules that there are not: %v", err)
	}
}

// TestEveryRefusalLeadsToItsPage: whatever is wrong with a call to Maskinporten, and however it is
// asked for, error_uri leads to a page on the same server that says what to do.
func TestEveryRefusalLeadsToItsPage(t *testing.T) {
	t.Parallel()
	s, api := maskinportenServer(t, mock.MaskinportenObserved)
	issuer := "http://example.com/maskinporten/"
	calls := map[string]*http.Request{
		"an unknown address": maskinportenGet(http.MethodGet, issuer+"authorize", ""),
		"an unknown page":    maskinportenGet(http.MethodGet, issuer+"errors/MP-999", ""),
		"a wrong method":     maskinportenGet(http.MethodGet, issuer+"token", ""),
		"too long":           formCall(issuer+"token", "", strings.Repeat("a", 1<<17)),
		"no parameters":      formCall(issuer+"token", "", ""),
		"in a session":       formCall("http://example.com/_session/s/maskinporten/token", "", ""),
		"no kid": formCall(issuer+"token", "",
			"grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=e30.e30.e30"),
	}
	grant := url.QueryEscape(unsignedGrant(t, issuer, nil))
	const grantType = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
	for name, twice := range map[string]struct{ query, form string }{
		"grant_type":       {"", grantType + "&" + grantType + "&assertion=" + grant},
		"assertion":        {"", grantType + "&assertion=" + grant + "&assertion=" + grant},
		"another":          {"", grantType + "&client_id=a&client_id=b&assertion=" + grant},
		"query":            {grantType + "&" + grantType + "&assertion=" + grant, ""},
		"query and form":   {grantType, grantType + "&assertion=" + grant},
		"without a value":  {"", grantType + "&grant_type=&assertion=" + grant},
		"grant in the two": {"assertion=" + grant, grantType + "&assertion=" + grant},
	} {
		calls["twice: "+name] = formCall(issuer+"token?"+twice.query, "", twice.form)
	}
	for _, unreadable := range []string{"%zz", "%", "a;b"} {
		calls["unreadable: "+unreadable] = formCall(issuer+"token", "", grantType+"&assertion="+unreadable)
	}
	for _, code := range api.Codes() {
		byHeader := tokenCall(t, issuer+"token", "", issuer, nil)
		byHeader.Header.Set("Sandkasse-Scenario", code.Name)
		calls["scenario "+code.Name] = byHeader
		calls["scenario in the address "+code.Name] = formCall("http://example.com/_scenario/"+code.Name+
			"/_session/s/maskinporten/token", "", "")
	}
	for name, call := range calls {
		answer := maskinportenAnswer(s, call)
		var refusal struct {
			Error string `json:"error"`
			URI   string `json:"error_uri"`
		}
		if err := json.Unmarshal(answer.Body.Bytes(), &refusal); err != nil || answer.Code < 400 {
			t.Errorf("%s: %d %s", name, answer.Code, answer.Body)
			continue
		}
		if strings.HasPrefix(name, "twice: ") && !strings.HasSuffix(refusal.URI, "/errors/repeated-parameter") {
			t.Errorf("%s: %s", name, answer.Body)
		}
		if strings.HasPrefix(name, "unreadable: ") && strings.HasSuffix(refusal.URI, "/errors/missing-grant-type") {
			t.Errorf("%s: the grant type is there, and the answer is %s", name, answer.Body)
		}
		page := maskinportenAnswer(s, maskinportenGet(http.MethodGet, refusal.URI, ""))
		if text := page.Body.String(); page.Code != http.StatusOK ||
			!strings.Contains(text, "error "+refusal.Error+"\n") || !strings.Contains(text, "What to do: ") {
			t.Errorf("%s leads to %s: %d %s", name, refusal.URI, page.Code, text)
		}
	}
	if len(calls) < 80 {
		t.Errorf("%d refusals were looked at", len(calls))
	}
}

// hostSpellings are the ways to write a Host header for a real host, and the port that the host's
// own address then has.
var hostSpellings = map[string]string{
	"%s": "", "%s.": "", "%s:443": "", "%s:80": "", "%s:8443": ":8443", "%s.:8080": ":8080",
}

// TestRealHosts: under the name of a real Maskinporten, however it is spelled, the sandbox is that
// issuer: metadata, keys, tokens, which the APIs take, and the explanations of errors; in sessions
// too.
func TestRealHosts(t *testing.T) {
	t.Parallel()
	s, api := maskinportenServer(t, mock.MaskinportenObserved)
	var bases []string
	for _, host := range api.Hosts {
		bases = append(bases, host.Base())
	}
	if want := []string{
		"https://maskinporten.no", "https://sky.maskinporten.no", "https://test.maskinporten.no",
		"https://test.sky.maskinporten.no",
	}; !slices.Equal(bases, want) {
		t.Fatalf("the hosts are %v, want %v", bases, want)
	}
	for _, name := range []string{"maskinporten.no", "test.maskinporten.no"} {
		for spelling, port := range hostSpellings {
			for _, host := range []string{fmt.Sprintf(spelling, name), strings.ToUpper(fmt.Sprintf(spelling, name))} {
				for _, modifier := range []string{"", "/_session/a", "/_scenario/slow;ms=1/_session/a"} {
					issuer := "https://" + name + port + modifier + "/"
					isRealIssuer(t, s, host, modifier, issuer, "https://"+name+"/")
				}
			}
		}
	}
}

// isRealIssuer looks at everything that the issuer under a host serves; aud is what a client takes
// for granted.
func isRealIssuer(t *testing.T, s *mock.Server, host, modifier, issuer, aud string) {
	t.Helper()
	at := "http://127.0.0.1:8080" + modifier
	name := host + modifier
	var metadata struct {
		Issuer string `json:"issuer"`
		Token  string `json:"token_endpoint"`
		Keys   string `json:"jwks_uri"`
	}
	for _, path := range []string{
		modifier + "/.well-known/oauth-authorization-server",
		"/.well-known/oauth-authorization-server" + modifier,
	} {
		answer := maskinportenAnswer(s, maskinportenGet(http.MethodGet, "http://127.0.0.1:8080"+path, host))
		if err := json.Unmarshal(answer.Body.Bytes(), &metadata); err != nil || metadata.Issuer != issuer ||
			metadata.Token != issuer+"token" || metadata.Keys != issuer+"jwk" {
			t.Errorf("%s: %s is %d %s, want the issuer %s", name, path, answer.Code, answer.Body, issuer)
		}
	}
	if keys := maskinportenAnswer(s, maskinportenGet(http.MethodGet, at+"/jwk", host)); keys.Code != http.StatusOK ||
		!strings.Contains(keys.Body.String(), `"kid"`) {
		t.Errorf("%s: the keys are %d %s", name, keys.Code, keys.Body)
	}
	for _, aud := range []string{aud, issuer} {
		answer := maskinportenAnswer(s, tokenCall(t, at+"/token", host, aud, nil))
		var given struct {
			Token string `json:"access_token"`
		}
		if err := json.Unmarshal(answer.Body.Bytes(), &given); err != nil || answer.Code != http.StatusOK {
			t.Errorf("%s: a grant for %s gets %d %s", name, aud, answer.Code, answer.Body)
			continue
		}
		if iss := claimsOf(t, given.Token)["iss"]; iss != issuer {
			t.Errorf("%s: the token's iss is %v, want %s", name, iss, issuer)
		}
		// A GET of what is not there is refused only after the token was looked at.
		call := maskinportenGet(http.MethodGet, "http://127.0.0.1:8080/innrapporteringbsu/v1/2023/forsendelser/"+
			uuid.NewString()+"/dokumenter/"+uuid.NewString(), "")
		call.Header.Set("Authorization", "Bearer "+given.Token)
		if looked := maskinportenAnswer(s, call); looked.Code != http.StatusNotFound {
			t.Errorf("%s: the token of %s is refused: %d %s", name, issuer, looked.Code, looked.Body)
		}
	}
	for _, wrong := range []string{
		"https://example.com/", strings.TrimSuffix(aud, "/"), aud + "token",
		strings.Replace(aud, "https", "http", 1), otherIssuer(aud),
	} {
		answer := maskinportenAnswer(s, tokenCall(t, at+"/token", host, wrong, nil))
		var refusal struct {
			URI string `json:"error_uri"`
		}
		if err := json.Unmarshal(answer.Body.Bytes(), &refusal); err != nil ||
			!strings.HasSuffix(refusal.URI, "/errors/MP-110") || !strings.HasPrefix(refusal.URI, aud[:len(aud)-1]) {
			t.Errorf("%s: a grant for %s gets %d %s", name, wrong, answer.Code, answer.Body)
			continue
		}
		page := maskinportenGet(http.MethodGet, refusal.URI, "")
		if text := maskinportenAnswer(s, page).Body.String(); !strings.Contains(text, "What to do: ") {
			t.Errorf("%s leads to %q", refusal.URI, text)
		}
	}
	for path, status := range map[string]int{
		"/":                                 http.StatusNotFound,
		"/authorize":                        http.StatusNotFound,
		"/token":                            http.StatusMethodNotAllowed,
		"/maskinporten/jwk":                 http.StatusNotFound,
		"/kobo/kobobolig/bolig":             http.StatusNotFound,
		"/.well-known/openid-configuration": http.StatusNotFound,
		"/.well-known/oauth-authorization-server/kobo": http.StatusNotFound,
	} {
		answer := maskinportenAnswer(s, maskinportenGet(http.MethodGet, at+path, host))
		if answer.Code != status || !strings.Contains(answer.Body.String(), `"error_uri":"`+aud[:len(aud)-1]) {
			t.Errorf("%s%s: %d %s, want Maskinporten's %d", name, path, answer.Code, answer.Body, status)
		}
	}
}

func otherIssuer(aud string) string {
	if aud == "https://maskinporten.no/" {
		return "https://test.maskinporten.no/"
	}
	return "https://maskinporten.no/"
}

func claimsOf(t *testing.T, token string) map[string]any {
	t.Helper()
	text, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(text, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// TestNoRealHosts: a host that only looks like a real one is none.
func TestNoRealHosts(t *testing.T) {
	t.Parallel()
	s, _ := maskinportenServer(t, mock.MaskinportenObserved)
	for _, host := range []string{
		"notmaskinporten.no", "test.maskinporten.no.example.com", "maskinporten.no.example.com",
		"a.test.maskinporten.no", "ver2.maskinporten.no",
		"test.maskinporten.no..", "maskinporten.localhost:8080", "maskinporten", "no", "test", "[::1]:8080",
		"test.maskinporten.no:http", "",
	} {
		r := maskinportenGet(http.MethodGet, "http://127.0.0.1:8080/.well-known/oauth-authorization-server", "")
		r.Host = host
		if answer := maskinportenAnswer(s, r); strings.Contains(answer.Body.String(), `"issuer":"https://`) {
			t.Errorf("%s is a real host: %s", host, answer.Body)
		}
	}
}

// TestRealAudiences: at the sandbox's own address a grant may be for it or for any real issuer, to
// the letter.
func TestRealAudiences(t *testing.T) {
	t.Parallel()
	s, _ := maskinportenServer(t, mock.MaskinportenObserved)
	for _, base := range []string{
		"http://127.0.0.1:8080", "http://127.0.0.1:8080/_session/a",
		"http://maskinporten.localhost:8080",
	} {
		for aud, good := range map[string]bool{
			base + "/maskinporten/": true, "https://test.maskinporten.no/": true, "https://maskinporten.no/": true,
			"https://test.maskinporten.no": false, "https://maskinporten.no/token": false,
			"http://maskinporten.no/": false, "https://MASKINPORTEN.no/": false,
			"https://ver2.maskinporten.no/": false,
			"https://sky.maskinporten.no/":  false, "https://sky.maskinporten.no": true,
			"https://test.sky.maskinporten.no": true, base + "/": false, "": false,
		} {
			answer := maskinportenAnswer(s, tokenCall(t, base+"/maskinporten/token", "", aud, nil))
			if good != (answer.Code == http.StatusOK) || !good && !strings.Contains(answer.Body.String(), "MP-110") {
				t.Errorf("%s, aud %q: %d %s", base, aud, answer.Code, answer.Body)
			}
		}
	}
}

// TestRealHostsThroughClient: the client that needs no network reaches a real issuer by its own
// address, in its session.
func TestRealHostsThroughClient(t *testing.T) {
	t.Parallel()
	s, _ := maskinportenServer(t, mock.MaskinportenObserved)
	session, err := s.Session("a")
	if err != nil {
		t.Fatal(err)
	}
	for name, client := range map[string]*http.Client{"default": s.Client(), "a": session.Client()} {
		for _, issuer := range []string{
			"https://test.maskinporten.no/", "https://maskinporten.no/",
			"http://test.maskinporten.no/",
		} {
			answer, err := client.Get(issuer + ".well-known/oauth-authorization-server")
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(answer.Body)
			answer.Body.Close()
			real := strings.Replace(issuer, "http:", "https:", 1)
			if err != nil || !strings.HasPrefix(string(body), `{"issuer":"`+real+`","token_endpoint":"`+real+`token"`) {
				t.Errorf("%s in session %s: %s, %v", issuer, name, body, err)
			}
			form := url.Values{
				"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"},
				"assertion":  {unsignedGrant(t, real, nil)},
			}
			given, err := client.PostForm(issuer+"token", form)
			if err != nil {
				t.Fatal(err)
			}
			given.Body.Close()
			if given.StatusCode != http.StatusOK {
				t.Errorf("%s in session %s: the token endpoint answers %s", issuer, name, given.Status)
			}
		}
	}
	if in, out := len(session.Calls(mock.CallQuery{})), len(s.Calls(mock.CallQuery{})); in != 6 || out != 6 {
		t.Errorf("%d calls are in the session's journal and %d in the default one's, want 6 each", in, out)
	}
}
