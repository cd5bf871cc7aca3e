// Package openapi makes OpenAPI 3.1 documents from the catalogue: operations, parameters, schemas, and each documented
// code as a named example, which is the answer that the server gives. Nothing is kept: a document is made when it is
// asked for.
package openapi

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/gateway"
	"sandkasse/mock/internal/suggest"
)

// Names of documents that are not of one API.
const (
	ControlName = "control" // of Sandkasse's own API
	AllName     = "all"     // of everything
)

// Source holds what documents are made of.
type Source struct {
	Gateway   *gateway.Gateway
	Control   []Operation // of the control API
	Scenarios []Scenario  // scripts; codes come from the catalogue
	Version   string      // of Sandkasse
}

// Scenario is a script that a call can ask for.
type Scenario struct{ Name, Description string }

// At says where and when a document is for.
type At struct {
	// Root and SessionRoot are the public address of the sandbox, as in an address.Address.
	Root, SessionRoot string
	Now               time.Time // determines the years that APIs accept
}

// newYear returns the beginning of the year, which examples have as their time, so that a document is the same from
// one minute to the next (K666).
func (a At) newYear() time.Time {
	return time.Date(a.Now.UTC().Year(), time.January, 1, 0, 0, 0, 0, time.UTC)
}

// Format is the notation of a document.
type Format string

// The formats, by the ending of their files.
const (
	JSON Format = "json"
	YAML Format = "yaml"
)

// Names returns the names of the documents: those of the APIs, sorted, then control and all.
func (s Source) Names() []string { return append(s.Gateway.Catalog.Names(), ControlName, AllName) }

// UnknownNameError is the error of a name that no document has.
type UnknownNameError struct{ text string }

// Error returns a sentence with the names that there are.
func (e *UnknownNameError) Error() string { return e.text }

// Document returns the document of that name. The error is an *UnknownNameError, or that of a schema that cannot stand
// in a document.
func (s Source) Document(name string, at At, format Format) ([]byte, error) {
	document, err := s.document(name, at)
	if err != nil {
		return nil, err
	}
	if format == YAML {
		return appendYAML(nil, document, 0, true), nil
	}
	return append(appendJSON(nil, document, 0), '\n'), nil
}

// extension marks what is Sandkasse's own, and no part of the API that is imitated.
const extension = "x-sandkasse"

func (s Source) document(name string, at At) (object, error) {
	b := &builder{Source: s, at: at, taken: map[string]bool{}}
	info := object{{"title", ""}, {"description", ""}, {"version", s.Version}} // K665
	server := at.Root
	api := s.Gateway.Catalog.ByName(name)
	switch {
	case api != nil:
		if err := b.addAPI(api, false); err != nil {
			return nil, err
		}
		info.set("title", api.Title)
		info.set("description", "The API as Sandkasse imitates it for tests. This is not the agency's document.\n\n"+
			ownWords)
		server += "/" + api.Label
	case name == ControlName:
		if err := b.addControl(false); err != nil {
			return nil, err
		}
		info.set("title", "Sandkasse's control API")
		info.set(
			"description",
			"Sandkasse's own API: what it imitates, which calls it got, sessions, tokens and test "+
				"data. Its errors are plain sentences, also in the header Sandkasse-Feil.",
		)
	case name == AllName:
		for _, api := range s.Gateway.Catalog.APIs {
			if err := b.addAPI(api, true); err != nil {
				return nil, err
			}
		}
		if err := b.addControl(true); err != nil {
			return nil, err
		}
		info.set("title", "All APIs of Sandkasse")
		info.set("description", "The APIs as Sandkasse imitates them for tests, and its own. This is no agency's "+
			"document.\n\n"+ownWords)
	default:
		meant := ""
		if nearest, ok := suggest.Nearest(name, s.Names()); ok {
			meant = "did you mean " + nearest + "? "
		}
		return nil, &UnknownNameError{fmt.Sprintf("there is no document %q; %sthere are %s", name, meant,
			strings.Join(s.Names(), ", "))}
	}
	info.set("license", object{{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}})
	document := object{
		{"openapi", "3.1.0"},
		{"info", info},
		{"servers", list[any](object{{"url", server}, {"description", "Sandkasse"}})},
		{"tags", b.tags},
		{"paths", b.paths},
	}
	if len(b.webhooks) > 0 {
		document.set("webhooks", b.webhooks)
	}
	document.set("components", b.components())
	return document, nil
}

