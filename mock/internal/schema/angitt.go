package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// How much of a value is shown, in characters: of a text by itself as much as an angittVerdi may have (feil.MaxText),
// with the ellipsis; in a sentence, and of an object or list, less (K026).
const (
	maxAngitt = 4000
	maxQuoted = 200
)

// angitt returns a value as text: a string unchanged, anything else as JSON, truncated. Its cost depends on the result, not on the size
// of the value.
func angitt(v any) string {
	s, ok := v.(string)
	if !ok {
		return cut(string(appendJSON(nil, v)))
	}
	if rest := skipCharacters(s, maxAngitt-1); skipCharacters(rest, 1) != "" {
		return strings.TrimSuffix(s, rest) + "…"
	}
	return s
}

// cut truncates text to 200 characters and an ellipsis.
func cut(text string) string {
	if rest := skipCharacters(text, maxQuoted); rest != "" {
		return strings.TrimSuffix(text, rest) + "…"
	}
	return text
}

// skipCharacters returns what of a text comes after its first n characters.
func skipCharacters(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[i:]
		}
		n--
	}
	return ""
}

// appendJSON appends v as JSON with its members sorted, and stops early once there is more than angitt shows.
func appendJSON(b []byte, v any) []byte {
	const enough = 4 * maxQuoted // bytes: more than 200 characters, whatever they are
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case json.Number:
		return append(b, v...)
	case string:
		b, _ = jsontext.AppendQuote(b, cut(v)) // the error is about invalid UTF-8, which is replaced
		return b
	case []any:
		b = append(b, '[')
		for i, element := range v {
			if len(b) > enough {
				break
			}
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, element)
		}
		return append(b, ']')
	case map[string]any:
		b = append(b, '{')
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if len(b) > enough {
				break
			}
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, name)
			b = append(b, ':')
			b = appendJSON(b, v[name])
		}
		return append(b, '}')
	}
	return fmt.Append(b, v)
}
