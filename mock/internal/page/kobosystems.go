package page

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"sandkasse/mock/internal/describe"
)

// caseList is the data of the table of cases.
type caseList struct {
	Search string
	Cases  []sak
	Next   string            // query of the next page; empty where there is none
	New    string            // reference of the case that was just made
	Form   map[string]string // of the new case
}

// maxLinked bounds the homes, the newest, that are looked at for those that cases are linked to.
const maxLinked = 2_000

// cases lists the cases, the newest first, with the homes that they are linked to. A form that was
// refused is shown as it was.
func (c *request) cases(refused *refusedAct) (any, error) {
	data := caseList{Search: c.value("q"), New: c.value("new"), Form: map[string]string{"antallBarn": "0"}}
	shown := content{template: "cases", title: "Cases", view: "kobo"}
	if refused != nil {
		data.Form, shown.problem, shown.status = refused.form, refused.problem.text, refused.problem.status
	}
	var found struct{ Saker []sak }
	var homes struct{ Boliger []home }
	from, limit := c.from()
	if err := c.ask("kobo/saker"+query("text", data.Search, "limit", limit), &found); err != nil {
		return nil, err
	}
	if err := c.ask("kobo/kobobolig?limit="+strconv.Itoa(maxLinked), &homes); err != nil {
		return nil, err
	}
	linked := map[string][]home{}
	for _, one := range homes.Boliger {
		for _, reference := range one.Kobobolig.Cases() {
			linked[reference] = append(linked[reference], one)
		}
	}
	page, more := newest(found.Saker, from)
	if more {
		data.Next = query("q", data.Search, "from", strconv.Itoa(from+rowsAtOnce))
	}
	for _, one := range page {
		one.Homes = linked[one.KoboSaksreferanse]
		data.Cases = append(data.Cases, one)
	}
	shown.data = data
	return shown, nil
}

// newCase makes a case: of a generated household, or of the person in the form.
func (c *request) newCase() (any, error) {
	if c.value("act") == "generate" {
		var there struct{ Saker []json.RawMessage }
		if err := c.ask("kobo/saker", &there); err != nil {
			return nil, err
		}
		made, err := c.sendGenerated("sak", map[string]any{"skip": len(there.Saker)})
		if err != nil {
			return nil, err
		}
		return redirect("kobo/cases" + query("new", made[0].ID)), nil
	}
	form := map[string]string{}
	for field := range c.http.PostForm {
		form[field] = c.value(field)
	}
	children, err := strconv.Atoi(cmp.Or(form["antallBarn"], "0"))
	if err != nil {
		return c.cases(&refusedAct{form: form, problem: refusal{
			http.StatusBadRequest, "The number of children must be a whole number.",
		}})
	}
	number, err := strconv.Atoi(cmp.Or(form["husnummer"], "1"))
	if err != nil {
		return c.cases(&refusedAct{form: form, problem: refusal{
			http.StatusBadRequest, "The house number must be a whole number.",
		}})
	}
	person := map[string]any{
		"fornavn": form["fornavn"], "etternavn": form["etternavn"],
		"personidentifikator": form["personidentifikator"],
		"adresse": map[string]any{
			"gatenavn": cmp.Or(form["gatenavn"], "Prøvegata"), "husnummer": number,
			"postnummer": cmp.Or(form["postnummer"], "0155"),
		},
	}
	text, err := c.do(http.MethodPost, "kobo/saker", map[string]any{
		"husstand": map[string]any{"antallBarn": children, "beboere": []any{person}},
	})
	if refused, ok := errors.AsType[refusal](err); ok {
		return c.cases(&refusedAct{form: form, problem: refused})
	}
	if err != nil {
		return nil, err
	}
	var made sak
	if err := json.Unmarshal(text, &made); err != nil {
		return nil, err
	}
	return redirect("kobo/cases" + query("new", made.KoboSaksreferanse)), nil
}

// system is a vendor's system, with the receiver of its messages.
type system struct {
	ID        string
	Opprettet time.Time
	Webhook   *struct{ URL, Header, APIKey string }
}

// systemList is the data of the table of systems.
type systemList struct {
	Systems []system
	Form    map[string]string // that was refused
	Done    bool
}

