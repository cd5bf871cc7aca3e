// Package innrapportering is what Skatteetaten's reporting APIs do with a delivery: take it in, look at it, hand out its documents and the
// feedback on it, and know what stands.
//
// The sibling APIs differ in data only (package catalog); everything here holds for all of them.
package innrapportering

import (
	"fmt"
	"iter"
	"time"

	"sandkasse/mock/internal/store"
)

// Dialog is the conversation with one organisation about one year under one API: there is one of each (design, settled points).
type Dialog struct {
	DialogID     string    `json:"dialogId"`
	API          string    `json:"api"`
	Inntektsaar  int       `json:"inntektsaar"`
	Organisasjon string    `json:"organisasjon"`
	Opprettet    time.Time `json:"opprettet"`
	Oppdatert    time.Time `json:"oppdatert"` // the last delivery; feedback comes later (Forsendelse.Behandlet)
	Antall       int       `json:"antall"`    // deliveries so far

	// Behandlet is when the feedback on the last delivery shows. Ujevn is that deliveries are not processed in the order in which they came:
	// the clock was set back meanwhile, or the delay is another one, or one gets no feedback at all.
	Behandlet time.Time `json:"behandlet"`
	Ujevn     bool      `json:"ujevn,omitempty"`
}

// Forsendelse is one accepted delivery, and the feedback on it.
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

	// The feedback is settled when the delivery is taken in and shows from Behandlet on: a forsendelse ("transmission") of its own, which
	// relates to this one.
	Behandlet        time.Time  `json:"behandlet"`
	Leveransestatus  string     `json:"leveransestatus"` // godkjent or avvist
	TilbakemeldingID string     `json:"tilbakemeldingId"`
	Tilbakemelding   []Dokument `json:"tilbakemelding"`
	Aldri            bool       `json:"aldri,omitempty"` // a scenario keeps it from ever showing
}

// Dokument is one document of a forsendelse.
type Dokument struct {
	DokumentID  string `json:"dokumentId"`
	Navn        string `json:"navn"` // as a file: Innsending.json
	ContentType string `json:"contentType"`
}

// What is stored. Forsendelser and documents have keys that begin with a UUID of version 7, so they are laid down in order of time.
var (
	dialoger     = store.NewCollection[Dialog]("dialog")           // by dialogKey
	dialogKeys   = store.NewCollection[string]("dialogId")         // dialogId → dialogKey
	forsendelser = store.NewCollection[Forsendelse]("forsendelse") // by forsendelseId
	iDialog      = store.NewCollection[string]("iDialog")          // by iDialogKey → forsendelseId
	dokumenter   = store.NewBlobs("dokument")                      // by forsendelseId/dokumentId
	delegations  = store.NewCollection[Delegation]("delegation")   // by from/to
)

func dialogKey(organisasjon, api string, inntektsaar int) string {
	return fmt.Sprintf("%s/%s/%d", organisasjon, api, inntektsaar)
}

// iDialogKey puts a dialog's deliveries in the order in which they came, also where several came in one millisecond.
func iDialogKey(f Forsendelse) string { return fmt.Sprintf("%s/%010d", f.DialogID, f.Nummer) }

func dokumentKey(forsendelseID, dokumentID string) string { return forsendelseID + "/" + dokumentID }

// What is kept among the documents beside them, since what is written together costs least when it lies together: under a forsendelse's id
// what was found in it (a funn as JSON), and under its feedback's id which forsendelse that is about.
const (
	avvikPart   = "avvik"
	gjelderPart = "gjelder"
)

// Dialoger are the dialogs of one organisation, by API and year.
func Dialoger(tx *store.Tx, organisasjon string) (list []Dialog, err error) {
	for entry, err := range dialoger.All(tx, organisasjon+"/") {
		if err != nil {
			return nil, err
		}
		list = append(list, entry.Value)
	}
	return list, nil
}

// FinnDialog is the dialog of that id.
func FinnDialog(tx *store.Tx, dialogID string) (dialog Dialog, found bool, err error) {
	key, found, err := dialogKeys.Get(tx, dialogID)
	if err != nil || !found {
		return Dialog{}, false, err
	}
	return dialoger.Get(tx, key)
}

// Forsendelser are the deliveries on a dialog, the first one first.
func Forsendelser(tx *store.Tx, dialogID string) iter.Seq2[Forsendelse, error] {
	return func(yield func(Forsendelse, error) bool) {
		for entry, err := range iDialog.All(tx, dialogID+"/") {
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

// FinnForsendelse is the delivery of that id.
func FinnForsendelse(tx *store.Tx, forsendelseID string) (forsendelse Forsendelse, found bool, err error) {
	return forsendelser.Get(tx, forsendelseID)
}

// FinnTilbakemelding is the delivery whose feedback has that id.
func FinnTilbakemelding(tx *store.Tx, tilbakemeldingID string) (forsendelse Forsendelse, found bool, err error) {
	id, found, err := dokumenter.Get(tx, dokumentKey(tilbakemeldingID, gjelderPart))
	if err != nil || !found {
		return Forsendelse{}, false, err
	}
	return forsendelser.Get(tx, string(id))
}
