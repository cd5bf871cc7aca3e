package report

import (
	"fmt"
	"slices"
	"strings"

	"sandkasse/mock/internal/excerpt"
	"sandkasse/mock/internal/wire"
)

// notSynthetic finds real persons' numbers anywhere in a call: "Det skal utelukkende benyttes
// syntetiske testdata ved test av tjenesten" (BSU page, Testdata). It repeats no digit of them. Where
// nothing says that eleven digits are a person's number, it is not sure.
func notSynthetic() rule {
	return rule{
		Rule: Rule{
			ID: "not-synthetic", Gravity: Error, Sure: true,
			Production: "real numbers are for production only: tests may use synthetic persons only, and somebody's " +
				"number in a test is personal data that is processed without need",
			Change: "use synthetic persons, whose month of birth has 80 added, from Tenor testdatasøk or from " +
				"Sandkasse, and delete the number wherever the test has left it",
		},
		watch: func(*space) watcher { return notSyntheticWatcher{} },
	}
}

type notSyntheticWatcher struct{}

func (notSyntheticWatcher) see(c *Call) (faults []fault) {
	add := func(where, kind string, one realNumbers) {
		what := "somebody's real fødselsnummer or D-nummer stands " + where
		if one.unsure {
			what = "what may be somebody's real fødselsnummer or D-nummer stands " + where
		}
		if one.count > 1 {
			what += ", and in " + otherPlaces(one.count-1) + " of the same kind"
		}
		faults = append(faults, fault{
			subject: c.APIName() + " " + kind, calls: []int64{c.Number}, what: what, unsure: one.unsure,
		})
	}
	for _, one := range c.real {
		at, ok := pointerTo(c.Body, one.first)
		switch {
		case !ok:
			add("in the body", "body", one)
		case one.name == "" && isName(c.Body, one.first):
			add("as the name of a member of "+objectAt(at), "name "+placesIn([]string{at}), one)
		default:
			add("in the document at "+excerpt.Truncate(wire.Line(at), maxPlaceLength, "…"), placesIn([]string{at}), one)
		}
	}
	search := func(text, where string) {
		if !hasNumber(text) {
			return
		}
		for _, one := range findRealNumbers([]byte(text), c.Began) {
			add(where, where, one)
		}
	}
	search(c.HTTP.URL.Path, "in the path")
	for _, name := range namesWithNumbers(c.Query) {
		where := "in the query"
		if !hasNumber(name) {
			where += ", at " + excerpt.Truncate(wire.Line(name), maxPlaceLength, "…")
		}
		search(strings.Join(append([]string{name + "="}, c.Query[name]...), " "), where)
	}
	for _, name := range namesWithNumbers(c.HTTP.Header) {
		where := "in a header"
		if !hasNumber(name) {
			where = "in the header " + excerpt.Truncate(wire.Line(headerName(name)), maxPlaceLength, "…")
		}
		search(name+": "+strings.Join(c.HTTP.Header[name], " "), where)
	}
	return faults
}

// headerName returns the name of a header as the pages spell it.
func headerName(canonical string) string {
	if strings.EqualFold(canonical, keyHeader) {
		return keyHeader
	}
	return canonical
}

// objectAt returns the words for the object at a JSON pointer of a document.
func objectAt(pointer string) string {
	if pointer == "" {
		return "the document"
	}
	return "the document at " + excerpt.Truncate(wire.Line(pointer), maxPlaceLength, "…")
}

// otherPlaces returns the words for a number of places beside one that was named.
func otherPlaces(count int) string {
	if count == 1 {
		return "1 other place"
	}
	return fmt.Sprintf("%d other places", count)
}

// namesWithNumbers returns the names that are or have values with a long number in them, in their order. It
// allocates nothing where there is none, as in most calls.
func namesWithNumbers(from map[string][]string) (names []string) {
	for name, values := range from {
		if hasNumber(name) || slices.ContainsFunc(values, hasNumber) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// isName reports whether the string around a place of a JSON document is the name of a member.
func isName(text []byte, place int) bool {
	end := closingQuote(text, place)
	for end++; end < len(text) && strings.IndexByte(" \t\r\n", text[end]) >= 0; {
		end++
	}
	return end < len(text) && text[end] == ':'
}
