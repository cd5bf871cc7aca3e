package wire

import (
	"bytes"
	"encoding/json"
	"strings"
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

// Printable is a text fit for a header: one line of printable ASCII, whatever a caller smuggled into it.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, strings.Join(strings.Fields(text), " "))
}
