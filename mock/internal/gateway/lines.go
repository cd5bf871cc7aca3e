package gateway

import (
	"cmp"
	"net/http"
	"slices"
	"sync"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/report"
	"sandkasse/mock/internal/scenario"
)

// newLines returns functions that return the lines of the coverage of each API. They are made when
// the API is first called.
func (g *Gateway) newLines() map[*catalog.API]func() *report.Lines {
	all := map[*catalog.API]func() *report.Lines{}
	for _, api := range g.Catalog.APIs {
		all[api] = sync.OnceValue(func() *report.Lines { return g.linesOf(api) })
	}
	return all
}

// Lines returns what a client of an API may meet.
func (g *Gateway) Lines(api *catalog.API) *report.Lines { return g.lines[api]() }

// linesOf returns the lines of an API: of each operation the statuses of its successes and the
// errors that it finds itself, then the other errors that the API documents, and the built-in
// scripts that can play (K780).
func (g *Gateway) linesOf(api *catalog.API) *report.Lines {
	var all []report.Line
	demand := map[report.Line]string{}
	written := g.writtenCodes(api, demand)
	known := map[report.Line]bool{} // errors of an operation, without the operation
	for _, route := range api.Routes {
		for _, answer := range g.Behaviours[route.Behaviour].Answers {
			if !answer.Never {
				all = append(all, report.Line{Route: route, Status: answer.Status})
			}
		}
		errors := slices.Clone(written[route])
		for _, offence := range g.OffencesOf(route) {
			if row, listed := api.Feil[offence]; listed {
				errors = append(errors, lineOf(row))
			}
		}
		sortLines(errors)
		for _, line := range errors {
			known[line] = true
			line.Route = route
			all = append(all, line)
		}
	}
	others := written[nil]
	for _, code := range api.Codes() {
		line := lineOf(code.Row)
		if code.Behaviour != "" || code.Name != line.Code() {
			continue
		}
		demand[line] = code.Name
		beforeRoute := code.Row.Offence == feil.UnknownURL || code.Row.Offence == feil.MethodNotAllowed
		if beforeRoute || !known[line] {
			others = append(others, line)
		}
	}
	sortLines(others)
	all = append(all, others...)
	for _, script := range g.Scenarios.All() {
		if !script.UserDefined && canPlayAt(script.Scenario, api) {
			all = append(all, report.Line{Script: script.Name})
		}
	}
	return report.NewLines(api, all, demand)
}

// lineOf returns the line of a row of an API's table, without an operation.
func lineOf(row feil.Row) report.Line {
	return report.Line{Status: row.Status, Kode: row.Kode, Specification: row.Spesifisering}
}

// sortLines sorts errors by status and code.
func sortLines(lines []report.Line) {
	slices.SortFunc(lines, func(a, b report.Line) int {
		return cmp.Or(cmp.Compare(a.Status, b.Status), cmp.Compare(a.Code(), b.Code()), cmp.Compare(a.Kode, b.Kode))
	})
}

// writtenCodes returns the errors that behaviours of an API write in a form of their own, by the
// operation. Where several behaviours do, they share the codes, and the operation is nil (K780). It
// adds to demand the names by which a scenario asks for them.
func (g *Gateway) writtenCodes(api *catalog.API, demand map[report.Line]string) map[*catalog.Route][]report.Line {
	all := map[*catalog.Route][]report.Line{}
	var writing []*catalog.Route
	for _, route := range api.Routes {
		if g.Behaviours[route.Behaviour].Codes != nil {
			writing = append(writing, route)
		}
	}
	for _, route := range writing {
		for _, code := range api.Codes() {
			if code.Behaviour != route.Behaviour {
				continue
			}
			call := ExampleCall{API: api, Route: route, Path: route.Paths[0], Header: http.Header{}}
			a := g.codeResponse(call.call(), code.Name)
			line := report.Line{Status: a.status, Kode: a.kode}
			if len(a.codes) > 0 {
				line.Specification = a.codes[0]
			}
			demand[line] = code.Name
			at := route
			if len(writing) > 1 {
				at = nil
			}
			all[at] = append(all[at], line)
		}
	}
	return all
}

// canPlayAt reports whether a script can play for a call to an operation of an API.
func canPlayAt(script scenario.Scenario, api *catalog.API) bool {
	return slices.ContainsFunc(api.Routes, func(route *catalog.Route) bool { return CanPlay(script, api, route) })
}

// CanPlay reports whether a step of a script that does something is for calls to an operation, or for
// what the case worker does in the place of one.
func CanPlay(script scenario.Scenario, api *catalog.API, route *catalog.Route) bool {
	acting := script
	acting.Steps = slices.DeleteFunc(slices.Clone(script.Steps), func(s scenario.Step) bool { return len(s.Do) == 0 })
	return scenario.Selection{Scenario: acting}.Fits(scenario.Call{
		API: api.Name, Family: api.Family, Method: route.Method, Route: route.Name,
	})
}
