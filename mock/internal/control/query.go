package control

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/journal"
)

// validateQuery returns an error where the query names what no call can have: the list of calls
// would always be empty, and an expectation of no such call always met. Empty fields are not
// checked.
func (c *request) validateQuery(query journal.Query) error {
	api, route := query.API, query.Route
	if api != "" && c.Catalog.ByName(api) == nil {
		return badRequest("there is no API %q; there are %s", api, strings.Join(c.Catalog.Names(), ", "))
	}
	var paths []string
	for _, one := range c.Catalog.APIs {
		for _, r := range one.Routes {
			for _, path := range r.Paths {
				if (api == "" || api == one.Name) && !slices.Contains(paths, path) {
					paths = append(paths, path)
				}
			}
		}
	}
	if route != "" && !slices.Contains(paths, route) {
		return badRequest("there is no route %q; a route is a path as the API documents it: %s "+
			"(curl takes braces away, but not with -g)", route, strings.Join(paths, ", "))
	}
	if methods := methods(); query.Method != "" && !slices.Contains(methods, strings.ToUpper(query.Method)) {
		return badRequest("%q is no method; there are %s", query.Method, strings.Join(methods, ", "))
	}
	if query.Organisation != "" && !organisasjonsnummer.MatchString(query.Organisation) {
		return badRequest("organisation is %q; it must be nine digits", query.Organisation)
	}
	if query.Trace != "" && !traceID.MatchString(query.Trace) {
		return badRequest("trace is %q; it must be a trace id, 32 hexadecimal digits, as the second part of a "+
			"traceparent", query.Trace)
	}
	if codes := codes(c.Catalog, api); query.Code != "" && !slices.Contains(codes, query.Code) {
		return badRequest("there is no code %q; there are %s (a status is asked for by status)", query.Code,
			strings.Join(codes, ", "))
	}
	if steps := c.Catalog.Steps(); query.StoppedBy != "" && !slices.Contains(steps, query.StoppedBy) {
		return badRequest("nothing called %q stops a call; there are %s", query.StoppedBy, strings.Join(steps, ", "))
	}
	if query.Scenario != "" {
		if _, err := c.Scenarios.Find(query.Scenario, c.Catalog.Codes()); err != nil {
			return badRequest("%v", err)
		}
	}
	return nil
}

// traceID matches the trace id of a traceparent, in either case.
var traceID = regexp.MustCompile(`^[0-9a-fA-F]{32}$`)

// methods returns the methods of HTTP.
func methods() []string {
	return []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"}
}

// codes returns the sorted codes that the journal can have for an API, or for any where name is
// empty.
func codes(known *catalog.Catalog, name string) (codes []string) {
	for _, api := range known.APIs {
		if name != "" && api.Name != name {
			continue
		}
		for _, row := range api.Feil {
			codes = append(codes, row.Kode, row.Spesifisering)
		}
		for _, code := range api.Codes() {
			if _, err := strconv.Atoi(code.Name); err != nil { // a status is no code
				codes = append(codes, code.Name)
			}
		}
	}
	slices.Sort(codes)
	return slices.DeleteFunc(slices.Compact(codes), func(code string) bool { return code == "" })
}
