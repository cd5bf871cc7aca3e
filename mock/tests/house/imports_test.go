package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// house maps each package, from the bottom up, to the packages of Sandkasse that it may import. No
// other package may exist.
var house = map[string][]string{
	"mock/internal/codec":     {},
	"mock/internal/excerpt":   {},
	"mock/internal/plainjson": {},
	"mock/internal/bounds":    {},
	"mock/internal/jsonptr":   {},
	"mock/internal/golden":    {},
	"mock/internal/browser":   {},
	"mock/internal/suggest":   {},
	"mock/internal/tree":      {"mock/internal/jsonptr", "mock/internal/plainjson"},
	"mock/internal/yamlfile":  {"mock/internal/suggest", "mock/internal/excerpt", "mock/internal/tree"},
	"mock/internal/readfile":  {},
	"mock/internal/metrics":   {},

	"mock/internal/yamlfile/yamltest": {"mock/internal/yamlfile", "schemas"},
	"mock/internal/splice":            {},
	"mock/internal/schema":            {"mock/internal/excerpt", "mock/internal/jsonptr", "mock/internal/readfile"},
	"mock/internal/scenario": {
		"scenarios", "mock/internal/readfile", "mock/internal/schema", "mock/internal/suggest",
		"mock/internal/yamlfile",
	},
	"fixtures":                  {},
	"fixtures/examples":         {},
	"fixtures/internal/testkit": {"schemas"},
	"fixtures/ident":            {},
	"fixtures/random":           {},
	"fixtures/population":       {"fixtures/ident", "fixtures/random"},
	"fixtures/delivery":         {"fixtures/ident", "fixtures/population", "fixtures/random"},
	"fixtures/homes":            {"fixtures/ident", "fixtures/population", "fixtures/random"},
	"mock/internal/tenor": {
		"mock/internal/plainjson",
		"fixtures/ident", "fixtures/population", "fixtures/random",
		"mock/internal/suggest", "mock/internal/excerpt",
	},
	"mock/internal/document": {
		"mock/internal/jsonptr", "mock/internal/plainjson",
		"fixtures/homes", "fixtures/ident", "fixtures/population", "fixtures/random",
		"mock/internal/schema",
	},
	"mock/internal/feil":           {"mock/internal/excerpt"},
	"mock/internal/store/boltfile": {},
	"mock/internal/store":          {"mock/internal/store/boltfile"},
	"mock/internal/journal":        {"mock/internal/codec", "mock/internal/plainjson"},
	"mock/internal/webhook":        {"mock/internal/store"},
	"mock/internal/token/jwttest":  {},
	"mock/internal/token":          {"mock/internal/excerpt", "mock/internal/catalog"},
	"mock/internal/address":        {"mock/internal/suggest"},
	"mock/internal/certs":          {},
	"mock/internal/sniff":          {},
	"mock/internal/proxy":          {"mock/internal/address", "mock/internal/wire"},
	"mock/internal/strictjson":     {"mock/internal/plainjson", "mock/internal/suggest", "mock/internal/excerpt"},
	"mock/internal/reportformat":   {"mock/internal/excerpt", "mock/internal/report"},
	"mock/internal/report": {
		"mock/internal/catalog", "mock/internal/suggest", "mock/internal/token", "mock/internal/jsonptr",
		"mock/internal/excerpt", "mock/internal/journal", "fixtures/ident",
		"mock/internal/feil", "mock/internal/wire",
	},
	"mock/internal/session": {
		"mock/internal/report",
		"mock/internal/store", "mock/internal/journal", "mock/internal/token",
		"mock/internal/scenario",
	},
	"mock/internal/catalog": {
		"mock/internal/suggest", "mock/internal/feil", "mock/internal/schema", "mock/internal/yamlfile",
		"mock/internal/jsonptr", "mock/internal/readfile",
	},
	"mock/internal/wire": {
		"mock/internal/address",
		"mock/internal/catalog", "mock/internal/feil", "mock/internal/token",
		"mock/internal/store", "mock/internal/plainjson",
	},
	"mock/internal/altinn": {
		"fixtures/ident", "fixtures/population",
		"mock/internal/catalog", "mock/internal/plainjson", "mock/internal/store", "mock/internal/suggest",
		"mock/internal/token",
		"mock/internal/wire", "mock/internal/yamlfile",
	},
	"mock/internal/innrapportering": {
		"mock/internal/altinn",
		"mock/internal/plainjson", "mock/internal/schema", "mock/internal/codec",
		"mock/internal/wire", "mock/internal/store", "mock/internal/feil",
		"mock/internal/catalog",
		"mock/internal/token", "mock/internal/excerpt", "mock/internal/jsonptr", "fixtures/ident",
	},
	"mock/internal/dialogporten": {
		"mock/internal/altinn",
		"mock/internal/plainjson",
		"mock/internal/innrapportering", "mock/internal/wire", "mock/internal/store",
		"mock/internal/feil", "mock/internal/strictjson",
		"mock/internal/catalog",
	},
	"mock/internal/gateway": {
		"mock/internal/report",
		"mock/internal/altinn",
		"mock/internal/bounds", "mock/internal/excerpt", "mock/internal/plainjson", "mock/internal/codec",
		"mock/internal/scenario", "mock/internal/address", "mock/internal/session",
		"mock/internal/wire",
		"mock/internal/catalog", "mock/internal/feil", "mock/internal/journal", "mock/internal/token",
		"mock/internal/store", "mock/internal/schema", "mock/internal/jsonptr", "mock/internal/metrics",
		"mock/internal/suggest",
	},
	"mock/internal/kobo": {
		"mock/internal/jsonptr", "mock/internal/plainjson",
		"mock/internal/wire", "mock/internal/store", "mock/internal/feil",
		"mock/internal/webhook",
	},
	"mock/internal/generation": {
		"mock/internal/plainjson",
		"mock/internal/catalog", "fixtures/delivery", "fixtures/homes", "fixtures/ident",
		"mock/internal/document", "mock/internal/schema", "mock/internal/strictjson", "mock/internal/jsonptr",
	},
	"mock/internal/compare": {"fixtures/ident", "mock/internal/jsonptr"},
	"mock/internal/archive": {},
	"mock/internal/collection": {
		"mock/internal/altinn", "mock/internal/archive", "mock/internal/catalog", "mock/internal/feil",
		"mock/internal/plainjson", "mock/internal/schema",
	},
	"mock/internal/apidocument": {
		"mock/internal/excerpt", "mock/internal/jsonptr", "mock/internal/schema", "mock/internal/tree",
		"mock/internal/yamlfile",
	},
	"mock/internal/drift": {
		"mock/internal/apidocument", "mock/internal/catalog", "mock/internal/excerpt", "mock/internal/jsonptr",
		"mock/internal/suggest", "mock/internal/tree",
	},
	"mock/internal/apiimport": {
		"mock/internal/apidocument", "mock/internal/archive",
		"mock/internal/catalog", "mock/internal/document", "mock/internal/excerpt", "mock/internal/feil",
		"mock/internal/jsonptr", "mock/internal/schema", "mock/internal/tree", "mock/internal/yamlfile",
	},
	"mock/internal/describe": {
		"mock/internal/altinn",
		"mock/internal/catalog", "mock/internal/feil", "mock/internal/journal", "mock/internal/maskinporten",
		"mock/internal/scenario",
		"mock/internal/session", "mock/internal/store", "mock/internal/strictjson",
	},
	"mock/internal/maskinporten": {
		"mock/internal/altinn",
		"mock/internal/catalog",
		"mock/internal/wire", "mock/internal/store", "mock/internal/feil",
		"mock/internal/token", "mock/internal/yamlfile", "mock/internal/excerpt", "mock/internal/strictjson",
	},
	"mock/internal/openapi": {
		"mock/internal/address", "mock/internal/catalog", "mock/internal/describe", "mock/internal/document",
		"mock/internal/feil", "mock/internal/gateway", "mock/internal/innrapportering", "mock/internal/jsonptr",
		"mock/internal/kobo", "mock/internal/plainjson", "mock/internal/schema", "mock/internal/suggest",
		"mock/internal/webhook", "mock/internal/wire", "schemas",
	},
	"mock/internal/coverage": {
		"mock/internal/catalog", "mock/internal/feil", "mock/internal/gateway", "mock/internal/generation",
		"mock/internal/report", "mock/internal/scenario", "mock/internal/session", "mock/internal/suggest",
	},
	"mock/internal/control": {
		"mock/internal/coverage", "mock/internal/report", "mock/internal/reportformat",
		"mock/internal/altinn",
		"mock/internal/gateway", "mock/internal/openapi",
		"mock/internal/metrics",
		"mock/internal/bounds",
		"mock/internal/plainjson",
		"schemas", "mock/internal/describe", "mock/internal/scenario", "fixtures/delivery",
		"fixtures/ident",
		"fixtures/population", "mock/internal/tenor", "mock/internal/address", "mock/internal/session",
		"mock/internal/catalog", "mock/internal/feil", "mock/internal/generation",
		"mock/internal/innrapportering", "mock/internal/journal", "mock/internal/kobo",
		"mock/internal/maskinporten", "mock/internal/store", "mock/internal/strictjson",
		"mock/internal/webhook", "mock/internal/wire", "mock/internal/schema", "mock/internal/suggest",
		"mock/internal/token",
	},
	"mock/internal/page": {
		"mock/internal/address", "mock/internal/control", "mock/internal/describe", "mock/internal/excerpt",
		"mock/internal/report",
	},
	"mock/internal/docspage": {
		"mock/internal/address", "mock/internal/catalog", "mock/internal/control", "mock/internal/openapi",
		"mock/internal/wire",
	},
	"mock/internal/backend": {
		"mock/internal/report",
		"mock/internal/docspage",
		"mock/internal/altinn",
		"mock/internal/metrics",
		"mock/internal/page",
		"fixtures/examples", "schemas", "mock/internal/address", "mock/internal/bounds", "mock/internal/catalog",
		"mock/internal/control", "mock/internal/dialogporten", "mock/internal/gateway", "mock/internal/innrapportering",
		"mock/internal/journal", "mock/internal/kobo", "mock/internal/maskinporten", "mock/internal/openapi",
		"mock/internal/scenario", "mock/internal/session", "mock/internal/store", "mock/internal/token",
		"mock/internal/webhook", "mock/internal/wire",
	},
	"mock": {
		"mock/internal/altinn", "mock/internal/coverage", "mock/internal/report",
		"mock/internal/apidocument", "mock/internal/apiimport", "mock/internal/archive", "mock/internal/collection",
		"mock/internal/compare", "mock/internal/excerpt",
		"fixtures/examples", "fixtures/homes", "fixtures/ident", "mock/internal/address", "mock/internal/backend",
		"mock/internal/catalog", "mock/internal/certs", "mock/internal/control", "mock/internal/describe",
		"mock/internal/document", "mock/internal/drift", "mock/internal/proxy", "mock/internal/sniff",
		"mock/internal/feil", "mock/internal/gateway", "mock/internal/generation", "mock/internal/innrapportering",
		"mock/internal/journal", "mock/internal/kobo", "mock/internal/maskinporten", "mock/internal/openapi",
		"mock/internal/scenario", "mock/internal/schema", "mock/internal/plainjson", "mock/internal/session",
		"mock/internal/store", "mock/internal/readfile", "mock/internal/token", "mock/internal/yamlfile", "schemas",
	},
	"mock/mocktest": {"mock"},
	"mock/internal/testkit": {
		"fixtures/examples", "mock", "mock/internal/address", "mock/internal/altinn", "mock/internal/backend",
		"mock/internal/catalog",
		"mock/internal/innrapportering", "mock/internal/jsonptr", "mock/internal/kobo", "mock/internal/schema",
		"mock/internal/store", "mock/internal/token", "mock/mocktest", "schemas",
	},
	"cmd/sandkasse":        {"mock"},
	"examples/go/delivery": {},
	"schemas":              {},
	"scenarios":            {},
	"release":              {},
}

