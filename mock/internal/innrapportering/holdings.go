package innrapportering

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/store"
)

// Holding lists the current oppgaver of one organisation for one year under one API.
type Holding struct {
	Organisasjon string           `json:"organisasjon"`
	API          string           `json:"api"`
	Inntektsaar  int              `json:"inntektsaar"`
	Antall       int              `json:"antallOppgaver"`
	Oppgaver     []CurrentOppgave `json:"oppgaver"` // in the order of their first report
}

// CurrentOppgave is an oppgave that no later delivery has replaced or deleted.
type CurrentOppgave struct {
	ForsendelseID string          `json:"forsendelseId"` // the delivery that has it
	Oppgave       json.RawMessage `json:"oppgave"`       // as delivered
}

// HoldingsQuery filters Holdings; the zero value selects all.
type HoldingsQuery struct {
	Organisasjon string
	API          string
	Inntektsaar  int
}

// Holdings returns the current oppgaver, sorted by organisation, API and year; an organisation
// whose deliveries were all refused has an empty holding. They are not stored but computed from the
// deliveries, some ten thousand a second.
//
// A delivery counts once its feedback is visible, unless the feedback refuses it. Its
// sletteoppgaver delete the oppgaver with their identity; then each of its oppgaver replaces the
// one with its identity, or is added. A delivery with leveransetype ingenoppgaver changes nothing.
// No source says how deliveries work together (K064). Of several leveranser in a delivery, each
// counts by itself, in their order (K728).
func Holdings(tx *store.Tx, known *catalog.Catalog, query HoldingsQuery) ([]Holding, error) {
	list := []Holding{}
	prefix := ""
	if query.Organisasjon != "" {
		prefix = query.Organisasjon + "/"
	}
	for dialog, err := range dialogs(tx, prefix) {
		if err != nil {
			return nil, err
		}
		api := known.ByName(dialog.API) // nil if the files of the API are gone: nobody can read its deliveries then
		if api == nil || query.API != "" && dialog.API != query.API || query.Inntektsaar != 0 &&
			dialog.Inntektsaar != query.Inntektsaar {
			continue
		}
		holding, err := holdingOf(tx, api, dialog)
		if err != nil {
			return nil, err
		}
		list = append(list, holding)
	}
	return list, nil
}

// holdingOf returns the holding of one dialog.
func holdingOf(tx *store.Tx, api *catalog.API, dialog Dialog) (Holding, error) {
	l := oppgaveList{all: []CurrentOppgave{}, indexOf: map[string]int{}}
	for f, err := range ForsendelserOf(tx, dialog.DialogID) {
		if err != nil {
			return Holding{}, err
		}
		refused := f.Leveransestatus == avvist
		if !f.IsProcessed(tx.Now) || refused && len(api.Felter.Leveranser) == 0 ||
			f.AntallOppgaver+f.AntallSletteoppgaver == 0 {
			continue
		}
		whole, _, err := deliveries.Get(tx, f.ForsendelseID)
		if err == nil {
			err = l.applyLeveranser(tx, api, whole, refused)
		}
		if err != nil {
			return Holding{}, fmt.Errorf("forsendelse %s: %w", f.ForsendelseID, err)
		}
	}
	standing := l.current()
	return Holding{
		Organisasjon: dialog.Organisasjon, API: dialog.API, Inntektsaar: dialog.Inntektsaar, Antall: len(standing),
		Oppgaver: standing,
	}, nil
}

// oppgaveList applies deliveries to a list of oppgaver.
type oppgaveList struct {
	all     []CurrentOppgave // in order; a deleted one has no Oppgave
	indexOf map[string]int   // by identity, of those that are not deleted
}

// applyLeveranser makes the changes of the leveranser of a delivery, without those that were refused.
// Of a single leveranse, refused is false: otherwise it is not looked at.
func (l *oppgaveList) applyLeveranser(tx *store.Tx, api *catalog.API, d delivery, refused bool) error {
	if len(api.Felter.Leveranser) == 0 {
		return l.apply(tx, api, d.ForsendelseID, d.body)
	}
	var found []findings
	if refused {
		var err error
		if found, err = d.findings(api); err != nil {
			return err
		}
	}
	i := 0
	return eachElement(d.body, api.Felter.Leveranser, func(raw []byte) error {
		if i++; i <= len(found) && found[i-1].status() == avvist {
			return nil
		}
		return l.apply(tx, api, d.ForsendelseID, bytes.Clone(raw))
	})
}

// apply makes the changes of a leveranse. It ends early with the transaction.
func (l *oppgaveList) apply(tx *store.Tx, api *catalog.API, forsendelseID string, body []byte) error {
	by := api.Kontroll().Identity
	whole, err := leveranseIdentity(by.Leveranse, body)
	if err != nil {
		return err
	}
	err = eachElement(body, api.Sletteoppgaver(), func(raw []byte) error {
		if err := tx.Err(); err != nil {
			return err
		}
		key, ok, err := identityIn(by.Sletteoppgave, whole, raw)
		if line, stands := l.indexOf[key]; ok && stands {
			l.all[line].Oppgave = nil
			delete(l.indexOf, key)
		}
		return err
	})
	if err != nil {
		return err
	}
	return eachElement(body, api.Felter.Oppgave, func(raw []byte) error {
		if err := tx.Err(); err != nil {
			return err
		}
		key, ok, err := identityIn(by.Oppgave, whole, raw)
		if err != nil {
			return err
		}
		line := len(l.all)
		if ok {
			if present, stands := l.indexOf[key]; stands {
				line = present
			}
			l.indexOf[key] = line
		}
		if line == len(l.all) {
			l.all = append(l.all, CurrentOppgave{})
		}
		l.all[line] = CurrentOppgave{ForsendelseID: forsendelseID, Oppgave: bytes.Clone(raw)}
		return nil
	})
}

// current returns the oppgaver that are not deleted.
func (l *oppgaveList) current() []CurrentOppgave {
	return slices.DeleteFunc(l.all, func(s CurrentOppgave) bool { return s.Oppgave == nil })
}

// identityIn returns the identity of an encoded oppgave or sletteoppgave by the places, in a
// leveranse whose own part of it is whole.
func identityIn(by []jsonptr.Pointer, whole string, raw []byte) (key string, ok bool, err error) {
	oppgave, err := decodeValue(raw)
	if err != nil {
		return "", false, err
	}
	key, ok = identity(by, oppgave)
	return whole + key, ok, nil
}

// leveranseIdentity returns the part of an identity that the places of an encoded leveranse make up.
func leveranseIdentity(by []jsonptr.Pointer, body []byte) (string, error) {
	var b []byte
	for _, pointer := range by {
		value, err := valueIn(body, pointer)
		if err != nil {
			return "", err
		}
		text, there := identifying(value)
		b = appendIdentifying(b, text, there)
	}
	return string(b), nil
}
