package address

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"sandkasse/mock/internal/suggest"
)

// headerPrefix begins the name of every header of Sandkasse. An underscore may follow in a name
// that is refused.
const headerPrefix = "Sandkasse"

// ownHeaders returns the values of Sandkasse's headers, whatever the case of their names. The error
// names a header that begins like one and is none, and the nearest one.
func ownHeaders(header http.Header) (sessions, scenarios []string, err error) {
	var own []string
	for name := range header {
		n := len(headerPrefix)
		if len(name) > n && (name[n] == '-' || name[n] == '_') && strings.EqualFold(name[:n], headerPrefix) {
			own = append(own, name)
		}
	}
	slices.Sort(own) // so that of two wrong ones always the same is named
	for _, name := range own {
		switch {
		case strings.EqualFold(name, SessionHeader):
			sessions = append(sessions, header[name]...)
		case strings.EqualFold(name, ScenarioHeader):
			scenarios = append(scenarios, header[name]...)
		default:
			return nil, nil, unknownHeader(name)
		}
	}
	return sessions, scenarios, nil
}

// unknownHeader returns the error of a header that is none of Sandkasse's.
func unknownHeader(name string) error {
	for _, answers := range []string{"Sandkasse-Call", "Sandkasse-Played", "Sandkasse-Feil"} {
		if strings.EqualFold(name, answers) {
			return fmt.Errorf("the header %s stands in answers only; a request may have %s and %s",
				answers, SessionHeader, ScenarioHeader)
		}
	}
	nearest, other := SessionHeader, ScenarioHeader
	if found, _ := suggest.Nearest(name, []string{nearest, other}); found == other {
		nearest, other = other, nearest
	}
	return fmt.Errorf("there is no header %s; %s is the nearest there is, beside %s", name, nearest, other)
}
