package page

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"sandkasse/mock/internal/describe"
)

// handleFail registers the pages that make calls fail.
func (p *Page) handleFail() {
	p.handle("GET fail", (*request).fail)
	p.handle("POST fail/arm", (*request).arm)
	p.handle("POST fail/disarm", (*request).disarm)
	p.handle("GET fail/play", (*request).newPlay)
	p.handle("POST fail/play", (*request).makePlay)
	p.handle("GET fail/scripts/{name}", (*request).script)
}

// failing is the data of the table of codes and scripts.
type failing struct {
	Search    string
	API       string
	APIs      []string
	Armed     []armedPlay
	New       int64 // the play that was just armed; 0 for none
	Scenarios []describe.ScenarioView
	All       int
	Own       []describe.ScenarioView
	Faults    []string
	Root      string // that an address with a scenario begins with
}

// armedPlay is a play that is armed, with what is left of it.
type armedPlay struct {
	describe.PlayView
	Now time.Time
}

// Left says how many calls it will still play for.
func (a armedPlay) Left() string {
	text, err := json.Marshal(a.Times)
	if err != nil || string(text) == `"always"` {
		return "every call"
	}
	times, _ := strconv.Atoi(string(text))
	if times == 0 {
		return "as its script says"
	}
	left := max(times-a.Played, 0)
	if left == 1 {
		return "the next call"
	}
	return "the next " + count(left, "call")
}

// Fits says which calls it plays for.
func (a armedPlay) Fits() string {
	var list []string
	for _, part := range []struct{ name, value string }{
		{"", a.API},
		{"", a.Method},
		{"route ", a.Route},
		{"organisation ", a.Organisation},
		{"reference ", a.Reference},
	} {
		if part.value != "" {
			list = append(list, part.name+part.value)
		}
	}
	if a.Probability != nil {
		list = append(list, "with probability "+strconv.FormatFloat(*a.Probability, 'g', -1, 64))
	}
	if len(list) == 0 {
		return "any call that it has a step for"
	}
	return strings.Join(list, ", ")
}

// fail shows what is armed, and every code and script with the ways to ask for it. The part armed is what
// is armed alone.
func (c *request) fail() (any, error) {
	data := failing{Search: c.value("q"), API: c.value("api"), Root: c.at.Root}
	data.New, _ = strconv.ParseInt(c.value("armed"), 10, 64)
	shown := content{template: "fail", title: "Fail", view: "fail", part: c.value("part")}
	if shown.part != "" && shown.part != "armed" {
		return nil, refusal{http.StatusBadRequest, "There is no such part of the page."}
	}
	var found struct {
		Scenarios []describe.ScenarioView
		Faults    []string
	}
	if err := c.ask("scenarios"+query("api", data.API), &found); err != nil {
		refused, ok := errors.AsType[refusal](err)
		if !ok {
			return nil, err
		}
		shown.problem, shown.status, data.API = refused.text, refused.status, ""
	}
	data.All, data.Faults = len(found.Scenarios), found.Faults
	for _, one := range found.Scenarios {
		if one.Own {
			data.Own = append(data.Own, one)
		}
		if fitsAll(one, data.Search) {
			data.Scenarios = append(data.Scenarios, one)
		}
	}
	plays, err := c.plays()
	if err != nil {
		return nil, err
	}
	var now clockView
	if err := c.ask("clock", &now); err != nil {
		return nil, err
	}
	for _, play := range plays {
		data.Armed = append(data.Armed, armedPlay{play, now.Now})
	}
	if data.APIs, err = c.apiNames(); err != nil {
		return nil, err
	}
	shown.data = data
	return shown, nil
}

