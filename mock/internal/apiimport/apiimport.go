// Package apiimport makes the files of a reporting API from an OpenAPI document of it: what the
// catalogue reads from a folder (FAMILY/NAME.yaml, a JSON Schema and an example).
//
// A document says much that Sandkasse does not imitate, and nothing of error codes, scopes or open
// years. What was left out, and what was filled in, are both told. Other files and addresses that a
// document refers to are never read.
package apiimport

import (
	"cmp"
	"fmt"
	"slices"

	"sandkasse/mock/internal/apidocument"
	"sandkasse/mock/internal/archive"
	"sandkasse/mock/internal/catalog"
)

// API is an API that was made from a document.
type API struct {
	Name, Title, Label string
	Files              []archive.File // by their names from the folder: innrapportering/boligselskap.yaml
	Notes              []Note         // what was not taken, by line
	Untold             int            // notes beyond those
	Assumed            []Assumption   // what the document does not say
}

// Assumption is a line of a file of the folder that the document does not support.
type Assumption struct {
	File string
	Line int
	Text string
}

// pattern is the API whose error codes, limits and checks an imported one has, as far as the
// document says nothing of them (K675).
const pattern = "innrapportering-boligsameie"

// importer makes an API of a document.
type importer struct {
	apidocument.Document
	known   *catalog.Catalog
	pattern *catalog.API
	problem error // why the document cannot be imported at all

	notes  []Note
	noted  map[string]int // index of a note, by its text
	untold int
}

// Import makes the files of an API from an OpenAPI document of that file name, in JSON or YAML. The
// known APIs are those that it will stand beside. The error is a yamlfile.Faults where the document
// is not well-formed, or says why no API can be made of it; then the notes of the returned API say
// what was not taken.
func Import(file string, text []byte, known *catalog.Catalog) (API, error) {
	document, err := apidocument.Read(file, text)
	if err != nil {
		return API{}, err
	}
	im := &importer{Document: document, known: known, noted: map[string]int{}}
	if im.pattern = known.ByName(pattern); im.pattern == nil {
		return API{}, fmt.Errorf("there is no API %s, whose codes an imported one has", pattern)
	}
	api, err := im.api()
	slices.SortStableFunc(im.notes, func(a, b Note) int { return cmp.Compare(a.Line, b.Line) })
	api.Notes, api.Untold = im.notes, im.untold
	return api, err
}

// api makes the API.
func (im *importer) api() (API, error) {
	found, err := im.operations()
	if err != nil {
		return API{}, err
	}
	made := &draft{importer: im, operations: found, title: im.title()}
	im.address(made)
	made.noteOthers()
	body := found.body
	whole := im.convert(body, "Melding", "Laget av "+im.File+" med sandkasse apis import.")
	if im.problem != nil {
		return API{}, im.problem
	}
	if err := made.compile(whole.JSON()); err != nil {
		return API{}, err
	}
	if err := made.findPlaces(whole); err != nil {
		return API{}, err
	}
	if err := made.findExample(whole); err != nil {
		return API{}, err
	}
	made.findAnswer()
	made.findCodes()
	made.findScope()
	made.restNotes()
	return made.write(), nil
}

// title returns the title of the API.
func (im *importer) title() string { return cmp.Or(im.Title(), "Imported API") }
