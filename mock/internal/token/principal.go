package token

import (
	"slices"
	"strings"
	"time"
)

// Principal identifies the caller by the claims of its token. Organisation numbers have nine digits
// and no prefix; a field is empty if the token does not have the claim.
type Principal struct {
	// Org is the system user's organisation, on whose behalf the caller acts. In the modes Lenient
	// and Off it is the Consumer for a token without a system user.
	Org string
	// Consumer is the organisation that holds the token: the vendor if there is a system user, the
	// customer if there is a Supplier.
	Consumer string
	// Supplier is the vendor to whom the customer has delegated an API.
	Supplier string
	// ClientID is the client_id. Digdir: not for access control.
	ClientID string
	// SystemUserID and SystemID are the ids of the system user and its system.
	SystemUserID, SystemID string
	// Scopes lists the scopes of the token.
	Scopes []string
	// Issuer is the iss.
	Issuer string
	// ExpiresAt is the exp; zero for a token without one, which only Lenient and Off accept.
	ExpiresAt time.Time

	// NoSystemUser says in one sentence why the token has no system user, and what would be right;
	// empty if it has one. A token without a system user is valid.
	NoSystemUser string
}

// HasScope reports whether the token has the scope, in the same spelling.
func (p Principal) HasScope(scope string) bool {
	return slices.Contains(p.Scopes, scope)
}

// HasSystemUser reports whether the token has a system user. In strict mode Org is then not empty.
func (p Principal) HasSystemUser() bool {
	return p.SystemUserID != ""
}

// IsOrganisation reports whether a text has the form of an organisation number: nine digits. It
// does not verify the check digit, which is wrong in Skatteetaten's own example 987654321.
func IsOrganisation(s string) bool {
	return len(s) == 9 && strings.Trim(s, "0123456789") == ""
}
