package scenario

import "regexp"

// codeFault answers with a code that the API documents, as its real cause would.
type codeFault string

// Apply sets the code.
func (f codeFault) Apply(e *Effect, _ func() float64) { e.Code = string(f) }

var codeForm = textForm{regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`), 64}

func codeKind() faultKind {
	const schema = `{
          "type": ["string", "integer"], "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", "minimum": 0,
          "description": "A code that the API documents."
        }`
	return newKind("code", Answers, schema, func(r *reader, place, code string) Fault {
		if r.oneOf(place, "code", code, r.known.Codes); code != "" && !codeForm.MatchString(code) {
			r.Fault(place, "%q cannot be a code; it must be letters, digits, and . _ - between", code)
		}
		return codeFault(code)
	})
}
