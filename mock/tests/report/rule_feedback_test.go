package report

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// receive delivers a document, which must be answered with 200, and returns the receipt.
func (c observed) receive(key int, body string, headers ...string) (got testkit.Receipt) {
	c.T.Helper()
	answer := c.Call(http.MethodPost, c.URL("bsu")+"/v1/2023", body, append([]string{
		"Authorization", c.Bearer("bsu", testkit.Oppgavegiver), "Content-Type", "application/json",
		"idempotencyKey", testkit.UUID(key),
	}, headers...)...)
	if err := json.Unmarshal([]byte(answer.Body), &got); err != nil || answer.Status != http.StatusOK {
		c.T.Fatalf("answered %d: %s", answer.Status, answer.Body)
	}
	return got
}

// rejected does what receive does with a delivery that is avvist.
func (c observed) rejected(key int, body string) testkit.Receipt {
	c.T.Helper()
	return c.receive(key, body, "Sandkasse-Scenario", "feedback-rejected")
}

// dialogAt gets an address below a dialog, which must be answered with 200, and returns the body.
func (c observed) dialogAt(of testkit.Receipt, below string) string {
	c.T.Helper()
	answer := c.Call(http.MethodGet, c.URL("dialogporten")+"/api/v1/enduser/dialogs/"+of.DialogID+below, "",
		"Authorization", c.Bearer("dialogporten", testkit.Oppgavegiver))
	if answer.Status != http.StatusOK {
		c.T.Fatalf("answered %d: %s", answer.Status, answer.Body)
	}
	return answer.Body
}

// fetched gets a document, and returns the status.
func (c observed) fetched(forsendelse, document string) int {
	c.T.Helper()
	return c.send(http.MethodGet, fmt.Sprintf("%s/v1/2023/forsendelser/%s/dokumenter/%s", c.URL("bsu"), forsendelse,
		document), "", "Authorization", c.Bearer("bsu", testkit.Oppgavegiver))
}

// TestFeedbackNeverFetched: deliveries whose feedback is there and was never looked at are found, by API.
func TestFeedbackNeverFetched(t *testing.T) {
	testConduct(t, "feedback-never-fetched", mock.Options{}, map[string]conduct{
		"two of three": {want: []int64{1, 3}, times: 2, do: func(c observed) {
			c.accepted(1, c.example())
			id := c.receive(2, c.example(reference, "another"))
			c.accepted(3, c.example(reference, "a third"))
			c.send(http.MethodGet, c.URL("dialogporten")+"/api/v1/enduser/dialogs/"+id.DialogID+"/transmissions/"+
				feedbackOf(c, id), "", "Authorization", c.Bearer("dialogporten", testkit.Oppgavegiver))
		}},
		"its own document": {want: []int64{1}, times: 1, do: func(c observed) {
			id := c.receive(1, c.example())
			if status := c.fetched(id.ForsendelseID, id.ForsendelseID); status != http.StatusOK {
				c.T.Errorf("answered %d", status)
			}
		}},
		"before the delivery": {want: []int64{1, 3}, times: 2, do: func(c observed) {
			c.accepted(1, c.example())
			c.document()
			c.accepted(2, c.example(reference, "another"))
		}},
		"an answer that was lost": {want: []int64{1}, times: 1, do: func(c observed) {
			id := c.receive(1, c.example())
			c.send("GET", c.URL("dialogporten")+"/api/v1/enduser/dialogs/"+id.DialogID, "", "Authorization",
				c.Bearer("dialogporten", testkit.Oppgavegiver), "Sandkasse-Scenario", "503")
		}},
		"the dialog": {do: func(c observed) { c.dialogAt(c.receive(1, c.example()), "") }},
		"the transmissions": {do: func(c observed) {
			c.dialogAt(c.receive(1, c.example()), "/transmissions")
		}},
		"the documents": {do: func(c observed) {
			id := c.receive(1, c.example())
			own := feedbackOf(c, id)
			if status := c.fetched(id.ForsendelseID, own); status != http.StatusOK {
				c.T.Errorf("answered %d", status)
			}
		}},
		"the documents under their own id": {do: func(c observed) {
			own := feedbackOf(c, c.receive(1, c.example()))
			if status := c.fetched(own, own); status != http.StatusOK {
				c.T.Errorf("answered %d", status)
			}
		}},
		"that never shows": {do: func(c observed) {
			c.receive(1, c.example(), "Sandkasse-Scenario", "feedback-never")
		}},
		"refused": {do: func(c observed) { c.deliver(1, `{}`) }},
	})
}

