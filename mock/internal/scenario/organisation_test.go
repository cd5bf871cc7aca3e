package scenario

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sandkasse/fixtures/ident"
)

// TestReserved: what is built in and the agencies' codes have numbers of their own.
func TestReserved(t *testing.T) {
	t.Parallel()
	names := []string{
		"V21-503", "UKJENT-ADRESSE", "UKJENT-METODE", "not_found", "method_not_allowed",
		"invalid_request", "server_error", "temporarily_unavailable",
	}
	for _, script := range testLibrary(t, "").All() {
		names = append(names, script.Name)
	}
	for format, span := range map[string][2]int{
		"GLD_%03d": {1, 30}, "GLD_%d": {1001, 1070}, "MVA-%03d": {1, 9},
		"V%d": {1, 25}, "D%d": {1, 9},
	} {
		for n := span[0]; n <= span[1]; n++ {
			names = append(names, fmt.Sprintf(format, n))
		}
	}
	for _, status := range []int{400, 401, 403, 404, 405, 406, 409, 410, 413, 415, 422, 429, 500, 501, 502, 503, 504} {
		names = append(names, fmt.Sprint(status))
	}
	reserved, err := Reserved(append(names, names[0])) // a name twice is no matter
	if err != nil || len(reserved) != len(names) {
		t.Errorf("%d names have %d numbers: %v", len(names), len(reserved), err)
	}
	for _, name := range names {
		if reserved[Organisation(name)] != name {
			t.Errorf("%s is %s, which is %q", name, Organisation(name), reserved[Organisation(name)])
		}
	}
}

// TestOrganisation: every name has a number, which is synthetic, right and in the Block.
func TestOrganisation(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		n, err := ident.ParseOrganisasjonsnummer(Organisation(name))
		if err != nil || !n.Synthetic || !strings.HasPrefix(n.Number, ReservedPrefix) {
			t.Fatalf("%q: %+v, %v", name, n, err)
		}
	})
}
