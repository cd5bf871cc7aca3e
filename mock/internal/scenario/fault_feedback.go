package scenario

// feedbackFault decides what becomes of the feedback on a delivery.
type feedbackFault string

// Apply sets the fate.
func (f feedbackFault) Apply(e *Effect, _ func() float64) { e.Feedback = string(f) }

func feedbackKind() faultKind {
	fates := []string{"rejected", "never"}
	schema := `{"enum": ` + jsonText(fates) + `, "description": "What becomes of the feedback on the delivery."}`
	return newKind("feedback", Works, schema, func(r *reader, place, fate string) Fault {
		r.oneOf(place, "fate of a feedback", fate, fates)
		return feedbackFault(fate)
	})
}
