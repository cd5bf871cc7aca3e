package kobo

import (
	"crypto/sha256"
	"encoding/hex"

	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// How a home that is sent is known for one that is there already (K204).

// known is the id of the home that the actor has sent before: under the same leverandorBoligId, or at the same place. Empty for none.
func known(tx *store.Tx, aktor Aktor, sent Faste) (koboID string, err error) {
	koboID, found, err := leverandorID.Get(tx, key(aktor.Kommune, aktor.System, sent.LeverandorBoligID))
	if err != nil || found {
		return koboID, err
	}
	koboID, _, err = adresser.Get(tx, sted(aktor.Kommune, aktor.System, sent))
	return koboID, err
}

// remember lets a new home be known.
func (s *scene) remember() error {
	b := s.bolig
	if err := leverandorID.Put(s.tx, key(b.Kommune, b.System, b.Faste.LeverandorBoligID), b.KoboID); err != nil {
		return err
	}
	return adresser.Put(s.tx, sted(b.Kommune, b.System, b.Faste), b.KoboID)
}

// forget undoes remember.
func (s *scene) forget() error {
	b := s.bolig
	if err := leverandorID.Delete(s.tx, key(b.Kommune, b.System, b.Faste.LeverandorBoligID)); err != nil {
		return err
	}
	return adresser.Delete(s.tx, sted(b.Kommune, b.System, b.Faste))
}

// seen enters the home's system, should this be its first use.
func (s *scene) seen() error { return enterSystem(s.tx, s.Moment, s.bolig.System) }

func enterSystem(tx *store.Tx, m Moment, id string) error {
	if _, found, err := systemer.Get(tx, id); err != nil || found {
		return err
	}
	return systemer.Put(tx, id, System{ID: id, Opprettet: m.Now})
}

// sted is a place as a key: the address, the bruksenhetsnummer and what tells apart several homes in one bruksenhet.
func sted(kommune, system string, f Faste) string {
	return key(kommune, system, f.Adresse, f.Bruksenhetsnummer, f.EkstraReferanse)
}

func sammeSted(a, b Faste) bool { return sted("", "", a) == sted("", "", b) }

// key is a key of bounded length made of anything.
func key(parts ...any) string {
	sum := sha256.Sum256(wire.Encode(parts))
	return hex.EncodeToString(sum[:])
}
