package maskinporten

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
)

const (
	// authority is the register that organisation numbers are taken from,
	// and orgPrefix its number there, which stands before each of them.
	authority = "iso6523-actorid-upis"
	orgPrefix = "0192:"

	// systemUserType is the kind of authorization_details that says on whose
	// behalf a vendor's system acts.
	systemUserType = "urn:altinn:systemuser"

	// noAudience is aud in a token that was asked for without a resource
	// (Skatteetaten, docs/om/sikkerhet.md).
	noAudience = "unspecified"

	// tokenType is how a token is to be sent.
	tokenType = "Bearer"

	// delegationSource is where API delegations are kept: Altinn's test
	// environment, as in a token from test.maskinporten.no.
	delegationSource = "https://tt02.altinn.no/"
)

// How a client proves who it is, as a token's client_amr says it: by a key that
// is registered on it, or by a business certificate in the grant. Maskinporten
// also writes QCForESeal and CForESeal, which Grant takes like any other text.
const (
	keyAMR         = "private_key_jwt"
	certificateAMR = "virksomhetssertifikat"
)

// Grant is what a token is to say. Vendor, IssuedAt and TTL must be given. ID
// and what stands below it is derived from the rest where it is empty, so equal
// grants always make equal tokens.
type Grant struct {
	// Issuer is the sandbox's own address, as in
	// http://127.0.0.1:8080/maskinporten/. Any text is minted; the verifier
	// is where a foreign one is found out.
	Issuer string
	// Scope is the scopes, separated by spaces.
	Scope string
	// Vendor is the organisation number of the one who holds the token, nine
	// digits: the system's vendor, or whoever reports for itself.
	Vendor string
	// Org is the organisation number of the system user's owner, on whose
	// behalf Vendor acts, nine digits. Empty makes a token without system user.
	Org string
	// IssuedAt is when the token begins to live; parts of a second are cut off.
	IssuedAt time.Time
	// TTL is how long it lives, at least one second; parts of a second are
	// cut off. Maskinporten gives 120 s.
	TTL time.Duration
	// Resource is the token's aud: one text, or several separated by spaces,
	// which make a list. Empty makes it "unspecified".
	Resource string
	// ConsumerOrg is the customer in a token that rests on API delegation in
	// Altinn, nine digits: it is then the token's consumer, and Vendor its
	// supplier. Empty makes a token without supplier.
	ConsumerOrg string
	// ClientAMR is how the client proved who it is, client_amr:
	// private_key_jwt when empty.
	ClientAMR string
	// PID is the person that the token is limited to, pid; empty leaves it out.
	PID string

	// ID is the token's jti: Maskinporten's are 43 characters of base64url.
	// Two tokens for one grant in one second differ only by it.
	ID string
	// ClientID is Vendor's client at Maskinporten, a UUID.
	ClientID string
	// SystemUserID is the system user, a UUID. It needs Org.
	SystemUserID string
	// SystemID is the system that Vendor has registered at Altinn:
	// "<Vendor>_sandkasse" when empty. It needs Org.
	SystemID string
}

// Mint makes an access token with the claims that Maskinporten's have (Digdir,
// protocol_token and func_systembruker), signed with RS256: the same key and
// grant give the same bytes. It fails when Vendor, Org, ConsumerOrg, IssuedAt or
// TTL is not what Grant says, or when the key has no private half.
func Mint(key Key, g Grant) (string, error) {
	if err := g.check(); err != nil {
		return "", fmt.Errorf("mint a token: %w", err)
	}
	payload, err := json.Marshal(g.claims())
	if err != nil {
		return "", fmt.Errorf("mint a token: %w", err)
	}
	token, err := sign(key, payload)
	if err != nil {
		return "", fmt.Errorf("mint a token: %w", err)
	}
	return token, nil
}

