package journal

import (
	"encoding/json"
	"regexp"
	"slices"
)

var (
	quoted    = regexp.MustCompile(`"(?:[^"\\]|\\.)*"?`) // a text in JSON, whole or cut off
	afterName = regexp.MustCompile(`^\s*:\s*`)
	simple    = regexp.MustCompile(`^(?:"(?:[^"\\]|\\.)*"?|[^\s",{}\[\]]+)`) // a value without parts
)

// MaskMembers is a body of JSON, whole or not, in which the values of the named members are hidden wherever they stand. Where one of them is
// a list or an object, nothing after it is shown. The body it is given is left as it is.
func MaskMembers(body []byte, names []string) []byte {
	if len(names) == 0 {
		return body
	}
	masked, rest := make([]byte, 0, len(body)), body
	for {
		text := quoted.FindIndex(rest)
		if text == nil {
			return append(masked, rest...)
		}
		name := rest[text[0]:text[1]]
		masked, rest = append(masked, rest[:text[1]]...), rest[text[1]:]
		colon := afterName.Find(rest)
		if colon == nil || !isNamed(name, names) {
			continue
		}
		masked, rest = append(masked, colon...), rest[len(colon):]
		masked = append(masked, `"`+hidden+`"`...)
		value := simple.Find(rest)
		if value == nil {
			return masked
		}
		rest = rest[len(value):]
	}
}

func isNamed(text []byte, names []string) bool {
	var name string
	return json.Unmarshal(text, &name) == nil && slices.Contains(names, name)
}
