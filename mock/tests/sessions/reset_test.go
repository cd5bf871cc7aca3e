package sessions

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// TestReset: a session is as new after a reset, whatever was in it, and the same calls get the same
// answers; its checkpoints stay, and other sessions are as they were. The caller's own is reset
// unless the body names one.
func TestReset(t *testing.T) {
	t.Parallel()
	s := mocktest.StartWith(t, mock.Options{Clock: testkit.ClockAt(testkit.Noon).Now})
	a, b := testkit.NewClient(t, s, "a"), testkit.NewClient(t, s, "b")
	fresh := a.State()
	b.Delivered(1)
	other := b.State()
	for name, reset := range map[string]func(){
		"own":     func() { a.Control("POST", "reset", "", nil) },
		"empty":   func() { a.Control("POST", "reset", "{}", nil) },
		"by body": func() { b.Control("POST", "reset", `{"session": "a"}`, nil) },
		"in Go": func() {
			if err := a.Reset(); err != nil {
				t.Error(err)
			}
		},
	} {
		first := a.UseAll()
		reset()
		after := a.State()
		if !strings.Contains(after["checkpoints"], `"one"`) {
			t.Errorf("%s: the checkpoint is gone: %s", name, after["checkpoints"])
		}
		a.Control("DELETE", "checkpoints/one", "", nil)
		after["checkpoints"] = fresh["checkpoints"]
		if diff := cmp.Diff(fresh, after); diff != "" {
			t.Errorf("%s: what is left (-new +reset):\n%s", name, diff)
		}
		if again := a.UseAll(); again != first {
			t.Errorf("%s: %+v after the reset, %+v before", name, again, first)
		}
		a.Control("POST", "reset", "", nil)
		a.Control("DELETE", "checkpoints/one", "", nil)
	}
	if diff := cmp.Diff(other, b.State()); diff != "" {
		t.Errorf("another session changed:\n%s", diff)
	}

	// A seed changes the identifiers, until a reset without one; a session that is not there is
	// made.
	seeds := map[string]string{}
	for seed, body := range map[string]string{
		"0 again": `{"session": "new"}`, "7": `{"session": "new", "seed": 7}`, "8": `{"session": "new", "seed": 8}`,
		"0": `{"session": "new", "seed": 0}`,
	} {
		var answer struct {
			Session string
			Seed    uint64
		}
		b.Control("POST", "reset", body, &answer)
		seeds[seed] = testkit.NewClient(t, s, "new").Delivered(1).ForsendelseID
		if answer.Session != "new" || fmt.Sprint(answer.Seed) != seed[:1] {
			t.Errorf("%s: answered %+v", body, answer)
		}
	}
	if seeds["0"] != seeds["0 again"] || seeds["7"] == seeds["8"] || seeds["0"] == seeds["7"] {
		t.Errorf("by seed the identifiers are %v", seeds)
	}
	for body, tells := range map[string]string{
		`{"sesion": "a"}`: "such as", `{"session": "a b"}`: "a letter of a to z", `{"seed": -1}`: "such as",
		`{} {}`: "such as", `[]`: "such as",
	} {
		if got := a.Call("POST", a.URL("")+"/_sandkasse/reset", body); got.Status != 400 ||
			!strings.Contains(got.Header.Get("Sandkasse-Feil"), tells) {
			t.Errorf("reset %s: %d %s", body, got.Status, got.Body)
		}
	}
}

