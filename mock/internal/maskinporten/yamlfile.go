package maskinporten

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// yamlFile is a YAML file while it is read. All its faults are collected, where
// a decoder would end at the first.
type yamlFile struct {
	name    string
	anchors map[string]ast.Node
	faults  []yamlFault
}

type yamlFault struct {
	line int // 0 for the file as a whole
	text string
}

// value is one value in the file, with its name for the sentences about it. One
// that is not there has no node, and the line of what it is missing in.
type value struct {
	name string
	line int
	node ast.Node
}

// parseYAML returns the file and its one document, which is not there when the
// file cannot be read. A member said twice is refused by the parser.
func parseYAML(name string, text []byte) (*yamlFile, value) {
	f := &yamlFile{name: name, anchors: map[string]ast.Node{}}
	tree, err := parser.ParseBytes(text, 0)
	var placed yaml.Error
	switch {
	case errors.As(err, &placed) && placed.GetToken() != nil:
		f.fault(value{line: placed.GetToken().Position.Line}, "%s", placed.GetMessage())
		return f, value{}
	case err != nil:
		f.fault(value{}, "%v", err)
		return f, value{}
	case len(tree.Docs) != 1:
		f.fault(value{}, "the file has %d YAML documents, must have one", len(tree.Docs))
		return f, value{}
	}
	ast.Walk(f, tree.Docs[0])
	return f, f.value("the file", 0, tree.Docs[0].Body)
}

// Visit notes the anchors; it is for ast.Walk.
func (f *yamlFile) Visit(node ast.Node) ast.Visitor {
	if anchor, ok := node.(*ast.AnchorNode); ok {
		f.anchors[anchor.Name.String()] = anchor.Value
	}
	return f
}

// value looks through anchors, aliases and tags for the node itself. The limit
// is for an alias of itself.
func (f *yamlFile) value(name string, line int, node ast.Node) value {
	if node != nil && node.GetToken() != nil {
		line = node.GetToken().Position.Line
	}
	for range 8 {
		switch n := node.(type) {
		case *ast.AnchorNode:
			node = n.Value
		case *ast.TagNode:
			node = n.Value
		case *ast.AliasNode:
			node = f.anchors[n.Value.String()]
			if node == nil {
				f.fault(value{line: line}, "%s is the alias *%s, must be of an anchor in the file", name, n.Value)
			}
		case *ast.NullNode:
			node = nil
		default:
			return value{name, line, node}
		}
	}
	f.fault(value{line: line}, "%s is an alias of an alias and so on, must be a value", name)
	return value{name, line, nil}
}

func (v value) given() bool { return v.node != nil }

// fault notes something wrong with a value.
func (f *yamlFile) fault(v value, format string, args ...any) {
	f.faults = append(f.faults, yamlFault{v.line, fmt.Sprintf(format, args...)})
}

// err is all that is wrong with the file, by line, each fault as FILE:LINE: TEXT.
func (f *yamlFile) err() error {
	slices.SortStableFunc(f.faults, func(a, b yamlFault) int { return cmp.Compare(a.line, b.line) })
	var errs []error
	for _, fault := range f.faults {
		place := f.name
		if fault.line > 0 {
			place = fmt.Sprintf("%s:%d", f.name, fault.line)
		}
		errs = append(errs, fmt.Errorf("%s: %s", place, fault.text))
	}
	return errors.Join(errs...)
}

// object returns the members of a mapping, by name, all of which must be known;
// without known names all are good. It is false when there is no mapping.
func (f *yamlFile) object(v value, known ...string) (func(name string) value, bool) {
	mapping, ok := v.node.(*ast.MappingNode)
	if !ok {
		f.fault(v, "%s is %s, must be a mapping", v.name, v.shown())
		return nil, false
	}
	prefix := v.name + "."
	if v.name == "the file" {
		prefix = ""
	}
	members := map[string]value{}
	for _, entry := range mapping.Values {
		name := entry.Key.GetToken().Value
		member := f.value(prefix+name, entry.Key.GetToken().Position.Line, entry.Value)
		if len(known) > 0 && !slices.Contains(known, name) {
			f.fault(value{line: entry.Key.GetToken().Position.Line}, "%s%s is unknown, must be one of: %s", prefix, name, strings.Join(known, ", "))
		}
		members[name] = member
	}
	return func(name string) value {
		if member, ok := members[name]; ok {
			return member
		}
		return value{prefix + name, v.line, nil}
	}, true
}

// list returns the values of a list; none when it is not there.
func (f *yamlFile) list(v value) []value {
	if !v.given() {
		return nil
	}
	sequence, ok := v.node.(*ast.SequenceNode)
	if !ok {
		f.fault(v, "%s is %s, must be a list", v.name, v.shown())
		return nil
	}
	var list []value
	for i, node := range sequence.Values {
		list = append(list, f.value(fmt.Sprintf("%s[%d]", v.name, i), v.line, node))
	}
	return list
}

// filled returns the values of a list that must not be empty.
func (f *yamlFile) filled(v value, must string) []value {
	list := f.list(v)
	if _, is := v.node.(*ast.SequenceNode); len(list) == 0 && (is || !v.given()) {
		f.fault(v, "%s is missing or empty, must be %s", v.name, must)
	}
	return list
}

// text returns a value that must be a good text: what it must be is said in must.
// A whole number is the text of its digits.
func (f *yamlFile) text(v value, must string, good func(string) bool) string {
	text, ok := v.text()
	if ok && good(text) {
		return text
	}
	hint := ""
	if _, is := v.node.(*ast.MappingNode); is {
		// The parser takes a:b for a mapping within braces, and only there.
		hint = " (if it is a text with a colon, put it in quotation marks)"
	}
	f.fault(v, "%s is %s, must be %s%s", v.name, v.shown(), must, hint)
	return ""
}

// textOr returns a good text, or another when the value is not there.
func (f *yamlFile) textOr(v value, other, must string, good func(string) bool) string {
	if !v.given() {
		return other
	}
	return f.text(v, must, good)
}

// texts returns the values of a list as good texts.
func (f *yamlFile) texts(list []value, must string, good func(string) bool) []string {
	var texts []string
	for _, item := range list {
		texts = append(texts, f.text(item, must, good))
	}
	return texts
}

func (v value) text() (string, bool) {
	switch n := v.node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode:
		return n.Token.Value, true
	}
	return "", false
}

// shown is the value for a sentence.
func (v value) shown() string {
	if text, ok := v.text(); ok {
		return fmt.Sprintf("%q", cut(text))
	}
	switch v.node.(type) {
	case nil:
		return "missing"
	case *ast.MappingNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	}
	return cut(v.node.String()) + " without quotation marks"
}
