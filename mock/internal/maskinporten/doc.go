// Package maskinporten is the sandbox's own Maskinporten, Norway's token issuer
// for machines: it gives access tokens for signed grants (Issuer), makes them
// without one (Mint), and verifies them (Verifier).
//
// A token tells three things that matter: which organisation holds it
// (consumer), on whose behalf it acts (the system user's organisation, in
// authorization_details, or a supplier's customer) and what for (scope). The
// Verifier answers who the caller is, or says in one sentence why a token is not
// good and what would be right; which error an agency makes of that, and whether
// the scope and the organisation suffice, is decided elsewhere.
//
// The Issuer answers as Maskinporten's token endpoint does, with its errors (MP
// codes), each of which an Explanation puts in plain words. Without configuration
// it gives anyone anything that is well asked for; with a clients file
// (ParseClients) only the clients there get tokens. It takes and returns values:
// the routes, the form and the answer's bytes are its caller's.
//
// The package reads no clock and draws nothing at random: the time, and every
// identifier, is given by the caller.
package maskinporten
