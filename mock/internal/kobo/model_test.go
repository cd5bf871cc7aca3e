package kobo

import (
	"slices"

	"sandkasse/mock/internal/feil"
)

// sted is the address of a home, as far as the drawn acts have one: two homes may be at one, and
// enhet may be empty.
type sted struct{ gate, enhet string }

func place(f Faste) sted {
	s := sted{gate: f.Adresse.Gatenavn}
	if f.Bruksenhetsnummer != nil {
		s.enhet = *f.Bruksenhetsnummer
	}
	return s
}

// other reports whether two places cannot be one.
func (s sted) other(t sted) bool {
	return s.gate != t.gate || s.enhet != "" && t.enhet != "" && s.enhet != t.enhet
}

// modell is Kobo as a few maps: what is right, without the store, the table and the indexes.
type modell struct {
	hjem  map[string]*hjem // by koboId
	saker map[string]bool
}

type hjem struct {
	eier      Actor
	vendorID  string
	sted      sted
	slettet   bool
	reservert []string
	tildelt   string
	leietSak  string // empty without a tenancy
	sagtOpp   bool
	tidligere []string // the cases of former tenancies
	status    string
}

func nyModell() *modell { return &modell{hjem: map[string]*hjem{}, saker: map[string]bool{}} }

func (m *modell) sees(a Actor, h *hjem) bool {
	return h != nil && (a.CaseWorker || a.Kommune == h.eier.Kommune && a.System == h.eier.System)
}

// known returns the home that an actor has sent before under that vendor's id, at whichever
// address.
func (m *modell) known(a Actor, vendorID string) string {
	for id, h := range m.hjem {
		if !h.slettet && h.eier == a && h.vendorID == vendorID {
			return id
		}
	}
	return ""
}

func (m *modell) assignedTo(sak string) string {
	for id, h := range m.hjem {
		if h.tildelt == sak {
			return id
		}
	}
	return ""
}

func (m *modell) reservesElsewhere(sak, id string) bool {
	for other, h := range m.hjem {
		if other != id && slices.Contains(h.reservert, sak) {
			return true
		}
	}
	return false
}

// wrong returns the offence that an act must be refused with, or empty.
func (m *modell) wrong(a Actor, act Command) feil.Offence {
	if act.Act == Opprett {
		if id := m.known(a, act.Bolig.Faste.LeverandorBoligID); id != "" {
			if m.hjem[id].sted.other(place(act.Bolig.Faste)) {
				return feil.OtherAddress
			}
		}
		return ""
	}
	h := m.hjem[act.KoboID]
	if !m.sees(a, h) || h.slettet && act.Act != Slett {
		return feil.UnknownHome
	}
	sak := act.Saksreferanse
	switch act.Act {
	case Endre:
		if !a.CaseWorker && act.Bolig.Faste.LeverandorBoligID != h.vendorID {
			return feil.UnknownHome
		}
	case Reserver, FjernReservasjon, Tildel, LeiUt:
		if !m.saker[sak] {
			return feil.UnknownCase
		}
	case FjernTildeling:
		if h.tildelt != sak {
			return feil.NoAssignment
		}
	case LeiUtNySak:
		switch {
		case h.leietSak != "" || h.tildelt != "" || len(h.reservert) > 0:
			return feil.HomeLinked
		case a.CaseWorker:
			return feil.NoAssignment
		}
	case EndreLeieforhold, SiOpp, EndreOppsigelse, OpphevOppsigelse, Avslutt:
		switch {
		case h.leietSak == "":
			return feil.NoTenancy
		case act.Act == SiOpp && h.sagtOpp:
			return feil.NoticeExists
		case (act.Act == EndreOppsigelse || act.Act == OpphevOppsigelse) && !h.sagtOpp:
			return feil.NoNotice
		}
	}
	elsewhere := m.assignedTo(sak)
	assignedOtherwise := h.tildelt != "" && h.tildelt != sak || elsewhere != "" && elsewhere != act.KoboID
	switch act.Act {
	case FjernReservasjon:
		if !slices.Contains(h.reservert, sak) {
			return feil.NoReservation
		}
	case Tildel:
		if assignedOtherwise {
			return feil.AssignedOtherwise
		}
	case LeiUt:
		switch {
		case h.leietSak != "":
			return feil.TenancyExists
		case a.CaseWorker && h.tildelt != sak:
			return feil.NoAssignment
		case assignedOtherwise:
			return feil.AssignedOtherwise
		case m.reservesElsewhere(sak, act.KoboID):
			return feil.CaseReservesOthers
		}
	}
	return ""
}

// do applies an act that is not wrong to the model, with the home as the act left it. changed
// reports whether it did anything.
func (m *modell) do(a Actor, act Command, after Bolig) (changed bool) {
	id := after.KoboID
	h := m.hjem[id]
	if act.Act == Opprett {
		if known := m.known(a, act.Bolig.Faste.LeverandorBoligID); known == "" {
			m.hjem[id] = &hjem{
				eier: a, vendorID: act.Bolig.Faste.LeverandorBoligID, sted: place(act.Bolig.Faste),
				status: act.Bolig.Foranderlige.Status,
			}
			return true
		}
		h.status = act.Bolig.Foranderlige.Status
		return true
	}
	sak := act.Saksreferanse
	switch act.Act {
	case Endre:
		h.status = act.Bolig.Foranderlige.Status
	case Reserver:
		if slices.Contains(h.reservert, sak) {
			return false
		}
		h.reservert = append(h.reservert, sak)
	case FjernReservasjon:
		h.reservert = slices.DeleteFunc(h.reservert, func(r string) bool { return r == sak })
	case Tildel:
		if h.tildelt == sak {
			return false
		}
		h.tildelt = sak
	case FjernTildeling:
		h.tildelt = ""
	case LeiUt, LeiUtNySak:
		if act.Act == LeiUtNySak {
			sak = after.Leieforhold.KoboSaksreferanse
			m.saker[sak] = true
		}
		h.leietSak, h.tildelt, h.reservert, h.status = sak, "", nil, "UTLEID"
	case SiOpp:
		h.sagtOpp = true
	case OpphevOppsigelse:
		h.sagtOpp = false
	case Avslutt:
		h.tidligere = append(h.tidligere, h.leietSak)
		h.leietSak, h.sagtOpp, h.status = "", false, act.Avslutning.Boligstatus
	case Slett:
		if h.slettet || h.leietSak != "" || h.tildelt != "" || len(h.reservert) > 0 {
			return false
		}
		h.slettet = true
	}
	return true
}
