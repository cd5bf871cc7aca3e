package mock_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/mocktest"
)

// noon is where the clocks of tests stand that need one.
var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// sessionOf is a session of a server.
func sessionOf(t testing.TB, s *mocktest.Session, name string) *mock.Session {
	t.Helper()
	session, err := s.Server().Session(name)
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// world is a session as a test suite uses it, over a real port.
type world struct {
	*mock.Session
	t testing.TB
}

func worldOf(t testing.TB, s *mocktest.Session, name string) world {
	t.Helper()
	return world{sessionOf(t, s, name), t}
}

// answer is what came of a call.
type answer struct {
	Status int
	Header http.Header
	Body   string
}

// call makes a call; headers are name, value, name, value.
func (w world) call(method, url, body string, headers ...string) answer {
	w.t.Helper()
	return w.send(method, url, strings.NewReader(body), headers...)
}

func (w world) send(method, url string, body io.Reader, headers ...string) answer {
	w.t.Helper()
	r, err := http.NewRequest(method, url, body)
	if err != nil {
		w.t.Fatal(err)
	}
	for pair := range slices.Chunk(headers, 2) {
		r.Header.Set(pair[0], pair[1])
	}
	response, text := send(w.t, http.DefaultClient, r)
	return answer{response.StatusCode, response.Header, text}
}

// control makes a call to the control API, which must be answered with 200, and reads the answer
// unless into is nil.
func (w world) control(method, path, body string, into any) string {
	w.t.Helper()
	got := w.call(method, w.URL("")+"/_sandkasse/"+path, body)
	if got.Status != http.StatusOK {
		w.t.Fatalf("%s %s: %d %s", method, path, got.Status, got.Body)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(got.Body), into); err != nil {
			w.t.Fatalf("%s %s: %v: %s", method, path, err, got.Body)
		}
	}
	return got.Body
}

// token is an Authorization header for an API.
func (w world) token(api, org string) string {
	w.t.Helper()
	token, err := w.Token(mock.TokenRequest{API: api, Org: org})
	if err != nil {
		w.t.Fatal(err)
	}
	return "Bearer " + token
}

// post delivers BSU's example under a key, which is made a UUID.
func (w world) post(key int, headers ...string) answer {
	w.t.Helper()
	return w.postTo(w.URL("bsu")+"/v1/2023", key, headers...)
}

func (w world) postTo(url string, key int, headers ...string) answer {
	w.t.Helper()
	return w.send(http.MethodPost, url, bytes.NewReader(example(w.t)), append([]string{
		"Authorization", w.token("bsu", oppgavegiver), "Content-Type", "application/json", "idempotencyKey",
		uuidOf(key),
	}, headers...)...)
}

func uuidOf(key int) string { return fmt.Sprintf("7c9e6679-7425-40de-944b-%012x", key) }

// delivered is post, which must be answered with 200.
func (w world) delivered(key int, headers ...string) (got svar) {
	w.t.Helper()
	a := w.post(key, headers...)
	if err := json.Unmarshal([]byte(a.Body), &got); err != nil || a.Status != http.StatusOK {
		w.t.Fatalf("answered %d %v: %s", a.Status, a.Header, a.Body)
	}
	return got
}

// dialog is the dialog of that id in Dialogporten.
func (w world) dialog(id string) (shown struct {
	FromServiceOwnerTransmissionsCount, FromPartyTransmissionsCount int
	Transmissions                                                   []struct{ Type string }
},
) {
	w.t.Helper()
	a := w.call(http.MethodGet, w.URL("dialogporten")+"/api/v1/enduser/dialogs/"+id, "", "Authorization",
		w.token("dialogporten", oppgavegiver))
	if err := json.Unmarshal([]byte(a.Body), &shown); err != nil || a.Status != http.StatusOK {
		w.t.Fatalf("dialog %s: %d %s", id, a.Status, a.Body)
	}
	return shown
}

// numbers are those of the calls in the journal.
func (w world) numbers(query string) []int64 {
	w.t.Helper()
	var shown struct{ Calls []struct{ Number int64 } }
	w.control(http.MethodGet, "calls"+query, "", &shown)
	list := []int64{}
	for _, call := range shown.Calls {
		list = append(list, call.Number)
	}
	return list
}

// told is a server's clock that a test moves.
type told struct{ nanoseconds atomic.Int64 }

func toldAt(at time.Time) *told {
	c := &told{}
	c.nanoseconds.Store(at.UnixNano())
	return c
}

func (c *told) now() time.Time           { return time.Unix(0, c.nanoseconds.Load()).UTC() }
func (c *told) advance(by time.Duration) { c.nanoseconds.Add(int64(by)) }
