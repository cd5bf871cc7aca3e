// Package plainjson writes JSON with <, > and & as they are. encoding/json escapes them, as for a
// web page, which makes bodies hard to read.
package plainjson

import (
	"bytes"
	"encoding/json"
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

// MustMarshal does what Marshal does, for a value of the program's own. It panics where the value cannot be
// encoded, which is an error of the program.
func MustMarshal(value any) []byte {
	text, err := Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}
