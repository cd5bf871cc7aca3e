package catalog

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"maps"
	"path"
	"slices"
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
	var b bytes.Buffer
	separator := "{"
	for _, name := range slices.Sorted(maps.Keys(folders)) {
		for _, file := range folders[name] {
			text, err := fs.ReadFile(Embedded(), file)
			if err != nil {
				t.Fatal(err)
			}
			var value any = new(apiFile)
			if path.Base(file) == "family.yaml" {
				value = new(familyFile)
			}
			if read := yamlfile.Read(file, text, value); len(read.Faults) > 0 {
				t.Fatal(read.Faults)
			}
			content, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			b.WriteString(separator + "\n\"" + file + "\": ")
			b.Write(content)
			separator = ","
		}
	}
	b.WriteString("\n}\n")
	golden.Compare(t, "decoded.json", b.Bytes())
}
