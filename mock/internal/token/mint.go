package token

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
	// OrganisationAuthority is the register that organisation numbers are taken from,
	// and orgPrefix its number there, which stands before each of them.
	OrganisationAuthority = "iso6523-actorid-upis"
	organisationPrefix    = "0192:"

	// SystemUserType is the kind of authorization_details that says on whose
	// behalf a vendor's system acts.
	SystemUserType = "urn:altinn:systemuser"

	// noAudience is aud in a token that was asked for without a resource
	// (Skatteetaten, docs/om/sikkerhet.md).
	noAudience = "unspecified"

	// Type is how a token is to be sent.
	Type = "Bearer"

	// delegationSource is where API delegations are kept: Altinn's test
	// environment, as in a token from test.maskinporten.no.
	delegationSource = "https://tt02.altinn.no/"
)

// How a client proves who it is, as a token's client_amr says it: by a key that
// is registered on it, or by a business certificate in the grant. Maskinporten
// also writes QCForESeal and CForESeal, which Grant takes like any other text.
const (
	AMRPrivateKey  = "private_key_jwt"
	AMRCertificate = "virksomhetssertifikat"
)

// Spec is what a token is to say. Vendor, IssuedAt and TTL must be given. ID
// and what stands below it is derived from the rest where it is empty, so equal
// grants always make equal tokens.
type Spec struct {
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
func Mint(key Key, spec Spec) (string, error) {
	if err := spec.check(); err != nil {
		return "", fmt.Errorf("mint a token: %w", err)
	}
	payload, err := json.Marshal(spec.tokenClaims())
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

func (spec Spec) check() error {
	switch {
	case !IsOrganisation(spec.Vendor):
		return fmt.Errorf("the vendor is %q, must be nine digits", spec.Vendor)
	case spec.Org != "" && !IsOrganisation(spec.Org):
		return fmt.Errorf("the org is %q, must be nine digits, or empty for a token without system user", spec.Org)
	case spec.Org == "" && (spec.SystemUserID != "" || spec.SystemID != ""):
		return errors.New("SystemUserID or SystemID is given without Org, must come with the organisation that the system user belongs to")
	case spec.ConsumerOrg != "" && !IsOrganisation(spec.ConsumerOrg):
		return fmt.Errorf("the consumer org is %q, must be nine digits, or empty for a token without supplier", spec.ConsumerOrg)
	case spec.TTL < time.Second:
		return fmt.Errorf("TTL is %v, must be at least 1s (an expired token has an earlier IssuedAt)", spec.TTL)
	case spec.IssuedAt.Unix() < 0 || spec.IssuedAt.Add(spec.TTL).Unix() > lastSecond:
		return fmt.Errorf("IssuedAt is %v and TTL %v, must lie within 1970 and 9999", spec.IssuedAt, spec.TTL)
	}
	return nil
}

// tokenClaims is a token's body, its members in the order of Skatteetaten's example
// (docs/om/systembruker.md). Maskinporten writes no sub and no nbf.
type tokenClaims struct {
	AuthorizationDetails []systemUserDetail `json:"authorization_details,omitempty"`
	Scope                string             `json:"scope"`
	Issuer               string             `json:"iss"`
	Audience             audience           `json:"aud"`
	ClientAMR            string             `json:"client_amr"`
	TokenType            string             `json:"token_type"`
	ClientID             string             `json:"client_id"`
	IssuedAt             int64              `json:"iat"`
	Expires              int64              `json:"exp"`
	ID                   string             `json:"jti"`
	PID                  string             `json:"pid,omitempty"`
	Supplier             *organisation      `json:"supplier,omitempty"`
	DelegationSource     string             `json:"delegation_source,omitempty"`
	Consumer             organisation       `json:"consumer"`
}

type systemUserDetail struct {
	Type     string       `json:"type"`
	Org      organisation `json:"systemuser_org"`
	IDs      []string     `json:"systemuser_id"`
	SystemID string       `json:"system_id"`
}

// organisation is an organisation as Maskinporten writes it. ID is in upper case:
// Dialogporten's reader, and ours, take no other.
type organisation struct {
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

func (spec Spec) tokenClaims() tokenClaims {
	m := tokenClaims{
		Scope:     spec.Scope,
		Issuer:    spec.Issuer,
		Audience:  audienceOf(spec.Resource),
		ClientAMR: cmp.Or(spec.ClientAMR, AMRPrivateKey),
		TokenType: Type,
		ClientID:  cmp.Or(spec.ClientID, DerivedUUID("client", spec.Vendor)),
		IssuedAt:  spec.IssuedAt.Unix(),
		Expires:   spec.IssuedAt.Unix() + int64(spec.TTL/time.Second),
		PID:       spec.PID,
		Consumer:  organisation{OrganisationAuthority, organisationPrefix + cmp.Or(spec.ConsumerOrg, spec.Vendor)},
	}
	if spec.ConsumerOrg != "" {
		m.Supplier = &organisation{OrganisationAuthority, organisationPrefix + spec.Vendor}
		m.DelegationSource = delegationSource
	}
	if spec.Org != "" {
		m.AuthorizationDetails = []systemUserDetail{{
			Type:     SystemUserType,
			Org:      organisation{OrganisationAuthority, organisationPrefix + spec.Org},
			IDs:      []string{cmp.Or(spec.SystemUserID, DerivedUUID("systemuser", spec.Vendor, spec.Org))},
			SystemID: cmp.Or(spec.SystemID, DefaultSystemID(spec.Vendor)),
		}}
	}
	m.ID = cmp.Or(spec.ID, m.derivedID())
	return m
}

// DefaultSystemID is the system of a vendor that names none. Altinn wants a
// system's name to begin with the vendor's number and an underscore (K130).
func DefaultSystemID(vendor string) string { return vendor + "_sandkasse" }

// derivedID is an ID for a token that was given none: 43 characters of
// base64url, as Maskinporten's are, equal for equal tokens.
func (c tokenClaims) derivedID() string {
	text, _ := json.Marshal(c) // texts and numbers only: cannot fail
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// DerivedUUID is the UUID (version 5) of something that has no other name than
// what it is and whom it belongs to (K130).
func DerivedUUID(kind string, owners ...string) string {
	name := "urn:sandkasse:" + kind + ":" + strings.Join(owners, ":")
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)).String()
}
