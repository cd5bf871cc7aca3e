package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// compact returns a document without its white space.
func compact(c observed, document string) string {
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(document)); err != nil {
		c.T.Fatal(err)
	}
	return b.String()
}

const reference = "EksternReferanse_2015_1"

// TestDeliveredTwice: a document that is delivered again under a new key is found, with both calls, and what a client
// may well do is not.
func TestDeliveredTwice(t *testing.T) {
	testConduct(t, "delivered-twice", mock.Options{}, map[string]conduct{
		"under two new keys": {want: []int64{1, 2, 3}, times: 2, sure: true, do: func(c observed) {
			c.accepted(1, c.example())
			c.accepted(2, c.example())
			c.accepted(3, c.example())
		}},
		"its answer was lost": {want: []int64{1, 2}, times: 1, sure: true, do: func(c observed) {
			c.deliver(1, c.example(), "Sandkasse-Scenario", "lost-answer")
			c.accepted(2, c.example())
		}},
		"its answer was cut": {want: []int64{1, 2}, times: 1, sure: true, do: func(c observed) {
			c.deliver(1, c.example(), "Sandkasse-Scenario", "truncated-answer")
			c.accepted(2, c.example())
		}},
		"with other white space": {want: []int64{1, 2}, times: 1, do: func(c observed) {
			c.accepted(1, c.example())
			c.accepted(2, compact(c, c.example()))
		}},
		"with another reference": {want: []int64{1, 2}, times: 1, do: func(c observed) {
			c.accepted(1, c.example())
			c.accepted(2, c.example(reference, "Another reference"))
		}},
		"under the same key": {do: func(c observed) {
			c.accepted(1, c.example())
			c.accepted(1, c.example())
		}},
		"under the same key in other letters": {do: func(c observed) {
			c.accepted(10, c.example())
			c.accepted(10, c.example(), "idempotencyKey", strings.ToUpper(testkit.UUID(10)))
		}},
		"corrected": {do: func(c observed) {
			c.accepted(1, c.example())
			c.accepted(2, c.example(`"saldo": 22500`, `"saldo": 22501`))
		}},
		"refused first": {do: func(c observed) {
			c.deliver(1, c.example(), "Accept", "text/html")
			c.accepted(2, c.example())
		}},
		"failed first": {do: func(c observed) {
			c.deliver(1, c.example(), "Sandkasse-Scenario", "GLD_001")
			c.accepted(2, c.example())
		}},
		"avvist first": {do: func(c observed) {
			c.deliver(1, c.example(), "Sandkasse-Scenario", "feedback-rejected")
			c.accepted(2, c.example())
		}},
		"an hour later": {do: func(c observed) {
			c.accepted(1, c.example())
			c.clock.Advance(time.Hour + time.Second)
			c.accepted(2, c.example())
		}},
		"less than an hour later": {want: []int64{1, 2}, times: 1, sure: true, do: func(c observed) {
			c.accepted(1, c.example())
			c.clock.Advance(time.Hour)
			c.accepted(2, c.example())
		}},
		"with the session's clock a year later": {want: []int64{1, 2}, times: 1, sure: true, do: func(c observed) {
			c.accepted(1, c.example())
			c.SetClock(`{"advance": "8760h"}`)
			c.accepted(2, c.example())
		}},
		"of another year": {do: func(c observed) {
			c.accepted(1, c.example())
			c.send(http.MethodPost, c.URL("bsu")+"/v1/2024", c.example(`"inntektsaar": 2023`, `"inntektsaar": 2024`),
				"Authorization", c.Bearer("bsu", testkit.Oppgavegiver), "Content-Type", "application/json",
				"idempotencyKey", testkit.UUID(2))
		}},
		"by another organisation": {do: func(c observed) {
			for key, org := range []string{testkit.Oppgavegiver, "319000011"} {
				c.accepted(key, c.example(testkit.Oppgavegiver, org), "Authorization", c.Bearer("bsu", org))
			}
		}},
		"in another session": {do: func(c observed) {
			c.accepted(1, c.example())
			c.accepted(2, c.example(), "Sandkasse-Session", "another")
		}},
		"after a restore": {do: func(c observed) {
			c.Control("POST", "checkpoints", `{"name": "before"}`, nil)
			c.accepted(1, c.example())
			c.Control("POST", "checkpoints/before/restore", "", nil)
			c.accepted(2, c.example())
		}},
		"with its members in another order": {do: func(c observed) {
			c.accepted(1, c.example())
			const year, kind = `"inntektsaar": 2023`, `"leveransetype": "ordinaer"`
			c.accepted(2, c.example(year, kind, kind, year))
		}},
		"after a reset": {do: func(c observed) {
			c.accepted(1, c.example())
			c.Control("POST", "reset", "", nil)
			c.accepted(2, c.example())
		}},
	})
}

