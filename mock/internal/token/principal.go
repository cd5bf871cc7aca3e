package token

import (
	"slices"
	"strings"
	"time"
)

// Principal is who a token says that the caller is. Organisation numbers are
// nine digits without prefix; a field that the token does not tell is empty.
type Principal struct {
	// Org is the organisation on whose behalf the caller acts: the owner of
	// the system user. Where signatures are not checked (Lenient, Off) and
	// the token has no system user, it is the same as Consumer.
	Org string
	// Consumer is the organisation that holds the token: the system's vendor
	// beside a system user, the customer in a token with a Supplier.
	Consumer string
	// Supplier is the vendor in a token that rests on API delegation.
	Supplier string
	// ClientID is Maskinporten's name of the client. Digdir: not for access control.
	ClientID string
	// SystemUserID and SystemID are the system user and its system.
	SystemUserID, SystemID string
	// Scopes are what the token is for.
	Scopes []string
	// Issuer is who made the token, as the token has it.
	Issuer string
	// ExpiresAt is when the token ends; zero for one that says no end, which
	// only Lenient and Off take.
	ExpiresAt time.Time

	// NoSystemUser says in one sentence why the token has no system user, and
	// what would be right; empty when it has one. It is for people to read:
	// a token without system user is a good token.
	NoSystemUser string
}

// HasScope reports whether the token is for the given scope, to the letter.
func (p Principal) HasScope(scope string) bool {
	return slices.Contains(p.Scopes, scope)
}

// HasSystemUser reports whether the token carries a system user: its
// organisation and its id both (in strict mode Org is then never empty).
func (p Principal) HasSystemUser() bool {
	return p.SystemUserID != ""
}

// IsOrganisation reports whether s has the form of an organisation number: nine digits.
// The check digit is not looked at; Skatteetaten's own examples use 987654321,
// which has a wrong one.
func IsOrganisation(s string) bool {
	return len(s) == 9 && strings.Trim(s, "0123456789") == ""
}
