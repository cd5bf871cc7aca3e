// Package golden compares what a test got with files that people have read. Only tests import it.
package golden

import (
	"errors"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Compare fails the test where a file does not hold got, and shows the difference. With -update it
// writes the file first.
func Compare(t testing.TB, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; go test -update writes it", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs; go test -update writes it anew (-golden +got):\n%s", file, diff)
	}
}

// CompareSection compares got with one section of a file that holds many, in the order of their
// names. With -update it writes the section first, beside the others.
func CompareSection(t testing.TB, file, name string, got []byte) {
	t.Helper()
	updating.Lock()
	defer updating.Unlock()
	text, err := os.ReadFile(file)
	if *update && (err == nil || errors.Is(err, fs.ErrNotExist)) {
		all := sections(text)
		all[name] = string(got)
		text = nil
		for _, name := range slices.Sorted(maps.Keys(all)) {
			text = append(text, heading+name+"\n"+all[name]+"\n"...)
		}
		if err = os.MkdirAll(filepath.Dir(file), 0o755); err == nil {
			err = os.WriteFile(file, text, 0o644)
		}
	}
	if err != nil {
		t.Fatalf("%v; go test -update writes it", err)
	}
	want, found := sections(text)[name]
	if diff := cmp.Diff(want, string(got)); diff != "" || !found {
		t.Errorf("%s of %s differs; go test -update writes it anew (-golden +got):\n%s", name, file, diff)
	}
}

// updating is held while a file of sections is read or written.
var updating sync.Mutex

// heading begins the line before each section.
const heading = "=== "

// sections returns the sections of a file by name.
func sections(text []byte) map[string]string {
	all := map[string]string{}
	for section := range strings.SplitSeq("\n"+strings.TrimSuffix(string(text), "\n"), "\n"+heading) {
		if name, content, found := strings.Cut(section, "\n"); found {
			all[name] = content
		}
	}
	return all
}
