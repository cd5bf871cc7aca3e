// Package sessions tests what a session owns: its records, clock, calls and checkpoints.
package sessions

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// TestSessionsApart: of all that is done in one session nothing is seen in another, nor in the
// default one; and in all ways into a session it is the same one.
func TestSessionsApart(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	a, b, own := testkit.NewClient(t, s, "a"), testkit.NewClient(t, s, "b"), testkit.NewClient(t, s, "default")
	for _, w := range []testkit.Client{b, own} {
		w.Control("PUT", "clock", `{"freeze": "2026-03-02T12:00:00Z"}`, nil)
	}
	before := []map[string]string{b.State(), own.State()}
	got := a.UseAll()
	if diff := cmp.Diff(before, []map[string]string{b.State(), own.State()}); diff != "" {
		t.Errorf("what was done in a shows elsewhere:\n%s", diff)
	}
	seen := a.State()
	for path, text := range seen {
		if path != "clock" && text == before[0][path] {
			t.Errorf("%s shows nothing of what was done: %s", path, text)
		}
	}

	// The same key is another one in another session, and the same one in all ways into a session.
	a.Control("PUT", "clock", `{"freeze": "2026-03-02T12:00:00Z"}`, nil)
	other := b.Delivered(1)
	if other.ForsendelseID == got.ForsendelseID || other.DialogID == got.DialogID {
		t.Errorf("two sessions share an identifier: %+v and %+v", got, other)
	}
	byHeader := own.Deliver(1, "Sandkasse-Session", "a")
	byHost := a.DeliverTo(strings.Replace(a.URL(""), "127.0.0.1", "localhost", 1)+"/innrapporteringbsu/v1/2023", 1)
	for way, answered := range map[string]testkit.Response{"header": byHeader, "host": byHost} {
		var again testkit.Receipt
		if err := json.Unmarshal([]byte(answered.Body), &again); err != nil || again != got {
			t.Errorf("by %s: %d %s, want %+v again", way, answered.Status, answered.Body, got)
		}
	}
	if mine := own.Delivered(1); mine.ForsendelseID == got.ForsendelseID || mine.ForsendelseID == other.ForsendelseID {
		t.Errorf("the default session shares a forsendelse: %+v", mine)
	}

	// What is of one session is not there in another.
	for _, test := range []struct {
		in     testkit.Client
		status int
	}{{a, 200}, {b, 404}, {own, 404}} {
		document := test.in.Call("GET", test.in.URL("bsu")+"/v1/2023/forsendelser/"+got.ForsendelseID+"/dokumenter/"+
			got.ForsendelseID, "",
			"Authorization", test.in.Bearer("bsu", testkit.Oppgavegiver))
		dialog := test.in.Call("GET", test.in.URL("dialogporten")+"/api/v1/enduser/dialogs/"+got.DialogID, "",
			"Authorization", test.in.Bearer("dialogporten", testkit.Oppgavegiver))
		if document.Status != test.status || dialog.Status != test.status {
			t.Errorf("in %s: the document %d, the dialog %d, want %d", test.in.Name(), document.Status, dialog.Status,
				test.status)
		}
	}
}

// TestSessionNames: a name that cannot be is refused by sandkasse itself, with what would be right,
// wherever it is given.
func TestSessionNames(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	own := testkit.NewClient(t, s, "default")
	for _, test := range []struct{ path, header, tells string }{
		{"/_session/a%20b", "", "a letter of a to z"},
		{"/_session/" + strings.Repeat("a", 65), "", "1 to 64 characters"},
		{"/_session/", "", "1 to 64 characters"},
		{"", "æ", "a letter of a to z"},
		{"/_session/a", "b", "name one"},
		{"/_session/a/_session/b", "", "name one"},
	} {
		for _, rest := range []string{"/innrapporteringbsu/v1/2023", "/_sandkasse/calls", "/kobo/kobobolig/"} {
			got := own.Call("GET", s.URL("")+test.path+rest, "", "Sandkasse-Session", test.header)
			if test.header == "" {
				got = own.Call("GET", s.URL("")+test.path+rest, "")
			}
			if got.Status != http.StatusBadRequest || !strings.Contains(got.Header.Get("Sandkasse-Feil"), test.tells) {
				t.Errorf("%s%s in %q: %d %q, want one with %q", test.path, rest, test.header, got.Status,
					got.Header.Get("Sandkasse-Feil"), test.tells)
			}
		}
	}
	if _, err := s.Server().Session("a b"); err == nil || !strings.Contains(err.Error(), "a letter of a to z") {
		t.Errorf("in Go the name is refused with %v", err)
	}
	if names := sessionNames(own); !slices.Equal(names, []string{"default"}) {
		t.Errorf("there are the sessions %v", names)
	}
}

