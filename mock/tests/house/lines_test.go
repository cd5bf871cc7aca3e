package house

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// maxColumns is the maximal width of a line of Go, a tab counting as tabColumns.
const (
	maxColumns = 120
	tabColumns = 4
)

// TestLines: no line of Go is wider than maxColumns, except where a break would change a value or
// an answer: a raw string of several lines, a line that is one string alone, the tag of a struct's
// field, and the expected output of an example.
func TestLines(t *testing.T) {
	t.Parallel()
	files := 0
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "testdata") {
			return fs.SkipDir
		}
		file := strings.TrimPrefix(filepath.ToSlash(name), root+"/")
		if filepath.Ext(name) != ".go" {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		files++
		for _, line := range wideLines(t, text) {
			t.Errorf("%s:%d: wider than %d columns", file, line, maxColumns)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 500 {
		t.Errorf("%d files read", files)
	}
}

// wideLines returns the numbers of the lines of a Go file that are too wide.
func wideLines(t *testing.T, text []byte) (wide []int) {
	t.Helper()
	for i, line := range strings.Split(string(text), "\n") {
		if len([]rune(line))+strings.Count(line, "\t")*(tabColumns-1) > maxColumns {
			wide = append(wide, i+1)
		}
	}
	if wide == nil {
		return nil
	}
	unbreakable := unbreakableLines(t, text)
	return slices.DeleteFunc(wide, func(line int) bool { return unbreakable[line] })
}

// unbreakableLines returns the lines of a Go file that cannot be broken, as TestLines says.
func unbreakableLines(t *testing.T, text []byte) map[int]bool {
	t.Helper()
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, "", text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	unbreakable := map[int]bool{}
	ast.Inspect(tree, func(node ast.Node) bool {
		if field, ok := node.(*ast.Field); ok && field.Tag != nil {
			unbreakable[set.Position(field.Tag.Pos()).Line] = true
		}
		return true
	})
	for _, group := range tree.Comments {
		output := false
		for _, comment := range group.List {
			lower := strings.ToLower(comment.Text)
			output = output || strings.HasPrefix(lower, "// output:") ||
				strings.HasPrefix(lower, "// unordered output:")
			unbreakable[set.Position(comment.Pos()).Line] = output
		}
	}
	stringsOf, othersOf := map[int]int{}, map[int]int{}
	var s scanner.Scanner
	file := set.AddFile("", set.Base(), len(text))
	s.Init(file, text, nil, 0)
	for pos, tok, literal := s.Scan(); tok != token.EOF; pos, tok, literal = s.Scan() {
		line := file.Line(pos)
		switch tok {
		case token.STRING:
			stringsOf[line]++
			for more := strings.Count(literal, "\n"); more > 0; more-- {
				unbreakable[line], unbreakable[line+more] = true, true
			}
		case token.COMMA, token.ADD, token.LPAREN, token.RPAREN, token.LBRACE, token.RBRACE, token.COLON,
			token.SEMICOLON:
		default:
			othersOf[line]++
		}
	}
	for line, n := range stringsOf {
		if n == 1 && othersOf[line] == 0 {
			unbreakable[line] = true
		}
	}
	return unbreakable
}

// TestWideLines: of lines that are too wide, those that can be broken are found.
func TestWideLines(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxColumns)
	text := strings.Join([]string{
		"package p",
		"",
		"// " + long,
		"const a = `" + long + "`",
		"const b = " + "`" + long,
		long + "`",
		"var c = []string{",
		"\t`" + long + "`,",
		"\t`" + long + "`, `d`,",
		"}",
		"type e struct {",
		"\tF int `json:\"" + long + "\"`",
		"}",
		"func Example() {",
		"\t// Output:",
		"\t// " + long,
		"}",
		"var " + strings.Repeat("æ", maxColumns-12) + " int",
		"\t\t// " + strings.Repeat("y", maxColumns-11),
		"\t\t// " + strings.Repeat("y", maxColumns-10),
	}, "\n")
	if got, want := wideLines(t, []byte(text)), []int{3, 4, 9, 20}; !slices.Equal(got, want) {
		t.Errorf("lines %v, want %v", got, want)
	}
}
