package scenario

import (
	"bytes"
	"encoding/json"
)

// invalidJSONFault makes the answer's body something that is no JSON.
type invalidJSONFault struct{}

// Apply adds the change of the body.
func (invalidJSONFault) Apply(e *Effect, _ func() float64) {
	e.ChangeBody = append(e.ChangeBody, invalidJSON)
}

// invalidJSON returns a body without its last character, or an opening brace where that would still
// be JSON (12 and 1).
func invalidJSON(body []byte) []byte {
	body = bytes.TrimSpace(body)
	if len(body) < 2 || json.Valid(body[:len(body)-1]) {
		return []byte("{")
	}
	return body[: len(body)-1 : len(body)-1]
}

func invalidJSONKind() faultKind {
	return flagKind("invalidJSON", Shapes, "The answer's body is no JSON.", invalidJSONFault{})
}
