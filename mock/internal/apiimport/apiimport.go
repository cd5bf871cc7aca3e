// Package apiimport makes the files of a reporting API from an OpenAPI document of it: what the
// catalogue reads from a folder (FAMILY/NAME.yaml, a JSON Schema and an example).
//
// A document says much that Sandkasse does not imitate, and nothing of error codes, scopes or open
// years. What was left out, and what was filled in, are both told. Other files and addresses that a
// document refers to are never read.
package apiimport

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"sandkasse/mock/internal/archive"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/excerpt"
	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/tree"
	"sandkasse/mock/internal/yamlfile"
)

// MaxSize is the size of a document in JSON, in bytes. One in YAML has the limits of package
// yamlfile.
const MaxSize = 16 << 20

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
	file    string // its name, for messages
	root    *tree.Value
	is30    bool
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
	im := &importer{file: path.Base(strings.ReplaceAll(file, `\`, "/")), known: known, noted: map[string]int{}}
	var err error
	if im.root, err = parse(file, text); err != nil {
		return API{}, err
	}
	if im.is30, err = im.version(); err != nil {
		return API{}, err
	}
	if im.pattern = known.ByName(pattern); im.pattern == nil {
		return API{}, fmt.Errorf("there is no API %s, whose codes an imported one has", pattern)
	}
	api, err := im.api()
	slices.SortStableFunc(im.notes, func(a, b Note) int { return cmp.Compare(a.Line, b.Line) })
	api.Notes, api.Untold = im.notes, im.untold
	return api, err
}

// parse returns the document of a file. What begins as a JSON object is read as JSON, anything else
// as YAML.
func parse(file string, text []byte) (*tree.Value, error) {
	plain := bytes.TrimPrefix(text, []byte("\xEF\xBB\xBF"))
	ending := strings.ToLower(path.Ext(file))
	isYAML := ending == ".yaml" || ending == ".yml"
	if begin := bytes.TrimLeft(plain, " \t\r\n"); ending == ".json" || bytes.HasPrefix(begin, []byte("{")) {
		if len(plain) > MaxSize {
			return nil, yamlfile.Faults{{
				File: file,
				Text: fmt.Sprintf("the document is larger than %d KiB, the most that is read", MaxSize>>10),
			}}
		}
		_, err := schema.Decode(plain)
		if err == nil {
			return tree.FromJSON(plain), nil
		}
		if !isYAML {
			fault := yamlfile.Fault{File: file, Text: err.Error()}
			if syntax, ok := errors.AsType[*schema.SyntaxError](err); ok {
				fault.Line = syntax.Linje
				fault.Text = fmt.Sprintf("the document is not well-formed JSON (column %d): %s", syntax.Kolonne,
					syntax.Melding)
			}
			return nil, yamlfile.Faults{fault}
		}
	}
	value, faults := yamlfile.ReadTree(file, text)
	if len(faults) > 0 {
		return nil, faults
	}
	return value, nil
}

// version reports whether the document is of OpenAPI 3.0, else 3.1. The error says that it is of
// neither.
func (im *importer) version() (is30 bool, err error) {
	openapi := im.root.Get("openapi")
	text := ""
	if openapi.Is(tree.String) || openapi.Is(tree.Number) {
		text = openapi.Text
	}
	major := text + "."
	switch {
	case strings.HasPrefix(major, "3.0."):
		return true, nil
	case strings.HasPrefix(major, "3.1."):
		return false, nil
	case im.root.Get("swagger") != nil:
		return false, fmt.Errorf("%s is a document of Swagger 2.0; it must be one of OpenAPI 3.0 or 3.1, into which "+
			"SwaggerHub converts it", im.file)
	case text == "":
		return false, fmt.Errorf("%s is no OpenAPI document: it has no member openapi, such as \"openapi\": "+
			"\"3.0.3\"", im.file)
	}
	return false, fmt.Errorf("%s is a document of OpenAPI %s; it must be one of 3.0 or 3.1", im.file,
		excerpt.Fit(text, 20))
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
	whole := im.convert(body, "Melding", "Laget av "+im.file+" med sandkasse apis import.")
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
func (im *importer) title() string {
	title := im.root.Get("info").Get("title").String()
	if title == "" {
		return "Imported API"
	}
	return excerpt.Fit(strings.Join(strings.Fields(title), " "), 200)
}
