package onboarding

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"
)

// rights returns the right among abilities as it is sent.
func rights(abilities []string) (list []any) {
	list = []any{}
	if slices.Contains(abilities, toBSU) {
		list = append(
			list,
			map[string]any{"resource": []any{map[string]any{"id": "urn:altinn:resource", "value": toBSU}}},
		)
	}
	return list
}

// packages returns the packages among abilities as they are sent.
func packages(abilities []string) (list []any) {
	list = []any{}
	for _, name := range abilities {
		if name != toBSU {
			list = append(list, map[string]any{"urn": "urn:altinn:accesspackage:" + name})
		}
	}
	return list
}

// act makes a call to Altinn as a vendor, which must have the status and, unless it is empty, the code.
func (w *walk) act(vendor, method, path string, body any, status int, code string) string {
	w.Helper()
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			w.Fatalf("%v", err)
		}
	}
	got := w.call(method, w.scenario+"/authentication/api/v1"+path, w.vendors[vendor], string(text))
	if got.status != status || !strings.Contains(got.body, code) {
		w.Fatalf("%s %s %s of %s: %d %s, want %d %s", method, path, text, vendor, got.status, got.body, status, code)
	}
	return got.body
}

// statusOf returns the status of a code, and what is answered without one.
func statusOf(code string, good int) int {
	status := map[string]int{
		"": good, "AUTH-00010": 404, "AUTH-00011": 404, "AUTH-00013": 409, "AUTH-00015": 404, "AUTH-00061": 409,
		"has no client": 404,
	}
	if known, ok := status[code]; ok {
		return known
	}
	return 400
}

// systemBody returns the body of a system.
func systemBody(id, vendor string, abilities, clients []string, visible bool) map[string]any {
	texts := map[string]string{"nb": "a", "nn": "a", "en": "a"}
	return map[string]any{
		"id": id, "vendor": map[string]string{"ID": "0192:" + vendor}, "name": texts, "description": texts,
		"rights": rights(abilities), "accessPackages": packages(abilities), "clientId": clients, "isVisible": visible,
	}
}

// forClients reports whether a visible system has a package for agents, which is refused.
func forClients(abilities []string, visible bool) bool {
	return visible && slices.Contains(abilities, accounts)
}

// register registers a system with one client.
func (w *walk) register(id, client string, abilities []string, visible bool) {
	vendor, clients := id[:9], []string{client}
	code := ""
	if forClients(abilities, visible) {
		code = "AUTH.VLD-00018"
	}
	if w.m.taken(clients, id) {
		code = "AUTH.VLD-00004"
	}
	if w.m.systems[id] != nil {
		code = "AUTH.VLD-00002"
	}
	w.act(vendor, http.MethodPost, "/systemregister/vendor", systemBody(id, vendor, abilities, clients, visible),
		statusOf(code, 200), code)
	if code == "" {
		w.m.systems[id] = &registered{vendor: vendor, abilities: abilities, clients: clients, visible: visible}
		w.m.bind(clients)
	}
}

func (w *walk) update() {
	id, clients := w.system(), []string{w.client()}
	vendor := w.owner(id)
	abilities := w.some("system", toBSU, ground, accounts, scopes)
	visible := rapid.Bool().Draw(w.t, "visible")
	there := w.m.systems[id]
	status, code := 200, ""
	switch {
	case there == nil:
		status = 404
	case there.vendor != vendor:
		status = 403
	case there.deleted:
		status, code = 400, "marked as deleted"
	case forClients(abilities, visible):
		status, code = 400, "AUTH.VLD-00018"
	case w.m.taken(clients, id):
		status, code = 400, "AUTH.VLD-00004"
	}
	w.act(
		vendor,
		http.MethodPut,
		"/systemregister/vendor/"+id,
		systemBody(id, id[:9], abilities, clients, visible),
		status,
		code,
	)
	if status == 200 {
		there.abilities, there.clients, there.visible = abilities, clients, visible
		w.m.bind(clients)
	}
}

func (w *walk) deleteSystem() {
	id := w.system()
	vendor := w.owner(id)
	status := 200
	if there := w.m.systems[id]; there == nil {
		status = 400
	} else if there.vendor != vendor {
		status = 403
	}
	w.act(vendor, http.MethodDelete, "/systemregister/vendor/"+id, nil, status, "")
	if status == 200 {
		w.m.systems[id].deleted, w.m.systems[id].clients = true, nil
	}
}

