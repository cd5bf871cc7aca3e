package gateway

import (
	"net/http"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/scenario"
	"sandkasse/mock/internal/session"
	"sandkasse/mock/internal/wire"
)

// Unscripted returns what the scenarios cost a call that asks for nothing in a session where nothing
// is armed: they are selected, run at the three points, and ended.
func Unscripted(library *scenario.Library, sess *session.Session, r *http.Request, body []byte) func() error {
	g := &Gateway{Config: Config{Scenarios: library}, codes: reservedCodes(&catalog.Catalog{})}
	c := &call{http: r, session: sess, Request: wire.Request{
		API: &catalog.API{Name: "bsu", Family: "innrapportering"}, Route: &catalog.Route{Name: "innsending"},
		Body: body, Query: r.URL.Query(),
	}}
	return func() error {
		if err := g.selectScenarios(c); err != nil {
			return err
		}
		g.runScenarios(c, scenario.BeforeChecks, "")
		g.runScenarios(c, scenario.InsteadOfWork, "")
		g.applyAnswerScenarios(c, response{status: http.StatusOK})
		c.scenarios.End()
		return nil
	}
}
