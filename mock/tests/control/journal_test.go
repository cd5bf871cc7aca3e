package control

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// TestJournalFilters: each filter of the list of calls, alone and with others, and what is wrong
// with one.
func TestJournalFilters(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	w := testkit.NewClient(t, s, "a")
	w.MakeCalls()
	for query, want := range map[string][]int64{
		"": {1, 2, 3, 4, 5, 6}, "?api=bsu": {1, 2, 3, 5}, "?api=kobo": {4}, "?route=" +
			url.QueryEscape("/v1/{inntektsaar}"): {1, 2, 3, 5},
		"?method=post": {1, 2, 3, 4, 5}, "?method=GET": {6}, "?status=200": {1, 2}, "?status=404": {6},
		"?code=GLD_006": {3}, "?code=GLD_019": {5},
		// also where a scenario was before the token
		"?organisation=" + testkit.Oppgavegiver: {1, 2, 3, 4, 5}, "?scenario=GLD_019": {5},
		// also where the key was refused
		"?key=" + testkit.UUID(1): {1, 2}, "?key=ikke-en-uuid": {3}, "?key=" + testkit.UUID(3): {5},
		"?stoppedBy=idempotency-key": {2, 3}, "?stoppedBy=address": {6}, "?since=4": {5, 6}, "?limit=2": {5, 6},
		"?api=bsu&limit=1":            {5},
		"?since=1&status=200&limit=5": {2}, "?api=bsu&organisation=319000011": {}, "?since=6": {},
		"?code=invalid_grant": {}, "?code=MP-110": {}, "?stoppedBy=schema": {},
	} {
		if got := w.Numbers(query); !slices.Equal(got, want) {
			t.Errorf("calls%s are %v, want %v", query, got, want)
		}
	}
	q := mock.CallQuery{
		API: "bsu", Method: "POST", Status: 200, Organisation: testkit.Oppgavegiver, Key: testkit.UUID(1),
		Route: "/v1/{inntektsaar}", Since: 1, Limit: 3,
	}
	if calls := w.Calls(q); len(calls) != 1 || calls[0].Number != 2 || !calls[0].Replayed {
		t.Errorf("in Go %+v", calls)
	}
	for path, tells := range map[string]string{
		"calls?api=nope": "there are aandsverk", "calls?status=ok": "whole number",
		"calls?count=2": "count goes with wait", "calls?wait=soon": "from 1ms to 2m",
		"calls?wait=3h": "from 1ms to 2m", "calls?wait=1s&count=-1": "from 1 to 1000000",
		"calls?session=b": "there are api", "calls.har?wait=1s": "there are api",
		"calls/live?limit=x": "whole number", "calls/abc": "Sandkasse-Call",
		"calls/99":                             "GET /_session/a/_sandkasse/calls lists",
		"calls?route=innsending":               "documents it: /v1/{inntektsaar}",
		"calls?api=kobo&route=/v1/inntektsaar": "documents it: /kobobolig",
		"calls.har?route=x":                    "curl takes braces away", "calls/99/curl": "no call 99",
		"calls?method=POTS": "there are GET, HEAD, POST", "calls?organisation=31900000": "nine digits",
		"calls?code=GLD_9": "GLD_006", "calls?api=bsu&code=404": "by status",
		"calls?api=kobo&code=GLD_006": "V14", "calls?stoppedBy=tokens": "idempotency-key",
		"calls?scenario=slo": "Did you mean slow?", "calls.har?scenario=slow%3Bms=x": "whole number",
	} {
		got := w.Call("GET", w.URL("")+"/_sandkasse/"+path, "")
		if got.Status < 400 || got.Status >= 500 || !strings.Contains(got.Header.Get("Sandkasse-Feil"), tells) {
			t.Errorf("%s: %d %s, want one with %q", path, got.Status, got.Body, tells)
		}
	}
	w.Control("DELETE", "calls", "", nil)
	if got := w.Numbers(""); len(got) != 0 {
		t.Errorf("after DELETE there are %v", got)
	}
	if w.Delivered(1); !slices.Equal(w.Numbers("?since=6"), []int64{7}) {
		t.Errorf("the numbers go on as %v", w.Numbers(""))
	}
}

