package catalogue

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sandkasse/mock/internal/backend"
)

// settledSpelling holds the slips of pages that are not repeated, each with the spelling that is
// used (K002).
var settledSpelling = map[string]string{
	"feil i forbindelse med autentisesring": "Feil i forbindelse med autentisering",
	"Feil i forbindelse med autentisesring": "Feil i forbindelse med autentisering",
}

// TestPages: testdata/pages holds the tables of the agencies' pages as they stand there (code,
// status of a parent code, text). No API answers with a code that its page lacks, or with another
// status or text than its page has.
func TestPages(t *testing.T) {
	t.Parallel()
	known, err := backend.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join("testdata", "pages", "*.tsv"))
	if err != nil || len(pages) < 31 {
		t.Fatalf("%v, %d pages", err, len(pages))
	}
	for _, file := range pages {
		name := strings.TrimSuffix(filepath.Base(file), ".tsv")
		api, page := known.ByName(name), readPage(t, name)
		for _, row := range api.Feil {
			if _, listed := page[row.Kode]; !listed && (row.Kode == "GLD_004" || row.Kode == "GLD_023") {
				continue // the family's (K022)
			}
			if text, ok := page[row.Kode]; !ok || text != strconv.Itoa(row.Status)+" "+row.Melding {
				t.Errorf("%s: %s is answered as %d %q, the page has %q", api.Name, row.Kode, row.Status,
					row.Melding, text)
			}
			if row.Spesifisering == "" {
				continue
			}
			if text, ok := page[row.Spesifisering]; !ok || text != " "+row.SpesifiseringMelding {
				t.Errorf("%s: %s is answered as %q, the page has %q", api.Name, row.Spesifisering,
					row.SpesifiseringMelding, text)
			}
		}
		answered := map[string]bool{}
		for _, row := range api.Feil {
			answered[row.Kode], answered[row.Spesifisering] = true, true
		}
		for kode := range page {
			if !answered[kode] && kode != "MVA-007" { // of a reference in the address, which that API has nowhere
				t.Errorf("%s: the page has %s, which no answer has", api.Name, kode)
			}
		}
	}
}

// readPage returns the tables of a page: code → status and text.
func readPage(t *testing.T, api string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "pages", api+".tsv"))
	if err != nil {
		t.Fatal(err)
	}
	page := map[string]string{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if settled, ok := settledSpelling[cells[2]]; ok {
			cells[2] = settled
		}
		page[cells[0]] = cells[1] + " " + cells[2]
	}
	return page
}