// TestHouse holds the table above, and the nevers that an import or a call gives away: only one
// file knows gorilla/mux, a behaviour never sees HTTP, and no clock or chance is taken from the
// machine but where it is handed in.
func TestHouse(t *testing.T) {
	t.Parallel()
	muxFiles := []string{}
	walkGo(t, root, func(file string, tree *ast.File) {
		if strings.HasSuffix(file, "_test.go") {
			return
		}
		pkg := path.Dir(file)
		allowed, known := house[pkg]
		if !known {
			t.Errorf("%s: the package %s is not in the house; give it a place in this test", file, pkg)
		}
		for _, spec := range tree.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			own, isOwn := strings.CutPrefix(name, "sandkasse/")
			switch {
			case isOwn && !slices.Contains(allowed, own):
				t.Errorf("%s imports %s, which stands above it or beside it", file, own)
			case name == "github.com/gorilla/mux":
				muxFiles = append(muxFiles, file)
			case name == "net/http" && slices.Contains([]string{
				"mock/internal/wire", "mock/internal/innrapportering",
				"mock/internal/dialogporten", "mock/internal/kobo", "mock/internal/altinn",
			}, pkg):
				t.Errorf("%s sees HTTP; a behaviour gets a transaction and a Request", file)
			case name == "math/rand" || name == "math/rand/v2":
				t.Errorf("%s uses %s; chance is derived from the seed", file, name)
			}
		}
		ast.Inspect(tree, func(node ast.Node) bool {
			if at, ok := node.(*ast.SelectorExpr); ok {
				if x, ok := at.X.(*ast.Ident); ok && x.Name == "time" && at.Sel.Name == "Now" &&
					!strings.HasPrefix(file, "examples/") && // programs of their own
					!slices.Contains([]string{"mock/options.go", "cmd/sandkasse/main.go"}, file) {
					t.Errorf("%s uses time.Now; the clock is handed in", file)
				}
			}
			return true
		})
	})
	if !slices.Equal(muxFiles, []string{"mock/internal/gateway/match.go"}) {
		t.Errorf("gorilla/mux is known to %v; only mock/internal/gateway/match.go may know it", muxFiles)
	}
}

// walkGo parses every Go file below a folder, and names it by its path from there. It leaves out
// modules of their own, which Sandkasse cannot import.
func walkGo(t *testing.T, root string, visit func(file string, tree *ast.File)) {
	t.Helper()
	found := 0
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && name != root {
			if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil {
				return fs.SkipDir
			}
		}
		if err != nil || entry.IsDir() || filepath.Ext(name) != ".go" {
			return err
		}
		tree, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		found++
		relative, err := filepath.Rel(root, name)
		visit(filepath.ToSlash(relative), tree)
		return err
	})
	if err != nil || found == 0 {
		t.Fatalf("%d files read: %v", found, err)
	}
}
