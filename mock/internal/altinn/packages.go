package altinn

import (
	_ "embed"
	"strings"
	"sync"

	"sandkasse/mock/internal/yamlfile"
)

//go:embed packages.yaml
var packagesFile []byte

// packageURN begins the urn of an access package.
const packageURN = "urn:altinn:accesspackage:"

// accessPackage says who may ask for a package.
type accessPackage struct {
	delegable  bool // for an agent
	assignable bool // for a standard system user
}

// forClients reports whether a package is for agents only.
func (p accessPackage) forClients() bool { return p.delegable && !p.assignable }

// accessPackages returns the packages by what follows packageURN. The table is embedded, and tests
// read it.
var accessPackages = sync.OnceValue(func() map[string]accessPackage {
	var file struct {
		Packages []struct {
			For        string   `yaml:"for"`
			Delegable  bool     `yaml:"delegable"`
			Assignable bool     `yaml:"assignable"`
			Names      []string `yaml:"names"`
		} `yaml:"packages"`
	}
	if src := yamlfile.Read("packages.yaml", packagesFile, &file); len(src.Faults) > 0 {
		panic(src.Faults) // impossible: it is embedded
	}
	all := map[string]accessPackage{}
	for _, group := range file.Packages {
		for _, name := range group.Names {
			all[name] = accessPackage{group.Delegable, group.Assignable}
		}
	}
	return all
})

// findPackage returns the package of a urn; false if there is none.
func findPackage(urn string) (accessPackage, bool) {
	name, _ := strings.CutPrefix(urn, packageURN)
	found, ok := accessPackages()[name]
	return found, ok && name != urn
}

// isPackageURN reports whether a urn has the form of Altinn's: four parts.
func isPackageURN(urn string) bool { return strings.Count(urn, ":") >= 3 }