func (w *walk) ask() {
	system := w.system()
	vendor := w.owner(system)
	q := &question{
		kind: w.kind(), vendor: vendor, system: system, customer: w.customer(), ref: w.ref(), status: "New",
		created: w.m.now,
	}
	body := map[string]any{"systemId": q.system, "partyOrgNo": q.customer}
	path := "/systemuser/request/vendor"
	if q.ref != "" {
		body["externalRef"] = q.ref
	} else {
		q.ref = q.customer
	}
	if q.kind == "agent" {
		q.abilities, path = w.some("asked", ground, accounts, scopes), path+"/agent"
	} else {
		q.abilities = w.some("asked", toBSU, ground, accounts, scopes)
	}
	if system := w.m.systems[q.system]; system != nil && rapid.IntRange(0, 5).Draw(w.t, "sensible") < 5 {
		q.abilities = slices.DeleteFunc(q.abilities, func(name string) bool {
			return system.lacks(q.kind, []string{name}) != ""
		})
	}
	if q.kind == "standard" {
		body["rights"] = rights(q.abilities)
	}
	body["accessPackages"] = packages(q.abilities)
	code, there := w.m.wrongToAsk(vendor, q)
	good := 201
	if there != nil {
		good = 200
	}
	if rapid.IntRange(0, 2).Draw(w.t, "slowly") == 0 {
		q.answer, w.scenario = w.m.now.Add(time.Minute), "/_scenario/systembruker-slow"
	}
	text := w.act(vendor, http.MethodPost, path, body, statusOf(code, good), code)
	w.scenario = ""
	if code != "" {
		return
	}
	var got asked
	w.read(text, &got)
	switch {
	case there != nil && (got.ID != there.id || got.Status != there.status):
		w.Fatalf("asked again: %+v, want %+v", got, there)
	case there == nil:
		q.id = got.ID
		w.m.asked = append(w.m.asked, q)
	}
}

func (w *walk) askChange() {
	user := w.user()
	vendor := w.vendorOf(user)
	wanted := w.some("required", toBSU, ground)
	unwanted := w.some("unwanted", toBSU, ground)
	w.corrected++
	id := fmt.Sprintf(
		"6f0c0a0e-0000-4000-9000-%012d",
		rapid.IntRange(max(0, w.corrected-1), w.corrected).Draw(w.t, "id"),
	)
	there, one := w.m.question(id), w.m.users[user]
	status, code := 201, ""
	switch {
	case one == nil || one.deleted:
		code = "AUTH-00015"
	case one.vendor != vendor:
		status = 401
	case len(wanted)+len(unwanted) == 0:
		status, code = 200, "NoChangeNeeded"
	case there != nil && there.deleted:
		code = "AUTH-00061"
	case there != nil && there.vendor != vendor:
		code = "AUTH-00061"
	case there != nil:
		status, code = 200, there.status
	case one.kind == "agent":
		code = "AUTH-00015"
	default:
		code = w.m.systems[one.system].lacks("standard", wanted)
	}
	if strings.HasPrefix(code, "AUTH") {
		status = statusOf(code, 0)
	}
	w.act(vendor, http.MethodPost, "/systemuser/changerequest/vendor?correlation-id="+id+"&system-user-id="+user,
		map[string]any{
			"requiredRights": rights(wanted), "unwantedRights": rights(unwanted),
			"requiredAccessPackages": packages(wanted), "unwantedAccessPackages": packages(unwanted),
		}, status, code)
	if status == 201 {
		w.m.asked = append(w.m.asked, &question{
			id: id, kind: "change", vendor: vendor, system: one.system, customer: one.owner, ref: one.ref, user: user,
			abilities: wanted, unwanted: unwanted, status: "New", created: w.m.now,
		})
	}
}

func (w *walk) withdraw() {
	id := w.question()
	vendor := w.vendorOf(id)
	q := w.m.question(id)
	path := "/systemuser/request/vendor/"
	if q != nil && q.kind == "change" {
		path = "/systemuser/changerequest/vendor/"
	}
	code := ""
	if q == nil || q.deleted || q.vendor != vendor {
		code = "AUTH-00010"
	}
	w.act(vendor, http.MethodDelete, path+id, nil, statusOf(code, 202), code)
	if code == "" {
		q.deleted = true
	}
}

