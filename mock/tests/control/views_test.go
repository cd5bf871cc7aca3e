package control

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// act is an act of the case worker as the control API offers it.
type act struct {
	Act, Method, Path string
	AnyCase           bool
	Cases             []string
}

// newCase makes a case, and returns its reference.
func newCase(c testkit.Client) string {
	c.T.Helper()
	var made struct{ KoboSaksreferanse string }
	c.Control("POST", "kobo/saker", testkit.NySak, &made)
	return made.KoboSaksreferanse
}

// actsOn returns the acts that are offered on a home, by their names, and where it stands.
func actsOn(c testkit.Client, home string) (acts map[string]act, stand string) {
	c.T.Helper()
	var view struct {
		Stand string
		Acts  []act
	}
	c.Control("GET", "kobo/kobobolig/"+home, "", &view)
	acts = map[string]act{}
	for _, one := range view.Acts {
		acts[one.Act] = one
	}
	return acts, view.Stand
}

// TestActsOnHome: in every state of a home, those acts are offered that change it, at their paths and
// for the cases that they are possible for, and no others.
func TestActsOnHome(t *testing.T) {
	t.Parallel()
	c := testkit.NewClient(t, mocktest.Start(t), "a")
	home, other := c.NewBolig(), newCase(c)
	mine := newCase(c)
	bodies := map[string]string{
		"endre": testkit.Bolig, "tildel": testkit.Tildeling, "fjern tildeling": testkit.Tildeling,
		"lei ut": testkit.Leieforhold, "endre leieforhold": testkit.Leiekontrakt, "si opp": testkit.Oppsigelse,
		"endre oppsigelse": testkit.Oppsigelse, "avslutt": testkit.Avslutning,
	}
	// try carries out an act for a case, and returns the status.
	try := func(one act, reference string) int {
		path := strings.ReplaceAll(one.Path, "{saksreferanse}", reference)
		got := c.Call(one.Method, strings.TrimSuffix(c.URL(""), "/_session/a")+path,
			strings.ReplaceAll(bodies[one.Act], "SAK", reference))
		return got.Status
	}
	all := map[string]act{}
	for _, step := range []struct {
		stand, acts string
		then        string // the act that leads to the next state
	}{
		{"free", "endre reserver slett tildel", "reserver"},
		{"reserved", "endre fjern-reservasjon reserver tildel", "tildel"},
		{"assigned", "endre fjern-reservasjon fjern-tildeling lei-ut reserver", "lei ut"},
		{"let", "avslutt endre endre-leieforhold reserver si-opp tildel", "si opp"},
		{"noticed", "avslutt endre endre-leieforhold endre-oppsigelse opphev-oppsigelse reserver tildel", "avslutt"},
		{"free", "endre reserver slett tildel", ""},
	} {
		acts, stand := actsOn(c, home)
		var names []string
		for name, one := range acts {
			all[name] = one
			names = append(names, strings.ReplaceAll(name, " ", "-"))
			if one.AnyCase != (name == "reserver" || name == "tildel") {
				t.Errorf("%s is for any case: %v", name, one.AnyCase)
			}
			if len(one.Cases) > 0 && !slices.Equal(one.Cases, []string{mine}) {
				t.Errorf("%s is for %v", name, one.Cases)
			}
		}
		slices.Sort(names)
		if stand != step.stand || strings.Join(names, " ") != step.acts {
			t.Errorf("%s with %s; want %s with %s", stand, names, step.stand, step.acts)
		}
		for name, one := range all { // what is not offered is refused, or changes nothing
			if _, offered := acts[name]; offered || one.AnyCase || name == "slett" && stand != "free" {
				continue
			}
			if status := try(one, mine); status < 400 {
				t.Errorf("%s is carried out in the state %s, where it is not offered", name, stand)
			}
		}
		if step.then != "" && try(acts[step.then], mine) != http.StatusOK {
			t.Fatalf("%s is offered in the state %s, and refused", step.then, stand)
		}
	}
	second := newHome(c)
	acts, _ := actsOn(c, second)
	for _, name := range []string{"reserver", "tildel"} {
		if try(acts[name], other) != http.StatusOK {
			t.Errorf("%s is offered, and refused", name)
		}
	}
	if acts, _ := actsOn(c, second); !slices.Equal(acts["fjern tildeling"].Cases, []string{other}) {
		t.Errorf("an assignment can be removed for %v", acts["fjern tildeling"].Cases)
	}
	c.Control("PUT", "kobo/kobobolig/"+home+"/sak/"+other+"/reservasjon", "", nil)
	if acts, _ := actsOn(c, second); acts["lei ut"].Act != "" {
		t.Error("a home can be let to a case that reserves another")
	}
	var found struct{ Boliger []struct{ Stand string } }
	for query, want := range map[string]int{
		"": 2, "?stand=assigned": 1, "?stand=let": 0, "?system=fdvu-2": 0, "?text=fdv-1": 1, "?limit=1": 1,
	} {
		c.Control("GET", "kobo/kobobolig"+query, "", &found)
		if len(found.Boliger) != want {
			t.Errorf("%s finds %d homes, not %d", query, len(found.Boliger), want)
		}
	}
	if got := c.Call("GET", c.URL("")+"/_sandkasse/kobo/kobobolig?stand=sold", ""); got.Status != 400 ||
		!strings.Contains(got.Body, "free, reserved, assigned, let, noticed") {
		t.Errorf("a wrong stand: %d %s", got.Status, got.Body)
	}
}

