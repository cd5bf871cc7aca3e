// Package drift compares an official OpenAPI document of an API with what Sandkasse imitates:
// operations, parameters, bodies, statuses, and what schemas say of values.
//
// Sandkasse's side is its own OpenAPI document, made from the catalogue. Where the official document
// says nothing there is no difference.
package drift

import (
	"fmt"
	"slices"
	"strings"

	"sandkasse/mock/internal/apidocument"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/excerpt"
)

// Result says where a document and Sandkasse differ.
type Result struct {
	Operations  []string // that both have, as METHOD PATH of Sandkasse
	Differences []Difference
	Untold      int    // differences beyond those
	Left        []Left // what was not compared
}

// Left counts places that were not compared for one reason.
type Left struct {
	Reason string
	Count  int // of places
	Lines  []string
}

// Difference is a way in which the document and Sandkasse differ.
type Difference struct {
	Kind      string
	Operation string // METHOD PATH
	Place     string // such as body /leveranse/oppgave/*/eiertid; empty for the operation
	Theirs    string // empty where they have nothing there
	Ours      string // empty where Sandkasse has nothing there
	Choice    string // such as K010; empty where nothing was chosen
	Count     int    // of places in the document
	Lines     []string
}

// Limits of the list (K803).
const (
	maxDifferences = 1_000
	maxLines       = 5
)

// spot is a place that is compared.
type spot struct {
	at      string // in words
	pointer string // in their document, as a fragment
	line    int
}

// spotOf returns the place of a value of their document.
func spotOf(at string, n node) spot {
	if n.Value == nil {
		return spot{at, n.Place, 0}
	}
	return spot{at, n.Place, n.Line}
}

// Compare compares a document with Sandkasse's own of the same API; isBuiltIn says that the API's
// schema is the one that Sandkasse comes with. The error says why the document cannot be compared.
func Compare(theirs, ours apidocument.Document, api *catalog.API, isBuiltIn bool) (Result, error) {
	budget, work := maxSchemas, maxWork
	c := &comparison{
		theirs: &reader{document: theirs, budget: &budget}, ours: &reader{document: ours, budget: &budget},
		api: api, isBuiltIn: isBuiltIn, index: map[string]int{}, open: map[string]bool{}, work: &work,
		maxFound: maxDifferences,
	}
	result := Result{Operations: c.operations(api)}
	c.compareCodes()
	for _, side := range []*reader{c.theirs, c.ours} {
		if side.problem != nil {
			return Result{}, side.problem
		}
	}
	result.Differences, result.Untold, result.Left = c.found, c.untold, c.left
	if len(result.Operations) == 0 {
		return Result{}, fmt.Errorf("%s has no operation of %s, so there is nothing to compare%s; --api names "+
			"another API", theirs.File, api.Name, c.elsewhere())
	}
	return result, nil
}

// elsewhere says where the operations of a document are that has none of Sandkasse's, and where these are; empty
// for a document without operations.
func (c *comparison) elsewhere() string {
	const shown = 3 // of each side
	var given, own []string
	for _, one := range c.theirs.list() {
		if len(given) < shown {
			given = append(given, one.method+" "+c.theirs.paths(one, c.api)[0])
		}
	}
	for _, one := range c.ours.list() {
		if len(own) < shown {
			own = append(own, one.name())
		}
	}
	if len(given) == 0 || len(own) == 0 {
		return ""
	}
	return excerpt.Fit(fmt.Sprintf(": its servers and paths lead to %s, and expected were %s",
		strings.Join(given, ", "), strings.Join(own, ", ")), 2*maxText)
}

// differ adds a difference, or counts its place where it is known: in what several operations or
// members share, it is one.
func (c *comparison) differ(kind string, at spot, theirs, ours string) {
	key := theirs + "\n" + ours
	if theirs == "" { // what is not in the document has the place of what should have it
		key += "\n" + at.at
	}
	c.add(kind, at, theirs, ours, key)
}

// breaks adds a limit of the document that a value which Sandkasse answers does not keep.
func (c *comparison) breaks(kind string, at spot, limit, value string) {
	c.add(kind, at, limit, "such as "+value, limit)
}

func (c *comparison) add(kind string, at spot, theirs, ours, key string) {
	made := Difference{
		Kind: kind, Operation: c.operation, Place: excerpt.Fit(at.at, maxText), Theirs: excerpt.Fit(theirs, maxText),
		Ours: excerpt.Fit(ours, maxText),
	}
	if settled, reason := c.explain(&made); settled {
		c.leave(fmt.Sprintf("%s (%s)", reason, made.Choice), c.words(at))
		return
	}
	key = kind + "\n" + at.pointer + "\n" + key
	i, known := c.index[key]
	if !known {
		if len(c.found) == c.maxFound {
			c.untold++
			return
		}
		i = len(c.found)
		c.index[key] = i
		c.found = append(c.found, made)
	}
	one := &c.found[i]
	one.Count++
	one.Lines = addLine(one.Lines, c.words(at))
}

// leave notes a place that is not compared.
func (c *comparison) leave(reason, line string) {
	i := slices.IndexFunc(c.left, func(one Left) bool { return one.Reason == reason })
	if i < 0 {
		i = len(c.left)
		c.left = append(c.left, Left{Reason: reason})
	}
	c.left[i].Count++
	c.left[i].Lines = addLine(c.left[i].Lines, line)
}

// words returns a place in words, with its line in the document.
func (c *comparison) words(at spot) string {
	line := strings.TrimSpace(c.operation + " " + at.at)
	if at.line > 0 {
		line = fmt.Sprintf("line %d, %s", at.line, line)
	}
	return excerpt.Fit(line, maxText)
}

// addLine adds a line to the first few of a list.
func addLine(lines []string, line string) []string {
	if len(lines) < maxLines && !slices.Contains(lines, line) {
		lines = append(lines, line)
	}
	return lines
}
