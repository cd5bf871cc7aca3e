package house

import (
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFirstTest: the test in the package comment is that of examples/go, so that it compiles as it stands and passes.
func TestFirstTest(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "mock", "doc.go"), nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(root, "examples", "go", "delivery_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var tests []string
	for _, block := range new(comment.Parser).Parse(file.Doc.Text()).Content {
		if code, ok := block.(*comment.Code); ok {
			tests = append(tests, code.Text)
		}
	}
	if len(tests) != 1 || tests[0] != string(want) {
		t.Errorf("the package comment has %d blocks of code; it must have one, which is examples/go/delivery_test.go",
			len(tests))
	}
}

// TestEveryExportedThingHasASentence: what go doc lists has a comment, and a field of an exported struct has one of its
// own, or stands under that of the struct where it has a single line.
func TestEveryExportedThingHasASentence(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"mock", "mock/mocktest"} {
		names, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, name, nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			missing := func(at ast.Node, name string) {
				t.Errorf("%s: %s has no comment", strings.TrimPrefix(files.Position(at.Pos()).String(), root+"/"), name)
			}
			for _, declaration := range file.Decls {
				switch d := declaration.(type) {
				case *ast.FuncDecl:
					if d.Name.IsExported() && d.Doc == nil && isExportedReceiver(d) {
						missing(d, d.Name.Name)
					}
				case *ast.GenDecl:
					for _, spec := range d.Specs {
						switch s := spec.(type) {
						case *ast.TypeSpec:
							if s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
								missing(s, s.Name.Name)
							}
						case *ast.ValueSpec:
							for _, name := range s.Names {
								if name.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
									missing(s, name.Name)
								}
							}
						}
					}
				}
			}
		}
	}
}

// isExportedReceiver reports whether a function has no receiver or one of an exported type.
func isExportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	of := d.Recv.List[0].Type
	if pointer, ok := of.(*ast.StarExpr); ok {
		of = pointer.X
	}
	name, ok := of.(*ast.Ident)
	return ok && name.IsExported()
}
