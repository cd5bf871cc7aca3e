package control

import (
	"slices"
	"strings"
	"testing"

	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// TestSendBroken: a call that breaks a rule is made with what it needs before it, in the session, and
// gets what the list of broken calls says; a second time too.
func TestSendBroken(t *testing.T) {
	t.Parallel()
	c := testkit.NewClient(t, mocktest.Start(t), "a")
	for _, kind := range []string{"bsu", "kobo"} {
		var list struct {
			Rules    []string
			Expected []struct {
				Status              int
				Kode, Spesifisering string
				Feedback            any
			}
		}
		c.Control("POST", "generate/"+kind, `{"broken": "list"}`, &list)
		seen := map[string]bool{}
		before, cases := 0, 0
		for i, rule := range list.Rules {
			want := list.Expected[i]
			family, _, _ := strings.Cut(rule[strings.Index(rule, "/")+1:], ":")
			if kind == "bsu" {
				family, _, _ = strings.Cut(rule, ":")
			}
			few := testkit.FewerData() && kind == "kobo" && rule != "reserverBolig/unknown-case"
			if want.Feedback != nil || seen[family] || few { // one rule of each kind
				continue
			}
			seen[family] = true
			for times := 1; times > 0; times-- {
				var made struct {
					Sent []struct {
						Call   int64
						Status int
						Codes  []string
					}
				}
				c.Control("POST", "generate/"+kind+"/send", `{"broken": "`+rule+`"}`, &made)
				last := made.Sent[len(made.Sent)-1]
				if before == 0 && len(made.Sent) > 1 { // make it again
					times++
				}
				before += len(made.Sent) - 1
				for _, one := range made.Sent {
					if one.Call == 0 {
						cases++
					}
				}
				if last.Status != want.Status || want.Kode != "" && !slices.Contains(last.Codes, want.Kode) &&
					!slices.Contains(last.Codes, want.Spesifisering) {
					t.Errorf("%s %s: %+v; want %+v", kind, rule, last, want)
				}
			}
		}
		if len(seen) < 10 && !testkit.FewerData() || before == 0 || (kind == "kobo") != (cases > 0) {
			t.Errorf("%s: %d rules, %d calls before", kind, len(seen), before)
		}
	}
	for body, words := range map[string]string{
		`{"broken": true}`:                          "the name of one rule",
		`{"broken": "list"}`:                        "the name of one rule",
		`{"broken": "no-rule"}`:                     "no-rule",
		`{"broken": "unknown-url", "count": 2}`:     "sends one call",
		`{"broken": "unknown-url", "org": "12345"}`: "",
	} {
		got := c.Call("POST", c.URL("")+"/_sandkasse/generate/bsu/send", body)
		if got.Status != 400 || !strings.Contains(got.Body, words) {
			t.Errorf("%s: %d %s", body, got.Status, got.Body)
		}
	}
}
