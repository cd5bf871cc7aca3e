package token

import (
	"crypto/rsa"
	"crypto/x509"
	_ "embed"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"sync"
)

// TestKeyID is the kid of the published test key.
const TestKeyID = "sandkasse-test-1"

//go:embed testkey.pem
var testKeyPEM string

// testPrivate parses the private half of the test key once in a process: the
// checks that belong to it cost a hundred times what the public half costs.
var testPrivate = sync.OnceValues(func() (*rsa.PrivateKey, error) {
	key, err := testKeyBlock("PRIVATE KEY", x509.ParsePKCS8PrivateKey)
	if err != nil {
		return nil, err
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("testkey.pem: PRIVATE KEY is %T, must be an RSA key", key)
	}
	return private, nil
})

// Key is a key pair that signs and verifies tokens: an RSA key and its name.
// Verifying needs only Public, so the private half is not read before the
// first Mint. The zero Key signs nothing and verifies nothing.
type Key struct {
	// ID is the key's name, the kid in a token's header.
	ID string
	// Public is the half that verifies. It must not be changed.
	Public *rsa.PublicKey

	private func() (*rsa.PrivateKey, error)
}

// TestKey returns the published test key, RSA of 2048 bits, which protects
// nothing: its private half is part of sandkasse's source, so every sandbox
// signs alike and tokens outlive restarts. It fails only when the embedded
// file is broken.
func TestKey() (Key, error) {
	key, err := testKeyBlock("PUBLIC KEY", x509.ParsePKIXPublicKey)
	if err != nil {
		return Key{}, err
	}
	public, ok := key.(*rsa.PublicKey)
	if !ok {
		return Key{}, fmt.Errorf("testkey.pem: PUBLIC KEY is %T, must be an RSA key", key)
	}
	return Key{ID: TestKeyID, Public: public, private: testPrivate}, nil
}

// signer returns the private half.
func (k Key) signer() (*rsa.PrivateKey, error) {
	if k.private == nil {
		return nil, errors.New("the key has no private half, must be one from TestKey")
	}
	return k.private()
}

// testKeyBlock finds the PEM block of the given kind in the embedded file and
// parses it.
func testKeyBlock(kind string, parse func([]byte) (any, error)) (any, error) {
	for rest := []byte(testKeyPEM); ; {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil {
			return nil, fmt.Errorf("testkey.pem: no block %s", kind)
		}
		if block.Type != kind {
			continue
		}
		key, err := parse(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("testkey.pem: block %s: %w", kind, err)
		}
		return key, nil
	}
}

// JWKS is a set of public keys (RFC 7517): what a token is verified with.
type JWKS struct {
	Keys []JWK `json:"keys"`
}

// JWK is one public RSA key. N and E are base64url of the big-endian number.
type JWK struct {
	KeyID     string `json:"kid"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
	Type      string `json:"kty"`
	N         string `json:"n"`
	E         string `json:"e"`
}

// JWKS returns the key's public half, as it is published at <issuer>jwk. The
// zero Key makes an empty set.
func (k Key) JWKS() JWKS {
	if k.Public == nil {
		return JWKS{Keys: []JWK{}}
	}
	return JWKS{Keys: []JWK{{
		KeyID:     k.ID,
		Use:       "sig",
		Algorithm: "RS256",
		Type:      "RSA",
		N:         base64.RawURLEncoding.EncodeToString(k.Public.N.Bytes()),
		E:         base64.RawURLEncoding.EncodeToString(big.NewInt(int64(k.Public.E)).Bytes()),
	}}}
}
