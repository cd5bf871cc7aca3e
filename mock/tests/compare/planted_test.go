package compare

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// plant is a difference that is put into a recording.
type plant struct {
	call   string // METHOD STATUS PART-OF-THE-URL; the first call that fits
	change func(*recordedResponse)
	want   mock.Difference
}

// body changes the members of a JSON body.
func body(change func(object map[string]any)) func(*recordedResponse) {
	return func(r *recordedResponse) {
		var object any
		if err := json.Unmarshal([]byte(r.Content.Text), &object); err != nil {
			panic(err)
		}
		if list, ok := object.([]any); ok {
			object = map[string]any{"list": list}
		}
		change(object.(map[string]any))
		if list, ok := object.(map[string]any)["list"]; ok {
			object = list
		}
		text, _ := json.Marshal(object)
		r.Content.Text, r.Content.Size = string(text), len(text)
	}
}

// set sets a member below others, of lists in the first element.
func set(value any, names ...string) func(*recordedResponse) {
	return body(func(object map[string]any) {
		at := object
		for _, name := range names[:len(names)-1] {
			switch next := at[name].(type) {
			case []any:
				at = next[0].(map[string]any)
			case map[string]any:
				at = next
			}
		}
		if value == nil {
			delete(at, names[len(names)-1])
			return
		}
		at[names[len(names)-1]] = value
	})
}

// header sets a header, or removes it where the value is empty.
func header(name, value string) func(*recordedResponse) {
	return func(r *recordedResponse) {
		r.Headers = slices.DeleteFunc(
			slices.Clone(r.Headers),
			func(p pair) bool { return strings.EqualFold(p.Name, name) },
		)
		if value != "" {
			r.Headers = append(r.Headers, pair{name, value})
		}
	}
}

func text(change func(string) string) func(*recordedResponse) {
	return func(r *recordedResponse) {
		r.Content.Text = change(r.Content.Text)
		r.Content.Size = len(r.Content.Text)
	}
}

func list(change func([]any) []any) func(*recordedResponse) {
	return body(func(object map[string]any) { object["list"] = change(object["list"].([]any)) })
}

