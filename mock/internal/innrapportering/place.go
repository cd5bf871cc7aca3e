package innrapportering

import (
	"cmp"
	"strconv"
	"strings"

	"sandkasse/mock/internal/catalog"
)

// element identifies an element of a list in a document or, without a list, the document itself. Pointers are relative to it.
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
	return cmp.Or(strings.Compare(cmp.Or(p.list, p.member), cmp.Or(q.list, q.member)), cmp.Compare(p.index, q.index), strings.Compare(p.member, q.member))
}

// appendPointer appends p.String(), without an allocation where nothing has to be escaped.
func appendPointer(b []byte, p catalog.Pointer) []byte {
	for _, segment := range p {
		if strings.ContainsAny(segment, "~/") {
			return append(b, p.String()...)
		}
	}
	for _, segment := range p {
		b = append(append(b, '/'), segment...)
	}
	return b
}

// name returns the last segment of a pointer, the name of the member.
func name(p catalog.Pointer) string {
	if len(p) == 0 {
		return ""
	}
	return p[len(p)-1]
}
