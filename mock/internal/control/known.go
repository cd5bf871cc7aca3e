package control

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/journal"
)

// known says what is wrong with the calls that are asked for: what no call can have would be an empty list, or hold where none is expected.
// What is empty asks for nothing.
func (c *room) known(query journal.Query) error {
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
		return badRequest("there is no route %q; a route is a path as the API documents it: %s (curl takes braces away, but not with -g)",
			route, strings.Join(paths, ", "))
	}
	if methods := knownMethods(); query.Method != "" && !slices.Contains(methods, strings.ToUpper(query.Method)) {
		return badRequest("%q is no method; there are %s", query.Method, strings.Join(methods, ", "))
	}
	if query.Organisation != "" && !nineDigits.MatchString(query.Organisation) {
		return badRequest("organisation is %q; it must be nine digits", query.Organisation)
	}
	if codes := toldCodes(c.Catalog, api); query.Code != "" && !slices.Contains(codes, query.Code) {
		return badRequest("there is no code %q; there are %s (a status is asked for by status)", query.Code, strings.Join(codes, ", "))
	}
	if steps := stoppers(c.Catalog); query.StoppedBy != "" && !slices.Contains(steps, query.StoppedBy) {
		return badRequest("nothing called %q stops a call; there are %s", query.StoppedBy, strings.Join(steps, ", "))
	}
	if query.Scenario != "" {
		if _, err := c.Scenarios.Find(query.Scenario, c.Catalog.Codes()); err != nil {
			return badRequest("%v", err)
		}
	}
	return nil
}

func knownMethods() []string {
	return []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"}
}

var nineDigits = regexp.MustCompile(`^[0-9]{9}$`)

// toldCodes are the codes that an answer of one API by name, or of any, may have in the journal.
func toldCodes(known *catalog.Catalog, name string) (codes []string) {
	for _, api := range known.APIs {
		if name != "" && api.Name != name {
			continue
		}
		for _, row := range api.Feil {
			codes = append(codes, row.Kode, row.Spesifisering)
		}
		for _, code := range api.Codes() {
			if _, err := strconv.Atoi(code.Name); err != nil { // a status is none
				codes = append(codes, code.Name)
			}
		}
	}
	slices.Sort(codes)
	return slices.DeleteFunc(slices.Compact(codes), func(code string) bool { return code == "" })
}

// stoppers are the steps at which a call may end early, in the order of a call, then the checks and behaviours by name.
func stoppers(known *catalog.Catalog) []string {
	var checks []string
	for _, api := range known.APIs {
		for _, route := range api.Routes {
			checks = append(append(checks, route.Checks...), "behaviour "+route.Behaviour)
		}
	}
	slices.Sort(checks)
	return append([]string{"address", "body", "scenario", "method", "url"}, slices.Compact(checks)...)
}
