package maskinporten

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock/internal/token"
)

func TestMetadataIsMaskinportens(t *testing.T) {
	t.Parallel()
	got, err := json.MarshalIndent(MetadataOf("https://test.maskinporten.no/"), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	// As observed (docs/sources/maskinporten.md 1.1).
	want := `{
  "issuer": "https://test.maskinporten.no/",
  "token_endpoint": "https://test.maskinporten.no/token",
  "jwks_uri": "https://test.maskinporten.no/jwk",
  "grant_types_supported": [
    "urn:ietf:params:oauth:grant-type:jwt-bearer"
  ],
  "token_endpoint_auth_methods_supported": [
    "private_key_jwt"
  ],
  "token_endpoint_auth_signing_alg_values_supported": [
    "RS256",
    "RS384",
    "RS512"
  ],
  "authorization_details_types_supported": [
    "urn:altinn:systemuser",
    "urn:altinn:consent"
  ]
}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
}

// TestExplanations checks that each error is explained once and in full.
func TestExplanations(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	codeless := false
	for _, e := range Explanations() {
		if seen[e.Page] {
			t.Errorf("%s is explained twice", e.Page)
		}
		seen[e.Page] = true
		if got, ok := Explain(e.Page); !ok || got != e {
			t.Errorf("Explain(%q) is %+v, %v", e.Page, got, ok)
		}
		if e.MP != "" && e.MP != e.Page || e.MP == "" && strings.ToLower(e.Page) != e.Page ||
			strings.ContainsAny(e.Page, " /?#") {
			t.Errorf("page %q is of code %q", e.Page, e.MP)
		}
		if e.MP != "" && codeless {
			t.Errorf("%s stands after one without code", e.Page)
		}
		codeless = e.MP == ""
		for what, text := range map[string]string{"Means": e.Means, "Fix": e.Fix} {
			if !strings.HasSuffix(text, ".") || text != token.Printable(text) || strings.Contains(text, "  ") {
				t.Errorf("%s: %s is %q", e.Page, what, text)
			}
		}
		if e.Title == "" || strings.HasSuffix(e.Title, ".") || e.Error == "" {
			t.Errorf("%s: title %q, error %q", e.Page, e.Title, e.Error)
		}
	}
	if len(seen) < 23 {
		t.Errorf("%d errors are explained", len(seen))
	}
	if e, ok := Explain("MP-999"); ok || e != (Explanation{}) {
		t.Errorf("MP-999 is explained: %+v", e)
	}
	Explanations()[0].Page = "changed"
	if _, ok := Explain("MP-011"); !ok {
		t.Error("a caller changed the explanations")
	}
}
