package sessions

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// TestLookingFillsNothing: calls under ever new session names, to the control API and to imitated
// APIs, leave space for sessions that store something, and take nothing from those that do.
func TestLookingFillsNothing(t *testing.T) {
	t.Parallel()
	count := 30_000
	if testkit.FewerData() {
		count = 12_000 // more than the 10,000 that there may be
	}
	s := mocktest.Start(t)
	used := testkit.NewClient(t, s, "used")
	used.UseAll()
	before := used.State()
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		s.Server().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://127.0.0.1"+path, nil))
		return w
	}
	paths := []string{
		"calls", "clock", "plays", "kobo/saker", "kobo/events", "checkpoints", "holdings", "health", "calls.har",
		"sessions/nothing", "nothing",
	}
	for n := range count {
		path := paths[n%len(paths)]
		if w := get(fmt.Sprintf("/_session/control-%d/_sandkasse/%s", n, path)); w.Code >= 500 {
			t.Fatalf("GET %s in the session %d is %d: %s", path, n, w.Code, w.Body)
		}
	}
	if got := names(used); len(got) != 2 {
		t.Fatalf("there are %d sessions; only default and used were used", len(got))
	}
	for n := range count {
		w := get(fmt.Sprintf("/_session/api-%d/innrapporteringbsu/v1/2023/forsendelser/x/dokumenter/y", n))
		if w.Code != http.StatusUnauthorized {
			t.Fatalf("the call in session %d is %d: %s", n, w.Code, w.Body)
		}
	}
	for _, n := range []int{count - 1, count - 5000} { // and its calls can be found
		if w := get(fmt.Sprintf("/_session/api-%d/_sandkasse/calls", n)); !strings.Contains(w.Body.String(),
			`"status": 401`) {
			t.Errorf("the session of call %d has the calls %s", n, w.Body)
		}
	}
	anew := testkit.NewClient(t, s, "new")
	anew.Delivered(1)
	if calls := anew.Calls(mock.CallQuery{}); len(calls) != 1 {
		t.Errorf("the new session has the calls %+v", calls)
	}
	after := used.State()
	delete(before, "calls") // of which the journal has dropped the oldest
	delete(after, "calls")
	for path := range before {
		if before[path] != after[path] {
			t.Errorf("%s was %s and is %s", path, before[path], after[path])
		}
	}
}

// names returns the names of the sessions that there are.
func names(c testkit.Client) (list []string) {
	c.T.Helper()
	var shown struct {
		Sessions []struct{ Name string }
	}
	c.Control("GET", "sessions", "", &shown)
	for _, s := range shown.Sessions {
		list = append(list, s.Name)
	}
	return list
}

// TestSessionThatIsLookedAt: a session that is not there is shown as an empty one, whatever is
// asked for, and is not made.
func TestSessionThatIsLookedAt(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	there := testkit.NewClient(t, s, "there")
	at := func(name string) string { return s.URL("") + "/_session/" + name + "/_sandkasse/" }
	for path, want := range there.State() {
		if path == "clock" {
			continue
		}
		if got := there.Call("GET", at("looked-at")+path, ""); got.Status != http.StatusOK || got.Body != want {
			t.Errorf("%s is %d %s, want %s", path, got.Status, got.Body, want)
		}
	}
	verdict := there.Call("POST", at("looked-at")+"verify", `{"calls": [{"api": "bsu", "times": 0}]}`)
	if !strings.Contains(verdict.Body, `"ok": true`) {
		t.Errorf("the verdict is %d %s", verdict.Status, verdict.Body)
	}
	there.Call("POST", at("looked-at")+"nothing", `{}`)
	there.Call("PUT", at("looked-at")+"calls", `{}`)
	if got := names(there); strings.Contains(strings.Join(got, " "), "looked-at") {
		t.Errorf("there are the sessions %q", got)
	}
	first, second := there.Call("GET", at("tokens")+"token?api=bsu&org="+testkit.Oppgavegiver, ""),
		there.Call("GET", at("tokens")+"token?api=bsu&org="+testkit.Oppgavegiver, "")
	if first.Status != http.StatusOK || first.Body == second.Body {
		t.Errorf("two tokens of a new session are %q and %q; each must have an id of its own", first.Body, second.Body)
	}
}

// TestWaitInNewSession: who waits for calls of a session that is not there yet, or follows them
// live, gets the call that makes it.
func TestWaitInNewSession(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	def := testkit.NewClient(t, s, "default")
	waited := make(chan testkit.Response, 1)
	go func() { waited <- def.Call("GET", s.URL("")+"/_session/waited/_sandkasse/calls?wait=60s", "") }()
	live, err := http.Get(s.URL("") + "/_session/live/_sandkasse/calls/live")
	if err != nil {
		t.Fatal(err)
	}
	defer live.Body.Close()
	lines := bufio.NewScanner(live.Body)
	lines.Scan() // the comment that it begins with
	call := func(name string) {
		def.Call("GET", s.URL("")+"/_session/"+name+"/innrapporteringbsu/v1/2023", "")
	}
	call("live")
	data := ""
	for lines.Scan() && data == "" {
		data, _ = strings.CutPrefix(lines.Text(), "data: ")
		if data == lines.Text() {
			data = ""
		}
	}
	var shown struct{ Number int64 }
	if err := json.Unmarshal([]byte(data), &shown); err != nil || shown.Number != 1 {
		t.Errorf("live is shown %q, %v", data, err)
	}
	call("waited") // before or after the wait has begun
	select {
	case got := <-waited:
		if got.Status != http.StatusOK || !strings.Contains(got.Body, `"complete": true`) {
			t.Errorf("the wait is answered %d %s", got.Status, got.Body)
		}
	case <-time.After(30 * time.Second):
		t.Error("the wait did not see the call")
	}
}
