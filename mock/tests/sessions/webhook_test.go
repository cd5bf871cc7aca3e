package sessions

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// TestWebhookAcrossReset: a message that is under way while its session is reset says nothing of
// the messages that come after the reset, though they have the same numbers and ids.
func TestWebhookAcrossReset(t *testing.T) {
	t.Parallel()
	got, release := make(chan string, 10), make(chan struct{})
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- string(body)
		<-release
	}))
	defer receiver.Close()
	w := testkit.NewClient(t, mocktest.Start(t), "a")
	reserve := func() {
		w.SetClock(`{"freeze": "2026-03-02T12:00:00Z"}`)
		w.Control("PUT", "kobo/systems/fdvu-1", `{"url": "`+receiver.URL+`", "apiKey": "prove"}`, nil)
		w.Reserve(w.NewBolig())
	}
	reserve()
	first := receive(t, got)
	w.Control("POST", "reset", "", nil)
	reserve()
	close(release)
	if again := receive(t, got); again != first {
		t.Errorf("after the reset came %s, before it %s", again, first)
	}
	for !strings.Contains(w.Control("GET", "kobo/events", "", nil), `"delivered"`) { // until it is settled
	}
}
