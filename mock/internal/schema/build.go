package schema

import (
	"encoding/json"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// build returns the document in a body; ok is false where Decode refuses the body. It is the fast
// way: jsontext checks the whole text at once, and what is known to be JSON needs no care to be cut
// into values, which are parts of one copy of the text.
func build(body []byte) (document any, ok bool) {
	if !jsontext.Value(body).IsValid(jsontext.AllowDuplicateNames(true)) { // object looks for them
		return nil, false
	}
	var members [32]member // as many as are open at a time in most documents
	b := builder{text: string(body), sound: true, members: members[:0]}
	document = b.value(0)
	return document, b.sound
}

// builder cuts a text that is JSON into values.
type builder struct {
	text   string
	at     int // index of the next byte
	values int
	sound  bool // no bound of Decode is passed, and no name is given twice in one object
	// what has been read of the arrays and objects that are still open
	elements []any
	members  []member
}

type member struct {
	name  string
	value any
}

// value reads the next value, which is within so many arrays and objects.
func (b *builder) value(depth int) any {
	c := b.skipSpace()
	b.values++
	if b.values > maxValues || depth == maxDepth && (c == '{' || c == '[') {
		b.sound = false
		return nil
	}
	switch c {
	case '{':
		return b.object(depth + 1)
	case '[':
		return b.array(depth + 1)
	case '"':
		return b.string()
	case 'n':
		b.at += len("null")
		return nil
	case 't':
		b.at += len("true")
		return true
	case 'f':
		b.at += len("false")
		return false
	}
	number := b.text[b.at:]
	if end := strings.IndexAny(number, ",]} \t\r\n"); end >= 0 {
		number = number[:end]
	}
	b.at += len(number)
	b.sound = b.sound && !isLong(number)
	return json.Number(number)
}

func (b *builder) object(depth int) any {
	first := len(b.members)
	for b.more('}') {
		name := b.string()
		b.skipSpace()
		b.at++ // the colon
		value := b.value(depth)
		b.members = append(b.members, member{name, value})
	}
	members := b.members[first:]
	object := make(map[string]any, len(members))
	for _, m := range members {
		object[m.name] = m.value
	}
	b.sound = b.sound && len(object) == len(members)
	b.members = b.members[:first]
	return object
}

func (b *builder) array(depth int) any {
	first := len(b.elements)
	for b.more(']') {
		element := b.value(depth)
		b.elements = append(b.elements, element)
	}
	array := append(make([]any, 0, len(b.elements)-first), b.elements[first:]...)
	b.elements = b.elements[:first]
	return array
}

// more moves past the bracket or comma at hand, and reports whether an element or member follows;
// where none does it moves past the closing bracket.
func (b *builder) more(closing byte) bool {
	if !b.sound {
		return false
	}
	if b.skipSpace() != closing {
		b.at++
	}
	if b.skipSpace() == closing {
		b.at++
		return false
	}
	return true
}

// string reads the string at hand.
func (b *builder) string() string {
	start := b.at
	b.at++
	for plain := true; ; b.at++ {
		switch b.text[b.at] {
		case '\\':
			plain = false
			b.at++ // what is escaped may be a quotation mark
		case '"':
			b.at++
			if plain {
				return b.text[start+1 : b.at-1]
			}
			text, _ := jsontext.AppendUnquote(nil, b.text[start:b.at]) // cannot fail: it is JSON
			return string(text)
		}
	}
}

// skipSpace moves to the next byte that is no white space, and returns it.
func (b *builder) skipSpace() byte {
	for {
		switch c := b.text[b.at]; c {
		case ' ', '\t', '\r', '\n':
			b.at++
		default:
			return c
		}
	}
}
