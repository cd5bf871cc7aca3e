package onboarding

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"
)

func (w *walk) answer() {
	id, how := w.question(), w.pick("answer", "approve", "approve", "approve", "reject", "timeout")
	code := w.m.wrongToAnswer(id, how)
	got := w.call(http.MethodPost, "/_sandkasse/altinn/requests/"+id+"/"+how, "", "")
	if got.status != statusOf(code, 200) || !strings.Contains(got.body, code) {
		w.Fatalf("%s %s: %d %s, want %q", how, id, got.status, got.body, code)
	}
	if code != "" {
		return
	}
	q := w.m.question(id)
	q.status = map[string]string{"approve": "Accepted", "reject": "Rejected", "timeout": "Timedout"}[how]
	if how != "approve" {
		return
	}
	w.m.approve(q)
	if q.kind != "change" {
		w.hold(w.m.users[id])
	}
}

// choose has a customer choose a system from the list.
func (w *walk) choose() {
	system, customer := w.system(), w.customer()
	code := w.m.wrongToChoose(system, customer)
	got := w.call(http.MethodPost, "/_sandkasse/altinn/users", "", `{"system": "`+system+`", "organisation": "`+
		customer+`"}`)
	if got.status != statusOf(code, 200) || !strings.Contains(got.body, code) {
		w.Fatalf("%s chooses %s: %d %s, want %q", customer, system, got.status, got.body, code)
	}
	if code != "" {
		return
	}
	user := &representative{
		kind: "standard", vendor: system[:9], system: system, owner: customer, ref: customer,
		abilities: w.m.systems[system].abilities,
	}
	var made struct{ ID string }
	w.read(got.body, &made)
	user.id = made.ID
	w.m.users[user.id] = user
	w.hold(user)
}

func (w *walk) changeClients() {
	id, client := w.user(), w.pick("organisation", "319000011", "319000038")
	add := rapid.Bool().Draw(w.t, "add")
	user := w.m.users[id]
	code := ""
	switch {
	case user == nil || user.deleted:
		code = "AUTH.VLD-00014"
	case user.kind != "agent":
		code = "AUTH.VLD-00015"
	case !add && !slices.Contains(user.clients, client):
		code = "has no client"
	}
	path, method, body := "/_sandkasse/altinn/users/"+id+"/clients", http.MethodPost, `{"organisation": "`+client+`"}`
	if !add {
		path, method, body = path+"/"+client, http.MethodDelete, ""
	}
	got := w.call(method, path, "", body)
	if got.status != statusOf(code, 200) || !strings.Contains(got.body, code) {
		w.Fatalf("%s %s %s: %d %s, want %q", method, path, body, got.status, got.body, code)
	}
	if code != "" {
		return
	}
	user.clients = slices.DeleteFunc(slices.Clone(user.clients), func(one string) bool { return one == client })
	if add {
		user.clients = append(user.clients, client)
	}
}

func (w *walk) deleteUser() {
	id := w.user()
	user := w.m.users[id]
	status := 200
	if user == nil || user.deleted {
		status = 404
	}
	w.control(status, http.MethodDelete, "altinn/users/"+id, "")
	if status == 200 {
		user.deleted = true
		if q := w.m.question(id); q != nil {
			q.deleted = true
		}
	}
}

// claimsIn returns the payload of a token; empty for none.
func claimsIn(bearer string) string {
	parts := strings.Split(bearer, ".")
	text, _ := base64.RawURLEncoding.DecodeString(parts[min(1, len(parts)-1)])
	return string(text)
}

// fetch asks Maskinporten for a token, and keeps one for a registered user.
func (w *walk) fetch() {
	client, customer, ref := w.client(), w.customer(), w.ref()
	bearer, refusal := w.grant(client, bsu.scope, customer, ref)
	holder := w.m.holder(client)
	if holder == "" {
		if (refusal != "") != w.m.bound[client] || refusal != "" && !isMP303(refusal) {
			w.Fatalf("a token of %s, which is on no system: %q, want MP-303: %v", client, refusal, w.m.bound[client])
		}
		return
	}
	if ref == "" {
		ref = customer
	}
	user := w.m.user(holder, customer, ref)
	switch {
	case user == nil && !strings.Contains(refusal, "MP-303"):
		w.Fatalf("a token of %s for %s %s: %q, want MP-303", client, customer, ref, refusal)
	case user != nil && !strings.Contains(claimsIn(bearer), `"systemuser_id":["`+user.id+`"]`):
		w.Fatalf(
			"a token of %s for %s %s: %s %s, want one of %s",
			client,
			customer,
			ref,
			claimsIn(bearer),
			refusal,
			user.id,
		)
	}
}

