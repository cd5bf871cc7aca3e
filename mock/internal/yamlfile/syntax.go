package yamlfile

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
)

// syntax adds a fault for an error of the YAML library, in our own words: the library's are those
// of a parser.
func (f *File) syntax(err error) {
	text, line := strings.SplitN(err.Error(), "\n", 2)[0], 0
	var placed yaml.Error
	if errors.As(err, &placed) {
		text = placed.GetMessage()
		if token := placed.GetToken(); token != nil {
			line = token.Position.Line
		}
	}
	f.Faults = append(f.Faults, Fault{File: f.Name, Line: line, Text: inWords(text)})
	f.spots["$"] = spot{bad: true}
}

var givenTwice = regexp.MustCompile(`^mapping key "(.*)" already defined at \[(\d+):\d+\]$`)

// inWords returns a sentence for a message of the library.
func inWords(message string) string {
	if twice := givenTwice.FindStringSubmatch(message); twice != nil {
		return fmt.Sprintf("%q is given twice, first in line %s; give it once", truncate(twice[1]), twice[2])
	}
	for _, known := range []struct{ part, text string }{
		{"tab character", "a tab stands at the beginning; YAML is indented by spaces"},
		{"'\t'", "a tab stands at the beginning; YAML is indented by spaces"},
		{"'}'", "a } is missing, or a comma between two members in { }"},
		{"flow map", "a } is missing, or a comma between two members in { }"},
		{"']'", "a ] is missing, or a comma between two elements in [ ]"},
		{"sequence element", "a comma too many stands in [ ]"},
		{
			"double-quoted",
			"a text that begins with \" does not end with one, or has a \\ before something that it cannot stand before",
		},
		{"single-quoted", "a text that begins with ' does not end with one"},
		{"reserved character", "a text cannot begin with this character; put it in quotation marks"},
		{
			"mapping value is not allowed",
			"a second colon stands in one value, or the next line is indented too far; a text with a colon must be " +
				"in quotation marks",
		},
		{"unexpected key name", "a name must be followed by a colon and a space"},
		{"non-map value", "a name must be followed by a colon and a space"},
		{"allowed in this context", "this is not indented as what stands beside it"},
		{"pre-defined", "this is not indented as what stands beside it"},
		{"anchor", "the & or * of an anchor stands here without its name or value"},
		{"alias", "the & or * of an anchor stands here without its name or value"},
		{"directive", "a text cannot begin with %; put it in quotation marks"},
		{"YAML version", "the line %YAML names a version that is not known; leave it out"},
	} {
		if strings.Contains(message, known.part) {
			return known.text
		}
	}
	return "this cannot be read as YAML; look at the indentation, and for colons, brackets and quotation marks that " +
		"are missing"
}

// utf8Text returns the text without a byte order mark. problem says, with its line, that the text
// is not UTF-8 or has invisible characters; otherwise it is empty.
func utf8Text(text []byte) (plain []byte, problem string, line int) {
	if bytes.HasPrefix(text, []byte("\xFF\xFE")) || bytes.HasPrefix(text, []byte("\xFE\xFF")) {
		return nil, "the file is in UTF-16, as Windows PowerShell writes files; it must be in UTF-8", 0
	}
	text = bytes.TrimPrefix(text, []byte("\xEF\xBB\xBF"))
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRune(text[at:])
		line := func() int { return bytes.Count(text[:at], []byte("\n")) + 1 }
		if r == utf8.RuneError && size == 1 {
			return nil, fmt.Sprintf("the byte 0x%02X is not UTF-8, which the file must be in", text[at]), line()
		}
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7F {
			return nil, fmt.Sprintf("the control character U+%04X stands in the file; take it out", r), line()
		}
		at += size
	}
	return text, "", 0
}
