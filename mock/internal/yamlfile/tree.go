package yamlfile

import (
	"github.com/goccy/go-yaml/ast"

	"sandkasse/mock/internal/tree"
)

// ReadTree reads a file whatever its members are called. Anchors and aliases are allowed, and each
// alias is a copy. true, false and null are written so, and numbers as in JSON; anything else is a
// text. Where there are Faults, there is no value.
func ReadTree(name string, text []byte) (*tree.Value, Faults) {
	var root Node
	f := ReadAliased(name, text, &root)
	if len(f.Faults) > 0 {
		return nil, f.Faults
	}
	value := f.tree(root.node, 0)
	if len(f.Faults) > 0 {
		return nil, f.Faults
	}
	return value, nil
}

// tree returns the value of a node that stands that many levels below the root.
func (f *File) tree(node ast.Node, depth int) *tree.Value {
	value := &tree.Value{}
	if f.values++; f.values > maxValues || depth > maxDepth {
		if !f.Unreadable {
			f.Unreadable = true
			f.add(Fault{File: f.Name, Text: tooMuch})
		}
		return value
	}
	if first := node.GetToken(); first != nil {
		value.Line = first.Position.Line
	}
	node, problem := f.resolve(node)
	if problem != "" {
		f.add(Fault{File: f.Name, Line: value.Line, Text: problem})
		return value
	}
	switch node := node.(type) {
	case *ast.NullNode:
	case *ast.BoolNode:
		value.Kind, value.Text = tree.Bool, "false"
		if node.Value {
			value.Text = "true"
		}
	case *ast.MappingNode:
		value.Kind = tree.Object
		for _, member := range node.Values {
			name := member.Key.GetToken().Value
			if _, merge := member.Key.(*ast.MergeKeyNode); merge {
				f.add(Fault{
					File: f.Name, Line: member.Key.GetToken().Position.Line,
					Text: "the members of another mapping are put in here with <<; write them out",
				})
				continue
			}
			below := f.tree(member.Value, depth+1)
			value.Members = append(value.Members, tree.Member{Name: name, Value: below})
		}
	case *ast.SequenceNode:
		value.Kind = tree.List
		for _, element := range node.Values {
			value.Elements = append(value.Elements, f.tree(element, depth+1))
		}
	default:
		value.Kind, value.Text = tree.String, node.GetToken().Value
		if text, isText := textOf(node); isText {
			value.Text = text
		}
		if _, literal := node.(*ast.LiteralNode); !literal && !isQuoted(node) && numberForm.MatchString(value.Text) {
			value.Kind = tree.Number
		}
	}
	return value
}

// tooMuch is the fault of a file with too many values, or too many within each other.
const tooMuch = "the file has more than 100000 values, or more than 32 mappings and lists within each other, those " +
	"behind an alias counted at each alias"
