package kobo

import (
	"fmt"
	"time"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// Act is something that is done to a home.
type Act string

// The acts, as the table of transitions has them.
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

// Handling is one act on one home, with what was sent.
type Handling struct {
	Act           Act
	KoboID        string // of the home; empty for Opprett
	Saksreferanse string // of the case; empty for none

	Bolig      *BoligInn   // for Opprett and Endre
	Kontrakt   *Kontrakt   // for LeiUt, LeiUtNySak and EndreLeieforhold
	Husstand   *Husstand   // for LeiUtNySak
	Oppsigelse *Oppsigelse // for SiOpp and EndreOppsigelse
	Avslutning *Avslutning // for Avslutt
	// LeverandorBoligID is what a Slett says that the home is called; empty where it says nothing.
	LeverandorBoligID string
}

// BoligInn is a home as it is sent: nothing that Kobo owns is among it (K239).
type BoligInn struct {
	Faste        Faste
	Foranderlige Foranderlige
}

// Aktor is who acts: a system of a municipality, or Kobo's own case worker.
type Aktor struct {
	Kommune, System string
	Saksbehandler   bool // sees every home
}

// Utfall is what came of an act.
type Utfall struct {
	Bolig  Bolig
	Ny     bool // something was created: a home, a reservation, an assignment, a tenancy, a notice
	Endret bool // something was done at all

	Merknader []string // sentences on what was done, for the journal and the log (K293)
}

// Moment is when an act is done, and where its identifiers come from.
type Moment struct {
	Now time.Time
	IDs *wire.IDs
	// Webhook is what a scenario wants to go wrong with the message, a webhook.Kind; empty for nothing.
	Webhook string
}

// tilstand is the state of a home, as far as it decides what may be done.
type tilstand int

const (
	absent  tilstand = iota // unknown, or another's
	deleted                 // softly
	free                    // no case is linked to it
	linked                  // reserved or assigned
	letOut                  // a tenancy runs
	noticed                 // and notice has been given
)

func (b *Bolig) tilstand() tilstand {
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

// overgang is a row of the table: what an act needs, and what becomes of it in each state.
type overgang struct {
	t        string // its number in reference kobo 3.2
	act      Act
	named    needs // what the act names must be there; looked at first, once the home is there
	in       cells // by state
	needs    needs // what must hold where the state allows the act
	hendelse Hendelse
}

// cells are what becomes of an act in each state, in the order of the states.
type cells [noticed + 1]cell

// cell is an effect, or an offence.
type cell struct {
	effect  effect
	offence feil.Offence
	melding string // of the offence
}

// effect does the work of an act; it tells whether it changed anything, and whether it created something.
type effect func(*scene) (changed, created bool, err error)

// needs are conditions, in the order in which they are looked at.
type needs []func(*scene) error

func may(do effect) cell { return cell{effect: do} }

func refuse(offence feil.Offence, melding string) cell {
	return cell{offence: offence, melding: melding}
}

// scene is everything about one act.
type scene struct {
	tx *store.Tx
	Moment
	Handling
	aktor Aktor
	bolig *Bolig // nil for none
	sak   *Sak   // nil for none

	merknader []string // see Utfall
}

// today is the day of the act, in UTC (K227).
func (s *scene) today() string { return dato(s.Now) }

func dato(at time.Time) string { return at.UTC().Format(time.DateOnly) }

// refused is an offence against the rules, in Norwegian for the caller and in English for the journal.
func (s *scene) refused(offence feil.Offence, melding string) error {
	return feil.New(offence, fmt.Sprintf("%q is not possible: the home is %s; %s", s.Act, s.bolig.tilstand(), right(offence)), feil.Detalj{Melding: melding})
}

// right says what would be right instead of an offence.
func right(offence feil.Offence) string {
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

func (t tilstand) String() string {
	return [...]string{"not there, or another system's", "deleted", "linked to no case", "reserved or assigned", "let", "let and under notice"}[t]
}

// Utfor does an act. What is wrong with it is a *feil.Feil, and then nothing was done. Calls on one home never meet: the transactions of
// the store run one after the other, and the last one to write wins (K226).
func (r Register) Utfor(tx *store.Tx, m Moment, aktor Aktor, h Handling) (Utfall, error) {
	s := &scene{tx: tx, Moment: m, Handling: h, aktor: aktor}
	if err := s.find(); err != nil {
		return Utfall{}, err
	}
	row := overgangFor(h.Act)
	state := s.bolig.tilstand()
	if state > deleted {
		if err := row.named.hold(s); err != nil {
			return Utfall{}, err
		}
	}
	at := row.in[state]
	if at.effect == nil {
		return Utfall{}, s.refused(at.offence, at.melding)
	}
	if err := row.needs.hold(s); err != nil {
		return Utfall{}, err
	}
	changed, created, err := at.effect(s)
	if err != nil || !changed {
		return Utfall{Bolig: *s.bolig, Merknader: s.merknader}, err
	}
	s.bolig.Endret = s.Now
	if err := boliger.Put(tx, s.bolig.KoboID, *s.bolig); err != nil {
		return Utfall{}, err
	}
	if err := s.seen(); err != nil {
		return Utfall{}, err
	}
	if aktor.Saksbehandler || r.Echo {
		if err := s.send(row.hendelseOf(created)); err != nil {
			return Utfall{}, err
		}
	}
	return Utfall{Bolig: *s.bolig, Ny: created, Endret: true, Merknader: s.merknader}, nil
}

// hendelseOf is what a message hints at: a home sent once more is one that was changed.
func (o overgang) hendelseOf(created bool) Hendelse {
	if o.act == Opprett && !created {
		return BoligEndret
	}
	return o.hendelse
}

func (n needs) hold(s *scene) error {
	for _, condition := range n {
		if err := condition(s); err != nil {
			return err
		}
	}
	return nil
}

func overgangFor(act Act) overgang {
	for _, row := range overganger() {
		if row.act == act {
			return row
		}
	}
	panic("kobo: no such act: " + string(act)) // an error of the program
}
