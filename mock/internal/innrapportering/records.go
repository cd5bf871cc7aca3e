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
	Innsender            string   // the systembruker's organisation
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
// time. What leads from one id to another lies in the bucket of the dialogs: a call that writes to
// fewer buckets is cheaper.
var (
	forsendelser = store.NewCollection[Forsendelse]("forsendelse") // by forsendelseId
	deliveries   = store.NewCollection[delivery]("forsendelse")    // the same records, with their documents
	dialoger     = store.NewCollection[Dialog]("dialog")           // by dialogKey
	references   = store.NewBlobs("dialog")                        // by dialogIDKey, deliveryKey and feedbackKey
	delegations  = store.NewCollection[Delegation]("delegation")   // by from/to
)

// dialogPrefix begins the keys of all dialogs, and no other.
const dialogPrefix = "dialog/"

// dialogsPrefix begins the keys of the dialogs of an organisation.
func dialogsPrefix(organisasjon string) string { return dialogPrefix + organisasjon + "/" }

func dialogKey(organisasjon, api string, inntektsaar int) string {
	return dialogsPrefix(organisasjon) + api + "/" + strconv.Itoa(inntektsaar)
}

// dialogIDKey is the key of a reference to the dialogKey.
func dialogIDKey(dialogID string) string { return "id/" + dialogID }

// deliveriesPrefix begins the keys of the references to the deliveries of a dialog.
func deliveriesPrefix(dialogID string) string { return "in/" + dialogID + "/" }

// deliveryKey is the key of a reference to the forsendelseId. It sorts the deliveries of a dialog by
// arrival, also where several arrive in one millisecond.
func deliveryKey(f Forsendelse) string {
	number := strconv.Itoa(f.Nummer)
	return deliveriesPrefix(f.DialogID) + "0000000000"[min(len(number), 10):] + number
}

// feedbackKey is the key of a reference from the feedback to the forsendelseId that it is about.
func feedbackKey(tilbakemeldingID string) string { return "feedback/" + tilbakemeldingID }

// DialogsOf returns the dialogs of an organisation, sorted by API and year.
func DialogsOf(tx *store.Tx, organisasjon string) (list []Dialog, err error) {
	for entry, err := range dialoger.All(tx, dialogsPrefix(organisasjon)) {
		if err != nil {
			return nil, err
		}
		list = append(list, entry.Value)
	}
	return list, nil
}

// FindDialog returns the dialog with the id; found is false if there is none.
func FindDialog(tx *store.Tx, dialogID string) (dialog Dialog, found bool, err error) {
	key, found, err := references.Get(tx, dialogIDKey(dialogID))
	if err != nil || !found {
		return Dialog{}, false, err
	}
	return dialoger.Get(tx, string(key))
}

// ForsendelserOf yields the deliveries of a dialog in the order of their arrival. An error is the
// last.
func ForsendelserOf(tx *store.Tx, dialogID string) iter.Seq2[Forsendelse, error] {
	return func(yield func(Forsendelse, error) bool) {
		for entry, err := range references.All(tx, deliveriesPrefix(dialogID)) {
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
	id, found, err := references.Get(tx, feedbackKey(tilbakemeldingID))
	if err != nil || !found {
		return Forsendelse{}, false, err
	}
	return forsendelser.Get(tx, string(id))
}
