package innrapportering

import (
	"fmt"
	"slices"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// HentDokument gives one document of a forsendelse back as it was delivered. A forsendelse of another API, another year than the path's, or
// an organisation the caller may not report for is told exactly as one that does not exist.
func HentDokument(tx *store.Tx, r *wire.Request) (wire.Response, error) {
	id := r.Params["forsendelseId"]
	forsendelse, found, err := forsendelser.Get(tx, id)
	if err != nil {
		return wire.Response{}, err
	}
	why := ""
	switch {
	case !found:
		why = "no forsendelse has this id"
	case forsendelse.API != r.API.Name:
		why = fmt.Sprintf("the forsendelse belongs to the API %s", forsendelse.API)
	case r.Inntektsaar != 0 && forsendelse.Inntektsaar != r.Inntektsaar:
		why = fmt.Sprintf("the forsendelse is of %d, the path says %d", forsendelse.Inntektsaar, r.Inntektsaar)
	default:
		may, err := mayReportFor(tx, r, forsendelse.Oppgavegiver)
		if err != nil {
			return wire.Response{}, err
		}
		if !may && forsendelse.Innsender != r.Principal.Org { // K034
			why = fmt.Sprintf("the forsendelse is of organisation %s, the token is for %s", forsendelse.Oppgavegiver, r.Principal.Org)
		}
	}
	if why != "" {
		return wire.Response{}, feil.New(feil.UnknownForsendelse, why, feil.Detalj{Sti: "forsendelseId", AngittVerdi: id})
	}
	dokumentID := r.Params["dokumentId"]
	i := slices.IndexFunc(forsendelse.Dokumenter, func(d Dokument) bool { return d.DokumentID == dokumentID })
	if i < 0 {
		return wire.Response{}, feil.New(feil.UnknownDokument,
			"the forsendelse has no document of this id; the delivered document has the forsendelse's own id",
			feil.Detalj{Sti: "dokumentId", AngittVerdi: dokumentID})
	}
	body, found, err := dokumenter.Get(tx, dokumentKey(id, dokumentID))
	if err == nil && !found {
		err = fmt.Errorf("the document %s of forsendelse %s is listed and not stored", dokumentID, id)
	}
	return wire.Response{ContentType: forsendelse.Dokumenter[i].ContentType, Document: body}, err
}
