package innrapportering

import (
	"errors"
	"time"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// ReceiptMembers returns the members that Innsending can answer with; each API picks its own.
func ReceiptMembers() []string {
	return []string{
		"dialogId", "forsendelseId", "oppgavegiversLeveranseReferanse", "antallSletteoppgaver",
		"antallOppgaver",
	}
}

// Innsending stores a delivery: a forsendelse with its document on the dialog of oppgavegiver, year
// and API, and the feedback to come. The document has passed all checks and is stored byte for
// byte. It has the forsendelse's own id, as observed of the first attachment of a transmission
// (docs/sources/dialogporten.md, Documents; K015).
func (p Processing) Innsending(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	f := p.received(r, tx.Now)
	dialog, err := openDialog(tx, r, f)
	if err != nil {
		return wire.Response{}, err
	}
	f.DialogID, f.Nummer = dialog.DialogID, dialog.Antall
	p.settleFeedback(r, &f)
	err = errors.Join(
		deliveries.Put(tx, f.ForsendelseID, delivery{f, r.Body}),
		inDialog.Put(tx, deliveryKey(f), []byte(f.ForsendelseID)),
		subjects.Put(tx, subjectKey(f.TilbakemeldingID), []byte(f.ForsendelseID)),
	)
	return wire.Response{Members: receiptOf(r, f), Delivered: deliveredOf(f)}, err
}

// deliveredOf describes a forsendelse for the report on the client.
func deliveredOf(f Forsendelse) *wire.Delivered {
	d := &wire.Delivered{
		DialogID: f.DialogID, ForsendelseID: f.ForsendelseID, TilbakemeldingID: f.TilbakemeldingID,
		Oppgavegiver: f.Oppgavegiver,
		Avvist:       f.Leveransestatus == avvist, Deletes: f.AntallSletteoppgaver > 0,
	}
	if !f.NeverShown {
		d.Feedback = f.Behandlet
	}
	return d
}

// exampleReceipt returns the answer to a delivery that is the first in its dialog.
func (p Processing) exampleReceipt(r *wire.Request) (wire.Response, error) {
	f := p.received(r, r.Now)
	f.DialogID = r.IDs.V7(r.Now).String()
	return wire.Response{Members: receiptOf(r, f)}, nil
}

// received returns the forsendelse of a delivery, without what the dialog and the feedback give it.
func (p Processing) received(r *wire.Request, now time.Time) Forsendelse {
	felter := r.API.Felter
	leveranser := leveranserOf(felter, r.Document)
	first := firstLeveranse(felter, r.Document)
	f := Forsendelse{
		ForsendelseID:        r.IDs.V7(now).String(),
		API:                  r.API.Name,
		Inntektsaar:          r.Inntektsaar,
		Oppgavegiver:         text(felter.Oppgavegiver, first),
		Innsender:            r.Principal.Org,
		Leverandoer:          r.Principal.Consumer,
		Referanse:            text(felter.Referanse, first),
		AntallOppgaver:       total(leveranser, felter.Oppgave), // as received, whatever is stated (K054)
		AntallSletteoppgaver: total(leveranser, r.API.Sletteoppgaver()),
		Mottatt:              now,
		Behandlet:            now.Add(p.delay()),
	}
	f.Dokumenter = []Dokument{{DokumentID: f.ForsendelseID, Navn: "Innsending.json", ContentType: jsonType}}
	return f
}

// receiptOf returns the members of the answer to a delivery.
func receiptOf(r *wire.Request, f Forsendelse) map[string]any {
	members := receipt(f.ForsendelseID, f.DialogID, f.Referanse, f.AntallSletteoppgaver, f.AntallOppgaver)
	if perLeveranse := r.API.SvarPerLeveranse; perLeveranse.Name != "" {
		members[perLeveranse.Name] = entries(r.API, leveranserOf(r.API.Felter, r.Document))
	}
	return members
}

// entries returns the entry of each leveranse in the answer, with its members in the order of the
// API: what receipt has of a delivery, and what the leveranse itself has.
func entries(api *catalog.API, leveranser []leveransePart) []wire.Ordered {
	all := make([]wire.Ordered, len(leveranser))
	for i, l := range leveranser {
		own := receipt("", "", text(api.Felter.Referanse, l.content), len(list(api.Sletteoppgaver(), l.content)),
			len(list(api.Felter.Oppgave, l.content)))
		for _, name := range api.SvarPerLeveranse.Members {
			value, known := own[name]
			if !known {
				value = member(jsonptr.Pointer{name}, l.content)
			}
			all[i] = append(all[i], wire.Member{Name: name, Value: value})
		}
	}
	return all
}

// Leveransebekreftelse has the members of the answer to a delivery. All are required in the official documents, so
// a missing reference is an empty text (K016).
type Leveransebekreftelse struct {
	DialogID             string `json:"dialogId"`
	ForsendelseID        string `json:"forsendelseId"`
	Referanse            string `json:"oppgavegiversLeveranseReferanse"`
	AntallSletteoppgaver int    `json:"antallSletteoppgaver"`
	AntallOppgaver       int    `json:"antallOppgaver"`
}

// receipt returns the members of the answer.
func receipt(forsendelseID, dialogID, referanse string, sletteoppgaver, oppgaver int) map[string]any {
	return map[string]any{
		"dialogId":                        dialogID,
		"forsendelseId":                   forsendelseID,
		"oppgavegiversLeveranseReferanse": referanse,
		"antallSletteoppgaver":            sletteoppgaver,
		"antallOppgaver":                  oppgaver,
	}
}

// openDialog returns the oppgavegiver's dialog for the API and year, creating it if necessary, with
// the delivery counted.
func openDialog(tx *store.Tx, r *wire.Request, f Forsendelse) (Dialog, error) {
	key := dialogIDKey(f.Oppgavegiver, r.API.Name, r.Inntektsaar)
	id, found, err := dialogIDs.Get(tx, key)
	if err != nil {
		return Dialog{}, err
	}
	var dialog Dialog
	if found {
		if dialog, _, err = FindDialog(tx, string(id)); err != nil {
			return Dialog{}, err
		}
	} else {
		dialog = Dialog{
			DialogID: r.IDs.V7(tx.Now).String(), API: r.API.Name, Inntektsaar: r.Inntektsaar,
			Organisasjon: f.Oppgavegiver,
			Opprettet:    tx.Now,
		}
		if err := dialogIDs.Put(tx, key, []byte(dialog.DialogID)); err != nil {
			return Dialog{}, err
		}
	}
	dialog.Oppdatert = tx.Now
	dialog.Antall++
	dialog.OutOfOrder = dialog.OutOfOrder || f.Behandlet.Before(dialog.Behandlet) ||
		r.Staged.Feedback == wire.FeedbackNever
	dialog.Behandlet = f.Behandlet
	return dialog, dialoger.Put(tx, dialogKey(dialog.DialogID), dialog)
}
