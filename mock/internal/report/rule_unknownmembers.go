package report

import (
	"fmt"
	"strings"

	"sandkasse/mock/internal/excerpt"
	"sandkasse/mock/internal/wire"
)

// unknownMembers finds members of documents that the API does not know, such as misspelt ones,
// whether they are passed over or refused: "API-et validerer mottatte data mot JSON schema" (BSU page,
// Teknisk spesifikasjon). One finding is about the same members in all documents of a route.
func unknownMembers() rule {
	return rule{
		Rule: Rule{
			ID: "unknown-members", Gravity: Warning, Sure: true,
			Production: "the API refuses the document, or ignores the members, so that their values never arrive",
			Change:     "spell the members as the schema does, and leave out those that it does not name",
		},
		watch: func(*space) watcher { return unknownMembersWatcher{} },
	}
}

type unknownMembersWatcher struct{}

func (unknownMembersWatcher) see(c *Call) []fault {
	if len(c.Unknown) == 0 {
		return nil
	}
	places := placesIn(c.Unknown)
	return []fault{{
		subject: c.APIName() + " " + c.Route.Name + " " + places, calls: []int64{c.Number},
		what: fmt.Sprintf("the document has members that %s does not name: %s", c.API.Title, places),
	}}
}

// Limits of what a finding names.
const (
	maxPlaces      = 5
	maxPlaceLength = 100 // characters
)

// placesIn returns JSON pointers as text, each once and with * for the number of an element. Names that
// have six digits in a row, as a date of birth, are left out.
func placesIn(pointers []string) string {
	var shown []string
	known, more := map[string]bool{}, 0
	for _, pointer := range pointers {
		segments := strings.Split(pointer, "/")
		for i, segment := range segments {
			switch {
			case segment != "" && strings.Trim(segment, "0123456789") == "":
				segments[i] = "*"
			case hasNumber(segment):
				segments[i] = "…"
			}
		}
		place := strings.Join(segments, "/")
		switch {
		case known[place]:
		case len(shown) == maxPlaces:
			more++
		default:
			shown = append(shown, excerpt.Truncate(wire.Line(place), maxPlaceLength, "…"))
		}
		known[place] = true
	}
	text := strings.Join(shown, ", ")
	if more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