// newHome makes a home of generated data, and returns its id.
func newHome(c testkit.Client) string {
	c.T.Helper()
	var sent struct{ Sent []struct{ ID string } }
	c.Control("POST", "generate/kobobolig/send", `{"skip": 3}`, &sent)
	return sent.Sent[0].ID
}

// TestSendGenerated: generated deliveries, homes and cases are sent from the server itself, each as a
// call in the journal of the session that is refused or not as any other.
func TestSendGenerated(t *testing.T) {
	t.Parallel()
	c := testkit.NewClient(t, mocktest.Start(t), "a")
	type sent struct {
		Call   int64
		Status int
		Codes  []string
		ID     string
	}
	send := func(kind, body string) []sent {
		t.Helper()
		var answer struct{ Sent []sent }
		c.Control("POST", "generate/"+kind+"/send", body, &answer)
		return answer.Sent
	}
	for _, kind := range []string{
		"bsu", "gavertilfrivillige", "aandsverk", "boligsameie", "innrapportering-boligsameie", "kobobolig",
	} {
		got := send(kind, `{"count": 2, "skip": 1}`)
		if len(got) != 2 || got[0].Status >= 300 || got[1].Status >= 300 || got[0].ID == got[1].ID ||
			got[0].ID == "" && kind != "boligsameie" || got[1].Call != got[0].Call+1 {
			t.Errorf("%s: %+v", kind, got)
		}
	}
	for _, kind := range []string{"sak", "husstand"} {
		if got := send(kind, ``); len(got) != 1 || got[0].ID == "" {
			t.Errorf("%s: %+v", kind, got)
		} else {
			c.Control("GET", "kobo/saker/"+got[0].ID, "", nil)
		}
	}
	c.Control("POST", "plays", `{"scenario": "GLD_1015", "api": "bsu"}`, nil)
	if got := send("bsu", `{"count": 3}`); len(got) != 1 || got[0].Status != 403 ||
		!slices.Equal(got[0].Codes, []string{"GLD_1015"}) {
		t.Errorf("a refused delivery: %+v", got)
	}
	if numbers := c.Numbers("?method=POST"); len(numbers) != 13 {
		t.Errorf("the journal has the calls %v", numbers)
	}
	for body, want := range map[string]string{
		`{"count": 101}`: "at most 100", `{"skip": -1}`: "0 to 100000", `{"broken": true}`: "the name of one rule",
		`{"count": 0}`: "must be 1 to", `{"wrong": 1}`: "wrong",
	} {
		if got := c.Call("POST", c.URL("")+"/_sandkasse/generate/bsu/send", body); got.Status != 400 ||
			!strings.Contains(got.Body, want) {
			t.Errorf("%s: %d %s", body, got.Status, got.Body)
		}
	}
}

