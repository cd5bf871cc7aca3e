package innrapportering

import (
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// Svar lists the members that Innsending can answer with; an API picks its own.
func Svar() []string {
	return []string{"dialogId", "forsendelseId", "oppgavegiversLeveranseReferanse", "antallOppgaver"}
}

// Innsending takes a delivery in: a forsendelse with its document on the dialog of the oppgavegiver, the year and the API. The checks have
// proved the document; it is kept byte for byte as it was sent. The delivered document has the forsendelse's own id, as observed of the
// first attachment of a transmission (reference maskinporten-dialogporten 3.5, K015).
func Innsending(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	felter := r.API.Felter
	forsendelse := Forsendelse{
		ForsendelseID:  r.IDs.V7(tx.Now).String(),
		API:            r.API.Name,
		Inntektsaar:    r.Inntektsaar,
		Oppgavegiver:   text(felter.Oppgavegiver.In(r.Document)),
		Innsender:      r.Principal.Org,
		Leverandoer:    r.Principal.Consumer,
		Referanse:      text(felter.Referanse.In(r.Document)),
		AntallOppgaver: count(felter.Oppgave.In(r.Document)),
		Mottatt:        tx.Now,
	}
	forsendelse.Dokumenter = []Dokument{{DokumentID: forsendelse.ForsendelseID, ContentType: "application/json"}}

	dialog, err := openDialog(tx, r, forsendelse.Oppgavegiver)
	if err != nil {
		return wire.Response{}, err
	}
	forsendelse.DialogID = dialog.DialogID
	if err := forsendelser.Put(tx, forsendelse.ForsendelseID, forsendelse); err != nil {
		return wire.Response{}, err
	}
	if err := dokumenter.Put(tx, dokumentKey(forsendelse.ForsendelseID, forsendelse.ForsendelseID), r.Body); err != nil {
		return wire.Response{}, err
	}
	members := map[string]any{
		"dialogId":       dialog.DialogID,
		"forsendelseId":  forsendelse.ForsendelseID,
		"antallOppgaver": forsendelse.AntallOppgaver,
	}
	if forsendelse.Referanse != "" { // frivillig: what was not given is not answered (K016)
		members["oppgavegiversLeveranseReferanse"] = forsendelse.Referanse
	}
	return wire.Response{Members: members}, nil
}

// openDialog finds the organisation's dialog for this API and year, or begins it, and marks it as changed now.
func openDialog(tx *store.Tx, r *wire.Request, organisasjon string) (Dialog, error) {
	key := dialogKey(r.API.Name, r.Inntektsaar, organisasjon)
	dialog, found, err := dialoger.Get(tx, key)
	if err != nil {
		return Dialog{}, err
	}
	if !found {
		dialog = Dialog{
			DialogID: r.IDs.V7(tx.Now).String(), API: r.API.Name, Inntektsaar: r.Inntektsaar, Organisasjon: organisasjon,
			Opprettet: tx.Now,
		}
	}
	dialog.Oppdatert = tx.Now
	return dialog, dialoger.Put(tx, key, dialog)
}

// text is a member that may be a string, or absent.
func text(value any, _ bool) string {
	s, _ := value.(string)
	return s
}

// count is the length of a list that may be absent.
func count(value any, _ bool) int {
	list, _ := value.([]any)
	return len(list)
}
