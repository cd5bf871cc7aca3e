package control

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// shortCall is a call in a list without headers and bodies.
type shortCall struct {
	Number          int64
	Path, Why, Code string
	Status          int
	IdempotencyKey  string
	StoppedBy       string
	Request, Answer json.RawMessage
}

// list returns the calls that a query leaves.
func list(c testkit.Client, query string) (calls []shortCall) {
	c.T.Helper()
	var found struct{ Calls []shortCall }
	c.Control("GET", "calls"+query, "", &found)
	return found.Calls
}

// asJSON returns a value in JSON.
func asJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestShortView: view=short leaves out headers and bodies and nothing else, in the list and in the
// stream.
func TestShortView(t *testing.T) {
	t.Parallel()
	c := testkit.NewClient(t, mocktest.Start(t), "a")
	c.MakeCalls()
	c.Call("GET", c.URL("")+"/nowhere?access_token=verysecretvalue", "")
	var whole, short struct{ Calls []map[string]json.RawMessage }
	c.Control("GET", "calls", "", &whole)
	text := c.Control("GET", "calls?view=short", "", &short)
	if strings.Contains(text, "verysecret") {
		t.Error("the short view has a secret")
	}
	if len(short.Calls) != len(whole.Calls) || len(short.Calls) < 6 {
		t.Fatalf("%d short calls, %d whole ones", len(short.Calls), len(whole.Calls))
	}
	for i, call := range whole.Calls {
		delete(call, "request")
		delete(call, "answer")
		if a, b := asJSON(t, call), asJSON(t, short.Calls[i]); a != b {
			t.Errorf("call %d: short %s, whole %s", i, b, a)
		}
	}
	for query, want := range map[string]string{
		"?view=long":          "it must be short",
		"?view=":              "view is",
		"?view=short&wait=1s": "view=short does not go with wait",
		"/live?before=3":      "before is not for a live stream",
		"/live?view=x":        "it must be short",
	} {
		if got := c.Call("GET", c.URL("")+"/_sandkasse/calls"+query, ""); got.Status != 400 ||
			!strings.Contains(got.Body, want) {
			t.Errorf("calls%s: %d %s", query, got.Status, got.Body)
		}
	}
}

// TestBefore: before, with limit, gives the newest calls before a number, oldest first, also under a
// filter; all pages together are the whole list.
func TestBefore(t *testing.T) {
	t.Parallel()
	c := testkit.NewClient(t, mocktest.Start(t), "a")
	for range 7 {
		c.Call("GET", c.URL("")+"/nowhere", "")
	}
	c.NewBolig()
	for query, want := range map[string]string{
		"?before=4": "1 2 3", "?before=6&limit=2": "4 5", "?before=1": "", "?before=100&limit=1": "8",
		"?before=8&since=5": "6 7", "?before=100&limit=2&status=404": "6 7", "?before=4&view=short&limit=2": "2 3",
	} {
		if got := fmt.Sprint(c.Numbers(query)); got != "["+want+"]" {
			t.Errorf("calls%s: %s, want %s", query, got, want)
		}
	}
}

// TestText: text finds a call by its path, code, reason and scenario in any case, and by a body as it
// was sent (K700).
func TestText(t *testing.T) {
	t.Parallel()
	c := testkit.NewClient(t, mocktest.Start(t), "a")
	c.MakeCalls()
	for text, want := range map[string]string{
		"NOWHERE": "6", "gld_1022": "3", "is%20not%20a%20uuid": "3", "gld_019": "5",
		"EksternReferanse_2015_1": "1 2 3 5",
		"eksternreferanse":        "", "no%20such%20text": "",
	} {
		if got := fmt.Sprint(c.Numbers("?text=" + text)); got != "["+want+"]" {
			t.Errorf("text=%s: %s, want %s", text, got, want)
		}
	}
	if got := c.Call("GET", c.URL("")+"/_sandkasse/calls?text=", ""); got.Status != 400 {
		t.Errorf("an empty text: %d %s", got.Status, got.Body)
	}
}

