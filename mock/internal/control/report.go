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
	return report.Report{Findings: c.session.Report.Findings(c.session.Log.Has), Coverage: []report.Coverage{}}, nil
}
