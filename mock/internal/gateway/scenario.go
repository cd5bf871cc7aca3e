package gateway

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/scenario"
	"sandkasse/mock/internal/wire"
)

// reservedCodes returns a function that returns which code each reserved organisation number stands
// for. It is computed once.
func reservedCodes(known *catalog.Catalog) func() map[string]string {
	return sync.OnceValue(func() map[string]string {
		codes, _ := scenario.Reserved(known.Codes()) // of two codes with one number, neither has it
		return codes
	})
}

// selectScenarios chooses the scenarios that a call plays: those that it asks for by address or
// header, those that its organisations are reserved for, and those armed in its session. The error
// says what is wrong with what the call asks for, and what there is instead.
func (g *Gateway) selectScenarios(c *call) error {
	var selected []scenario.Selection
	for _, ask := range c.Address.Scenarios {
		found, err := g.Scenarios.Find(ask, c.API.CodeNames())
		if err != nil {
			return err
		}
		selected = append(selected, found.For(c.API.Name))
	}
	text := textOf(c)
	var reserved []string
	if !g.NoReserved {
		reserved = text.organisations(scenario.ReservedPrefix)
	}
	for _, number := range reserved {
		if found, ok := g.reservedScenario(c.API, number); ok {
			selected = append(selected, found)
		}
	}
	route := ""
	if c.Route != nil {
		route = c.Route.Name
	}
	scenarioCall := scenario.Call{
		API: c.API.Name, Family: c.API.Family, Method: c.http.Method, Route: route, Now: c.Now,
		Mentions: text.contains, Organisation: text.caller,
		Documents:  func(code string) bool { _, ok := c.API.Code(code); return ok },
		NoMessages: c.Route == nil || !g.Behaviours[c.Route.Behaviour].Messages,
	}
	for _, one := range selected[:len(c.Address.Scenarios)] {
		if !one.Fits(scenarioCall) {
			c.Remarks = append(c.Remarks, "the scenario "+one.Text+" did not play: no step of it is for this call")
		}
	}
	c.scenarios = c.session.Plays.Begin(selected, scenarioCall)
	return nil
}

// reservedScenario returns the scenario that an organisation number is reserved for; ok is false
// where there is none. A code plays where the API documents it, and nowhere else: the same
// organisation also asks Maskinporten for its token (K356).
func (g *Gateway) reservedScenario(api *catalog.API, number string) (scenario.Selection, bool) {
	if code, ok := g.codes()[number]; ok {
		found, err := g.Scenarios.Find(code, api.CodeNames())
		return found, err == nil
	}
	for _, script := range g.Scenarios.All() {
		if script.Organisation == number {
			found, err := g.Scenarios.Find(script.Name, nil)
			return found, err == nil
		}
	}
	return scenario.Selection{}, false
}

// runScenarios does what the scenarios of a call want at a point; outcome is scenario.Success or
// Refused after the work, else empty. handled reports whether they answer the call, or tear its
// connection. What they change about any answer is kept for withScenarioHeaders.
func (g *Gateway) runScenarios(c *call, at scenario.Point, outcome string) (a response, handled bool) {
	if c.scenarios == nil {
		return a, false
	}
	e := c.scenarios.At(at, scenario.PointInfo{Now: c.session.Clock.Now(), Outcome: outcome})
	c.effects = append(c.effects, e)
	c.duplicate = c.duplicate || e.Duplicate
	if at == scenario.InsteadOfWork {
		c.Staged = wire.Staged{
			Feedback: e.Feedback, Webhook: e.Webhook, Approval: e.Approval, ApprovalAfter: e.ApprovalAfter,
		}
	}
	if e.Delay > 0 {
		pause(c.http.Context(), e.Delay)
	}
	switch {
	case e.Code != "":
		a = g.codeResponse(c, e.Code)
	case e.Offence != "":
		a = g.offenceResponse(c, feil.Offence(e.Offence))
	case e.Response != nil:
		a = scriptedAnswer(c, e.Response)
	case e.Tear != "":
		return response{stoppedBy: c.step, why: "a scenario tore the connection before the call was looked at"}, true
	default:
		return a, false
	}
	a.demanded = true
	return a, true
}

// applyAnswerScenarios runs the scenarios after the work and returns the answer that goes out. The
// call has been carried out or refused by then; its answer may still be lost, torn, delayed or
// replaced.
func (g *Gateway) applyAnswerScenarios(c *call, a response) response {
	if c.scenarios == nil {
		return a
	}
	if c.torn() {
		return c.withScenarioHeaders(a) // there is no answer that anything could be done with
	}
	outcome := scenario.Success
	if a.status >= http.StatusBadRequest || a.kode != "" {
		outcome = scenario.Refused
	}
	other, handled := g.runScenarios(c, scenario.AfterWork, outcome)
	switch {
	case c.torn():
		a.stoppedBy, a.why = c.step, "a scenario tore the connection in place of "+a.summary()
	case handled:
		other.why = "a scenario answered this in place of " + a.summary()
		a = other
	}
	return c.withScenarioHeaders(a)
}

