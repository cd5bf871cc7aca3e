package mock

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"sandkasse/mock/internal/apidocument"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/drift"
	"sandkasse/mock/internal/schema"
)

// CompareDocument compares an official OpenAPI document, of version 3.0 or 3.1 in JSON or YAML, with an API of the
// catalogue: the one of that name, or without a name the one that the document is of, by its servers, paths or title.
// Other files and addresses that the document refers to are not read. The file is its name, for messages.
//
// The error is an *ArgumentError where the document cannot be used; it wraps a *FaultsError where that is not
// well-formed.
func (c *Catalog) CompareDocument(file string, text []byte, api string) (*Comparison, error) {
	theirs, err := apidocument.Read(file, text)
	if err != nil {
		return nil, argument(public(err))
	}
	of, err := drift.Find(theirs, c.known, api)
	if err != nil {
		return nil, argument(err)
	}
	own, err := c.OpenAPI(of.Name, OpenAPIOptions{})
	if err != nil {
		return nil, err
	}
	ours, err := apidocument.Read(of.Name+".json", own)
	if err != nil {
		return nil, err
	}
	result, err := drift.Compare(theirs, ours, of, hasBuiltInSchema(of))
	if err != nil {
		return nil, argument(err)
	}
	found := &Comparison{
		Compared: len(result.Operations), Operations: []ComparedOperation{}, Differences: []Difference{},
		NotCompared: []NotCompared{},
	}
	for _, operation := range result.Operations {
		found.Operations = append(found.Operations, ComparedOperation{API: of.Name, Operation: operation, Count: 1})
	}
	slices.SortStableFunc(found.Operations, func(a, b ComparedOperation) int {
		return cmp.Compare(pathFirst(a.Operation), pathFirst(b.Operation))
	})
	for _, one := range result.Differences {
		found.Differences = append(found.Differences, Difference{
			Kind: one.Kind, API: of.Name, Operation: one.Operation, Place: one.Place, Theirs: one.Theirs,
			Ours: one.Ours, Choice: one.Choice, Count: one.Count, First: one.Lines,
		})
	}
	for _, one := range result.Left {
		found.NotCompared = append(found.NotCompared, NotCompared{one.Reason, one.Count, one.Lines})
	}
	if result.Untold > 0 {
		found.NotCompared = append(found.NotCompared, NotCompared{
			Reason: "differences beyond those that are listed", Count: result.Untold, First: []string{},
		})
	}
	return found, nil
}

// hasBuiltInSchema reports whether the schema of an API is the one that Sandkasse comes with.
func hasBuiltInSchema(api *catalog.API) bool {
	builtIn, err := backend.BuiltIn()
	if err != nil {
		return false
	}
	own := builtIn.ByName(api.Name)
	if own == nil || own.Schema == nil || api.Schema == nil {
		return false
	}
	return slices.EqualFunc(own.Schema().Files(), api.Schema().Files(), func(a, b schema.File) bool {
		return bytes.Equal(a.Text, b.Text)
	})
}

// pathFirst returns METHOD PATH as PATH METHOD, by which operations are sorted.
func pathFirst(operation string) string {
	method, path, _ := strings.Cut(operation, " ")
	return path + " " + method
}
