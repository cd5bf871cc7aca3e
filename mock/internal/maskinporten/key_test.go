package maskinporten

import (
	"strings"
	"testing"
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
