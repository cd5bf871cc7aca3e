package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"sandkasse/mock/internal/excerpt"
)

// How much of a value is shown, in characters: of a text by itself as much as an angittVerdi may
// have (feil.MaxText), with the ellipsis; in a sentence, and of an object or list, less (K026).
const (
	maxAngitt = 4000
	maxQuoted = 200
)

// angitt returns a value as text: a string unchanged, anything else as JSON, truncated. Its cost
// depends on the result, not on the size of the value.
func angitt(v any) string {
	s, ok := v.(string)
	if !ok {
		return truncate(string(appendJSON(nil, v)))
	}
	return excerpt.Fit(s, maxAngitt)
}

// truncate shortens a quoted text to maxQuoted characters.
func truncate(text string) string { return excerpt.Truncate(text, maxQuoted, "…") }

// appendJSON appends v as JSON with its members sorted, and stops early once there is more than
// angitt shows.
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
		b, _ = jsontext.AppendQuote(b, truncate(v)) // the error is about invalid UTF-8, which is replaced
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
