package altinn

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sandkasse/mock/internal/suggest"
)

// versioned is an app that is known under names with a version only, and versionless the names
// without it that clients have tried (K759).
const versioned = "app_brg_aarsregnskap-vanlig-202406"

var versionless = []string{"app_brg_aarsregnskap", "app_brg_aarsregnskap-vanlig"}

// meantResource says which resource the first of unknown ones may be meant for; empty where none is
// near.
func (a Altinn) meantResource(unknown []string) string {
	names := []string{versioned}
	for _, api := range a.Catalog.APIs {
		if api.Resource != "" {
			names = append(names, api.Resource)
		}
	}
	for _, given := range unknown {
		for _, api := range a.Catalog.APIs { // whose name was sent
			if api.Name == given && api.Resource != "" {
				return "; did you mean " + api.Resource + "?"
			}
		}
		for _, name := range names { // whose end alone was sent
			if len(given) > 3 && strings.HasSuffix(name, "-"+given) {
				return "; did you mean " + name + "?"
			}
		}
		if name, found := suggest.Nearest(given, names); found {
			return "; did you mean " + name + "?"
		}
	}
	return ""
}

// meantPackage says which package the first of misspelt or unknown ones may be meant for; empty where
// none is near.
func meantPackage(misspelt, unknown []string) string {
	for _, given := range slices.Concat(misspelt, unknown) {
		last := given[strings.LastIndex(given, ":")+1:]
		if name, found := suggest.Nearest(last, slices.Sorted(maps.Keys(accessPackages()))); found {
			return "; did you mean " + packageURN + name + "?"
		}
	}
	return ""
}

// askFor says in the journal what a request for the system can ask for.
func (s System) askFor(kind Kind) string {
	var names []string
	for _, right := range s.Rights {
		for _, one := range right.Resource {
			if kind != Agent {
				names = append(names, one.Value)
			}
		}
	}
	for _, one := range s.Packages {
		found, _ := findPackage(one.URN)
		if kind == Agent && found.delegable || kind != Agent && found.assignable {
			names = append(names, one.URN)
		}
	}
	const shown = 10
	switch n := len(names); {
	case n == 0 && kind == Agent:
		return "the system " + s.ID + " has no package for an agent; PUT …/accesspackages adds one"
	case n == 0:
		return "the system " + s.ID + " has nothing that a standard system user can have; PUT …/rights adds a right"
	case n > shown:
		return fmt.Sprintf("the system %s has %s and %d more", s.ID, strings.Join(names[:shown], ", "), n-shown)
	}
	return "the system " + s.ID + " has " + strings.Join(names, ", ")
}

// named returns the resources of a right, for the journal.
func (r Right) named() string {
	var names []string
	for _, one := range r.Resource {
		names = append(names, one.Value)
	}
	if len(names) == 0 {
		return "a right without a resource"
	}
	return strings.Join(names, " and ")
}