// torn reports whether a scenario tears the connection instead of answering.
func (c *call) torn() bool {
	return slices.ContainsFunc(c.effects, func(e scenario.Effect) bool { return e.Tear != "" })
}

// withScenarioHeaders returns an answer with the changes that the scenarios make to it, and with
// the names of those played in the header Sandkasse-Played.
func (c *call) withScenarioHeaders(a response) response {
	for _, e := range c.effects {
		a.apply(e)
	}
	a.played = c.scenarios.Played()
	if len(a.played) > 0 {
		a.header = with(a.header, map[string]string{"Sandkasse-Played": wire.Printable(strings.Join(a.played, ", "))})
	}
	return a
}

// summary returns an answer's status and codes, for the journal's note on what a scenario replaced.
func (a response) summary() string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", a.status, strings.Join(append([]string{a.kode}, a.codes...), " ")))
}

// pause waits in real time, or until the caller has gone or the server closes.
func pause(ctx context.Context, length time.Duration) {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// codeResponse returns the answer with a code, as its real cause would be answered.
func (g *Gateway) codeResponse(c *call, name string) response {
	code, found := c.API.Code(name)
	switch {
	case !found:
		return ownError(c, http.StatusBadRequest, fmt.Sprintf(
			"a scenario plays %s, which %s does not document; it has %s",
			name, c.API.Name, strings.Join(c.API.CodeNames(), ", ")))
	case code.Behaviour != "":
		result, err := g.Behaviours[code.Behaviour].Codes[code.Name](&c.Request)
		if err != nil {
			return g.refuse(c, err)
		}
		a, err := render(c.API, result)
		if err != nil {
			return g.refuse(c, err)
		}
		a.stoppedBy = c.step
		return a
	}
	return g.withAllow(c, renderOffence(c, code.Row, onDemand(c, code.Row.Offence)), code.Row.Offence)
}

// offenceResponse returns the answer to an offence, as its real cause would be answered.
func (g *Gateway) offenceResponse(c *call, offence feil.Offence) response {
	row, found := c.API.Feil[offence]
	if !found {
		why := fmt.Sprintf("a scenario plays %s, which %s never answers", offence, c.API.Name)
		return ownError(c, http.StatusBadRequest, why)
	}
	return g.withAllow(c, renderOffence(c, row, onDemand(c, offence)), offence)
}

// withAllow adds the header Allow to the answer to a method that is not allowed.
func (g *Gateway) withAllow(c *call, a response, offence feil.Offence) response {
	if offence == feil.MethodNotAllowed {
		a.header = with(a.header, map[string]string{"Allow": g.routes.allowed(c.API, c.template, c.http.Method)})
	}
	return a
}

// scriptedAnswer returns an answer that a script has written out.
func scriptedAnswer(c *call, written *scenario.Response) response {
	a := response{
		status: written.Status, contentType: "text/plain; charset=utf-8", body: []byte(written.Body),
		stoppedBy: c.step, why: "a scenario answered this in place of the API",
	}
	if written.JSON != "" {
		a.contentType, a.body = jsonType, []byte(written.JSON)
	}
	a.header = with(nil, written.Headers)
	return a
}

// apply changes an answer as scenarios want at one point.
func (a *response) apply(e scenario.Effect) {
	if len(e.Headers) > 0 {
		a.header = with(a.header, e.Headers)
	}
	for _, change := range e.ChangeBody {
		a.body = change(a.body)
	}
	if e.Tear != "" {
		a.plan.tear = e.Tear
	}
	if e.Cut != nil {
		a.plan.cut = e.Cut
	}
	if e.Drip != nil {
		a.plan.drip = e.Drip
	}
}

// with returns a header with more in it, over what it has of the same name. The header itself is
// not changed.
func with(header http.Header, more map[string]string) http.Header {
	header = maps.Clone(header)
	if header == nil {
		header = http.Header{}
	}
	for name, value := range more {
		header.Set(name, value)
	}
	return header
}

// serveDuplicate carries a call out a second time, as if the network had sent it twice. Its answer
// is recorded in the journal and sent to nobody. A call whose session was reset after the first
// time is not carried out again.
func (g *Gateway) serveDuplicate(first *call, played []string) {
	if first.session.Store.Closed() {
		return
	}
	c := g.newCall(first.http, first.Address, first.session)
	defer c.release()
	c.API, c.Route, c.Params = first.API, first.Route, maps.Clone(first.Params)
	c.path, c.template, c.notImitated = first.path, first.template, first.notImitated
	c.Body, c.bodyBytes, c.oversize = first.Body, first.bodyBytes, first.oversize
	c.unwatched = true
	c.readCorrelation()
	a := g.answerRecovered(c, func() response { return g.serveAPI(c, "") })
	a.played = played
	a.header = a.completeHeader(c)
	g.record(c, a)
}
