package kobo

import (
	"slices"
	"strings"
)

// The effects in the table of transitions.

// create stores a new home with an id of Kobo's; the objects in it get ids too.
func create(s *operation) (changed, created bool, err error) {
	s.newHome()
	return true, true, s.index()
}

// newHome makes the home that a command creates.
func (s *operation) newHome() {
	s.bolig = &Bolig{
		KoboID: s.IDs.V7(s.Now).String(), Kommune: s.actor.Kommune, System: s.actor.System, Opprettet: s.Now,
		Faste: s.Bolig.Faste,
	}
	if b := s.bolig.Faste.Bygning; b != nil {
		b.KoboID, b.Eiendom.KoboID = s.IDs.V4().String(), s.IDs.V4().String()
	}
	s.overwrite()
	s.markWheelchair()
}

// replace replaces all changeable fields; what is not sent becomes null (K205). Fields that cannot
// change keep their value (K241), and so do those with operations of their own (K239).
func replace(s *operation) (changed, created bool, err error) {
	if status := s.Bolig.Foranderlige.Status; s.bolig.Leieforhold != nil && status != statusUtleid {
		s.remark("the status is %s now, though a tenancy runs: nothing on the page forbids it (K268)", status)
	}
	before := s.bolig.Foranderlige
	s.overwrite()
	sent := s.bolig.Foranderlige
	s.markWheelchair()
	lost := func(t string) bool { return !slices.Contains(s.bolig.Foranderlige.Tilrettelegginger, t) }
	if !slices.ContainsFunc(before.Tilrettelegginger, lost) { // all came back as markers
		sent.Tilrettelegginger = before.Tilrettelegginger
	}
	s.remarkEmptied("", before, sent)
	return true, false, nil
}

func (op *operation) overwrite() {
	before := op.bolig.Foranderlige
	now := op.Bolig.Foranderlige
	if now.Eiendom != nil {
		now.Eiendom.KoboID = op.IDs.V4().String()
		if before.Eiendom != nil && before.Eiendom.LeverandorEiendomID == now.Eiendom.LeverandorEiendomID {
			now.Eiendom.KoboID = before.Eiendom.KoboID
		}
	}
	if now.Eieseksjon != nil {
		now.Eieseksjon.KoboID = op.IDs.V4().String()
		if before.Eieseksjon != nil &&
			before.Eieseksjon.LeverandorEieseksjonID == now.Eieseksjon.LeverandorEieseksjonID {
			now.Eieseksjon.KoboID = before.Eieseksjon.KoboID
		}
	}
	op.bolig.Foranderlige = now
}

// rullestol returns the markers that Kobo adds to a home that is accessible by wheelchair. The page
// does not name them; these are Sandkasse's choice (K240).
func rullestol() []string { return []string{"TRAPPEFRI_INNGANG", "LAVE_DORTERSKLER", "BREDE_DORER"} }

// markWheelchair: "Hvis denne settes til true vil Kobo automatisk legge til markere for utvalgte
// tilrettelegginger i boligen, false vil fjerne de" (Kobo page, Kobobolig).
func (op *operation) markWheelchair() {
	f := &op.bolig.Foranderlige
	if f.ErTilgjengeligForRullestolbruker == nil {
		return
	}
	accessible, did := *f.ErTilgjengeligForRullestolbruker, "removed from"
	if accessible {
		did = "added to"
	}
	var changed []string
	for _, marker := range rullestol() {
		if slices.Contains(f.Tilrettelegginger, marker) != accessible {
			changed = append(changed, marker)
		}
	}
	f.Tilrettelegginger = slices.DeleteFunc(f.Tilrettelegginger,
		func(t string) bool { return slices.Contains(changed, t) })
	if accessible {
		f.Tilrettelegginger = append(f.Tilrettelegginger, changed...)
	}
	if len(changed) > 0 {
		op.remark("erTilgjengeligForRullestolbruker is %v, so Kobo %s /tilrettelegginger (K240): %s", accessible, did,
			strings.Join(changed, ", "))
	}
}

