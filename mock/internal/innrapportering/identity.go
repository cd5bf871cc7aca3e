package innrapportering

import (
	"strconv"
	"strings"

	"sandkasse/mock/internal/jsonptr"
)

// identity returns a key that is equal for oppgaver, and for the sletteoppgave that deletes them,
// with equal values at the pointers; 310646180 and "310646180" are equal. ok is false when there is
// no value at any of them: such an oppgave equals no other (K060).
func identity(by []jsonptr.Pointer, oppgave any) (key string, ok bool) {
	b := make([]byte, 0, 64)
	for _, pointer := range by {
		text, there := identifying(member(pointer, oppgave))
		b = appendIdentifying(b, text, there)
		ok = ok || there
	}
	return string(b), ok
}

// appendIdentifying appends the value at one place of an identity, if there is one, so that
// different values never make the same key.
func appendIdentifying(b []byte, text string, there bool) []byte {
	if !there {
		return append(b, '-')
	}
	b = strconv.AppendInt(b, int64(len(text)), 10)
	return append(append(b, ':'), text...)
}

// identityOf returns the part of an identity that the places of a leveranse make up; empty if there
// are none.
func identityOf(by []jsonptr.Pointer, leveranse any) string {
	key, _ := identity(by, leveranse)
	return key
}

// identifying returns the text of an identifying value: a string unchanged, a number in plain
// digits. ok is false for other values.
func identifying(value any) (text string, ok bool) {
	text, ok = plainText(value)
	if _, isString := value.(string); !isString && strings.ContainsAny(text, ".eE-") {
		number, _ := sumOf(value)
		text = number.String()
	}
	return text, ok
}

// identityShown returns the values of an identity with their names, for a message.
func identityShown(by []jsonptr.Pointer, oppgave any) string {
	var parts []string
	for _, pointer := range by {
		if text, ok := identifying(member(pointer, oppgave)); ok {
			parts = append(parts, name(pointer)+" "+truncate(text))
		}
	}
	return strings.Join(parts, ", ")
}
