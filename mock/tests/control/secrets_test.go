package control

import (
	"bufio"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// lockedBuffer is a log that calls write at the same time.
type lockedBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write adds a line.
func (b *lockedBuffer) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(line)
}

// String returns the lines so far.
func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// TestSecretsAreShownNowhere: what is sent as a secret to whichever API, and an identity number with
// escapes in it, is in no list, export, stream, verdict and log line; with JournalRaw the lists and
// exports show it.
func TestSecretsAreShownNowhere(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]bool{"masked": false, "raw": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := &lockedBuffer{}
			s := mocktest.StartWith(t, mock.Options{
				JournalRaw: raw, Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			})
			c := testkit.NewClient(t, s, "default")
			live, err := http.Get(c.URL("") + "/_sandkasse/calls/live")
			if err != nil {
				t.Fatal(err)
			}
			defer live.Body.Close()
			const json, form = "application/json", "application/x-www-form-urlencoded"
			sent := []struct{ url, contentType, body string }{
				{c.URL("kobo") + "/fdvusystem/", json, `{"apiKey":"hemmelig-1","webhookUrl":` +
					`"http:\/\/fdvu:hemmelig-2@127.0.0.1:1\/?code=hemmelig-3\u0026a=b"}`},
				{c.URL("bsu") + "/v1/2023", json, `{"a":[{"Password":"hemmelig-4",` +
					`"p\u0061ssord":{"x":"hemmelig-5"}}]}`},
				{c.URL("bsu") + "/v1/2023", json, `{"foedselsnummer":"\u00310\u0038\u0033609\u00369\u00311"}`},
				{
					c.URL("bsu") + "/v1/2023?fnr=%31083609%36%39%31%31&api-key=hemmelig-6", "text/xml",
					`<a><apiKey>hemmelig-7</apiKey></a>`,
				},
				{c.URL("maskinporten") + "/token", form, "grant_type=x&assertion=hemmelig-8&password=hemmelig%2D9"},
				{c.URL("") + "/_sandkasse/testdata/personer/10836096911", "", ""},
			}
			for _, call := range sent {
				method := http.MethodPost
				if call.body == "" {
					method = http.MethodGet
				}
				c.Call(method, call.url, call.body, "Content-Type", call.contentType, "x-kobo-systemid", "fdvu-1",
					"Authorization", c.Bearer("kobo", testkit.Oppgavegiver))
			}
			const expectation = `{"calls": [{"api": "kobo", "times": 9}], "nothingElse": true}`
			shown := map[string]string{
				"calls":  c.Control("GET", "calls", "", nil),
				"har":    c.Control("GET", "calls.har", "", nil),
				"verify": c.Control("POST", "verify", expectation, nil),
			}
			for _, number := range []string{"1", "2", "3", "4", "5"} {
				shown["curl"] += c.Control("GET", "calls/"+number+"/curl", "", nil)
			}
			events := bufio.NewScanner(live.Body)
			for seen := 0; seen < 5 && events.Scan(); {
				shown["live"] += events.Text() + "\n"
				if strings.HasPrefix(events.Text(), "data:") {
					seen++
				}
			}
			for _, call := range c.Calls(mock.CallQuery{}) {
				shown["Go"] += call.Path + call.Why + string(call.Request.Body) + string(call.Answer.Body)
			}
			for where, text := range shown {
				secret := strings.Contains(text, "hemmelig") || strings.Contains(text, "96911") ||
					strings.Contains(text, `u00311`) || strings.Contains(text, "%31%31")
				if secret && !raw || !secret && raw && where != "verify" { // whose calls had no secret in the address
					t.Errorf("%s shows\n%s", where, text)
				}
			}
			if text := log.String(); strings.Contains(text, "hemmelig") || strings.Contains(text, "96911") {
				t.Errorf("the log shows\n%s", text)
			}
			verdict := c.Control("POST", "verify", `{"calls": [{"bodyContains": "hemmelig-4", "times": 1}]}`, nil)
			if !strings.Contains(verdict, `"ok": true`) {
				t.Errorf("what was sent is not found: %s", verdict)
			}
		})
	}
}
