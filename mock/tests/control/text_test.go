package control

import (
	"net/http"
	"strings"
	"testing"

	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// TestTextIsOneValue: an answer in plain text that is one value has no newline, so that a program
// can use it as it is: a token, a command, and what is wrong. Only what is read as a page ends with
// one, and only a command has those of the body that it sends.
func TestTextIsOneValue(t *testing.T) {
	t.Parallel()
	w := testkit.NewClient(t, mocktest.Start(t), "a")
	w.Delivered(1)
	pages := map[string]bool{"/_sandkasse/": true, "/maskinporten/errors/MP-100": true}
	type request struct{ method, path string }
	texts := []request{
		{"GET", "/_sandkasse/token?api=bsu&org=313367002"},
		{"GET", "/_sandkasse/token?api=kobo&org=313367002&ttl=1h"},
		{"GET", "/_sandkasse/token?api=dialogporten&org=313367002&expired"},
		{"GET", "/_sandkasse/calls/1/curl"},
		{"GET", "/_sandkasse/"},
		{"GET", "/nowhere"},
		{"POST", "/_scenario/nope/innrapporteringbsu/v1/2023"},
		{"GET", "/_session//x"},
		{"GET", "/_sandkasse/nope"},
		{"PATCH", "/_sandkasse/reset"},
		{"GET", "/maskinporten/errors/MP-100"},
	}
	for _, operation := range operations(t, w) {
		if path := operation[1]; path != "calls/live" && path != "generate/x" && path != "metrics" {
			texts = append(texts, request{operation[0], "/_sandkasse/" + path})
		}
	}
	found := 0
	for _, text := range texts {
		got := w.Call(text.method, w.URL("")+text.path, "")
		if !strings.HasPrefix(got.Header.Get("Content-Type"), "text/plain") {
			continue
		}
		found++
		if got.Body == "" || strings.HasSuffix(got.Body, "\n") != pages[text.path] || !pages[text.path] &&
			!strings.HasSuffix(text.path, "/curl") && strings.ContainsAny(got.Body, "\r\n") {
			t.Errorf("%s %s is answered %d %q", text.method, text.path, got.Status, got.Body)
		}
	}
	if found < 30 {
		t.Errorf("%d answers are plain text", found)
	}
	token := w.Call("GET", w.URL("")+"/_sandkasse/token?api=bsu&org=987654321", "").Body // as it is
	document := w.URL("bsu") + "/v1/2023/forsendelser/x/dokumenter/x"
	got := w.Call("GET", document, "", "Authorization", "Bearer "+token)
	if got.Status == http.StatusUnauthorized {
		t.Errorf("with the token as it came a call is answered %d %s", got.Status, got.Body)
	}
}