// plants returns a difference of each kind, each in a call of its own. Ids that no test can know are empty.
func plants() []plant {
	const bsu, dialogs, kobo = "innrapporteringbsu", "/dialogs/", "kobo.test.example.no"
	const delivery = "POST /v1/{inntektsaar}"
	return []plant{
		{
			"GET 405 " + bsu, func(r *recordedResponse) { r.Status = 404 },
			mock.Difference{
				Kind:      "status",
				API:       "bsu",
				Operation: "GET /v1/{inntektsaar}",
				Theirs:    "404",
				Ours:      "405",
			},
		},
		{"DELETE 405 " + bsu, header("Allow", "POST, PUT"), mock.Difference{
			Kind: "header", API: "bsu", Operation: "DELETE /v1/{inntektsaar}", Place: "Allow", Theirs: "POST, PUT",
			Ours: "POST",
		}},
		{"POST 409 " + bsu, set("GLD_020", "kode"), mock.Difference{
			Kind: "code", API: "bsu", Operation: delivery, Place: "/kode", Theirs: "GLD_020", Ours: "GLD_019",
			Choice: "K006",
		}},
		{"POST 400 " + bsu + " GLD_1028", set("GLD_1022", "spesifisering", "kode"), mock.Difference{
			Kind: "specification", API: "bsu", Operation: delivery, Place: "/spesifisering", Theirs: "GLD_1022",
			Ours: "GLD_1028", Choice: "K008",
		}},
		{"GET 404 " + bsu + " GLD_1023", set("Fant ikke ressursen", "melding"), mock.Difference{
			Kind: "melding", API: "bsu", Operation: "GET", Place: "/melding", Theirs: "Fant ikke ressursen",
			Ours: "Finner ikke forespurt ressurs", Choice: "K002",
		}},
		{
			"POST 400 " + bsu + " GLD_1022",
			set("idempotencyKey er ugyldig", "spesifisering", "melding"),
			mock.Difference{
				Kind: "melding", API: "bsu", Operation: delivery, Place: "/spesifisering/*/melding",
				Theirs: "idempotencyKey er ugyldig", Ours: "Feil i parametre: idempotencyKey må være en UUID",
				Choice: "K004",
			},
		},
		{
			"POST 400 " + bsu + " saldo mangler",
			set("/leveranse/oppgave/17/saldo", "spesifisering", "sti"),
			mock.Difference{
				Kind: "sti", API: "bsu", Operation: delivery, Place: "/spesifisering",
				Theirs: "/leveranse/oppgave/17/saldo",
				Ours:   "/leveranse/oppgave/0/saldo", Choice: "K011",
			},
		},
		{"POST 400 " + bsu + " GLD_1047", header("Content-Type", "text/plain"), mock.Difference{
			Kind: "content-type", API: "bsu", Operation: delivery, Theirs: "text/plain", Ours: "application/json",
		}},
		{"POST 400 " + bsu + " GLD_1030", text(func(string) string { return "Feil i Accept" }), mock.Difference{
			Kind: "format", API: "bsu", Operation: delivery, Theirs: "text", Ours: "JSON",
		}},
		{"POST 400 " + bsu + " GLD_1052", set(nil, "korrelasjonsid"), mock.Difference{
			Kind: "member", API: "bsu", Operation: delivery, Place: "/korrelasjonsid", Ours: "a text: a UUID",
			Choice: "K035",
		}},
		{"POST 200 " + bsu + " Ny_1", set("Ny_2", "oppgavegiversLeveranseReferanse"), mock.Difference{
			Kind: "enumeration", API: "bsu", Operation: delivery, Place: "/oppgavegiversLeveranseReferanse",
			Theirs: "Ny_2",
			Ours:   "Ny_1", Choice: "K016",
		}},
		{"POST 200 " + bsu, set("5", "antallOppgaver"), mock.Difference{
			Kind: "type", API: "bsu", Operation: delivery, Place: "/antallOppgaver", Theirs: "a text: digits",
			Ours: "a number", Choice: "K054",
		}},
		{"GET 200 /transmissions/", set("2025-10-07", "createdAt"), mock.Difference{
			Kind: "type", API: "dialogporten",
			Operation: "GET /api/v1/enduser/dialogs/{dialogId}/transmissions/{transmissionId}", Place: "/createdAt",
			Theirs: "a date", Ours: "a time with its zone",
		}},
		{"GET 200 /dialogs?party", set("Awaiting", "items", "status"), mock.Difference{
			Kind: "enumeration", API: "dialogporten", Operation: "GET /api/v1/enduser/dialogs",
			Place:  "/items/*/status",
			Theirs: "Awaiting", Ours: "Completed", Choice: "K070",
		}},
		{"GET 200 " + dialogs, header("ETag", ""), mock.Difference{
			Kind: "header", API: "dialogporten", Operation: "GET /api/v1/enduser/dialogs/{dialogId}", Place: "ETag",
			Ours: "a tag", Choice: "K087",
		}},
		{"GET 200 /activities", list(func(l []any) []any { return l[1:] }), mock.Difference{
			Kind: "length", API: "dialogporten", Operation: "GET /api/v1/enduser/dialogs/{dialogId}/activities",
			Theirs: "2", Ours: "3",
		}},
		{"GET 200 /transmissions", list(func(l []any) []any { slices.Reverse(l); return l }), mock.Difference{
			Kind: "order", API: "dialogporten", Operation: "GET /api/v1/enduser/dialogs/{dialogId}/transmissions",
			Theirs: "4, 3, 2, 1", Ours: "1, 2, 3, 4",
		}},
		{"GET 200 /seenlog", set(false, "list", "isCurrentEndUser"), mock.Difference{
			Kind: "value", API: "dialogporten", Operation: "GET /api/v1/enduser/dialogs/{dialogId}/seenlog",
			Place: "/*/isCurrentEndUser", Theirs: "false", Ours: "true",
		}},
		{"GET 401 " + dialogs, header("WWW-Authenticate", `Bearer error="invalid_token"`), mock.Difference{
			Kind: "header", API: "dialogporten", Operation: "GET /api/v1/enduser/dialogs/{dialogId}",
			Place: "WWW-Authenticate", Theirs: `Bearer error="invalid_token"`, Ours: "Bearer",
		}},
		{"GET 400 /dialogs?party=tull", body(func(o map[string]any) {
			o["errors"] = map[string]any{"Party": o["errors"].(map[string]any)["party[0]"]}
		}), mock.Difference{
			Kind: "sti", API: "dialogporten", Operation: "GET /api/v1/enduser/dialogs", Place: "/errors",
			Theirs: "Party",
			Ours:   "party[0]",
		}},
		{"POST 201 /systemuser/request", header("Location", "https://platform.tt02.altinn.no/annet"), mock.Difference{
			Kind: "header", API: "authentication", Operation: "POST /api/v1/systemuser/request/vendor",
			Place:  "Location",
			Theirs: "https://platform.tt02.altinn.no/annet",
		}},
		{"GET 200 " + kobo, set("0193b5cd-cbce-7dbd-b188-000000000000", "koboId"), mock.Difference{
			Kind: "identifier", API: "kobo", Operation: "GET /kobobolig/{koboBoligId}", Place: "/koboId",
			Theirs: "0193b5cd-cbce-7dbd-b188-000000000000",
		}},
		{"PUT 200 " + kobo, set(2, "antallSoverom"), mock.Difference{
			Kind: "value", API: "kobo", Operation: "PUT /kobobolig/{koboBoligId}", Place: "/antallSoverom", Theirs: "2",
			Ours: "3",
		}},
		{"GET 200 .xml", text(func(s string) string {
			return strings.Replace(
				s,
				"<oppgavetype>bsu</oppgavetype>",
				"<oppgavetype>bsu</oppgavetype><kilde>x</kilde>",
				1,
			)
		}), mock.Difference{
			Kind: "member", API: "bsu",
			Operation: "GET /v1/{inntektsaar}/forsendelser/{forsendelseId}/dokumenter/{dokumentId}",
			Place:     "/tilbakemelding/kilde", Theirs: "a text: a word",
		}},
	}
}

