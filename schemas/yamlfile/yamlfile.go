// Package yamlfile reads YAML that people write by hand: strictly, and with everything that is wrong told at once, by file and line.
package yamlfile

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
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
	Unreadable bool           // nothing of it could be decoded, so nothing more can be said of it
	lines      map[string]int // by place: $.routes[0].method
}

// Read decodes a text into the struct that value points to, by its yaml tags. Members that the struct does not have, values of another
// type and anchors are faults; what is not at fault is decoded all the same, so that it can be judged further.
func Read(name string, text []byte, value any) *File {
	f := &File{Name: name, lines: map[string]int{}}
	tree, err := parser.ParseBytes(text, 0)
	switch {
	case err != nil:
		f.Unreadable = true
		f.syntax(err)
	case len(tree.Docs) != 1 || tree.Docs[0].Body == nil:
		f.Faults = append(f.Faults, Fault{File: name, Text: fmt.Sprintf("the file holds %d documents; it must be one", documents(tree))})
		f.Unreadable = true
	default:
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

// Fault notes something wrong at a place such as $.routes[0].method, or at the nearest parent that is there; an empty place is the whole
// file.
func (f *File) Fault(place, format string, args ...any) {
	for place != "" && f.lines[place] == 0 {
		place = place[:max(0, strings.LastIndexAny(place, ".["))]
	}
	f.Faults = append(f.Faults, Fault{File: f.Name, Line: f.lines[place], Text: fmt.Sprintf(format, args...)})
}

// syntax notes an error of the YAML library, without the picture that it draws.
func (f *File) syntax(err error) {
	fault := Fault{File: f.Name, Text: strings.SplitN(err.Error(), "\n", 2)[0]}
	var placed yaml.Error
	if errors.As(err, &placed) {
		fault.Text = placed.GetMessage()
		if token := placed.GetToken(); token != nil {
			fault.Line = token.Position.Line
		}
	}
	f.Faults = append(f.Faults, fault)
}

func (f *File) decode(node ast.Node, into reflect.Value, place string) {
	if token := node.GetToken(); token != nil {
		f.lines[place] = token.Position.Line
	}
	switch node := node.(type) {
	case *ast.NullNode:
		return
	case *ast.AnchorNode, *ast.AliasNode:
		f.Fault(place, "anchors and aliases are not taken here; write it out")
		return
	case *ast.MappingNode:
		f.decodeMapping(node.Values, into, place)
		return
	case *ast.MappingValueNode: // a mapping of one member
		f.decodeMapping([]*ast.MappingValueNode{node}, into, place)
		return
	case *ast.SequenceNode:
		if into.Kind() != reflect.Slice {
			f.Fault(place, "a list stands here; it must be %s", kind(into.Type()))
			return
		}
		into.Set(reflect.MakeSlice(into.Type(), len(node.Values), len(node.Values)))
		for i, element := range node.Values {
			f.decode(element, into.Index(i), place+"["+strconv.Itoa(i)+"]")
		}
		return
	}
	if k := into.Kind(); k == reflect.Struct || k == reflect.Map || k == reflect.Slice {
		f.Fault(place, "%s stands here; it must be %s", strings.TrimSpace(node.String()), kind(into.Type()))
		return
	}
	if err := yaml.NodeToValue(node, into.Addr().Interface(), yaml.Strict()); err != nil {
		f.Fault(place, "%s stands here; it must be %s", strings.TrimSpace(node.String()), kind(into.Type()))
	}
}

func (f *File) decodeMapping(members []*ast.MappingValueNode, into reflect.Value, place string) {
	if into.Kind() != reflect.Struct && into.Kind() != reflect.Map {
		f.Fault(place, "a mapping stands here; it must be %s", kind(into.Type()))
		return
	}
	fields := fieldsOf(into)
	for _, member := range members {
		name := member.Key.GetToken().Value
		at := place + "." + name
		f.lines[at] = member.Key.GetToken().Position.Line
		if into.Kind() == reflect.Map {
			if into.IsNil() {
				into.Set(reflect.MakeMap(into.Type()))
			}
			element := reflect.New(into.Type().Elem()).Elem()
			f.decode(member.Value, element, at)
			into.SetMapIndex(reflect.ValueOf(name), element)
			continue
		}
		i, known := fields[name]
		if !known {
			f.Fault(at, "%q is not a member here; there are %s", name, strings.Join(tags(into), ", "))
			continue
		}
		f.decode(member.Value, into.Field(i), at)
	}
}

func fieldsOf(v reflect.Value) map[string]int {
	fields := map[string]int{}
	if v.Kind() == reflect.Struct {
		for i, tag := range tags(v) {
			fields[tag] = i
		}
	}
	return fields
}

// tags are the names of a struct's fields in YAML, in order.
func tags(v reflect.Value) []string {
	names := make([]string, v.NumField())
	for i := range names {
		names[i] = v.Type().Field(i).Tag.Get("yaml")
	}
	return names
}

// kind is a Go type in a user's words.
func kind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return "a mapping"
	case reflect.Slice:
		return "a list"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	default:
		return "text"
	}
}
