// Package altinn imitates the part of Altinn that a vendor meets before the first delivery: the
// system register, requests for system users, their approval by the customer, and the exchange of
// Maskinporten's token for one of Altinn's (docs/sources/systembruker.md).
//
// The order of the checks of each operation is Altinn's. Its error codes are a table (codes.go), its
// access packages another (packages.yaml). What the customer does (Approve, Reject, AddClient,
// DeleteUser) has no operation here: the control API and the page call it.
//
// A session has one register, whichever environment the host of a call is of (K760).
//
// FindUser answers Maskinporten, and Covers the APIs that ask whether a system user may do what it
// does.
package altinn
