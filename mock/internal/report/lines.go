package report

import (
	"strings"

	"sandkasse/mock/internal/catalog"
)

// Line is one thing that the client of an API may meet: a status of an operation, with a code where
// it is an error, or a built-in script.
type Line struct {
	Route         *catalog.Route // nil for what the API documents for no operation by itself, and for a script
	Status        int            // 0 for a script
	Kode          string         // parent code of an error; empty for none
	Specification string         // the code that specifies it; empty for none
	Script        string         // name of a script; empty for none
}

// Code returns the code of a line that says most; empty for none.
func (l Line) Code() string {
	if l.Specification != "" {
		return l.Specification
	}
	return l.Kode
}

// Lines holds the lines of an API. It does not change after NewLines, and all sessions share it.
type Lines struct {
	API *catalog.API
	All []Line
	// Demand has the names by which a scenario asks for errors, by their lines without a Route.
	Demand map[Line]string
	at     map[Line]int
}

// NewLines returns the lines of an API, each once, in their order.
func NewLines(api *catalog.API, all []Line, demand map[Line]string) *Lines {
	l := &Lines{API: api, Demand: demand, at: map[Line]int{}}
	for _, line := range all {
		if _, known := l.at[line]; !known {
			l.at[line] = len(l.All)
			l.All = append(l.All, line)
		}
	}
	return l
}

// answer returns the number of the line of the answer to a call; found is false where it has none. A
// line of the operation comes before one of the API. An answer that does not reach the client whole,
// and one that a script has written out, is none that the API documents (K782).
func (l *Lines) answer(c *Call) (number int, found bool) {
	if !c.Reached || c.Demanded && c.Code == "" {
		return 0, false
	}
	line := Line{Route: c.Route, Status: c.Status, Kode: c.Code}
	if len(c.Specification) > 0 {
		line.Specification = c.Specification[0]
	}
	if number, found = l.at[line]; !found {
		line.Route = nil
		number, found = l.at[line]
	}
	return number, found
}

// scripts returns the numbers of the lines of scripts that were played, as the header Sandkasse-Played
// names them.
func (l *Lines) scripts(played []string) (numbers []int) {
	for _, one := range played {
		name, _, _ := strings.Cut(one, ";")
		if n, found := l.at[Line{Script: name}]; found {
			numbers = append(numbers, n)
		}
	}
	return numbers
}
