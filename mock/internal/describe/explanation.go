package describe

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/journal"
)

// Explanation says why a call was answered as it was, and what to do about it.
type Explanation struct {
	Number int64         `json:"number"`
	Status int           `json:"status"`
	Code   string        `json:"code"`
	Why    string        `json:"why"`    // in a sentence; empty where there is nothing to say
	Client string        `json:"client"` // what a client should do; empty where that needs no saying
	Choice *Choice       `json:"choice"` // that decided the answer beside the sources; null for none
	Steps  []StepView    `json:"steps"`
	Places []PlaceView   `json:"places"` // that the answer complains of
	Stored []StoredValue `json:"stored"` // by the call
}

// StepView is a check on the way of a call, or its work.
type StepView struct {
	Name  string    `json:"name"`
	State StepState `json:"state"`
}

// StepState says how far a call got with a step.
type StepState string

// The states of a step.
const (
	Passed     StepState = "passed"
	Stopped    StepState = "stopped"
	NotReached StepState = "not reached"
)

// PlaceView is a place in a request that the answer complains of.
type PlaceView struct {
	Sti     string `json:"sti"` // a JSON pointer into the body, or the name of a header or a parameter
	Kode    string `json:"kode"`
	Melding string `json:"melding"`
	Value   string `json:"angittVerdi"`
}

// StoredValue names a record that a call made or changed.
type StoredValue struct {
	Kind string `json:"kind"` // dialog, forsendelse, home, system or request
	ID   string `json:"id"`
}

// maxPlaces bounds the places of an explanation.
const maxPlaces = 500

// Explain explains a call of the journal.
func Explain(known *catalog.Catalog, call journal.Entry) Explanation {
	x := Explanation{
		Number: call.Number, Status: call.Status, Code: call.Code, Why: call.Why, Steps: steps(known, call),
		Places: []PlaceView{}, Stored: []StoredValue{},
	}
	if call.StoppedBy != "" {
		x.Choice = choiceOf(known, call)
	}
	api := known.ByName(call.API)
	isAltinn := api != nil && api.Family == altinnFamily
	switch {
	case api != nil && call.Code != "":
		x.Client = clientAdvice(api, call)
	case isAltinn && call.Status < http.StatusMultipleChoices:
		x.Client = altinnNext(call)
		x.Stored = append(x.Stored, altinnStored(call)...)
	}
	if isAltinn {
		x.Places = append(x.Places, altinnPlaces(call.Answer.Body)...)
		return x
	}
	var body struct {
		Spesifisering []PlaceView
		DialogID      string `json:"dialogId"`
		ForsendelseID string `json:"forsendelseId"`
		KoboID        string `json:"koboId"` // of a home
	}
	if json.Unmarshal(call.Answer.Body, &body) != nil {
		return x
	}
	x.Places = append(x.Places, body.Spesifisering[:min(len(body.Spesifisering), maxPlaces)]...)
	if call.Status < 300 && call.Method != "GET" {
		for _, one := range []StoredValue{
			{"dialog", body.DialogID}, {"forsendelse", body.ForsendelseID}, {"home", body.KoboID},
		} {
			if one.ID != "" {
				x.Stored = append(x.Stored, one)
			}
		}
	}
	return x
}

// clientAdvice returns what a client should do about a refusal: by its specification codes where it
// has any.
func clientAdvice(api *catalog.API, call journal.Entry) string {
	isAltinn := api.Family == altinnFamily
	if _, err := strconv.Atoi(call.Code); err == nil && isAltinn && call.StoppedBy != catalog.ScenarioStep.String() {
		return cmp.Or(altinnAdvice(call), statusAdvice(call.Status))
	}
	if sentExchanged(call) {
		return maskinportenToken
	}
	var all []string
	for _, name := range append(slices.Clone(call.Specification), call.Code) {
		code, found := api.Code(name)
		if advice := Advice(code); found && !slices.Contains(all, advice) {
			all = append(all, advice)
		}
		if len(all) > 0 && !isAltinn { // whose validations name all that is wrong
			break
		}
	}
	if len(all) == 0 {
		return statusAdvice(call.Status)
	}
	return strings.Join(all, " ")
}

// steps returns the steps of a call: those before its route only where one of them stopped it, then
// the checks of the route in their order, and its work.
func steps(known *catalog.Catalog, call journal.Entry) []StepView {
	list := []StepView{}
	route := routeOf(known, call)
	var names []string
	if route != nil {
		for _, step := range append(route.CheckSteps(), route.BehaviourStep()) {
			names = append(names, step.String())
		}
	}
	at := slices.Index(names, call.StoppedBy)
	if call.StoppedBy != "" && at < 0 { // before the checks, or by a scenario
		list = append(list, StepView{call.StoppedBy, Stopped})
	}
	for i, name := range names {
		state := Passed
		switch {
		case call.StoppedBy != "" && at < 0, at >= 0 && i > at:
			state = NotReached
		case i == at:
			state = Stopped
		}
		list = append(list, StepView{strings.TrimPrefix(name, "behaviour "), state})
	}
	return list
}

