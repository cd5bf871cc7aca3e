package scenario

import "sandkasse/mock/internal/yamlfile"

// dripFault sends the answer's body slowly.
type dripFault Drip

// Apply sets how slowly.
func (f dripFault) Apply(e *Effect, _ func() float64) { e.Drip = (*Drip)(&f) }

type dripFile struct {
	Bytes yamlfile.Int  `yaml:"bytes"`
	Every yamlfile.Text `yaml:"every"`
}

func dripKind() faultKind {
	const schema = `{
          "type": "object", "additionalProperties": false, "required": ["bytes", "every"],
          "description": "So many bytes at a time.",
          "properties": {
            "bytes": {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 10485760}, {"$ref": "#/$defs/parameter"}]},
            "every": {"anyOf": [{"$ref": "#/$defs/duration"}, {"$ref": "#/$defs/parameter"}]}
          }
        }`
	return newKind("drip", Shapes, schema, func(r *reader, place string, written dripFile) Fault {
		every := r.duration(place+".every", "every", written.Every, MaxDelay)
		r.bytes(place+".bytes", "bytes", written.Bytes, 1)
		return dripFault{Bytes: int(written.Bytes), Every: every}
	})
}
