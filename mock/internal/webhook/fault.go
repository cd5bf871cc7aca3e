package webhook

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"sandkasse/mock/internal/store"
)

// Kind is something that can go wrong with a message on its way.
type Kind string

// What can go wrong.
const (
	Duplicate Kind = "duplicate" // sent a second time right after it was acknowledged
	Reorder   Kind = "reorder"   // the next event of its key is delivered before it; if there comes none within Fault.Delay, it goes alone
	Delay     Kind = "delay"     // sent Fault.Delay later, and those of its key after it
	Drop      Kind = "drop"      // never sent
	WrongKey  Kind = "wrong-key" // the first attempt carries a wrong API key
)

// Kinds are all of them.
func Kinds() []Kind { return []Kind{Duplicate, Reorder, Delay, Drop, WrongKey} }

// reorderDelay is how long an event is held for the next one of its key, where the fault does not say.
const reorderDelay = time.Minute

// faultLimit bounds the faults armed for one system, and the times of each.
const faultLimit = 1000

// Fault is what is to go wrong with the next events of a system that are enqueued or redelivered. Each event takes one fault.
type Fault struct {
	System string
	Kind   Kind
	Times  int           // how many events
	Delay  time.Duration // of Delay and Reorder, by the sandbox's clock; 0 elsewhere, and for a minute of Reorder
}

var faults = store.NewCollection[Fault]("webhook-fault") // by faultPrefix and number

func faultPrefix(system string) string { return url.PathEscape(system) + "/" }

// Check says what is wrong with a fault, or nil.
func (f Fault) Check() error {
	if err := checkName("system id", f.System); err != nil {
		return err
	}
	switch f.Kind {
	case Delay:
		if f.Delay <= 0 {
			return fmt.Errorf("the fault %s has a delay of %s; it must be longer than 0, such as 30s", f.Kind, f.Delay)
		}
	case Reorder:
		if f.Delay < 0 {
			return fmt.Errorf("the fault %s has a delay of %s; it must not be negative", f.Kind, f.Delay)
		}
	case Duplicate, Drop, WrongKey:
		if f.Delay != 0 {
			return fmt.Errorf("the fault %s has a delay of %s; only %s and %s have one", f.Kind, f.Delay, Delay, Reorder)
		}
	default:
		names := make([]string, len(Kinds()))
		for i, kind := range Kinds() {
			names[i] = string(kind)
		}
		return fmt.Errorf("there is no fault %q; there are %s", f.Kind, strings.Join(names, ", "))
	}
	if f.Times < 1 || f.Times > faultLimit {
		return fmt.Errorf("the fault is armed for %d events; it must be for 1 to %d", f.Times, faultLimit)
	}
	return nil
}

// Arm lets the next events of a system go wrong, those enqueued or redelivered from now on, after the faults that are armed already. The
// error of a fault that is wrong is that of Check.
func Arm(tx *store.Tx, f Fault) error {
	if err := f.Check(); err != nil {
		return err
	}
	number, err := next(tx)
	if err != nil {
		return err
	}
	return faults.Put(tx, faultPrefix(f.System)+ascending(number), f)
}

// Faults are those that are armed and not used up, for one system or, with an empty ID, for all. Those of a system are in the order in which
// they are used.
func Faults(tx *store.Tx, system string) ([]Fault, error) {
	list := []Fault{}
	for e, err := range faults.All(tx, scope(system)) {
		if err != nil {
			return nil, err
		}
		list = append(list, e.Value)
	}
	return list, nil
}

// Disarm takes away the faults that are armed for a system or, with an empty ID, for all.
func Disarm(tx *store.Tx, system string) error {
	for e, err := range faults.All(tx, scope(system)) {
		if err != nil {
			return err
		}
		if err := faults.Delete(tx, e.Key); err != nil {
			return err
		}
	}
	return nil
}

func scope(system string) string {
	if system == "" {
		return ""
	}
	return faultPrefix(system)
}

// take is the oldest fault that is armed for a system, used once; without any it is the zero Fault.
func take(tx *store.Tx, system string) (Fault, error) {
	for e, err := range faults.All(tx, faultPrefix(system)) {
		if err != nil {
			return Fault{}, err
		}
		f := e.Value
		f.Times--
		if f.Times == 0 {
			return f, faults.Delete(tx, e.Key)
		}
		return f, faults.Put(tx, e.Key, f)
	}
	return Fault{}, nil
}
