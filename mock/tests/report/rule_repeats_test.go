package report

import (
	"net/http"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// document asks for a document that does not exist, and returns the status.
func (c observed) document(headers ...string) int {
	c.T.Helper()
	const path = "/v1/2023/forsendelser/" + testkit.AnotherID + "/dokumenter/" + testkit.AnotherID
	return c.send(http.MethodGet, c.URL("bsu")+path, "",
		append([]string{"Authorization", c.Bearer("bsu", testkit.Oppgavegiver)}, headers...)...)
}

// TestRepeatedAfterRefusal: a call that is made again as it was after it was refused for what it is, is found.
func TestRepeatedAfterRefusal(t *testing.T) {
	testConduct(t, "repeated-after-refusal", mock.Options{}, map[string]conduct{
		"400": {want: []int64{1, 2, 3}, times: 2, sure: true, do: func(c observed) {
			c.deliver(1, `{}`)
			c.deliver(1, `{}`)
			c.deliver(1, `{}`)
		}},
		"400 with a new token": {want: []int64{1, 2}, times: 1, sure: true, do: func(c observed) {
			c.deliver(1, `{`, "Authorization", c.Bearer("bsu", testkit.Oppgavegiver))
			c.deliver(1, `{`, "Authorization", c.Bearer("bsu", testkit.Oppgavegiver))
		}},
		"400 under a new key": {want: []int64{1, 2}, times: 1, do: func(c observed) {
			c.deliver(1, `{}`)
			c.deliver(2, `{}`)
		}},
		"without a key, and then with one": {do: func(c observed) {
			c.deliver(1, c.example(), "idempotencyKey", "")
			c.accepted(1, c.example())
		}},
		"400 on demand": {want: []int64{1, 2}, times: 1, do: func(c observed) {
			c.deliver(1, c.example(), "Sandkasse-Scenario", "GLD_010")
			c.accepted(1, c.example())
		}},
		"401 with the same token": {want: []int64{1, 2}, times: 1, sure: true, do: func(c observed) {
			c.document("Authorization", "Bearer nonsense")
			c.document("Authorization", "Bearer nonsense")
		}},
		"403 for the scope": {want: []int64{1, 2}, times: 1, sure: true, do: func(c observed) {
			token := c.Bearer("dialogporten", testkit.Oppgavegiver)
			c.document("Authorization", token)
			c.document("Authorization", token)
		}},
		"404 for the address": {want: []int64{1, 2}, times: 1, sure: true, do: func(c observed) {
			c.send("GET", c.URL("bsu")+"/v2/nowhere", "")
			c.send("GET", c.URL("bsu")+"/v2/nowhere", "")
		}},
		"405": {want: []int64{1, 2}, times: 1, sure: true, do: func(c observed) {
			c.send("DELETE", c.URL("bsu")+"/v1/2023", "")
			c.send("DELETE", c.URL("bsu")+"/v1/2023", "")
		}},
		"a grant": {want: []int64{1, 2}, times: 1, sure: true, do: func(c observed) {
			c.send("POST", c.URL("maskinporten")+"/token", "grant_type=password")
			c.send("POST", c.URL("maskinporten")+"/token", "grant_type=password")
		}},
		"with another call between": {want: []int64{1, 3}, times: 1, sure: true, do: func(c observed) {
			c.deliver(1, `{}`)
			c.accepted(2, c.example())
			c.deliver(1, `{}`)
		}},
		"corrected": {do: func(c observed) {
			c.deliver(1, `{}`)
			c.accepted(1, c.example())
		}},
		"with a header corrected": {do: func(c observed) {
			c.deliver(1, c.example(), "Accept", "text/html")
			c.accepted(1, c.example())
		}},
		"401 with a new token": {do: func(c observed) {
			c.document("Authorization", "Bearer nonsense")
			c.document()
		}},
		"403 before a delegation": {do: func(c observed) {
			token := c.Bearer("bsu", "319000011")
			if status := c.deliver(1, c.example(), "Authorization", token); status != http.StatusForbidden {
				c.T.Errorf("answered %d", status)
			}
			c.Control("POST", "delegations", `{"from": "987654321", "to": "319000011"}`, nil)
			c.accepted(1, c.example(), "Authorization", token)
		}},
		"404 for a document": {do: func(c observed) {
			c.document()
			c.document()
		}},
		"a year that opens": {do: func(c observed) {
			next := func() int {
				return c.send("POST", c.URL("bsu")+"/v1/2027", c.example(`"inntektsaar": 2023`, `"inntektsaar": 2027`),
					"Authorization", c.Bearer("bsu", testkit.Oppgavegiver), "Content-Type", "application/json",
					"idempotencyKey", testkit.UUID(1))
			}
			if status := next(); status != http.StatusBadRequest {
				c.T.Errorf("answered %d", status)
			}
			c.SetClock(`{"advance": "8760h"}`)
			if status := next(); status != http.StatusOK {
				c.T.Errorf("answered %d", status)
			}
		}},
		"409": {do: func(c observed) {
			c.accepted(1, c.example())
			c.deliver(1, c.example(reference, "another"))
			c.deliver(1, c.example(reference, "another"))
		}},
		"429": {do: func(c observed) {
			c.Control("POST", "plays", `{"scenario": "maintenance", "api": "bsu"}`, nil)
			c.deliver(1, c.example())
			c.deliver(1, c.example())
		}},
		"after a failure": {do: func(c observed) {
			c.deliver(1, c.example(), "Sandkasse-Scenario", "GLD_001")
			c.accepted(1, c.example())
		}},
		"an hour later": {do: func(c observed) {
			c.deliver(1, `{}`)
			c.clock.Advance(time.Hour + time.Second)
			c.deliver(1, `{}`)
		}},
	})
}

// TestRetriedAtOnce: a call that is made again before Retry-After, or at once after a failure, is found, by the
// server's clock.
func TestRetriedAtOnce(t *testing.T) {
	const step = 20 * time.Millisecond
	testConduct(t, "retried-at-once", mock.Options{Scenarios: scripts}, map[string]conduct{
		"before Retry-After": {want: []int64{1, 2}, times: 1, sure: true, do: func(c observed) {
			c.document("Sandkasse-Scenario", "maintenance")
			c.clock.Advance(29 * time.Second)
			c.document()
		}},
		"before the date of Retry-After": {want: []int64{1, 2}, times: 1, sure: true, do: func(c observed) {
			c.document("Sandkasse-Scenario", "busy")
			c.clock.Advance(19 * time.Second)
			c.document()
		}},
		"while the session's clock goes faster": {want: []int64{1, 2}, times: 1, sure: true, do: func(c observed) {
			c.document("Sandkasse-Scenario", "maintenance")
			c.SetClock(`{"scale": 1000}`)
			c.clock.Advance(29 * time.Second)
			c.document()
		}},
		"at once, again and again": {want: []int64{1, 2, 3}, times: 2, sure: true, do: func(c observed) {
			for range 2 {
				c.deliver(1, c.example(), "Sandkasse-Scenario", "GLD_001")
				c.clock.Advance(step)
			}
			c.accepted(1, c.example())
		}},
		"at once under a new key": {want: []int64{1, 2}, times: 1, do: func(c observed) {
			c.deliver(1, c.example(), "Sandkasse-Scenario", "GLD_001")
			c.clock.Advance(step)
			c.accepted(2, c.example())
		}},
		"at once twice after torn connections": {want: []int64{2, 3}, times: 1, sure: true, do: func(c observed) {
			for range 2 {
				c.document("Sandkasse-Scenario", "torn")
				c.clock.Advance(step)
			}
			c.document()
		}},
		"at once after a torn connection": {do: func(c observed) {
			c.document("Sandkasse-Scenario", "torn")
			c.clock.Advance(step)
			c.document()
		}},
		"after Retry-After": {do: func(c observed) {
			c.document("Sandkasse-Scenario", "maintenance")
			c.clock.Advance(30 * time.Second)
			c.document()
		}},
		"after the date of Retry-After": {do: func(c observed) {
			c.document("Sandkasse-Scenario", "busy")
			c.clock.Advance(20 * time.Second)
			c.document()
		}},
		"after a while": {do: func(c observed) {
			c.deliver(1, c.example(), "Sandkasse-Scenario", "GLD_001")
			c.clock.Advance(100 * time.Millisecond)
			c.accepted(1, c.example())
		}},
		"another call": {do: func(c observed) {
			c.document("Sandkasse-Scenario", "maintenance")
			c.clock.Advance(step)
			c.accepted(1, c.example())
		}},
		"after a refusal": {do: func(c observed) {
			c.document("Sandkasse-Scenario", "GLD_021")
			c.clock.Advance(step)
			c.document()
		}},
		"by a clock that stands still": {do: func(c observed) {
			c.document("Sandkasse-Scenario", "maintenance")
			c.document()
		}},
	})
}
