package control

import (
	"net/http"

	"sandkasse/mock/internal/report"
)

// report tells what production would punish in the conduct of the session's client, and what the
// client has met.
func (c *request) report(r *http.Request) (any, error) {
	if _, err := filters(r); err != nil {
		return nil, err
	}
	found := c.session.Report.Findings(c.session.Clock.Now(), c.session.Log.Has)
	return report.Report{Findings: found, Coverage: []report.Coverage{}}, nil
}
