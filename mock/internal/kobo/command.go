package kobo

import (
	"fmt"
	"time"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// Act names a change of a home.
type Act string

// The acts in the table of transitions.
const (
	Opprett          Act = "opprett"
	Endre            Act = "endre"
	Reserver         Act = "reserver"
	FjernReservasjon Act = "fjern reservasjon"
	Tildel           Act = "tildel"
	FjernTildeling   Act = "fjern tildeling"
	LeiUt            Act = "lei ut"
	LeiUtNySak       Act = "lei ut med ny sak"
	EndreLeieforhold Act = "endre leieforhold"
	SiOpp            Act = "si opp"
	EndreOppsigelse  Act = "endre oppsigelse"
	OpphevOppsigelse Act = "opphev oppsigelse"
	Avslutt          Act = "avslutt"
	Slett            Act = "slett"
)

// Command is an act on a home, with the decoded body of the call.
type Command struct {
	Act           Act
	KoboID        string // of the home; empty for Opprett
	Saksreferanse string // of the case; empty for none

	Bolig      *BoligInput // for Opprett and Endre
	Kontrakt   *Kontrakt   // for LeiUt, LeiUtNySak and EndreLeieforhold
	Husstand   *Husstand   // for LeiUtNySak
	Oppsigelse *Oppsigelse // for SiOpp and EndreOppsigelse
	Avslutning *Avslutning // for Avslutt
	// LeverandorBoligID is the vendor's id of the home in a Slett; empty if the call has none.
	LeverandorBoligID string
}

// BoligInput is a home as a system sends it, without the members that Kobo owns (K239).
type BoligInput struct {
	Faste        Faste
	Foranderlige Foranderlige
}

// Actor is a system of a municipality, or Kobo's own case worker.
type Actor struct {
	Kommune, System string
	CaseWorker      bool // has access to every home
}

// Result is the outcome of a command.
type Result struct {
	Bolig   Bolig
	Created bool // a home, reservation, assignment, tenancy or notice was created
	Changed bool // anything was changed
	// Before counts the changes of the home before the command, also where that is refused.
	Before  int64
	Emptied []string // JSON pointers of what had a value and has none now

	Remarks []string // effects that the answer does not show, for the journal and the log (K293)
}

// Env holds the time of a command and the source of its identifiers.
type Env struct {
	Now time.Time
	IDs *wire.IDs
	// Webhook is the webhook.Fault that a scenario wants for the message; empty for none.
	Webhook string
}

// state is the state of a home, which decides which acts are allowed.
type state int

const (
	absent  state = iota // does not exist, or belongs to another owner
	deleted              // soft delete
	free                 // not linked to a case
	linked               // reserved or assigned
	letOut               // has a tenancy
	noticed              // has a tenancy with notice given
)

func (b *Bolig) state() state {
	switch {
	case b == nil:
		return absent
	case b.Slettet:
		return deleted
	case b.Leieforhold != nil && b.Leieforhold.Oppsigelse != nil:
		return noticed
	case b.Leieforhold != nil:
		return letOut
	case b.Tildeling != nil || len(b.Reservasjoner) > 0:
		return linked
	}
	return free
}

// transition is a row of the table: the conditions of an act, and its effect or refusal in each
// state.
type transition struct {
	t     string // number in docs/sources/kobo.md, Transitions
	act   Act
	named needs // conditions on what the act names; checked first, if the home exists
	in    cells // by state
	needs needs // conditions that are checked if the state allows the act
	event Event
}

// cells holds the effect or refusal of an act in each state, in the order of the states.
type cells [noticed + 1]cell

// cell is an effect, or the offence that refuses the act.
type cell struct {
	effect  effect
	idle    bool // the effect changes nothing
	offence feil.Offence
	melding string // of the offence
}

// effect performs an act. It returns whether it changed anything, and whether it created something.
type effect func(*operation) (changed, created bool, err error)

// needs lists conditions in the order in which they are checked.
type needs []condition

// condition is a condition for an act, and the offence that a system gets where it does not hold;
// empty where that cannot be.
type condition struct {
	holds   func(*operation) error
	offence feil.Offence
}

func may(do effect) cell { return cell{effect: do} }

func refuse(offence feil.Offence, melding string) cell {
	return cell{offence: offence, melding: melding}
}

// operation is the state of one command while it is executed.
type operation struct {
	tx *store.Tx
	Env
	Command
	actor Actor
	bolig *Bolig // nil for none
	sak   *Sak   // nil for none

	remarks []string // see Result, as is:
	emptied []string
}

// today returns the date of the command, in UTC (K227).
func (op *operation) today() string { return dato(op.Now) }

func dato(at time.Time) string { return at.UTC().Format(time.DateOnly) }

// refused returns an offence, with a Norwegian message for the caller and an English one for the
// journal.
func (op *operation) refused(offence feil.Offence, melding string) error {
	return feil.New(offence, fmt.Sprintf("%q is not possible: the home is %s; %s", op.Act, op.bolig.state(),
		advice(offence)), feil.Detalj{Melding: melding})
}

// advice returns what would be right, for the journal.
func advice(offence feil.Offence) string {
	switch offence {
	case feil.UnknownHome:
		return "use the koboId that Kobo answered with when the same municipality and x-kobo-systemid created it"
	case feil.NoReservation, feil.NoAssignment:
		return "name the case that it is for, as GET shows it"
	case feil.NoTenancy:
		return "create a tenancy first"
	case feil.NoNotice:
		return "register a notice first, with POST"
	case feil.TenancyExists:
		return "end the tenancy first"
	case feil.NoticeExists:
		return "change the notice with PUT, or lift it with DELETE"
	case feil.HomeLinked:
		return "name the case that it is linked to, or remove the reservations and the assignment"
	case feil.AssignedOtherwise:
		return "a case has one home and a home one case: remove the other assignment"
	case feil.CaseReservesOthers:
		return "remove the case's reservations of other homes, or let to a new case"
	case feil.OtherAddress:
		return "each home has a leverandorBoligId of its own: send one that is not in use, " +
			"or the adresse, bruksenhetsnummer and ekstraReferanse that the home has"
	}
	return "GET the home to see where it stands"
}

func (t state) String() string {
	return [...]string{
		"not there, or another system's", "deleted", "linked to no case", "reserved or assigned", "let",
		"let and under notice",
	}[t]
}

// Execute performs a command. If the command is refused, the error is a *feil.Feil and nothing is
// changed; the Result then has the home as it is, the zero Bolig where there is none. Commands on one
// home never run at the same time: the store runs transactions one after the other, and the last write
// wins (K226).
func (r Register) Execute(tx *store.Tx, m Env, actor Actor, h Command) (Result, error) {
	s := &operation{tx: tx, Env: m, Command: h, actor: actor}
	if err := s.find(); err != nil {
		return Result{}, err
	}
	row := transitionFor(h.Act)
	state := s.bolig.state()
	result := Result{}
	if s.bolig != nil {
		result.Bolig, result.Before = *s.bolig, s.bolig.Endringer
	}
	if state > deleted {
		if err := row.named.hold(s); err != nil {
			return result, err
		}
	}
	at := row.in[state]
	if at.effect == nil {
		return result, s.refused(at.offence, at.melding)
	}
	if err := row.needs.hold(s); err != nil {
		return result, err
	}
	changed, created, err := at.effect(s)
	if err != nil {
		return result, err
	}
	result.Bolig, result.Remarks, result.Emptied = *s.bolig, s.remarks, s.emptied
	if !changed {
		return result, nil
	}
	s.bolig.Endret = s.Now
	s.bolig.Endringer++
	if err := boliger.Put(tx, s.bolig.KoboID, *s.bolig); err != nil {
		return Result{}, err
	}
	if err := s.ensureSystem(); err != nil {
		return Result{}, err
	}
	if actor.CaseWorker || r.Echo {
		if err := s.send(row.eventOf(created)); err != nil {
			return Result{}, err
		}
	}
	result.Bolig, result.Created, result.Changed = *s.bolig, created, true
	return result, nil
}

// eventOf returns the event of the message; creating a home that exists is a change.
func (o transition) eventOf(created bool) Event {
	if o.act == Opprett && !created {
		return BoligEndret
	}
	return o.event
}

func (n needs) hold(s *operation) error {
	for _, condition := range n {
		if err := condition.holds(s); err != nil {
			return err
		}
	}
	return nil
}

func transitionFor(act Act) transition {
	for _, row := range transitions() {
		if row.act == act {
			return row
		}
	}
	panic("kobo: no such act: " + string(act)) // a bug
}
