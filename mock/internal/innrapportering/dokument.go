package innrapportering

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// ServeDokument answers one document of a forsendelse: the delivery as it was sent, or the feedback
// once that is visible. The documents of the feedback are found under the delivery's forsendelseId
// and under its own (docs/sources/dialogporten.md, Documents; K063). A forsendelse of another API,
// of another year than the path's, or of an organisation that the caller may not report for is
// answered exactly like one that does not exist, and so is feedback that is not visible yet.
func ServeDokument(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	id := strings.ToLower(r.Params["forsendelseId"]) // both ids are UUIDs
	f, dokumenter, why, err := findDokumenter(tx, id)
	if err != nil {
		return wire.Response{}, err
	}
	if why == "" {
		if why, err = hiddenReason(tx, r, f); err != nil {
			return wire.Response{}, err
		}
	}
	if why != "" {
		return wire.Response{}, unknownForsendelse(tx, r, id, why)
	}
	dokumentID := strings.ToLower(r.Params["dokumentId"])
	i := slices.IndexFunc(dokumenter, func(d Dokument) bool { return d.DokumentID == dokumentID })
	if i < 0 {
		why := "the forsendelse has no document of this id; the delivered document has the forsendelse's own id"
		if !f.IsProcessed(tx.Now) {
			why += ", and " + notYet(f)
		}
		return wire.Response{}, feil.New(feil.UnknownDokument, why, feil.UnknownDokumentDetalj(dokumentID))
	}
	if mediaType := dokumenter[i].ContentType; r.Accepts != nil && !r.Accepts(mediaType) { // K504
		return wire.Response{}, feil.New(feil.NotAcceptable, "the document is "+mediaType+
			", and the Accept header leaves that out",
			feil.Detalj{Sti: "Accept", AngittVerdi: r.Accept, Melding: "dokumentet er " + mediaType})
	}
	body, err := content(tx, r.API, f, dokumenter[i])
	return wire.Response{ContentType: dokumenter[i].ContentType, Document: body}, err
}

// unknownForsendelse returns NoDialog if the caller's organisation has no dialog for the API and the
// year of the call, so that it cannot have a forsendelse either, else UnknownForsendelse; or an error
// of the store. Some pages tell the two apart (GLD_1054, GLD_1061: melk page, Feilkoder; K722).
func unknownForsendelse(tx *store.Tx, r *wire.Request, id, why string) error {
	offence := feil.UnknownForsendelse
	_, found, err := dialogIDs.Get(tx, dialogIDKey(r.Principal.Org, r.API.Name, r.Inntektsaar))
	if err != nil {
		return err
	}
	if !found && r.Inntektsaar != 0 {
		offence = feil.NoDialog
		why += fmt.Sprintf(", and organisation %s has delivered nothing for %d", r.Principal.Org, r.Inntektsaar)
	}
	return feil.New(offence, why, feil.UnknownForsendelseDetalj(id))
}

// OpenDokument returns a document without checking the caller, for an API whose page has no address
// for documents. The content type is empty if there is no such document now, or no such API any more.
func OpenDokument(
	tx *store.Tx, known *catalog.Catalog, forsendelseID, dokumentID string,
) (contentType string, body []byte, err error) {
	f, dokumenter, why, err := findDokumenter(tx, forsendelseID)
	i := slices.IndexFunc(dokumenter, func(d Dokument) bool { return d.DokumentID == dokumentID })
	api := known.ByName(f.API)
	if err != nil || why != "" || i < 0 || api == nil {
		return "", nil, err
	}
	body, err = content(tx, api, f, dokumenter[i])
	return dokumenter[i].ContentType, body, err
}

// findDokumenter returns the delivery that has the id, or whose feedback has it, and the documents
// visible under that id now. If there is none, why says so.
func findDokumenter(tx *store.Tx, id string) (f Forsendelse, dokumenter []Dokument, why string, err error) {
	f, found, err := FindForsendelse(tx, id)
	switch {
	case err != nil:
		return f, nil, "", err
	case found && f.IsProcessed(tx.Now):
		return f, slices.Concat(f.Dokumenter, f.Tilbakemelding), "", nil
	case found:
		return f, f.Dokumenter, "", nil
	}
	f, found, err = FindByTilbakemelding(tx, id)
	switch {
	case err != nil || !found:
		return f, nil, "no forsendelse has this id", err
	case !f.IsProcessed(tx.Now):
		return f, nil, notYet(f), nil
	}
	return f, f.Tilbakemelding, "", nil
}

// hiddenReason returns why the caller may not read a forsendelse at the address of the call, or the
// empty string if it may.
func hiddenReason(tx *store.Tx, r *wire.Request, f Forsendelse) (why string, err error) {
	switch {
	case f.API != r.API.Name:
		return fmt.Sprintf("the forsendelse belongs to the API %s", f.API), nil
	case r.Inntektsaar != 0 && f.Inntektsaar != r.Inntektsaar:
		return fmt.Sprintf("the forsendelse is of %d, the path says %d", f.Inntektsaar, r.Inntektsaar), nil
	}
	may, why, err := mayReportFor(tx, r, r.API, f.Oppgavegiver)
	if err != nil || may || f.Innsender == r.Principal.Org && why == "" { // K034
		return "", err
	}
	if why != "" {
		return why, nil
	}
	return fmt.Sprintf("the forsendelse is of organisation %s, the token is for %s", f.Oppgavegiver, r.Principal.Org),
		nil
}

func notYet(f Forsendelse) string {
	if f.NeverShown {
		return "a scenario keeps its feedback from ever showing"
	}
	return "the feedback shows from " + f.Behandlet.UTC().Format(time.RFC3339Nano) +
		" on, by sandkasse's clock (--processing-delay)"
}

// content returns the bytes of a document: a delivery's are stored, those of feedback are made from
// its findings.
func content(tx *store.Tx, api *catalog.API, f Forsendelse, d Dokument) ([]byte, error) {
	whole, _, err := deliveries.Get(tx, f.ForsendelseID)
	if err != nil || !slices.Contains(f.Tilbakemelding, d) {
		return whole.body, err
	}
	return feedbackDocument(api, whole, d.ContentType)
}
