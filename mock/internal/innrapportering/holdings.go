package innrapportering

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/store"
)

// Holding is what one organisation has reported for one year under one API, as it stands.
type Holding struct {
	Organisasjon string     `json:"organisasjon"`
	API          string     `json:"api"`
	Inntektsaar  int        `json:"inntektsaar"`
	Antall       int        `json:"antallOppgaver"`
	Oppgaver     []Standing `json:"oppgaver"` // in the order in which they were first reported
}

// Standing is an oppgave that stands: no later delivery has replaced or deleted it.
type Standing struct {
	ForsendelseID string          `json:"forsendelseId"` // the delivery that it comes from
	Oppgave       json.RawMessage `json:"oppgave"`       // as it was delivered
}

// HoldingsQuery narrows Holdings; its zero value asks for all.
type HoldingsQuery struct {
	Organisasjon string
	API          string
	Inntektsaar  int
}

// Holdings are what stands now, by organisation, API and year; an organisation that has only been refused is there with nothing. They are
// not stored but worked out, by going through the deliveries from the first to the last: some ten thousand a second.
//
// A delivery counts from when its feedback shows, unless that refused it. Its sletteoppgaver delete what they identify, then its oppgaver
// replace what is the same as they are, or come in addition. Where leveransetype is ingenoppgaver there are none, and nothing changes. No
// source says how deliveries work together (reference skatteetaten 11, row 32; K064).
func Holdings(tx *store.Tx, known *catalog.Catalog, query HoldingsQuery) ([]Holding, error) {
	list := []Holding{}
	prefix := ""
	if query.Organisasjon != "" {
		prefix = query.Organisasjon + "/"
	}
	for entry, err := range dialoger.All(tx, prefix) {
		if err != nil {
			return nil, err
		}
		dialog := entry.Value
		api := known.ByName(dialog.API) // nil where its files have gone since: then nobody can read its deliveries
		if api == nil || query.API != "" && dialog.API != query.API || query.Inntektsaar != 0 && dialog.Inntektsaar != query.Inntektsaar {
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

// holdingOf is what stands on one dialog.
func holdingOf(tx *store.Tx, api *catalog.API, dialog Dialog) (Holding, error) {
	l := ledger{lines: []Standing{}, at: map[string]int{}}
	for f, err := range Forsendelser(tx, dialog.DialogID) {
		if err != nil {
			return Holding{}, err
		}
		if !f.ErBehandlet(tx.Now) || f.Leveransestatus == avvist || f.AntallOppgaver+f.AntallSletteoppgaver == 0 {
			continue
		}
		body, err := innhold(tx, f, f.Dokumenter[0])
		if err == nil {
			err = l.enter(api, f.ForsendelseID, body)
		}
		if err != nil {
			return Holding{}, fmt.Errorf("forsendelse %s: %w", f.ForsendelseID, err)
		}
	}
	standing := l.standing()
	return Holding{
		Organisasjon: dialog.Organisasjon, API: dialog.API, Inntektsaar: dialog.Inntektsaar, Antall: len(standing), Oppgaver: standing,
	}, nil
}

// ledger is oppgaver as they come and go.
type ledger struct {
	lines []Standing     // in order; one that has been deleted has no oppgave
	at    map[string]int // the line of an identity that stands
}

// enter takes in what a delivery changes.
func (l *ledger) enter(api *catalog.API, forsendelseID string, body []byte) error {
	err := eachIn(body, api.Sletteoppgaver(), func(raw []byte) error {
		key, ok, err := identityOf(api, raw)
		if line, stands := l.at[key]; ok && stands {
			l.lines[line].Oppgave = nil
			delete(l.at, key)
		}
		return err
	})
	if err != nil {
		return err
	}
	return eachIn(body, api.Felter.Oppgave, func(raw []byte) error {
		key, ok, err := identityOf(api, raw)
		if err != nil {
			return err
		}
		line := len(l.lines)
		if ok {
			if present, stands := l.at[key]; stands {
				line = present
			}
			l.at[key] = line
		}
		if line == len(l.lines) {
			l.lines = append(l.lines, Standing{})
		}
		l.lines[line] = Standing{ForsendelseID: forsendelseID, Oppgave: bytes.Clone(raw)}
		return nil
	})
}

// standing is what has not been deleted.
func (l *ledger) standing() []Standing {
	return slices.DeleteFunc(l.lines, func(s Standing) bool { return s.Oppgave == nil })
}

// identityOf is the identity of an oppgave or sletteoppgave as it stands in a document.
func identityOf(api *catalog.API, raw []byte) (key string, ok bool, err error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var oppgave any
	if err := decoder.Decode(&oppgave); err != nil {
		return "", false, err
	}
	key, ok = identity(api.Kontroll.Identity, oppgave)
	return key, ok, nil
}