// reserve: "Reserverer bolig til en sak med dagens dato som reservert dato" (Kobo page). A second
// time changes nothing (K264).
func reserve(s *operation) (changed, created bool, err error) {
	if s.bolig.reservedFor(s.Saksreferanse) {
		s.remark(
			"nothing changed: the home is reserved for this case already, and reservertDato is the day of the first " +
				"time (K264)")
		return false, false, nil
	}
	s.bolig.Reservasjoner = append(s.bolig.Reservasjoner, Boligreservasjon{s.today(), s.Saksreferanse})
	return true, true, reserverte.Put(s.tx, s.Saksreferanse+"/"+s.bolig.KoboID, true)
}

// unreserve: "da blir den saken fjernet fra reservasjonene" (Kobo page, Avslutte boligreservasjon).
func unreserve(s *operation) (changed, created bool, err error) {
	s.bolig.Reservasjoner = slices.DeleteFunc(s.bolig.Reservasjoner,
		func(r Boligreservasjon) bool { return r.KoboSaksreferanse == s.Saksreferanse })
	return true, false, reserverte.Delete(s.tx, s.Saksreferanse+"/"+s.bolig.KoboID)
}

// assign assigns the home to the case, whose reservation stays (K214). A second time changes
// nothing (K264).
func assign(s *operation) (changed, created bool, err error) {
	if s.bolig.Tildeling != nil {
		s.remark(
			"nothing changed: the home is assigned to this case already, and tildeltDato is the day of the first " +
				"time (K264)")
		return false, false, nil
	}
	s.bolig.Tildeling = &Boligtildeling{s.today(), s.Saksreferanse}
	return true, true, tildelte.Put(s.tx, s.Saksreferanse, s.bolig.KoboID)
}

func unassign(s *operation) (changed, created bool, err error) {
	s.bolig.Tildeling = nil
	return true, false, tildelte.Delete(s.tx, s.Saksreferanse)
}

// let: "Hvis det er flere boligreservasjoner for andre saker på boligen så fjernes de av Kobo"
// (Kobo page, Opprette leieforhold); the case's own is consumed, and so is its assignment (K213).
// The home is let from now on, whenever the contract begins (K212).
func let(s *operation) (changed, created bool, err error) {
	if s.bolig.reservedFor(s.Saksreferanse) {
		s.remark(
			"the case had reserved this home, and its reservation went with the tenancy; the page may also be read " +
				"so that it must be removed first (K254)")
	}
	others := slices.DeleteFunc(s.bolig.reservedCases(), func(sak string) bool { return sak == s.Saksreferanse })
	for _, r := range s.bolig.Reservasjoner {
		if err := reserverte.Delete(s.tx, r.KoboSaksreferanse+"/"+s.bolig.KoboID); err != nil {
			return false, false, err
		}
	}
	if s.bolig.Tildeling != nil {
		if err := tildelte.Delete(s.tx, s.Saksreferanse); err != nil {
			return false, false, err
		}
	}
	if len(others) > 0 {
		s.remark("the home's reservations for other cases were removed by Kobo: %s", named(others))
	}
	if s.bolig.Tildeling != nil {
		s.remark("the home's assignment to the case went with the tenancy (K213)")
	}
	s.bolig.Reservasjoner, s.bolig.Tildeling = nil, nil
	s.bolig.Leieforhold = &Leieforhold{
		KoboID: s.IDs.V4().String(), KoboSaksreferanse: s.Saksreferanse, Kontrakt: *s.Kontrakt,
		Meta: Meta{s.today(), s.today()},
	}
	start := s.Kontrakt.KontraktStartdato
	if was := s.bolig.Foranderlige.Status; was != statusUtleid {
		s.remark("the tenancy changed the status from %s to %s, and statusdato is the contract's start (K212)", was,
			statusUtleid)
	}
	s.bolig.Foranderlige.Status, s.bolig.Foranderlige.Statusdato = statusUtleid, &start
	return true, true, nil
}

// letToNewCase: "Hvis opprettelsen av personene i husstanden lykkes, vil Kobo opprette en ny sak og
// returnere den nye saksreferansen i responsen" (Kobo page, Uten saksreferanse). Here they always
// succeed (K263).
func letToNewCase(s *operation) (changed, created bool, err error) {
	sak, err := NewSak(s.tx, s.Env, *s.Husstand)
	if err != nil {
		return false, false, err
	}
	s.Saksreferanse = sak.Saksreferanse
	return let(s)
}

