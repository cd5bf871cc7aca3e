package scenario

// webhookFault decides what becomes of the event messages that a call sends.
type webhookFault string

// Apply sets the fate.
func (f webhookFault) Apply(e *Effect, _ func() float64) { e.Webhook = string(f) }

func webhookKind() faultKind {
	fates := []string{"drop", "duplicate", "reorder", "delay", "wrong-key"}
	schema := `{"enum": ` + jsonText(fates) + `, "description": "What becomes of the call's event messages."}`
	return newKind("webhook", Messages, schema, func(r *reader, place, fate string) Fault {
		r.oneOf(place, "fate of a message", fate, fates)
		return webhookFault(fate)
	})
}
