// Package describe says in words what there is: APIs, codes and what a client should do about them,
// scenarios, plays and sessions. The control API, the command line and the package mock show the
// same views. It knows no HTTP requests.
package describe

import (
	"time"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
)

// APIView describes an imitated API: its address, what it demands, and every refusal it can answer.
type APIView struct {
	Name     string        `json:"name"`
	Title    string        `json:"title"`
	Group    string        `json:"group,omitempty"` // heading under which lists have it
	Label    string        `json:"label"`
	Scope    string        `json:"scope"`
	Resource string        `json:"resource,omitempty"`
	Packages []string      `json:"accessPackages,omitempty"`
	Schema   string        `json:"schema,omitempty"`
	Years    *[2]int       `json:"inntektsaar,omitempty"` // the first and the last accepted now; nil for an API without
	MaxBody  int64         `json:"maxBody"`               // bytes
	Routes   []RouteView   `json:"routes"`
	Svar     []string      `json:"svar,omitempty"`
	Offences []OffenceView `json:"offences"`
}

// RouteView describes one operation, with its checks in the order in which they run.
type RouteView struct {
	Name   string   `json:"name"`
	Method string   `json:"method"`
	Paths  []string `json:"paths"` // from the server's root
	Checks []string `json:"checks"`
}

// OffenceView describes one row of an API's tables: what can be wrong with a call, and the answer
// to it.
type OffenceView struct {
	Offence              string `json:"offence"`
	Status               int    `json:"status"`
	Kode                 string `json:"kode"`
	Melding              string `json:"melding"`
	Spesifisering        string `json:"spesifisering,omitempty"`
	SpesifiseringMelding string `json:"spesifiseringMelding,omitempty"`
}

// API describes an API as it is at that time.
func API(api *catalog.API, now time.Time) APIView {
	v := APIView{
		Name: api.Name, Title: api.Title, Group: api.Group, Label: api.Label, Scope: api.Scope, Resource: api.Resource,
		Packages: api.Pakker, Schema: api.SchemaName, MaxBody: api.MaxBody, Svar: api.Svar,
	}
	if api.Inntektsaar.First != 0 {
		v.Years = &[2]int{api.Inntektsaar.First, api.Inntektsaar.Last(now)}
	}
	for _, route := range api.Routes {
		view := RouteView{Name: route.Name, Method: route.Method, Checks: append([]string{}, route.Checks...)}
		for _, path := range route.Paths {
			view.Paths = append(view.Paths, "/"+api.Label+path)
		}
		v.Routes = append(v.Routes, view)
	}
	for _, offence := range feil.Offences() {
		row, found := api.Feil[offence]
		if !found {
			continue
		}
		v.Offences = append(v.Offences, OffenceView{
			Offence: string(offence), Status: row.Status, Kode: row.Kode, Melding: row.Melding,
			Spesifisering: row.Spesifisering, SpesifiseringMelding: row.SpesifiseringMelding,
		})
	}
	return v
}