// TestCheckpoints: a session is brought back to where it was, as often as is wanted, with what it
// had then and nothing else.
func TestCheckpoints(t *testing.T) {
	t.Parallel()
	s := mocktest.StartWith(t, mock.Options{Clock: testkit.ClockAt(testkit.Noon).Now})
	a, b := testkit.NewClient(t, s, "a"), testkit.NewClient(t, s, "b")
	a.UseAll()
	a.Control("POST", "checkpoints", `{"name": "stocked"}`, nil)
	// Messages are settled beside the calls, so they are not compared.
	then := func() map[string]string { seen := a.State(); delete(seen, "kobo/events"); return seen }
	before := then()
	first := a.Delivered(2)
	after := then()
	for range 2 {
		a.Control("PUT", "clock", `{"free": true}`, nil)
		a.Control("DELETE", "plays", "", nil)
		a.Control("POST", "checkpoints/stocked/restore", "", nil)
		if diff := cmp.Diff(before, then()); diff != "" {
			t.Errorf("restored (-then +now):\n%s", diff)
		}
		if again := a.Delivered(2); again != first {
			t.Errorf("the next delivery is %+v, and was %+v", again, first)
		}
		if diff := cmp.Diff(after, then()); diff != "" {
			t.Errorf("after the next delivery (-then +now):\n%s", diff)
		}
	}
	// A reset session can be brought back as well, but for its journal.
	a.Control("POST", "reset", "", nil)
	a.Control("POST", "checkpoints/stocked/restore", "", nil)
	before["calls"] = b.State()["calls"]
	if diff := cmp.Diff(before, then()); diff != "" {
		t.Errorf("restored after a reset (-then +now):\n%s", diff)
	}

	// Checkpoints are a session's own.
	var list struct {
		Checkpoints []struct {
			Name    string
			Records int
			Bytes   int64
		}
	}
	a.Control("GET", "checkpoints", "", &list)
	if len(list.Checkpoints) != 2 || list.Checkpoints[1].Name != "stocked" || list.Checkpoints[1].Records < 10 ||
		list.Checkpoints[1].Bytes < 1000 {
		t.Errorf("listed are %+v", list)
	}
	for _, test := range []struct {
		in                 testkit.Client
		method, path, body string
		status             int
		tells              string
	}{
		{b, "POST", "checkpoints/stocked/restore", "", 404, "GET /_session/b/_sandkasse/checkpoints lists"},
		{b, "DELETE", "checkpoints/stocked", "", 404, "no checkpoint"},
		{a, "POST", "checkpoints", `{"name": "a b"}`, 400, "a letter of a to z"},
		{a, "POST", "checkpoints", `{}`, 400, "name is missing"},
		{a, "POST", "checkpoints", `nonsense`, 400, "such as"},
		{a, "DELETE", "checkpoints/stocked", "", 200, ""},
		{a, "DELETE", "checkpoints/stocked", "", 404, "no checkpoint"},
	} {
		got := test.in.Call(test.method, test.in.URL("")+"/_sandkasse/"+test.path, test.body)
		if got.Status != test.status || !strings.Contains(got.Header.Get("Sandkasse-Feil"), test.tells) {
			t.Errorf("%s %s %s: %d %s", test.method, test.path, test.body, got.Status, got.Body)
		}
	}
}

// TestManyCheckpoints: beyond the most that a session may have, one is refused with what to do; one
// in the place of another is not.
func TestManyCheckpoints(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	a := testkit.NewClient(t, s, "a")
	made := 0
	for ; made < 1000; made++ {
		got := a.Call("POST", a.URL("")+"/_sandkasse/checkpoints", fmt.Sprintf(`{"name": "c%d"}`, made))
		if got.Status == http.StatusConflict && strings.Contains(got.Header.Get("Sandkasse-Feil"),
			"DELETE /_session/a/_sandkasse/checkpoints/NAME") {
			break
		}
		if got.Status != http.StatusOK {
			t.Fatalf("checkpoint %d: %d %s", made, got.Status, got.Body)
		}
	}
	if made != 32 {
		t.Errorf("there can be %d", made)
	}
	a.Control("POST", "checkpoints", `{"name": "c0"}`, nil)
	a.Control("DELETE", "checkpoints/c1", "", nil)
	a.Control("POST", "checkpoints", `{"name": "more"}`, nil)
}

// TestSessionsListed: sessions are listed with what they hold, and ended by name.
func TestSessionsListed(t *testing.T) {
	t.Parallel()
	s := mocktest.StartWith(t, mock.Options{Seed: 3})
	a, own := testkit.NewClient(t, s, "a"), testkit.NewClient(t, s, "default")
	a.Control("POST", "reset", `{"seed": 9}`, nil)
	a.Delivered(1)
	a.Delivered(2)
	a.Control("POST", "plays", `{"scenario": "GLD_1015"}`, nil)
	a.Control("PUT", "clock", `{"freeze": "2031-01-01T00:00:00Z"}`, nil)
	type view struct {
		Name           string
		Records, Bytes int
		Calls, Plays   int
		Seed           uint64
		Used, Clock    time.Time
	}
	listed := func() (list []view) {
		var shown struct{ Sessions []view }
		own.Control("GET", "sessions", "", &shown)
		return shown.Sessions
	}
	got := listed()
	if len(got) != 2 || got[0].Name != "a" || got[1].Name != "default" {
		t.Fatalf("listed are %+v", got)
	}
	if a := got[0]; a.Records < 10 || a.Bytes < 7_000 || a.Calls != 2 || a.Plays != 1 || a.Seed != 9 ||
		a.Clock.Year() != 2031 || a.Used.Year() == 2031 {
		t.Errorf("a is shown as %+v", a)
	}
	if own := got[1]; own.Records != 0 || own.Bytes != 0 || own.Calls != 0 || own.Seed != 3 {
		t.Errorf("the default session is shown as %+v", own)
	}
	own.Control("DELETE", "sessions/a", "", nil)
	if names := sessionNames(own); !slices.Equal(names, []string{"default"}) {
		t.Errorf("after the end of a there are %v", names)
	}
	for name, want := range map[string]struct {
		status int
		tells  string
	}{"a": {404, "GET /_sandkasse/sessions lists"}, "default": {400, "POST /_sandkasse/reset"}} {
		if got := own.Call("DELETE", own.URL("")+"/_sandkasse/sessions/"+name, ""); got.Status != want.status ||
			!strings.Contains(got.Body, want.tells) {
			t.Errorf("DELETE %s: %d %s", name, got.Status, got.Body)
		}
	}
}

