package gateway

import (
	"fmt"
	"slices"
	"strings"

	"sandkasse/mock/internal/excerpt"
	"sandkasse/mock/internal/schema"
)

const correlationHeader = "Korrelasjonsid"

// MaxCorrelation is the most characters of a Korrelasjonsid that is taken over (K035).
const MaxCorrelation = 100

// readCorrelation takes over the Korrelasjonsid of a call: in the official documents the
// korrelasjonsid of an error is the one that came with the call. One that is not 1 to 100 visible
// characters of ASCII, or is there more than once, is ignored with a remark (K035).
func (c *call) readCorrelation() {
	if !slices.Contains([]string{"spesifisering", "feil"}, c.API.ErrorBody) {
		return // no body of this form has one
	}
	values := c.http.Header.Values(correlationHeader)
	switch {
	case len(values) == 0:
	case len(values) > 1:
		c.Remarks = append(c.Remarks,
			"the header Korrelasjonsid is there more than once and is passed over; send it once")
	case len(values[0]) < 1 || len(values[0]) > MaxCorrelation || strings.ContainsFunc(values[0], invisible):
		c.Remarks = append(c.Remarks, fmt.Sprintf(
			"the header Korrelasjonsid is passed over; it must be 1 to %d visible characters of ASCII", MaxCorrelation))
	default:
		c.correlation = values[0]
	}
}

// invisible reports whether a character is a space or not in ASCII.
func invisible(r rune) bool { return r <= ' ' || r > '~' }

// korrelasjonsid returns that of an error: what the caller sent, else a new one.
func (c *call) korrelasjonsid() string {
	if c.correlation != "" {
		return c.correlation
	}
	return c.IDs.V4().String()
}

// How much of the members that a schema does not name a remark lists (K501).
const (
	maxUnknownListed = 100 // members
	maxUnknownLength = 200 // characters of one pointer
)

// remarkUnknown adds a remark on members of a document that were accepted though its schema does
// not name them (K010).
func (c *call) remarkUnknown(unknown []schema.Avvik) {
	if len(unknown) == 0 {
		return
	}
	names := unknownNames(unknown)
	c.Unknown = names
	remark := "the schema does not name these members, and they have no effect: " + strings.Join(names, ", ")
	if len(unknown) > len(names) {
		remark += fmt.Sprintf(" and at least %d more", len(unknown)-len(names))
	}
	c.Remarks = append(c.Remarks, remark+"; --unknown-members refuse refuses them")
}

// unknownNames returns the pointers of members, as far as they are listed.
func unknownNames(unknown []schema.Avvik) (names []string) {
	for _, avvik := range unknown[:min(len(unknown), maxUnknownListed)] {
		if avvik.Sti == "" {
			break // the last of too many, which says so itself
		}
		names = append(names, excerpt.Truncate(avvik.Sti, maxUnknownLength, "…"))
	}
	return names
}
