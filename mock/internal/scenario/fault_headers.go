package scenario

import "sandkasse/mock/internal/yamlfile"

// headersFault sets headers on whatever is answered, by canonical name.
type headersFault map[string]string

// Apply adds the headers.
func (f headersFault) Apply(e *Effect, _ func() float64) { e.setHeaders(f) }

func headersKind() faultKind {
	const schema = `{"$ref": "#/$defs/headers", "description": "Set on whatever is answered."}`
	return newKind("headers", Shapes, schema, func(r *reader, place string, headers map[string]yamlfile.Text) Fault {
		return headersFault(r.headers(place, headers))
	})
}