// TestSameNumbersAfterRestore: numbers of calls are given again after a restore, and stand in two findings then: in one
// whose calls are gone, and in one whose calls are there.
func TestSameNumbersAfterRestore(t *testing.T) {
	t.Parallel()
	c := newObserved(t, mock.Options{})
	twice := func() {
		c.accepted(1, c.example())
		c.accepted(2, c.example())
	}
	c.Control("POST", "checkpoints", `{"name": "before"}`, nil)
	twice()
	c.Control("POST", "checkpoints/before/restore", "", nil)
	twice()
	var got []string
	for _, one := range findings(c.Client)["delivered-twice"] {
		got = append(got, fmt.Sprint(one.Calls, one.Gone))
	}
	if want := []string{"[1 2] [1 2]", "[1 2] []"}; !slices.Equal(got, want) {
		t.Errorf("the findings have the calls, of which are gone, %q, want %q", got, want)
	}
}

// TestNewKeyAfterFailure: a document that is sent under a new key after a failure is found, unless it was stored.
func TestNewKeyAfterFailure(t *testing.T) {
	testConduct(t, "new-key-after-failure", mock.Options{Scenarios: scripts}, map[string]conduct{
		"after a 500": {want: []int64{1, 2}, times: 1, do: func(c observed) {
			c.deliver(1, c.example(), "Sandkasse-Scenario", "GLD_001")
			c.accepted(2, c.example())
		}},
		"after a 503": {want: []int64{1, 2}, times: 1, do: func(c observed) {
			c.deliver(1, c.example(), "Sandkasse-Scenario", "maintenance")
			c.accepted(2, c.example())
		}},
		"after a torn connection": {want: []int64{1, 2}, times: 1, do: func(c observed) {
			c.deliver(1, c.example(), "Sandkasse-Scenario", "torn")
			c.accepted(2, c.example())
		}},
		"and again": {want: []int64{1, 3, 4}, times: 2, do: func(c observed) {
			c.deliver(1, c.example(), "Sandkasse-Scenario", "GLD_023")
			c.deliver(1, c.example(), "Sandkasse-Scenario", "GLD_023")
			c.deliver(2, c.example(), "Sandkasse-Scenario", "GLD_023")
			c.accepted(3, c.example())
		}},
		"under the same key": {do: func(c observed) {
			c.deliver(1, c.example(), "Sandkasse-Scenario", "GLD_001")
			c.accepted(1, c.example())
			c.accepted(2, c.example(reference, "another"))
		}},
		"stored all the same": {do: func(c observed) {
			c.deliver(1, c.example(), "Sandkasse-Scenario", "lost-answer")
			c.accepted(2, c.example())
		}},
		"corrected": {do: func(c observed) {
			c.deliver(1, c.example(), "Sandkasse-Scenario", "GLD_001")
			c.accepted(2, c.example(`"saldo": 22500`, `"saldo": 22501`))
		}},
		"after a refusal": {do: func(c observed) {
			c.deliver(1, c.example(), "Sandkasse-Scenario", "GLD_010")
			c.accepted(2, c.example())
		}},
		"after it was answered under the first key": {do: func(c observed) {
			c.deliver(1, c.example(), "Sandkasse-Scenario", "GLD_001")
			c.accepted(1, c.example())
			c.accepted(2, c.example())
		}},
		"an hour later": {do: func(c observed) {
			c.deliver(1, c.example(), "Sandkasse-Scenario", "GLD_001")
			c.clock.Advance(time.Hour + time.Second)
			c.accepted(2, c.example())
		}},
		"by another organisation": {do: func(c observed) {
			c.Control("POST", "delegations", `{"from": "987654321", "to": "319000011"}`, nil)
			c.deliver(1, c.example(), "Sandkasse-Scenario", "GLD_001")
			c.accepted(2, c.example(), "Authorization", c.Bearer("bsu", "319000011"))
		}},
	})
}

