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
	"sandkasse/mock/internal/kobo"
	"sandkasse/mock/internal/scenario"
	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/strictjson"
	"sandkasse/mock/internal/suggest"
	"sandkasse/mock/internal/wire"
	"sandkasse/schemas"
)

// koboFamily is the family whose operations the case worker has too.
const koboFamily = "kobo"

// koboBodyLimit bounds the body of what a case worker does, in bytes.
const koboBodyLimit = 1 << 20

// serveKobo registers the case worker's side of Kobo: cases, lists, and the operations on homes at the API's own paths and with its own
// bodies, done by Kobo itself. So they need no token, reach every home, and make messages.
func (c *Control) serveKobo() {
	c.serve("GET kobo/saker", (*room).koboSaker)
	c.serve("POST kobo/saker", (*room).koboNySak)
	c.serve("GET kobo/saker/{saksreferanse}", (*room).koboSak)
	c.serve("GET kobo/kobobolig", (*room).koboBoliger)
	c.serve("GET kobo/kobobolig/{koboBoligId}", (*room).koboBolig)
	served := map[string]bool{}
	for _, api := range c.Catalog.APIs {
		if api.Family != koboFamily {
			continue
		}
		for _, route := range api.Routes {
			pattern := route.Method + " kobo" + route.Paths[0]
			if !kobo.ByCaseWorker(route.Behaviour) || served[pattern] {
				continue
			}
			served[pattern] = true
			c.serve(pattern, func(c *room, r *http.Request) (any, error) { return c.koboAct(api, route, r) })
		}
	}
}

// koboAct does to a home what an operation of the API does.
func (c *room) koboAct(api *catalog.API, route *catalog.Route, r *http.Request) (any, error) {
	var compiled *schema.Schema
	if route.Schema != nil {
		compiled = route.Schema()
	}
	document, err := fitting(r, compiled)
	if err != nil {
		return nil, err
	}
	params := map[string]string{"koboBoligId": strings.ToLower(r.PathValue("koboBoligId")), "saksreferanse": r.PathValue("saksreferanse")}
	webhook, err := c.staged(api, route)
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
		done, err = c.Kobo.Execute(tx, kobo.Env{Now: tx.Now, IDs: ids, Webhook: webhook}, kobo.Actor{CaseWorker: true}, h)
		if err != nil {
			return err
		}
		shown, err = done.Bolig.Render(tx, tx.Now)
		return err
	})
	var f *feil.Feil
	if errors.As(err, &f) {
		return nil, &failure{caseWorkerStatus(api.Feil[f.Offence].Status), f.Why}
	}
	if err != nil {
		return nil, err
	}
	why := strings.Join(done.Remarks, "; ")
	if route.Method == http.MethodDelete && !done.Changed { // a home that is linked, or was deleted before
		return nil, &failure{http.StatusConflict, why}
	}
	if why != "" {
		c.Log.Warn("remark on what the case worker did", "route", route.Name, "home", params["koboBoligId"], "why", why)
	}
	return shown, nil
}

// staged is what scenarios want to go wrong with the message that an act makes, those that the request asks for and those armed in its
// session; empty for nothing. Whatever else they do is for calls of the API.
func (c *room) staged(api *catalog.API, route *catalog.Route) (fault string, err error) {
	var asked []scenario.Asked
	for _, ask := range c.address.Scenarios {
		found, err := c.Scenarios.Find(ask, nil)
		if err != nil {
			return "", badRequest("%v", err)
		}
		asked = append(asked, found)
	}
	now := c.session.Clock.Now()
	performance := c.session.Stage.Begin(asked, scenario.Call{
		API: api.Name, Family: api.Family, Method: route.Method, Route: route.Name, Now: now, Messages: true,
	})
	defer performance.End()
	for _, act := range performance.At(scenario.Work, scenario.Moment{Now: now}) {
		fault = act.Webhook
	}
	c.played = performance.Played()
	return fault, nil
}

// caseWorkerStatus tells what is not there from what is not possible; the API's own statuses are the agency's.
func caseWorkerStatus(told int) int {
	switch told {
	case http.StatusNotFound, http.StatusBadRequest:
		return told
	}
	return http.StatusConflict
}

