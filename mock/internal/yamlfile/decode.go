package yamlfile

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"sandkasse/mock/internal/excerpt"
	"sandkasse/mock/internal/suggest"
)

// Others is embedded in a struct to allow members without a field. They are not decoded, but Has
// finds them.
type Others struct{}

var (
	others        = reflect.TypeFor[Others]()
	nodes         = reflect.TypeFor[Node]()
	substitutable = []reflect.Type{reflect.TypeFor[Int](), reflect.TypeFor[Float](), reflect.TypeFor[Text]()}
)

func (f *File) decode(node ast.Node, into reflect.Value, place string) {
	at := f.spots[place]
	if f.values++; f.values > maxValues {
		if f.values == maxValues+1 {
			f.Unreadable = true
			f.bad("$", "the file has more than %d values, those behind an alias counted at each alias", maxValues)
		}
		return
	}
	if first := node.GetToken(); first != nil {
		at.line = first.Position.Line
	}
	node, problem := f.resolve(node)
	_, null := node.(*ast.NullNode)
	at.given = !null
	f.spots[place] = at
	if problem != "" {
		f.bad(place, "%s", problem)
		return
	}
	if into.Type() == nodes {
		into.Set(reflect.ValueOf(Node{node}))
		return
	}
	if mapping, ok := node.(*ast.MappingNode); ok && f.substitute != nil &&
		slices.Contains(substitutable, into.Type()) {
		if node = f.substituted(mapping, place); node == nil {
			return
		}
		if into.Kind() == reflect.String {
			into.SetString(node.GetToken().Value)
			return
		}
	}
	switch node := node.(type) {
	case *ast.NullNode:
		return
	case *ast.MappingNode:
		f.decodeMapping(node, into, place)
		return
	case *ast.SequenceNode:
		if into.Kind() != reflect.Slice {
			f.mismatch(node, into, place)
			return
		}
		into.Set(reflect.MakeSlice(into.Type(), len(node.Values), len(node.Values)))
		for i, element := range node.Values {
			f.decode(element, into.Index(i), place+"["+strconv.Itoa(i)+"]")
		}
		return
	}
	switch text, isText := textOf(node); into.Kind() {
	case reflect.Struct, reflect.Map, reflect.Slice:
		f.mismatch(node, into, place)
	case reflect.String:
		if !isText {
			f.mismatch(node, into, place)
			return
		}
		into.SetString(text)
	default:
		isNumber := into.Kind() != reflect.Bool
		if isNumber && (isQuoted(node) || !numberForm.MatchString(node.GetToken().Value)) ||
			yaml.NodeToValue(node, into.Addr().Interface(), yaml.Strict()) != nil ||
			isNumber && into.Kind() != reflect.Float64 && strings.ContainsAny(node.GetToken().Value, ".eE") {
			f.mismatch(node, into, place)
		}
	}
}

func (f *File) decodeMapping(mapping *ast.MappingNode, into reflect.Value, place string) {
	if into.Kind() != reflect.Struct && into.Kind() != reflect.Map {
		f.mismatch(mapping, into, place)
		return
	}
	if into.Kind() == reflect.Map {
		if len(mapping.Values) > 0 {
			into.Set(reflect.MakeMap(into.Type()))
		}
		for _, member := range mapping.Values {
			name := member.Key.GetToken().Value
			at := place + "." + name
			f.spots[at] = spot{line: member.Key.GetToken().Position.Line}
			element := reflect.New(into.Type().Elem()).Elem()
			f.decode(member.Value, element, at)
			into.SetMapIndex(reflect.ValueOf(name), element)
		}
		return
	}
	names, fields, open := members(into)
	f.decodeMembers(mapping, place, names, func(name string) (reflect.Value, bool) {
		field, known := fields[name]
		if !known {
			return reflect.Value{}, open
		}
		return into.Field(field), true
	})
}

// decodeMembers decodes the members of a mapping. field returns what one is decoded into; nothing
// where it may be there and is not decoded; and false where it is a fault.
func (f *File) decodeMembers(mapping *ast.MappingNode, place string, names []string,
	field func(name string) (reflect.Value, bool),
) {
	for _, member := range mapping.Values {
		name := member.Key.GetToken().Value
		at := place + "." + name
		_, null := member.Value.(*ast.NullNode)
		f.spots[at] = spot{line: member.Key.GetToken().Position.Line, given: !null}
		switch into, known := field(name); {
		case known && into.IsValid():
			f.decode(member.Value, into, at)
		case !known:
			meant := ""
			if nearest, ok := suggest.Nearest(name, names); ok {
				meant = "did you mean " + nearest + "? "
			}
			f.Fault(at, "%q is not a member here; %sthere are %s", truncate(name), meant, strings.Join(names, ", "))
		}
	}
}