func sessionNames(w testkit.Client) (names []string) {
	var shown struct{ Sessions []struct{ Name string } }
	w.Control("GET", "sessions", "", &shown)
	for _, one := range shown.Sessions {
		names = append(names, one.Name)
	}
	return names
}

// TestSessionVendor: an unmodified OAuth client that was given the session's address, and nothing
// else, gets through: metadata in both places, a token, a delivery, the dialog, its attachments
// followed as they are given; and everything stays in the session.
func TestSessionVendor(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	suite := testkit.SessionOf(t, s, "suite-1")
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	v := testkit.Vendor{T: t, Session: suite, Key: key, Client: http.DefaultClient, Org: testkit.Oppgavegiver}
	issuer := suite.URL("maskinporten") + "/"
	at, err := url.Parse(issuer)
	if err != nil {
		t.Fatal(err)
	}
	var under, where8414Says struct {
		Issuer, TokenEndpoint, JWKSURI string
		Token                          string `json:"token_endpoint"`
		Keys                           string `json:"jwks_uri"`
	}
	v.Read(v.Client, issuer+".well-known/oauth-authorization-server", &under)
	v.Read(v.Client, at.Scheme+"://"+at.Host+"/.well-known/oauth-authorization-server"+strings.TrimSuffix(at.Path, "/"),
		&where8414Says)
	if under != where8414Says || under.Issuer != issuer || under.Token != issuer+"token" || under.Keys != issuer+"jwk" {
		t.Errorf("the metadata is %+v and %+v", under, where8414Says)
	}
	var keys struct{ Keys []any }
	if v.Read(v.Client, under.Keys, &keys); len(keys.Keys) != 1 {
		t.Errorf("the keys are %v", keys)
	}
	v.RoundTrip("bsu", "/v1/2023", testkit.Example(t))

	calls := suite.Calls(mock.CallQuery{})
	fetched := suite.Calls(mock.CallQuery{API: "bsu", Method: "GET"})
	if others := s.Calls(mock.CallQuery{}); len(others) != 0 || len(calls) < 8 || len(fetched) == 0 {
		t.Errorf("%d calls in the session, %d of them for documents, and %d outside it", len(calls), len(fetched),
			len(others))
	}
	for _, call := range calls {
		for _, link := range []string{`"http://`, `"https://`} {
			for part := range strings.SplitSeq(string(call.Answer.Body), link) {
				if part != "" && strings.HasPrefix(part, at.Host) &&
					!strings.HasPrefix(part, at.Host+"/_session/suite-1/") {
					t.Errorf("%s answers a link out of the session: %.100s", call.Path, part)
				}
			}
		}
	}
}

// TestSessionHostAddress: an API that is found by its host takes the session from the path, and its
// issuer is the session's.
func TestSessionHostAddress(t *testing.T) {
	t.Parallel()
	s := mocktest.Start(t)
	suite := testkit.SessionOf(t, s, "by-host")
	client := s.Client()
	r, err := http.NewRequest("GET",
		"http://maskinporten.localhost/_session/by-host/.well-known/oauth-authorization-server", nil)
	if err != nil {
		t.Fatal(err)
	}
	var metadata struct {
		Issuer string
		Token  string `json:"token_endpoint"`
	}
	response, body := testkit.Send(t, client, r)
	if err := json.Unmarshal([]byte(body), &metadata); err != nil ||
		!strings.Contains(metadata.Issuer, "/_session/by-host/") {
		t.Fatalf("%s: %s", response.Status, body)
	}
	r, err = http.NewRequest("POST", metadata.Token, strings.NewReader("grant_type=x"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if response, body := testkit.Send(t, client, r); response.StatusCode != http.StatusBadRequest ||
		!strings.Contains(body, "unsupported_grant_type") {
		t.Errorf("the token endpoint: %s %s", response.Status, body)
	}
	if calls := suite.Calls(mock.CallQuery{API: "maskinporten"}); len(calls) != 2 {
		t.Errorf("the session has the calls %+v", calls)
	}
}
