package kobo

import (
	"errors"
	"slices"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/store"
)

// Possibility is an act that the table of transitions allows a case worker on a home now.
type Possibility struct {
	Act       Act
	Behaviour string // of the operation that performs it
	AnyCase   bool   // it is for a case that the home is not linked to yet
	// Cases lists those of the home that it is possible for; nil for an act that names no case, and
	// with AnyCase.
	Cases []string
}

// Possible returns the acts that a case worker can perform on a home now, in the order of the table
// of transitions, without those that would change nothing.
func Possible(tx *store.Tx, b Bolig) ([]Possibility, error) {
	var list []Possibility
	for _, row := range transitions() {
		behaviour := behaviourOf(row.act)
		if row.in[b.state()].effect == nil || row.in[b.state()].idle || !ByCaseWorker(behaviour) {
			continue
		}
		one := Possibility{Act: row.act, Behaviour: behaviour}
		var cases []string
		switch row.act {
		case Reserver, Tildel:
			one.AnyCase, cases = true, []string{unlinkedCase}
		case FjernReservasjon, FjernTildeling, LeiUt:
			cases = b.linkedCases()
		default:
			cases = []string{""}
		}
		possible := false
		for _, saksreferanse := range cases {
			op := operation{
				tx: tx, Command: Command{Act: row.act, KoboID: b.KoboID, Saksreferanse: saksreferanse},
				actor: Actor{CaseWorker: true}, bolig: &b, sak: &Sak{Saksreferanse: saksreferanse},
			}
			refused, err := op.isRefused(row)
			if err != nil {
				return nil, err
			}
			possible = possible || !refused
			if !refused && !one.AnyCase && saksreferanse != "" {
				one.Cases = append(one.Cases, saksreferanse)
			}
		}
		if possible {
			list = append(list, one)
		}
	}
	return list, nil
}

// unlinkedCase stands for a case that no home is linked to. No case has this reference.
const unlinkedCase = "\x00"

// isRefused reports whether a condition of the row does not hold. The error is one of the store.
func (op *operation) isRefused(row transition) (bool, error) {
	for _, conditions := range []needs{row.named, row.needs} {
		if err := conditions.hold(op); err != nil {
			if _, refused := errors.AsType[*feil.Feil](err); refused {
				return true, nil
			}
			return false, err
		}
	}
	return false, nil
}

// linkedCases returns the cases that the home is reserved for or assigned to.
func (b *Bolig) linkedCases() []string {
	list := b.reservedCases()
	if b.Tildeling != nil && !b.reservedFor(b.Tildeling.KoboSaksreferanse) {
		list = append(list, b.Tildeling.KoboSaksreferanse)
	}
	return list
}

// behaviourOf returns the operation that performs an act.
func behaviourOf(act Act) string {
	for name, d := range decoders() {
		if slices.Contains(d.acts, act) {
			return name
		}
	}
	return ""
}

// Stand says in a word where a home stands: free, reserved, assigned, let or noticed.
func (b Bolig) Stand() string {
	switch b.state() {
	case noticed:
		return "noticed"
	case letOut:
		return "let"
	case linked:
		if b.Tildeling != nil {
			return "assigned"
		}
		return "reserved"
	}
	return "free"
}

// Stands returns the words of Stand.
func Stands() []string { return []string{"free", "reserved", "assigned", "let", "noticed"} }
