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

// testPrivate parses the private half of the test key once in a process: its checks cost a hundred
// times those of the public half.
var testPrivate = sync.OnceValues(func() (*rsa.PrivateKey, error) {
	key, err := keyBlock(testKeyPEM, "PRIVATE KEY", x509.ParsePKCS8PrivateKey)
	if err != nil {
		return nil, err
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("testkey.pem: PRIVATE KEY is %T, must be an RSA key", key)
	}
	return private, nil
})

// Key is an RSA key pair that signs and verifies tokens. The private half is parsed at the first
// Mint, since verifying does not need it. The zero Key signs and verifies nothing.
type Key struct {
	// ID is the kid in the header of a token.
	ID string
	// Public must not be changed.
	Public *rsa.PublicKey

	private func() (*rsa.PrivateKey, error)
}

// TestKey returns the published test key, RSA of 2048 bits. It protects nothing: its private half
// is part of the source, so every sandbox signs alike and tokens outlive restarts. The error says
// that the embedded file is broken.
func TestKey() (Key, error) {
	key, err := keyBlock(testKeyPEM, "PUBLIC KEY", x509.ParsePKIXPublicKey)
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

// keyBlock parses the PEM block of the given type in the text of an embedded file.
func keyBlock(text, kind string, parse func([]byte) (any, error)) (any, error) {
	for rest := []byte(text); ; {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		if block == nil {
			return nil, fmt.Errorf("key file: no block %s", kind)
		}
		if block.Type != kind {
			continue
		}
		key, err := parse(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("key file: block %s: %w", kind, err)
		}
		return key, nil
	}
}

// JWKS is a set of public keys (RFC 7517). It is not a jose.JSONWebKeySet, which would write the
// members in another order.
type JWKS struct {
	Keys []JWK `json:"keys"`
}

// JWK is a public RSA key. N and E are base64url of the big-endian number.
type JWK struct {
	KeyID     string `json:"kid"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
	Type      string `json:"kty"`
	N         string `json:"n"`
	E         string `json:"e"`
}

// JWKS returns the public half as it is published at <issuer>jwk; an empty set for the zero Key.
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
