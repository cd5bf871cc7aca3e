package control

import (
	"net/http"
	"strings"
	"time"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
)

// APIView is an imitated API as it is shown to a user: where it is, what it wants, and every answer it can give when it refuses.
type APIView struct {
	Name     string        `json:"name"`
	Title    string        `json:"title"`
	Label    string        `json:"label"`
	Scope    string        `json:"scope"`
	Resource string        `json:"resource,omitempty"`
	Schema   string        `json:"schema,omitempty"`
	Years    *[2]int       `json:"inntektsaar,omitempty"` // the first and the last that it takes now; nil for an API without years
	MaxBody  int64         `json:"maxBody"`               // bytes
	Routes   []RouteView   `json:"routes"`
	Svar     []string      `json:"svar,omitempty"`
	Offences []OffenceView `json:"offences"`
}

// RouteView is one operation, with its checks in the order in which they run.
type RouteView struct {
	Name   string   `json:"name"`
	Method string   `json:"method"`
	Paths  []string `json:"paths"` // from the server's root
	Checks []string `json:"checks"`
}

// OffenceView is one row of an API's tables: what can be wrong, and how it is told.
type OffenceView struct {
	Offence              string `json:"offence"`
	Status               int    `json:"status"`
	Kode                 string `json:"kode"`
	Melding              string `json:"melding"`
	Spesifisering        string `json:"spesifisering,omitempty"`
	SpesifiseringMelding string `json:"spesifiseringMelding,omitempty"`
}

// View shows an API as it stands at that time.
func View(api *catalog.API, now time.Time) APIView {
	v := APIView{
		Name: api.Name, Title: api.Title, Label: api.Label, Scope: api.Scope, Resource: api.Resource, Schema: api.SchemaName,
		MaxBody: api.MaxBody, Svar: api.Svar,
	}
	if api.Inntektsaar.First != 0 {
		v.Years = &[2]int{api.Inntektsaar.First, api.Inntektsaar.Last(now)}
	}
	for _, route := range api.Routes {
		shown := RouteView{Name: route.Name, Method: route.Method, Checks: route.Checks}
		for _, path := range route.Paths {
			shown.Paths = append(shown.Paths, "/"+api.Label+path)
		}
		v.Routes = append(v.Routes, shown)
	}
	for _, offence := range feil.Offences() {
		row, told := api.Feil[offence]
		if !told {
			continue
		}
		v.Offences = append(v.Offences, OffenceView{
			Offence: string(offence), Status: row.Status, Kode: row.Kode, Melding: row.Melding,
			Spesifisering: row.Spesifisering, SpesifiseringMelding: row.SpesifiseringMelding,
		})
	}
	return v
}

func (c *room) apis(*http.Request) (any, error) {
	list := []APIView{}
	for _, api := range c.Catalog.APIs {
		list = append(list, View(api, c.session.Clock.Now()))
	}
	return map[string][]APIView{"apis": list}, nil
}

func (c *room) api(r *http.Request) (any, error) {
	name := r.PathValue("api")
	if api := c.Catalog.ByName(name); api != nil {
		return View(api, c.session.Clock.Now()), nil
	}
	return nil, &failure{http.StatusNotFound, "there is no API " + name + "; there are " + strings.Join(c.Catalog.Names(), ", ")}
}
