package token

import (
	"errors"
	"strings"
)

// ErrNoToken is what Verify's error is (errors.Is) when the Authorization header
// brings no bearer token at all: it is missing or empty, has another scheme than
// Bearer, or nothing after Bearer. The error's text says which.
var ErrNoToken = errors.New("no token")

// InvalidTokenError is what Verify's error is (errors.As) when there is a token
// and it is not good.
type InvalidTokenError struct {
	// Reason is one English sentence without a full stop: what is wrong with
	// the token, and what would be right. It may quote a claim, cut short, but
	// never the token; it is one line of printable ASCII, fit for a header.
	Reason string
	// Melding is the same in Norwegian, in a few words and without anything of the token, for an answer that tells
	// details (K502). It is empty where there is no more to say than that the token is not good.
	Melding string
}

// Error returns the reason with "invalid token: " before it.
func (e *InvalidTokenError) Error() string {
	return "invalid token: " + e.Reason
}

// newInvalidTokenError makes an InvalidTokenError of a fault.
func newInvalidTokenError(fault error) error {
	var said meldingError
	errors.As(fault, &said)
	return &InvalidTokenError{Reason: Printable(fault.Error()), Melding: said.melding}
}

// meldingError is a fault of a token with the words that an answer may tell it in.
type meldingError struct {
	error
	melding string
}

// withMelding adds the words to a fault; nil stays nil.
func withMelding(melding string, fault error) error {
	if fault == nil {
		return nil
	}
	return meldingError{fault, melding}
}

// Printable makes one line of printable ASCII of a sentence that quotes a token.
func Printable(sentence string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, sentence)
}
