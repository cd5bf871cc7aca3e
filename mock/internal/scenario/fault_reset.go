package scenario

// tearFault ends the connection without an answer.
type tearFault Tear

// Apply sets how.
func (f tearFault) Apply(e *Effect, _ func() float64) { e.Tear = Tear(f) }

func resetKind() faultKind {
	return flagKind("reset", Tears, "The connection is torn.", tearFault(TearReset))
}
