// Package innrapportering implements the behaviours of Skatteetaten's reporting APIs: it accepts
// deliveries, checks them, serves their documents and the feedback on them, and works out which
// oppgaver are current.
//
// The sibling APIs differ only in their data (package catalog); everything here applies to all of
// them.
package innrapportering

import (
	"fmt"
	"iter"
	"time"

	"sandkasse/mock/internal/store"
)

// Dialog holds the deliveries of one organisation for one year under one API; there is one for
// each.
type Dialog struct {
	DialogID     string    `json:"dialogId"`
	API          string    `json:"api"`
	Inntektsaar  int       `json:"inntektsaar"`
	Organisasjon string    `json:"organisasjon"`
	Opprettet    time.Time `json:"opprettet"`
	// time of the last delivery; its feedback comes later (Forsendelse.Behandlet)
	Oppdatert time.Time `json:"oppdatert"`
	Antall    int       `json:"antall"` // number of deliveries

	// Behandlet is the time from which the feedback on the last delivery is visible. OutOfOrder is
	// true when deliveries are not processed in the order of their arrival: the clock was set back,
	// the delay changed, or one gets no feedback at all.
	Behandlet  time.Time `json:"behandlet"`
	OutOfOrder bool      `json:"ujevn,omitempty"`
}

// Forsendelse is an accepted delivery with the feedback on it.
type Forsendelse struct {
	ForsendelseID        string     `json:"forsendelseId"`
	DialogID             string     `json:"dialogId"`
	API                  string     `json:"api"`
	Inntektsaar          int        `json:"inntektsaar"`
	Nummer               int        `json:"nummer"` // on its dialog, from 1
	Oppgavegiver         string     `json:"oppgavegiver"`
	Innsender            string     `json:"innsender,omitempty"`   // the systembruker's organisation
	Leverandoer          string     `json:"leverandoer,omitempty"` // the vendor whose system sent it
	Referanse            string     `json:"referanse,omitempty"`
	AntallOppgaver       int        `json:"antallOppgaver"`
	AntallSletteoppgaver int        `json:"antallSletteoppgaver,omitempty"`
	Mottatt              time.Time  `json:"mottatt"`
	Dokumenter           []Dokument `json:"dokumenter"`

	// The feedback is prepared when the delivery is accepted, and visible from Behandlet on. It is
	// a forsendelse ("transmission") of its own, related to this one.
	Behandlet        time.Time  `json:"behandlet"`
	Leveransestatus  string     `json:"leveransestatus"` // godkjent or avvist
	TilbakemeldingID string     `json:"tilbakemeldingId"`
	Tilbakemelding   []Dokument `json:"tilbakemelding"`
	NeverShown       bool       `json:"aldri,omitempty"` // a scenario keeps the feedback hidden for ever
}

// Dokument describes one document of a forsendelse.
type Dokument struct {
	DokumentID  string `json:"dokumentId"`
	Navn        string `json:"navn"` // file name, such as Innsending.json
	ContentType string `json:"contentType"`
}

// Collections. The keys of forsendelser and documents begin with a version 7 UUID, so that they are
// stored in order of time.
var (
	dialoger           = store.NewCollection[Dialog]("dialog")           // by dialogKey
	dialogKeys         = store.NewCollection[string]("dialogId")         // dialogId → dialogKey
	forsendelser       = store.NewCollection[Forsendelse]("forsendelse") // by forsendelseId
	deliveriesByDialog = store.NewCollection[string]("iDialog")          // by iDialogKey → forsendelseId
	dokumenter         = store.NewBlobs("dokument")                      // by forsendelseId/dokumentId
	delegations        = store.NewCollection[Delegation]("delegation")   // by from/to
)

func dialogKey(organisasjon, api string, inntektsaar int) string {
	return fmt.Sprintf("%s/%s/%d", organisasjon, api, inntektsaar)
}

// deliveryKey sorts the deliveries of a dialog by arrival, also where several arrive in one
// millisecond.
func deliveryKey(f Forsendelse) string { return fmt.Sprintf("%s/%010d", f.DialogID, f.Nummer) }

func dokumentKey(forsendelseID, dokumentID string) string { return forsendelseID + "/" + dokumentID }

// Entries stored among the documents, because writing them to the same place is cheapest: avvikPart
// under a forsendelse's id (its findings as JSON), subjectPart under the id of the feedback (the
// forsendelseId that it is about).
const (
	avvikPart   = "avvik"
	subjectPart = "gjelder"
)

// DialogsOf returns the dialogs of an organisation, sorted by API and year.
func DialogsOf(tx *store.Tx, organisasjon string) (list []Dialog, err error) {
	for entry, err := range dialoger.All(tx, organisasjon+"/") {
		if err != nil {
			return nil, err
		}
		list = append(list, entry.Value)
	}
	return list, nil
}

// FindDialog returns the dialog with the id; found is false if there is none.
func FindDialog(tx *store.Tx, dialogID string) (dialog Dialog, found bool, err error) {
	key, found, err := dialogKeys.Get(tx, dialogID)
	if err != nil || !found {
		return Dialog{}, false, err
	}
	return dialoger.Get(tx, key)
}

// ForsendelserOf yields the deliveries of a dialog in the order of their arrival. An error is the
// last.
func ForsendelserOf(tx *store.Tx, dialogID string) iter.Seq2[Forsendelse, error] {
	return func(yield func(Forsendelse, error) bool) {
		for entry, err := range deliveriesByDialog.All(tx, dialogID+"/") {
			var forsendelse Forsendelse
			if err == nil {
				forsendelse, _, err = forsendelser.Get(tx, entry.Value)
			}
			if !yield(forsendelse, err) || err != nil {
				return
			}
		}
	}
}

// FindForsendelse returns the delivery with the id; found is false if there is none.
func FindForsendelse(tx *store.Tx, forsendelseID string) (forsendelse Forsendelse, found bool, err error) {
	return forsendelser.Get(tx, forsendelseID)
}

// FindByTilbakemelding returns the delivery whose feedback has the id; found is false if there is
// none.
func FindByTilbakemelding(tx *store.Tx, tilbakemeldingID string) (forsendelse Forsendelse, found bool, err error) {
	id, found, err := dokumenter.Get(tx, dokumentKey(tilbakemeldingID, subjectPart))
	if err != nil || !found {
		return Forsendelse{}, false, err
	}
	return forsendelser.Get(tx, string(id))
}
