package catalog

import (
	_ "embed"
	"encoding/json"
	"io/fs"
	"sync"
)

// decodedJSON holds the content of the embedded API files. Parsing their YAML would be most of the
// time to start. A test compares it with the files; go test ./mock/internal/catalog -update writes
// it.
//
//go:embed decoded.json
var decodedJSON []byte

// decodedFiles returns the content of the embedded API files as JSON, by their names.
var decodedFiles = sync.OnceValue(func() map[string]json.RawMessage {
	var files map[string]json.RawMessage
	if err := json.Unmarshal(decodedJSON, &files); err != nil {
		panic(err) // impossible: a test has compared it
	}
	return files
})

// decoded reads an embedded API file without parsing YAML; it returns false where the name stands
// for another file, or for none.
func decoded(files fs.FS, name string, value any) bool {
	raw, ok := decodedFiles()[name]
	return ok && isEmbedded(files, name) && json.Unmarshal(raw, value) == nil
}
