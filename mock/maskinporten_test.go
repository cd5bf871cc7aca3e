package mock

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"sandkasse/mock/internal/catalog"
)

// maskinportenAnswer is a call to the server, as httptest has it.
func maskinportenAnswer(s *Server, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// maskinportenGet is a call without a body to an address; host is another one than the address has, or empty.
func maskinportenGet(method, address, host string) *http.Request {
	r := httptest.NewRequest(method, address, nil)
	if host != "" {
		r.Host = host
	}
	return r
}

// tokenCall is a call to the token endpoint at an address, with a grant that has an aud and other claims than a good one's, made at noon.
func tokenCall(t *testing.T, address, host, aud string, changes map[string]any) *http.Request {
	t.Helper()
	return formCall(address, host, url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {unsignedGrant(t, aud, changes)}}.Encode())
}

func formCall(address, host, form string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if host != "" {
		r.Host = host
	}
	return r
}

// unsignedGrant is a grant made at noon; its kid is one that nobody gave a key for, so any signature will do.
func unsignedGrant(t *testing.T, aud string, changes map[string]any) string {
	t.Helper()
	claims := map[string]any{
		"iss": "6f0c0a0e-0000-4000-8000-000000000001", "aud": aud, "scope": "skatteetaten:innrapporteringboligsparingungdom",
		"iat": noon.Unix(), "exp": noon.Unix() + 60, "jti": uuid.NewString(),
		"authorization_details": []any{map[string]any{"type": "urn:altinn:systemuser",
			"systemuser_org": map[string]any{"authority": "iso6523-actorid-upis", "ID": "0192:313367002"}}},
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

func maskinportenServer(t *testing.T, rules Maskinporten) (*Server, *catalog.API) {
	t.Helper()
	s, err := New(Options{Clock: func() time.Time { return noon }, Maskinporten: rules})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, s.catalog.ByName("maskinporten")
}

// TestMaskinportenRules: what the page does not promise gets a token and a remark in the journal, and none with the rules of the page.
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
		{"iat 100 s ago", map[string]any{"iat": noon.Unix() - 100, "exp": noon.Unix() + 20}, "iat is more than 10 s ago"},
		{"life of 180 s", map[string]any{"exp": noon.Unix() + 180}, "exp is more than 120 s after iat"},
		{"exp 5 s ago", map[string]any{"iat": noon.Unix() - 8, "exp": noon.Unix() - 5}, "exp has passed already"},
	} {
		for _, rules := range []Maskinporten{"", MaskinportenObserved, MaskinportenStrict} {
			s, _ := maskinportenServer(t, rules)
			issuer := "http://example.com/maskinporten/"
			answer := maskinportenAnswer(s, tokenCall(t, issuer+"token", "", issuer, test.changes))
			want := http.StatusOK
			if rules == MaskinportenStrict && test.remark != "" {
				want = http.StatusBadRequest
			}
			call := s.Calls(CallQuery{})[0]
			if answer.Code != want || want == http.StatusOK && !strings.HasPrefix(call.Why, test.remark) || test.remark == "" && call.Why != "" {
				t.Errorf("%s, %q: %d %s, the journal says %q", test.name, rules, answer.Code, answer.Body, call.Why)
			}
		}
	}
	if _, err := New(Options{Maskinporten: "lenient"}); err == nil || !strings.Contains(err.Error(), "observed or strict") {
		t.Errorf("rules that there are not: %v", err)
	}
}

// TestEveryRefusalLeadsToItsPage: whatever is wrong with a call to Maskinporten, and however it is asked for, error_uri leads to a page on the
// same server that says what to do.
func TestEveryRefusalLeadsToItsPage(t *testing.T) {
	t.Parallel()
	s, api := maskinportenServer(t, MaskinportenObserved)
	issuer := "http://example.com/maskinporten/"
	calls := map[string]*http.Request{
		"an unknown address": maskinportenGet(http.MethodGet, issuer+"authorize", ""),
		"an unknown page":    maskinportenGet(http.MethodGet, issuer+"errors/MP-999", ""),
		"a wrong method":     maskinportenGet(http.MethodGet, issuer+"token", ""),
		"too long":           formCall(issuer+"token", "", strings.Repeat("a", 1<<17)),
		"no parameters":      formCall(issuer+"token", "", ""),
		"in a session":       formCall("http://example.com/_session/s/maskinporten/token", "", ""),
		"no kid":             formCall(issuer+"token", "", "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=e30.e30.e30"),
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
	for _, code := range api.Codes() {
		byHeader := tokenCall(t, issuer+"token", "", issuer, nil)
		byHeader.Header.Set("Sandkasse-Scenario", code.Name)
		calls["scenario "+code.Name] = byHeader
		calls["scenario in the address "+code.Name] = formCall("http://example.com/_scenario/"+code.Name+"/_session/s/maskinporten/token", "", "")
	}
	for name, call := range calls {
		answer := maskinportenAnswer(s, call)
		var told struct {
			Error string `json:"error"`
			URI   string `json:"error_uri"`
		}
		if err := json.Unmarshal(answer.Body.Bytes(), &told); err != nil || answer.Code < 400 {
			t.Errorf("%s: %d %s", name, answer.Code, answer.Body)
			continue
		}
		if strings.HasPrefix(name, "twice: ") && !strings.HasSuffix(told.URI, "/errors/repeated-parameter") {
			t.Errorf("%s: %s", name, answer.Body)
		}
		page := maskinportenAnswer(s, maskinportenGet(http.MethodGet, told.URI, ""))
		if text := page.Body.String(); page.Code != http.StatusOK || !strings.Contains(text, "error "+told.Error+"\n") || !strings.Contains(text, "What to do: ") {
			t.Errorf("%s leads to %s: %d %s", name, told.URI, page.Code, text)
		}
	}
	if len(calls) < 80 {
		t.Errorf("%d refusals were looked at", len(calls))
	}
}
