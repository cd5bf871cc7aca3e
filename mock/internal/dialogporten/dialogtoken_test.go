package dialogporten

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// TestDialogToken: it is signed with the key that is published, and says whose it is, for what, and
// for how long.
func TestDialogToken(t *testing.T) {
	t.Parallel()
	w := newReported(t)
	w.deliver(delivery{own, "bsu", 2024, noon})
	id := w.dlg[own+"/bsu/2024"].DialogID
	var shown struct{ DialogToken string }
	if _, err := w.ask("dialog", own, noon, nil, map[string]string{"dialogId": id}, &shown); err != nil {
		t.Fatal(err)
	}
	var keys struct{ Keys []map[string]string }
	if _, err := w.ask("dialog-jwks", "", noon, nil, nil, &keys); err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(shown.DialogToken, ".")
	if len(parts) != 3 || len(keys.Keys) != 1 {
		t.Fatalf("the token is %s, the keys are %v", shown.DialogToken, keys)
	}
	raw := make([][]byte, 4)
	for i, text := range append(parts, keys.Keys[0]["x"]) {
		var err error
		if raw[i], err = base64.RawURLEncoding.DecodeString(text); err != nil {
			t.Fatal(err)
		}
	}
	if !ed25519.Verify(raw[3], []byte(parts[0]+"."+parts[1]), raw[2]) {
		t.Error("the published key does not verify the token")
	}
	var header map[string]string
	var claims map[string]any
	if json.Unmarshal(raw[0], &header) != nil || json.Unmarshal(raw[1], &claims) != nil || header["alg"] != "EdDSA" ||
		header["typ"] != "JWT" ||
		header["kid"] != keys.Keys[0]["kid"] {
		t.Fatalf("the token is %s.%s", raw[0], raw[1])
	}
	issued := float64(noon.Unix())
	actor, _ := caller(w.request(own, noon, nil, nil))
	for name, want := range map[string]any{
		"i": id, "p": partyPrefix + own, "c": partyPrefix + own, "o": partyPrefix + own, "y": actor, "l": 3.0,
		"a": "read",
		"s": "urn:altinn:resource:ske-innrapportering-boligsparing-ungdom", "iat": issued, "nbf": issued,
		"exp": issued + (10 * time.Minute).Seconds(),
		"iss": "http://sandkasse.test/dialogporten/api/v1",
	} {
		if claims[name] != want {
			t.Errorf("%s is %v, want %v", name, claims[name], want)
		}
	}
	if claims["jti"] == "" || claims["u"] != nil {
		t.Errorf("the claims are %v", claims)
	}
}
