// Package apidocument reads OpenAPI documents of version 3.0 and 3.1, in JSON or YAML. Other files
// and addresses that a document refers to are never read.
package apidocument

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"

	"sandkasse/mock/internal/excerpt"
	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/tree"
	"sandkasse/mock/internal/yamlfile"
)

// MaxSize is the size of a document in JSON, in bytes. One in YAML has the limits of package
// yamlfile.
const MaxSize = 16 << 20

// ErrNone is the error of a file that is not even meant as an OpenAPI document.
var ErrNone = errors.New(`is no OpenAPI document: it has no member openapi, such as "openapi": "3.0.3"`)

// MaxPlace limits the characters of a place or reference in a message.
const MaxPlace = 160

// Document is an OpenAPI document.
type Document struct {
	File string // its name without a folder, for messages
	Root *tree.Value
	Is30 bool // of OpenAPI 3.0, else of 3.1
}

// Read reads a document of that file name. The error is a yamlfile.Faults where the text is not
// well-formed, or says that it is no document of OpenAPI 3.0 or 3.1.
func Read(file string, text []byte) (Document, error) {
	d := Document{File: path.Base(strings.ReplaceAll(file, `\`, "/"))}
	var err error
	if d.Root, err = parse(file, text); err != nil {
		return Document{}, err
	}
	if d.Is30, err = d.version(); err != nil {
		return Document{}, err
	}
	return d, nil
}

// parse returns the value of a file. What begins as a JSON object is read as JSON, anything else as
// YAML.
func parse(file string, text []byte) (*tree.Value, error) {
	plain := bytes.TrimPrefix(text, []byte("\xEF\xBB\xBF"))
	ending := strings.ToLower(path.Ext(file))
	isYAML := ending == ".yaml" || ending == ".yml"
	if begin := bytes.TrimLeft(plain, " \t\r\n"); ending == ".json" || bytes.HasPrefix(begin, []byte("{")) {
		if len(plain) > MaxSize {
			return nil, yamlfile.Faults{{
				File: file,
				Text: fmt.Sprintf("the document is larger than %d KiB, the most that is read", MaxSize>>10),
			}}
		}
		_, err := schema.Decode(plain)
		if err == nil {
			return tree.FromJSON(plain), nil
		}
		if !isYAML {
			fault := yamlfile.Fault{File: file, Text: err.Error()}
			if syntax, ok := errors.AsType[*schema.SyntaxError](err); ok {
				fault.Line = syntax.Linje
				fault.Text = fmt.Sprintf("the document is not well-formed JSON (column %d): %s", syntax.Kolonne,
					syntax.Melding)
			}
			return nil, yamlfile.Faults{fault}
		}
	}
	value, faults := yamlfile.ReadTree(file, text)
	if len(faults) > 0 {
		return nil, faults
	}
	return value, nil
}

// version reports whether the document is of OpenAPI 3.0, else 3.1. The error says that it is of
// neither.
func (d Document) version() (is30 bool, err error) {
	openapi := d.Root.Get("openapi")
	text := ""
	if openapi.Is(tree.String) || openapi.Is(tree.Number) {
		text = openapi.Text
	}
	major := text + "."
	switch {
	case strings.HasPrefix(major, "3.0."):
		return true, nil
	case strings.HasPrefix(major, "3.1."):
		return false, nil
	case d.Root.Get("swagger") != nil:
		return false, fmt.Errorf("%s is a document of Swagger 2.0; it must be one of OpenAPI 3.0 or 3.1, into which "+
			"SwaggerHub converts it", d.File)
	case text == "":
		return false, fmt.Errorf("%s %w", d.File, ErrNone)
	}
	return false, fmt.Errorf("%s is a document of OpenAPI %s; it must be one of 3.0 or 3.1", d.File,
		excerpt.Fit(text, 20))
}

// Title returns the title of the document in one line, or nothing.
func (d Document) Title() string {
	title := d.Root.Get("info").Get("title").String()
	return excerpt.Fit(strings.Join(strings.Fields(title), " "), 200)
}

// Top returns the document as a whole.
func (d Document) Top() Node { return Node{Value: d.Root, Place: "#"} }

// maxHops limits the references that lead from one to the next.
const maxHops = 50

// Resolve follows the references of a value that is no schema: a path, a parameter, a body, an
// answer, an example. The target has no value where there is none; problem says why, if a reference
// leads nowhere.
func (d Document) Resolve(n Node) (target Node, problem string) {
	for range maxHops {
		ref := n.Child("$ref").Value.String()
		if ref == "" {
			return n, ""
		}
		if n, problem = d.Target(ref); problem != "" {
			return n, problem
		}
	}
	return Node{}, "the $ref leads from one to the next for ever"
}

// Target returns the value that a $ref refers to. problem says why there is none.
func (d Document) Target(ref string) (target Node, problem string) {
	shown := excerpt.Fit(ref, MaxPlace)
	fragment, local := strings.CutPrefix(ref, "#")
	if !local {
		return Node{}, "the $ref " + shown + " leads to another file, and no other file is read; " +
			"export the document as one (in SwaggerHub: resolved)"
	}
	plain, err := url.PathUnescape(fragment)
	if err != nil {
		plain = fragment
	}
	pointer, ok := jsonptr.Parse(plain)
	if !ok {
		return Node{}, "the $ref " + shown + " is no pointer such as #/components/schemas/Leveranse"
	}
	value := d.Root.At(pointer)
	if value == nil {
		return Node{}, "the $ref " + shown + " leads nowhere in the document"
	}
	return Node{Value: value, Place: "#" + pointer.String()}, ""
}
