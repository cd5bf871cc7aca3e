// Package jwttest makes JWTs for tests by plain crypto/rsa, well-formed or not.
package jwttest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha512" // for RS384 and RS512
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// ClientKey and OtherKey return the keys of two clients, each made once in a process.
var (
	ClientKey = sync.OnceValue(newKey)
	OtherKey  = sync.OnceValue(newKey)
)

func newKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

// Base64 returns the text as base64url without padding, as the parts of a JWT are written.
func Base64(text string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

// Sign returns a JWT of any header and payload. It is hashed as RS384 or RS512 where the header
// names one of them, else by SHA-256.
func Sign(t testing.TB, private *rsa.PrivateKey, header, payload string) string {
	t.Helper()
	hash := crypto.SHA256
	switch {
	case strings.Contains(header, "RS384"):
		hash = crypto.SHA384
	case strings.Contains(header, "RS512"):
		hash = crypto.SHA512
	}
	text := Base64(header) + "." + Base64(payload)
	digest := hash.New()
	digest.Write([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, private, hash, digest.Sum(nil))
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + Base64(string(signature))
}

// SignedBy reports whether a JWT's signature is the key's by one of Maskinporten's algorithms. It
// knows only crypto/rsa and the text.
func SignedBy(key *rsa.PublicKey, jwt string) bool {
	end := strings.LastIndex(jwt, ".")
	signature, err := base64.RawURLEncoding.DecodeString(jwt[end+1:])
	if err != nil || Base64(string(signature)) != jwt[end+1:] {
		return false
	}
	for _, hash := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
		digest := hash.New()
		digest.Write([]byte(jwt[:end]))
		if rsa.VerifyPKCS1v15(key, hash, digest.Sum(nil), signature) == nil {
			return true
		}
	}
	return false
}

// Part decodes one of a JWT's three parts: 0 header, 1 payload, 2 signature.
func Part(t testing.TB, jwt string, n int) []byte {
	t.Helper()
	data, err := base64.RawURLEncoding.DecodeString(strings.Split(jwt, ".")[n])
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Object writes a JSON object: the members in the given order, changed by the changes, each `name`
// to leave a member out or `name=JSON` to set it.
func Object(order []string, members map[string]string, changes []string) string {
	for _, change := range changes {
		name, value, ok := strings.Cut(change, "=")
		if _, known := members[name]; !known {
			order = append(order, name)
		}
		if members[name] = value; !ok {
			delete(members, name)
		}
	}
	var written []string
	for _, name := range order {
		if value, ok := members[name]; ok {
			written = append(written, fmt.Sprintf("%q:%s", name, value))
		}
	}
	return "{" + strings.Join(written, ",") + "}"
}
