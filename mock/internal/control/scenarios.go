package control

import (
	"net/http"
	"strings"

	"sandkasse/mock/internal/describe"
)

// handleScenarios registers the operations on scenarios and plays.
func (c *Control) handleScenarios() {
	c.handle("GET scenarios", (*request).scenarios)
	c.handle("GET scenarios/{name}", (*request).scenario)
	c.handle("GET plays", (*request).plays)
	c.handle("POST plays", (*request).play)
	c.handle("DELETE plays", (*request).disarmAll)
	c.handle("DELETE plays/{id}", (*request).disarmPlay)
}

// scenarios lists the scenarios, of all APIs or of one, and the faults of the user's own scripts.
func (c *request) scenarios(r *http.Request) (any, error) {
	values, err := filters(r, "api")
	if err != nil {
		return nil, err
	}
	if api := values.Get("api"); api != "" && c.Catalog.ByName(api) == nil {
		return nil, badRequest("there is no API %q; there are %s", api, strings.Join(c.Catalog.Names(), ", "))
	}
	list := describe.Scenarios(c.Catalog, c.Scenarios, values.Get("api"))
	for i := range list {
		list[i].Text = "" // only GET scenarios/{name} has it
	}
	faults := []string{}
	for _, fault := range c.Scenarios.Faults() {
		faults = append(faults, fault.String())
	}
	return struct {
		Scenarios []describe.ScenarioView `json:"scenarios"`
		Faults    []string                `json:"faults"`
	}{list, faults}, nil
}

// scenario describes the scenario whose name stands in the path.
func (c *request) scenario(r *http.Request) (any, error) {
	view, err := describe.Scenario(c.Catalog, c.Scenarios, r.PathValue("name"))
	if err != nil {
		return nil, &apiError{http.StatusNotFound, err.Error()}
	}
	return view, nil
}
