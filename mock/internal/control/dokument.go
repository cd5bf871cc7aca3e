package control

import (
	"net/http"

	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/store"
)

// dokument gives out a document of a delivery, without a token: the page of boligsameie has no address for documents, and its feedback is to
// be read all the same (K066).
func (c *room) dokument(r *http.Request) (any, error) {
	forsendelseID, dokumentID := r.PathValue("forsendelse"), r.PathValue("dokument")
	var found document
	err := c.view(func(tx *store.Tx) (err error) {
		found.contentType, found.body, err = innrapportering.OpenDokument(tx, forsendelseID, dokumentID)
		return err
	})
	if err == nil && found.contentType == "" {
		err = &failure{http.StatusNotFound, "there is no such document now; GET /_sandkasse/calls shows which forsendelser were made"}
	}
	return found, err
}
