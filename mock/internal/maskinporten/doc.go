// Package maskinporten imitates Maskinporten, Norway's token issuer for machines: the Issuer gives
// access tokens for signed JWT grants, and Behaviours put it, its metadata, its keys and the
// explanations of its errors at their addresses.
//
// The Issuer answers as Maskinporten's token endpoint does, with its errors (MP codes), each of
// which an Explanation puts in plain words. Without configuration any client gets any token that it
// asks for in the right form; with a clients file (ParseClients) only the clients there get tokens.
//
// The package reads no clock and draws nothing at random: the caller passes the time and every
// identifier.
package maskinporten
