package token

import (
	"fmt"
	"testing"

	"sandkasse/mock/internal/token/jwttest"
)

const goodHeader = `{"alg":"RS256","kid":"sandkasse-test-1"}`

// signed makes a token of any header and payload with the test key, by plain crypto/rsa. What is
// signed is hashed as the header's RS384 or RS512 wants, else by SHA-256.
func signed(t testing.TB, header, payload string) string {
	t.Helper()
	private, err := testKey(t).signer()
	if err != nil {
		t.Fatal(err)
	}
	return jwttest.Sign(t, private, header, payload)
}

// payload returns that of a valid token, with changes as jwttest.Object takes them.
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
	return jwttest.Object(order, members, changes)
}

const goodDetail = `{"type":"urn:altinn:systemuser",` +
	`"systemuser_org":{"authority":"iso6523-actorid-upis","ID":"0192:312222221"},` +
	`"systemuser_id":["33a0911a-0000-4000-8000-00000000016c"],"system_id":"311111116_demo"}`