// TestDialogs: the inbox lists dialogs by organisation, API and year, the newest change first, with
// deliveries, feedback and the oppgave that each avvik is about.
func TestDialogs(t *testing.T) {
	t.Parallel()
	c := testkit.NewClient(t, mocktest.StartWith(t, mock.Options{Feedback: mock.FeedbackStrict}), "a")
	first := c.Delivered(1)
	c.Delivered(2)
	c.Control("POST", "generate/aandsverk/send", `{"org": "319000003"}`, nil)
	type transmission struct {
		ForsendelseID string
		Number        int
		Documents     []struct{ Name, Path string }
		Feedback      *struct {
			Leveransestatus string
			Documents       []struct{ Name, Path, ContentType string }
		}
		FeedbackAt *string
	}
	type dialog struct {
		DialogID, API, Organisasjon        string
		Inntektsaar, Deliveries, Processed int
		Rejected                           bool
		Transmissions                      []transmission
	}
	list := func(query string) []dialog {
		t.Helper()
		var found struct{ Dialogs []dialog }
		c.Control("GET", "dialogs"+query, "", &found)
		return found.Dialogs
	}
	all := list("")
	if len(all) != 2 || all[0].API != "aandsverk" || all[1].Deliveries != 2 || all[1].Processed != 2 ||
		!all[1].Rejected || all[0].Rejected || all[0].Transmissions != nil {
		t.Fatalf("the inbox is %+v", all)
	}
	for query, want := range map[string]int{
		"?org=987654321": 1, "?api=bsu": 1, "?year=2023": 1, "?org=319000011": 0, "?limit=1": 1, "?year=2019": 0,
	} {
		if found := list(query); len(found) != want {
			t.Errorf("%s finds %d", query, len(found))
		}
	}
	var one dialog
	c.Control("GET", "dialogs/"+all[1].DialogID, "", &one)
	if len(one.Transmissions) != 2 || one.Transmissions[0].ForsendelseID != first.ForsendelseID {
		t.Fatalf("the transmissions are %+v", one.Transmissions)
	}
	feedback := one.Transmissions[0].Feedback
	if feedback == nil || feedback.Leveransestatus != "avvist" || len(feedback.Documents) != 2 ||
		feedback.Documents[1].ContentType != "application/xml" {
		t.Fatalf("the feedback is %+v", feedback)
	}
	base := strings.TrimSuffix(c.URL(""), "/_session/a")
	for _, document := range feedback.Documents {
		if got := c.Call("GET", base+document.Path, ""); got.Status != 200 || !strings.Contains(got.Body, "avvist") {
			t.Errorf("%s: %d %s", document.Name, got.Status, got.Body)
		}
	}
	c.Control("GET", "dialogs/"+all[1].DialogID+"?before=2", "", &one)
	if len(one.Transmissions) != 1 || one.Transmissions[0].Number != 1 {
		t.Errorf("before the second: %+v", one.Transmissions)
	}
	var found struct {
		AntallAvvik int
		Avvik       []struct {
			Avvikskode, Sti, ElementSti string
			Element                     json.RawMessage
		}
	}
	c.Control("GET", "forsendelser/"+first.ForsendelseID+"/avvik", "", &found)
	beside, alone := 0, 0
	for _, avvik := range found.Avvik {
		var element map[string]any
		switch {
		case avvik.ElementSti == "":
			alone++
		case json.Unmarshal(avvik.Element, &element) != nil || !strings.HasPrefix(avvik.Sti, avvik.ElementSti+"/"):
			t.Errorf("%+v has no oppgave", avvik)
		default:
			beside++
		}
	}
	if beside == 0 || found.AntallAvvik != len(found.Avvik) {
		t.Errorf("%d avvik have an oppgave, %d none, of %d", beside, alone, found.AntallAvvik)
	}
	c.Control("GET", "forsendelser/"+first.ForsendelseID+"/avvik?limit=1", "", &found)
	if len(found.Avvik) != 1 || found.AntallAvvik < 2 {
		t.Errorf("limited: %+v", found)
	}
	if alone := c.Control("GET", "forsendelser/"+first.ForsendelseID, "", nil); !strings.Contains(alone,
		`"dialogId": "`+first.DialogID+`"`) || !strings.Contains(alone, `"leveransestatus": "avvist"`) {
		t.Errorf("the delivery alone is %s", alone)
	}
	for path, want := range map[string]string{
		"dialogs/nope": "GET /_session/a/_sandkasse/dialogs", "forsendelser/nope/avvik": "no delivery",
		"forsendelser/nope": "there is no delivery",
	} {
		if got := c.Call("GET", c.URL("")+"/_sandkasse/"+path, ""); got.Status != 404 ||
			!strings.Contains(got.Body, want) {
			t.Errorf("%s: %d %s", path, got.Status, got.Body)
		}
	}
	if got := c.Call("GET", c.URL("")+"/_sandkasse/dialogs?api=nope", ""); got.Status != 400 {
		t.Errorf("an unknown API: %d %s", got.Status, got.Body)
	}
}

// TestNoFeedbackYet: a delivery whose feedback waits is in the inbox without it, and says when it comes.
func TestNoFeedbackYet(t *testing.T) {
	t.Parallel()
	c := testkit.NewClient(t, mocktest.StartWith(t, mock.Options{ProcessingDelay: 1e18}), "a")
	got := c.Delivered(1)
	shown := c.Control("GET", "dialogs/"+got.DialogID, "", nil)
	if !strings.Contains(shown, `"feedback": null`) || strings.Contains(shown, `"feedbackAt": null`) {
		t.Errorf("the dialog is %s", shown)
	}
	if answer := c.Call("GET", c.URL("")+"/_sandkasse/forsendelser/"+got.ForsendelseID+"/avvik", ""); answer.Status !=
		404 || !strings.Contains(answer.Body, "no feedback yet") {
		t.Errorf("%d %s", answer.Status, answer.Body)
	}
}

// TestFields: the search's fields are listed, and each of them can be searched.
func TestFields(t *testing.T) {
	t.Parallel()
	c := testkit.NewClient(t, mocktest.Start(t), "a")
	type field struct {
		Name, Kind string
		Values     []string
	}
	var fields map[string][]field
	c.Control("GET", "testdata/felter", "", &fields)
	for kind, list := range fields {
		if len(list) < 20 {
			t.Errorf("%s has %d fields", kind, len(list))
		}
		for _, one := range list {
			value := map[string]string{"number": "1", "date": "2000-01-01", "flag": "true"}[one.Kind]
			if len(one.Values) > 0 {
				value = one.Values[0]
			}
			if one.Kind == "relation" {
				continue
			}
			if value == "" {
				value = "x"
			}
			query := fmt.Sprintf("testdata/%s?antall=0&kql=%s:%s", kind, one.Name, value)
			if got := c.Call("GET", c.URL("")+"/_sandkasse/"+query, ""); got.Status != 200 {
				t.Errorf("%s: %d %s", query, got.Status, got.Body)
			}
		}
	}
}
