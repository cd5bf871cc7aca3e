package report

import (
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// held is a call that the server has begun, and that does not end before its body does.
type held struct {
	body *io.PipeWriter
	done *sync.WaitGroup
}

// hold begins a call whose body is still to come, and returns when the server waits for that. Of 100 Continue, which
// the server sends when it reads the body, the client knows that it has begun.
func (c observed) hold(key int, api, org string) held {
	c.T.Helper()
	body, out := io.Pipe()
	r, err := http.NewRequest("POST", c.URL(api)+"/v1/2023", body)
	if err != nil {
		c.T.Fatal(err)
	}
	begun := make(chan struct{})
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		Got100Continue: func() { close(begun) },
	}))
	r.Header.Set("Authorization", c.Bearer(api, org))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("idempotencyKey", testkit.UUID(key))
	r.Header.Set("Expect", "100-continue")
	var done sync.WaitGroup
	done.Go(func() {
		answer, err := (&http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Hour}}).Do(r)
		if err != nil {
			c.T.Error(err)
			return
		}
		answer.Body.Close()
	})
	<-begun
	return held{out, &done}
}

// end ends the call, and returns when it is answered.
func (h held) end() {
	h.body.Write([]byte(`{}`))
	h.body.Close()
	h.done.Wait()
}

// TestFiveAtOnce: more than five calls of a business to an API that are under way at the same time are found, however
// they began and ended.
func TestFiveAtOnce(t *testing.T) {
	const step = time.Second
	all := func(c observed, number int, api func(int) string, org func(int) string) {
		var calls []held
		for key := range number {
			calls = append(calls, c.hold(key, api(key), org(key)))
			c.clock.Advance(step)
		}
		for _, call := range calls {
			call.end()
			c.clock.Advance(step)
		}
	}
	always := func(text string) func(int) string { return func(int) string { return text } }
	bsu, ours := always("bsu"), always(testkit.Oppgavegiver)
	testConduct(t, "more-than-five-at-once", mock.Options{}, map[string]conduct{
		"six": {
			want: []int64{1, 2, 3, 4, 5, 6}, times: 1,
			do: func(c observed) { all(c, 6, bsu, ours) },
		},
		"the sixth ends first": {want: []int64{1, 2, 3, 4, 5, 6}, times: 1, do: func(c observed) {
			var calls []held
			for key := range 6 {
				calls = append(calls, c.hold(key, "bsu", testkit.Oppgavegiver))
				c.clock.Advance(step)
			}
			for i := range calls {
				calls[5-i].end()
				c.clock.Advance(step)
			}
		}},
		"six, of seven that overlap": {want: []int64{2, 3, 4, 5, 6, 7}, times: 1, do: func(c observed) {
			first := c.hold(0, "bsu", testkit.Oppgavegiver)
			var calls []held
			for key := range 6 {
				c.clock.Advance(step)
				if key == 4 {
					first.end()
					c.clock.Advance(step)
				}
				calls = append(calls, c.hold(key+1, "bsu", testkit.Oppgavegiver))
			}
			c.clock.Advance(step)
			for _, call := range calls {
				call.end()
			}
		}},
		"five": {do: func(c observed) { all(c, 5, bsu, ours) }},
		"six, one after the other": {do: func(c observed) {
			for key := range 6 {
				call := c.hold(key, "bsu", testkit.Oppgavegiver)
				c.clock.Advance(step)
				call.end()
			}
		}},
		"a long one beside six short ones": {do: func(c observed) {
			long := c.hold(0, "bsu", testkit.Oppgavegiver)
			for key := range 6 {
				c.clock.Advance(step)
				call := c.hold(key+1, "bsu", testkit.Oppgavegiver)
				c.clock.Advance(step)
				call.end()
			}
			long.end()
		}},
		"to two APIs": {do: func(c observed) {
			all(c, 6, func(key int) string { return []string{"bsu", "aandsverk"}[key%2] }, ours)
		}},
		"for two organisations": {do: func(c observed) {
			all(c, 6, bsu, func(key int) string { return []string{testkit.Oppgavegiver, "319000011"}[key%2] })
		}},
	})
}
