package coverage

import (
	"fmt"
	"net/http"
	"strings"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/gateway"
	"sandkasse/mock/internal/scenario"
)

// script returns the command that provokes the script of the line of that number.
func (r recipes) script(number int) string {
	asked, err := r.gateway.Scenarios.Find(r.lines.All[number].Script, nil)
	if err != nil {
		return ""
	}
	passing := 0 // calls before the script does something
	var acting scenario.Step
	for _, step := range asked.Scenario.Steps {
		if acting = step; len(step.Do) > 0 {
			break
		}
		passing += step.Times
	}
	var effect scenario.Effect
	for _, act := range acting.Do {
		act.Apply(&effect, func() float64 { return 0 })
	}
	name := asked.Name
	if acting.Probability < 1 && len(asked.Scenario.Parameters) == 1 {
		name += ";" + asked.Scenario.Parameters[0].Name + "=1"
	}
	if effect.Webhook != "" { // of the case worker's acts: those of the client make no messages by default
		made, _ := r.kobo(&catalog.Route{Name: "reserverBolig"}, http.StatusCreated, r.unique(number))
		const act = ` curl -i -X PUT "%s/_scenario/%s/_sandkasse/kobo/kobobolig/$h/sak/$s/reservasjon"`
		return made.before + fmt.Sprintf(act, r.base, name)
	}
	for _, route := range r.api.Routes {
		if !gateway.CanPlay(asked.Scenario, r.api, route) || effect.Approval != "" && route.Name != "request-create" {
			continue
		}
		url := quoted(r.base + "/_scenario/" + name + r.path(route, nil))
		switch {
		case acting.When.InFlight > 0:
			url = quoted(r.base + "/_scenario/slow/_scenario/" + name + r.path(route, nil))
			calls := strings.Repeat(" 1", acting.When.InFlight+1)
			return fmt.Sprintf("for i in%s; do curl -si %s%s & done; wait", calls, methodFlag(route.Method), url)
		case acting.At == scenario.InsteadOfWork || acting.When.Outcome == scenario.Success:
			answers := r.gateway.Behaviours[route.Behaviour].Answers
			if len(answers) == 0 {
				continue
			}
			if made := r.success(route, answers[0].Status, number, name); made != "" {
				return made
			}
		default:
			return "curl -i " + methodFlag(route.Method) + strings.TrimSpace(strings.Repeat(url+" ", passing+1))
		}
	}
	return ""
}
