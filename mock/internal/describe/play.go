package describe

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/scenario"
	"sandkasse/mock/internal/strictjson"
)

// PlayForm says what the JSON of a PlayRequest must be.
const PlayForm = `it must be such as {"scenario": "GLD_1015", "api": "bsu", "organisation": "319000003", ` +
	`"times": 2, "ttl": "10m"}`

// PlayRequest asks for a scenario to be armed: it then plays for the calls that fit, without their
// asking for it.
type PlayRequest struct {
	Scenario     string    `json:"scenario"`              // with parameters, where it has any: slow;ms=8000
	API          string    `json:"api,omitzero"`          // by name; empty fits all
	Method       string    `json:"method,omitzero"`       // empty fits all
	Route        string    `json:"route,omitzero"`        // by name, as apis/NAME lists them; empty fits all
	Organisation string    `json:"organisation,omitzero"` // in the token or the body; empty fits all
	Reference    string    `json:"reference,omitzero"`    // in the body, such as a saksreferanse; empty fits all
	Times        PlayTimes `json:"times,omitzero"`        // left out: as the scenario says, and a code once
	Probability  *float64  `json:"probability,omitzero"`  // that it plays for a call that fits, above 0; left out: 1
	Seed         *uint64   `json:"seed,omitzero"`         // of Probability; left out: the session's
	TTL          string    `json:"ttl,omitzero"`          // by the session's clock, such as 10m; empty is for ever
}

// PlayTimes limits the calls that a play plays for. In JSON it is a number, or "always".
type PlayTimes int

// UnmarshalJSON reads a number or "always".
func (t *PlayTimes) UnmarshalJSON(text []byte) error {
	if string(text) == `"always"` {
		*t = scenario.Always
		return nil
	}
	if json.Unmarshal(text, (*int)(t)) != nil || *t < 1 || *t > scenario.MaxTimes { // -1 is Always only inside
		return fmt.Errorf(`times is %s; it must be a whole number from 1 to %d, or "always"`, text, scenario.MaxTimes)
	}
	return nil
}

// MarshalJSON writes a number or "always".
func (t PlayTimes) MarshalJSON() ([]byte, error) {
	if t == scenario.Always {
		return []byte(`"always"`), nil
	}
	return json.Marshal(int(t))
}

// Play checks a request against the catalogue and the scenarios, and returns it as a play that can
// be armed. The error says what is wrong, and what would be right.
func (p PlayRequest) Play(known *catalog.Catalog, library *scenario.Library) (scenario.Play, error) {
	codes := known.Codes()
	if p.API != "" {
		api := known.ByName(p.API)
		if api == nil {
			return scenario.Play{}, fmt.Errorf("there is no API %q; there are %s", p.API,
				strings.Join(known.Names(), ", "))
		}
		codes = api.CodeNames()
	}
	if p.Scenario == "" {
		return scenario.Play{}, fmt.Errorf("scenario is missing: %s", PlayForm)
	}
	selection, err := library.Find(p.Scenario, codes)
	if err != nil {
		return scenario.Play{}, err
	}
	if routes := routeNames(known, p.API); p.Route != "" && !slices.Contains(routes, p.Route) {
		return scenario.Play{}, fmt.Errorf("there is no route %q; there are %s", p.Route, strings.Join(routes, ", "))
	}
	play := scenario.Play{
		Scenario: selection, API: p.API, Method: strings.ToUpper(p.Method), Route: p.Route,
		Organisation: p.Organisation, Reference: p.Reference, Times: int(p.Times), Seed: p.Seed,
	}
	if p.Probability != nil {
		if play.Probability = *p.Probability; play.Probability == 0 { // which is 1 inside
			return scenario.Play{}, errors.New(
				"probability is 0, so it would never play; it must be above 0 and at most 1")
		}
	}
	if p.TTL != "" {
		if play.TTL, err = strictjson.Duration("ttl", p.TTL, time.Millisecond, scenario.MaxFor); err != nil {
			return scenario.Play{}, err
		}
	}
	if err := play.Check(); err != nil {
		return scenario.Play{}, err
	}
	if !slices.ContainsFunc(known.APIs, func(api *catalog.API) bool { return meets(play, api) }) {
		return scenario.Play{}, fmt.Errorf("%s has no step for %s; its steps are for %s", selection.Name,
			cmp.Or(strings.Join(strings.Fields(play.API+" "+play.Method+" "+play.Route), " "), "any call"),
			selection.Scenario.Audience())
	}
	return play, nil
}

// meets reports whether a play can play for some call to an API.
func meets(play scenario.Play, api *catalog.API) bool {
	routed := play.Route == "" || slices.ContainsFunc(api.Routes,
		func(r *catalog.Route) bool { return r.Name == play.Route })
	return routed && play.Meets(api.Name, api.Family)
}

// routeNames returns the names of the routes of one API, or of all where name is empty.
func routeNames(known *catalog.Catalog, name string) (names []string) {
	for _, api := range known.APIs {
		for _, route := range api.Routes {
			if (name == "" || api.Name == name) && !slices.Contains(names, route.Name) {
				names = append(names, route.Name)
			}
		}
	}
	return names
}

// PlayView describes an armed play.
type PlayView struct {
	ID int64 `json:"id"`
	PlayRequest
	Played int        `json:"played"` // calls so far
	Step   int        `json:"step"`   // the scenario's next one, from 1
	Since  time.Time  `json:"since"`
	Until  *time.Time `json:"until"` // null for no end
}

// Play describes an armed play.
func Play(armed scenario.Armed) PlayView {
	view := PlayView{
		ID: armed.ID, Played: armed.Played, Step: armed.Step, Since: armed.Since.UTC(),
		PlayRequest: PlayRequest{
			Scenario: armed.Scenario.Text, API: armed.API, Method: armed.Method, Route: armed.Route,
			Organisation: armed.Organisation, Reference: armed.Reference,
			Times: PlayTimes(armed.Times), Seed: armed.Seed,
		},
	}
	if armed.Probability != 0 {
		view.Probability = &armed.Probability
	}
	if armed.TTL > 0 {
		until := armed.Until.UTC()
		view.TTL, view.Until = armed.TTL.String(), &until
	}
	return view
}
