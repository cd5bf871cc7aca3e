// Package yamlfile reads YAML files strictly, and reports everything that is wrong with one at
// once, with file and line.
package yamlfile

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"sandkasse/mock/internal/excerpt"
)

// Fault is a fault of a file. Line counts from 1; it is 0 if the fault concerns the whole file.
type Fault struct {
	File string
	Line int
	Text string
}

// String returns the fault in the form that editors and CI systems recognise: file, line, text.
func (f Fault) String() string {
	if f.Line == 0 {
		return fmt.Sprintf("%s: %s", f.File, f.Text)
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Text)
}

// Faults is an error with one line for each fault.
type Faults []Fault

// Error returns the faults, one a line.
func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, fault := range f {
		lines[i] = fault.String()
	}
	return strings.Join(lines, "\n")
}

// Sort sorts the faults by file and line.
func (f Faults) Sort() {
	slices.SortStableFunc(f, func(a, b Fault) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
}

// File is a file that has been read, with the faults found so far and the places of its members.
type File struct {
	Name       string
	Faults     Faults
	Unreadable bool            // nothing could be decoded, so nothing more can be checked
	spots      map[string]spot // by place: $.routes[0].method
	values     int             // decoded, those behind aliases at each alias
	// aliased allows anchors and aliases in the file; anchors has the values of those that it has.
	aliased bool
	anchors map[string]ast.Node
	// emptyable allows a file without a document, such as one of comments only.
	emptyable bool

	substitute func(f *File, place string, mapping Node) string // nil but in ReadSubstituting
}

// spot describes the value at a place in a file.
type spot struct {
	line  int
	given bool // there is a value, and it is not null
	bad   bool // the value could not be decoded
}

// Read decodes a text into the struct that value points to, by its yaml tags. Unknown members (but
// see Others), values of the wrong type and anchors are faults; everything else is decoded all the
// same, so that it can be checked further. A whole number is also a text, namely its digits; true,
// 1.5 and the like must be quoted to be text. Tags (!!str) are ignored.
func Read(name string, text []byte, value any) *File {
	return read(&File{Name: name, spots: map[string]spot{}}, text, value)
}

// ReadAliased reads a file as Read does, and allows anchors and aliases in it.
func ReadAliased(name string, text []byte, value any) *File {
	return read(&File{Name: name, spots: map[string]spot{}, aliased: true, anchors: map[string]ast.Node{}}, text, value)
}

// ReadEmptyable reads a file as Read does, and allows one in which nothing stands but comments: value
// is then left as it is.
func ReadEmptyable(name string, text []byte, value any) *File {
	return read(&File{Name: name, spots: map[string]spot{}, emptyable: true}, text, value)
}

func read(f *File, text []byte, value any) *File {
	text, problem, line := utf8Text(text)
	if problem != "" {
		f.Unreadable = true
		f.Faults = append(f.Faults, Fault{File: f.Name, Line: line, Text: problem})
		f.spots["$"] = spot{bad: true}
		return f
	}
	tokens, problem, line := tokensOf(text)
	if problem != "" {
		f.Unreadable = true
		f.Faults = append(f.Faults, Fault{File: f.Name, Line: line, Text: problem})
		f.spots["$"] = spot{bad: true}
		return f
	}
	tree, err := parser.Parse(tokens, 0)
	switch {
	case err != nil:
		f.Unreadable = true
		f.syntax(err)
	case f.emptyable && documents(tree) == 0:
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

// Has reports whether there is a value other than null at a place such as $.routes[0].method.
func (f *File) Has(place string) bool { return f.spots[place].given }

// Fault adds a fault at a place such as $.routes[0].method, or at its nearest existing parent; an
// empty place is the whole file. A value that could not be decoded has a fault from Read already:
// further faults at it, or inside it, are ignored.
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
	f.add(Fault{File: f.Name, Line: line, Text: fmt.Sprintf(format, args...)})
}

// add adds a fault, up to the last that is listed.
func (f *File) add(fault Fault) {
	fault.Text = excerpt.Truncate(fault.Text, maxFault, "...")
	switch {
	case len(f.Faults) == maxFaults:
		fault.Text = "there are further faults from here on; correct those before first"
		fallthrough
	case len(f.Faults) < maxFaults:
		f.Faults = append(f.Faults, fault)
	}
}

func parent(place string) string { return place[:max(0, strings.LastIndexAny(place, ".["))] }

// Node is a value of a file that is decoded later, by Decode or Members.
type Node struct{ node ast.Node }

// Decode decodes a node that stands at a place into what the pointer points to, as Read does.
func (f *File) Decode(node Node, place string, into any) {
	f.decode(node.node, reflect.ValueOf(into).Elem(), place)
}

// Members decodes a node that stands at a place and must be a mapping of members with these names.
// into returns the pointer that a member is decoded into. Any other member is a fault.
func (f *File) Members(node Node, place string, names []string, into func(name string) any) {
	switch node := node.node.(type) {
	case *ast.NullNode:
	case *ast.MappingNode:
		f.decodeMembers(node, place, names, func(name string) (reflect.Value, bool) {
			if !slices.Contains(names, name) {
				return reflect.Value{}, false
			}
			return reflect.ValueOf(into(name)).Elem(), true
		})
	default:
		f.mismatch(node, reflect.ValueOf(struct{}{}), place)
	}
}

// Int, Float and Text are fields in whose place a file that is read by ReadSubstituting may have a
// mapping.
type (
	// Int is a whole number.
	Int int
	// Float is a number.
	Float float64
	// Text is a string.
	Text string
)

// ReadSubstituting reads a file as Read does, and allows a mapping in the place of an Int, a Float
// or a Text: substitute returns the text to decode instead of it, or notes what is wrong with the
// mapping and returns an empty one.
func ReadSubstituting(name string, text []byte, value any,
	substitute func(f *File, place string, mapping Node) string,
) *File {
	return read(&File{Name: name, spots: map[string]spot{}, substitute: substitute}, text, value)
}

// substituted returns the node to decode instead of a mapping; nil where the mapping is at fault.
func (f *File) substituted(mapping *ast.MappingNode, place string) ast.Node {
	text := f.substitute(f, place, Node{mapping})
	tokens, problem, _ := tokensOf([]byte(text))
	if problem != "" {
		tokens = nil
	}
	tree, err := parser.Parse(tokens, 0)
	if err != nil || len(tree.Docs) == 0 || tree.Docs[0].Body == nil {
		at := f.spots[place]
		at.bad = true
		f.spots[place] = at
		return nil
	}
	return tree.Docs[0].Body
}
