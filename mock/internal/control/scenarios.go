package control

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/maskinporten"
	"sandkasse/mock/internal/scenario"
)

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
func Scenarios(known *catalog.Catalog, library *scenario.Library, api string) (list []ScenarioView) {
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
					Name: code.Name, Description: codeText(code), Organisation: scenario.Organisation(code.Name),
					Client: advice(code),
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

func scriptView(script scenario.Listed) ScenarioView {
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
	values, err := filters(r, "api")
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
func Scenario(known *catalog.Catalog, library *scenario.Library, name string) (ScenarioView, error) {
	list := Scenarios(known, library, "")
	if i := slices.IndexFunc(list, func(s ScenarioView) bool { return s.Name == name }); i >= 0 {
		return list[i], nil
	}
	if _, err := library.Find(name, known.Codes()); err != nil {
		return ScenarioView{}, err
	}
	return ScenarioView{}, fmt.Errorf("%q has parameters; ask for the name alone", name)
}
