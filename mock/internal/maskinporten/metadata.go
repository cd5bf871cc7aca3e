package maskinporten

import "sandkasse/mock/internal/token"

// jwtBearer is the only grant type (Digdir, protocol_jwtgrant).
const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"

// Metadata is the authorization server metadata (RFC 8414), with the members of
// test.maskinporten.no in its order.
type Metadata struct {
	Issuer                string   `json:"issuer"`
	TokenEndpoint         string   `json:"token_endpoint"`
	JWKSURI               string   `json:"jwks_uri"`
	GrantTypes            []string `json:"grant_types_supported"`
	AuthMethods           []string `json:"token_endpoint_auth_methods_supported"`
	AuthSigningAlgorithms []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	AuthorizationDetails  []string `json:"authorization_details_types_supported"`
}

// RealIssuer returns the issuer at a host of the real Maskinporten.
func RealIssuer(host string) string { return "https://" + host + "/" }

// MetadataOf returns the metadata of an issuer such as http://127.0.0.1:8080/maskinporten/. It
// lists Altinn's consents as Maskinporten does, though the sandbox issues none (K107).
func MetadataOf(issuer string) Metadata {
	return Metadata{
		Issuer:                issuer,
		TokenEndpoint:         issuer + "token",
		JWKSURI:               issuer + "jwk",
		GrantTypes:            []string{jwtBearer},
		AuthMethods:           []string{token.AMRPrivateKey},
		AuthSigningAlgorithms: []string{"RS256", "RS384", "RS512"},
		AuthorizationDetails:  []string{token.SystemUserType, "urn:altinn:consent"},
	}
}
