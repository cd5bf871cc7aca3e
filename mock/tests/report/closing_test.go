package report

import (
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sandkasse/fixtures/examples"
	"sandkasse/mock"
	"sandkasse/mock/internal/report"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// fault holds what a badly written client does, once, against one rule. The numbers of the calls count from the fault's
// first.
type fault struct {
	rule string
	want []int64
	do   func(observed)
}

// numbered returns a document that no other number has.
func (c observed) numbered(number int) string {
	return c.example(`"saldo": 22500`, fmt.Sprintf(`"saldo": %d`, 30_000+number))
}

// faults returns a fault for each rule. One client commits all of them, by a clock that goes on for hours between two,
// and nothing else: each has its own documents and idempotencyKeys. At its end the client
// looks at the feedback on all that it has delivered for 2023.
func faults() []fault {
	return []fault{
		{"delivered-twice", []int64{1, 2}, func(c observed) {
			c.accepted(1, c.numbered(1))
			c.accepted(2, c.numbered(1))
		}},
		{"new-key-after-failure", []int64{1, 2}, func(c observed) {
			c.deliver(3, c.numbered(3), "Sandkasse-Scenario", "GLD_001")
			c.clock.Advance(time.Second)
			c.accepted(4, c.numbered(3))
		}},
		{"key-reused", []int64{1, 2}, func(c observed) {
			c.accepted(5, c.numbered(5))
			c.deliver(5, c.numbered(6))
		}},
		{"key-kept-after-refusal", []int64{1, 2}, func(c observed) {
			c.deliver(7, `{}`)
			c.accepted(7, c.numbered(7))
		}},
		{"repeated-after-refusal", []int64{1, 2}, func(c observed) {
			c.deliver(8, `{}`)
			c.deliver(8, `{}`)
		}},
		{"retried-at-once", []int64{1, 2}, func(c observed) {
			c.deliver(9, c.numbered(9), "Sandkasse-Scenario", "GLD_001")
			c.clock.Advance(time.Millisecond)
			c.accepted(9, c.numbered(9))
		}},
		{"more-than-five-at-once", []int64{1, 2, 3, 4, 5, 6}, func(c observed) {
			var calls []held
			for key := range 6 {
				calls = append(calls, c.hold(20+key, "bsu", testkit.Oppgavegiver))
			}
			c.clock.Advance(time.Second)
			for _, call := range calls {
				call.end()
			}
		}},
		{"token-for-each-call", []int64{1, 3, 5, 7, 9}, func(c observed) {
			for i := range 5 {
				c.document("Authorization", c.fetch(c.grant(fmt.Sprint("each-", i), nil)))
			}
		}},
		{"token-used-after-end", []int64{1, 2}, func(c observed) {
			token := c.fetch(c.grant("end", nil))
			c.clock.Advance(3 * time.Minute)
			c.document("Authorization", token)
		}},
		{"grant-life", []int64{1}, func(c observed) {
			c.fetch(c.grant("long", map[string]any{"exp": c.clock.Now().Unix() + 150}))
		}},
		{"grant-replayed", []int64{1, 2}, func(c observed) {
			grant := c.grant("replayed", nil)
			c.fetch(grant)
			c.fetch(grant)
		}},
		{"feedback-never-fetched", []int64{1}, func(c observed) {
			c.send("POST", c.URL("bsu")+"/v1/2022", strings.ReplaceAll(c.numbered(10), "2023", "2022"), "Authorization",
				c.Bearer("bsu", testkit.Oppgavegiver), "Content-Type", "application/json", "idempotencyKey",
				testkit.UUID(10))
		}},
		{"avvist-ignored", []int64{1, 2, 3}, func(c observed) {
			rejected := c.rejected(11, c.numbered(11))
			c.clock.Advance(time.Minute)
			c.dialogAt(rejected, "")
			c.accepted(12, c.numbered(11))
		}},
		{"dialog-polled", []int64{2, 3}, func(c observed) {
			delivered := c.receive(13, c.numbered(13))
			c.dialogAt(delivered, "")
			c.clock.Advance(time.Second)
			c.dialogAt(delivered, "")
		}},
		{"next-page-left", []int64{1}, func(c observed) { c.dialogs("") }},
		{"unknown-members", []int64{1}, func(c observed) {
			c.accepted(14, strings.Replace(c.numbered(14), `"leveranse"`, `"sprak": "nb", "leveranse"`, 1))
		}},
		{"not-synthetic", []int64{1}, func(c observed) {
			c.accepted(15, strings.Replace(c.numbered(15), "01010123456", nobodys(c.T), 1))
		}},
		{"kobo-put-wipes", []int64{2}, func(c observed) { koboPutWipes(c.Client) }},
		{"kobo-stale-home", []int64{1, 2}, func(c observed) { koboStaleHome(c.Client) }},
		{"kobo-delete-body", []int64{2}, func(c observed) { koboDeleteBody(c.Client) }},
		{"kobo-unknown-system", []int64{1}, func(c observed) { koboUnknownSystem(c.Client) }},
		// messages are no calls
		{"webhook-key-not-checked", nil, func(c observed) {
			webhookKeyNotChecked(newReceiver(c.Client, c.clock, "KEY"))
		}},
		{"webhook-too-slow", nil, func(c observed) { webhookTooSlow(newReceiver(c.Client, c.clock, "SLOW")) }},
		{"webhook-given-up", nil, func(c observed) { webhookGivenUp(newReceiver(c.Client, c.clock, "UP")) }},
		{"webhook-duplicate-refused", nil, func(c observed) {
			webhookDuplicateRefused(newReceiver(c.Client, c.clock, "TWICE"))
		}},
		{"webhook-order-refused", nil, func(c observed) {
			webhookOrderRefused(newReceiver(c.Client, c.clock, "ORDER"))
		}},
	}
}

// TestBadClient: a badly written client commits each fault once, and the report has those, each with its calls, and no
// other. Each rule has a fault.
func TestBadClient(t *testing.T) {
	t.Parallel()
	c := newObserved(t, mock.Options{
		ProcessingDelay: time.Minute, Kobo: mock.KoboOptions{Systems: []string{"fdvu-1"}},
	})
	want := map[string]string{}
	for _, one := range faults() {
		before := int64(0)
		if numbers := c.Numbers(""); len(numbers) > 0 {
			before = slices.Max(numbers)
		}
		one.do(c)
		c.clock.Advance(2 * time.Hour)
		for i := range one.want {
			one.want[i] += before
		}
		want[one.rule] = fmt.Sprint([][]int64{one.want})
	}
	c.dialogAt(c.receive(99, c.numbered(99)), "")
	c.clock.Advance(2 * time.Minute)
	c.dialogAt(c.receive(99, c.numbered(99)), "")
	got := findings(c.Client)
	for _, rule := range report.Rules() {
		var calls [][]int64
		for _, one := range got[rule.ID] {
			calls = append(calls, one.Calls)
		}
		if shown := fmt.Sprint(calls); shown != want[rule.ID] {
			t.Errorf("%s is found in the calls %s, want %q: %+v", rule.ID, shown, want[rule.ID], got[rule.ID])
		}
		delete(want, rule.ID)
	}
	if len(want) > 0 {
		t.Errorf("there are no rules for the faults %v", want)
	}
}

// TestGoodVendor: production would find no fault with a vendor that has a standard OAuth client, delivers, and reads
// the feedback, as the pages say; not even a note.
func TestGoodVendor(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	s := mocktest.Start(t)
	v := testkit.Vendor{
		T: t, Session: testkit.SessionOf(t, s, "default"), Key: key, Client: http.DefaultClient,
		Org: testkit.Oppgavegiver,
	}
	for _, api := range []string{"bsu", "gavertilfrivillige", "aandsverk", "innrapportering-boligsameie"} {
		example, err := fs.ReadFile(examples.Embedded(), api+".json")
		if err != nil {
			t.Fatal(err)
		}
		year, org := yearAndOrg(t, example)
		v.Org = org
		v.RoundTrip(api, "/v1/"+year, example)
	}
	if got := findings(testkit.NewClient(t, s, "default")); len(got) > 0 {
		t.Errorf("the report finds %+v", got)
	}
}

// yearAndOrg returns the inntektsaar and the oppgavegiver of a document.
func yearAndOrg(t *testing.T, document []byte) (year, org string) {
	t.Helper()
	return fmt.Sprint(testkit.Member(t, document, []string{"leveranse", "inntektsaar"})),
		testkit.Member(t, document, []string{"leveranse", "oppgavegiver", "organisasjonsnummer"}).(string)
}