// fitting returns the body decoded, which must fit the schema and have no member that it does not know.
// Without a schema there must be no body, and the document is nil.
func fitting(r *http.Request, compiled *schema.Schema) (any, error) {
	if compiled == nil {
		return nil, checkNoBody(r)
	}
	body, err := readBody(r, koboBodyLimit)
	if err != nil {
		return nil, err
	}
	document, err := strictjson.Parse(body)
	if err == nil {
		err = knownMembers("", document, compiled.Compiled())
	}
	if err == nil { // for its bounds
		document, err = schema.Decode(bytes.TrimPrefix(body, []byte("\xEF\xBB\xBF")))
	}
	if err != nil {
		return nil, badRequest("the body is no document for Kobo: %v", err)
	}
	if wrong := compiled.Validate(document); len(wrong) > 0 {
		return nil, badRequest("the body is wrong in %s; the first is %s: %s", wire.Places(len(wrong)), wrong[0].Sti, wrong[0].Melding)
	}
	return document, nil
}

// knownMembers refuses a member that the schema has no property for, at any depth: the case worker's side
// is Sandkasse's own, so nothing is passed over there as Kobo does it (K206).
func knownMembers(place string, document any, compiled *jsonschema.Schema) error {
	for compiled.Ref != nil && len(compiled.Properties) == 0 && compiled.Items2020 == nil {
		compiled = compiled.Ref
	}
	switch value := document.(type) {
	case []any:
		for i, element := range value {
			if compiled.Items2020 == nil {
				return nil
			}
			if err := knownMembers(fmt.Sprintf("%s/%d", place, i), element, compiled.Items2020); err != nil {
				return err
			}
		}
	case map[string]any:
		if len(compiled.Properties) == 0 { // it leaves open what there may be
			return nil
		}
		names := slices.Collect(maps.Keys(compiled.Properties))
		for _, name := range slices.Sorted(maps.Keys(value)) {
			member := compiled.Properties[name]
			if member == nil {
				return fmt.Errorf("%s/%s is not a member of it; there are %s", place, name, strings.Join(suggest.NearestFirst(name, names), ", "))
			}
			if err := knownMembers(place+"/"+name, value[name], member); err != nil {
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

// sakView is a case as it is shown.
type sakView struct {
	kobo.Sak
	Hovedsoker string `json:"hovedsoker"` // the koboId of the first of the household
}

func viewSak(sak kobo.Sak) sakView { return sakView{sak, sak.Hovedsoker().KoboID} }

func (c *room) koboNySak(r *http.Request) (any, error) {
	document, err := fitting(r, c.nySak())
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

func (c *room) koboSaker(*http.Request) (any, error) {
	views := []sakView{}
	err := c.view(func(tx *store.Tx) error {
		list, err := kobo.Cases(tx)
		for _, sak := range list {
			views = append(views, viewSak(sak))
		}
		return err
	})
	return map[string][]sakView{"saker": views}, err
}

func (c *room) koboSak(r *http.Request) (any, error) {
	reference := r.PathValue("saksreferanse")
	var view sakView
	err := c.view(func(tx *store.Tx) error {
		sak, found, err := kobo.FindSak(tx, reference)
		if err == nil && !found {
			return &failure{http.StatusNotFound, fmt.Sprintf("Kobo has no case %q; GET %skobo/saker lists those it has", reference, c.prefix())}
		}
		if err == nil {
			view = viewSak(sak)
		}
		return err
	})
	return view, err
}

// boligView is a home as it is shown, and whose it is.
type boligView struct {
	Kommune string           `json:"kommune"`
	System  string           `json:"system"`
	Bolig   kobo.KoboboligTO `json:"kobobolig"`
}

func (c *room) koboBoliger(*http.Request) (any, error) {
	views := []boligView{}
	err := c.view(func(tx *store.Tx) error {
		list, err := kobo.Homes(tx)
		for _, b := range list {
			shown, err := b.Render(tx, tx.Now)
			if err != nil {
				return err
			}
			views = append(views, boligView{b.Kommune, b.System, shown})
		}
		return err
	})
	return map[string][]boligView{"boliger": views}, err
}

func (c *room) koboBolig(r *http.Request) (any, error) {
	id := strings.ToLower(r.PathValue("koboBoligId"))
	var view boligView
	err := c.view(func(tx *store.Tx) error {
		b, found, err := kobo.Get(tx, kobo.Actor{CaseWorker: true}, id)
		if err == nil && !found {
			return &failure{http.StatusNotFound, fmt.Sprintf("Kobo has no home %q; GET %skobo/kobobolig lists those it has", id, c.prefix())}
		}
		if err != nil {
			return err
		}
		shown, err := b.Render(tx, tx.Now)
		view = boligView{b.Kommune, b.System, shown}
		return err
	})
	return view, err
}
