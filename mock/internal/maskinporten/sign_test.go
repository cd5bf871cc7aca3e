package maskinporten

import (
	"crypto"
	"crypto/rsa"
	_ "crypto/sha512"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

const goodHeader = `{"alg":"RS256","kid":"sandkasse-test-1"}`

// b64 is base64url without padding, as in a token.
func b64(text string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

// signed makes a token of any header and payload with the test key, by plain
// crypto/rsa. What is signed is hashed as the header's RS384 or RS512 wants,
// else by SHA-256.
func signed(t testing.TB, header, payload string) string {
	t.Helper()
	private, err := testKey(t).signer()
	if err != nil {
		t.Fatal(err)
	}
	return signedBy(t, private, header, payload)
}

func signedBy(t testing.TB, private *rsa.PrivateKey, header, payload string) string {
	t.Helper()
	hash := crypto.SHA256
	switch {
	case strings.Contains(header, "RS384"):
		hash = crypto.SHA384
	case strings.Contains(header, "RS512"):
		hash = crypto.SHA512
	}
	text := b64(header) + "." + b64(payload)
	digest := hash.New()
	digest.Write([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, private, hash, digest.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + b64(string(signature))
}

// payload is a good token's, with changes as jsonObject takes them.
func payload(changes ...string) string {
	order := []string{"iss", "scope", "client_id", "iat", "exp", "consumer", "authorization_details"}
	members := map[string]string{
		"iss":                   `"http://localhost:8080/maskinporten/"`,
		"scope":                 `"skatteetaten:a skatteetaten:b"`,
		"client_id":             `"6f0c0a0e-0000-4000-8000-000000000001"`,
		"iat":                   fmt.Sprint(now.Unix() - 1),
		"exp":                   fmt.Sprint(now.Unix() + 119),
		"consumer":              `{"authority":"iso6523-actorid-upis","ID":"0192:311111116"}`,
		"authorization_details": `[` + goodDetail + `]`,
	}
	return jsonObject(order, members, changes)
}

// jsonObject writes members in their order, with others in place of those of the
// same name: each is `name` (left out) or `name=JSON`.
func jsonObject(order []string, members map[string]string, changes []string) string {
	for _, change := range changes {
		name, value, ok := strings.Cut(change, "=")
		if _, known := members[name]; !known {
			order = append(order, name)
		}
		if members[name] = value; !ok {
			delete(members, name)
		}
	}
	var said []string
	for _, name := range order {
		if value, ok := members[name]; ok {
			said = append(said, fmt.Sprintf("%q:%s", name, value))
		}
	}
	return "{" + strings.Join(said, ",") + "}"
}

const goodDetail = `{"type":"urn:altinn:systemuser",` +
	`"systemuser_org":{"authority":"iso6523-actorid-upis","ID":"0192:312222221"},` +
	`"systemuser_id":["33a0911a-0000-4000-8000-00000000016c"],"system_id":"311111116_demo"}`
