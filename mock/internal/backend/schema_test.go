package backend

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/yamlfile/yamltest"
)

// TestFileSchemasHaveVocabulary: the schemas of API and family files list the names that the files
// may use.
func TestFileSchemasHaveVocabulary(t *testing.T) {
	t.Parallel()
	api, family, known := yamltest.Load(t, "api"), yamltest.Load(t, "family"), Vocabulary()
	var offences []string
	for _, offence := range feil.Offences() {
		offences = append(offences, string(offence))
	}
	for what, lists := range map[string][2][]string{
		"svar":      {slices.Clone(known.Svar), api.Enum(t, "$defs", "svar", "enum")},
		"errorBody": {slices.Clone(known.ErrorBodies), family.Enum(t, "properties", "errorBody", "enum")},
		"offences":  {offences, family.Enum(t, "properties", "offences", "propertyNames", "enum")},
		"checks": {
			slices.Sorted(maps.Keys(known.Checks)),
			family.Enum(t, "$defs", "route", "properties", "checks", "items", "enum"),
		},
		"behaviours": {
			slices.Sorted(maps.Keys(known.Behaviours)),
			family.Enum(t, "$defs", "route", "properties", "behaviour", "enum"),
		},
	} {
		slices.Sort(lists[0])
		if diff := cmp.Diff(lists[0], lists[1]); diff != "" {
			t.Errorf("%s:\n%s", what, diff)
		}
	}
}
