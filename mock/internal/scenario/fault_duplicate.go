package scenario

// duplicateFault carries the call out twice.
type duplicateFault struct{}

// Apply asks for the second time.
func (duplicateFault) Apply(e *Effect, _ func() float64) { e.Duplicate = true }

func duplicateKind() faultKind {
	return flagKind("duplicate", Works, "The call is carried out twice.", duplicateFault{})
}
