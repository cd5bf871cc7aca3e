package apidocument

import (
	"fmt"

	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/tree"
)

// Node is a value of a document. The value is nil where the document has none at the place.
type Node struct {
	*tree.Value

	Place string // as a JSON pointer in a fragment: #/paths/~1{inntektsaar}/post
}

// Child returns a member of an object.
func (n Node) Child(name string) Node {
	return Node{n.Value.Get(name), n.Place + "/" + jsonptr.Escape(name)}
}

// Children returns the members of an object.
func (n Node) Children() (list []NamedNode) {
	if n.Value == nil {
		return nil
	}
	for _, member := range n.Members {
		below := Node{member.Value, n.Place + "/" + jsonptr.Escape(member.Name)}
		list = append(list, NamedNode{member.Name, below})
	}
	return list
}

// Items returns the elements of a list.
func (n Node) Items() (list []Node) {
	if n.Value == nil {
		return nil
	}
	for i, element := range n.Elements {
		list = append(list, Node{element, fmt.Sprintf("%s/%d", n.Place, i)})
	}
	return list
}

// NamedNode is a member of an object.
type NamedNode struct {
	Name string
	Node
}
