package mocktest_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"sandkasse/fixtures/examples"

	"sandkasse/mock"
	"sandkasse/mock/mocktest"
)

// get makes a call to BSU without a token, which is refused and stands in the journal.
func get(t *testing.T, s *mocktest.Session) {
	t.Helper()
	response, err := http.Get(s.URL("bsu") + "/v1/2023/forsendelser/x/dokumenter/y")
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
}

// TestSession: subtests of any name have sessions of their own, which are gone afterwards.
func TestSession(t *testing.T) {
	server := mocktest.Start(t)
	get(t, server)
	seen := map[string]bool{mock.DefaultSession: true}
	var inside *mocktest.Session
	for _, name := range []string{
		"plain", "with space", "with/slash", "æøå", strings.Repeat("long", 40),
		strings.Repeat("long", 40) + "er",
	} {
		t.Run(name, func(t *testing.T) {
			s := server.Session(t)
			inside = s
			if n := len(s.Calls(mock.CallQuery{})); n != 0 {
				t.Errorf("%d calls before the first", n)
			}
			get(t, s)
			if calls := s.Wait(mock.CallQuery{API: "bsu"}, 1); len(calls) != 1 || calls[0].Session != s.Mock().Name() {
				t.Errorf("the calls are %v", calls)
			}
			is := s.Mock().Name()
			if seen[is] || !regexp.MustCompile(`^TestSession-[-_.A-Za-z0-9]{1,52}$`).MatchString(is) {
				t.Errorf("the session is called %s", is)
			}
			seen[is] = true
		})
		if n := len(inside.Mock().Calls(mock.CallQuery{})); n != 0 {
			t.Errorf("%d calls of %s are left", n, name)
		}
	}
	if n := len(server.Calls(mock.CallQuery{})); n != 1 {
		t.Errorf("the default session has %d calls", n)
	}
	server.Reset()
	if n := len(server.Calls(mock.CallQuery{})); n != 0 {
		t.Errorf("the default session has %d calls after a reset", n)
	}
}

// failing is a test that ends, or keeps a text, instead of failing.
type failing struct {
	testing.TB
	text string
}

func (f *failing) Errorf(format string, args ...any) { f.text += fmt.Sprintf(format, args...) }

func (f *failing) Helper() {}

func (f *failing) Fatalf(format string, _ ...any) {
	f.text = format
	panic(f)
}

// TestFails: what cannot be ends the test that asks for it.
func TestFails(t *testing.T) {
	server := mocktest.Start(t)
	for name, try := range map[string]func(*mocktest.Session){
		"token":   func(s *mocktest.Session) { s.Token("nope", "313367002") },
		"play":    func(s *mocktest.Session) { s.Play(mock.Play{Scenario: "nope"}) },
		"session": func(s *mocktest.Session) { s.Token("bsu", "x") },
		"report":  func(s *mocktest.Session) { s.Report(mock.ReportQuery{APIs: []string{"nope"}}) },
	} {
		f := &failing{TB: t}
		func() {
			defer func() { recover() }()
			try(mocktest.DefaultSession(f, server.Server()))
		}()
		if f.text == "" {
			t.Errorf("%s does not end the test", name)
		}
	}
}

// TestCheckConduct: findings of a gravity fail the test, with what to change; those of a lower one, and of rules that
// are switched off, do not.
func TestCheckConduct(t *testing.T) {
	server := mocktest.Start(t)
	document, err := fs.ReadFile(examples.Embedded(), "bsu.json")
	if err != nil {
		t.Fatal(err)
	}
	token := server.Token("bsu", "987654321")
	for _, key := range []string{"7c9e6679-7425-40de-944b-e07fc1f90ae7", "0e984725-c51c-4bf4-9960-e1c80e27aba0"} {
		server.CheckConduct(mock.GravityWarning, mock.ReportQuery{})
		request, err := http.NewRequest("POST", server.URL("bsu")+"/v1/2023", bytes.NewReader(document))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("idempotencyKey", key)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	}
	f := &failing{TB: t}
	watched := mocktest.DefaultSession(f, server.Server())
	watched.CheckConduct(mock.GravityError, mock.ReportQuery{})
	if want := "error delivered-twice, calls [1 2]: "; !strings.HasPrefix(f.text, want) ||
		!strings.Contains(f.text, "\nchange: make the idempotencyKey once") {
		t.Errorf("the test fails with %q, want %s", f.text, want)
	}
	f.text = ""
	off := []mock.RuleOff{{Rule: "delivered-twice", Reason: "on purpose"}}
	watched.CheckConduct(mock.GravityWarning, mock.ReportQuery{Off: off})
	if f.text != "" {
		t.Errorf("a rule that is switched off fails the test: %s", f.text)
	}
}