// routeOf returns the route of a call; nil where it came to none.
func routeOf(known *catalog.Catalog, call journal.Entry) *catalog.Route {
	api := known.ByName(call.API)
	if api == nil {
		return nil
	}
	for _, route := range api.Routes {
		if route.Method == call.Method && slices.Contains(route.Paths, call.Route) {
			return route
		}
	}
	return nil
}

// Choice is an entry of docs/choices.md: what was chosen where no source settles it.
type Choice struct {
	Number string `json:"number"` // such as K036
	Title  string `json:"title"`
}

// choiceOf returns the choice that the answer to a refused call rests on most; nil where the sources
// settle it.
func choiceOf(known *catalog.Catalog, call journal.Entry) *Choice {
	number := choiceNumber(call)
	if api := known.ByName(call.API); api != nil && isConflict(api, call.Code) {
		number = "K224"
	}
	if i := strings.LastIndex(call.Why, "(K"); i >= 0 && len(call.Why) >= i+6 && call.Why[i+5] == ')' {
		if _, found := choiceTitles()[call.Why[i+1:i+5]]; found {
			number = call.Why[i+1 : i+5]
		}
	}
	if title, found := choiceTitles()[number]; found {
		return &Choice{number, title}
	}
	return nil
}

// choiceNumber returns the number of the choice that the check which stopped a call rests on, for what
// it found; empty where the sources settle it.
func choiceNumber(call journal.Entry) string {
	header, kobo := call.Request.Header, call.API == "kobo"
	if call.API == altinnFamily && slices.Contains([]string{"scope", "url", "method", "body-size", "content-type"},
		call.StoppedBy) {
		if call.StoppedBy == "scope" { // 403 without a body is documented
			return ""
		}
		return "K740"
	}
	if call.StoppedBy == catalog.ScenarioStep.String() {
		if len(call.Played) > 1 {
			return "K312"
		}
		return ""
	}
	for name, step := range map[string]string{
		"Authorization": "token", "Content-Type": "content-type", "idempotencyKey": "idempotency-key",
	} {
		if step == call.StoppedBy && len(header.Values(name)) > 1 {
			return "K028"
		}
	}
	switch call.StoppedBy {
	case "token":
		switch {
		case kobo:
			return "K247"
		case header.Get("Authorization") != "":
			return "K123"
		}
	case "scope", "systembruker":
		return "K003"
	case "content-type":
		if strings.Contains(strings.ToLower(header.Get("Content-Type")), "charset") {
			return "K018"
		}
	case "body-size":
		return "K005"
	case "idempotency-key":
		switch {
		case call.Code == "GLD_019":
			return "K025"
		case header.Get("idempotencyKey") != "":
			return "K036"
		}
	case "inntektsaar-supported":
		return "K009"
	case "metadata":
		if strings.HasPrefix(call.Why, "one leveranse is of") {
			return "K728"
		}
	case "hovedenhet":
		return "K721"
	case "method":
		if call.Method == http.MethodHead || call.Method == http.MethodOptions {
			return "K019"
		}
	case "url":
		switch {
		case kobo:
			return "K201"
		case strings.HasSuffix(call.Path, "/"):
			return "K019"
		case strings.Contains(call.Path, "/dokumenter/"):
			return "K007"
		}
	case "kobo-systemid":
		return "K248"
	case "kobo-bolig-id":
		return "K251"
	}
	return ""
}

// isConflict reports whether a code of an API says that a call conflicts with what is stored.
func isConflict(api *catalog.API, name string) bool {
	return slices.ContainsFunc(api.Codes(), func(code catalog.Code) bool {
		return code.Name == name && code.Row.Conflict
	})
}

// choiceTitles returns the titles in docs/choices.md of the choices that a call may be refused by.
func choiceTitles() map[string]string {
	return map[string]string{
		"K003": "Details without a code", "K005": "Size limit", "K007": "Address of documents", "K009": "Open years",
		"K018": "Charset", "K019": "HEAD, OPTIONS, trailing slash", "K025": "What a repeat is",
		"K027": "Content-Encoding", "K028": "Repeated headers", "K036": "Form of the idempotencyKey",
		"K123": "Order of a token's checks", "K201": "Addresses", "K224": "Status of a conflict",
		"K247": "401", "K248": "Missing system id", "K251": "Id that is not a UUID", "K312": "Several scenarios",
		"K721": "Underenhet", "K728": "Several leveranser", "K740": "Answers without a code",
		"K742": "Bugs of Altinn's", "K743": "Organisations", "K744": "Resources", "K745": "Missing languages",
		"K746": "Lengths",
	}
}
