// Package jsonptr reads and writes JSON pointers (RFC 6901).
package jsonptr

import (
	"strconv"
	"strings"
)

// Pointer is a parsed JSON pointer.
type Pointer []string

// Parse parses a pointer such as /leveranse/oppgave; ok is false if it does not begin with a slash.
func Parse(text string) (p Pointer, ok bool) {
	rest, ok := strings.CutPrefix(text, "/")
	if !ok {
		return nil, false
	}
	for segment := range strings.SplitSeq(rest, "/") {
		p = append(p, Unescape(segment))
	}
	return p, true
}

// String returns the pointer in the form of RFC 6901.
func (p Pointer) String() string { return string(p.Append(nil)) }

// Append appends the pointer in the form of RFC 6901.
func (p Pointer) Append(b []byte) []byte {
	for _, segment := range p {
		b = append(append(b, '/'), Escape(segment)...)
	}
	return b
}

// In returns the value at the pointer in a decoded document; ok is false if there is none.
func (p Pointer) In(document any) (value any, ok bool) {
	value = document
	for _, segment := range p {
		switch at := value.(type) {
		case map[string]any:
			if value, ok = at[segment]; !ok {
				return nil, false
			}
		case []any:
			i, err := strconv.Atoi(segment)
			if err != nil || i < 0 || i >= len(at) {
				return nil, false
			}
			value = at[i]
		default:
			return nil, false
		}
	}
	return value, true
}

var (
	escaper   = strings.NewReplacer("~", "~0", "/", "~1")
	unescaper = strings.NewReplacer("~1", "/", "~0", "~")
)

// Escape returns a segment as it stands in a pointer.
func Escape(segment string) string { return escaper.Replace(segment) }

// Unescape returns the segment that stands in a pointer.
func Unescape(text string) string { return unescaper.Replace(text) }
