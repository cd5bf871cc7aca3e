package dialogporten

import (
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"sync"
	"time"

	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// A dialog token is a JWS with the rights of a caller to a dialog (docs/sources/dialogporten.md,
// Dialog tokens; K074).
const (
	tokenLife       = 10 * time.Minute
	tokenKeyID      = "sandkasse-dialogporten"
	systemUserLevel = 3 // of authentication
	readAction      = "read"
	apiRoot         = "/api/v1" // under the API's address: the issuer of the tokens
)

// tokenKey signs dialog tokens. It is fixed and published, like Sandkasse's Maskinporten key.
var tokenKey = sync.OnceValue(func() ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("sandkasse: the published key of dialog tokens"))
	return ed25519.NewKeyFromSeed(seed[:])
})

// tokenClaims are the claims of a dialog token, with the source's names.
type tokenClaims struct {
	ID           string `json:"jti"`
	Party        string `json:"c"`           // the vendor's organisation
	SystemUser   string `json:"y,omitempty"` // y and o: the customer's system user, and its organisation
	SystemUserOf string `json:"o,omitempty"`
	Supplier     string `json:"u,omitempty"`
	Level        int    `json:"l"`
	DialogParty  string `json:"p"`
	Resource     string `json:"s"`
	DialogID     string `json:"i"`
	Actions      string `json:"a"`
	Issuer       string `json:"iss"`
	IssuedAt     int64  `json:"iat"`
	NotBefore    int64  `json:"nbf"`
	Expires      int64  `json:"exp"`
}

// token returns the caller's token for a dialog. A caller without a token of its own (--auth off)
// is the dialog's own party.
func (d dialogView) token(r *wire.Request) string {
	now := r.Now.Unix()
	actorID, _ := caller(r)
	claims := tokenClaims{
		ID:    wire.DerivedIDs("dialogtoken/" + d.DialogID + "/" + timestamp(r.Now).String() + actorID).V4().String(),
		Party: partyPrefix + cmp.Or(r.Principal.Consumer, r.Principal.Org, d.Organisasjon), SystemUser: actorID,
		SystemUserOf: partyPrefix + cmp.Or(r.Principal.Org, d.Organisasjon), Level: systemUserLevel,
		DialogParty: partyPrefix + d.Organisasjon, Resource: d.serviceResource(), DialogID: d.DialogID,
		Actions: readAction,
		Issuer:  issuer(r), IssuedAt: now, NotBefore: now, Expires: now + int64(tokenLife/time.Second),
	}
	if r.Principal.Supplier != "" {
		claims.Supplier = partyPrefix + r.Principal.Supplier
	}
	// texts and numbers only: neither can fail
	header, _ := json.Marshal(map[string]string{"alg": "EdDSA", "typ": "JWT", "kid": tokenKeyID})
	payload, _ := json.Marshal(claims)
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode(header) + "." + encode(payload)
	return signed + "." + encode(ed25519.Sign(tokenKey(), []byte(signed)))
}

// issuer returns the issuer of dialog tokens, at the address of the call.
func issuer(r *wire.Request) string { return r.Base + apiRoot }

// issuerMetadata is the metadata of the issuer of dialog tokens.
type issuerMetadata struct {
	Issuer string `json:"issuer"`
	Keys   string `json:"jwks_uri"`
}

// metadata answers the address of the keys.
func metadata(_ *store.Tx, r *wire.Request) (wire.Response, error) {
	return answer(issuerMetadata{issuer(r), issuer(r) + "/.well-known/jwks.json"})
}

// keySet is a set of public keys (RFC 7517).
type keySet struct {
	Keys []jwk `json:"keys"`
}

// jwk is a public key of Ed25519 (RFC 8037).
type jwk struct {
	Type      string `json:"kty"`
	Use       string `json:"use"`
	ID        string `json:"kid"`
	Curve     string `json:"crv"`
	X         string `json:"x"`
	Algorithm string `json:"alg"`
}

// jwks answers the keys that verify dialog tokens.
func jwks(*store.Tx, *wire.Request) (wire.Response, error) {
	public := tokenKey().Public().(ed25519.PublicKey)
	key := jwk{"OKP", "sig", tokenKeyID, "Ed25519", base64.RawURLEncoding.EncodeToString(public), "EdDSA"}
	response, err := answer(keySet{[]jwk{key}})
	response.Header = map[string]string{"Cache-Control": "public, max-age=86400", "Vary": "Accept-Encoding"}
	return response, err
}