// fitsAll reports whether a scenario has all words of a search.
func fitsAll(one describe.ScenarioView, search string) bool {
	text := strings.ToLower(strings.Join(append([]string{one.Name, one.Description, one.Client, one.Organisation},
		one.APIs...), " "))
	for word := range strings.FieldsSeq(strings.ToLower(search)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// apiNames returns the names of the APIs.
func (c *request) apiNames() (names []string, err error) {
	var all struct{ APIs []describe.APIView }
	err = c.ask("apis", &all)
	for _, api := range all.APIs {
		names = append(names, api.Name)
	}
	return names, err
}

// arm arms a scenario for the next calls.
func (c *request) arm() (any, error) {
	play := map[string]any{"scenario": c.value("scenario")}
	if api := c.value("api"); api != "" {
		play["api"] = api
	}
	if times := c.value("times"); times != "" {
		play["times"] = timesOf(times)
	}
	return c.armed(play)
}

// timesOf returns a number of calls as the control API takes it.
func timesOf(text string) any {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return text
}

// armed arms a play, and shows it among those that are armed.
func (c *request) armed(play map[string]any) (any, error) {
	text, err := c.do(http.MethodPost, "plays", play)
	if err != nil {
		return nil, err
	}
	var armed describe.PlayView
	if err := json.Unmarshal(text, &armed); err != nil {
		return nil, err
	}
	return redirect("fail" + query("q", c.value("q"), "armed", strconv.FormatInt(armed.ID, 10))), nil
}

// disarm disarms the play that the form names, or all.
func (c *request) disarm() (any, error) {
	target := "plays"
	if id := c.value("id"); id != "" {
		n, err := strconv.ParseInt(id, 10, 64)
		if err != nil {
			return nil, refusal{http.StatusBadRequest, "The id of a play must be a whole number."}
		}
		target += "/" + strconv.FormatInt(n, 10)
	}
	_, err := c.do(http.MethodDelete, target, nil)
	if refused, ok := errors.AsType[refusal](err); ok && refused.status == http.StatusNotFound {
		err = nil // it was over meanwhile
	}
	return redirect("fail" + query("q", c.value("q"))), err
}

// playFields returns the names of the fields of a play, in the order of its form.
func playFields() []string {
	return []string{
		"scenario", "api", "method", "route", "organisation", "reference", "times", "probability", "seed", "ttl",
	}
}

// playForm is the data of the form of a new play.
type playForm struct {
	Values    map[string]string
	Scenarios []string
	APIs      []string
	Routes    []string
	Methods   []string
}

// newPlay shows the form of a new play, with what the query says of it.
func (c *request) newPlay() (any, error) { return c.playForm(nil) }

// playForm shows the form of a new play, with what is wrong with it.
func (c *request) playForm(problem error) (any, error) {
	form := playForm{Values: map[string]string{}, Methods: []string{"GET", "POST", "PUT", "DELETE"}}
	for _, name := range playFields() {
		form.Values[name] = c.value(name)
	}
	var all struct{ APIs []describe.APIView }
	if err := c.ask("apis", &all); err != nil {
		return nil, err
	}
	for _, api := range all.APIs {
		form.APIs = append(form.APIs, api.Name)
		for _, route := range api.Routes {
			if !slices.Contains(form.Routes, route.Name) {
				form.Routes = append(form.Routes, route.Name)
			}
		}
	}
	var found struct{ Scenarios []describe.ScenarioView }
	if err := c.ask("scenarios", &found); err != nil {
		return nil, err
	}
	for _, one := range found.Scenarios {
		form.Scenarios = append(form.Scenarios, one.Name)
	}
	shown := content{template: "play", title: "Make a play", view: "fail", data: form}
	if problem != nil {
		refused, ok := errors.AsType[refusal](problem)
		if !ok {
			return nil, problem
		}
		shown.problem, shown.status = refused.text, refused.status
	}
	return shown, nil
}

// makePlay arms the play that the form describes.
func (c *request) makePlay() (any, error) {
	play := map[string]any{}
	for _, name := range playFields() {
		given := c.value(name)
		switch {
		case given == "":
		case name == "times":
			play[name] = timesOf(given)
		case name == "probability" || name == "seed":
			play[name] = given
			if json.Valid([]byte(given)) {
				play[name] = json.RawMessage(given)
			}
		default:
			play[name] = given
		}
	}
	result, err := c.armed(play)
	if err != nil {
		return c.playForm(err)
	}
	return result, nil
}

// script shows the text of a script, and what is wrong with it.
func (c *request) script() (any, error) {
	var one describe.ScenarioView
	if err := c.ask("scenarios/"+c.segment("name"), &one); err != nil {
		return nil, err
	}
	return content{template: "script", title: one.Name, view: "fail", data: struct {
		describe.ScenarioView
		Body layout
	}{one, layoutText(one.Text)}}, nil
}
