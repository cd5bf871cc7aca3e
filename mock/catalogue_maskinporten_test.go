package mock

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"testing"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/token"
)

// goodMaskinportenCall is a call to a route of Maskinporten that is answered with 200. The grant's
// kid is one that nobody gave a key for, so any signature will do.
func goodMaskinportenCall(t *testing.T, _ *Server, api *catalog.API, route *catalog.Route) *testCall {
	t.Helper()
	c := &testCall{
		method: route.Method, path: route.Paths[0], base: "/" + api.Label, header: http.Header{},
		params: map[string]string{"page": "MP-110"},
	}
	if route.Name != "token" {
		return c
	}
	part := func(value any) string {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	assertion := part(map[string]any{"alg": "RS256", "kid": "k"}) + "." + part(map[string]any{
		"iss": "6f0c0a0e-0000-4000-8000-000000000001", "aud": token.IssuerAt("http://example.com"), "scope": "a:b",
		"iat": noon.Unix(), "exp": noon.Unix() + 120, "jti": "1",
	}) + ".c2ln"
	c.header.Set("Content-Type", "application/x-www-form-urlencoded")
	c.body = []byte("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" + assertion)
	return c
}
