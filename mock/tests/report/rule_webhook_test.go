package report

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/report"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// observedReceiver is the receiver of the messages to the system fdvu-1, about one home.
type observedReceiver struct {
	testkit.Client
	clock *testkit.Clock
	home  string

	mu     *sync.Mutex
	answer *func(arrival) int // status; 0 to let the sender wait for nothing
}

// arrival is a message that comes to a receiver.
type arrival struct {
	key, id string
	times   int // that it has come, this one included
	before  int // messages that have come before it
}

// newReceiver registers a receiver with the key "right", by call 1, and makes a home, by call 2. It answers 204.
func newReceiver(c testkit.Client, clock *testkit.Clock, vendorID string) observedReceiver {
	c.T.Helper()
	answer := func(arrival) int { return http.StatusNoContent }
	r := observedReceiver{Client: c, clock: clock, mu: &sync.Mutex{}, answer: &answer}
	var came []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		var message struct{ MeldingID string }
		if err := json.NewDecoder(request.Body).Decode(&message); err != nil {
			c.T.Error(err)
		}
		r.mu.Lock()
		one := arrival{key: request.Header.Get("x-api-key"), id: message.MeldingID, before: len(came), times: 1}
		for _, id := range came {
			if id == one.id {
				one.times++
			}
		}
		came = append(came, one.id)
		status := (*r.answer)(one)
		r.mu.Unlock()
		if status == 0 {
			<-request.Context().Done()
			return
		}
		w.WriteHeader(status)
	}))
	c.T.Cleanup(server.Close)
	kobo(c, "POST", "/fdvusystem", `{"apiKey":"right","webhookUrl":"`+server.URL+`"}`)
	r.home = newHome(c, vendorID)
	return r
}

// answers changes how the receiver answers.
func (r observedReceiver) answers(with func(arrival) int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*r.answer = with
}

// send has the case worker reserve the home, under scenarios, once each. "" is none.
func (r observedReceiver) send(scenarios ...string) {
	r.T.Helper()
	for _, scenario := range scenarios {
		if scenario != "" {
			r.Control("POST", "plays", `{"scenario": "`+scenario+`"}`, nil)
		}
		caseWorkerReserves(r.Client, r.home)
	}
}

// until lets the sandbox's clock go on until something holds.
func (r observedReceiver) until(what string, holds func() bool) {
	r.T.Helper()
	for deadline := time.After(20 * time.Second); !holds(); {
		r.clock.Advance(5 * time.Second)
		select {
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			r.T.Fatalf("%s: not within 20 s", what)
		}
	}
}

// idle reports whether no message waits to be sent.
func (r observedReceiver) idle() bool {
	var waiting struct{ Events []struct{ ID string } }
	r.Control("GET", "kobo/events?state=waiting", "", &waiting)
	return len(waiting.Events) == 0
}

// found waits for a finding of a rule, and returns it.
func (r observedReceiver) found(rule string) (f report.Finding) {
	r.T.Helper()
	r.until(rule, func() bool {
		if got := findings(r.Client)[rule]; len(got) > 0 {
			f = got[0]
		}
		return len(f.Events) > 0
	})
	return f
}

func refuseAll(arrival) int { return http.StatusInternalServerError }

// webhookKeyNotChecked takes a message with a wrong key.
func webhookKeyNotChecked(r observedReceiver) {
	r.T.Helper()
	r.send("webhook-wrong-key")
	r.found("webhook-key-not-checked")
}

// webhookTooSlow does not answer a message at its first attempt.
func webhookTooSlow(r observedReceiver) {
	r.T.Helper()
	r.answers(func(m arrival) int {
		if m.times == 1 {
			return 0
		}
		return http.StatusNoContent
	})
	r.send("")
	r.found("webhook-too-slow")
}

// webhookGivenUp refuses a message at every attempt.
func webhookGivenUp(r observedReceiver) {
	r.T.Helper()
	r.answers(refuseAll)
	r.send("")
	r.found("webhook-given-up")
}

