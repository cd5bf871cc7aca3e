package schemas

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

const maxAngitt = 200 // characters of a value that are shown

// angitt shows a value: a string as it is, anything else as JSON, and no more than 200 characters of it.
// What it costs depends on what it shows, not on how large the value is.
func angitt(v any) string {
	if s, ok := v.(string); ok {
		return cut(s)
	}
	return cut(string(appendJSON(nil, v)))
}

// cut shortens text to 200 characters and says so by an ellipsis.
func cut(text string) string {
	characters := 0
	for i := range text {
		if characters == maxAngitt {
			return text[:i] + "…"
		}
		characters++
	}
	return text
}

// appendJSON appends v as JSON with its members sorted, and stops early once there is more than angitt shows.
func appendJSON(b []byte, v any) []byte {
	const enough = 4 * maxAngitt // bytes: more than 200 characters, whatever they are
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