// TestJournalWaits: a wait is answered as soon as so many calls are there, and when its time is up
// with those that are.
func TestJournalWaits(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	w := testkit.NewClient(t, s, "a")
	type waited struct {
		Complete bool
		Calls    []struct{ Number int64 }
	}
	var there waited
	w.Delivered(1)
	w.Control("GET", "calls?wait=1m", "", &there)
	if !there.Complete || len(there.Calls) != 1 {
		t.Errorf("for what is there the wait gives %+v", there)
	}
	var late waited
	w.Control("GET", "calls?wait=20ms&count=2", "", &late)
	if late.Complete || len(late.Calls) != 1 {
		t.Errorf("when its time is up the wait gives %+v", late)
	}
	var got waited
	var waiting sync.WaitGroup
	waiting.Go(func() { w.Control("GET", "calls?wait=1m&count=3&api=bsu&status=200", "", &got) })
	for i := range 3 {
		w.Call("GET", w.URL("")+"/nowhere", "")
		w.Deliver(2+i, "Sandkasse-Session", "b") // refused: two sessions
		w.Delivered(2 + i)
	}
	waiting.Wait()
	if !got.Complete || len(got.Calls) < 3 {
		t.Errorf("the wait gives %+v", got)
	}
}

// TestJournalCall: a call is shown whole; as a line of curl it is the same call once more; as an
// archive it is what other tools read.
func TestJournalCall(t *testing.T) {
	t.Parallel()
	s := mocktest.StartWith(t, mock.Options{JournalRaw: true})
	w := testkit.NewClient(t, s, "a")
	first := w.Deliver(1, "X-Odd", `it's "odd" $HOME`)
	number := first.Header.Get("Sandkasse-Call")
	var shown struct {
		Number          int64
		Session, Path   string
		Request, Answer struct {
			Header http.Header
			Body   string
		}
	}
	w.Control("GET", "calls/"+number, "", &shown)
	if strconv.FormatInt(shown.Number, 10) != number || shown.Session != "a" ||
		shown.Path != "/_session/a/innrapporteringbsu/v1/2023" ||
		shown.Request.Body != string(testkit.Example(t)) || shown.Answer.Body != first.Body ||
		shown.Answer.Header.Get("Sandkasse-Call") != number {
		t.Errorf("call %s is shown as %+v", number, shown)
	}

	line := w.Control("GET", "calls/"+number+"/curl", "", nil)
	command := exec.Command("sh", "-c", strings.TrimSpace(line)+" --silent --noproxy '*'")
	if _, err := exec.LookPath("curl"); err != nil {
		t.Logf("no curl on this machine; the line is %s", line)
	} else if out, err := command.CombinedOutput(); err != nil || string(out) != first.Body {
		t.Errorf("%s\ngives %s (%v), want %s", line, out, err, first.Body)
	} else {
		calls := w.Calls(mock.CallQuery{})
		again := calls[len(calls)-1]
		if !again.Replayed || again.Request.Header.Get("X-Odd") != `it's "odd" $HOME` ||
			string(again.Request.Body) != string(testkit.Example(t)) {
			t.Errorf("curl's call is %+v", again)
		}
	}

	var archive struct {
		Log struct {
			Version string
			Entries []struct {
				Request struct {
					Method, URL string
					PostData    struct{ Text string }
				}
				Response struct {
					Status  int
					Content struct{ Text string }
				}
			}
		}
	}
	w.Call("GET", w.URL("")+"/nowhere", "")
	w.Control("GET", "calls.har?limit=100&api=bsu&since=0", "", &archive)
	entry := archive.Log.Entries[0]
	if archive.Log.Version != "1.2" || entry.Request.Method != "POST" || entry.Request.URL != w.URL("bsu")+"/v1/2023" ||
		entry.Request.PostData.Text != string(testkit.Example(t)) || entry.Response.Status != 200 ||
		entry.Response.Content.Text != first.Body {
		t.Errorf("the archive is %+v", archive)
	}
}

