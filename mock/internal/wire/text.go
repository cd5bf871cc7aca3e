package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
)

// Encode writes a value of our own making as JSON, with <, > and & as they are. A value that cannot be written is an error of the program,
// and panics.
func Encode(value any) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// Places is so many places in words.
func Places(n int) string {
	if n == 1 {
		return "1 place"
	}
	return fmt.Sprintf("%d places", n)
}

// Line is a text fit for a body or a journal: one line of characters that can be shown, whatever a caller smuggled into it.
func Line(text string) string { return line(text, unicode.IsPrint) }

// Printable is a text fit for a header: as Line, and ASCII.
func Printable(text string) string {
	return line(text, func(r rune) bool { return r <= '~' && unicode.IsPrint(r) })
}

// line is a text in one line, with a question mark for each character that may not stand in it.
func line(text string, may func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if !may(r) {
			return '?'
		}
		return r
	}, strings.Join(strings.Fields(text), " "))
}
