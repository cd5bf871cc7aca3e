package innrapportering

import (
	"cmp"
	"fmt"
	"slices"

	"sandkasse/mock/internal/catalog"
)

// funn is what was found in one delivery, as it is kept.
type funn struct {
	Avvik             []avvik `json:"avvik"`             // by place
	AvvisteOppgaver   int     `json:"avvisteOppgaver"`   // those with an avvik that is avvist
	OppgaverMedVarsel int     `json:"oppgaverMedVarsel"` // the others with an avvik
}

// status is the delivery's leveransestatus: one avvik that is avvist makes it so (K058).
func (f funn) status() string {
	if slices.ContainsFunc(f.Avvik, func(a avvik) bool { return a.Alvorlighetsgrad == avvist }) {
		return avvist
	}
	return godkjent
}

// kontroll is a delivery being looked at.
type kontroll struct {
	control Control
	list    []avvik
	more    int    // found and not listed
	gravest string // of those

	oppgave            string // the gravest avvik of the present oppgave; empty for none
	avviste, medVarsel int
}

// found notes an avvik: its code, where it is, what stands there and a sentence on it, which is made only when the avvik is listed.
func (k *kontroll) found(kode avvikskode, in element, member catalog.Pointer, value any, tekst func() string) {
	gravity := k.control.gravity(kode)
	k.oppgave = gravest(k.oppgave, gravity)
	if len(k.list) == maxAvvik {
		k.more++
		k.gravest = gravest(k.gravest, gravity)
		return
	}
	var room [200]byte
	b := in.append(room[:0])
	from := len(b)
	b = appendPointer(b, member)
	to := len(b)
	beskrivelse := string(append(append(b, ": "...), shown(value)...))
	k.list = append(k.list, avvik{
		Avvikskode: kode, Avvikstekst: tekst(), Beskrivelse: beskrivelse, Alvorlighetsgrad: gravity, at: place{in, beskrivelse[from:to]},
	})
}

// beginOppgave and endOppgave stand around the avvik of one oppgave, which is counted once, by the gravest of them (K058).
func (k *kontroll) beginOppgave() { k.oppgave = "" }

func (k *kontroll) endOppgave() {
	switch k.oppgave {
	case avvist:
		k.avviste++
	case advarsel:
		k.medVarsel++
	}
}

func gravest(a, b string) string {
	if a == avvist || b == avvist {
		return avvist
	}
	return cmp.Or(a, b)
}

// result is all that was found, by place, and at the end how much more there is than is listed.
func (k *kontroll) result() funn {
	slices.SortStableFunc(k.list, func(a, b avvik) int { return a.at.compare(b.at) })
	f := funn{Avvik: k.list, AvvisteOppgaver: k.avviste, OppgaverMedVarsel: k.medVarsel}
	if k.more > 0 {
		f.Avvik = append(f.Avvik, avvik{
			Avvikskode: skFlere, Avvikstekst: fmt.Sprintf("Leveransen har %d avvik til, som ikke er listet", k.more), Alvorlighetsgrad: k.gravest,
		})
	}
	return f
}
