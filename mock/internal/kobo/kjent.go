package kobo

import (
	"crypto/sha256"
	"encoding/hex"

	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// Homes are known by their owner (municipality and system) and leverandorBoligId alone (K204). Two flats may share
// an address, with or without a bruksenhetsnummer, so no address ever finds a home.

// known returns the id of the home that the actor has sent before under the same leverandorBoligId; empty for none.
func known(tx *store.Tx, aktor Aktor, sent Faste) (koboID string, err error) {
	koboID, _, err = leverandorID.Get(tx, key(aktor.Kommune, aktor.System, sent.LeverandorBoligID))
	return koboID, err
}

// remember lets a new home be known.
func (s *scene) remember() error {
	b := s.bolig
	return leverandorID.Put(s.tx, key(b.Kommune, b.System, b.Faste.LeverandorBoligID), b.KoboID)
}

// forget undoes remember.
func (s *scene) forget() error {
	b := s.bolig
	return leverandorID.Delete(s.tx, key(b.Kommune, b.System, b.Faste.LeverandorBoligID))
}

// seen enters the home's system, should this be its first use.
func (s *scene) seen() error { return enterSystem(s.tx, s.Moment, s.bolig.System) }

func enterSystem(tx *store.Tx, m Moment, id string) error {
	if _, found, err := systemer.Get(tx, id); err != nil || found {
		return err
	}
	return systemer.Put(tx, id, System{ID: id, Opprettet: m.Now})
}

// samePlace reports whether two homes under one leverandorBoligId can be the same one. What one of them does not
// say is no difference, and poststed follows from postnummer.
func samePlace(a, b Faste) bool {
	same := func(x, y *string) bool { return x == nil || y == nil || *x == *y }
	letter := func(f Faste) string {
		if f.Adresse.Husbokstav == nil {
			return ""
		}
		return *f.Adresse.Husbokstav
	}
	return a.Adresse.Gatenavn == b.Adresse.Gatenavn && a.Adresse.Husnummer == b.Adresse.Husnummer && letter(a) == letter(b) &&
		a.Adresse.Postnummer == b.Adresse.Postnummer && same(a.Bruksenhetsnummer, b.Bruksenhetsnummer) &&
		same(a.EkstraReferanse, b.EkstraReferanse)
}

// key is a key of bounded length made of anything.
func key(parts ...any) string {
	sum := sha256.Sum256(wire.Encode(parts))
	return hex.EncodeToString(sum[:])
}