// changeContract: "Etter opprettelse er det mulig å oppdatere feltene på
// LeieforholdOpprettOppdaterTO" (Kobo page, Opprette leieforhold).
func changeContract(s *operation) (changed, created bool, err error) {
	s.remarkEmptied("/leieforhold", s.bolig.Leieforhold.Kontrakt, *s.Kontrakt)
	s.bolig.Leieforhold.Kontrakt = *s.Kontrakt
	s.tenancyChanged()
	return true, false, nil
}

// giveNotice registers a notice, or replaces the existing one.
func giveNotice(s *operation) (changed, created bool, err error) {
	created = s.bolig.Leieforhold.Oppsigelse == nil
	given := *s.Oppsigelse
	if !created {
		s.remarkEmptied("/leieforhold", *s.bolig.Leieforhold.Oppsigelse, given)
	}
	s.bolig.Leieforhold.Oppsigelse = &given
	s.tenancyChanged()
	return true, created, nil
}

// liftNotice: "vil alle feltene knyttet til oppsigelsen i leieforholdet bli satt til null" (Kobo
// page, Opphev en eksisterende oppsigelse).
func liftNotice(s *operation) (changed, created bool, err error) {
	s.bolig.Leieforhold.Oppsigelse = nil
	s.tenancyChanged()
	return true, false, nil
}

// end: "Det er ikke mulig å omgjøre en avslutning av leieforholdet eller endre det. Leieforholdet
// er nå tilgjengelig i tidligereLeieforhold" (Kobo page, Avslutte leieforhold). The page does not
// say what becomes of statusdato: it is removed (K272).
func end(s *operation) (changed, created bool, err error) {
	over, today, ending := *s.bolig.Leieforhold, s.today(), *s.Avslutning
	over.Avslutning, over.Avsluttetdato, over.Meta.SistEndret = &ending, &today, today
	s.bolig.TidligereLeieforhold = append(s.bolig.TidligereLeieforhold, over)
	s.bolig.Leieforhold = nil
	if s.bolig.Foranderlige.Statusdato != nil {
		s.remark("/statusdato is null from now on: it was of the status before (K272)")
	}
	s.bolig.Foranderlige.Status, s.bolig.Foranderlige.Statusdato = ending.Boligstatus, nil
	return true, false, nil
}

// remove deletes the home softly; its leverandorBoligId is free for a new home (K221).
func remove(s *operation) (changed, created bool, err error) {
	s.bolig.Slettet = true
	return true, false, s.unindex()
}

// noEffect refuses nothing and changes nothing: a home that is linked to a case is not deleted, nor
// one that is deleted already (K222, K265, K266).
func noEffect(s *operation) (changed, created bool, err error) {
	b := s.bolig
	if b.Slettet {
		s.remark("not deleted, so x-kobo-behandlet is false: the home was deleted before (K266)")
		return false, false, nil
	}
	var links []string
	if b.Leieforhold != nil {
		links = append(links, "it has a tenancy, for the case "+b.Leieforhold.KoboSaksreferanse+", to be ended first")
	}
	if b.Tildeling != nil {
		links = append(links, "it is assigned to the case "+b.Tildeling.KoboSaksreferanse+", to be removed first")
	}
	if cases := b.reservedCases(); len(cases) > 0 {
		links = append(links, "it is reserved for "+named(cases)+", to be removed first")
	}
	s.remark("not deleted, so x-kobo-behandlet is false (K222): %s", strings.Join(links, "; "))
	return false, false, nil
}

// tenancyChanged sets the date of the tenancy's last change.
func (op *operation) tenancyChanged() { op.bolig.Leieforhold.Meta.SistEndret = op.today() }

func (b *Bolig) reservedCases() (cases []string) {
	for _, r := range b.Reservasjoner {
		cases = append(cases, r.KoboSaksreferanse)
	}
	return cases
}

func (b *Bolig) reservedFor(saksreferanse string) bool {
	return slices.ContainsFunc(b.Reservasjoner, func(r Boligreservasjon) bool {
		return r.KoboSaksreferanse == saksreferanse
	})
}