// TestKeyReused: a key that was answered for one document and is used for another is found.
func TestKeyReused(t *testing.T) {
	other := func(c observed) string { return c.example(reference, "another") }
	testConduct(t, "key-reused", mock.Options{}, map[string]conduct{
		"twice": {want: []int64{1, 2, 3}, times: 2, sure: true, do: func(c observed) {
			c.accepted(1, c.example())
			c.deliver(1, other(c))
			c.deliver(1, other(c))
		}},
		"for the same document": {do: func(c observed) {
			c.accepted(1, c.example())
			c.accepted(1, c.example())
		}},
		"on demand": {do: func(c observed) {
			c.accepted(1, c.example())
			c.deliver(2, other(c), "Sandkasse-Scenario", "GLD_019")
		}},
		"by another organisation": {do: func(c observed) {
			c.Control("POST", "delegations", `{"from": "987654321", "to": "319000011"}`, nil)
			c.accepted(1, c.example())
			c.accepted(1, other(c), "Authorization", c.Bearer("bsu", "319000011"))
		}},
		"at another API": {do: func(c observed) {
			c.accepted(1, c.example())
			c.send(http.MethodPost, c.URL("boligsameie")+"/v1/2023", `{}`, "Authorization",
				c.Bearer("boligsameie", testkit.Oppgavegiver), "Content-Type", "application/json",
				"idempotencyKey", testkit.UUID(1))
		}},
		"after a refusal": {do: func(c observed) {
			c.deliver(1, `{}`)
			c.accepted(1, c.example())
		}},
	})
}

// TestKeyKept: a key under which a document was refused, and that is used for another, is a note.
func TestKeyKept(t *testing.T) {
	testConduct(t, "key-kept-after-refusal", mock.Options{}, map[string]conduct{
		"corrected": {want: []int64{1, 2, 3}, times: 2, do: func(c observed) {
			c.deliver(1, `{}`)
			c.deliver(1, `{"leveranse": {}}`)
			c.accepted(1, c.example())
			c.accepted(1, c.example())
		}},
		"with a new key": {do: func(c observed) {
			c.deliver(1, `{}`)
			c.accepted(2, c.example())
		}},
		"with another header": {do: func(c observed) {
			c.deliver(1, c.example(), "Accept", "text/html")
			c.accepted(1, c.example())
		}},
		"after a failure": {do: func(c observed) {
			c.deliver(1, c.example(), "Sandkasse-Scenario", "GLD_001")
			c.accepted(1, c.example(reference, "another"))
		}},
		"after it was answered": {do: func(c observed) {
			c.accepted(1, c.example())
			c.deliver(1, c.example(reference, "another"))
			c.deliver(1, c.example(reference, "a third"))
		}},
		"an hour later": {do: func(c observed) {
			c.deliver(1, `{}`)
			c.clock.Advance(time.Hour + time.Second)
			c.accepted(1, c.example())
		}},
	})
}
