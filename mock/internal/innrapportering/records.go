// Package innrapportering implements the behaviours of Skatteetaten's reporting APIs: it accepts
// deliveries, checks them, serves their documents and the feedback on them, and works out which
// oppgaver are current.
//
// The sibling APIs differ only in their data (package catalog); everything here applies to all of
// them.
package innrapportering

import (
	"iter"
	"strconv"
	"time"

	"sandkasse/mock/internal/store"
)

// Dialog holds the deliveries of one organisation for one year under one API; there is one for
// each.
type Dialog struct {
	DialogID     string
	API          string
	Inntektsaar  int
	Organisasjon string
	Opprettet    time.Time
	// time of the last delivery; its feedback comes later (Forsendelse.Behandlet)
	Oppdatert time.Time
	Antall    int // number of deliveries

	// Behandlet is the time from which the feedback on the last delivery is visible. OutOfOrder is
	// true when deliveries are not processed in the order of their arrival: the clock was set back,
	// the delay changed, or one gets no feedback at all.
	Behandlet  time.Time
	OutOfOrder bool
}

// Forsendelse is an accepted delivery with the feedback on it.
type Forsendelse struct {
	ForsendelseID        string
	DialogID             string
	API                  string
	Inntektsaar          int
	Nummer               int // on its dialog, from 1
	Oppgavegiver         string
	Innsender            string // the systembruker's organisation
	Leverandoer          string // the vendor whose system sent it
	Referanse            string
	AntallOppgaver       int
	AntallSletteoppgaver int
	Mottatt              time.Time
	Dokumenter           []Dokument

	// The feedback is settled when the delivery is accepted, worked out from the document whenever
	// somebody reads it, and visible from Behandlet on. It is a forsendelse ("transmission") of its
	// own, related to this one.
	Behandlet        time.Time
	Leveransestatus  string // godkjent or avvist
	Control          Control
	RejectedOnDemand bool // a scenario added an avvik of gravity avvist
	TilbakemeldingID string
	Tilbakemelding   []Dokument
	NeverShown       bool // a scenario keeps the feedback hidden for ever
}

// delivery is a forsendelse with the document that was delivered, which is stored behind its fields:
// one record is cheaper than two, and a reader of the fields does not touch the document.
type delivery struct {
	Forsendelse
	body []byte
}

// Dokument describes one document of a forsendelse.
type Dokument struct {
	DokumentID  string
	Navn        string // file name, such as Innsending.json
	ContentType string
}

// Collections. The keys of forsendelser are UUIDs of version 7, so that they are stored in order of
// time. What one delivery writes then lies on few pages, and its commit is cheap.
var (
	forsendelser = store.NewCollection[Forsendelse]("forsendelse") // by forsendelseId
	deliveries   = store.NewCollection[delivery]("forsendelse")    // the same records, with their documents
	subjects     = store.NewBlobs("forsendelse")                   // by subjectKey → forsendelseId
	dialoger     = store.NewCollection[Dialog]("dialog")           // by dialogKey
	inDialog     = store.NewBlobs("dialog")                        // by deliveryKey → forsendelseId
	dialogIDs    = store.NewBlobs("dialogId")                      // by dialogIDKey → dialogId
	delegations  = store.NewCollection[Delegation]("delegation")   // by from/to
)

// subjectKey returns the key under which stands what the feedback with the id is about.
func subjectKey(tilbakemeldingID string) string { return tilbakemeldingID + "/subject" }

// dialogKey returns the key of a dialog. It sorts behind the deliveries of the dialog, next to the
// last.
func dialogKey(dialogID string) string { return dialogID + "/dialog" }

// deliveryPrefix returns what the keys of the deliveries of a dialog begin with.
func deliveryPrefix(dialogID string) string { return dialogID + "/0" }

// deliveryKey returns the key of a delivery on its dialog. It sorts them by arrival, also where
// several arrive in one millisecond.
func deliveryKey(f Forsendelse) string {
	number := strconv.Itoa(f.Nummer)
	return deliveryPrefix(f.DialogID) + "0000000000"[min(len(number), 10):] + number
}

func dialogIDKey(organisasjon, api string, inntektsaar int) string {
	return organisasjon + "/" + api + "/" + strconv.Itoa(inntektsaar)
}

// dialogs yields the dialogs whose dialogIDKey begins with the prefix, in the order of those keys. An
// error is the last.
func dialogs(tx *store.Tx, prefix string) iter.Seq2[Dialog, error] {
	return func(yield func(Dialog, error) bool) {
		for entry, err := range dialogIDs.All(tx, prefix) {
			var dialog Dialog
			if err == nil {
				dialog, _, err = FindDialog(tx, string(entry.Value))
			}
			if !yield(dialog, err) || err != nil {
				return
			}
		}
	}
}

// DialogsOf returns the dialogs of an organisation, sorted by API and year.
func DialogsOf(tx *store.Tx, organisasjon string) (list []Dialog, err error) {
	for dialog, err := range dialogs(tx, organisasjon+"/") {
		if err != nil {
			return nil, err
		}
		list = append(list, dialog)
	}
	return list, nil
}

// Dialogs yields the dialogs of an organisation, or of all where it is empty, sorted by organisation,
// API and year. An error is the last.
func Dialogs(tx *store.Tx, organisasjon string) iter.Seq2[Dialog, error] {
	if organisasjon == "" {
		return dialogs(tx, "")
	}
	return dialogs(tx, organisasjon+"/")
}

// FindDialog returns the dialog with the id; found is false if there is none.
func FindDialog(tx *store.Tx, dialogID string) (dialog Dialog, found bool, err error) {
	return dialoger.Get(tx, dialogKey(dialogID))
}

// ForsendelserOf yields the deliveries of a dialog in the order of their arrival. An error is the
// last.
func ForsendelserOf(tx *store.Tx, dialogID string) iter.Seq2[Forsendelse, error] {
	return func(yield func(Forsendelse, error) bool) {
		for entry, err := range inDialog.All(tx, deliveryPrefix(dialogID)) {
			var forsendelse Forsendelse
			if err == nil {
				forsendelse, _, err = forsendelser.Get(tx, string(entry.Value))
			}
			if !yield(forsendelse, err) || err != nil {
				return
			}
		}
	}
}

// NewestForsendelser yields the deliveries of a dialog, the newest first: those with a lower number
// than before, or all where before is 0. An error is the last.
func NewestForsendelser(tx *store.Tx, dialogID string, before int) iter.Seq2[Forsendelse, error] {
	return func(yield func(Forsendelse, error) bool) {
		end := deliveryKey(Forsendelse{DialogID: dialogID, Nummer: before})
		for entry, err := range inDialog.Backwards(tx, deliveryPrefix(dialogID)) {
			if err == nil && before > 0 && entry.Key >= end {
				continue
			}
			var forsendelse Forsendelse
			if err == nil {
				forsendelse, _, err = forsendelser.Get(tx, string(entry.Value))
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
	id, found, err := subjects.Get(tx, subjectKey(tilbakemeldingID))
	if err != nil || !found {
		return Forsendelse{}, false, err
	}
	return forsendelser.Get(tx, string(id))
}
