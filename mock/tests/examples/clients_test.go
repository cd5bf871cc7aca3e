package examples

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/mocktest"
)

// delivers expects a delivery whose first answer is lost, once more with the same key, and the
// feedback on it.
var delivers = &expected{
	args: []string{"fixtures/examples/bsu.json"},
	check: func(t *testing.T, output string, s *mocktest.Session) {
		t.Helper()
		printed(t, output, `attempt 1: no answer.*`, `delivered: [0-9a-f-]{36}`, `feedback: godkjent 5`)
		calls := s.Calls(mock.CallQuery{API: "bsu", Method: "POST"})
		if len(calls) != 2 || calls[0].Status != 200 || !slices.Contains(calls[0].Played, "lost-answer") ||
			!calls[1].Replayed || calls[0].IdempotencyKey != calls[1].IdempotencyKey {
			t.Errorf("the deliveries are %d: %+v", len(calls), calls)
		}
		if polls := s.Calls(mock.CallQuery{API: "dialogporten"}); len(polls) < 2 {
			t.Errorf("the dialog was read %d times; the feedback was there after a while only", len(polls))
		}
		if read := s.Calls(mock.CallQuery{API: "bsu", Method: "GET", Status: 200}); len(read) != 1 {
			t.Errorf("the feedback was read %d times", len(read))
		}
		noneRefused(t, s)
	},
}

// getsToken expects a token of Maskinporten, with which the API can be called.
var getsToken = &expected{
	args: []string{"987654321"},
	check: func(t *testing.T, output string, s *mocktest.Session) {
		t.Helper()
		printed(t, output, `[\w-]+\.[\w-]+\.[\w-]+`)
		if calls := s.Calls(mock.CallQuery{API: "maskinporten", Status: 200}); len(calls) != 1 {
			t.Errorf("%d calls to Maskinporten were answered", len(calls))
		}
		noneRefused(t, s)
	},
}

// letsHome expects a home that is registered although the first answer is lost, and let after the
// case worker has reserved it.
var letsHome = &expected{check: func(t *testing.T, output string, s *mocktest.Session) {
	t.Helper()
	printed(t, output, `attempt 1: no answer.*`, `registered: .*[0-9a-f-]{36}`, `reserved for: [0-9a-f-]{36}`,
		`let from: \d{4}-\d\d-\d\d`)
	var made []int
	for _, call := range s.Calls(mock.CallQuery{API: "kobo", Method: "POST"}) {
		made = append(made, call.Status)
	}
	// The home twice, the assignment, the tenancy.
	if want := []int{201, 200, 201, 201}; !slices.Equal(made, want) {
		t.Errorf("answered %v, want %v", made, want)
	}
	noneRefused(t, s)
}}

// printed checks what an example prints, line by line.
func printed(t *testing.T, output string, lines ...string) {
	t.Helper()
	if !regexp.MustCompile(`^` + strings.Join(lines, `\r?\n`) + `\r?\n$`).MatchString(output) {
		t.Errorf("the output is\n%s\nwant\n%s", output, strings.Join(lines, "\n"))
	}
}

// noneRefused checks that no call of an example was wrong, and that production would find no fault with its conduct.
func noneRefused(t *testing.T, s *mocktest.Session) {
	t.Helper()
	for _, call := range s.Calls(mock.CallQuery{Status: 4}) {
		t.Errorf("%s %s was answered %d: %s", call.Method, call.Path, call.Status, call.Why)
	}
	s.CheckConduct(mock.GravityNote, mock.ReportQuery{})
}
