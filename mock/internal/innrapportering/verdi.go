package innrapportering

import (
	"encoding/json"
	"unicode"
	"unicode/utf8"

	"sandkasse/mock/internal/catalog"
)

// member is what a pointer leads to; nil when nothing is there, or null, or the pointer is empty.
func member(at catalog.Pointer, in any) any {
	if len(at) == 0 {
		return nil
	}
	value, _ := at.In(in)
	return value
}

// list is the list that a pointer leads to, or nil.
func list(at catalog.Pointer, in any) []any {
	elements, _ := member(at, in).([]any)
	return elements
}

// text is the string that a pointer leads to, or "".
func text(at catalog.Pointer, in any) string {
	s, _ := member(at, in).(string)
	return s
}

// plainText is the text of a string or number; ok is false for anything else.
func plainText(value any) (text string, ok bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case json.Number:
		return string(v), true
	}
	return "", false
}

// shown is a string or number of a document for a reader: as it stands, if it is not too long.
func shown(value any) string {
	text, _ := plainText(value)
	return cut(text)
}

// cut shortens text to 200 characters, and says so by an ellipsis.
func cut(text string) string {
	const most = 200
	characters := 0
	for i := range text {
		if characters == most {
			return text[:i] + "…"
		}
		characters++
	}
	return text
}

// sentence begins with a capital.
func sentence(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(r)) + text[size:]
}
