package altinn

import (
	"fmt"
	"strings"

	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/token"
	"sandkasse/mock/internal/wire"
)

// issuerOf returns the issuer of exchanged tokens at the address of the call.
func issuerOf(r *wire.Request) string { return r.Base + token.AltinnIssuerPath }

// exchange answers Maskinporten's token as one of Altinn's.
func (a Altinn) exchange(_ *store.Tx, r *wire.Request) (wire.Response, error) {
	provider := r.Params["provider"]
	switch strings.ToLower(provider) {
	case "maskinporten":
	case "id-porten", "altinnstudio":
		return wire.Response{}, refuseEmpty(401, "tokens of %s are not imitated here; exchange one of Maskinporten",
			provider)
	default:
		return wire.Response{}, refuseText(400, "Invalid token provider: "+provider+". Trusted token providers are "+
			"'Maskinporten', 'Id-porten' and 'AltinnStudio'.", "the address names the provider %q; it must be "+
			"maskinporten",
			provider)
	}
	if r.Principal.Consumer == "" {
		return wire.Response{}, refuseEmpty(401, "the token names no consumer")
	}
	signed, err := token.Exchange(a.Key, r.Token, token.Exchanging{
		Issuer: issuerOf(r), Organisation: r.Principal.Consumer, SessionID: r.IDs.V4().String(), Now: r.Now,
	})
	if err != nil {
		return wire.Response{}, refuseEmpty(401, "the token cannot be exchanged: %v", err)
	}
	if !strings.Contains(r.Accept, "application/json") && (r.Accept == "" || r.Accepts("text/plain")) {
		return wire.Response{ContentType: textType, Document: []byte(signed)}, nil
	}
	return jsonAnswer(200, signed), nil
}

// metadata answers with the metadata of the issuer of exchanged tokens.
func (a Altinn) metadata(_ *store.Tx, r *wire.Request) (wire.Response, error) {
	return jsonAnswer(200, metadataOf(r)), nil
}

// metadataOf returns the metadata of the issuer at the address of the call.
func metadataOf(r *wire.Request) issuerMetadata {
	return issuerMetadata{
		Issuer: issuerOf(r), Keys: fmt.Sprintf("%s.well-known/openid-configuration/jwks", issuerOf(r)),
		ResponseTypes: []string{"token"}, SubjectTypes: []string{"pairwise"}, Algorithms: []string{"RS256"},
	}
}

// issuerMetadata is the metadata of the issuer.
type issuerMetadata struct {
	Issuer        string   `json:"issuer"`
	Keys          string   `json:"jwks_uri"`
	ResponseTypes []string `json:"response_types_supported"`
	SubjectTypes  []string `json:"subject_types_supported"`
	Algorithms    []string `json:"id_token_signing_alg_values_supported"`
}

// keys answers with the key that verifies exchanged tokens.
func (a Altinn) keys(*store.Tx, *wire.Request) (wire.Response, error) {
	return jsonAnswer(200, a.Key.AltinnJWKS()), nil
}