// TestSend: a call is made again as it was, with the same key or a new one, and with a fresh token
// where the old one has expired (K701).
func TestSend(t *testing.T) {
	t.Parallel()
	c := testkit.NewClient(t, mocktest.Start(t), "a")
	c.Delivered(1)
	c.SetClock(`{"advance": "48h"}`) // the token has expired
	for _, step := range []struct {
		order            string
		replayed, isSame bool
	}{{"", true, true}, {`{"idempotencyKey": "same"}`, true, true}, {`{"idempotencyKey": "new"}`, false, false}} {
		var sent struct {
			Number         int64
			Status         int
			Replayed       bool
			IdempotencyKey string
			Organisation   string
			Why            string
		}
		c.Control("POST", "calls/1/send", step.order, &sent)
		first := list(c, "?limit=1&before=2")[0]
		if sent.Status != 200 || sent.Replayed != step.replayed || sent.Organisation != "987654321" ||
			(sent.IdempotencyKey == first.IdempotencyKey) != step.isSame {
			t.Errorf("%s: %+v", step.order, sent)
		}
	}
	if got := list(c, ""); len(got) != 4 {
		t.Errorf("there are %d calls", len(got))
	}
	c.Deliver(9, "Sandkasse-Scenario", "connection-reset")
	var torn shortCall
	c.Control("POST", "calls/5/send", "", &torn)
	if torn.Number != 6 {
		t.Errorf("a torn call was sent again as %+v", torn)
	}
	large := strings.Repeat(" ", 20_000)
	c.Call("POST", c.URL("bsu")+"/v1/2023", large)
	for path, want := range map[string]string{
		"calls/7/send": "of its body", "calls/99/send": "has no call 99", "calls/x/send": "is not the number of a call",
	} {
		if got := c.Call("POST", c.URL("")+"/_sandkasse/"+path, ""); got.Status < 400 ||
			!strings.Contains(got.Body, want) {
			t.Errorf("%s: %d %s", path, got.Status, got.Body)
		}
	}
	for _, order := range []string{`{"idempotencyKey": "other"}`, `{"key": "new"}`, `[]`} {
		if got := c.Call("POST", c.URL("")+"/_sandkasse/calls/1/send", order); got.Status != 400 {
			t.Errorf("%s: %d %s", order, got.Status, got.Body)
		}
	}
}

// TestWhy: an explanation has the reason, the advice, the steps in the order of the checks, and the
// places that the answer complains of.
func TestWhy(t *testing.T) {
	t.Parallel()
	c := testkit.NewClient(t, mocktest.Start(t), "a")
	c.MakeCalls()
	var x struct {
		Why, Client string
		Choice      *struct{ Number, Title string }
		Steps       []struct{ Name, State string }
		Places      []struct{ Sti, Melding string }
		Stored      []struct{ Kind, ID string }
	}
	c.Control("GET", "calls/3/why", "", &x)
	states := map[string]string{}
	for _, step := range x.Steps {
		states[step.Name] = step.State
	}
	if x.Why == "" || x.Client == "" || x.Choice == nil || x.Choice.Number != "K036" || len(x.Places) != 1 ||
		x.Places[0].Sti != "idempotencyKey" || states["token"] != "passed" || states["idempotency-key"] != "stopped" ||
		states["schema"] != "not reached" {
		t.Errorf("call 3: %+v", x)
	}
	c.Control("GET", "calls/1/why", "", &x)
	if len(x.Stored) != 2 || x.Stored[0].Kind != "dialog" || x.Stored[0].ID == "" || x.Client != "" {
		t.Errorf("call 1: %+v", x)
	}
}

// TestChoiceOfARefusal: a refusal names the choice that it rests on, for what was wrong with the call;
// one that the agency's page settles names none.
func TestChoiceOfARefusal(t *testing.T) {
	t.Parallel()
	c := testkit.NewClient(t, mocktest.Start(t), "a")
	c.Delivered(1)
	post := func(path, body string, key int, headers ...string) {
		c.Call("POST", c.URL("bsu")+path, body, append([]string{
			"Authorization", c.Bearer("bsu", testkit.Oppgavegiver),
			"Content-Type", "application/json", "idempotencyKey", testkit.UUID(key),
		}, headers...)...)
	}
	for want, call := range map[string]func(){
		"K025":               func() { post("/v1/2023", "{}", 1) },
		"K036":               func() { c.Deliver(2, "idempotencyKey", "ikke-en-uuid") },
		"K018":               func() { c.Deliver(2, "Content-Type", "application/json; charset=latin1") },
		"K123":               func() { c.Deliver(2, "Authorization", "Bearer x") },
		"K003":               func() { c.Deliver(2, "Authorization", c.Bearer("aandsverk", testkit.Oppgavegiver)) },
		"K027":               func() { post("/v1/2023", "\x1f\x8b", 2, "Content-Encoding", "gzip") },
		"K009":               func() { post("/v1/1999", "{}", 2) },
		"K019":               func() { c.Call("OPTIONS", c.URL("bsu")+"/v1/2023", "") },
		"K247":               func() { c.Call("POST", c.URL("kobo")+"/kobobolig", "{}") },
		"none, a media type": func() { c.Deliver(2, "Content-Type", "text/xml") },
		"none, no token":     func() { c.Call("POST", c.URL("bsu")+"/v1/2023", "{}") },
		"none, a scenario":   func() { c.Deliver(2, "Sandkasse-Scenario", "GLD_1015") },
		"none, a method":     func() { c.Call("PUT", c.URL("bsu")+"/v1/2023", "{}") },
	} {
		call()
		numbers := c.Numbers("")
		var x struct{ Choice *struct{ Number string } }
		c.Control("GET", fmt.Sprint("calls/", numbers[len(numbers)-1], "/why"), "", &x)
		got := "none"
		if x.Choice != nil {
			got = x.Choice.Number
		}
		if !strings.HasPrefix(want, got) {
			t.Errorf("want %s, got %s", want, got)
		}
	}
}

