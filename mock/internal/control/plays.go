package control

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/scenario"
)

// playLimit bounds the body of a play, in bytes.
const playLimit = 4 << 10

// PlayRequest is a scenario to arm: it plays for the calls that fit, without their asking for it.
type PlayRequest struct {
	Scenario     string    `json:"scenario"`              // with parameters, where it has any: slow;ms=8000
	API          string    `json:"api,omitzero"`          // by name; empty fits all
	Method       string    `json:"method,omitzero"`       // empty fits all
	Route        string    `json:"route,omitzero"`        // by name, as apis/NAME lists them; empty fits all
	Organisation string    `json:"organisation,omitzero"` // in the token or the body; empty fits all
	Reference    string    `json:"reference,omitzero"`    // in the body, such as oppgavegiversLeveranseReferanse; empty fits all
	Times        PlayTimes `json:"times,omitzero"`        // left out: as the scenario says, and a code once
	Probability  *float64  `json:"probability,omitzero"`  // that a fitting call plays it, above 0; left out: 1
	Seed         *uint64   `json:"seed,omitzero"`         // of the chance; left out: the session's
	TTL          string    `json:"ttl,omitzero"`          // a duration by the session's clock, such as 10m; empty is for ever
}

// PlayTimes is how often a play plays: a number, or "always".
type PlayTimes int

// UnmarshalJSON reads a number or "always".
func (t *PlayTimes) UnmarshalJSON(text []byte) error {
	if string(text) == `"always"` {
		*t = scenario.Always
		return nil
	}
	if json.Unmarshal(text, (*int)(t)) != nil || *t < 1 || *t > scenario.MostTimes { // -1 is Always only inside
		return fmt.Errorf(`times is %s; it must be a whole number from 1 to %d, or "always"`, text, scenario.MostTimes)
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

// Play reads what a play asks for. The error says what is wrong, and what would be right.
func (p PlayRequest) Play(known *catalog.Catalog, library *scenario.Library) (scenario.Play, error) {
	codes := known.Codes()
	if p.API != "" {
		api := known.ByName(p.API)
		if api == nil {
			return scenario.Play{}, badRequest("there is no API %q; there are %s", p.API, strings.Join(known.Names(), ", "))
		}
		codes = api.CodeNames()
	}
	if p.Scenario == "" {
		return scenario.Play{}, badRequest("scenario is missing: %s", playForm)
	}
	asked, err := library.Find(p.Scenario, codes)
	if err != nil {
		return scenario.Play{}, badRequest("%v", err)
	}
	if routes := routeNames(known, p.API); p.Route != "" && !slices.Contains(routes, p.Route) {
		return scenario.Play{}, badRequest("there is no route %q; there are %s", p.Route, strings.Join(routes, ", "))
	}
	play := scenario.Play{
		Scenario: asked, API: p.API, Method: strings.ToUpper(p.Method), Route: p.Route, Organisation: p.Organisation, Reference: p.Reference,
		Times: int(p.Times), Seed: p.Seed,
	}
	if p.Probability != nil {
		if play.Probability = *p.Probability; play.Probability == 0 { // which is 1 inside
			return scenario.Play{}, badRequest("probability is 0, so it would never play; it must be above 0 and at most 1")
		}
	}
	if p.TTL != "" {
		if play.TTL, err = duration("ttl", p.TTL, time.Millisecond, scenario.LongestFor); err != nil {
			return scenario.Play{}, err
		}
	}
	if err := play.Check(); err != nil {
		return scenario.Play{}, badRequest("%v", err)
	}
	if !slices.ContainsFunc(known.APIs, func(api *catalog.API) bool { return meets(play, api) }) {
		return scenario.Play{}, badRequest("%s has no step for %s; its steps are for %s", asked.Name,
			cmp.Or(strings.Join(strings.Fields(play.API+" "+play.Method+" "+play.Route), " "), "any call"), asked.Scenario.Audience())
	}
	return play, nil
}

// meets reports whether a play may play for some call to an API.
func meets(play scenario.Play, api *catalog.API) bool {
	routed := play.Route == "" || slices.ContainsFunc(api.Routes, func(r *catalog.Route) bool { return r.Name == play.Route })
	return routed && play.Meets(api.Name, api.Family)
}

// routeNames are the routes of one API by name, or of all.
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

// playView is a play as it is shown.
type playView struct {
	ID int64 `json:"id"`
	PlayRequest
	Played int        `json:"played"` // calls so far
	Step   int        `json:"step"`   // of the scenario, that it has come to, from 1
	Since  time.Time  `json:"since"`
	Until  *time.Time `json:"until"` // null for no end
}

func viewPlay(armed scenario.Armed) playView {
	view := playView{
		ID: armed.ID, Played: armed.Played, Step: armed.Step, Since: armed.Since.UTC(),
		PlayRequest: PlayRequest{
			Scenario: armed.Scenario.Text, API: armed.API, Method: armed.Method, Route: armed.Route, Organisation: armed.Organisation,
			Reference: armed.Reference, Times: PlayTimes(armed.Times), Seed: armed.Seed,
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

func (c *room) plays(*http.Request) (any, error) {
	views := []playView{}
	for _, armed := range c.session.Stage.Plays(c.session.Clock.Now()) {
		views = append(views, viewPlay(armed))
	}
	return map[string][]playView{"plays": views}, nil
}

// playForm is what a POST of a play may be.
const playForm = `it must be such as {"scenario": "GLD_1015", "api": "bsu", "organisation": "319000003", "times": 2, "ttl": "10m"}`

func (c *room) play(r *http.Request) (any, error) {
	var asked PlayRequest
	if err := decode(r, playLimit, &asked); err != nil {
		return nil, badRequest("the body is no play (%v): %s", err, playForm)
	}
	play, err := asked.Play(c.Catalog, c.Scenarios)
	if err != nil {
		return nil, err
	}
	now := c.session.Clock.Now()
	id, err := c.session.Stage.Arm(play, now)
	if err != nil {
		return nil, badRequest("%v", err)
	}
	for _, armed := range c.session.Stage.Plays(now) {
		if armed.ID == id {
			return viewPlay(armed), nil
		}
	}
	return nil, badRequest("the play was over at once")
}

func (c *room) disarmAll(*http.Request) (any, error) {
	return map[string]int{"disarmed": c.session.Stage.DisarmAll()}, nil
}

func (c *room) disarmPlay(r *http.Request) (any, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || !c.session.Stage.Disarm(id) {
		return nil, &failure{http.StatusNotFound, fmt.Sprintf("there is no play %q; GET %splays lists those that are armed", r.PathValue("id"), c.prefix())}
	}
	return map[string]int{"disarmed": 1}, nil
}
