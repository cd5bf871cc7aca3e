package kobo

import (
	"cmp"
	"strings"

	"sandkasse/mock/internal/feil"
)

// The conditions in the table of transitions. Each returns nil if it holds, else a *feil.Feil.

// find looks up the home and the case of the command. A home of another municipality or system does
// not exist for the caller (K250).
func (op *operation) find() error {
	id := op.KoboID
	if op.Act == Opprett {
		var err error
		if id, err = findExisting(op.tx, op.actor, op.Bolig.Faste); err != nil {
			return err
		}
	}
	if id == "" {
		return nil
	}
	b, found, err := boliger.Get(op.tx, id)
	if err != nil {
		return err
	}
	if found && (op.actor.CaseWorker || b.Kommune == op.actor.Kommune && b.System == op.actor.System) {
		op.bolig = &b
	}
	if op.Saksreferanse == "" {
		return nil
	}
	sak, found, err := FindSak(op.tx, op.Saksreferanse)
	if found {
		op.sak = &sak
	}
	return err
}

// caseExists: "Hvis man oppgir en saksreferanse må denne saken finnes i Kobo" (Kobo page, Med
// saksreferanse; K252).
func caseExists(s *operation) error {
	if s.sak != nil {
		return nil
	}
	return feil.New(feil.UnknownCase, "Kobo has no such case; POST /_sandkasse/kobo/saker makes one",
		feil.Detalj{Melding: "Saken finnes ikke i Kobo."})
}

// caseReserves: only an existing reservation can be removed (K261).
func caseReserves(s *operation) error {
	if s.bolig.reservedFor(s.Saksreferanse) {
		return nil
	}
	return s.refused(feil.NoReservation, "Boligen er ikke reservert til denne saken.")
}

// assignedToCase: an assignment is removed by naming its case (K243, K262).
func assignedToCase(s *operation) error {
	if s.bolig.Tildeling != nil && s.bolig.Tildeling.KoboSaksreferanse == s.Saksreferanse {
		return nil
	}
	return s.refused(feil.NoAssignment, "Boligen er ikke tildelt denne saken.")
}

// notAssignedOtherwise: "Dette betyr at det er et én-til-én-forhold mellom saken og boligen" (Kobo
// page, Behandle tildeling; K255).
func notAssignedOtherwise(s *operation) error {
	if t := s.bolig.Tildeling; t != nil && t.KoboSaksreferanse != s.Saksreferanse {
		return s.refused(feil.AssignedOtherwise, "Boligen er tildelt en annen sak.")
	}
	elsewhere, found, err := tildelte.Get(s.tx, s.Saksreferanse)
	if err != nil {
		return err
	}
	if found && elsewhere != s.bolig.KoboID {
		return s.refused(feil.AssignedOtherwise, "Saken er tildelt en annen bolig.")
	}
	return nil
}

// reservesNoOthers: "Hvis saken som skal knyttes til leieforholdet allerede har reserverte boliger,
// må disse reservasjonene fjernes før leieforholdet kan opprettes på saken" (Kobo page, Opprette
// leieforhold). Read as: reservations of other homes (docs/sources/kobo.md, Transitions; K254).
func reservesNoOthers(s *operation) error {
	for entry, err := range reserverte.All(s.tx, s.Saksreferanse+"/") {
		if err != nil {
			return err
		}
		if strings.TrimPrefix(entry.Key, s.Saksreferanse+"/") != s.bolig.KoboID {
			return s.refused(feil.CaseReservesOthers,
				"Saken har reservert andre boliger; fjern de reservasjonene først.")
		}
	}
	return nil
}

// assignedInside: "I Kobo er dette et obligatorisk steg før du kan opprette et leieforhold. For
// BoligAPI er det derimot ikke et krav" (Kobo page, Behandle tildeling).
func assignedInside(s *operation) error {
	if !s.actor.CaseWorker {
		return nil
	}
	return assignedToCase(s)
}

// sameVendorID: leverandorBoligId is required in a change and cannot change, so another one is
// another home (K238).
func sameVendorID(s *operation) error {
	if s.actor.CaseWorker || s.Bolig.Faste.LeverandorBoligID == s.bolig.Faste.LeverandorBoligID {
		return nil
	}
	return otherVendorID()
}

// vendorIDIfGiven: the page requires leverandorBoligId in a deletion but shows no body, so it is
// checked only if it is sent (K238).
func vendorIDIfGiven(s *operation) error {
	if cmp.Or(s.LeverandorBoligID, s.bolig.Faste.LeverandorBoligID) == s.bolig.Faste.LeverandorBoligID {
		return nil
	}
	return otherVendorID()
}

func otherVendorID() error {
	return feil.New(feil.UnknownHome,
		"leverandorBoligId is not the one that the home was created with; it cannot change",
		feil.Detalj{Sti: "/leverandorBoligId", Melding: "leverandorBoligId er ikke den som boligen ble opprettet med"})
}

// sameAddress: a leverandorBoligId identifies one home, so it cannot be used for another: the
// second would overwrite the first (K204).
func sameAddress(s *operation) error {
	if s.bolig == nil || samePlace(s.bolig.Faste, s.Bolig.Faste) {
		return nil
	}
	return s.refused(feil.OtherAddress, "leverandorBoligId er i bruk på en bolig med en annen adresse.")
}