// find looks a system user up by the vendor's and by Maskinporten's references.
func (w *walk) find() {
	system, customer, ref := w.system(), w.customer(), w.ref()
	vendor := w.owner(system)
	query := fmt.Sprintf("?system-id=%s&orgno=%s&external-ref=%s", system, customer, ref)
	at := ref
	if at == "" {
		at = customer
	}
	is := func(user *representative, by string) {
		w.Helper()
		if user == nil {
			w.act(vendor, http.MethodGet, by, nil, 404, `"Not Found"`)
			return
		}
		w.act(vendor, http.MethodGet, by, nil, 200, `"id":"`+user.id+`"`)
	}
	user := w.m.user(system, customer, at)
	if user != nil && user.vendor != vendor {
		user = nil
	}
	is(user, "/systemuser/vendor/byquery"+query)

	client := w.client()
	user = nil
	if holder := w.m.holder(client); holder != "" && w.m.systems[holder].vendor == vendor {
		user = w.m.user(holder, customer, at)
	}
	bearer := w.control(
		200,
		http.MethodGet,
		"token?api=authentication&scope=altinn:maskinporten/systemuser.read&vendor="+
			vendor,
		"",
	)
	got := w.call(http.MethodGet, fmt.Sprintf("/authentication/api/v1/systemuser/byExternalId?clientId=%s"+
		"&systemProviderOrgNo=%s&systemUserOwnerOrgNo=%s&externalRef=%s", client, vendor, customer, ref), bearer, "")
	if user == nil && got.status != 404 || user != nil && !strings.Contains(got.body, `"id":"`+user.id+`"`) {
		w.Fatalf(
			"byExternalId of %s %s %s %s: %d %s, want %+v",
			client,
			vendor,
			customer,
			ref,
			got.status,
			got.body,
			user,
		)
	}
}

// readOne reads a request by its id and by its references.
func (w *walk) readOne() {
	id := w.question()
	vendor := w.vendorOf(id)
	path := map[string]string{
		"standard": "/systemuser/request/vendor/", "agent": "/systemuser/request/vendor/agent/",
		"change": "/systemuser/changerequest/vendor/",
	}
	kind := w.pick("read as", "standard", "agent", "change")
	q := w.m.question(id)
	if q != nil && rapid.IntRange(0, 3).Draw(w.t, "wrong kind") < 3 {
		kind = q.kind
	}
	shows := func(path string, q *question) {
		w.Helper()
		code := ""
		switch {
		case q == nil || q.deleted || q.kind != kind:
			code = "AUTH-00010"
		case q.vendor != vendor:
			code = "AUTH-00011"
		}
		got := w.act(vendor, http.MethodGet, path, nil, statusOf(code, 200), code)
		if code == "" &&
			(!strings.Contains(got, `"id":"`+q.id+`"`) || !strings.Contains(got, `"status":"`+q.status+`"`) ||
				!strings.Contains(got, fmt.Sprintf(`"timedOut":%v`, w.m.late(q)))) {
			w.Fatalf("%s: %s, want %+v", path, got, q)
		}
	}
	shows(path[kind]+id, q)
	if q != nil {
		shows(
			path[kind]+"byexternalref/"+q.system+"/"+q.customer+"/"+q.ref,
			w.m.last(kind, q.system, q.customer, q.ref),
		)
	}
}

// list reads the lists of a system.
func (w *walk) list() {
	system := w.system()
	vendor := w.owner(system)
	want := map[string][]string{}
	for _, q := range w.m.asked {
		if q.system == system && !q.deleted {
			want[q.kind] = append(want[q.kind], q.id)
		}
	}
	for id, user := range w.m.users {
		if user.system == system && !user.deleted {
			want["user"] = append(want["user"], id)
		}
	}
	for kind, path := range map[string]string{
		"standard": "request/vendor/bysystem/", "agent": "request/vendor/agent/bysystem/",
		"change": "changerequest/vendor/bysystem/", "user": "vendor/bysystem/",
	} {
		if there := w.m.systems[system]; there == nil || there.vendor != vendor {
			w.act(vendor, http.MethodGet, "/systemuser/"+path+system, nil, 404, "AUTH-00011")
			continue
		}
		var page struct{ Data []struct{ ID string } }
		w.read(w.act(vendor, http.MethodGet, "/systemuser/"+path+system, nil, 200, ""), &page)
		var ids []string
		for _, one := range page.Data {
			ids = append(ids, one.ID)
		}
		slices.Sort(want[kind])
		if !slices.Equal(ids, want[kind]) {
			w.Fatalf("%s%s: %v, want %v", path, system, ids, want[kind])
		}
	}
}
