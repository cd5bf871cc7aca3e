// Package maskinporten mints and verifies the access tokens of Maskinporten,
// Norway's token issuer for machines, as the sandbox's own issuer makes them.
//
// A token tells three things that matter: which organisation holds it
// (consumer), on whose behalf it acts (the system user's organisation, in
// authorization_details) and what for (scope). The package answers who the
// caller is, or says in one sentence why a token is not good and what would
// be right; which error an agency makes of that, and whether the scope and
// the organisation suffice, is decided elsewhere.
//
// It reads no clock and draws nothing at random: the time, and everything a
// token says, is given by the caller.
package maskinporten
