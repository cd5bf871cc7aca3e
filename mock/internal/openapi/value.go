package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"sandkasse/mock/internal/plainjson"
)

// Documents are plain values: objects, lists ([]any), texts, numbers, booleans and null. The members of an object
// keep their order, so that a document reads as its sources do.

// object is a JSON object with its members in order.
type object []member

type member struct {
	name  string
	value any
}

// get returns the value of a member, or nil.
func (o object) get(name string) any {
	if i := o.index(name); i >= 0 {
		return o[i].value
	}
	return nil
}

func (o object) index(name string) int {
	return slices.IndexFunc(o, func(m member) bool { return m.name == name })
}

// set sets a member, which comes last where there was none.
func (o *object) set(name string, value any) {
	if i := o.index(name); i >= 0 {
		(*o)[i].value = value
		return
	}
	*o = append(*o, member{name, value})
}

// list returns values as a list.
func list[T any](values ...T) []any {
	all := make([]any, len(values))
	for i, value := range values {
		all[i] = value
	}
	return all
}

// parse returns JSON as a plain value.
func parse(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	value, err := parseValue(decoder)
	if err == nil {
		if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
			return nil, errors.New("there is more than one value")
		}
	}
	return value, err
}

func parseValue(decoder *json.Decoder) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		found := object{}
		for decoder.More() {
			name, err := decoder.Token()
			if err != nil {
				return nil, err
			}
			value, err := parseValue(decoder)
			if err != nil {
				return nil, err
			}
			found = append(found, member{name.(string), value})
		}
		_, err := decoder.Token()
		return found, err
	case json.Delim('['):
		found := []any{}
		for decoder.More() {
			value, err := parseValue(decoder)
			if err != nil {
				return nil, err
			}
			found = append(found, value)
		}
		_, err := decoder.Token()
		return found, err
	}
	return token, nil
}

// appendJSON appends a plain value as indented JSON.
func appendJSON(b []byte, value any, indent int) []byte {
	switch value := value.(type) {
	case object:
		if len(value) == 0 {
			return append(b, "{}"...)
		}
		b = append(b, '{')
		for i, m := range value {
			b = appendLine(b, i > 0, indent+1)
			b = append(appendText(b, m.name), ": "...)
			b = appendJSON(b, m.value, indent+1)
		}
		return append(appendLine(b, false, indent), '}')
	case []any:
		if len(value) == 0 {
			return append(b, "[]"...)
		}
		b = append(b, '[')
		for i, element := range value {
			b = appendLine(b, i > 0, indent+1)
			b = appendJSON(b, element, indent+1)
		}
		return append(appendLine(b, false, indent), ']')
	}
	return appendScalar(b, value)
}

// appendLine appends a new line, after a comma where there is something before it.
func appendLine(b []byte, comma bool, indent int) []byte {
	if comma {
		b = append(b, ',')
	}
	return appendIndent(append(b, '\n'), indent)
}

func appendIndent(b []byte, indent int) []byte {
	for range indent {
		b = append(b, "  "...)
	}
	return b
}

// appendScalar appends a value that is neither an object nor a list.
func appendScalar(b []byte, value any) []byte {
	if text, ok := value.(string); ok {
		return appendText(b, text)
	}
	return plainjson.Append(b, value)
}

// appendText appends a text in quotation marks. Characters that YAML does not allow in a document are escaped, so
// that the text stands for itself there too.
func appendText(b []byte, text string) []byte {
	quoted := plainjson.Append(nil, text)
	for _, r := range string(quoted) {
		if r > '~' && (r < 0xa0 || r == 0xfeff || !unicode.IsPrint(r)) && r <= 0xffff {
			b = append(b, `\u`...)
			b = append(b, ("000" + strconv.FormatInt(int64(r), 16))[len(strconv.FormatInt(int64(r), 16))-1:]...)
			continue
		}
		b = append(b, string(r)...)
	}
	return b
}

// appendYAML appends a plain value as YAML in block style, on lines that begin at an indent. A list or object that
// is not empty begins on a line of its own unless inline.
func appendYAML(b []byte, value any, indent int, inline bool) []byte {
	switch value := value.(type) {
	case object:
		if len(value) == 0 {
			return append(b, " {}\n"...)
		}
		for i, m := range value {
			if i > 0 || !inline {
				b = startLine(b, indent)
			}
			b = append(appendYAMLText(b, m.name), ':')
			b = appendYAML(b, m.value, indent+1, false)
		}
		return b
	case []any:
		if len(value) == 0 {
			return append(b, " []\n"...)
		}
		for _, element := range value {
			b = append(startLine(b, indent), '-')
			if below, ok := element.(object); ok && len(below) > 0 {
				b = appendYAML(append(b, ' '), element, indent+1, true)
				continue
			}
			b = appendYAML(b, element, indent+1, false)
		}
		return b
	}
	b = append(b, ' ')
	if text, ok := value.(string); ok {
		b = appendYAMLText(b, text)
	} else {
		b = appendScalar(b, value)
	}
	return append(b, '\n')
}

// startLine begins a line, after ending the one of a name or a hyphen.
func startLine(b []byte, indent int) []byte {
	if len(b) > 0 && b[len(b)-1] != '\n' {
		b = append(b, '\n')
	}
	return appendIndent(b, indent)
}

// appendYAMLText appends a text without quotation marks where no reader of YAML can take it for anything else.
func appendYAMLText(b []byte, text string) []byte {
	if isPlainYAML(text) {
		return append(b, text...)
	}
	return appendText(b, text)
}

// plainYAML are the characters of texts that need no quotation marks.
const plainYAML = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789æøåÆØÅ_-./ "

// isPlainYAML reports whether a text is words of letters and digits that begin with a letter or a slash, and is no
// value of another type in any version of YAML.
func isPlainYAML(text string) bool {
	switch strings.ToLower(text) {
	case "", "true", "false", "yes", "no", "on", "off", "y", "n", "null":
		return false
	}
	if !strings.ContainsAny(text[:1], plainYAML[:52]+"/") || strings.HasSuffix(text, " ") {
		return false
	}
	return strings.Trim(text, plainYAML) == ""
}
