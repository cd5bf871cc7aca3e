package testkit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sandkasse/mock"
	"sandkasse/mock/mocktest"
)

// SetClock makes a change to the session's clock, a body of PUT /_sandkasse/clock, and returns the
// clock after it.
func (c Client) SetClock(order string) (state struct {
	Now          time.Time
	Frozen, Free bool
	Scale        float64
},
) {
	c.T.Helper()
	c.Control("PUT", "clock", order, &state)
	return state
}

// Send makes a call, and returns the answer and its body.
func Send(t testing.TB, client *http.Client, r *http.Request) (*http.Response, string) {
	t.Helper()
	response, err := client.Do(r)
	if err != nil {
		t.Error(err)
		return &http.Response{}, ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return response, string(body)
}

// MakeCalls makes calls of all kinds, with these numbers: 1 and 2 are one delivery twice, 3 has no key, 4 is
// of Kobo, 5 plays a scenario, 6 is for nobody.
func (c Client) MakeCalls() {
	c.T.Helper()
	c.Delivered(1)
	c.Delivered(1)
	c.Deliver(2, "idempotencyKey", "ikke-en-uuid")
	c.NewBolig()
	c.Deliver(3, "Sandkasse-Scenario", "GLD_019")
	c.Call("GET", c.URL("")+"/nowhere", "")
}

// State returns everything that the control API shows of the session, by path.
func (c Client) State() map[string]string {
	c.T.Helper()
	seen := map[string]string{}
	for _, path := range []string{
		"calls", "holdings", "delegations", "plays", "clock", "checkpoints", "kobo/saker", "kobo/kobobolig",
		"kobo/events", "kobo/systems",
	} {
		seen[path] = c.Control(http.MethodGet, path, "", nil)
	}
	return seen
}

// UseAll does everything that leaves a trace in a session: see State.
func (c Client) UseAll() Receipt {
	c.T.Helper()
	c.Control("PUT", "clock", `{"freeze": "2027-05-05T05:05:05Z"}`, nil)
	got := c.Delivered(1)
	c.Control("POST", "delegations", `{"from": "319000011", "to": "319000003"}`, nil)
	c.Control("POST", "plays", `{"scenario": "lost-answer", "organisation": "319000011", "times": "always"}`, nil)
	c.Control("POST", "checkpoints", `{"name": "one"}`, nil)
	c.Control("PUT", "kobo/systems/fdvu-1", `{"url": "http://127.0.0.1:1/"}`, nil)
	c.Reserve(c.NewBolig())
	return got
}

// NewBolig makes a home in Kobo, and returns its id.
func (c Client) NewBolig() string {
	c.T.Helper()
	made := c.Call("POST", c.URL("kobo")+"/kobobolig", Bolig, "Authorization", c.Bearer("kobo", Oppgavegiver),
		"Content-Type", "application/json",
		"x-kobo-systemid", "fdvu-1")
	var shown struct{ KoboID string }
	if err := json.Unmarshal([]byte(made.Body), &shown); err != nil || made.Status != http.StatusCreated {
		c.T.Fatalf("the home: %d %s", made.Status, made.Body)
	}
	return shown.KoboID
}

// Reserve has the case worker reserve a home for a new case. The system of the home gets a message
// about it.
func (c Client) Reserve(home string) {
	c.T.Helper()
	var made struct{ KoboSaksreferanse string }
	c.Control("POST", "kobo/saker", NySak, &made)
	c.Control("PUT", "kobo/kobobolig/"+home+"/sak/"+made.KoboSaksreferanse+"/reservasjon", "", nil)
}

// SessionOf returns a session of the server of s.
func SessionOf(t testing.TB, s *mocktest.Session, name string) *mock.Session {
	t.Helper()
	session, err := s.Server().Session(name)
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// Client calls a server over its port, in one session. Its methods end the test where they fail.
type Client struct {
	*mock.Session
	T testing.TB
}

// NewClient returns a client of a session of the server of s.
func NewClient(t testing.TB, s *mocktest.Session, name string) Client {
	t.Helper()
	return Client{SessionOf(t, s, name), t}
}

// Response is the answer to a call, with its body.
type Response struct {
	Status int
	Header http.Header
	Body   string
}

// Call makes a call. The headers are names and values in turn.
func (c Client) Call(method, url, body string, headers ...string) Response {
	c.T.Helper()
	return c.Send(method, url, strings.NewReader(body), headers...)
}

// Send makes a call with a body that is read while it is sent.
func (c Client) Send(method, url string, body io.Reader, headers ...string) Response {
	c.T.Helper()
	r, err := http.NewRequest(method, url, body)
	if err != nil {
		c.T.Fatal(err)
	}
	for pair := range slices.Chunk(headers, 2) {
		r.Header.Set(pair[0], pair[1])
	}
	response, text := Send(c.T, http.DefaultClient, r)
	return Response{response.StatusCode, response.Header, text}
}

// Control makes a call to the control API, which must be answered with 200, and returns the answer.
// It decodes it as well unless into is nil.
func (c Client) Control(method, path, body string, into any) string {
	c.T.Helper()
	got := c.Call(method, c.URL("")+"/_sandkasse/"+path, body)
	if got.Status != http.StatusOK {
		c.T.Fatalf("%s %s: %d %s", method, path, got.Status, got.Body)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(got.Body), into); err != nil {
			c.T.Fatalf("%s %s: %v: %s", method, path, err, got.Body)
		}
	}
	return got.Body
}

// Bearer returns an Authorization header with a token for an API.
func (c Client) Bearer(api, org string) string {
	c.T.Helper()
	token, err := c.Token(mock.TokenRequest{API: api, Org: org})
	if err != nil {
		c.T.Fatal(err)
	}
	return "Bearer " + token
}

// Deliver delivers BSU's example under an idempotencyKey: see UUID.
func (c Client) Deliver(key int, headers ...string) Response {
	c.T.Helper()
	return c.DeliverTo(c.URL("bsu")+"/v1/2023", key, headers...)
}

// DeliverTo does what Deliver does, at another address.
func (c Client) DeliverTo(url string, key int, headers ...string) Response {
	c.T.Helper()
	return c.Send(http.MethodPost, url, bytes.NewReader(Example(c.T)), append([]string{
		"Authorization", c.Bearer("bsu", Oppgavegiver), "Content-Type", "application/json", "idempotencyKey",
		UUID(key),
	}, headers...)...)
}

// UUID returns a UUID that ends in a number.
func UUID(key int) string { return fmt.Sprintf("7c9e6679-7425-40de-944b-%012x", key) }

// Delivered does what Deliver does, which must be answered with 200, and returns the receipt.
func (c Client) Delivered(key int, headers ...string) (got Receipt) {
	c.T.Helper()
	a := c.Deliver(key, headers...)
	if err := json.Unmarshal([]byte(a.Body), &got); err != nil || a.Status != http.StatusOK {
		c.T.Fatalf("answered %d %v: %s", a.Status, a.Header, a.Body)
	}
	return got
}

// Dialog returns the dialog of that id from Dialogporten.
func (c Client) Dialog(id string) (shown struct {
	FromServiceOwnerTransmissionsCount, FromPartyTransmissionsCount int
	Transmissions                                                   []struct{ Type string }
},
) {
	c.T.Helper()
	a := c.Call(http.MethodGet, c.URL("dialogporten")+"/api/v1/enduser/dialogs/"+id, "", "Authorization",
		c.Bearer("dialogporten", Oppgavegiver))
	if err := json.Unmarshal([]byte(a.Body), &shown); err != nil || a.Status != http.StatusOK {
		c.T.Fatalf("dialog %s: %d %s", id, a.Status, a.Body)
	}
	return shown
}

// Numbers returns the numbers of the calls in the journal that a query selects.
func (c Client) Numbers(query string) []int64 {
	c.T.Helper()
	var shown struct{ Calls []struct{ Number int64 } }
	c.Control(http.MethodGet, "calls"+query, "", &shown)
	list := []int64{}
	for _, call := range shown.Calls {
		list = append(list, call.Number)
	}
	return list
}