// feedbackOf returns the id of the feedback on a delivery, without a call.
func feedbackOf(c observed, of testkit.Receipt) string {
	c.T.Helper()
	var shown struct{ TilbakemeldingID string }
	c.Control("GET", "forsendelser/"+of.ForsendelseID+"/avvik", "", &shown)
	return shown.TilbakemeldingID
}

// TestFeedbackNotYet: feedback that is not there yet cannot be looked at, and a look before it is there is none.
func TestFeedbackNotYet(t *testing.T) {
	t.Parallel()
	c := newObserved(t, mock.Options{ProcessingDelay: time.Minute})
	of := c.receive(1, c.example())
	c.dialogAt(of, "")
	wantFinding(t, c.Client, "feedback-never-fetched", 0)
	c.SetClock(`{"advance": "1m"}`)
	wantFinding(t, c.Client, "feedback-never-fetched", 1, 1)
	c.dialogAt(of, "")
	wantFinding(t, c.Client, "feedback-never-fetched", 0)
}

// TestAvvistIgnored: a delivery that was read to be avvist, and that is delivered again as it was, or never corrected
// while more is delivered, is found.
func TestAvvistIgnored(t *testing.T) {
	// the documents have no oppgave in common
	one := func(c observed) string { return c.withOppgave(0) }
	other := func(c observed) string { return c.withOppgave(1) }
	corrected := func(c observed) string { return c.example(`"saldo": 22500`, `"saldo": 22501`) }
	testConduct(t, "avvist-ignored", mock.Options{}, map[string]conduct{
		"delivered again as it was": {want: []int64{1, 2, 3}, times: 1, do: func(c observed) {
			c.dialogAt(c.rejected(1, c.example()), "")
			c.accepted(2, c.example())
		}},
		"never corrected": {want: []int64{1, 2, 3, 4}, times: 1, do: func(c observed) {
			c.dialogAt(c.rejected(1, one(c)), "")
			c.accepted(2, other(c))
			c.send("POST", c.URL("bsu")+"/v1/2024", c.example(`"inntektsaar": 2023`, `"inntektsaar": 2024`),
				"Authorization", c.Bearer("bsu", testkit.Oppgavegiver), "Content-Type", "application/json",
				"idempotencyKey", testkit.UUID(3))
		}},
		"corrected": {do: func(c observed) {
			c.dialogAt(c.rejected(1, c.example()), "")
			c.accepted(2, corrected(c))
			c.accepted(3, c.example(reference, "another"))
		}},
		"corrected later": {do: func(c observed) {
			c.dialogAt(c.rejected(1, one(c)), "")
			c.accepted(2, other(c))
			c.accepted(3, c.example())
		}},
		"corrected before it was read": {do: func(c observed) {
			of := c.rejected(1, c.example())
			c.accepted(2, corrected(c))
			c.dialogAt(of, "")
			c.accepted(3, other(c))
		}},
		"never read": {do: func(c observed) {
			c.rejected(1, one(c))
			c.accepted(2, other(c))
			c.accepted(3, one(c))
		}},
		"the last delivery": {do: func(c observed) { c.dialogAt(c.rejected(1, c.example()), "") }},
		"godkjent": {do: func(c observed) {
			c.dialogAt(c.receive(1, one(c)), "")
			c.accepted(2, other(c))
		}},
		"for another oppgavegiver": {do: func(c observed) {
			c.dialogAt(c.rejected(1, c.example()), "")
			c.accepted(2, c.example(testkit.Oppgavegiver, "319000011"), "Authorization", c.Bearer("bsu", "319000011"))
		}},
		"avvist again": {want: []int64{1, 2, 3}, times: 1, do: func(c observed) {
			c.dialogAt(c.rejected(1, c.example()), "")
			of := c.rejected(2, c.example())
			c.dialogAt(of, "")
			c.accepted(3, corrected(c))
		}},
	})
}

// withOppgave returns a document with one oppgave of the example.
func (c observed) withOppgave(oppgave int) string {
	c.T.Helper()
	var document map[string]map[string]any
	if err := json.Unmarshal([]byte(c.example()), &document); err != nil {
		c.T.Fatal(err)
	}
	list := document["leveranse"]["oppgave"].([]any)
	document["leveranse"]["oppgave"] = list[oppgave : oppgave+1]
	text, err := json.Marshal(document)
	if err != nil {
		c.T.Fatal(err)
	}
	return string(text)
}
