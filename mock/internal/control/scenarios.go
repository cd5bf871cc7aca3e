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
	"sandkasse/mock/internal/maskinporten"
	"sandkasse/scenarios"
)

// playLimit bounds the body of a play, in bytes.
const playLimit = 4 << 10

func (c *Control) serveScenarios() {
	c.serve("GET scenarios", (*room).scenarios)
	c.serve("GET scenarios/{name}", (*room).scenario)
	c.serve("GET plays", (*room).plays)
	c.serve("POST plays", (*room).play)
	c.serve("DELETE plays", (*room).disarmAll)
	c.serve("DELETE plays/{id}", (*room).disarmPlay)
}

// ScenarioView is a scenario as it is shown: a script, or a code that an API documents.
type ScenarioView struct {
	Name         string          `json:"name"`
	Description  string          `json:"description"`
	Client       string          `json:"client"`         // what a client should do
	Organisation string          `json:"organisation"`   // reserved for it
	APIs         []string        `json:"apis,omitempty"` // that document the code; a script is for all that its steps speak of
	Parameters   []ParameterView `json:"parameters,omitempty"`
	Own          bool            `json:"own"` // a script from the caller's folder
	File         string          `json:"file,omitempty"`
	Text         string          `json:"text,omitempty"`   // of the script
	Faults       []string        `json:"faults,omitempty"` // of a newer version of the file, which is not used
}

// ParameterView is what may stand behind a scenario's name: slow;ms=8000.
type ParameterView struct {
	Name  string `json:"name"`
	Means string `json:"means"`
}

// Scenarios are all scenarios there are: the scripts by name, then the codes of the APIs, or of one of them by name, the statuses first.
func Scenarios(known *catalog.Catalog, library *scenarios.Library, api string) (list []ScenarioView) {
	for _, script := range library.All() {
		list = append(list, scriptView(script))
	}
	apis := known.APIs
	if one := known.ByName(api); one != nil {
		apis = []*catalog.API{one}
	}
	codes := map[string]int{} // where each stands in the list
	for _, api := range apis {
		for _, code := range api.Codes() {
			i, ok := codes[code.Name]
			if !ok {
				i = len(list)
				codes[code.Name] = i
				list = append(list, ScenarioView{
					Name: code.Name, Description: codeText(code), Organisation: scenarios.Organisation(code.Name),
					Client: "What the API's page says of this code.",
				})
			}
			list[i].APIs = append(list[i].APIs, api.Name)
		}
	}
	slices.SortStableFunc(list[len(list)-len(codes):], func(a, b ScenarioView) int { return byNumber(a.Name, b.Name) })
	return list
}

