package generation

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strings"

	"sandkasse/fixtures/homes"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/document"
)

// koboAPI is the API whose operations are on homes.
const koboAPI = "kobo"

// municipality is for whom the calls to Kobo are made when nobody is named, as in the documents.
const municipality = "313367002"

// DefaultSystem is the x-kobo-systemid of calls for which none is named.
const DefaultSystem = "fdvu-1"

// anything stands in a path for a home or case that is not looked for.
const anything = "00000000-0000-4000-8000-000000000001"

// koboCalls breaks the rules of every operation of Kobo's API: those about the call, those of its schema, and those about what is stored.
func koboCalls(api *catalog.API, r Request) ([]document.Broken, error) {
	town, err := r.town()
	if err != nil {
		return nil, err
	}
	wanted := document.Wanted{Seed: r.Seed, Inntektsaar: r.Year, Org: cmp.Or(r.Org, municipality)}
	conflicts, err := town.Conflicts()
	if err != nil {
		return nil, err
	}
	var all []document.Broken
	for _, route := range api.Routes {
		list, err := koboService(api, route, town, r.System).Broken(wanted)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
		for _, conflict := range conflicts {
			if conflict.Operation != route.Name {
				continue
			}
			broken, err := refusal(api, conflict, wanted.Org, r.System)
			if err != nil {
				return nil, err
			}
			all = append(all, broken)
		}
	}
	return all, nil
}

// koboService is one operation of Kobo's API as it is called.
func koboService(api *catalog.API, route *catalog.Route, town homes.Town, system string) document.Service {
	at := strings.NewReplacer("{koboBoligId}", anything, "{saksreferanse}", anything)
	s := document.Service{
		API: document.API{Name: api.Name}, Prefix: route.Name + "/", Method: route.Method,
		Path: at.Replace("/" + api.Label + route.Paths[0]), Headers: koboHeaders(system), Checks: route.Checks,
		Answers: answers(api), TellsSti: true, MaxBody: api.MaxBody,
	}
	if route.Schema != nil {
		s.Schema, s.Validate = route.Schema().Compiled(), route.Schema().Validate
	}
	if route.Name == "opprettBolig" || route.Name == "oppdaterBolig" {
		s.Valid = func(w document.Wanted) ([]byte, error) {
			home, err := town.Kobobolig(w.Number)
			if err != nil {
				return nil, err
			}
			return line(home)
		}
	}
	return s
}

// koboHeaders are those of every call of a system, beside Authorization and Content-Type.
func koboHeaders(system string) map[string]string {
	return map[string]string{"Accept": "application/json", "x-kobo-systemid": cmp.Or(system, DefaultSystem)}
}

// refusal is a call that is refused for what is stored.
func refusal(api *catalog.API, c homes.Conflict, org, system string) (b document.Broken, err error) {
	offence, _, _ := strings.Cut(c.Offence, ":")
	told := answers(api)[offence]
	b = document.Broken{
		Rule:     c.Operation + "/" + c.Offence,
		Expected: document.Expected{Status: told.Status, Kode: told.Kode, Sti: c.Sti},
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

// callHeaders are those of a call, beside Authorization: a vendor's, or the case worker's.
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

// line is a value as JSON on one line.
func line(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return b.Bytes(), err
}