// TestChoicesAreNamedRight: the choices that an explanation may name stand in docs/choices.md under
// their titles.
func TestChoicesAreNamedRight(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../../internal/describe/explanation.go")
	if err != nil {
		t.Fatal(err)
	}
	document, err := os.ReadFile("../../../docs/choices.md")
	if err != nil {
		t.Fatal(err)
	}
	choices := string(document)
	_, table, _ := strings.Cut(string(source), "func choiceTitles()")
	parts := strings.Split(table, `"`)
	found := 0
	for i := 1; i+2 < len(parts); i += 4 {
		if !strings.Contains(choices, "| "+parts[i]+" | "+parts[i+2]+" |") {
			t.Errorf("docs/choices.md has no %s %q", parts[i], parts[i+2])
		}
		found++
	}
	if found < 10 {
		t.Errorf("%d choices", found)
	}
}

// TestDecodeToken: a token is laid out, and judged by the session's clock.
func TestDecodeToken(t *testing.T) {
	t.Parallel()
	c := testkit.NewClient(t, mocktest.Start(t), "a")
	token := c.Bearer("bsu", "987654321")
	var view struct {
		Valid   bool
		Why     string
		Expires *time.Time
		APIs    []string
		Claims  map[string]any
	}
	c.Control("POST", "token/decode", asJSON(t, map[string]string{"token": token}), &view)
	if !view.Valid || view.Why != "" || len(view.APIs) == 0 || view.Expires == nil || view.Claims["iss"] == "" {
		t.Errorf("a good token: %+v", view)
	}
	c.SetClock(`{"advance": "48h"}`)
	c.Control(
		"POST",
		"token/decode",
		asJSON(t, map[string]string{"token": strings.TrimPrefix(token, "Bearer ")}),
		&view,
	)
	if view.Valid || !strings.Contains(view.Why, "exp") {
		t.Errorf("an expired token: %+v", view)
	}
	for _, body := range []string{`{"token": "x"}`, `{}`, `{"token": 1}`, ``} {
		if got := c.Call("POST", c.URL("")+"/_sandkasse/token/decode", body); got.Status != 400 {
			t.Errorf("%s: %d %s", body, got.Status, got.Body)
		}
	}
}

// TestValidateDocument: a document is checked as on delivery, and nothing is stored.
func TestValidateDocument(t *testing.T) {
	t.Parallel()
	c := testkit.NewClient(t, mocktest.Start(t), "a")
	var verdict struct {
		Valid      bool
		Violations []struct {
			Sti          string
			Line, Column int
		}
	}
	example := string(testkit.Example(t))
	c.Control("POST", "apis/bsu/validate", example, &verdict)
	if !verdict.Valid || len(verdict.Violations) != 0 {
		t.Errorf("the example: %+v", verdict)
	}
	c.Control("POST", "apis/bsu/validate", strings.Replace(example, `"saldo": 22500`, `"saldo": "mange"`, 1), &verdict)
	if verdict.Valid || len(verdict.Violations) != 1 || verdict.Violations[0].Sti != "/leveranse/oppgave/0/saldo" ||
		verdict.Violations[0].Line != 33 {
		t.Errorf("a text for a number: %+v", verdict)
	}
	c.Control("POST", "apis/bsu/validate", "{", &verdict)
	if verdict.Valid || len(verdict.Violations) != 1 {
		t.Errorf("no JSON: %+v", verdict)
	}
	for path, want := range map[string]int{"apis/kobo/validate": 400, "apis/nope/validate": 404} {
		if got := c.Call("POST", c.URL("")+"/_sandkasse/"+path, example); got.Status != want {
			t.Errorf("%s: %d %s", path, got.Status, got.Body)
		}
	}
	if len(list(c, "")) != 0 {
		t.Error("a check is a call")
	}
}
