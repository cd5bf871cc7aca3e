package generation

import (
	"cmp"
	"strings"

	"sandkasse/fixtures/homes"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/document"
	"sandkasse/mock/internal/plainjson"
)

// koboAPI is the name of the API for homes.
const koboAPI = "kobo"

// Municipality is the organisation for which calls to Kobo are made by default, as in the
// documentation.
const Municipality = "313367002"

// DefaultSystem is the x-kobo-systemid of calls by default.
const DefaultSystem = "fdvu-1"

// anything stands in a path for a home or case that need not exist.
const anything = "00000000-0000-4000-8000-000000000001"

// koboInvalidCalls breaks the rules of every operation of Kobo's API: those about the call, those
// of its schema, and those about what is stored.
func koboInvalidCalls(api *catalog.API, r Request) ([]document.InvalidCall, error) {
	town, err := r.town()
	if err != nil {
		return nil, err
	}
	opts := document.Options{Context: r.Context, Seed: r.Seed, Inntektsaar: r.Year, Org: cmp.Or(r.Org, Municipality)}
	conflicts, err := town.Conflicts()
	if err != nil {
		return nil, err
	}
	var all []document.InvalidCall
	for _, route := range api.Routes {
		list, err := koboSpec(api, route, town, r.System).InvalidCalls(opts)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
		for _, conflict := range conflicts {
			if conflict.Operation != route.Name {
				continue
			}
			broken, err := conflictCall(api, conflict, opts.Org, r.System)
			if err != nil {
				return nil, err
			}
			all = append(all, broken)
		}
	}
	return all, nil
}

// koboSpec describes one operation of Kobo's API.
func koboSpec(api *catalog.API, route *catalog.Route, town homes.Town, system string) document.APISpec {
	at := strings.NewReplacer("{koboBoligId}", anything, "{saksreferanse}", anything)
	s := document.APISpec{
		Spec: document.Spec{Name: api.Name}, Prefix: route.Name + "/", Method: route.Method,
		Path: at.Replace("/" + api.Label + route.Paths[0]), Headers: koboHeaders(system), Checks: route.Checks,
		Answers: answers(api), ErrorHasSti: true, MaxBody: api.MaxBody,
	}
	if route.Schema != nil {
		s.Schema, s.Validate = route.Schema().Compiled(), route.Schema().Validate
	}
	if route.Name == "opprettBolig" || route.Name == "oppdaterBolig" {
		s.Valid = func(w document.Options) ([]byte, error) {
			home, err := town.Kobobolig(w.Number)
			if err != nil {
				return nil, err
			}
			return line(home)
		}
	}
	return s
}

// koboHeaders returns the headers of every call of a system, except Authorization and Content-Type.
func koboHeaders(system string) map[string]string {
	return map[string]string{"Accept": "application/json", "x-kobo-systemid": cmp.Or(system, DefaultSystem)}
}

// conflictCall returns a call that is refused because of what is stored.
func conflictCall(api *catalog.API, c homes.Conflict, org, system string) (b document.InvalidCall, err error) {
	offence, _, _ := strings.Cut(c.Offence, ":")
	answer := answers(api)[offence]
	b = document.InvalidCall{
		Rule:     c.Operation + "/" + c.Offence,
		Expected: document.Expected{Status: answer.Status, Kode: answer.Kode, Sti: c.Sti},
		Org:      org,
		Request: &document.Request{
			Method: c.Call.Method, Path: c.Call.Path, Headers: map[string]*string{},
			Token: map[string]string{"api": api.Name, "org": org}, Before: c.Before,
		},
	}
	for name, value := range callHeaders(c.Call, system) {
		b.Request.Headers[name] = &value
	}
	for i, call := range c.Before {
		c.Before[i].Headers = callHeaders(call, system)
	}
	if c.Call.Body != nil {
		b.Body, err = line(c.Call.Body)
	}
	return b, err
}

// callHeaders returns the headers of a vendor's or a case worker's call, except Authorization.
func callHeaders(call homes.Call, system string) map[string]string {
	headers := map[string]string{}
	if strings.HasPrefix(call.Path, "/"+koboAPI+"/") {
		headers = koboHeaders(system)
	}
	if call.Body != nil {
		headers["Content-Type"] = "application/json"
	}
	return headers
}

// line returns a value as JSON on one line.
func line(value any) ([]byte, error) {
	text, err := plainjson.Marshal(value)
	return append(text, '\n'), err
}
