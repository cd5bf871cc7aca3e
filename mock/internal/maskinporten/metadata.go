package maskinporten

import (
	"encoding/base64"
	"math/big"
)

// jwtBearer is the only way to a token (Digdir, protocol_jwtgrant).
const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"

// Metadata is what the issuer tells of itself (RFC 8414), with the members that
// test.maskinporten.no has and no others, in its order.
type Metadata struct {
	Issuer                string   `json:"issuer"`
	TokenEndpoint         string   `json:"token_endpoint"`
	JWKSURI               string   `json:"jwks_uri"`
	GrantTypes            []string `json:"grant_types_supported"`
	AuthMethods           []string `json:"token_endpoint_auth_methods_supported"`
	AuthSigningAlgorithms []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	AuthorizationDetails  []string `json:"authorization_details_types_supported"`
}

// RealIssuer is the issuer at a host of the real Maskinporten.
func RealIssuer(host string) string { return "https://" + host + "/" }

// MetadataOf returns the metadata of an issuer, which is its address with the
// slash at the end, as in http://127.0.0.1:8080/maskinporten/. It lists the
// consents of Altinn as Maskinporten does, though the sandbox gives none
// (K107).
func MetadataOf(issuer string) Metadata {
	return Metadata{
		Issuer:                issuer,
		TokenEndpoint:         issuer + "token",
		JWKSURI:               issuer + "jwk",
		GrantTypes:            []string{jwtBearer},
		AuthMethods:           []string{keyAMR},
		AuthSigningAlgorithms: []string{"RS256", "RS384", "RS512"},
		AuthorizationDetails:  []string{systemUserType, "urn:altinn:consent"},
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
