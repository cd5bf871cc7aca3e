package control

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/journal"
	"sandkasse/mock/internal/kobo"
	"sandkasse/mock/internal/plainjson"
	"sandkasse/mock/internal/scenario"
	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/strictjson"
	"sandkasse/mock/internal/suggest"
	"sandkasse/mock/internal/wire"
	"sandkasse/schemas"
)

// koboFamily is the family of Kobo's API.
const koboFamily = "kobo"

// koboBodyLimit bounds the body of an operation of the case worker, in bytes.
const koboBodyLimit = 1 << 20

// handleKobo registers what a case worker does in Kobo: cases, lists, and the API's operations on
// homes, at its own paths and with its own bodies. They need no token, reach every home, and make
// webhook messages.
func (c *Control) handleKobo() {
	c.handle("GET kobo/saker", (*request).koboSaker)
	c.handle("POST kobo/saker", (*request).koboNySak)
	c.handle("GET kobo/saker/{saksreferanse}", (*request).koboSak)
	c.handle("GET kobo/kobobolig", (*request).koboBoliger)
	c.handle("GET kobo/kobobolig/{koboBoligId}", (*request).koboBolig)
	registered := map[string]bool{}
	for _, api := range c.Catalog.APIs {
		if api.Family != koboFamily {
			continue
		}
		for _, route := range api.Routes {
			pattern := route.Method + " kobo" + route.Paths[0]
			if !kobo.ByCaseWorker(route.Behaviour) || registered[pattern] {
				continue
			}
			registered[pattern] = true
			c.handle(pattern, func(c *request, r *http.Request) (any, error) { return c.koboOperation(api, route, r) })
		}
	}
}

// koboOperation carries out an operation of the API on a home as the case worker.
func (c *request) koboOperation(api *catalog.API, route *catalog.Route, r *http.Request) (any, error) {
	var compiled *schema.Schema
	if route.Schema != nil {
		compiled = route.Schema()
	}
	document, err := validBody(r, compiled)
	if err != nil {
		return nil, err
	}
	params := map[string]string{
		"koboBoligId": strings.ToLower(r.PathValue("koboBoligId")), "saksreferanse": r.PathValue("saksreferanse"),
	}
	webhook, err := c.webhookFault(api, route)
	if err != nil {
		return nil, err
	}
	var shown kobo.KoboboligTO
	var done kobo.Result
	ids := c.ids()
	err = c.update(func(tx *store.Tx) error {
		h, _, err := kobo.Decode(route.Behaviour, params, document)
		if err != nil {
			return err
		}
		done, err = c.Kobo.Execute(tx, kobo.Env{Now: tx.Now, IDs: ids, Webhook: webhook},
			kobo.Actor{CaseWorker: true}, h)
		if err != nil {
			return err
		}
		shown, err = done.Bolig.Render(tx, tx.Now)
		return err
	})
	var f *feil.Feil
	if errors.As(err, &f) {
		return nil, &apiError{caseWorkerStatus(api.Feil[f.Offence].Status), f.Why}
	}
	if err != nil {
		return nil, err
	}
	c.session.Report.SeePlayed(c.Gateway.Lines(api), c.played)
	why := strings.Join(done.Remarks, "; ")
	if route.Method == http.MethodDelete && !done.Changed { // the home is linked, or was deleted before
		return nil, &apiError{http.StatusConflict, why}
	}
	if why != "" {
		c.Log.Warn("remark on what the case worker did", "route", route.Name, "home", params["koboBoligId"],
			"why", journal.Mask(why))
	}
	return shown, nil
}

// webhookFault returns the fault that scenarios want for the webhook message of an operation, ""
// for none: those that the request asks for, and those armed in its session. Their other acts apply
// to calls of the API only.
func (c *request) webhookFault(api *catalog.API, route *catalog.Route) (fault string, err error) {
	var asked []scenario.Selection
	for _, ask := range c.address.Scenarios {
		found, err := c.Scenarios.Find(ask, nil)
		if err != nil {
			return "", badRequest("%v", err)
		}
		asked = append(asked, found.For(api.Name))
	}
	now := c.session.Clock.Now()
	run := c.session.Plays.Begin(asked, scenario.Call{
		API: api.Name, Family: api.Family, Method: route.Method, Route: route.Name, Now: now, MessagesOnly: true,
	})
	defer run.End()
	fault = run.At(scenario.InsteadOfWork, scenario.PointInfo{Now: now}).Webhook
	c.played = run.Played()
	return fault, nil
}

