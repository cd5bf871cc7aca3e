package address

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// headerPrefix begins the name of every header that is sandkasse's own; the hyphen may be an
// underscore in a name that is refused.
const headerPrefix = "Sandkasse"

// ownHeaders returns the values of the headers that are for sandkasse itself, whatever the case of
// their letters. The error names a header of that kind that no request has, and the one that may
// have been meant.
func ownHeaders(header http.Header) (sessions, scenarios []string, err error) {
	var own []string
	for name := range header {
		n := len(headerPrefix)
		if len(name) > n && (name[n] == '-' || name[n] == '_') && strings.EqualFold(name[:n], headerPrefix) {
			own = append(own, name)
		}
	}
	slices.Sort(own) // so that of two that are wrong it is always the same that is told
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

func unknownHeader(name string) error {
	for _, answers := range []string{"Sandkasse-Call", "Sandkasse-Played", "Sandkasse-Feil"} {
		if strings.EqualFold(name, answers) {
			return fmt.Errorf("the header %s stands in answers only; a request may have %s and %s",
				answers, SessionHeader, ScenarioHeader)
		}
	}
	nearest, other := SessionHeader, ScenarioHeader
	if unlike(name, other) < unlike(name, nearest) {
		nearest, other = other, nearest
	}
	return fmt.Errorf("there is no header %s; %s is the nearest there is, beside %s", name, nearest, other)
}

// unlike returns how many letters of two words, counted by letter whatever their order, the other
// does not have.
func unlike(a, b string) int {
	count := map[rune]int{}
	for _, letter := range strings.ToLower(a) {
		count[letter]++
	}
	for _, letter := range strings.ToLower(b) {
		count[letter]--
	}
	sum := 0
	for n := range maps.Values(count) {
		sum += max(n, -n)
	}
	return sum
}