// webhookDuplicateRefused refuses a message that comes again.
func webhookDuplicateRefused(r observedReceiver) {
	r.T.Helper()
	r.answers(func(m arrival) int {
		if m.times > 1 {
			return http.StatusConflict
		}
		return http.StatusNoContent
	})
	r.send("webhook-duplicated")
	r.found("webhook-duplicate-refused")
}

// webhookOrderRefused takes a message, and refuses two that come in another order, to the last attempt.
func webhookOrderRefused(r observedReceiver) {
	r.T.Helper()
	r.send("")
	r.until("taken", r.idle)
	r.answers(refuseAll)
	r.send("webhook-reordered", "")
	r.until("given up", r.idle)
}

// TestWebhookRules: what a receiver makes of messages is found, with the messages, and no other receiver.
func TestWebhookRules(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		do   func(r observedReceiver)
		want map[string]int // messages of the finding of each rule
	}{
		"the key is not checked": {webhookKeyNotChecked, map[string]int{"webhook-key-not-checked": 1}},
		"the key is checked": {do: func(r observedReceiver) {
			r.answers(func(m arrival) int {
				if m.key != "right" {
					return http.StatusUnauthorized
				}
				return http.StatusNoContent
			})
			r.send("webhook-wrong-key", "")
		}},
		"too slow": {webhookTooSlow, map[string]int{"webhook-too-slow": 1}},
		"given up": {webhookGivenUp, map[string]int{"webhook-given-up": 1}},
		"refused for a while": {do: func(r observedReceiver) {
			r.answers(func(m arrival) int {
				if m.times < 3 {
					return http.StatusServiceUnavailable
				}
				return http.StatusOK
			})
			r.send("", "webhook-delayed", "kobo-webhook-lost", "")
		}},
		"the duplicate is refused": {webhookDuplicateRefused, map[string]int{"webhook-duplicate-refused": 1}},
		"the duplicate is taken":   {do: func(r observedReceiver) { r.send("webhook-duplicated") }},
		"the first of a duplicate is refused": {do: func(r observedReceiver) {
			r.answers(func(m arrival) int {
				if m.times == 1 {
					return http.StatusServiceUnavailable
				}
				return http.StatusNoContent
			})
			r.send("webhook-duplicated")
		}},
		"another order is refused": {
			webhookOrderRefused, map[string]int{"webhook-order-refused": 2, "webhook-given-up": 2},
		},
		"another order is taken": {do: func(r observedReceiver) { r.send("", "webhook-reordered", "", "") }},
		"another order is refused for a while": {do: func(r observedReceiver) {
			r.answers(func(m arrival) int {
				if m.before > 0 && m.times == 1 {
					return http.StatusServiceUnavailable
				}
				return http.StatusNoContent
			})
			r.send("", "webhook-reordered", "")
		}},
		"everything is refused": {
			func(r observedReceiver) {
				r.answers(refuseAll)
				r.send("webhook-reordered", "")
			}, map[string]int{"webhook-given-up": 2},
		},
		"held alone": {
			func(r observedReceiver) {
				r.send("")
				r.until("taken", r.idle)
				r.answers(refuseAll)
				r.send("webhook-reordered")
			}, map[string]int{"webhook-given-up": 1},
		},
		"no receiver": {do: func(r observedReceiver) {
			r.Control("PUT", "kobo/systems/fdvu-1", `{"url": ""}`, nil)
			r.send("")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			clock := testkit.ClockAt(testkit.Noon)
			server := mocktest.StartWith(t, mock.Options{Clock: clock.Now})
			r := newReceiver(testkit.NewClient(t, server, "default"), clock, "HOOK")
			one.do(r)
			r.until("all sent", r.idle)
			want := fmt.Sprint(one.want)
			if one.want == nil {
				want = "map[]"
			}
			got := map[string]int{}
			r.until("found", func() bool {
				clear(got)
				for rule, list := range findings(r.Client) {
					for _, f := range list {
						got[rule] += len(f.Events)
						if len(f.Calls) > 0 || slices.Contains(f.Events, "") || len(list) > 1 {
							t.Errorf("the report finds %+v", list)
						}
					}
				}
				return len(got) >= len(one.want)
			})
			if fmt.Sprint(got) != want {
				t.Errorf("the report finds messages %v, want %s", got, want)
			}
		})
	}
}
