package report

import (
	"fmt"
	"net/http"

	"sandkasse/mock/internal/feil"
)

// koboDeleteBody finds a DELETE without the document that the operation requires: of an assignment, or
// a tenancy ("requestBody: required: true", Kobo page, Fjerne tildeling and Avslutte leieforhold).
func koboDeleteBody() rule {
	return rule{
		Rule: Rule{
			ID: "kobo-delete-body", Gravity: Warning, Sure: true,
			Production: "Kobo refuses the call, since the document is required",
			Change: "send the document with the DELETE; many HTTP libraries, and some proxies, drop it unless they " +
				"are told not to",
		},
		watch: func(*space) watcher { return koboDeleteBodyWatcher{} },
	}
}

type koboDeleteBodyWatcher struct{}

func (koboDeleteBodyWatcher) see(c *Call) []fault {
	if c.API == nil || c.API.Family != "kobo" || c.Route == nil || c.Route.Method != http.MethodDelete ||
		c.Route.Schema == nil || len(c.Body) > 0 || c.HTTP.ContentLength > 0 || c.Offence == feil.BodyTooLarge {
		return nil
	}
	return []fault{{
		subject: c.Route.Name, calls: []int64{c.Number},
		what: fmt.Sprintf("DELETE %s was sent without a document", c.Template),
	}}
}
