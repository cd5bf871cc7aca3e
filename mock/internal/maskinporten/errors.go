package maskinporten

import (
	"errors"
	"fmt"
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

// invalid makes an InvalidTokenError of a fault.
func invalid(fault error) error {
	var said inNorwegian
	errors.As(fault, &said)
	return &InvalidTokenError{Reason: printable(fault.Error()), Melding: said.melding}
}

// inNorwegian is a fault of a token with the words that an answer may tell it in.
type inNorwegian struct {
	error
	melding string
}

// norwegian adds the words to a fault; nil stays nil.
func norwegian(melding string, fault error) error {
	if fault == nil {
		return nil
	}
	return inNorwegian{fault, melding}
}

// printable makes one line of printable ASCII of a sentence that quotes a token.
func printable(sentence string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, sentence)
}

// quotedLength is how much of a claim is quoted in a sentence.
const quotedLength = 80

// cut shortens what is quoted from a token.
func cut[T ~string | ~[]byte](s T) string {
	if len(s) <= quotedLength {
		return string(s)
	}
	return string(s[:quotedLength]) + "..."
}

// listed is the first ten of some names, for a sentence.
func listed(names []string) string {
	const most = 10
	var shown []string
	for _, name := range names[:min(len(names), most)] {
		shown = append(shown, cut(name))
	}
	text := strings.Join(shown, ", ")
	if more := len(names) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
