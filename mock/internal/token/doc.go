// Package token makes and verifies access tokens as Maskinporten's are: Mint signs a Spec, a
// Verifier returns the Principal that an Authorization header names.
//
// A token says which organisation holds it (consumer), on whose behalf it acts (the organisation of
// the system user in authorization_details, or a supplier's customer) and what it is for (scope). A
// Verifier says in one sentence why a token is refused and what would be right; which error an
// agency makes of that, and whether scope and organisation suffice, is decided by its callers.
//
// The package reads no clock and draws nothing at random: the caller passes the time and every
// identifier.
package token
