package catalog

import (
	_ "embed"
	"encoding/json"
	"sync"
)

// decodedJSON holds the content of the embedded API files, a decodedCatalogue. Parsing their YAML would
// be most of the time to start. A test compares it with the files; go test ./mock/internal/catalog
// -update writes it.
//
//go:embed decoded.json
var decodedJSON []byte

// decodedCatalogue holds the content of API files.
type decodedCatalogue struct {
	Tables []pageTables               // each once: most APIs share them
	Files  map[string]json.RawMessage // by name: a familyFile, or a decodedAPI
}

// pageTables holds the two tables of a page.
type pageTables struct {
	Koder           map[string]kodeFile
	Spesifiseringer map[string]string
}

// decodedAPI is an apiFile with its page's tables elsewhere, and rules that are read when they are
// first used.
type decodedAPI struct {
	apiFile
	Tables         int // in decodedCatalogue
	Tilbakemelding json.RawMessage
}

// decodedFiles returns the content of the embedded API files.
var decodedFiles = sync.OnceValue(func() (files decodedCatalogue) {
	if err := json.Unmarshal(decodedJSON, &files); err != nil {
		panic(err) // impossible: a test has compared it
	}
	return files
})

// decodeAPI reads a decodedAPI, with its tables.
func decodeAPI(raw json.RawMessage) (api decodedAPI, err error) {
	err = json.Unmarshal(raw, &api)
	if tables := decodedFiles().Tables; err == nil {
		api.Koder, api.Spesifiseringer = tables[api.Tables].Koder, tables[api.Tables].Spesifiseringer
	}
	return api, err
}