// members returns the YAML names of a struct's fields, in order, their indexes, and whether other
// members are allowed.
func members(v reflect.Value) (names []string, fields map[string]int, open bool) {
	if v.Kind() != reflect.Struct {
		return nil, nil, false
	}
	fields = map[string]int{}
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Type == others {
			open = true
			continue
		}
		name := field.Tag.Get("yaml")
		names = append(names, name)
		fields[name] = i
	}
	return names, fields, open
}

// anchors maps the anchors of a file to their values. It collects them as a visitor.
type anchors map[string]ast.Node

func (a anchors) Visit(node ast.Node) ast.Visitor {
	if anchor, ok := node.(*ast.AnchorNode); ok {
		a[anchor.Name.String()] = anchor.Value
	}
	return a
}

// resolve returns the value behind anchors, aliases and tags. problem says what is wrong with them,
// or is empty.
func (f *File) resolve(node ast.Node) (value ast.Node, problem string) {
	const deepest = 8 // stops an alias of itself
	for range deepest {
		switch n := node.(type) {
		case *ast.TagNode:
			node = n.Value
		case *ast.AnchorNode:
			if !f.aliased {
				return n, "anchors and aliases are not taken here; write it out"
			}
			node = n.Value
		case *ast.AliasNode:
			if !f.aliased {
				return n, "anchors and aliases are not taken here; write it out"
			}
			named, found := f.anchors[n.Value.String()]
			if !found {
				return n, fmt.Sprintf("there is no anchor &%[1]s in the file; the alias *%[1]s must be of one", n.Value)
			}
			node = named
		case nil: // nothing after a tag or an anchor
			return &ast.NullNode{BaseNode: &ast.BaseNode{}}, ""
		case *ast.MappingValueNode: // a mapping of one member
			return &ast.MappingNode{BaseNode: &ast.BaseNode{}, Values: []*ast.MappingValueNode{n}}, ""
		default:
			return n, ""
		}
	}
	return node, "an alias of an alias and so on stands here; write it out"
}

// textOf returns the text of a node; of a whole number, its digits.
func textOf(node ast.Node) (text string, ok bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode:
		return n.Token.Value, true
	}
	return "", false
}

// numberForm matches the numbers of JSON. Other numbers of YAML mean what few expect: 010 is 8.
var numberForm = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// isQuoted reports whether a value is written as a text.
func isQuoted(node ast.Node) bool {
	kind := node.GetToken().Type
	return kind == token.SingleQuoteType || kind == token.DoubleQuoteType
}

// mismatch adds a fault for a value of the wrong type.
func (f *File) mismatch(node ast.Node, into reflect.Value, place string) {
	name := strings.TrimPrefix(place, "$.")
	if place == "$" {
		name = "the file"
	}
	shown, hint := "", ""
	switch node.(type) {
	case *ast.MappingNode:
		shown = "a mapping"
		if into.Kind() == reflect.String {
			hint = "; if it is text with a colon, put it in quotation marks" // a:b within braces
		}
	case *ast.SequenceNode:
		shown = "a list"
	case *ast.StringNode, *ast.LiteralNode:
		text, _ := textOf(node)
		shown = strconv.Quote(truncate(text))
		if isQuoted(node) && numberForm.MatchString(text) && strings.Contains(kind(into.Type()), "number") {
			hint = ", without quotation marks"
		}
	default:
		shown = truncate(node.GetToken().Value)
		if into.Kind() == reflect.String {
			hint = "; put it in quotation marks"
		}
	}
	f.bad(place, "%s is %s; it must be %s%s", name, shown, kind(into.Type()), hint)
}

// bad marks the value at a place as not decoded.
func (f *File) bad(place, format string, args ...any) {
	f.Fault(place, format, args...)
	at := f.spots[place]
	at.bad = true
	f.spots[place] = at
}

// truncate shortens a quoted text to 80 characters.
func truncate(text string) string { return excerpt.Truncate(text, 80, "...") }

// kind returns the name of a Go type in the user's words.
func kind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return "a mapping"
	case reflect.Slice:
		return "a list"
	case reflect.Uint64:
		return "a whole number from 0 to 18446744073709551615"
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