// caseWorkerStatus returns the control API's status for one of Kobo's: 404 and 400 as they are,
// else 409.
func caseWorkerStatus(status int) int {
	switch status {
	case http.StatusNotFound, http.StatusBadRequest:
		return status
	}
	return http.StatusConflict
}

// validBody returns the body decoded. It must be valid by the schema and have no member that the
// schema does not name. Without a schema there must be no body, and the document is nil.
func validBody(r *http.Request, compiled *schema.Schema) (any, error) {
	if compiled == nil {
		return nil, checkNoBody(r)
	}
	body, err := readBody(r, koboBodyLimit)
	if err != nil {
		return nil, err
	}
	document, err := strictjson.Parse(body)
	if err == nil {
		err = checkMembers("", document, compiled.Compiled())
	}
	if err == nil { // which bounds its depth and numbers
		document, err = schema.Decode(bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF")))
	}
	if err != nil {
		return nil, badRequest("the body is no document for Kobo: %v", err)
	}
	if wrong := compiled.Validate(document); len(wrong) > 0 {
		return nil, badRequest("the body is wrong in %s; the first is %s: %s", wire.Places(len(wrong)), wrong[0].Sti,
			wrong[0].Melding)
	}
	return document, nil
}

// checkMembers refuses a member that the schema has no property for, at any depth. Kobo itself
// ignores such members (K206), but the case worker's operations are Sandkasse's own.
func checkMembers(place string, document any, compiled *jsonschema.Schema) error {
	for compiled.Ref != nil && len(compiled.Properties) == 0 && compiled.Items2020 == nil {
		compiled = compiled.Ref
	}
	switch value := document.(type) {
	case []any:
		for i, element := range value {
			if compiled.Items2020 == nil {
				return nil
			}
			if err := checkMembers(fmt.Sprintf("%s/%d", place, i), element, compiled.Items2020); err != nil {
				return err
			}
		}
	case map[string]any:
		if len(compiled.Properties) == 0 { // any member is allowed
			return nil
		}
		names := slices.Collect(maps.Keys(compiled.Properties))
		for _, name := range slices.Sorted(maps.Keys(value)) {
			member := compiled.Properties[name]
			if member == nil {
				return fmt.Errorf("%s/%s is not a member of it; there are %s", place, name,
					strings.Join(suggest.NearestFirst(name, names), ", "))
			}
			if err := checkMembers(place+"/"+name, value[name], member); err != nil {
				return err
			}
		}
	}
	return nil
}

// compileNySak compiles the built-in schema of a new case.
func compileNySak() *schema.Schema {
	compiled, err := schema.Compile(schemas.Embedded(), "kobo/NySak.json")
	if err != nil {
		panic(err) // it is compiled in, and tests use it
	}
	return compiled
}

// sakView describes a case.
type sakView struct {
	kobo.Sak
	Hovedsoker string `json:"hovedsoker"` // the koboId of the first of the household
}

// viewSak describes a case.
func viewSak(sak kobo.Sak) sakView { return sakView{sak, sak.Hovedsoker().KoboID} }

// koboNySak makes a case of the household in the body.
func (c *request) koboNySak(r *http.Request) (any, error) {
	document, err := validBody(r, c.nySak())
	if err != nil {
		return nil, err
	}
	husstand, err := kobo.DecodeSak(document)
	if err != nil {
		return nil, err
	}
	var sak kobo.Sak
	ids := c.ids()
	err = c.update(func(tx *store.Tx) (err error) {
		sak, err = kobo.NewSak(tx, kobo.Env{Now: tx.Now, IDs: ids}, husstand)
		return err
	})
	if err != nil {
		return nil, err
	}
	return viewSak(sak), nil
}

// koboSaker lists the cases, the oldest first, narrowed by the query.
func (c *request) koboSaker(r *http.Request) (any, error) {
	values, err := filters(r, "text", "limit")
	if err != nil {
		return nil, err
	}
	limit, err := wholeNumber(values, "limit", 1, maxListed)
	if err != nil {
		return nil, err
	}
	views := []sakView{}
	err = c.view(func(tx *store.Tx) error {
		list, err := kobo.Cases(tx)
		for _, sak := range slices.Backward(list) {
			view := viewSak(sak)
			if containsText(view, values.Get("text")) && (limit == 0 || len(views) < int(limit)) {
				views = append(views, view)
			}
		}
		slices.Reverse(views)
		return err
	})
	return map[string][]sakView{"saker": views}, err
}

// containsText reports whether the JSON of a value contains a text, in any case of letters. Every
// value contains the empty text.
func containsText(value any, text string) bool {
	return text == "" || strings.Contains(strings.ToLower(string(plainjson.MustMarshal(value))), strings.ToLower(text))
}

// koboSak shows the case whose reference stands in the path.
func (c *request) koboSak(r *http.Request) (any, error) {
	reference := r.PathValue("saksreferanse")
	var view sakView
	err := c.view(func(tx *store.Tx) error {
		sak, found, err := kobo.FindSak(tx, reference)
		if err == nil && !found {
			return &apiError{
				http.StatusNotFound,
				fmt.Sprintf("Kobo has no case %q; GET %skobo/saker lists those it has", reference, c.prefix()),
			}
		}
		if err == nil {
			view = viewSak(sak)
		}
		return err
	})
	return view, err
}

// boligView describes a home, its owner and where it stands.
type boligView struct {
	Kommune string           `json:"kommune"`
	System  string           `json:"system"`
	Stand   string           `json:"stand"`
	Bolig   kobo.KoboboligTO `json:"kobobolig"`
	Acts    []actView        `json:"acts,omitempty"` // that are allowed now; not in a list
}

// actView describes an act of the case worker that the table of transitions allows on a home now
// (K713).
type actView struct {
	Act     kobo.Act `json:"act"`
	Summary string   `json:"summary"`
	Method  string   `json:"method"`
	Path    string   `json:"path"` // {saksreferanse} stands in it for the case
	// the case is any that has no other home; else it is one of cases, and none where there are none
	AnyCase bool     `json:"anyCase,omitempty"`
	Cases   []string `json:"cases,omitempty"`
}

// koboBoliger lists the homes of all systems, the oldest first, narrowed by the query.
func (c *request) koboBoliger(r *http.Request) (any, error) {
	values, err := filters(r, "system", "stand", "text", "limit")
	if err != nil {
		return nil, err
	}
	system, stand := values.Get("system"), values.Get("stand")
	if stand != "" && !slices.Contains(kobo.Stands(), stand) {
		return nil, badRequest("stand is %q; it must be one of %s", stand, strings.Join(kobo.Stands(), ", "))
	}
	limit, err := wholeNumber(values, "limit", 1, maxListed)
	if err != nil {
		return nil, err
	}
	views := []boligView{}
	err = c.view(func(tx *store.Tx) error {
		list, err := kobo.Homes(tx)
		for _, b := range slices.Backward(list) {
			if system != "" && b.System != system || stand != "" && b.Stand() != stand {
				continue
			}
			shown, err := b.Render(tx, tx.Now)
			if err != nil {
				return err
			}
			view := boligView{Kommune: b.Kommune, System: b.System, Stand: b.Stand(), Bolig: shown}
			if !containsText(view, values.Get("text")) {
				continue
			}
			if views = append(views, view); len(views) == int(limit) {
				break
			}
		}
		slices.Reverse(views)
		return err
	})
	return map[string][]boligView{"boliger": views}, err
}

// koboBolig shows the home whose ID stands in the path, with the acts that are allowed on it now.
func (c *request) koboBolig(r *http.Request) (any, error) {
	id := strings.ToLower(r.PathValue("koboBoligId"))
	var view boligView
	err := c.view(func(tx *store.Tx) error {
		b, found, err := kobo.Get(tx, kobo.Actor{CaseWorker: true}, id)
		if err == nil && !found {
			return &apiError{
				http.StatusNotFound,
				fmt.Sprintf("Kobo has no home %q; GET %skobo/kobobolig lists those it has", id, c.prefix()),
			}
		}
		if err != nil {
			return err
		}
		view = boligView{Kommune: b.Kommune, System: b.System, Stand: b.Stand(), Acts: []actView{}}
		if view.Bolig, err = b.Render(tx, tx.Now); err != nil {
			return err
		}
		possible, err := kobo.Possible(tx, b)
		for _, one := range possible {
			if route := c.koboRoute(one.Behaviour); route != nil {
				view.Acts = append(view.Acts, actView{
					Act: one.Act, Summary: c.Gateway.Behaviours[one.Behaviour].Summary, Method: route.Method,
					Path:    c.prefix() + "kobo" + strings.ReplaceAll(route.Paths[0], "{koboBoligId}", b.KoboID),
					AnyCase: one.AnyCase, Cases: one.Cases,
				})
			}
		}
		return err
	})
	return view, err
}

// koboRoute returns the route of a behaviour in the first API of Kobo that has it, or nil.
func (c *Control) koboRoute(behaviour string) *catalog.Route {
	for _, api := range c.Catalog.APIs {
		for _, route := range api.Routes {
			if api.Family == koboFamily && route.Behaviour == behaviour {
				return route
			}
		}
	}
	return nil
}
