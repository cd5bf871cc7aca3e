package describe

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"sandkasse/mock/internal/altinn"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/maskinporten"
	"sandkasse/mock/internal/scenario"
)

// ScenarioView describes a scenario: a script, or a code that an API documents.
type ScenarioView struct {
	Name         string          `json:"name"`
	Description  string          `json:"description"`
	Client       string          `json:"client"`         // what a client should do
	Organisation string          `json:"organisation"`   // the number reserved for it
	APIs         []string        `json:"apis,omitempty"` // that document the code; empty for a script
	Parameters   []ParameterView `json:"parameters,omitempty"`
	Own          bool            `json:"own"` // a script of the user's folder
	File         string          `json:"file,omitempty"`
	Text         string          `json:"text,omitempty"`   // of the script
	Faults       []string        `json:"faults,omitempty"` // of a newer version of the file, which is not used
}

// ParameterView describes a parameter of a scenario, such as ms in slow;ms=8000.
type ParameterView struct {
	Name  string `json:"name"`
	Means string `json:"means"`
}

// Scenarios describes all scenarios: the scripts by name, then the codes of the APIs, statuses
// first. With the name of an API it leaves out the codes of the others.
func Scenarios(known *catalog.Catalog, library *scenario.Library, api string) (list []ScenarioView) {
	for _, script := range library.All() {
		list = append(list, scriptView(script))
	}
	apis := known.APIs
	if one := known.ByName(api); one != nil {
		apis = []*catalog.API{one}
	}
	codes := map[string]int{} // the index of each in list
	for _, api := range apis {
		for _, code := range api.Codes() {
			i, ok := codes[code.Name]
			if !ok {
				i = len(list)
				codes[code.Name] = i
				list = append(list, ScenarioView{
					Name: code.Name, Description: CodeText(code), Organisation: scenario.Organisation(code.Name),
					Client: Advice(code),
				})
			}
			list[i].APIs = append(list[i].APIs, api.Name)
		}
	}
	slices.SortStableFunc(list[len(list)-len(codes):], func(a, b ScenarioView) int { return byNumber(a.Name, b.Name) })
	return list
}

// byNumber compares the names of codes: by their letters, then by number, so that GLD_023 comes
// before GLD_1007.
func byNumber(a, b string) int {
	kind := func(name string) string { return strings.TrimRight(name, "0123456789") }
	return cmp.Or(strings.Compare(kind(a), kind(b)), cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// CodeText describes a code on one line.
func CodeText(code catalog.Code) string {
	if status, err := strconv.Atoi(code.Name); err == nil {
		return fmt.Sprintf("%d %s, in the words of the API that is called", status, http.StatusText(status))
	}
	if code.Behaviour != "" {
		if known, found := altinn.FindCode(code.Name); found {
			return fmt.Sprintf("%d %s", known.Status, known.Text)
		}
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

// scriptView describes a script.
func scriptView(script scenario.Script) ScenarioView {
	view := ScenarioView{
		Name: script.Name, Description: script.Description, Client: script.Client, Organisation: script.Organisation,
		Own: script.UserDefined, File: script.File, Text: script.Text,
	}
	for _, p := range script.Parameters {
		view.Parameters = append(view.Parameters, ParameterView{p.Name, p.String()})
	}
	for _, fault := range script.Faults {
		view.Faults = append(view.Faults, fault.String())
	}
	return view
}

// Scenario describes the scenario of that name, which must be given without parameters. The error
// of an unknown name lists the scenarios.
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