// TestJournalMasks: identity numbers and secrets are masked, those in members that an API names
// too, and with JournalRaw they are not.
func TestJournalMasks(t *testing.T) {
	t.Parallel()
	for _, raw := range []bool{false, true} {
		t.Run(fmt.Sprint("raw=", raw), func(t *testing.T) {
			t.Parallel()
			s := mocktest.StartWith(t, mock.Options{JournalRaw: raw})
			w := testkit.NewClient(t, s, "a")
			token := w.Bearer("kobo", testkit.Oppgavegiver)
			const key = "en-hemmelig-nokkel"
			w.Call("POST", w.URL("kobo")+"/fdvusystem/", `{"apiKey":"`+key+`"}`, "Authorization", token, "Content-Type",
				"application/json", "x-kobo-systemid", "fdvu-1")
			w.Delivered(1)
			for _, path := range []string{"calls", "calls.har", "calls/1", "calls/1/curl", "calls/2"} {
				text := w.Control("GET", path, "", nil)
				for what, secret := range map[string]string{
					"calls/1 token": strings.TrimPrefix(token, "Bearer "),
					"calls/1 key":   key, "calls/2 person": "23059800023",
				} {
					of, _, _ := strings.Cut(what, " ")
					want := raw && (strings.HasPrefix(path, of) || !strings.Contains(path, "/"))
					if has := strings.Contains(text, secret); has != want {
						t.Errorf("raw=%v: %s has the %s: %v", raw, path, what, has)
					}
				}
			}
		})
	}
}

// TestVerify: what was expected is found, or the answer tells how near it came.
func TestVerify(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	w := testkit.NewClient(t, s, "a")
	w.MakeCalls()
	verify := func(body string) string { return w.Control("POST", "verify", body, nil) }
	for _, good := range []string{
		`{"calls": [{"api": "bsu", "method": "POST", "status": 200, "times": 2}]}`,
		`{"calls": [{"api": "bsu", "status": 200}, {"api": "kobo"}, {"code": "GLD_019"}], "inOrder": true}`,
		`{"calls": [{"api": "dialogporten", "times": 0}, ` +
			`{"key": "` + testkit.UUID(1) + `", "atLeast": 2, "atMost": 2}]}`,
		`{"calls": [{"api": "bsu", "bodyContains": "EksternReferanse_2015_1"}]}`,
		`{"calls": [{"api": "bsu", "status": "2xx", "times": 2}, {"status": "5xx", "times": 0}]}`,
		`{"calls": [{"status": 201}, {"status": "200"}, {"status": "4XX"}], "nothingElse": true}`,
	} {
		if verdict := verify(good); !strings.Contains(verdict, `"ok": true`) {
			t.Errorf("%s: %s", good, verdict)
		}
	}
	for bad, nearest := range map[string]string{
		`{"calls": [{"api": "bsu", "status": 200, "times": 3}]}`:                       "exactly 3",
		`{"calls": [{"api": "bsu", "code": "GLD_1061"}]}`:                              "GLD_",
		`{"calls": [{"status": "4xx", "times": 0}]}`:                                   "exactly 0 (never)",
		`{"calls": [{"api": "bsu"}], "nothingElse": true}`:                             `"unexpectedFound": 2`,
		`{"calls": [], "nothingElse": true}`:                                           `"unexpected": [`,
		`{"calls": [{"api": "kobo"}, {"api": "bsu", "status": 200}], "inOrder": true}`: "bsu",
		`{"calls": [{"api": "bsu", "organisation": "319000011", "status": 200}]}`:      testkit.Oppgavegiver,
		`{"calls": [{"api": "dialogporten", "method": "POST", ` +
			`"route": "/api/v1/enduser/dialogs"}]}`: "dialogporten",
	} {
		if verdict := verify(bad); !strings.Contains(verdict, `"ok": false`) || !strings.Contains(verdict, nearest) {
			t.Errorf("%s: %s; want one with %q", bad, verdict, nearest)
		}
	}
	for body, tells := range map[string]string{
		`{"calls": []}`: "from 1 to", `{"calls": [{"apis": "bsu"}]}`: "such as",
		`{"calls": [{"times": -1}]}`: "calls[0].times", `x`: "such as",
		`{"calls": [{"times": 1}, {"api": "bsuu", "times": 0}]}`: `calls[1]: there is no API "bsuu"`,
		`{"calls": [{"route": "innsending"}]}`:                   "there is no route",
		`{"calls": [{"api": "bsu"}, {"code": "GLD_9"}]}`:         `calls[1]: there is no code "GLD_9"`,
		`{"calls": [{"method": "POTS", "times": 0}]}`:            "there are GET",
		`{"calls": [{}, {"status": "6xx"}]}`: `calls[1].status is "6xx"; ` +
			"it must be a whole number from 100 to 599, or a class",
		`{"calls": [{"status": 0}]}`:    `calls[0].status is "0"`,
		`{"calls": [{"status": 4}]}`:    `calls[0].status is "4"`,
		`{"calls": [{"status": true}]}`: `calls[0].status is "true"`, `{"calls": [{"status": ""}]}`: "or a class",
		`{"calls": [{"times": "twice"}]}`: `calls[0].times is "twice", a text; it must be a whole number`,
		`{"calls": 7}`:                    "calls is 7; it must be a list",
	} {
		if got := w.Call("POST", w.URL("")+"/_sandkasse/verify", body); got.Status != 400 ||
			!strings.Contains(got.Header.Get("Sandkasse-Feil"), tells) {
			t.Errorf("%s: %d %s", body, got.Status, got.Body)
		}
	}
}