// twice is a script that carries every call out a second time.
const twice = "name: twice\ndescription: Every call comes twice.\nclient: Nothing.\nsteps:\n  - times: always\n    " +
	"do: [{duplicate: true}]\n"

// TestSessionGoes: a call that is under way while its session is reset, restored or ended is
// refused by sandkasse itself, and leaves nothing behind, also not in the session that takes its
// place. What was asked for meanwhile is under way as well: its body is not there yet.
func TestSessionGoes(t *testing.T) {
	t.Parallel()
	scripts := t.TempDir()
	if err := os.WriteFile(filepath.Join(scripts, "twice.yaml"), []byte(twice), 0o644); err != nil {
		t.Fatal(err)
	}
	s := mocktest.StartWith(t, mock.Options{Scenarios: mock.Dir(scripts)})
	own := testkit.NewClient(t, s, "default")
	for _, test := range []struct{ name, method, path string }{
		{"reset", "POST", "/_session/reset/_sandkasse/reset"},
		{"restore", "POST", "/_session/restore/_sandkasse/checkpoints/before/restore"},
		{"end", "DELETE", "/_sandkasse/sessions/end"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := testkit.NewClient(t, s, test.name)
			w.Control("POST", "checkpoints", `{"name": "before"}`, nil)
			body, more := io.Pipe()
			var got testkit.Response
			var calling sync.WaitGroup
			calling.Go(func() {
				got = w.Send("POST", w.URL("bsu")+"/v1/2023", body,
					"Authorization", w.Bearer("bsu", testkit.Oppgavegiver), "Content-Type", "application/json",
					"idempotencyKey", testkit.UUID(1), "Sandkasse-Scenario", "twice")
			})
			document := testkit.Example(t)
			more.Write(document[:len(document)/2])
			for calls := 0; calls == 0; calls = callsOf(own, test.name) { // until the server has it
			}
			if did := own.Call(test.method, s.URL("")+test.path, ""); did.Status != http.StatusOK {
				t.Errorf("%s: %d %s", test.path, did.Status, did.Body)
			}
			more.Write(document[len(document)/2:])
			more.Close()
			calling.Wait()
			if got.Status != http.StatusConflict ||
				!strings.Contains(got.Header.Get("Sandkasse-Feil"), "nothing was done") {
				t.Errorf("the call is answered %d %v %s", got.Status, got.Header, got.Body)
			}
			if stored, calls := w.Control("GET", "holdings", "", nil), w.Numbers(""); strings.Contains(stored, "bsu") ||
				len(calls) != 0 {
				t.Errorf("there is left: %s, calls %v", stored, calls)
			}
			w.Delivered(1, "Sandkasse-Scenario", "twice")
			if calls := w.Numbers(""); !slices.Equal(calls, []int64{1, 2}) {
				t.Errorf("after the next call the journal has %v", calls)
			}
		})
	}
}

// callsOf returns the number of calls that have begun in a session.
func callsOf(w testkit.Client, session string) int {
	var shown struct {
		Sessions []struct {
			Name  string
			Calls int
		}
	}
	if err := json.Unmarshal([]byte(w.Control("GET", "sessions", "", nil)), &shown); err != nil {
		w.T.Error(err)
	}
	for _, one := range shown.Sessions {
		if one.Name == session {
			return one.Calls
		}
	}
	return 0
}