// find returns the first entry of a recording that a plant is for.
func find(t *testing.T, entries []entry, call string) *entry {
	t.Helper()
	parts := strings.SplitN(call, " ", 4)
	for i := range entries {
		e := &entries[i]
		isXML := strings.Contains(e.Response.Content.MIMEType, "xml")
		if e.Request.Method == parts[0] && fmt.Sprint(e.Response.Status) == parts[1] &&
			(strings.Contains(e.Request.URL, parts[2]) || parts[2] == ".xml" && isXML) &&
			(len(parts) < 4 || strings.Contains(e.Response.Content.Text, parts[3])) {
			return e
		}
	}
	t.Fatalf("no call is %s", call)
	return nil
}

// isPlanted reports whether a difference is a planted one.
func (p plant) isPlanted(got mock.Difference) bool {
	want := p.want
	return got.Kind == want.Kind && got.API == want.API && got.Operation == want.Operation && got.Place == want.Place &&
		got.Theirs == want.Theirs && (want.Ours == "" || got.Ours == want.Ours) &&
		got.Choice == want.Choice &&
		got.Count == 1 &&
		len(got.First) == 1
}

// TestPlantedDifferences: each difference that is put into a recording is found, as what it is and nothing else; alone,
// and all of them together.
func TestPlantedDifferences(t *testing.T) {
	t.Parallel()
	entries := record(t, realHosts(t), mock.Options{Hosts: []string{"kobo.test.example.no=kobo"}})
	all := clone(t, entries)
	changed := map[*entry]string{}
	for _, p := range plants() {
		at := find(t, all, p.call)
		if other := changed[at]; other != "" {
			t.Fatalf("%s and %s change one call", p.call, other)
		}
		changed[at] = p.call
	}
	for at, call := range changed {
		for _, p := range plants() {
			if p.call == call {
				p.change(&at.Response)
			}
		}
	}
	if len(plants()) < 20 {
		t.Errorf("there are %d plants", len(plants()))
	}
	isFew := testkit.FewerData()
	for i, p := range plants() {
		if isFew && i%4 != 0 {
			continue
		}
		t.Run(p.want.Kind+" "+p.call, func(t *testing.T) {
			t.Parallel()
			one := clone(t, entries)
			p.change(&find(t, one, p.call).Response)
			found := compared(t, harFile(t, one))
			if len(found.Differences) != 1 || !p.isPlanted(found.Differences[0]) || len(found.NotCompared) > 0 {
				t.Errorf("found %+v, want %+v%s", found.NotCompared, p.want, explain(found))
			}
		})
	}
	t.Run("all", func(t *testing.T) {
		t.Parallel()
		found := compared(t, harFile(t, all))
		for _, p := range plants() {
			if !slices.ContainsFunc(found.Differences, p.isPlanted) {
				t.Errorf("not found: %+v", p.want)
			}
		}
		if len(found.Differences) != len(plants()) {
			t.Errorf("%d differences, want %d%s", len(found.Differences), len(plants()), explain(found))
		}
	})
}
