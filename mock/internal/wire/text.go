package wire

import (
	"fmt"
	"strings"
	"unicode"
)

// Places returns a number of places as text.
func Places(n int) string {
	if n == 1 {
		return "1 place"
	}
	return fmt.Sprintf("%d places", n)
}

// Line returns a text as one line, with a question mark for each character that cannot be printed.
func Line(text string) string { return singleLine(text, unicode.IsPrint) }

// Printable returns a text fit for a header: as Line, in ASCII.
func Printable(text string) string {
	return singleLine(text, func(r rune) bool { return r <= '~' && unicode.IsPrint(r) })
}

// singleLine returns a text as one line, with a question mark for each character that may is false
// for.
func singleLine(text string, may func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if !may(r) {
			return '?'
		}
		return r
	}, strings.Join(strings.Fields(text), " "))
}
