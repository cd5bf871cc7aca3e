package scenario

import "sandkasse/mock/internal/yamlfile"

// cutFault sends only so many bytes of the answer's body, while the header promises all.
type cutFault int

// Apply sets the number of bytes.
func (f cutFault) Apply(e *Effect, _ func() float64) { e.Cut = (*int)(&f) }

func cutKind() faultKind {
	const schema = `{
          "anyOf": [{"type": "integer", "minimum": 0, "maximum": 10485760}, {"$ref": "#/$defs/parameter"}],
          "description": "Only so many bytes of the body, the header promising all."
        }`
	return newKind("cut", Shapes, schema, func(r *reader, place string, n yamlfile.Int) Fault {
		r.bytes(place, "cut", n, 0)
		return cutFault(n)
	})
}
