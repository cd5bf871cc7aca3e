package compare

import (
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// TestPlayedCalls: what a call stored in which a scenario was played is there for the calls after it, also where its
// answer was lost or replaced; what a scenario changed of it is not compared.
func TestPlayedCalls(t *testing.T) {
	t.Parallel()
	for _, play := range []string{ // by an order of the control API, where it begins with armed:
		"lost-answer", "armed:lost-answer", "GLD_004", "truncated-answer", "wrong-content-type", "feedback-rejected",
	} {
		t.Run(play, func(t *testing.T) {
			t.Parallel()
			var now atomic.Int64
			now.Store(start.Unix())
			server := testkit.NewServer(t, mock.Options{
				Clock: func() time.Time { return time.Unix(now.Load(), 0) }, Seed: 5,
			})
			token := func(api string) string {
				t.Helper()
				text, err := server.Token(mock.TokenRequest{API: api, Org: bank, TTL: time.Hour})
				if err != nil {
					t.Fatal(err)
				}
				return "Bearer " + text
			}
			call := func(method, path, body, scenario, token string, key int) string {
				now.Add(3)
				r := httptest.NewRequest(method, path, strings.NewReader(body))
				r.Header.Set("Authorization", token)
				if body != "" {
					r.Header.Set("Content-Type", "application/json")
					r.Header.Set("Idempotencykey", testkit.UUID(key))
				}
				if scenario != "" {
					r.Header.Set("Sandkasse-Scenario", scenario)
				}
				w := httptest.NewRecorder()
				func() {
					defer func() { _ = recover() }() // a torn connection
					server.ServeHTTP(w, r)
				}()
				return w.Body.String()
			}
			scenario := play
			if armed, ok := strings.CutPrefix(play, "armed:"); ok {
				scenario = ""
				if _, err := server.Play(mock.Play{Scenario: armed}); err != nil {
					t.Fatal(err)
				}
			}
			document := string(testkit.Example(t))
			mine, dialogs := token("bsu"), token("dialogporten")
			call("POST", "/innrapporteringbsu/v1/2023", document, scenario, mine, 1)
			call("POST", "/innrapporteringbsu/v1/2023", document, "", mine, 2)
			const list = "/dialogporten/api/v1/enduser/dialogs"
			call("GET", list+"?party=urn:altinn:organization:identifier-no:"+bank, "", "", dialogs, 0)
			found := compared(t, harOf(t, server))
			if len(found.Differences) > 0 || found.Compared != 2 || len(found.NotCompared) != 1 ||
				found.NotCompared[0].Reason != "in which a scenario of Sandkasse was played" ||
				found.NotCompared[0].Count != 1 {
				t.Errorf("%d compared, %v%s", found.Compared, found.NotCompared, explain(found))
			}
		})
	}
}

// TestPlayedCallsAlone: a recording without other calls cannot be used.
func TestPlayedCallsAlone(t *testing.T) {
	t.Parallel()
	played := bsuCall("GET", "/_scenario/slow/v1/2023", "", "{}")
	_, err := testkit.Catalog(t).Compare(t.Context(), "test.har", harFile(t, []entry{played, played}))
	if err == nil || !strings.Contains(err.Error(), "its calls are: 2 in which a scenario of Sandkasse was played") {
		t.Error(err)
	}
}
