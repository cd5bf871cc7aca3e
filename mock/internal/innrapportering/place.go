package innrapportering

import (
	"cmp"
	"strconv"
	"strings"

	"sandkasse/mock/internal/jsonptr"
)

// element identifies an element of a list in a document or, without a list, the document itself.
// Pointers are relative to it.
type element struct {
	list  string // JSON pointer of the list
	index int
}

// append appends the JSON pointer of the element.
func (e element) append(b []byte) []byte {
	if e.list == "" {
		return b
	}
	b = append(append(b, e.list...), '/')
	return strconv.AppendInt(b, int64(e.index), 10)
}

// place is a member of an element or, without a member, the element itself.
type place struct {
	element
	member string // a JSON pointer
}

// compare sorts places by their pointers, and the elements of a list by number.
func (p place) compare(q place) int {
	return cmp.Or(strings.Compare(cmp.Or(p.list, p.member), cmp.Or(q.list, q.member)), cmp.Compare(p.index, q.index),
		strings.Compare(p.member, q.member))
}

// name returns the last segment of a pointer, the name of the member.
func name(p jsonptr.Pointer) string {
	if len(p) == 0 {
		return ""
	}
	return p[len(p)-1]
}
