package scenario

// offenceFault answers with an offence, in the API's own words.
type offenceFault string

// Apply sets the offence.
func (f offenceFault) Apply(e *Effect, _ func() float64) { e.Offence = string(f) }

func offenceKind() faultKind {
	const schema = `{"$ref": "#/$defs/name", "description": "What is wrong with the call, in the API's own words."}`
	return newKind("offence", Answers, schema, func(r *reader, place, offence string) Fault {
		r.oneOf(place, "offence", offence, r.known.Offences)
		return offenceFault(offence)
	})
}
