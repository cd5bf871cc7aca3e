package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const bsuOrg = "987654321" // of the page's example

// ownScripts returns a user's own scripts: every act that no built-in script has, by name.
func ownScripts() map[string]string {
	return map[string]string{
		"closed":    "steps: [{do: [{close: true}]}]",
		"reset":     "steps: [{do: [{reset: true}]}]",
		"dripped":   "steps: [{do: [{drip: {bytes: 30, every: 2ms}}]}]",
		"no-body":   "steps: [{do: [{cut: 0}]}]",
		"half-json": "steps: [{do: [{invalidJSON: true}]}]",
		"number":    "steps: [{do: [{respond: {status: 200, json: '12'}}, {invalidJSON: true}]}]",
		"doubled":   "steps: [{do: [{duplicate: true}]}]",
		"headers":   "steps: [{do: [{headers: {Content-Language: nn, X-Request-Id: abc, Connection: close}}]}]",
		"told":      `steps: [{do: [{respond: {status: 418, headers: {Retry-After: "7"}, json: '{"a": 1}'}}]}]`,
		"nothing":   "steps: [{do: [{respond: {status: 204}}]}]",
		"several": "steps: [{do: [{delay: 20ms}, {respond: {status: 503, headers: {Content-Type: a/b}, body: " +
			"abcdefgh}}, {headers: {Retry-After: \"1\"}}, {contentType: text/plain}, {cut: 3}]}]",
		"work":       "steps: [{at: work, do: [{code: GLD_023}]}]",
		"refused":    "steps: [{when: {outcome: refused}, do: [{respond: {status: 500, body: oops}}]}]",
		"third":      "steps: [{do: [], times: 2}, {do: [{code: GLD_001}]}]",
		"reference":  "steps: [{when: {reference: EksternReferanse_2015_1, method: [POST]}, do: [{code: GLD_017}]}]",
		"late-reset": "steps: [{at: answer, do: [{delay: 10ms}, {reset: true}]}]",
	}
}

