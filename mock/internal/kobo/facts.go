package kobo

import (
	"strings"

	"sandkasse/mock/internal/wire"
)

// homeOf returns what a call with a document did to a home, for the report; nil where there is none.
func homeOf(document any, done Result) *wire.Home {
	if done.Bolig.KoboID == "" {
		return nil
	}
	home := &wire.Home{ID: done.Bolig.KoboID, Before: done.Before, After: done.Bolig.Endringer}
	for _, place := range done.Emptied {
		if !names(document, place) {
			home.LeftOut = append(home.LeftOut, place)
		}
	}
	return home
}

// names reports whether a document says what becomes of a place of the home: it names it, perhaps as
// null, or an object around it that is null. The end of a contract and the period of another notice
// are named by what takes their place (K246).
func names(document any, place string) bool {
	at, _ := strings.CutPrefix(place, "/leieforhold") // the body is the tenancy
	switch at {
	case "/kontraktUtlopsdato", "/annenOppsigelsestid":
		return true
	}
	for name := range strings.SplitSeq(strings.TrimPrefix(at, "/"), "/") {
		members, isObject := document.(map[string]any)
		if !isObject {
			return true
		}
		value, named := members[name]
		if !named && name == "manedsleie" { // K233
			value, named = members["månedsleie"]
		}
		if !named {
			return false
		}
		document = value
	}
	return true
}
