package webhook

import "time"

// Fault is something that goes wrong on purpose with a message on its way. A scenario asks for it
// by this name.
type Fault string

// The faults. The empty Fault is none.
const (
	Duplicate Fault = "duplicate" // sent a second time right after it was acknowledged
	// the next event of its key is delivered first; if none comes within FaultDelay, it is sent
	// alone
	Reorder  Fault = "reorder"
	Delay    Fault = "delay"     // sent FaultDelay later, and the events of its key after it
	Drop     Fault = "drop"      // never sent
	WrongKey Fault = "wrong-key" // the first attempt carries a wrong API key
)

// Faults returns all faults.
func Faults() []Fault { return []Fault{Duplicate, Reorder, Delay, Drop, WrongKey} }

// FaultDelay is the time by the session's clock for which Delay and Reorder hold a message (K285,
// K353).
const FaultDelay = time.Minute
