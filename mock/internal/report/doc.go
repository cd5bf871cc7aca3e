// Package report watches how the client of a session behaves, and tells afterwards what production
// would punish (conduct) and what the client never met (coverage).
//
// It sees every call when that is answered, and keeps what its rules need of it within bounds: the
// journal forgets calls, the report does not. Each rule stands in a file of its own, rule_NAME.go,
// and sees a call as the value Call. A rule keeps no text that a client sent beside identifiers,
// and repeats no identity number.
package report
