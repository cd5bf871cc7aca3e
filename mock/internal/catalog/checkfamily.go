package catalog

import (
	"fmt"
	"maps"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/yamlfile"
)

// commonOffences returns the offences that every API can answer, whatever its checks.
func commonOffences() []feil.Offence {
	return []feil.Offence{
		feil.UnknownURL, feil.MethodNotAllowed, feil.BadParameter, feil.UnexpectedFailure,
		feil.UnspecifiedFailure, feil.BackendFailure,
	}
}

// checkFamily checks everything in a family file that does not depend on an API.
func (l *loader) checkFamily(src *yamlfile.File, family familyFile) {
	if folder := path.Dir(src.Name); family.Family != path.Base(folder) {
		src.Fault("$.family", "the family is called %q and stands in folder %q; they must be the same", family.Family,
			folder)
	}
	if family.MaxBody < 1 {
		src.Fault("$.maxBody", "maxBody is %d; it must be a number of bytes above 0", family.MaxBody)
	}
	if len(family.Routes) == 0 {
		src.Fault("$.routes", "a family needs at least one route")
	}
	served := map[string]bool{}
	for i, route := range family.Routes {
		at := func(member string) string { return fmt.Sprintf("$.routes[%d].%s", i, member) }
		if route.Name == "" {
			src.Fault(at("name"), "the route has no name")
		}
		if !slices.Contains(methods(), route.Method) {
			src.Fault(at("method"), "%q is not a method; it must be GET, POST, PUT, PATCH or DELETE", route.Method)
		}
		if len(route.Paths) == 0 {
			src.Fault(at("paths"), "the route has no path")
		}
		for _, p := range route.Paths {
			if !pathTemplate.MatchString(p) {
				src.Fault(at("paths"), "%q is not a path; it must look like /v1/{inntektsaar}", p)
			}
			if served[route.Method+p] {
				src.Fault(at("paths"), "%s %s is served by an earlier route already", route.Method, p)
			}
			served[route.Method+p] = true
		}
		for j, check := range route.Checks {
			place := at(fmt.Sprintf("checks[%d]", j))
			if _, known := l.known.Checks[check]; !known {
				oneOf(src, place, "check", check, slices.Collect(maps.Keys(l.known.Checks)))
			}
			after(src, place, check, l.known.Checks[check].Requires, route.Checks[:j])
		}
		if _, known := l.known.Behaviours[route.Behaviour]; !known {
			oneOf(src, at("behaviour"), "behaviour", route.Behaviour, slices.Collect(maps.Keys(l.known.Behaviours)))
		}
		after(src, at("behaviour"), route.Behaviour, l.known.Behaviours[route.Behaviour].Requires, route.Checks)
		if keyed := slices.Contains(route.Checks, "idempotency-key"); keyed != route.Idempotent {
			src.Fault(at("idempotent"),
				"idempotent and the check idempotency-key go together: the route must have both or neither")
		}
		if checked := slices.Contains(route.Checks, "schema"); route.Schema != "" && !checked {
			src.Fault(at("schema"), "the route has a schema of its own, and not the check schema")
		}
		l.routeSchema(src, at("schema"), route.Schema)
		if route.Idempotent && route.Method == http.MethodGet {
			src.Fault(at("idempotent"), "a GET stores nothing, so it cannot be idempotent in this sense")
		}
	}
	checkHosts(src, "hosts", family.Hosts)
	checkHosts(src, "testHosts", family.TestHosts)
	if family.PathMatching != "" {
		ways := []string{string(ExactPaths), string(AspNetPaths)}
		oneOf(src, "$.pathMatching", "way to match paths", family.PathMatching, ways)
	}
	for i, text := range family.NotImitated {
		place := fmt.Sprintf("$.notImitated[%d]", i)
		method, path, _ := strings.Cut(text, " ")
		if !slices.Contains(methods(), method) || !pathTemplate.MatchString(path) {
			src.Fault(place, "%q is not an operation; it must look like GET /v1/{inntektsaar}", text)
		}
		if served[method+path] {
			src.Fault(place, "%s is served by a route, or named twice", text)
		}
		served[method+path] = true
	}
	oneOf(src, "$.errorBody", "form of an error body", family.ErrorBody, l.known.ErrorBodies)
	for _, offence := range slices.Sorted(maps.Keys(family.Offences)) {
		if !slices.Contains(feil.Offences(), feil.Offence(offence)) {
			oneOf(src, "$.offences."+offence, "offence", offence, offenceNames())
		}
	}
	for _, offence := range l.offencesOf(family) {
		if family.Offences[string(offence)].Kode == "" {
			src.Fault("$.offences", "no kode for the offence %s, which a route of the family tells", offence)
		}
		if how := family.Offences[string(offence)]; how.WhereListed && len(how.Spesifisering) == 0 {
			src.Fault("$.offences."+string(offence),
				"whereListed needs a spesifisering: the codes that a page may list")
		}
	}
}

// methods returns the HTTP methods that an operation may have.
func methods() []string {
	return []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
}

// routeSchema compiles the schema that a route names, once.
func (l *loader) routeSchema(src *yamlfile.File, place, name string) {
	if name == "" || l.schemas[name] != nil {
		return
	}
	if l.files.Proved && isEmbedded(l.files.Schemas, name) {
		l.schemas[name] = l.compileOnUse(name)
		return
	}
	compiled, err := schema.Compile(l.files.Schemas, name)
	if err != nil {
		src.Fault(place, "the schema %q cannot be used: %v", name, err)
		return
	}
	l.schemas[name] = func() *schema.Schema { return compiled }
}

// offencesOf returns the offences that a family's routes can answer with, in the order of feil.Offences.
func (l *loader) offencesOf(family familyFile) (possible []feil.Offence) {
	can := map[feil.Offence]bool{}
	note := func(offences []feil.Offence) {
		for _, offence := range offences {
			can[offence] = true
		}
	}
	note(commonOffences())
	for _, route := range family.Routes {
		note(l.known.Behaviours[route.Behaviour].Offences)
		for _, check := range route.Checks {
			note(l.known.Checks[check].Offences)
		}
	}
	for _, offence := range feil.Offences() {
		if can[offence] {
			possible = append(possible, offence)
		}
	}
	return possible
}

var (
	pathTemplate = regexp.MustCompile(`^(/([A-Za-z0-9._-]+|\{[A-Za-z]+\}))+/?$`)
	hostLabel    = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	apiName      = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)
)

// after adds a fault for each check that a part depends on and that does not run before it.
func after(src *yamlfile.File, place, part string, needs, made []string) {
	for _, need := range needs {
		if !slices.Contains(made, need) {
			src.Fault(place, "%s builds on the check %s, which must come before it", part, need)
		}
	}
}

func oneOf(src *yamlfile.File, place, what, name string, known []string) {
	if !slices.Contains(known, name) {
		src.Fault(place, "%q is not a known %s; there are %s", name, what,
			strings.Join(slices.Sorted(slices.Values(known)), ", "))
	}
}

func offenceNames() []string {
	var names []string
	for _, offence := range feil.Offences() {
		names = append(names, string(offence))
	}
	return names
}
