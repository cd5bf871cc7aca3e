package innrapportering

import (
	"cmp"
	"fmt"
	"slices"

	"sandkasse/mock/internal/jsonptr"
)

// findings are the avvik of one leveranse, with what the feedback says of it.
type findings struct {
	Referanse         string // oppgavegiver's own
	AntallOppgaver    int
	Avvik             []avvik // sorted by place
	AvvisteOppgaver   int     // oppgaver with an avvik of gravity avvist
	OppgaverMedVarsel int     // the other oppgaver with an avvik
}

// status returns the leveransestatus: avvist if any avvik is avvist, else godkjent (K058).
func (f findings) status() string {
	if slices.ContainsFunc(f.Avvik, func(a avvik) bool { return a.Alvorlighetsgrad == avvist }) {
		return avvist
	}
	return godkjent
}

// statusOf returns the leveransestatus of a delivery: avvist if any of its leveranser is (K728).
func statusOf(all []findings) string {
	if slices.ContainsFunc(all, func(f findings) bool { return f.status() == avvist }) {
		return avvist
	}
	return godkjent
}

// checker collects the avvik of one leveranse.
type checker struct {
	control Control
	space   int // for avvik that are listed
	list    []avvik
	more    int    // avvik that are not listed
	gravest string // gravity of those

	oppgave            string // gravest avvik of the current oppgave; empty for none
	avviste, medVarsel int
}

// add adds an avvik with its code, its place, the value there and a sentence on it. tekst is called
// only if the avvik is listed.
func (k *checker) add(kode avvikskode, in element, member jsonptr.Pointer, value any, tekst func() string) {
	gravity := k.control.gravity(kode)
	k.oppgave = gravest(k.oppgave, gravity)
	if len(k.list) >= k.space {
		k.more++
		k.gravest = gravest(k.gravest, gravity)
		return
	}
	var buffer [200]byte
	b := in.append(buffer[:0])
	from := len(b)
	b = member.Append(b)
	to := len(b)
	beskrivelse := string(append(append(b, ": "...), quote(value)...))
	k.list = append(k.list, avvik{
		Avvikskode: kode, Avvikstekst: tekst(), Beskrivelse: beskrivelse, Alvorlighetsgrad: gravity,
		at: place{in, beskrivelse[from:to]},
	})
}

// beginOppgave starts the avvik of an oppgave; endOppgave counts the oppgave once, by its gravest
// avvik (K058).
func (k *checker) beginOppgave() { k.oppgave = "" }

func (k *checker) endOppgave() {
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

// result returns the avvik sorted by place, and last one that says how many are left out.
func (k *checker) result() findings {
	slices.SortStableFunc(k.list, func(a, b avvik) int { return a.at.compare(b.at) })
	f := findings{Avvik: k.list, AvvisteOppgaver: k.avviste, OppgaverMedVarsel: k.medVarsel}
	if k.more > 0 {
		f.Avvik = append(f.Avvik, avvik{
			Avvikskode: skFlere, Avvikstekst: fmt.Sprintf("Leveransen har %d avvik til, som ikke er listet", k.more),
			Alvorlighetsgrad: k.gravest,
		})
	}
	return f
}
