package innrapportering

import (
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/jsonptr"
)

// leveransePart is a leveranse of a delivery. The pointers of catalog.Felter begin at its content.
type leveransePart struct {
	element // where it is; without a list, the delivery is this leveranse
	content any
}

// leveranserOf returns the leveranser of a delivery: the elements of a list, or the whole document
// where the API has no such list.
func leveranserOf(felter catalog.Felter, document any) []leveransePart {
	if len(felter.Leveranser) == 0 {
		return []leveransePart{{content: document}}
	}
	contents := list(felter.Leveranser, document)
	at := felter.Leveranser.String()
	all := make([]leveransePart, len(contents))
	for i, content := range contents {
		all[i] = leveransePart{element{at, i}, content}
	}
	return all
}

// firstLeveranse returns the content of the first leveranse, or nil.
func firstLeveranse(felter catalog.Felter, document any) any {
	if all := leveranserOf(felter, document); len(all) > 0 {
		return all[0].content
	}
	return nil
}

// sti returns the JSON pointer of a place in the leveranse.
func (l leveransePart) sti(place jsonptr.Pointer) string { return string(place.Append(l.append(nil))) }

// listAt returns the JSON pointer of a list in the leveranse; empty if there is none.
func (l leveransePart) listAt(place jsonptr.Pointer) string {
	if len(place) == 0 {
		return ""
	}
	return l.sti(place)
}

// total returns how many elements the lists at a place of the leveranser have together.
func total(all []leveransePart, place jsonptr.Pointer) (n int) {
	for _, l := range all {
		n += len(list(place, l.content))
	}
	return n
}