// systems lists the systems. A form that was refused is shown as it was.
func (c *request) systems(refused *refusedAct) (any, error) {
	data := systemList{Done: c.value("done") != ""}
	shown := content{template: "systems", title: "Systems", view: "kobo"}
	if refused != nil {
		data.Form, shown.problem, shown.status = refused.form, refused.problem.text, refused.problem.status
	}
	var found struct{ Systems []system }
	if err := c.ask("kobo/systems", &found); err != nil {
		return nil, err
	}
	data.Systems = found.Systems
	shown.data = data
	return shown, nil
}

// setSystem sets where messages to a system are sent.
func (c *request) setSystem() (any, error) {
	form := map[string]string{"id": c.value("id"), "url": c.value("url"), "header": c.value("header")}
	body := map[string]any{"url": form["url"], "header": form["header"], "apiKey": c.value("apiKey")}
	_, err := c.do(http.MethodPut, "kobo/systems/"+url.PathEscape(form["id"]), body)
	if refused, ok := errors.AsType[refusal](err); ok {
		return c.systems(&refusedAct{form: form, problem: refused})
	}
	return redirect("kobo/systems?done=yes"), err
}

// webhookMessage is a message of the outbox.
type webhookMessage struct {
	ID, System, Key, Type string
	Body                  json.RawMessage
	Number                int64
	Created               time.Time
	State                 string
	Due                   time.Time
	Fault, Reason         string
	Tries                 int
	Attempts              []struct {
		Time         time.Time
		Status       int
		Error, Fault string
	}
	Held bool

	Laid layout // its body
}

// outbox is the data of the table of messages.
type outbox struct {
	State, System, Key string
	States             []string
	Messages           []webhookMessage
	Next               string                  // query of the next page; empty where there is none
	Faults             []describe.ScenarioView // scenarios that make messages go wrong
	Armed              []armedPlay             // those that are armed
	Query              string
}

// messages lists the messages, the newest first.
func (c *request) messages() (any, error) {
	data := outbox{
		State: c.value("state"), System: c.value("system"), Key: c.value("key"),
		States: []string{"waiting", "delivered", "dead", "dropped"},
	}
	data.Query = query("state", data.State, "system", data.System, "key", data.Key)
	shown := content{template: "messages", title: "Messages", view: "kobo"}
	var found struct{ Events []webhookMessage }
	from, limit := c.from()
	target := "kobo/events" + query("state", data.State, "system", data.System, "key", data.Key, "limit", limit)
	if err := c.ask(target, &found); err != nil {
		if err := shown.refuse(err); err != nil {
			return nil, err
		}
	}
	var more bool
	if data.Messages, more = newest(found.Events, from); more {
		data.Next = query("state", data.State, "system", data.System, "key", data.Key, "from",
			strconv.Itoa(from+rowsAtOnce))
	}
	for i := range data.Messages {
		data.Messages[i].Laid = layoutJSON(string(data.Messages[i].Body), nil)
	}
	var scenarios struct{ Scenarios []describe.ScenarioView }
	if err := c.ask("scenarios?api=kobo", &scenarios); err != nil {
		return nil, err
	}
	plays, err := c.plays()
	if err != nil {
		return nil, err
	}
	for _, one := range scenarios.Scenarios {
		if len(one.APIs) > 0 { // a code
			continue
		}
		if err := c.ask("scenarios/"+url.PathEscape(one.Name), &one); err != nil {
			return nil, err
		}
		if !strings.Contains(one.Text, "webhook:") {
			continue
		}
		data.Faults = append(data.Faults, one)
		for _, play := range plays {
			if name, _, _ := strings.Cut(play.Scenario, ";"); name == one.Name {
				data.Armed = append(data.Armed, armedPlay{PlayView: play})
			}
		}
	}
	shown.data = data
	return shown, nil
}

// redeliver sends a message again.
func (c *request) redeliver() (any, error) {
	_, err := c.do(http.MethodPost, "kobo/events/"+url.PathEscape(c.value("id"))+"/redeliver", nil)
	back := query("state", c.value("state"), "system", c.value("system"), "key", c.value("key"))
	return redirect("kobo/messages" + back), err
}

// armMessageFault arms a scenario for the next messages.
func (c *request) armMessageFault() (any, error) {
	body := map[string]any{"scenario": c.value("scenario"), "api": "kobo"}
	if times, err := strconv.Atoi(c.value("times")); err == nil {
		body["times"] = times
	}
	_, err := c.do(http.MethodPost, "plays", body)
	return redirect("kobo/messages"), err
}