func sign(key Key, payload []byte) (string, error) {
	private, err := key.signer()
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(jose.SigningKey{
		Algorithm: jose.RS256,
		Key:       jose.JSONWebKey{Key: private, KeyID: key.ID},
	}, nil)
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

func (g Grant) check() error {
	switch {
	case !isOrg(g.Vendor):
		return fmt.Errorf("the vendor is %q, must be nine digits", g.Vendor)
	case g.Org != "" && !isOrg(g.Org):
		return fmt.Errorf("the org is %q, must be nine digits, or empty for a token without system user", g.Org)
	case g.Org == "" && (g.SystemUserID != "" || g.SystemID != ""):
		return errors.New("SystemUserID or SystemID is given without Org, must come with the organisation that the system user belongs to")
	case g.ConsumerOrg != "" && !isOrg(g.ConsumerOrg):
		return fmt.Errorf("the consumer org is %q, must be nine digits, or empty for a token without supplier", g.ConsumerOrg)
	case g.TTL < time.Second:
		return fmt.Errorf("TTL is %v, must be at least 1s (an expired token has an earlier IssuedAt)", g.TTL)
	case g.IssuedAt.Unix() < 0 || g.IssuedAt.Add(g.TTL).Unix() > lastSecond:
		return fmt.Errorf("IssuedAt is %v and TTL %v, must lie within 1970 and 9999", g.IssuedAt, g.TTL)
	}
	return nil
}

// minted is a token's body, its members in the order of Skatteetaten's example
// (docs/om/systembruker.md). Maskinporten writes no sub and no nbf.
type minted struct {
	AuthorizationDetails []mintedUser `json:"authorization_details,omitempty"`
	Scope                string       `json:"scope"`
	Issuer               string       `json:"iss"`
	Audience             audience     `json:"aud"`
	ClientAMR            string       `json:"client_amr"`
	TokenType            string       `json:"token_type"`
	ClientID             string       `json:"client_id"`
	IssuedAt             int64        `json:"iat"`
	Expires              int64        `json:"exp"`
	ID                   string       `json:"jti"`
	PID                  string       `json:"pid,omitempty"`
	Supplier             *party       `json:"supplier,omitempty"`
	DelegationSource     string       `json:"delegation_source,omitempty"`
	Consumer             party        `json:"consumer"`
}

type mintedUser struct {
	Type     string   `json:"type"`
	Org      party    `json:"systemuser_org"`
	IDs      []string `json:"systemuser_id"`
	SystemID string   `json:"system_id"`
}

// party is an organisation as Maskinporten writes it. ID is in upper case:
// Dialogporten's reader, and ours, take no other.
type party struct {
	Authority string `json:"authority"`
	ID        string `json:"ID"`
}

// audienceOf are the words of a resource, of which there is at least one.
func audienceOf(resource string) audience {
	if words := strings.Fields(resource); len(words) > 0 {
		return words
	}
	return audience{noAudience}
}

// audience is one text or several. It is written as a list only where there
// are several (RFC 7519, section 4.1.3).
type audience []string

// MarshalJSON is for encoding/json.
func (a audience) MarshalJSON() ([]byte, error) {
	if len(a) == 1 {
		return json.Marshal(a[0])
	}
	return json.Marshal([]string(a))
}

func (g Grant) claims() minted {
	m := minted{
		Scope:     g.Scope,
		Issuer:    g.Issuer,
		Audience:  audienceOf(g.Resource),
		ClientAMR: cmp.Or(g.ClientAMR, keyAMR),
		TokenType: tokenType,
		ClientID:  cmp.Or(g.ClientID, derivedUUID("client", g.Vendor)),
		IssuedAt:  g.IssuedAt.Unix(),
		Expires:   g.IssuedAt.Unix() + int64(g.TTL/time.Second),
		PID:       g.PID,
		Consumer:  party{authority, orgPrefix + cmp.Or(g.ConsumerOrg, g.Vendor)},
	}
	if g.ConsumerOrg != "" {
		m.Supplier = &party{authority, orgPrefix + g.Vendor}
		m.DelegationSource = delegationSource
	}
	if g.Org != "" {
		m.AuthorizationDetails = []mintedUser{{
			Type:     systemUserType,
			Org:      party{authority, orgPrefix + g.Org},
			IDs:      []string{cmp.Or(g.SystemUserID, derivedUUID("systemuser", g.Vendor, g.Org))},
			SystemID: cmp.Or(g.SystemID, defaultSystem(g.Vendor)),
		}}
	}
	m.ID = cmp.Or(g.ID, m.fingerprint())
	return m
}

// defaultSystem is the system of a vendor that names none. Altinn wants a
// system's name to begin with the vendor's number and an underscore (K130).
func defaultSystem(vendor string) string { return vendor + "_sandkasse" }

// fingerprint is an ID for a token that was given none: 43 characters of
// base64url, as Maskinporten's are, equal for equal tokens.
func (m minted) fingerprint() string {
	text, _ := json.Marshal(m) // texts and numbers only: cannot fail
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// derivedUUID is the UUID (version 5) of something that has no other name than
// what it is and whom it belongs to (K130).
func derivedUUID(kind string, owners ...string) string {
	name := "urn:sandkasse:" + kind + ":" + strings.Join(owners, ":")
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)).String()
}