// byNumber compares codes: those of a kind together, GLD_023 before GLD_1007.
func byNumber(a, b string) int {
	kind := func(name string) string { return strings.TrimRight(name, "0123456789") }
	return cmp.Or(strings.Compare(kind(a), kind(b)), cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// codeText is a code in a line.
func codeText(code catalog.Code) string {
	if status, err := strconv.Atoi(code.Name); err == nil {
		return fmt.Sprintf("%d %s, in the words of the API that is called", status, http.StatusText(status))
	}
	if code.Behaviour != "" {
		text := "an error of the token endpoint"
		if page, found := maskinporten.Explain(code.Name); found {
			text += ": " + page.Error + ", " + page.Title
		}
		return text
	}
	text := fmt.Sprintf("%d %s %s", code.Row.Status, code.Row.Kode, code.Row.Melding)
	if code.Row.Spesifisering != "" {
		text += "; " + code.Row.Spesifisering + " " + code.Row.SpesifiseringMelding
	}
	return text
}

func scriptView(script scenarios.Listed) ScenarioView {
	view := ScenarioView{
		Name: script.Name, Description: script.Description, Client: script.Client, Organisation: script.Organisation, Own: script.Own, File: script.File, Text: script.Text,
	}
	for _, p := range script.Parameters {
		view.Parameters = append(view.Parameters, ParameterView{p.Name, p.String()})
	}
	for _, fault := range script.Faults {
		view.Faults = append(view.Faults, fault.String())
	}
	return view
}

// scenarios lists what can be asked for, for all APIs or one; and what is wrong with the caller's own scripts.
func (c *room) scenarios(r *http.Request) (any, error) {
	values, err := parameters(r, "api")
	if err != nil {
		return nil, err
	}
	if api := values.Get("api"); api != "" && c.Catalog.ByName(api) == nil {
		return nil, badRequest("there is no API %q; there are %s", api, strings.Join(c.Catalog.Names(), ", "))
	}
	list := Scenarios(c.Catalog, c.Scenarios, values.Get("api"))
	for i := range list {
		list[i].Text = "" // which one by itself has
	}
	faults := []string{}
	for _, fault := range c.Scenarios.Faults() {
		faults = append(faults, fault.String())
	}
	return struct {
		Scenarios []ScenarioView `json:"scenarios"`
		Faults    []string       `json:"faults"`
	}{list, faults}, nil
}

func (c *room) scenario(r *http.Request) (any, error) {
	view, err := Scenario(c.Catalog, c.Scenarios, r.PathValue("name"))
	if err != nil {
		return nil, &failure{http.StatusNotFound, err.Error()}
	}
	return view, nil
}

// Scenario is the one of that name, without parameters. The error of an unknown one lists what there is.
func Scenario(known *catalog.Catalog, library *scenarios.Library, name string) (ScenarioView, error) {
	list := Scenarios(known, library, "")
	if i := slices.IndexFunc(list, func(s ScenarioView) bool { return s.Name == name }); i >= 0 {
		return list[i], nil
	}
	if _, err := library.Find(name, known.Codes()); err != nil {
		return ScenarioView{}, err
	}
	return ScenarioView{}, fmt.Errorf("%q has parameters; ask for the name alone", name)
}

// PlayRequest is a scenario to arm: it plays for the calls that fit, without their asking for it.
type PlayRequest struct {
	Scenario     string    `json:"scenario"`     // with parameters, where it has any: slow;ms=8000
	API          string    `json:"api"`          // by name; empty fits all
	Method       string    `json:"method"`       // empty fits all
	Route        string    `json:"route"`        // by name, as apis/NAME lists them; empty fits all
	Organisation string    `json:"organisation"` // in the token or the body; empty fits all
	Reference    string    `json:"reference"`    // in the body, such as oppgavegiversLeveranseReferanse; empty fits all
	Times        PlayTimes `json:"times"`        // 0 is as the scenario says, and a code once
	Probability  float64   `json:"probability"`  // that a fitting call plays it; 0 is 1
	Seed         uint64    `json:"seed"`         // of the chance; 0 is the session's
	TTL          string    `json:"ttl"`          // a duration by the session's clock, such as 10m; empty is for ever
}

// PlayTimes is how often a play plays: a number, or "always".
type PlayTimes int

// UnmarshalJSON reads a number or "always".
func (t *PlayTimes) UnmarshalJSON(text []byte) error {
	if string(text) == `"always"` {
		*t = scenarios.Always
		return nil
	}
	return json.Unmarshal(text, (*int)(t))
}

// MarshalJSON writes a number or "always".
func (t PlayTimes) MarshalJSON() ([]byte, error) {
	if t == scenarios.Always {
		return []byte(`"always"`), nil
	}
	return json.Marshal(int(t))
}

// Play reads what a play asks for. The error says what is wrong, and what would be right.
func (p PlayRequest) Play(known *catalog.Catalog, library *scenarios.Library) (scenarios.Play, error) {
	codes := known.Codes()
	if p.API != "" {
		api := known.ByName(p.API)
		if api == nil {
			return scenarios.Play{}, badRequest("there is no API %q; there are %s", p.API, strings.Join(known.Names(), ", "))
		}
		codes = api.CodeNames()
	}
	asked, err := library.Find(p.Scenario, codes)
	if err != nil {
		return scenarios.Play{}, badRequest("%v", err)
	}
	if routes := routeNames(known, p.API); p.Route != "" && !slices.Contains(routes, p.Route) {
		return scenarios.Play{}, badRequest("there is no route %q; there are %s", p.Route, strings.Join(routes, ", "))
	}
	play := scenarios.Play{
		Scenario: asked, API: p.API, Method: strings.ToUpper(p.Method), Route: p.Route, Organisation: p.Organisation, Reference: p.Reference,
		Times: int(p.Times), Probability: p.Probability, Seed: p.Seed,
	}
	if p.TTL != "" {
		if play.TTL, err = time.ParseDuration(p.TTL); err != nil || play.TTL <= 0 {
			return scenarios.Play{}, badRequest("ttl is %q; it must be a duration such as 10m, above 0", p.TTL)
		}
	}
	if err := play.Check(); err != nil {
		return scenarios.Play{}, badRequest("%v", err)
	}
	return play, nil
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

func viewPlay(armed scenarios.Armed) playView {
	view := playView{
		ID: armed.ID, Played: armed.Played, Step: armed.Step, Since: armed.Since.UTC(),
		PlayRequest: PlayRequest{
			Scenario: armed.Scenario.Text, API: armed.API, Method: armed.Method, Route: armed.Route, Organisation: armed.Organisation,
			Reference: armed.Reference, Times: PlayTimes(armed.Times), Probability: armed.Probability, Seed: armed.Seed,
		},
	}
	if armed.TTL > 0 {
		until := armed.Until.UTC()
		view.TTL, view.Until = armed.TTL.String(), &until
	}
	return view
}

func (c *room) plays(*http.Request) (any, error) {
	views := []playView{}
	for _, armed := range c.world.Stage.Plays(c.world.Clock.Now()) {
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
	now := c.world.Clock.Now()
	id, err := c.world.Stage.Arm(play, now)
	if err != nil {
		return nil, badRequest("%v", err)
	}
	for _, armed := range c.world.Stage.Plays(now) {
		if armed.ID == id {
			return viewPlay(armed), nil
		}
	}
	return nil, badRequest("the play was over at once")
}

func (c *room) disarmAll(*http.Request) (any, error) {
	return map[string]int{"disarmed": c.world.Stage.DisarmAll()}, nil
}

func (c *room) disarmPlay(r *http.Request) (any, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || !c.world.Stage.Disarm(id) {
		return nil, &failure{http.StatusNotFound, fmt.Sprintf("there is no play %q; GET %splays lists those that are armed", r.PathValue("id"), Prefix)}
	}
	return map[string]int{"disarmed": 1}, nil
}
