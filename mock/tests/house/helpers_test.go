package house

import (
	"go/ast"
	"path"
	"strings"
	"testing"
)

// TestHelperTypes: tests share a helper type, or it is of one package alone. No name of a type is
// declared by the tests of two packages.
func TestHelperTypes(t *testing.T) {
	t.Parallel()
	declared := map[string]string{} // name of a type: the package
	walkGo(t, root, func(file string, tree *ast.File) {
		folder := path.Dir(file)
		if !strings.HasSuffix(file, "_test.go") && path.Base(folder) != "testkit" {
			return
		}
		for _, d := range tree.Decls {
			general, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, s := range general.Specs {
				spec, ok := s.(*ast.TypeSpec)
				if !ok {
					continue
				}
				name := spec.Name.Name
				if other, ok := declared[name]; ok && other != folder {
					t.Errorf("%s: the type %s is declared by the tests of %s too", file, name, other)
				}
				declared[name] = folder
			}
		}
	})
	if len(declared) < 20 {
		t.Errorf("%d types found", len(declared))
	}
}
