package drift

import (
	"slices"
	"strings"

	"sandkasse/mock/internal/tree"
)

// codeList is an enumeration of error codes in the document, and the codes of Sandkasse that stand
// at its places. Many answers may share one, so it is compared at the end.
type codeList struct {
	spot
	operation    string
	theirs, ours []string
}

// isCode reports whether a place is that of a code in an error.
func isCode(at string) bool { return strings.HasSuffix(at, "/kode") || strings.HasSuffix(at, "/code") }

// addCodes adds codes that Sandkasse gives where the document lists some.
func (c *comparison) addCodes(at spot, theirs facts, shown []*tree.Value) {
	i := slices.IndexFunc(c.codes, func(list *codeList) bool { return list.pointer == at.pointer })
	if i < 0 {
		i = len(c.codes)
		c.codes = append(c.codes, &codeList{spot: at, operation: c.operation, theirs: theirs.enum})
	}
	for _, value := range shown {
		if text := canonical(value); !slices.Contains(c.codes[i].ours, text) {
			c.codes[i].ours = append(c.codes[i].ours, text)
		}
	}
}

// compareCodes compares the enumerations of codes.
func (c *comparison) compareCodes() {
	for _, list := range c.codes {
		c.operation = list.operation
		slices.Sort(list.ours)
		c.lack(kindCode, list.spot, list.theirs, list.ours)
	}
}
