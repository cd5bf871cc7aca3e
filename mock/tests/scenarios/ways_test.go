package scenarios

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// TestScriptsFourWays: every built-in script, without parameters, by header, by address, armed, by
// the organisation that is reserved for it, and by nothing but that organisation in the data, under
// the token of another: the first call that plays it goes the same way.
func TestScriptsFourWays(t *testing.T) {
	t.Parallel()
	for _, script := range builtInScripts(t) {
		t.Run(script.Name, func(t *testing.T) {
			t.Parallel()
			outcomes := map[string]string{}
			for _, way := range []string{"header", "address", "armed", "organisation", "data"} {
				s := mocktest.StartWith(t, mock.Options{Kobo: mock.KoboOptions{Echo: true}})
				org, caller := testkit.Oppgavegiver, testkit.Oppgavegiver
				ask := func(*http.Request) {}
				switch way {
				case "header":
					ask = func(r *http.Request) { r.Header.Set("Sandkasse-Scenario", script.Name) }
				case "address":
					ask = func(r *http.Request) { r.URL.Path = "/_scenario/" + script.Name + r.URL.Path }
				case "armed":
					arm(t, s, mock.Play{
						Scenario: script.Name,
						Times:    map[bool]int{true: mock.Always}[script.Name == "flaky"],
					})
				case "organisation":
					org, caller = script.Organisation, script.Organisation
				case "data":
					if script.Name == "document-not-yet" || script.Name == "rate-limited" {
						continue // the calls that these tests make are fetches, which have no data
					}
					org = script.Organisation
				}
				outcomes[way] = played(t, s, script.Name, org, caller, ask)
			}
			for way, outcome := range outcomes {
				if outcome != outcomes["header"] {
					t.Errorf("by %s: %s; by header: %s", way, outcome, outcomes["header"])
				}
			}
		})
	}
}

// played makes calls that the scenario is for until one has played it, and tells how that one went.
// The client has little patience.
func played(t *testing.T, s *mocktest.Session, scenario, org, caller string, ask func(*http.Request)) string {
	t.Helper()
	next, client := callsFor(t, s, scenario, org, caller), slowReader()
	for range 40 {
		r := next()
		ask(r)
		ctx, giveUp := context.WithTimeout(t.Context(), 100*time.Millisecond)
		if scenario == "rate-limited" { // what is not read is under way
			giveUp()
			ctx, giveUp = context.WithTimeout(t.Context(), patience)
		}
		defer giveUp()
		response, err := client.Do(r.WithContext(ctx))
		if err == nil {
			defer response.Body.Close()
		}
		if calls := s.Calls(mock.CallQuery{Scenario: scenario, Limit: 1}); len(calls) > 0 {
			call := calls[0]
			if err == nil && response.Header.Get("Sandkasse-Call") == fmt.Sprint(call.Number) &&
				response.Header.Get("Sandkasse-Played") != scenario {
				t.Errorf("%s: Sandkasse-Played is %q", scenario, response.Header.Get("Sandkasse-Played"))
			}
			return fmt.Sprint(call.API, call.Method, call.Status, call.Code, call.StoppedBy, call.Played)
		}
	}
	return "not played"
}

// callsFor makes calls that a script is for, each under a key of its own: with the data of one
// organisation, by another.
func callsFor(t *testing.T, s *mocktest.Session, scenario, org, caller string) func() *http.Request {
	t.Helper()
	deliver := func(body []byte) *http.Request {
		r := testkit.Delivery(t, s, uuid.New(), bytes.ReplaceAll(body, []byte(testkit.Oppgavegiver), []byte(org)))
		r.Header.Set("Authorization", "Bearer "+s.Token("bsu", caller))
		return r
	}
	fetch := func(body []byte) func() *http.Request {
		got, _ := testkit.Accepted(t, http.DefaultClient, deliver(body))
		return func() *http.Request {
			r := fetchOf(t, s, got.ForsendelseID, got.ForsendelseID)
			r.Header.Set("Authorization", "Bearer "+s.Token("bsu", caller))
			return r
		}
	}
	switch {
	case scenario == "document-not-yet":
		return fetch(testkit.Example(t))
	case scenario == "rate-limited":
		return fetch(large(t))
	case strings.Contains(scenario, "kobo") || strings.Contains(scenario, "webhook"):
		homes := 0
		return func() *http.Request {
			homes++
			body := strings.ReplaceAll(koboHome, "ID", fmt.Sprintf("home-%d of %s", homes, org))
			r, err := http.NewRequest(http.MethodPost, s.URL("kobo")+"/kobobolig", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+s.Token("kobo", caller))
			r.Header.Set("x-kobo-systemid", "fdvu-1")
			r.Header.Set("Content-Type", "application/json")
			return r
		}
	}
	return func() *http.Request { return deliver(testkit.Example(t)) }
}
