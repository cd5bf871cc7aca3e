package innrapportering

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// HentDokument gives one document of a forsendelse: the delivery as it was sent, or the feedback on it once that shows. The feedback's
// documents are found under the delivery's forsendelseId and under the feedback's own (reference maskinporten-dialogporten 3.5, K063). A
// forsendelse of another API, another year than the path's, or an organisation the caller may not report for is told exactly as one that
// does not exist, and so is feedback that does not show yet.
func HentDokument(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	id := strings.ToLower(r.Params["forsendelseId"]) // both ids are UUIDs
	f, dokumenter, why, err := finnDokumenter(tx, id)
	if err != nil {
		return wire.Response{}, err
	}
	if why == "" {
		if why, err = hiddenFrom(tx, r, f); err != nil {
			return wire.Response{}, err
		}
	}
	if why != "" {
		return wire.Response{}, feil.New(feil.UnknownForsendelse, why, feil.Detalj{Sti: "forsendelseId", AngittVerdi: id, UtenKode: "det finnes ingen forsendelse med denne IDen"})
	}
	dokumentID := strings.ToLower(r.Params["dokumentId"])
	i := slices.IndexFunc(dokumenter, func(d Dokument) bool { return d.DokumentID == dokumentID })
	if i < 0 {
		why := "the forsendelse has no document of this id; the delivered document has the forsendelse's own id"
		if !f.ErBehandlet(tx.Now) {
			why += ", and " + notYet(f)
		}
		return wire.Response{}, feil.New(feil.UnknownDokument, why, feil.Detalj{Sti: "dokumentId", AngittVerdi: dokumentID, UtenKode: "forsendelsen har ikke noe dokument med denne IDen"})
	}
	if mediaType := dokumenter[i].ContentType; r.Accepts != nil && !r.Accepts(mediaType) { // K504
		return wire.Response{}, feil.New(feil.NotAcceptable, "the document is "+mediaType+", and the Accept header leaves that out",
			feil.Detalj{Sti: "Accept", AngittVerdi: r.Accept, Melding: "dokumentet er " + mediaType})
	}
	body, err := innhold(tx, f, dokumenter[i])
	return wire.Response{ContentType: dokumenter[i].ContentType, Document: body}, err
}

// Dokumentet is a document that is there now, whoever asks: for an API whose page has no address for documents. An empty type is none.
func Dokumentet(tx *store.Tx, forsendelseID, dokumentID string) (contentType string, body []byte, err error) {
	f, dokumenter, why, err := finnDokumenter(tx, forsendelseID)
	i := slices.IndexFunc(dokumenter, func(d Dokument) bool { return d.DokumentID == dokumentID })
	if err != nil || why != "" || i < 0 {
		return "", nil, err
	}
	body, err = innhold(tx, f, dokumenter[i])
	return dokumenter[i].ContentType, body, err
}

// finnDokumenter finds the delivery that an id belongs to, its own or its feedback's, and the documents that are there under that id now.
// why says what is wrong when there is none.
func finnDokumenter(tx *store.Tx, id string) (f Forsendelse, dokumenter []Dokument, why string, err error) {
	f, found, err := FinnForsendelse(tx, id)
	switch {
	case err != nil:
		return f, nil, "", err
	case found && f.ErBehandlet(tx.Now):
		return f, slices.Concat(f.Dokumenter, f.Tilbakemelding), "", nil
	case found:
		return f, f.Dokumenter, "", nil
	}
	f, found, err = FinnTilbakemelding(tx, id)
	switch {
	case err != nil || !found:
		return f, nil, "no forsendelse has this id", err
	case !f.ErBehandlet(tx.Now):
		return f, nil, notYet(f), nil
	}
	return f, f.Tilbakemelding, "", nil
}

// hiddenFrom tells why the caller may not see a forsendelse at the address of the call; empty when it may.
func hiddenFrom(tx *store.Tx, r *wire.Request, f Forsendelse) (why string, err error) {
	switch {
	case f.API != r.API.Name:
		return fmt.Sprintf("the forsendelse belongs to the API %s", f.API), nil
	case r.Inntektsaar != 0 && f.Inntektsaar != r.Inntektsaar:
		return fmt.Sprintf("the forsendelse is of %d, the path says %d", f.Inntektsaar, r.Inntektsaar), nil
	}
	may, err := mayReportFor(tx, r, f.Oppgavegiver)
	if err != nil || may || f.Innsender == r.Principal.Org { // K034
		return "", err
	}
	return fmt.Sprintf("the forsendelse is of organisation %s, the token is for %s", f.Oppgavegiver, r.Principal.Org), nil
}

func notYet(f Forsendelse) string {
	if f.Aldri {
		return "a scenario keeps its feedback from ever showing"
	}
	return "the feedback shows from " + f.Behandlet.UTC().Format(time.RFC3339Nano) + " on, by sandkasse's clock (--processing-delay)"
}

// innhold is a document's bytes: those of a delivery are stored, those of feedback are told from what was found.
func innhold(tx *store.Tx, f Forsendelse, d Dokument) ([]byte, error) {
	if slices.Contains(f.Tilbakemelding, d) {
		return feedbackDocument(tx, f, d.ContentType)
	}
	body, found, err := dokumenter.Get(tx, dokumentKey(f.ForsendelseID, d.DokumentID))
	if err == nil && !found {
		err = fmt.Errorf("the document %s of forsendelse %s is listed and not stored", d.DokumentID, f.ForsendelseID)
	}
	return body, err
}
