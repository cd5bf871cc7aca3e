package token

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

func testKey(t testing.TB) Key {
	t.Helper()
	key, err := TestKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestTheTwoHalvesOfTheTestKeyBelongTogether(t *testing.T) {
	t.Parallel()
	key := testKey(t)
	private, err := key.signer()
	if err != nil {
		t.Fatal(err)
	}
	if err := private.Validate(); err != nil {
		t.Errorf("the private half is not a good key: %v", err)
	}
	if !private.PublicKey.Equal(key.Public) {
		t.Error("the private half belongs to another public half")
	}
	if bits := key.Public.N.BitLen(); bits != 2048 {
		t.Errorf("the key has %d bits, want 2048", bits)
	}
	if key.ID != "sandkasse-test-1" {
		t.Errorf("the key's ID is %q", key.ID)
	}
}

func TestTheKeyFileSaysFirstThatItProtectsNothing(t *testing.T) {
	t.Parallel()
	first, _, _ := strings.Cut(testKeyPEM, "\n")
	if want := "This is a PUBLIC TEST KEY. It protects nothing."; first != want {
		t.Errorf("testkey.pem begins with %q, want %q", first, want)
	}
}

func TestTheZeroKeySignsAndVerifiesNothing(t *testing.T) {
	t.Parallel()
	if _, err := Mint(Key{}, grant()); err == nil || !strings.Contains(err.Error(), "no private half") {
		t.Errorf("Mint with the zero key: %v", err)
	}
	token := mint(t, grant())
	half := Key{ID: TestKeyID}
	if _, err := NewVerifier(half, Strict).Verify("Bearer "+token, now); err == nil {
		t.Error("a key without public half verified a token")
	}
}

func TestPublishedKey(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(testKey(t).JWKS())
	if err != nil {
		t.Fatal(err)
	}
	jwk := testKey(t).JWKS().Keys[0]
	want := `{"keys":[{"kid":"sandkasse-test-1","use":"sig","alg":"RS256","kty":"RSA","n":"` + jwk.N + `","e":"AQAB"}]}`
	if string(got) != want {
		t.Errorf("keys are %s, want %s", got, want)
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(got, &set); err != nil || !testKey(t).Public.Equal(set.Keys[0].Key) {
		t.Errorf("the published key is another: %v", err)
	}
	if got, err := json.Marshal(Key{}.JWKS()); err != nil || string(got) != `{"keys":[]}` {
		t.Errorf("the zero key's set is %s, %v", got, err)
	}
}
