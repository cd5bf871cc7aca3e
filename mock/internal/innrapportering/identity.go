package innrapportering

import (
	"strconv"
	"strings"

	"sandkasse/mock/internal/catalog"
)

// identity is what makes an oppgave, or the sletteoppgave that deletes it, the same as another one: the values at the pointers that its
// API's data names, where 310646180 and "310646180" are one value. ok is false when there is nothing at any of them: such an oppgave is the
// same as no other (K060).
func identity(by []catalog.Pointer, oppgave any) (key string, ok bool) {
	b := make([]byte, 0, 64)
	for _, pointer := range by {
		text, there := identifying(member(pointer, oppgave))
		if !there {
			b = append(b, '-')
			continue
		}
		ok = true
		b = strconv.AppendInt(b, int64(len(text)), 10) // so that no two lists of values make the same key
		b = append(b, ':')
		b = append(b, text...)
	}
	return string(b), ok
}

// identifying is the text of a value that identifies something: a string as it is, a number as its digits, whatever way it is written.
// ok is false for anything else.
func identifying(value any) (text string, ok bool) {
	text, ok = plainText(value)
	if _, isString := value.(string); !isString && strings.ContainsAny(text, ".eE-") {
		number, _ := totalOf(value)
		text = number.String()
	}
	return text, ok
}

// identityShown is the values of an identity with their names, for a person.
func identityShown(by []catalog.Pointer, oppgave any) string {
	var parts []string
	for _, pointer := range by {
		if text, ok := identifying(member(pointer, oppgave)); ok {
			parts = append(parts, name(pointer)+" "+cut(text))
		}
	}
	return strings.Join(parts, ", ")
}
