package apiimport

import (
	"fmt"
	"net/url"
	"strings"

	"sandkasse/mock/internal/excerpt"
	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/tree"
)

// node is a value of the document, with its place: #/paths/~1{inntektsaar}/post. The value is nil
// where the document has none at the place.
type node struct {
	*tree.Value

	at string
}

// get returns a member of an object.
func (n node) get(name string) node {
	return node{n.Value.Get(name), n.at + "/" + jsonptr.Escape(name)}
}

// members returns the members of an object.
func (n node) members() (list []namedNode) {
	if n.Value == nil {
		return nil
	}
	for _, member := range n.Members {
		below := node{member.Value, n.at + "/" + jsonptr.Escape(member.Name)}
		list = append(list, namedNode{member.Name, below})
	}
	return list
}

// elements returns the elements of a list.
func (n node) elements() (list []node) {
	if n.Value == nil {
		return nil
	}
	for i, element := range n.Elements {
		list = append(list, node{element, fmt.Sprintf("%s/%d", n.at, i)})
	}
	return list
}

// namedNode is a member of an object.
type namedNode struct {
	name string
	node
}

// Note is something that the document has and the folder has not, or has otherwise.
type Note struct {
	Line  int    // in the document, counted from 1; 0 for the document as a whole
	Place string // of the first, as a JSON pointer in a fragment: #/paths
	Text  string
	More  int // further places of which the same is true
}

// Limits of notes (K679).
const (
	maxNotes = 200
	maxPlace = 160 // characters of a place
	maxText  = 300 // characters of a note
)

// note adds a note on a value of the document, or counts its place where there is a note with this
// text.
func (im *importer) note(n node, format string, args ...any) {
	text := excerpt.Fit(fmt.Sprintf(format, args...), maxText)
	if i, known := im.noted[text]; known {
		im.notes[i].More++
		return
	}
	if len(im.notes) == maxNotes {
		im.untold++
		return
	}
	line := 0
	if n.Value != nil {
		line = n.Line
	}
	im.noted[text] = len(im.notes)
	im.notes = append(im.notes, Note{Line: line, Place: excerpt.Fit(n.at, maxPlace), Text: text})
}

// maxHops limits the references that lead from one to the next.
const maxHops = 50

// resolve follows the references of a value that is no schema: a path, a parameter, a body, an
// answer, an example. ok is false where one leads nowhere, which is noted.
func (im *importer) resolve(n node) (target node, ok bool) {
	from := n
	for range maxHops {
		ref := n.get("$ref").Value.String()
		if ref == "" {
			return n, n.Value != nil
		}
		next, problem := im.target(ref)
		if problem != "" {
			im.note(from, "%s", problem)
			return next, false
		}
		n = next
	}
	im.note(from, "the $ref leads from one to the next for ever")
	return node{}, false
}

// target returns the value that a $ref refers to. problem says why there is none.
func (im *importer) target(ref string) (target node, problem string) {
	shown := excerpt.Fit(ref, maxPlace)
	fragment, local := strings.CutPrefix(ref, "#")
	if !local {
		return node{}, "the $ref " + shown + " leads to another file, and no other file is read; " +
			"export the document as one (in SwaggerHub: resolved)"
	}
	plain, err := url.PathUnescape(fragment)
	if err != nil {
		plain = fragment
	}
	pointer, ok := jsonptr.Parse(plain)
	if !ok {
		return node{}, "the $ref " + shown + " is no pointer such as #/components/schemas/Leveranse"
	}
	value := im.root.At(pointer)
	if value == nil {
		return node{}, "the $ref " + shown + " leads nowhere in the document"
	}
	return node{value, "#" + pointer.String()}, ""
}
