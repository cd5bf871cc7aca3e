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
	// OrganisationAuthority is the scheme of organisation identifiers, and organisationPrefix the
	// code of Norwegian organisation numbers in it.
	OrganisationAuthority = "iso6523-actorid-upis"
	organisationPrefix    = "0192:"

	// SystemUserType is the type of authorization_details for a system user.
	SystemUserType = "urn:altinn:systemuser"

	// noAudience is the aud of a token that was requested without a resource (Skatteetaten's page
	// om/sikkerhet).
	noAudience = "unspecified"

	// Type is the token_type.
	Type = "Bearer"

	// Values of delegation_source: Altinn, as in tokens from maskinporten.no and from
	// test.maskinporten.no (docs/sources/maskinporten.md, 1.3).
	productionDelegationSource = "https://www.altinn.no"
	testDelegationSource       = "https://tt02.altinn.no/"
)

// Values of client_amr, for a client that signed with a registered key, or with a business
// certificate in the grant. Maskinporten also writes QCForESeal and CForESeal, which Spec takes
// like any other text.
const (
	AMRPrivateKey  = "private_key_jwt"
	AMRCertificate = "virksomhetssertifikat"
)

// Spec is the content of a token. Vendor, IssuedAt and TTL are required. ID and the fields below it
// are derived from the others where they are empty, so equal specs make equal tokens.
type Spec struct {
	// Issuer is the iss, such as http://127.0.0.1:8080/maskinporten/. Mint does not check it.
	Issuer string
	// Scope lists scopes, separated by spaces.
	Scope string
	// Vendor is the number of the organisation that holds the token, nine digits: the system's
	// vendor, or an organisation that reports for itself.
	Vendor string
	// Org is the number of the system user's organisation, on whose behalf Vendor acts, nine
	// digits. Empty makes a token without a system user.
	Org string
	// IssuedAt is the iat, cut to whole seconds.
	IssuedAt time.Time
	// TTL is the time from iat to exp, cut to whole seconds, at least one.
	TTL time.Duration
	// Resource is the aud: one text, or a list of texts separated by spaces. Empty makes it
	// "unspecified".
	Resource string
	// ConsumerOrg is the customer that has delegated an API to Vendor in Altinn, nine digits: it
	// becomes the token's consumer, and Vendor its supplier. Empty makes a token without a
	// supplier.
	ConsumerOrg string
	// Production says that the token names Altinn of the production environment, and not that of
	// the test environment, where it names it (K649).
	Production bool
	// ClientAMR is the client_amr; empty for AMRPrivateKey.
	ClientAMR string
	// PID is the person that the token is limited to; empty leaves pid out.
	PID string

	// ID is the jti. Maskinporten's have 43 characters of base64url.
	ID string
	// ClientID is the UUID of Vendor's client at Maskinporten.
	ClientID string
	// SystemUserID is the UUID of the system user. It requires Org.
	SystemUserID string
	// SystemID is the system that Vendor has registered at Altinn; empty for "<Vendor>_sandkasse".
	// It requires Org.
	SystemID string
}

// Mint returns an access token with the claims of Maskinporten's (Digdir, protocol_token and
// func_systembruker), signed with RS256. The same key and spec give the same bytes. The error says
// which field of the spec is invalid, or that the key has no private half.
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

// sign returns a JWT in compact form of the payload, signed with RS256.
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

// check returns an error that says which field is invalid.
func (spec Spec) check() error {
	switch {
	case !IsOrganisation(spec.Vendor):
		return fmt.Errorf("the vendor is %q, must be nine digits", spec.Vendor)
	case spec.Org != "" && !IsOrganisation(spec.Org):
		return fmt.Errorf("the org is %q, must be nine digits, or empty for a token without system user", spec.Org)
	case spec.Org == "" && (spec.SystemUserID != "" || spec.SystemID != ""):
		return errors.New(
			"SystemUserID or SystemID is given without Org, must come with the organisation that the system user " +
				"belongs to")
	case spec.ConsumerOrg != "" && !IsOrganisation(spec.ConsumerOrg):
		return fmt.Errorf("the consumer org is %q, must be nine digits, or empty for a token without supplier",
			spec.ConsumerOrg)
	case spec.TTL < time.Second:
		return fmt.Errorf("TTL is %v, must be at least 1s (an expired token has an earlier IssuedAt)", spec.TTL)
	case spec.IssuedAt.Unix() < 0 || spec.IssuedAt.Add(spec.TTL).Unix() > lastSecond:
		return fmt.Errorf("IssuedAt is %v and TTL %v, must lie within 1970 and 9999", spec.IssuedAt, spec.TTL)
	}
	return nil
}

// tokenClaims is the payload of a token, with the members in the order of Skatteetaten's example
// (their page om/systembruker). Maskinporten writes no sub and no nbf.
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

// systemUserDetail is an element of authorization_details.
type systemUserDetail struct {
	Type     string       `json:"type"`
	Org      organisation `json:"systemuser_org"`
	IDs      []string     `json:"systemuser_id"`
	SystemID string       `json:"system_id"`
}

// organisation is an organisation as Maskinporten writes it. Dialogporten's reader, and Verify,
// require ID in upper case.
type organisation struct {
	Authority string `json:"authority"`
	ID        string `json:"ID"`
}

// audienceOf returns the words of a resource, or noAudience when there are none.
func audienceOf(resource string) audience {
	if words := strings.Fields(resource); len(words) > 0 {
		return words
	}
	return audience{noAudience}
}

// audience holds one text or several, and is written as a list if there are several (RFC 7519,
// section 4.1.3).
type audience []string

// MarshalJSON writes a text or a list of texts.
func (a audience) MarshalJSON() ([]byte, error) {
	if len(a) == 1 {
		return json.Marshal(a[0])
	}
	return json.Marshal([]string(a))
}

// tokenClaims returns the payload, with what is empty in the spec derived.
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
		m.DelegationSource = testDelegationSource
		if spec.Production {
			m.DelegationSource = productionDelegationSource
		}
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

// DefaultSystemID returns the system of a vendor that names none. Altinn requires that it begins
// with the vendor's number and an underscore (K130).
func DefaultSystemID(vendor string) string { return vendor + "_sandkasse" }

// derivedID returns a jti of 43 characters of base64url, equal for equal claims.
func (c tokenClaims) derivedID() string {
	text, _ := json.Marshal(c) // texts and numbers only: cannot fail
	sum := sha256.Sum256(text)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// DerivedUUID returns a UUID (version 5) for something that has no id, from its kind and its owners
// (K130).
func DerivedUUID(kind string, owners ...string) string {
	name := "urn:sandkasse:" + kind + ":" + strings.Join(owners, ":")
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)).String()
}
