package token

import (
	"errors"
	"strings"
)

// ErrNoToken is wrapped by the error of Verify when the Authorization header has no bearer token:
// it is missing or empty, has another scheme, or nothing after Bearer. The text says which.
var ErrNoToken = errors.New("no token")

// InvalidTokenError is the error of Verify for a token that is refused.
type InvalidTokenError struct {
	// Reason is an English sentence without a full stop: what is wrong with the token, and what
	// would be right. It is one line of printable ASCII, fit for a header, and may quote a
	// shortened claim but never the token.
	Reason string
	// Melding says the same in a few Norwegian words without anything of the token, for answers
	// with details (K502). It is empty if there are none.
	Melding string
}

// Error returns the reason with "invalid token: " before it.
func (e *InvalidTokenError) Error() string {
	return "invalid token: " + e.Reason
}

// newInvalidTokenError returns an InvalidTokenError with the text of an error, and with its
// Norwegian words if it has some.
func newInvalidTokenError(fault error) error {
	var said meldingError
	errors.As(fault, &said)
	return &InvalidTokenError{Reason: Printable(fault.Error()), Melding: said.melding}
}

// meldingError is an error with the Norwegian words for an answer.
type meldingError struct {
	error
	melding string
}

// withMelding returns the error with the Norwegian words; nil for nil.
func withMelding(melding string, fault error) error {
	if fault == nil {
		return nil
	}
	return meldingError{fault, melding}
}

// Printable returns the text with a question mark for every character that is not printable ASCII.
func Printable(sentence string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, sentence)
}
