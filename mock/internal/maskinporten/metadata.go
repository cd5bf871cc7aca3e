package maskinporten

import (
	"strings"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/token"
)

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

// SkyportenMetadata is the OpenID configuration of Skyporten, with its members in its order.
type SkyportenMetadata struct {
	Issuer                string   `json:"issuer"`
	TokenEndpoint         string   `json:"token_endpoint"`
	JWKSURI               string   `json:"jwks_uri"`
	AuthMethods           []string `json:"token_endpoint_auth_methods_supported"`
	GrantTypes            []string `json:"grant_types_supported"`
	AuthSigningAlgorithms []string `json:"token_endpoint_auth_signing_alg_values_supported"`
}

// RealIssuer returns the issuer at a host of the real Maskinporten or Skyporten.
func RealIssuer(host catalog.Host) string { return host.Base() + issuerEnd(&host) }

// issuerEnd returns what follows the base address in an issuer: a slash, except in Skyporten.
func issuerEnd(host *catalog.Host) string {
	if host != nil && host.Skyporten {
		return ""
	}
	return "/"
}

// MetadataOf returns the metadata of an issuer such as http://127.0.0.1:8080/maskinporten/. It
// lists Altinn's consents as Maskinporten does, though the sandbox issues none (K107).
func MetadataOf(issuer string) Metadata {
	base := strings.TrimSuffix(issuer, "/")
	return Metadata{
		Issuer:                issuer,
		TokenEndpoint:         base + "/token",
		JWKSURI:               base + "/jwk",
		GrantTypes:            []string{jwtBearer},
		AuthMethods:           []string{token.AMRPrivateKey},
		AuthSigningAlgorithms: []string{"RS256", "RS384", "RS512"},
		AuthorizationDetails:  []string{token.SystemUserType, "urn:altinn:consent"},
	}
}

// SkyportenMetadataOf returns the metadata of an issuer such as https://test.sky.maskinporten.no.
func SkyportenMetadataOf(issuer string) SkyportenMetadata {
	same := MetadataOf(issuer)
	return SkyportenMetadata{
		Issuer: issuer, TokenEndpoint: same.TokenEndpoint, JWKSURI: same.JWKSURI, AuthMethods: same.AuthMethods,
		GrantTypes: same.GrantTypes, AuthSigningAlgorithms: same.AuthSigningAlgorithms,
	}
}
