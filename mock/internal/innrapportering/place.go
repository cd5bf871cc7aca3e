package innrapportering

import (
	"cmp"
	"strconv"
	"strings"

	"sandkasse/mock/internal/catalog"
)

// element is an element of a list in a document, or, with no list, the document itself: what pointers are counted from.
type element struct {
	list  string // where the list is, as a JSON pointer
	index int
}

// append writes where the element is, as a JSON pointer.
func (e element) append(b []byte) []byte {
	if e.list == "" {
		return b
	}
	b = append(append(b, e.list...), '/')
	return strconv.AppendInt(b, int64(e.index), 10)
}

// place is a member of an element, or with no member the element itself.
type place struct {
	element
	member string // a JSON pointer
}

// compare orders places as a reader expects them: by their pointers, but the elements of a list by number.
func (p place) compare(q place) int {
	return cmp.Or(strings.Compare(cmp.Or(p.list, p.member), cmp.Or(q.list, q.member)), cmp.Compare(p.index, q.index), strings.Compare(p.member, q.member))
}

// appendPointer writes what p.String() is, but faster where nothing is to be escaped.
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

// name is the last segment of a pointer: what a member is called.
func name(p catalog.Pointer) string {
	if len(p) == 0 {
		return ""
	}
	return p[len(p)-1]
}