// hold keeps tokens of a system user for later deliveries, by the shortcut: Maskinporten's live for two
// minutes.
func (w *walk) hold(user *representative) {
	held := heldToken{user: user.id, owner: user.owner, issued: w.m.now, bearer: map[string]string{}}
	if clients := w.m.systems[user.system].clients; len(clients) > 0 {
		held.client = clients[0]
	}
	for _, api := range []string{"bsu", "gavertilfrivillige", "dialogporten"} {
		held.bearer[api] = w.control(200, http.MethodGet, "token?ttl=876000h&api="+api+"&systemuser="+user.id, "")
	}
	w.tokens = append(w.tokens, held)
}

// heldAny draws a token that is kept; false where there is none.
func (w *walk) heldAny() (held heldToken, ok bool) {
	if len(w.tokens) == 0 {
		return held, false
	}
	return w.tokens[rapid.IntRange(0, len(w.tokens)-1).Draw(w.t, "token")], true
}

func (w *walk) deliverAny() {
	held, ok := w.heldAny()
	if !ok {
		return
	}
	to := deliveredFor{w.pick("api", "bsu", "gavertilfrivillige"), w.customer()}
	api := map[string]reporting{"bsu": bsu, "gavertilfrivillige": gaver}[to.api]
	got := w.deliver(api, held.bearer[to.api], to.organisation)
	if may := w.m.may(held.user, held.client, held.owner, to); may != (got.status == 200) ||
		!may && !strings.Contains(got.body, "GLD_1015") {
		w.Fatalf("a delivery of %s for %+v: %d %s, want that it may: %v", held.user, to, got.status, got.body, may)
	} else if !may {
		return
	}
	var receipt struct{ DialogID string }
	w.read(got.body, &receipt)
	if known := w.m.dialogs[to]; known != "" && known != receipt.DialogID {
		w.Fatalf("the dialog of %+v is %s, was %s", to, receipt.DialogID, known)
	}
	w.m.dialogs[to] = receipt.DialogID
}

// readDialogs checks which dialogs a system user is shown.
func (w *walk) readDialogs() {
	held, ok := w.heldAny()
	if !ok {
		return
	}
	organisation := w.customer()
	want := []string{}
	for to, id := range w.m.dialogs {
		may := w.m.may(held.user, held.client, held.owner, to)
		if to.organisation == organisation && may {
			want = append(want, id)
		}
		got := w.call(http.MethodGet, "/dialogporten/api/v1/enduser/dialogs/"+id, held.bearer["dialogporten"], "")
		if may != (got.status == 200) || !may && got.status != 403 {
			w.Fatalf("the dialog of %+v for %s: %d, want that it may: %v", to, held.user, got.status, may)
		}
	}
	got := w.call(http.MethodGet, "/dialogporten/api/v1/enduser/dialogs?party=urn:altinn:organization:identifier-no:"+
		organisation, held.bearer["dialogporten"], "")
	var list struct{ Items []struct{ ID string } }
	w.read(got.body, &list)
	shown := []string{}
	for _, one := range list.Items {
		shown = append(shown, one.ID)
	}
	slices.Sort(want)
	slices.Sort(shown)
	if !reflect.DeepEqual(shown, want) {
		w.Fatalf("the dialogs of %s for %s: %v, want %v", organisation, held.user, shown, want)
	}
}

func (w *walk) advance() {
	const day = 24 * time.Hour
	steps := []time.Duration{time.Second, 59 * time.Second, time.Hour, 60 * day, 180 * day}
	by := rapid.SampledFrom(steps).Draw(w.t, "by")
	w.control(200, http.MethodPut, "clock", fmt.Sprintf(`{"advance": %q}`, by))
	w.m.now = w.m.now.Add(by)
	for _, user := range w.m.settle() {
		w.hold(user)
	}
}

func (w *walk) save() {
	w.control(200, http.MethodPost, "checkpoints", `{"name": "saved"}`)
	w.saved = w.m.copied()
}

func (w *walk) restore() {
	if w.saved == nil {
		return
	}
	w.control(200, http.MethodPost, "checkpoints/saved/restore", "")
	w.m = w.saved.copied()
	w.tokens = slices.DeleteFunc(w.tokens, func(held heldToken) bool { return held.issued.After(w.m.now) })
}