// ownWords says in each document of an API what is Sandkasse's own (K661).
const ownWords = "Parameters and headers with " + extension + " are Sandkasse's own: the API itself has no such " +
	"thing. Errors of Sandkasse itself, such as an unknown scenario, are plain sentences with the header Sandkasse-Feil, " +
	"and are not listed."

// builder collects the parts of one document.
type builder struct {
	Source
	at    At
	taken map[string]bool         // names of schemas
	types map[reflect.Type]string // components of Go types, of the API that is being added
	label string                  // that names carry, with an underscore; empty in the document of one API

	tags                         []any
	paths, webhooks              object
	schemas, parameters, headers object
	needsToken                   bool // an operation does
}

// schemaPrefix begins references to schemas.
func (b *builder) schemaPrefix() string { return "#/components/schemas/" }

// take returns a name for a schema that no other one has: the one that is wanted, with the label, if possible. A
// name of a component has letters, digits, and three other characters.
func (b *builder) take(wanted string) string {
	wanted = strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("._-", r) {
			return r
		}
		return '_'
	}, b.label+wanted)
	name := wanted
	for n := 2; b.taken[name]; n++ {
		name = fmt.Sprintf("%s_%d", wanted, n)
	}
	b.taken[name] = true
	return name
}

// components returns the components that the paths refer to.
func (b *builder) components() object {
	found := object{}
	if len(b.schemas) > 0 {
		found.set("schemas", b.schemas)
	}
	if len(b.parameters) > 0 {
		found.set("parameters", b.parameters)
	}
	if len(b.headers) > 0 {
		found.set("headers", b.headers)
	}
	if b.needsToken {
		found.set("securitySchemes", object{{"maskinporten", object{
			{"type", "http"},
			{"scheme", "bearer"},
			{"bearerFormat", "JWT"},
			{"description", "A token of Maskinporten with the scope that the operation names. For tests, " +
				"GET /_sandkasse/token gives one."},
		}}})
	}
	return found
}

// addAPI adds an API. With its label in front of paths and names, several can stand in one document.
func (b *builder) addAPI(api *catalog.API, labelled bool) error {
	b.types = map[reflect.Type]string{}
	b.label = ""
	base := ""
	if labelled {
		b.label, base = api.Label+"_", "/"+api.Label
	}
	files, err := b.schemaFiles(api)
	if err != nil {
		return fmt.Errorf("the API %s: %w", api.Name, err)
	}
	files.nameComponents(b.take)
	components := files.components(b.schemaPrefix())
	a := apiBuilder{builder: b, api: api, files: files}
	if api.Schema != nil && api.Schema().IsClosed() {
		a.closed = closeSchemas(components, b.schemaPrefix())
	}
	b.schemas = append(b.schemas, components...)
	b.tags = append(b.tags, object{{"name", api.Name}, {"description", api.Title}})
	a.errors = b.schemaOf(reflect.TypeOf(gateway.ErrorBody(api.ErrorBody)))
	a.addParameters()
	for _, route := range api.Routes {
		for i, path := range route.Paths {
			if bare := strings.TrimSuffix(path, "/"); bare != path && slices.Contains(route.Paths, bare) {
				continue // K662
			}
			item, _ := b.paths.get(base + path).(object)
			item.set(strings.ToLower(route.Method), a.operation(route, path, i))
			b.paths.set(base+path, item)
		}
	}
	a.addWebhooks()
	return nil
}

// schemaFiles returns the files of all schemas of an API.
func (b *builder) schemaFiles(api *catalog.API) (*schemaSet, error) {
	files := &schemaSet{places: map[string]place{}}
	if api.Schema != nil {
		if err := files.add(api.Schema().Files()...); err != nil {
			return nil, err
		}
	}
	for _, route := range api.Routes {
		if route.Schema != nil {
			if err := files.add(route.Schema().Files()...); err != nil {
				return nil, err
			}
		}
		for _, answer := range b.Gateway.Behaviours[route.Behaviour].Answers {
			if answer.Schema == "" {
				continue
			}
			if err := files.addBuiltIn(answer.Schema); err != nil {
				return nil, err
			}
		}
	}
	return files, nil
}