// TestVerifyFail: with fail=true a verdict that is not ok is 409 with the same body; whatever else
// is as without it.
func TestVerifyFail(t *testing.T) {
	t.Parallel()
	w := testkit.NewClient(t, mocktest.Start(t), "a")
	w.MakeCalls()
	const yes, no = `{"calls": [{"api": "bsu"}]}`, `{"calls": [{"api": "bsu", "times": 0}], "nothingElse": true}`
	for _, c := range []struct {
		query, body string
		status      int
	}{{"", yes, 200}, {"", no, 200}, {"?fail=false", no, 200}, {"?fail=true", yes, 200}, {"?fail=true", no, 409}} {
		got := w.Call("POST", w.URL("")+"/_sandkasse/verify"+c.query, c.body)
		plain := w.Call("POST", w.URL("")+"/_sandkasse/verify", c.body)
		if got.Status != c.status || got.Body != plain.Body || got.Header.Get("Content-Type") != "application/json" ||
			got.Header.Get("Sandkasse-Feil") != "" {
			t.Errorf("%s %s: %d %v %s", c.query, c.body, got.Status, got.Header, got.Body)
		}
	}
	for query, tells := range map[string]string{
		"fail=yes": `fail is "yes"; it must be true`,
		"fail=":    "it must be true", "fial=true": "there are fail", "fail=true&fail=true": "give it once",
	} {
		if got := w.Call("POST", w.URL("")+"/_sandkasse/verify?"+query, yes); got.Status != 400 ||
			!strings.Contains(got.Header.Get("Sandkasse-Feil"), tells) {
			t.Errorf("%s: %d %s", query, got.Status, got.Body)
		}
	}
}

// TestStatusClass: wherever calls are narrowed by status, a class is taken and means the same, and
// what is no status is refused.
func TestStatusClass(t *testing.T) {
	t.Parallel()
	w := testkit.NewClient(t, mocktest.Start(t), "a")
	w.MakeCalls()
	of := func(status int) (n int) {
		for _, call := range w.Calls(mock.CallQuery{}) {
			if call.Status/100 == status {
				n++
			}
		}
		return n
	}
	for class, text := range map[int]string{2: "2xx", 4: "4XX", 5: "5xx"} {
		var list, waited struct{ Calls []struct{ Number int64 } }
		var har struct{ Log struct{ Entries []any } }
		w.Control("GET", "calls?status="+text, "", &list)
		w.Control("GET", "calls.har?status="+text, "", &har)
		w.Control("GET", "calls?wait=1ms&status="+text, "", &waited)
		verified := w.Control("POST", "verify", fmt.Sprintf(`{"calls": [{"status": %q, "times": %d}]}`, text,
			of(class)), nil)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		inGo, _ := w.Wait(ctx, mock.CallQuery{Status: class}, 100)
		if want := of(class); len(list.Calls) != want || len(waited.Calls) != want || len(har.Log.Entries) != want ||
			!strings.Contains(verified, `"ok": true`) ||
			len(w.Calls(mock.CallQuery{Status: class})) != want || len(inGo) != want {
			t.Errorf("%s: %d, %d, %d, %d; want %d; %s", text, len(list.Calls), len(waited.Calls), len(har.Log.Entries),
				len(inGo), want, verified)
		}
	}
	if of(2) == 0 || of(4) == 0 {
		t.Error("the calls do not have several classes")
	}
	for _, path := range []string{"calls?status=", "calls?wait=5s&status=", "calls.har?status=", "calls/live?status="} {
		for _, wrong := range []string{"0", "99", "600", "6xx", "4x", "xx", "2**", "-1"} {
			if got := w.Call("GET", w.URL("")+"/_sandkasse/"+path+wrong, ""); got.Status != 400 ||
				!strings.Contains(got.Header.Get("Sandkasse-Feil"), "1xx, 2xx, 3xx, 4xx or 5xx") {
				t.Errorf("%s%s: %d %s", path, wrong, got.Status, got.Body)
			}
		}
	}
}
