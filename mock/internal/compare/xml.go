package compare

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// decodeXML returns an XML document as a value of JSON: an element is an object of its attributes and
// of the elements in it, or its text where it has neither. Elements of the same name are a list. It returns nil where
// the document is broken, and deep where it is too deep.
func decodeXML(text []byte) (value any, deep bool) {
	d := xml.NewDecoder(bytes.NewReader(text))
	d.CharsetReader = func(_ string, from io.Reader) (io.Reader, error) { return from, nil } // a recording has UTF-8
	d.Strict = true
	type element struct {
		name    string
		members map[string]any
		text    strings.Builder
	}
	root := &element{members: map[string]any{}}
	open := []*element{root}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, false
		}
		top := open[len(open)-1]
		switch token := token.(type) {
		case xml.StartElement:
			if len(open) > maxDepth {
				return nil, true
			}
			begun := &element{name: token.Name.Local, members: map[string]any{}}
			for _, attribute := range token.Attr {
				if attribute.Name.Space != "xmlns" {
					begun.members["@"+attribute.Name.Local] = attribute.Value
				}
			}
			open = append(open, begun)
		case xml.EndElement:
			open = open[:len(open)-1]
			var member any = top.members
			if content := strings.TrimSpace(top.text.String()); len(top.members) == 0 {
				member = content
			} else if content != "" {
				top.members["#"] = content
			}
			addElement(open[len(open)-1].members, top.name, member)
		case xml.CharData:
			top.text.Write(token)
		}
	}
	if len(root.members) == 0 {
		return nil, false
	}
	return root.members, false
}

// addElement adds an element to those of an object.
func addElement(members map[string]any, name string, value any) {
	switch before := members[name].(type) {
	case nil:
		members[name] = value
	case []any:
		members[name] = append(before, value)
	default:
		members[name] = []any{before, value}
	}
}
