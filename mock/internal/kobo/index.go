package kobo

import (
	"crypto/sha256"
	"encoding/hex"

	"sandkasse/mock/internal/plainjson"
	"sandkasse/mock/internal/store"
)

// A home is identified by its owner (municipality and system) and leverandorBoligId (K204). Two
// flats may share an address, with or without a bruksenhetsnummer, so an address never identifies a
// home.

// findExisting returns the id of the home that the actor created with the same leverandorBoligId,
// or the empty string.
func findExisting(tx *store.Tx, actor Actor, sent Faste) (koboID string, err error) {
	koboID, _, err = leverandorID.Get(tx, key(actor.Kommune, actor.System, sent.LeverandorBoligID))
	return koboID, err
}

// index makes a new home known by its leverandorBoligId.
func (op *operation) index() error {
	b := op.bolig
	return leverandorID.Put(op.tx, key(b.Kommune, b.System, b.Faste.LeverandorBoligID), b.KoboID)
}

// unindex undoes index.
func (op *operation) unindex() error {
	b := op.bolig
	return leverandorID.Delete(op.tx, key(b.Kommune, b.System, b.Faste.LeverandorBoligID))
}

// ensureSystem stores the home's system at its first use.
func (op *operation) ensureSystem() error { return enterSystem(op.tx, op.Env, op.bolig.System) }

func enterSystem(tx *store.Tx, m Env, id string) error {
	if _, found, err := systemer.Get(tx, id); err != nil || found {
		return err
	}
	return systemer.Put(tx, id, System{ID: id, Opprettet: m.Now})
}

// samePlace reports whether two homes with one leverandorBoligId can be the same home. A missing
// value matches any, and poststed follows from postnummer.
func samePlace(a, b Faste) bool {
	same := func(x, y *string) bool { return x == nil || y == nil || *x == *y }
	letter := func(f Faste) string {
		if f.Adresse.Husbokstav == nil {
			return ""
		}
		return *f.Adresse.Husbokstav
	}
	return a.Adresse.Gatenavn == b.Adresse.Gatenavn && a.Adresse.Husnummer == b.Adresse.Husnummer &&
		letter(a) == letter(b) &&
		a.Adresse.Postnummer == b.Adresse.Postnummer && same(a.Bruksenhetsnummer, b.Bruksenhetsnummer) &&
		same(a.EkstraReferanse, b.EkstraReferanse)
}

// key returns a store key of bounded length for the parts.
func key(parts ...any) string {
	sum := sha256.Sum256(plainjson.MustMarshal(parts))
	return hex.EncodeToString(sum[:])
}
