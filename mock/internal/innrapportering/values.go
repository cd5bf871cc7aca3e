package innrapportering

import (
	"encoding/json"
	"unicode"
	"unicode/utf8"

	"sandkasse/mock/internal/excerpt"
	"sandkasse/mock/internal/jsonptr"
)

// member returns the value at a pointer; nil if there is none, or the pointer is empty.
func member(at jsonptr.Pointer, in any) any {
	if len(at) == 0 {
		return nil
	}
	value, _ := at.In(in)
	return value
}

// eachMember calls visit with each value at a pointer, which may have jsonptr.Any, and with where it
// is.
func eachMember(at jsonptr.Pointer, in any, visit func(at jsonptr.Pointer, value any)) {
	if len(at) > 0 {
		at.All(in, visit)
	}
}

// list returns the list at a pointer, or nil.
func list(at jsonptr.Pointer, in any) []any {
	elements, _ := member(at, in).([]any)
	return elements
}

// text returns the string at a pointer, or the empty string.
func text(at jsonptr.Pointer, in any) string {
	s, _ := member(at, in).(string)
	return s
}

// plainText returns the text of a string or number; ok is false for other values.
func plainText(value any) (text string, ok bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case json.Number:
		return string(v), true
	}
	return "", false
}

// quote returns a string or number of a document for a message, truncated.
func quote(value any) string {
	text, _ := plainText(value)
	return truncate(text)
}

// truncate shortens a quoted text to 200 characters.
func truncate(text string) string { return excerpt.Truncate(text, 200, "…") }

// sentence returns the text with a capital first letter.
func sentence(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(r)) + text[size:]
}
