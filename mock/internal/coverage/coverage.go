// Package coverage makes the report of a session: the findings on its client, and the lines of each
// API with what the client has met and what to paste to provoke the rest.
package coverage

import (
	"fmt"
	"slices"
	"strings"

	"sandkasse/mock/internal/gateway"
	"sandkasse/mock/internal/report"
	"sandkasse/mock/internal/session"
	"sandkasse/mock/internal/suggest"
)

// AllAPIs asks for the coverage of every API.
const AllAPIs = "all"

// UnknownAPIError is the error of a name that no API has.
type UnknownAPIError struct{ text string }

// Error returns a sentence with the names that there are.
func (e *UnknownAPIError) Error() string { return e.text }

// Report returns the report of a session, with the coverage of the APIs of those names, AllAPIs among
// them for every one, or, for no names, of those that the client has called (K781). The base is the
// address of the session, without a slash at its end, for what is to be pasted. The error is an
// *UnknownAPIError.
func Report(g *gateway.Gateway, s *session.Session, base string, names []string) (report.Report, error) {
	known := append(g.Catalog.Names(), AllAPIs)
	for _, name := range names {
		if !slices.Contains(known, name) {
			return report.Report{}, &UnknownAPIError{fmt.Sprintf("there is no API %q; there are %s", name,
				strings.Join(suggest.NearestFirst(name, known), ", "))}
		}
	}
	now := s.Clock.Now()
	made := report.Report{
		Findings: s.Report.Findings(now, s.Log.Has), Off: []report.Off{}, Coverage: []report.Coverage{},
	}
	for _, api := range g.Catalog.APIs {
		of := g.Lines(api)
		lines, called := s.Report.Coverage(of)
		if !slices.Contains(names, api.Name) && !slices.Contains(names, AllAPIs) && (len(names) > 0 || !called) {
			continue
		}
		maker := recipes{gateway: g, api: api, lines: of, base: base, now: now}
		for i := range lines {
			lines[i].Next = maker.next(i)
			if made.Of++; lines[i].Met > 0 {
				made.Met++
			}
		}
		made.Coverage = append(made.Coverage, lines...)
	}
	return made, nil
}
