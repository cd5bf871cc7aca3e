// Package innrapportering is what Skatteetaten's reporting APIs do with a delivery: take it in, and hand its documents out again.
//
// The sibling APIs differ in data only (package catalog); everything here holds for all of them.
package innrapportering

import (
	"fmt"
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
	Oppdatert    time.Time `json:"oppdatert"`
}

// Forsendelse is one accepted delivery.
type Forsendelse struct {
	ForsendelseID  string     `json:"forsendelseId"`
	DialogID       string     `json:"dialogId"`
	API            string     `json:"api"`
	Inntektsaar    int        `json:"inntektsaar"`
	Oppgavegiver   string     `json:"oppgavegiver"`
	Innsender      string     `json:"innsender,omitempty"`   // the systembruker's organisation
	Leverandoer    string     `json:"leverandoer,omitempty"` // the vendor whose system sent it
	Referanse      string     `json:"referanse,omitempty"`
	AntallOppgaver int        `json:"antallOppgaver"`
	Mottatt        time.Time  `json:"mottatt"`
	Dokumenter     []Dokument `json:"dokumenter"`
}

// Dokument is one document of a forsendelse; its bytes lie in their own collection.
type Dokument struct {
	DokumentID  string `json:"dokumentId"`
	ContentType string `json:"contentType"`
}

// What is stored. Forsendelser and documents have keys that begin with a UUID of version 7, so they are laid down in order of time.
var (
	dialoger     = store.NewCollection[Dialog]("dialog")           // by dialogKey
	forsendelser = store.NewCollection[Forsendelse]("forsendelse") // by forsendelseId
	dokumenter   = store.NewBlobs("dokument")                      // by forsendelseId/dokumentId
	delegations  = store.NewCollection[Delegation]("delegation")   // by from/to
)

func dialogKey(api string, inntektsaar int, organisasjon string) string {
	return fmt.Sprintf("%s/%d/%s", api, inntektsaar, organisasjon)
}

func dokumentKey(forsendelseID, dokumentID string) string { return forsendelseID + "/" + dokumentID }
