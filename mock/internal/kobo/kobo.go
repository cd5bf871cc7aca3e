// Package kobo is Husbanken's Kobo as its Bolig API shows it: homes, what they are reserved, assigned and let for, and the cases behind that.
//
// What may be done to a home when is one table, overganger; the operations of the API and the case worker's side of the control API both go
// through it. The page documents success and little else: what it leaves open is decided in reference kobo, and numbered in CHOICES.md.
// There is no limit on how many homes there are or how often they are asked for, and no paging (K228).
package kobo

import (
	"fmt"
	"slices"
	"strings"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// Register is Kobo as it is set up.
type Register struct {
	// Systems are the ids of the FDVU systems there are; when it is empty, every id is one from its first use on (K249).
	Systems []string
	// Echo sends messages also on what a system did itself; the page speaks only of what happened in Kobo (K229).
	Echo bool
}

// Checks are those of Kobo's calls, by the names that a family file uses.
func (r Register) Checks() wire.Checks {
	return wire.Checks{
		"kobo-system": {Do: r.checkSystem, Tells: []feil.Offence{feil.UnknownSystem}, After: []string{"kobo-systemid"}},
	}
}

// checkSystem: "Not Found - Oppsett for FDVU System mangler i Kobo" (kobo seed, Registrere Webhook API key), on every operation (K249).
func (r Register) checkSystem(q *wire.Request) error {
	if len(r.Systems) == 0 || slices.Contains(r.Systems, q.SystemID) {
		return nil
	}
	return feil.New(feil.UnknownSystem,
		fmt.Sprintf("the system %q is not set up; there are %s", q.SystemID, strings.Join(r.Systems, ", ")),
		feil.Detalj{Sti: "x-kobo-systemid", Melding: "oppsett for FDVU-systemet mangler i Kobo"})
}

// Systemer are the systems there are, by id: those that are set up, and those that have done something or handed in a key.
func (r Register) Systemer(tx *store.Tx) ([]System, error) {
	list, err := all(systemer, tx)
	for _, id := range r.Systems {
		if !slices.ContainsFunc(list, func(s System) bool { return s.ID == id }) {
			list = append(list, System{ID: id})
		}
	}
	slices.SortFunc(list, func(a, b System) int { return strings.Compare(a.ID, b.ID) })
	return list, err
}

// Boliger are the homes there are, the deleted ones left out, in the order in which they were made.
func Boliger(tx *store.Tx) ([]Bolig, error) {
	list, err := all(boliger, tx)
	return slices.DeleteFunc(list, func(b Bolig) bool { return b.Slettet }), err
}

// Saker are the cases there are, in the order in which they were made.
func Saker(tx *store.Tx) ([]Sak, error) { return all(saker, tx) }

// FinnSak is the case of that reference. Every municipality has the same cases: the page does not say whose a case is (K273).
func FinnSak(tx *store.Tx, saksreferanse string) (sak Sak, found bool, err error) {
	if len(saksreferanse) > maxReferanse {
		return Sak{}, false, nil // no key is that long
	}
	return saker.Get(tx, saksreferanse)
}

// maxReferanse is more than the length of any case reference, in bytes.
const maxReferanse = 100

// NySak is a new case of a household, whose persons get ids of Kobo's. What was sent as their koboId is not looked at (K237).
func NySak(tx *store.Tx, m Moment, husstand Husstand) (Sak, error) {
	sak := Sak{Saksreferanse: m.IDs.V7(m.Now).String(), Opprettet: m.Now, Husstand: Husstand{AntallBarn: husstand.AntallBarn}}
	for _, person := range husstand.Beboere {
		person.KoboID = m.IDs.V4().String()
		sak.Husstand.Beboere = append(sak.Husstand.Beboere, person)
	}
	return sak, saker.Put(tx, sak.Saksreferanse, sak)
}

// Hovedsoker is the person whose case it is: the first of the household (kobo seed, Uten saksreferanse).
func (s Sak) Hovedsoker() Beboer { return s.Husstand.Beboere[0] }

// Hent is a home as the actor sees it; found is false also for one that is deleted or another's.
func Hent(tx *store.Tx, aktor Aktor, koboID string) (b Bolig, found bool, err error) {
	s := &scene{tx: tx, Handling: Handling{KoboID: koboID}, aktor: aktor}
	if err := s.find(); err != nil || s.bolig.tilstand() <= deleted {
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
