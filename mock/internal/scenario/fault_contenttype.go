package scenario

import "regexp"

// contentTypeFault gives the right answer with another Content-Type.
type contentTypeFault string

// Apply sets the header.
func (f contentTypeFault) Apply(e *Effect, _ func() float64) {
	e.setHeaders(map[string]string{"Content-Type": string(f)})
}

var mediaType = textForm{regexp.MustCompile(`^[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+( ?;[ -~]+)?$`), 200}

func contentTypeKind() faultKind {
	const schema = `{
          "type": "string", "maxLength": 200, "pattern": "^[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+( ?;[ -~]+)?$",
          "description": "The right answer, declared wrongly."
        }`
	return newKind("contentType", Shapes, schema, func(r *reader, place, contentType string) Fault {
		if !mediaType.MatchString(contentType) {
			r.Fault(place, "contentType is %q; it must look like text/html or text/html; charset=utf-8", contentType)
		}
		return contentTypeFault(contentType)
	})
}
