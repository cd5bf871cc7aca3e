package apiimport

import (
	"fmt"

	"sandkasse/mock/internal/apidocument"
	"sandkasse/mock/internal/excerpt"
)

// node is a value of the document.
type node = apidocument.Node

// namedNode is a member of an object.
type namedNode = apidocument.NamedNode

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
	im.notes = append(im.notes, Note{Line: line, Place: excerpt.Fit(n.Place, apidocument.MaxPlace), Text: text})
}

// resolve follows the references of a value that is no schema: a path, a parameter, a body, an
// answer, an example. ok is false where one leads nowhere, which is noted.
func (im *importer) resolve(n node) (target node, ok bool) {
	target, problem := im.Resolve(n)
	if problem != "" {
		im.note(n, "%s", problem)
		return target, false
	}
	return target, target.Value != nil
}
