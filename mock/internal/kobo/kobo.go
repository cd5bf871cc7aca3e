// Package kobo implements Husbanken's Kobo Bolig API: homes with their reservations, assignments
// and tenancies, and the cases behind them.
//
// One table, transitions, says which acts are allowed in which state of a home; the operations of
// the API and the case worker's operations in the control API both use it. The page documents
// little but success: what it leaves open is decided in docs/choices.md. There is no limit on the
// number of homes or calls, and no paging (K228).
package kobo

import (
	"fmt"
	"slices"
	"strings"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// Register is the configuration of Kobo.
type Register struct {
	// Systems are the ids of the FDVU systems there are; when it is empty, every id is one from its
	// first use on (K249).
	Systems []string
	// Echo sends messages also on what a system did itself; the page speaks only of what happened
	// in Kobo (K229).
	Echo bool
}

// Checks returns the checks of Kobo's calls, by the names in the family file.
func (r Register) Checks() wire.Checks {
	return wire.Checks{
		"kobo-system": {
			Do: r.checkSystem, Offences: []feil.Offence{feil.UnknownSystem},
			Requires: []string{"kobo-systemid"},
		},
	}
}

// checkSystem: "Not Found - Oppsett for FDVU System mangler i Kobo" (Kobo page, Registrere Webhook
// API key), on every operation (K249).
func (r Register) checkSystem(q *wire.Request) error {
	if len(r.Systems) == 0 || slices.Contains(r.Systems, q.SystemID) {
		return nil
	}
	return feil.New(feil.UnknownSystem,
		fmt.Sprintf("the system %q is not set up; there are %s", q.SystemID, strings.Join(r.Systems, ", ")),
		feil.UnknownSystemDetalj())
}

// KnownSystems returns the known systems, by id: those in the configuration, and those that have
// made a call or registered a key.
func (r Register) KnownSystems(tx *store.Tx) ([]System, error) {
	list, err := all(systemer, tx)
	for _, id := range r.Systems {
		if !slices.ContainsFunc(list, func(s System) bool { return s.ID == id }) {
			list = append(list, System{ID: id})
		}
	}
	slices.SortFunc(list, func(a, b System) int { return strings.Compare(a.ID, b.ID) })
	return list, err
}

// Homes returns all homes that are not deleted, in the order of their creation.
func Homes(tx *store.Tx) ([]Bolig, error) {
	list, err := all(boliger, tx)
	return slices.DeleteFunc(list, func(b Bolig) bool { return b.Slettet }), err
}

// Cases returns all cases, in the order of their creation.
func Cases(tx *store.Tx) ([]Sak, error) { return all(saker, tx) }

// FindSak returns the case with the reference; found is false if there is none. All municipalities
// share all cases: the page does not say whose a case is (K273).
func FindSak(tx *store.Tx, saksreferanse string) (sak Sak, found bool, err error) {
	if len(saksreferanse) > maxReferanse {
		return Sak{}, false, nil // no key is that long
	}
	return saker.Get(tx, saksreferanse)
}

// maxReferanse bounds the length of a case reference, in bytes.
const maxReferanse = 100

// NewSak stores a new case for a household, whose persons get ids of Kobo's; a koboId that was sent
// is ignored (K237).
func NewSak(tx *store.Tx, m Env, husstand Husstand) (Sak, error) {
	sak := Sak{
		Saksreferanse: m.IDs.V7(m.Now).String(), Opprettet: m.Now,
		Husstand: Husstand{AntallBarn: husstand.AntallBarn},
	}
	for _, person := range husstand.Beboere {
		person.KoboID = m.IDs.V4().String()
		sak.Husstand.Beboere = append(sak.Husstand.Beboere, person)
	}
	return sak, saker.Put(tx, sak.Saksreferanse, sak)
}

// Hovedsoker returns the main applicant: the first person of the household (Kobo page, Uten
// saksreferanse).
func (s Sak) Hovedsoker() Beboer { return s.Husstand.Beboere[0] }

// Get returns a home; found is false also if it is deleted or belongs to another owner.
func Get(tx *store.Tx, actor Actor, koboID string) (b Bolig, found bool, err error) {
	s := &operation{tx: tx, Command: Command{KoboID: koboID}, actor: actor}
	if err := s.find(); err != nil || s.bolig.state() <= deleted {
		return Bolig{}, false, err
	}
	return *s.bolig, true, nil
}

func all[T any](of store.Collection[T], tx *store.Tx) ([]T, error) {
	list := []T{}
	for entry, err := range of.All(tx, "") {
		if err != nil {
			return nil, err
		}
		list = append(list, entry.Value)
	}
	return list, nil
}
