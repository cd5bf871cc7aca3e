package gateway

import (
	"fmt"
	"slices"
	"strings"

	"sandkasse/mock/internal/schema"
)

const correlationHeader = "Korrelasjonsid"

// maxCorrelation bounds a Korrelasjonsid that is taken over, in characters (K035).
const maxCorrelation = 100

// readCorrelation takes over the Korrelasjonsid of a call: in the official documents an error's korrelasjonsid is the
// one that came with the call. One that is not 1 to 100 visible characters of ASCII, or is there more than once, is
// passed over with a remark (K035).
func (c *call) readCorrelation() {
	if !slices.Contains([]string{"spesifisering", "feil"}, c.API.ErrorBody) {
		return // no body of this form has one
	}
	values := c.http.Header.Values(correlationHeader)
	switch {
	case len(values) == 0:
	case len(values) > 1:
		c.Remarks = append(c.Remarks, "the header Korrelasjonsid is there more than once and is passed over; send it once")
	case len(values[0]) < 1 || len(values[0]) > maxCorrelation || strings.ContainsFunc(values[0], invisible):
		c.Remarks = append(c.Remarks, fmt.Sprintf(
			"the header Korrelasjonsid is passed over; it must be 1 to %d visible characters of ASCII", maxCorrelation))
	default:
		c.correlation = values[0]
	}
}

func invisible(r rune) bool { return r <= ' ' || r > '~' }

// korrelasjonsid is that of an error: what the caller sent, else a new one.
func (c *call) korrelasjonsid() string {
	if c.correlation != "" {
		return c.correlation
	}
	return c.IDs.V4().String()
}

// How much of the members that a schema does not name a remark lists (K501).
const (
	maxUnknownTold   = 100 // members
	maxUnknownLength = 200 // characters of one pointer
)

// remarkUnknown tells which members of a document were taken though its schema does not name them (K010).
func (c *call) remarkUnknown(unknown []schema.Avvik) {
	if len(unknown) == 0 {
		return
	}
	var told []string
	for _, avvik := range unknown[:min(len(unknown), maxUnknownTold)] {
		if avvik.Sti == "" {
			break // the last of too many, which says so itself
		}
		told = append(told, shorten(avvik.Sti, maxUnknownLength))
	}
	remark := "the schema does not name these members, and they have no effect: " + strings.Join(told, ", ")
	if len(unknown) > len(told) {
		remark += fmt.Sprintf(" and at least %d more", len(unknown)-len(told))
	}
	c.Remarks = append(c.Remarks, remark+"; --unknown-members refuse refuses them")
}

// shorten cuts a text to that many characters and says so by an ellipsis.
func shorten(text string, limit int) string {
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return text
}
