// Package compare compares recordings with Sandkasse.
package compare

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/testkit"
)

// harOf returns the recording of a server's default session.
func harOf(t *testing.T, s *mock.Server) []byte {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("GET", "/_sandkasse/calls.har", nil))
	if w.Code != 200 {
		t.Fatalf("the recording: %d %s", w.Code, w.Body)
	}
	return w.Body.Bytes()
}

// compared returns the comparison of a recording with the built-in APIs.
func compared(t *testing.T, har []byte) *mock.Comparison {
	t.Helper()
	found, err := testkit.Catalog(t).Compare(t.Context(), "test.har", har)
	if err != nil {
		t.Fatalf("%v: %s", err, har)
	}
	return found
}

// explain returns differences for the message of a test.
func explain(found *mock.Comparison) (text string) {
	for _, d := range found.Differences {
		text += fmt.Sprintf(
			"\n%s %s %s %s\n  theirs %s\n  ours   %s\n  %s %v",
			d.Kind,
			d.API,
			d.Operation,
			d.Place,
			d.Theirs,
			d.Ours,
			d.Why,
			d.First,
		)
	}
	return text
}

// TestGoodCallsAreTheSame records each operation of each API as it succeeds, on a Sandkasse with another seed and
// clock, with and without the tokens, and finds no difference.
func TestGoodCallsAreTheSame(t *testing.T) {
	t.Parallel()
	for _, api := range testkit.APIs(t) {
		for _, route := range api.Routes {
			for i, raw := range []bool{false, true} {
				if testkit.FewerData() && (len(route.Name)+len(api.Name)+i)%4 != 0 {
					continue // another operation has it
				}
				t.Run(fmt.Sprintf("%s/%s/raw=%t", api.Name, route.Name, raw), func(t *testing.T) {
					t.Parallel()
					s := testkit.NewServer(t, mock.Options{
						Seed: 4711, Clock: func() time.Time { return testkit.Noon }, JournalRaw: raw,
					})
					call := testkit.GoodCall(t, s, backend.Of(s).Catalog.ByName(api.Name), route)
					if answer := call.Do(s); answer.Code >= 400 {
						t.Fatalf("answered %d %s", answer.Code, answer.Body)
					}
					if api.Name == "maskinporten" && route.Name == "token" {
						return
					}
					if route.Name == "exchange" {
						return
					}
					found := compared(t, harOf(t, s))
					if len(found.Differences) > 0 {
						t.Error(explain(found))
					}
					t.Logf("%d %+v", found.Compared, found.NotCompared)
				})
			}
		}
	}
}
