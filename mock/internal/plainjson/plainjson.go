// Package plainjson writes JSON with <, > and & as they are. encoding/json escapes them, as for a
// web page, which makes bodies hard to read.
package plainjson

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// Marshal returns what json.Marshal does, without that escaping. An encoder around it may still
// escape.
func Marshal(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Append appends what MustMarshal returns for a value. For whole numbers and plain texts, which most
// values are, it costs nothing.
func Append(b []byte, value any) []byte {
	switch v := value.(type) {
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case string:
		if isPlain(v) {
			return append(append(append(b, '"'), v...), '"')
		}
	}
	return append(b, MustMarshal(value)...)
}

// isPlain reports whether a text stands in JSON as it is.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// MustMarshal does what Marshal does, for a value of the program's own. It panics where the value cannot be
// encoded, which is an error of the program.
func MustMarshal(value any) []byte {
	text, err := Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}
