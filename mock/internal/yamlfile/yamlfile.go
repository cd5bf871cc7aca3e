// Package yamlfile reads YAML that people write by hand: strictly, and with everything that is wrong told at once, by file and line.
package yamlfile

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Fault is one thing wrong with a file. Line counts from 1; it is 0 where the fault is of the file as a whole.
type Fault struct {
	File string
	Line int
	Text string
}

// String is the fault as editors and CI systems know it: file, line, text.
func (f Fault) String() string {
	if f.Line == 0 {
		return fmt.Sprintf("%s: %s", f.File, f.Text)
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Text)
}

// Faults is everything wrong with some files; as an error it has a line for each.
type Faults []Fault

// Error is the faults, a line each.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.String()
	}
	return strings.Join(lines, "\n")
}

// Sort orders the faults by file and line.
func (f Faults) Sort() {
	slices.SortStableFunc(f, func(a, b Fault) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
}

// File is a YAML file that has been read: the faults found in it so far, and where its members stand.
type File struct {
	Name       string
	Faults     Faults
	Unreadable bool            // nothing of it could be decoded, so nothing more can be said of it
	spots      map[string]spot // by place: $.routes[0].method
	// aliased is whether anchors and aliases may stand in the file; anchors has the values of those that do.
	aliased bool
	anchors map[string]ast.Node
}

// spot is a place in a file.
type spot struct {
	line  int
	given bool // something stands there, and it is not null
	bad   bool // what stands there could not be decoded
}

// Read decodes a text into the struct that value points to, by its yaml tags. Members that the struct does not have (but see Others),
// values of another type and anchors are faults; what is not at fault is decoded all the same, so that it can be judged further. A whole
// number is also text, that of its digits as they were written; true, 1.5 and the like are text in quotation marks only. Tags (!!str) are
// not looked at.
func Read(name string, text []byte, value any) *File {
	return read(&File{Name: name, spots: map[string]spot{}}, text, value)
}

// ReadAliased is Read for a file in which anchors and aliases may stand.
func ReadAliased(name string, text []byte, value any) *File {
	return read(&File{Name: name, spots: map[string]spot{}, aliased: true, anchors: map[string]ast.Node{}}, text, value)
}

func read(f *File, text []byte, value any) *File {
	text, problem, line := utf8Text(text)
	if problem != "" {
		f.Unreadable = true
		f.Faults = append(f.Faults, Fault{File: f.Name, Line: line, Text: problem})
		f.spots["$"] = spot{bad: true}
		return f
	}
	tree, err := parser.ParseBytes(text, 0)
	switch {
	case err != nil:
		f.Unreadable = true
		f.syntax(err)
	case len(tree.Docs) != 1 || tree.Docs[0].Body == nil:
		if n := documents(tree); n == 0 {
			f.bad("$", "the file is empty; it must hold one document")
		} else {
			f.bad("$", "the file holds %d documents; it must be one", n)
		}
		f.Unreadable = true
	default:
		if f.aliased {
			ast.Walk(anchors(f.anchors), tree.Docs[0])
		}
		f.decode(tree.Docs[0].Body, reflect.ValueOf(value).Elem(), "$")
	}
	return f
}

func documents(tree *ast.File) (n int) {
	for _, doc := range tree.Docs {
		if doc.Body != nil {
			n++
		}
	}
	return n
}

// Has reports whether something stands at a place such as $.routes[0].method: neither left out nor null.
func (f *File) Has(place string) bool { return f.spots[place].given }

// Fault notes something wrong at a place such as $.routes[0].method, or at the nearest parent that is there; an empty place is the whole
// file. What could not be decoded has its fault from Read: another for it, or for something in it, is not noted.
func (f *File) Fault(place, format string, args ...any) {
	line := 0
	for ; place != ""; place = parent(place) {
		at := f.spots[place]
		if at.bad {
			return
		}
		if line == 0 {
			line = at.line
		}
	}
	f.Faults = append(f.Faults, Fault{File: f.Name, Line: line, Text: fmt.Sprintf(format, args...)})
}

func parent(place string) string { return place[:max(0, strings.LastIndexAny(place, ".["))] }
