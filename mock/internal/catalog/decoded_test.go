package catalog

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sandkasse/mock/internal/golden"
	"sandkasse/mock/internal/yamlfile"
)

// TestDecodedFiles: decoded.json holds what stands in the embedded API files, and they have no
// fault. Each has a line of its own.
func TestDecodedFiles(t *testing.T) {
	t.Parallel()
	folders, err := listFiles(Embedded())
	if err != nil {
		t.Fatal(err)
	}
	whole := decodedCatalogue{Files: map[string]json.RawMessage{}}
	for _, name := range slices.Sorted(maps.Keys(folders)) {
		for _, file := range folders[name] {
			whole.Files[file] = decodedFile(t, file, &whole.Tables)
		}
	}
	tables, err := json.Marshal(whole.Tables)
	if err != nil {
		t.Fatal(err)
	}
	b := bytes.NewBufferString("{\"Tables\": " + strings.ReplaceAll(string(tables), `},{"Koder"`, "},\n{\"Koder\"") +
		",\n\"Files\": ")
	separator := "{"
	for _, file := range slices.Sorted(maps.Keys(whole.Files)) {
		b.WriteString(separator + "\n\"" + file + "\": ")
		b.Write(whole.Files[file])
		separator = ","
	}
	b.WriteString("\n}}\n")
	golden.Compare(t, "decoded.json", b.Bytes())
}

// decodedFile returns the content of one embedded file, and adds its tables to those of the others.
func decodedFile(t *testing.T, file string, tables *[]pageTables) []byte {
	t.Helper()
	text, err := fs.ReadFile(Embedded(), file)
	if err != nil {
		t.Fatal(err)
	}
	var value any
	var read *yamlfile.File
	if path.Base(file) == "family.yaml" {
		family := new(familyFile)
		read, value = yamlfile.Read(file, text, family), family
	} else {
		api := decodedAPI{}
		read = yamlfile.Read(file, text, &api.apiFile)
		page := pageTables{api.Koder, api.Spesifiseringer}
		api.Tables = slices.IndexFunc(*tables, func(other pageTables) bool { return reflect.DeepEqual(page, other) })
		if api.Tables < 0 {
			api.Tables = len(*tables)
			*tables = append(*tables, page)
		}
		api.Koder, api.Spesifiseringer = nil, nil
		if api.Tilbakemelding, err = json.Marshal(api.apiFile.Tilbakemelding); err != nil {
			t.Fatal(err)
		}
		value = api
	}
	content, err := json.Marshal(value)
	if err != nil || len(read.Faults) > 0 {
		t.Fatal(err, read.Faults)
	}
	return content
}
