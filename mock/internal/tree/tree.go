// Package tree holds documents of JSON or YAML as they are written: members in their order, numbers
// with their digits, and each value with its line.
package tree

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/plainjson"
)

// Kind is the kind of a Value.
type Kind int

// The kinds of values.
const (
	Null Kind = iota
	Bool
	Number
	String
	List
	Object
)

// Value is a value of a document.
type Value struct {
	Kind     Kind
	Text     string // of a String, without quotation marks; of a Number or Bool as in JSON
	Members  []Member
	Elements []*Value
	Line     int // counted from 1; 0 for a value that stands in no document
}

// Member is a member of an Object.
type Member struct {
	Name  string
	Value *Value
}

// Get returns the member of that name, or nil where the value is no object or has none.
func (v *Value) Get(name string) *Value {
	if v == nil {
		return nil
	}
	for _, member := range v.Members {
		if member.Name == name {
			return member.Value
		}
	}
	return nil
}

// Is reports whether there is a value, and it is of that kind.
func (v *Value) Is(kind Kind) bool { return v != nil && v.Kind == kind }

// String returns the text of a String; of anything else, and of nil, nothing.
func (v *Value) String() string {
	if v.Is(String) {
		return v.Text
	}
	return ""
}

// IsTrue reports whether the value is true.
func (v *Value) IsTrue() bool { return v.Is(Bool) && v.Text == "true" }

// At returns the value at a pointer below the value, or nil.
func (v *Value) At(pointer jsonptr.Pointer) *Value {
	for _, segment := range pointer {
		if v.Is(List) {
			i, err := strconv.Atoi(segment)
			if err != nil || i < 0 || i >= len(v.Elements) {
				return nil
			}
			v = v.Elements[i]
			continue
		}
		if v = v.Get(segment); v == nil {
			return nil
		}
	}
	return v
}

// Set sets a member of an object: in its place where there is one of that name, else at the end.
func (v *Value) Set(name string, to *Value) {
	for i, member := range v.Members {
		if member.Name == name {
			v.Members[i].Value = to
			return
		}
	}
	v.Members = append(v.Members, Member{name, to})
}

// NewObject returns an object without members.
func NewObject() *Value { return &Value{Kind: Object} }

// NewString returns a string.
func NewString(text string) *Value { return &Value{Kind: String, Text: text} }

// NewList returns a list of strings.
func NewList(texts ...string) *Value {
	list := &Value{Kind: List}
	for _, text := range texts {
		list.Elements = append(list.Elements, NewString(text))
	}
	return list
}

// JSON returns the value as JSON, indented by two spaces, with a newline at its end. A list or
// object that fits a line, and has no list or object in it, stands in one.
func (v *Value) JSON() []byte {
	b := v.appendJSON(nil, "")
	return append(b, '\n')
}

// maxLine limits the characters of a list or object in one line.
const maxLine = 80

func (v *Value) appendJSON(b []byte, indent string) []byte {
	switch v.Kind {
	case Null:
		return append(b, "null"...)
	case Bool, Number:
		return append(b, v.Text...)
	case String:
		return plainjson.Append(b, v.Text)
	}
	begin, end := "{", "}"
	if v.Kind == List {
		begin, end = "[", "]"
	}
	if len(v.Members)+len(v.Elements) == 0 {
		return append(b, begin+end...)
	}
	if line, fits := v.line(begin, end); fits {
		return append(b, line...)
	}
	below := indent + "  "
	b = append(b, begin...)
	next := func(i int) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(b, '\n'), below...)
	}
	for i, element := range v.Elements {
		next(i)
		b = element.appendJSON(b, below)
	}
	for i, member := range v.Members {
		next(i)
		b = append(plainjson.Append(b, member.Name), ": "...)
		b = member.Value.appendJSON(b, below)
	}
	return append(append(append(b, '\n'), indent...), end...)
}

// line returns a list or object in one line; fits is false where it needs several.
func (v *Value) line(begin, end string) (line []byte, fits bool) {
	line = append(line, begin...)
	for i := range len(v.Elements) + len(v.Members) {
		var value *Value
		if i > 0 {
			line = append(line, ", "...)
		}
		if v.Kind == List {
			value = v.Elements[i]
		} else {
			line = append(plainjson.Append(line, v.Members[i].Name), ": "...)
			value = v.Members[i].Value
		}
		if value.Kind == List || value.Kind == Object {
			return nil, false
		}
		if line = value.appendJSON(line, ""); len(line) > maxLine {
			return nil, false
		}
	}
	return append(line, end...), true
}

// FromJSON returns the value of a JSON document, which schema.Decode must have accepted: what is
// not JSON has no value, and is nil.
func FromJSON(text []byte) *Value {
	d := reader{Decoder: jsontext.NewDecoder(bytes.NewBuffer(text)), text: text, line: 1}
	value, err := d.value()
	if err != nil {
		return nil
	}
	return value
}

// reader reads a JSON document.
type reader struct {
	*jsontext.Decoder
	text []byte
	read int // bytes whose lines are counted
	line int
}

func (d *reader) value() (*Value, error) {
	token, err := d.ReadToken()
	if err != nil {
		return nil, err
	}
	value := &Value{Line: d.lineHere()}
	switch token.Kind() {
	case jsontext.KindTrue, jsontext.KindFalse:
		value.Kind, value.Text = Bool, strconv.FormatBool(token.Bool())
	case jsontext.KindString:
		value.Kind, value.Text = String, token.String()
	case jsontext.KindNumber:
		value.Kind, value.Text = Number, token.String()
	case jsontext.KindBeginArray:
		value.Kind = List
		for d.PeekKind() != jsontext.KindEndArray {
			element, err := d.value()
			if err != nil {
				return nil, err
			}
			value.Elements = append(value.Elements, element)
		}
		_, err = d.ReadToken()
	case jsontext.KindBeginObject:
		value.Kind = Object
		for d.PeekKind() != jsontext.KindEndObject {
			name, err := d.ReadToken()
			if err != nil {
				return nil, err
			}
			text := strings.Clone(name.String()) // a token is good until the next one is read
			member, err := d.value()
			if err != nil {
				return nil, err
			}
			value.Members = append(value.Members, Member{text, member})
		}
		_, err = d.ReadToken()
	}
	return value, err
}

// lineHere returns the line in which the token that was just read ends.
func (d *reader) lineHere() int {
	end := int(d.InputOffset())
	d.line += bytes.Count(d.text[d.read:end], []byte("\n"))
	d.read = end
	return d.line
}
