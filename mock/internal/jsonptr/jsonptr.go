// Package jsonptr reads and writes JSON pointers (RFC 6901).
package jsonptr

import (
	"slices"
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
	p = make(Pointer, 0, strings.Count(rest, "/")+1)
	for segment := range strings.SplitSeq(rest, "/") {
		p = append(p, Unescape(segment))
	}
	return p, true
}

// Any stands in a pointer for each element of a list; see All.
const Any = "*"

// All calls visit with each value at the pointer in a decoded document, in their order, and with
// where it is: the pointer with an index for each Any.
func (p Pointer) All(document any, visit func(at Pointer, value any)) {
	i := slices.Index(p, Any)
	if i < 0 {
		if value, ok := p.In(document); ok {
			visit(p, value)
		}
		return
	}
	value, _ := p[:i].In(document)
	elements, _ := value.([]any)
	for n, element := range elements {
		p[i+1:].All(element, func(at Pointer, value any) {
			visit(slices.Concat(p[:i], Pointer{strconv.Itoa(n)}, at), value)
		})
	}
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
func Unescape(text string) string {
	if !strings.Contains(text, "~") {
		return text // as nearly all are
	}
	return unescaper.Replace(text)
}
