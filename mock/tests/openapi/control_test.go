package openapi

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

func isUnknown(err error) bool {
	return errors.Is(err, mock.ErrUnknownAPI) && errors.As(err, new(*mock.ArgumentError))
}

// TestControl: the document of the control API has every operation that the index lists, with its parameters, and no
// other.
func TestControl(t *testing.T) {
	t.Parallel()
	server := testkit.ServerAt(t, testkit.Noon)
	documented := map[string]operation{}
	for _, o := range operationsOf(documentOf(t, server, "control")) {
		documented[o.method+" "+o.path] = o
	}
	_, control, _ := strings.Cut(get(t, server, "/_sandkasse/").Body.String(), "\nControl:\n")
	listed := regexp.MustCompile(`(?m)^  ([A-Z]+) +http://example\.com(/_sandkasse/[^?\s]*)(\?\S*)?`).
		FindAllStringSubmatch(control, -1)
	if len(listed) < 40 {
		t.Fatalf("the index lists %d operations", len(listed))
	}
	for _, match := range listed {
		o, found := documented[match[1]+" "+match[2]]
		if !found {
			t.Errorf("%s %s is not in the document; mock/internal/control/operations.go lists operations", match[1],
				match[2])
		}
		delete(documented, match[1]+" "+match[2])
		var names []string
		parameters, _ := o.value["parameters"].([]any)
		for _, one := range parameters {
			name, _ := at(one, "name").(string)
			names = append(names, name)
		}
		for part := range strings.SplitSeq(strings.TrimPrefix(match[3], "?"), "&") {
			if name, _, _ := strings.Cut(part, "="); name != "" && name != "FIELD" && !slices.Contains(names, name) {
				t.Errorf("%s %s has no parameter %s in the document", match[1], match[2], name)
			}
		}
	}
	for name := range documented {
		t.Errorf("%s is documented and not in the index", name)
	}
}
