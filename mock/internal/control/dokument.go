package control

import (
	"net/http"

	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/store"
)

// dokument answers a document of a delivery, without a token, so that the feedback of boligsameie
// can be read, whose page has no address for documents (K066).
func (c *request) dokument(r *http.Request) (any, error) {
	forsendelseID, dokumentID := r.PathValue("forsendelse"), r.PathValue("dokument")
	var found document
	err := c.view(func(tx *store.Tx) (err error) {
		found.contentType, found.body, err = innrapportering.OpenDokument(tx, c.Catalog, forsendelseID, dokumentID)
		return err
	})
	if err == nil && found.contentType == "" {
		err = &apiError{http.StatusNotFound, "there is no such document now; GET /_sandkasse/calls shows which " +
			"forsendelser were made"}
	}
	return found, err
}
