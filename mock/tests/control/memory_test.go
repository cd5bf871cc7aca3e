package control

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/bounds"
	"sandkasse/mock/internal/testkit"
)

// full returns a server whose memory for large bodies, work and answers is taken, and a function
// that gives it back.
func full(t *testing.T) (s *mock.Server, release func()) {
	t.Helper()
	s = testkit.NewServer(t, mock.Options{})
	memory := backend.Of(s).Memory
	memory.Limits.Wait = 10 * time.Millisecond
	var held []bounds.Reservation
	for _, budget := range []*bounds.Budget{memory.Bodies, memory.Work, memory.Answers} {
		all, ok := budget.TryReserve(1 << 40)
		if !ok {
			t.Fatal("the memory of a new server is taken")
		}
		held = append(held, all)
	}
	return s, func() {
		for i := range held {
			held[i].Release()
		}
	}
}

// TestBodiesWithoutMemory: while there is no memory for a large body, a call that its header
// condemns gets the answer that it would get otherwise, and another one an answer of sandkasse's
// own; small bodies are taken as ever.
func TestBodiesWithoutMemory(t *testing.T) {
	t.Parallel()
	s, release := full(t)
	token, err := s.Token(mock.TokenRequest{API: "bsu", Org: "987654321"})
	if err != nil {
		t.Fatal(err)
	}
	authorized := "Bearer " + token
	large := strings.Repeat(" ", 1<<20) + string(testkit.Example(t))
	small := string(testkit.Example(t))
	cases := []struct {
		name, method, path, authorization, contentType, body string
		status                                               int
		header, why                                          string // texts in them
	}{
		{"no token", "POST", "/v1/2023", "", "application/json", large, 401, "", "not kept"},
		{"wrong type", "POST", "/v1/2023", authorized, "text/plain", large, 400, "", "not kept"},
		{"wrong method", "PUT", "/v1/2023", authorized, "application/json", large, 405, "", "not kept"},
		{"wrong path", "POST", "/v2", authorized, "application/json", large, 404, "", "not kept"},
		{"good header", "POST", "/v1/2023", authorized, "application/json", large, 503, "memory", "memory"},
		{"small body", "POST", "/v1/2023", authorized, "application/json", small, 200, "", ""},
	}
	ask := func(t *testing.T, i int, body string) (*http.Response, mock.Call) {
		c := cases[i]
		r, err := http.NewRequest(c.method, s.URL("bsu")+c.path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", c.contentType)
		r.Header.Set("idempotencyKey", fmt.Sprintf("7c9e6679-7425-40de-944b-e07fc1f9%04d", i))
		if c.authorization != "" {
			r.Header.Set("Authorization", c.authorization)
		}
		answer, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		calls := s.Calls(mock.CallQuery{})
		return answer, calls[len(calls)-1]
	}
	for i, c := range cases {
		answer, call := ask(t, i, c.body)
		if answer.StatusCode != c.status || !strings.Contains(answer.Header.Get("Sandkasse-Feil"), c.header) {
			t.Errorf("%s: answered %s, %v", c.name, answer.Status, answer.Header)
		}
		if !strings.Contains(call.Why, c.why) {
			t.Errorf("%s: the journal says %q", c.name, call.Why)
		}
		if c.body == large && (len(call.Request.Body) != 0 || call.Request.BodyBytes != len(large)) {
			t.Errorf("%s: %d bytes are kept of %d", c.name, len(call.Request.Body), call.Request.BodyBytes)
		}
	}
	release()
	for i, c := range cases {
		want := c.status
		if want == 503 {
			want = 200
		}
		if answer, call := ask(t, i, c.body); answer.StatusCode != want || strings.Contains(call.Why, "not kept") ||
			len(call.Request.Body) == 0 {
			t.Errorf("%s: with memory answered %s: %s", c.name, answer.Status, call.Why)
		}
	}
}

// TestControlWithoutMemory: the control API refuses large bodies and answers for which there is no
// memory, and serves small ones.
func TestControlWithoutMemory(t *testing.T) {
	t.Parallel()
	s, release := full(t)
	for _, full := range []bool{true, false} {
		if !full {
			release()
		}
		for _, c := range []struct {
			method, path, body string
			large              bool
		}{
			{"POST", "verify", `{"calls": [{"times": 0}]` + strings.Repeat(" ", 1<<19) + `}`, true},
			{"POST", "verify", `{"calls": [{"times": 0}]}`, false},
			{"GET", "testdata/personer?antall=200&vis=*", "", true},
			{"GET", "calls", "", false},
		} {
			r, err := http.NewRequest(c.method, s.URL("")+"/_sandkasse/"+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			answer, err := s.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			want := 200
			if full && c.large {
				want = 503
			}
			own := strings.Contains(answer.Header.Get("Sandkasse-Feil"), "memory")
			if answer.StatusCode != want || own != (want == 503) {
				t.Errorf("full %t: %s %s is answered %s, %v", full, c.method, c.path, answer.Status, answer.Header)
			}
		}
	}
}
