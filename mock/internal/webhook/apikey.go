package webhook

import (
	"errors"
	"fmt"
)

// Mask is shown instead of a key.
const Mask = "***"

// APIKey is the secret that a receiver knows its messages by (Kobo page, Registrere Webhook API
// key). Printed in any way, logged or written as JSON it is "***", or empty where there is none;
// only Reveal gives it. The zero value is no key.
type APIKey struct {
	// a pointer: fmt shows what lies in an unexported field without asking, but does not follow a
	// pointer there
	secret *string
}

// NewAPIKey returns the key of a text; the zero APIKey of an empty one.
func NewAPIKey(text string) APIKey {
	if text == "" {
		return APIKey{}
	}
	return APIKey{&text}
}

// Reveal returns the key itself; empty where there is none.
func (k APIKey) Reveal() string {
	if k.secret == nil {
		return ""
	}
	return *k.secret
}

// Set reports whether there is a key.
func (k APIKey) Set() bool { return k.secret != nil }

func (k APIKey) masked() string {
	if k.Set() {
		return Mask
	}
	return ""
}

// Format writes the mask, whatever the verb.
func (k APIKey) Format(f fmt.State, _ rune) { fmt.Fprint(f, k.masked()) }

// MarshalText returns the mask, for JSON and logs alike.
func (k APIKey) MarshalText() ([]byte, error) { return []byte(k.masked()), nil }

// UnmarshalText sets the key to the text as it is.
func (k *APIKey) UnmarshalText(text []byte) error {
	*k = NewAPIKey(string(text))
	return nil
}

// Check returns an error for a key that cannot be sent in a header: it must have 1 to 1000 visible
// ASCII characters, without blanks, and not be the mask.
func (k APIKey) Check() error {
	text := k.Reveal()
	if text == "" || len(text) > 1000 {
		return fmt.Errorf("the API key has %d characters; it must have 1 to 1000", len(text))
	}
	if text == Mask {
		return errors.New("the API key is " + Mask + ", which stands for a key that is not shown; give the key itself")
	}
	for _, c := range []byte(text) {
		if c <= ' ' || c > '~' {
			return errors.New(
				"the API key has a blank, a control character or one outside ASCII; it is sent in a header, so it " +
					"must be visible ASCII")
		}
	}
	return nil
}
