package control

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/webhook"
)

// TestWebhookControl: where messages go and what became of them, as the control API shows and sets
// it. The key is never shown.
func TestWebhookControl(t *testing.T) {
	t.Parallel()
	got := make(chan string, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- fmt.Sprintf("%s %s %s", r.Header.Get("X-Our-Key"), r.Header.Get("x-kobo-systemid"), body)
	}))
	defer receiver.Close()
	s, err := mock.New(mock.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	update := func(fn func(*store.Tx) error) {
		t.Helper()
		if err := backend.Of(s).Store.Session(address.DefaultSession).Update(backend.Of(s).Clock(), fn); err != nil {
			t.Fatal(err)
		}
	}
	call := func(method, path, body string, status int, holds ...string) string {
		t.Helper()
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(method, "/_sandkasse/kobo/"+path, strings.NewReader(body)))
		for _, part := range holds {
			if w.Code != status || !strings.Contains(w.Body.String(), part) ||
				(w.Header().Get("Sandkasse-Feil") != "") != (status >= 400) {
				t.Errorf("%s %s: %d %s; want %d with %q", method, path, w.Code, w.Body, status, part)
			}
		}
		if strings.Contains(w.Body.String(), "hemmelig") {
			t.Errorf("%s %s shows the key: %s", method, path, w.Body)
		}
		return w.Body.String()
	}
	call("GET", "systems", "", 200, `"systems": []`)
	call("GET", "systems/fdvu-1", "", 404, "PUT makes it")
	call("PUT", "systems/fdvu-1", "nonsense", 400, "such as")
	call("PUT", "systems/fdvu-1", `{"apiKey": "hemmelig"} and more`, 400, "such as")
	call("PUT", "systems/fdvu-1", `{"id": "fdvu-2"}`, 400, "the same")
	call("PUT", "systems/fdvu-1", `{"url": "nonsense", "apiKey": "hemmelig"}`, 400, "http://")
	call("PUT", "systems/fdvu-1", `{"url": "http://127.0.0.1/", "apiKey": "hemmelig ord"}`, 400, "visible ASCII")
	call("PUT", "systems/fdvu-1", `{"url": "http://127.0.0.1:1/"}`, 200, `"apiKey": ""`, `"header": "x-api-key"`)
	call("PUT", "systems/fdvu-1", `{"apiKey": "hemmelig"}`, 200, `"apiKey": "***"`)
	shown := call("PUT", "systems/fdvu-1", fmt.Sprintf(`{"url": %q, "header": "x-our-key"}`, receiver.URL), 200,
		`"apiKey": "***"`, receiver.URL)
	if again := call("PUT", "systems/fdvu-1", shown, 200, "x-our-key"); again != shown {
		t.Errorf("what was shown is stored as %s", again)
	}
	call("GET", "systems/fdvu-1", "", 200, shown)
	call("GET", "systems", "", 200, `"id": "fdvu-1"`)

	event := func(id string) webhook.Event {
		return webhook.Event{
			ID: id, System: "fdvu-1", Key: "home", Type: "BOLIG_ENDRET",
			Body: json.RawMessage(`{"meldingId":"` + id + `"}`),
		}
	}
	update(func(tx *store.Tx) error {
		return webhook.Enqueue(tx, event("e1"), webhook.Drop)
	})
	update(func(tx *store.Tx) error { return webhook.Enqueue(tx, event("e2"), "") })
	expect := func(want string) {
		t.Helper()
		select {
		case message := <-got:
			if message != want {
				t.Errorf("the receiver got %s, want %s", message, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("the receiver did not get %s", want)
		}
	}
	expect(`hemmelig fdvu-1 {"meldingId":"e2"}`)
	call("GET", "events", "", 200, `"id": "e1"`, `"state": "dropped"`, `"fault": "drop"`, `"meldingId": "e2"`)
	call("GET", "events?state=dropped&system=fdvu-1&limit=5", "", 200, `"id": "e1"`)
	call("GET", "events?system=fdvu-2", "", 200, `"events": []`)
	call("GET", "events?state=lost", "", 400, "dropped")
	call("GET", "events?limit=-1", "", 400, "from 1 to 1000000")
	call("GET", "events?limt=1", "", 400, "there are system, key, state, limit")
	call("POST", "events/e1/redeliver", "", 200, `"state": "waiting"`)
	expect(`hemmelig fdvu-1 {"meldingId":"e1"}`)
	call("POST", "events/e9/redeliver", "", 404, "lists those there are")
	call("PATCH", "events", "", 405, "GET is")
}