func writeScript(t *testing.T, dir, name, steps string) {
	t.Helper()
	text := fmt.Sprintf("name: %s\ndescription: A script of a test.\nclient: Cope.\n%s\n", name, steps)
	if err := os.WriteFile(filepath.Join(dir, name+".yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// answer is one that came whole or in part.
type answer struct {
	status int
	header http.Header
	body   string
	err    error
	length int64 // as promised
	took   time.Duration
}

// call sends a request and reads what comes of the answer.
func call(t *testing.T, method, address, body string, header map[string]string) answer {
	t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	begun := time.Now()
	response, err := (&http.Client{Timeout: limit}).Do(r)
	if err != nil {
		return answer{err: err}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, string(text), err, response.ContentLength, time.Since(begun)}
}

// deliverer returns a client of BSU: a call with a scenario, under a key of its own.
func (p *process) deliver(t *testing.T, key int, scenarios string) answer {
	t.Helper()
	header := map[string]string{}
	if scenarios != "" {
		header["Sandkasse-Scenario"] = scenarios
	}
	return p.deliverFor(t, p.url+"/innrapporteringbsu", bsuOrg, key, header)
}

// journal returns the calls that played a scenario.
func (p *process) journal(t *testing.T, scenario string) (calls []struct {
	Status   int
	Code     string
	Replayed bool
	Why      string
	API      string
},
) {
	t.Helper()
	var shown struct{ Calls json.RawMessage }
	a := call(t, "GET", p.url+"/_sandkasse/calls?scenario="+url.QueryEscape(scenario), "", nil)
	if err := errors.Join(a.err, json.Unmarshal([]byte(a.body), &shown),
		json.Unmarshal(shown.Calls, &calls)); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
	return calls
}

// TestOwnScripts: a folder of scripts beside the built-in ones, each act on the wire.
func TestOwnScripts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, steps := range ownScripts() {
		writeScript(t, dir, name, steps)
	}
	p := start(t, "sandkasse", "--addr", "127.0.0.1:0", "--scenarios", dir)
	key := 0
	deliver := func(scenarios string) answer {
		key++
		return p.deliver(t, key, scenarios)
	}
	again := func() answer { return p.deliver(t, key, "") }
	isWhole := func(what string, a answer) {
		t.Helper()
		if a.err != nil || a.status != http.StatusOK || !json.Valid([]byte(a.body)) {
			t.Errorf("%s: %+v", what, a)
		}
	}
	for _, test := range []struct {
		scenarios string
		so        func(answer) bool
	}{
		{"closed", func(a answer) bool { return errors.Is(a.err, io.EOF) }},
		{"reset", func(a answer) bool { return errors.Is(a.err, syscall.ECONNRESET) }},
		{"late-reset", func(a answer) bool { return errors.Is(a.err, syscall.ECONNRESET) }},
		{"no-body", func(a answer) bool {
			return a.status == 200 && a.body == "" && errors.Is(a.err, io.ErrUnexpectedEOF) && a.length > 100
		}},
		{"half-json", func(a answer) bool {
			return a.status == 200 && a.err == nil && strings.HasPrefix(a.body, `{"dialogId"`) &&
				!json.Valid([]byte(a.body)) && int64(len(a.body)) == a.length
		}},
		{"number", func(a answer) bool { return a.status == 200 && a.err == nil && !json.Valid([]byte(a.body)) }},
		{"headers", func(a answer) bool {
			return a.status == 200 && a.header.Get("Content-Language") == "nn" &&
				a.header.Get("X-Request-Id") == "abc" && json.Valid([]byte(a.body))
		}},
		{"told", func(a answer) bool {
			return a.status == 418 && a.header.Get("Retry-After") == "7" &&
				a.header.Get("Content-Type") == "application/json" && a.body == `{"a": 1}`
		}},
		{"nothing", func(a answer) bool {
			return a.status == 204 && a.body == "" &&
				a.header.Get("Content-Type") == ""
		}},
		{"several", func(a answer) bool {
			return a.status == 503 && a.body == "abc" && a.length == 8 && a.header.Get("Retry-After") == "1" &&
				a.header.Get("Content-Type") == "text/plain"
		}},
		{"work", func(a answer) bool { return a.status == 500 && strings.Contains(a.body, "GLD_023") }},
		{"refused", func(a answer) bool { return a.status == 200 && a.header.Get("Sandkasse-Played") == "" }},
		{"refused, GLD_005", func(a answer) bool {
			return a.status == 500 && a.body == "oops" && a.header.Get("Sandkasse-Played") == "GLD_005, refused"
		}},
		{"third", func(a answer) bool { return a.status == 200 }},
		{"third", func(a answer) bool { return a.status == 200 }},
		{"third", func(a answer) bool { return a.status == 500 && strings.Contains(a.body, "GLD_001") }},
		{"third", func(a answer) bool { return a.status == 200 }},
		{"reference", func(a answer) bool { return a.status == 500 && strings.Contains(a.body, "GLD_017") }},
		// Of several that end the call the first does, and the rest leave the answer alone (K312).
		{"told;times=9, reset;times=9", func(a answer) bool {
			return a.status == 418 && a.err == nil &&
				a.body == `{"a": 1}`
		}},
		{
			"truncated-answer;bytes=5;times=9, lost-answer;times=9",
			func(a answer) bool { return a.err != nil && a.status == 0 },
		},
		{"reset;times=9, refused;times=9", func(a answer) bool { return a.err != nil && a.status == 0 }},
		{"wrong-content-type;times=9, half-json;times=9", func(a answer) bool {
			return a.status == 200 && a.header.Get("Content-Type") == "text/html" && !json.Valid([]byte(a.body)) &&
				a.header.Get("Sandkasse-Played") == "wrong-content-type;times=9, half-json;times=9"
		}},
	} {
		if a := deliver(test.scenarios); !test.so(a) || strings.Contains(fmt.Sprint(a.header), "Sandkasse-Feil") {
			t.Errorf("%s: %+v", test.scenarios, a)
		}
		isWhole("after "+test.scenarios, again())
	}

	if deliver("closed;times=2, wrong-content-type;times=8"); len(p.journal(t, "wrong-content-type;times=8")) != 0 {
		t.Error("there was no answer, and a scenario has played with it")
	}

	begun := time.Now()
	dripped := deliver("dripped")
	isWhole("dripped", dripped)
	if shortest := time.Duration(len(dripped.body)/30) * 2 * time.Millisecond; time.Since(begun) < shortest {
		t.Errorf("%d bytes dripped in %s, want %s at least", len(dripped.body), time.Since(begun), shortest)
	}

	// The duplicate comes right after: under a key it gets the first answer, without one (Kobo) it is a
	// call of its own.
	isWhole("doubled", deliver("doubled"))
	if calls := p.journal(t, "doubled"); len(calls) != 2 || calls[0].Replayed || !calls[1].Replayed {
		t.Errorf("under a key the journal has %+v", calls)
	}
	token := call(t, "GET", p.url+"/_sandkasse/token?api=kobo&org=313367002", "", nil)
	home := `{"adresse":{"gatenavn":"Prøvegata","husnummer":12,"postnummer":"0155","poststed":"OSLO"},` +
		`"boligtype":"ORDINAR_BOLIG",` +
		`"status":"KLAR_FOR_INNFLYTTING","leverandorBoligId":"A","bruksenhetsnummer":"H0201"}`
	created := call(t, "POST", p.url+"/_session/doubles/kobo/kobobolig", home,
		map[string]string{
			"Authorization":   "Bearer " + strings.TrimSpace(token.body),
			"x-kobo-systemid": "fdvu-1", "Content-Type": "application/json", "Sandkasse-Scenario": "doubled",
		})
	var calls struct{ Calls []struct{ Status int } }
	journal := call(t, "GET", p.url+"/_session/doubles/_sandkasse/calls", "", nil)
	if err := json.Unmarshal([]byte(journal.body), &calls); err != nil || created.status != 201 ||
		len(calls.Calls) != 2 || calls.Calls[1].Status != 200 {
		t.Errorf("without a key the call is answered %d %s, and the journal has %+v", created.status, created.body,
			calls)
	}

	// A connection that was torn before the call was looked at: nothing was done, and the journal
	// says why. Go's client may have tried again by itself, on a connection that it had used
	// before.
	if torn := p.journal(t, "closed"); len(torn) == 0 || torn[0].Status != 0 || torn[0].API != "bsu" ||
		!strings.Contains(torn[0].Why, "tore the connection") {
		t.Errorf("the journal has %+v", torn)
	}
	if torn := p.journal(t, "late-reset"); len(torn) != 1 || torn[0].Status != 200 ||
		!strings.Contains(torn[0].Why, "in place of 200") {
		t.Errorf("the journal has %+v", torn)
	}
	if err := p.stop(t, os.Interrupt); err != nil || bytes.Contains(p.stderr.Bytes(), []byte("level=ERROR")) {
		t.Errorf("ended with %v: %s", err, p.stderr)
	}
}

// TestOwnScriptsReload: files come, change, break and go while the server runs; all four ways know
// them.
func TestOwnScriptsReload(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	status := func(code int) string {
		return fmt.Sprintf("steps: [{times: always, do: [{respond: {status: %d}}]}]", code)
	}
	p := start(t, "sandkasse", "--addr", "127.0.0.1:0", "--scenarios", dir)
	key := 0
	is := func(when string, want int) {
		t.Helper()
		key++
		if a := p.deliver(t, key, "mine"); a.status != want {
			t.Errorf("%s: %d %s %s, want %d", when, a.status, a.header.Get("Sandkasse-Feil"), a.body, want)
		}
	}
	faults := func() []string {
		t.Helper()
		var shown struct{ Faults []string }
		a := call(t, "GET", p.url+"/_sandkasse/scenarios", "", nil)
		if err := json.Unmarshal([]byte(a.body), &shown); err != nil || shown.Faults == nil {
			t.Fatalf("%v: %s", err, a.body)
		}
		return shown.Faults
	}
	is("without a file", 400)
	if err := os.WriteFile(filepath.Join(dir, "mine.yaml"), []byte("name: mine\nsteps: 3\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if a := p.deliver(t, 0, "mine"); a.status != 400 ||
		!strings.Contains(a.header.Get("Sandkasse-Feil"), "mine.yaml:2: ") {
		t.Errorf("a script that is broken from the start: %d %s", a.status, a.header.Get("Sandkasse-Feil"))
	}
	writeScript(t, dir, "mine", status(501))
	is("new", 501)
	writeScript(t, dir, "mine", status(5020)) // as long as it was, but for a digit
	is("broken", 501)
	if list := faults(); len(list) != 1 || !strings.Contains(list[0], "mine.yaml:4: status is 5020") {
		t.Errorf("the faults are %q", list)
	}
	var one struct{ Faults []string }
	if a := call(t, "GET", p.url+"/_sandkasse/scenarios/mine", "", nil); json.Unmarshal([]byte(a.body), &one) != nil ||
		len(one.Faults) != 1 {
		t.Errorf("shown as %s", a.body)
	}
	writeScript(t, dir, "mine", status(502)+"\n# mended")
	is("mended", 502)
	if list := faults(); len(list) != 0 {
		t.Errorf("the faults are %q", list)
	}

	// The other three ways.
	token := call(t, "GET", p.url+"/_sandkasse/token?api=bsu&org="+bsuOrg, "", nil)
	header := map[string]string{"Authorization": "Bearer " + strings.TrimSpace(token.body)}
	if a := call(t, "GET", p.url+"/_scenario/mine/innrapporteringbsu/v1/2023", "", header); a.status != 502 {
		t.Errorf("by address: %d %s", a.status, a.body)
	}
	if a := call(t, "POST", p.url+"/_sandkasse/plays", `{"scenario": "mine", "api": "bsu", "times": 1}`,
		nil); a.status != 200 {
		t.Errorf("to arm: %d %s", a.status, a.body)
	}
	for _, want := range []int{502, 405} {
		if a := call(t, "GET", p.url+"/innrapporteringbsu/v1/2023", "", header); a.status != want {
			t.Errorf("armed: %d %s, want %d", a.status, a.body, want)
		}
	}
	var shown struct{ Organisation string }
	a := call(t, "GET", p.url+"/_sandkasse/scenarios/mine", "", nil)
	if err := json.Unmarshal([]byte(a.body), &shown); err != nil || shown.Organisation == "" {
		t.Errorf("shown as %s", a.body)
	}
	token = call(t, "GET", p.url+"/_sandkasse/token?api=bsu&org="+shown.Organisation, "", nil)
	header["Authorization"] = "Bearer " + strings.TrimSpace(token.body)
	if a := call(t, "GET", p.url+"/innrapporteringbsu/v1/2023", "", header); a.status != 502 ||
		a.header.Get("Sandkasse-Played") != "mine" {
		t.Errorf("by organisation %s: %d %s", shown.Organisation, a.status, a.body)
	}

	if err := os.Remove(filepath.Join(dir, "mine.yaml")); err != nil {
		t.Fatal(err)
	}
	is("gone", 400)
	if err := p.stop(t, os.Interrupt); err != nil {
		t.Error(err)
	}
	for _, said := range []string{"mine.yaml:2: ", "mine.yaml:4: status is 5020", "all scripts are sound again"} {
		if !bytes.Contains(p.stderr.Bytes(), []byte(said)) {
			t.Errorf("the log says nothing of %q: %s", said, p.stderr)
		}
	}
}
