package token

import (
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // names a key, as Altinn does
	"crypto/x509"
	"crypto/x509/pkix"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"strings"
	"sync"
	"time"
)

// AltinnIssuerPath is the path of the issuer of exchanged tokens below the address of Altinn's
// authentication.
const AltinnIssuerPath = "/api/v1/openid/"

// exchangedTTL is the lifetime of an exchanged token (docs/sources/systembruker.md).
const exchangedTTL = 30 * time.Minute

//go:embed altinnkey.pem
var altinnKeyPEM string

// AltinnKey is the key that signs exchanged tokens, with its certificate.
type AltinnKey struct {
	Key
	certificate []byte // DER
}

// altinnPrivate parses the private half once in a process.
var altinnPrivate = sync.OnceValues(func() (*rsa.PrivateKey, error) {
	key, err := keyBlock(altinnKeyPEM, "PRIVATE KEY", x509.ParsePKCS8PrivateKey)
	if err != nil {
		return nil, err
	}
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("altinnkey.pem: PRIVATE KEY is %T, must be an RSA key", key)
	}
	return private, nil
})

// altinnCertificate makes the certificate of the key once in a process. It is always the same.
var altinnCertificate = sync.OnceValues(func() ([]byte, error) {
	private, err := altinnPrivate()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Sandkasse, exchanged tokens"},
		NotBefore:          time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:           time.Date(2099, 12, 31, 0, 0, 0, 0, time.UTC),
		SignatureAlgorithm: x509.SHA256WithRSA, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	return x509.CreateCertificate(nil, template, template, private.Public(), private) // PKCS #1 v1.5 needs no chance
})

// TestAltinnKey returns the published test key of exchanged tokens. Like that of TestKey it protects
// nothing. The error says that the embedded file is broken.
func TestAltinnKey() (AltinnKey, error) {
	certificate, err := altinnCertificate()
	if err != nil {
		return AltinnKey{}, err
	}
	private, err := altinnPrivate()
	if err != nil {
		return AltinnKey{}, err
	}
	thumbprint := sha1.Sum(certificate)
	return AltinnKey{
		Key: Key{
			ID: strings.ToUpper(hex.EncodeToString(thumbprint[:])), Public: &private.PublicKey, private: altinnPrivate,
		},
		certificate: certificate,
	}, nil
}

// AltinnJWKS is the key set of Altinn: with the certificate in x5c.
type AltinnJWKS struct {
	Keys []AltinnJWK `json:"keys"`
}

// AltinnJWK is a key of AltinnJWKS.
type AltinnJWK struct {
	Type        string   `json:"kty"`
	Use         string   `json:"use"`
	KeyID       string   `json:"kid"`
	E           string   `json:"e"`
	N           string   `json:"n"`
	Certificate []string `json:"x5c"`
	Algorithm   string   `json:"alg"`
}

// AltinnJWKS returns the public half as Altinn publishes it; an empty set for the zero AltinnKey.
func (k AltinnKey) AltinnJWKS() AltinnJWKS {
	set := AltinnJWKS{Keys: []AltinnJWK{}}
	for _, one := range k.JWKS().Keys {
		set.Keys = append(set.Keys, AltinnJWK{
			Type: one.Type, Use: one.Use, KeyID: one.KeyID, E: one.E, N: one.N, Algorithm: one.Algorithm,
			Certificate: []string{base64.StdEncoding.EncodeToString(k.certificate)},
		})
	}
	return set
}

// Exchanging holds the claims of an exchanged token beside those of Maskinporten's.
type Exchanging struct {
	Issuer       string
	Organisation string // the vendor
	SessionID    string
	Now          time.Time
}

// Exchange returns Altinn's token for one of Maskinporten's, which must have been verified: all its
// claims but aud, iss, client_amr and sid, and those of Altinn. The error says that the token is not
// Maskinporten's, or cannot be read.
func Exchange(key AltinnKey, raw string, with Exchanging) (string, error) {
	if IsExchanged("Bearer " + raw) {
		return "", errors.New("the token is one of Altinn's already; exchange the one of Maskinporten")
	}
	_, claims, err := accessTokenFormat().Parse(raw)
	if err != nil {
		return "", err
	}
	payload := map[string]any{}
	for name, value := range maps.All(claims) {
		payload[name] = json.RawMessage(value)
	}
	for _, name := range []string{"aud", "client_amr"} {
		delete(payload, name)
	}
	now := with.Now.Unix()
	payload["iss"], payload["sid"] = with.Issuer, with.SessionID
	payload["iat"], payload["nbf"], payload["exp"] = now, now, now+int64(exchangedTTL/time.Second)
	payload["urn:altinn:orgNumber"], payload["urn:altinn:authlevel"] = with.Organisation, 3
	payload["urn:altinn:authenticatemethod"] = "maskinporten"
	text, err := json.Marshal(payload)
	if err != nil {
		return "", err
	}
	return sign(key.Key, text)
}

// IsExchanged reports whether the value of an Authorization header has a token that says it is from
// the exchange. It verifies nothing.
func IsExchanged(authorization string) bool {
	_, claims, err := accessTokenFormat().Parse(Bearer(authorization))
	if err != nil {
		return false
	}
	issuer, _ := claims.Text("iss")
	return strings.HasSuffix(issuer, "/authentication"+AltinnIssuerPath)
}

// Bearer returns the token in the value of an Authorization header; empty for none.
func Bearer(authorization string) string {
	token, err := bearerToken(authorization)
	if err != nil {
		return ""
	}
	return token
}

// NewExchangedVerifier returns a Verifier of tokens that were exchanged.
func NewExchangedVerifier(key AltinnKey, mode Mode) *Verifier {
	return &Verifier{key: key.Key, mode: mode, exchanged: true}
}
