package kobo

import (
	"cmp"
	"strings"

	"sandkasse/mock/internal/feil"
)

// The conditions that the table of transitions names. Each is nil where it holds.

// find looks up the home and the case that the act is about. A home of another municipality or system is not there (K250).
func (s *scene) find() error {
	id := s.KoboID
	if s.Act == Opprett {
		var err error
		if id, err = known(s.tx, s.aktor, s.Bolig.Faste); err != nil {
			return err
		}
	}
	if id == "" {
		return nil
	}
	b, found, err := boliger.Get(s.tx, id)
	if err != nil {
		return err
	}
	if found && (s.aktor.Saksbehandler || b.Kommune == s.aktor.Kommune && b.System == s.aktor.System) {
		s.bolig = &b
	}
	if s.Saksreferanse == "" {
		return nil
	}
	sak, found, err := FinnSak(s.tx, s.Saksreferanse)
	if found {
		s.sak = &sak
	}
	return err
}

// caseExists: "Hvis man oppgir en saksreferanse må denne saken finnes i Kobo" (kobo seed, Med saksreferanse; K252).
func caseExists(s *scene) error {
	if s.sak != nil {
		return nil
	}
	return feil.New(feil.UnknownCase, "Kobo has no such case; POST /_sandkasse/kobo/saker makes one",
		feil.Detalj{Melding: "Saken finnes ikke i Kobo."})
}

// caseReserves: only what is reserved can be let go (K261).
func caseReserves(s *scene) error {
	if s.bolig.reservedFor(s.Saksreferanse) {
		return nil
	}
	return s.refused(feil.NoReservation, "Boligen er ikke reservert til denne saken.")
}

// assignedToCase: an assignment is removed by naming its case (K243, K262).
func assignedToCase(s *scene) error {
	if s.bolig.Tildeling != nil && s.bolig.Tildeling.KoboSaksreferanse == s.Saksreferanse {
		return nil
	}
	return s.refused(feil.NoAssignment, "Boligen er ikke tildelt denne saken.")
}

// notAssignedOtherwise: "Dette betyr at det er et én-til-én-forhold mellom saken og boligen" (kobo seed, Behandle tildeling; K255).
func notAssignedOtherwise(s *scene) error {
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

// reservesNoOthers: "Hvis saken som skal knyttes til leieforholdet allerede har reserverte boliger, må disse reservasjonene fjernes før
// leieforholdet kan opprettes på saken" (kobo seed, Opprette leieforhold). Read as: reservations of other homes (reference kobo 3.3; K254).
func reservesNoOthers(s *scene) error {
	for entry, err := range reserverte.All(s.tx, s.Saksreferanse+"/") {
		if err != nil {
			return err
		}
		if strings.TrimPrefix(entry.Key, s.Saksreferanse+"/") != s.bolig.KoboID {
			return s.refused(feil.CaseReservesOthers, "Saken har reservert andre boliger; fjern de reservasjonene først.")
		}
	}
	return nil
}

// assignedInside: "I Kobo er dette et obligatorisk steg før du kan opprette et leieforhold. For BoligAPI er det derimot ikke et krav"
// (kobo seed, Behandle tildeling).
func assignedInside(s *scene) error {
	if !s.aktor.Saksbehandler {
		return nil
	}
	return assignedToCase(s)
}

// sameVendorID: leverandorBoligId is required in a change and cannot change, so another one is another home (K238).
func sameVendorID(s *scene) error {
	if s.aktor.Saksbehandler || s.Bolig.Faste.LeverandorBoligID == s.bolig.Faste.LeverandorBoligID {
		return nil
	}
	return otherVendorID()
}

// vendorIDIfGiven: the page has leverandorBoligId required in a deletion and shows no body, so it is looked at where it is sent (K238).
func vendorIDIfGiven(s *scene) error {
	if cmp.Or(s.LeverandorBoligID, s.bolig.Faste.LeverandorBoligID) == s.bolig.Faste.LeverandorBoligID {
		return nil
	}
	return otherVendorID()
}

func otherVendorID() error {
	return feil.New(feil.UnknownHome, "leverandorBoligId is not the one that the home was created with; it cannot change",
		feil.Detalj{Sti: "/leverandorBoligId", Melding: "leverandorBoligId er ikke den som boligen ble opprettet med"})
}

// sameAddress: a vendor's id stands for one home, so it cannot come again for another one: the second would
// overwrite the first (K204).
func sameAddress(s *scene) error {
	if s.bolig == nil || samePlace(s.bolig.Faste, s.Bolig.Faste) {
		return nil
	}
	return s.refused(feil.OtherAddress, "leverandorBoligId er i bruk på en bolig med en annen adresse.")
}
