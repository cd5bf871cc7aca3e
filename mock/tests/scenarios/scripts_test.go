// Package scenarios plays each built-in scenario, and what a client makes of it.
package scenarios

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/google/uuid"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// scriptTests is, for every built-in script, a client that meets it and does what the script's file
// says that a client should do.
func scriptTests() map[string]func(*testing.T) {
	return map[string]func(*testing.T){
		"lost-answer":          lostAnswer,
		"lost-answer-twice":    lostAnswerTwice,
		"fail-twice-then-ok":   failTwice,
		"slow":                 slow,
		"very-slow-then-ok":    verySlow,
		"maintenance":          maintenance,
		"truncated-answer":     truncated,
		"html-instead-of-json": html,
		"wrong-content-type":   wrongContentType,
		"token-expires-midway": tokenExpires,
		"rate-limited":         rateLimited,
		"document-not-yet":     documentNotYet,
		"feedback-rejected":    feedbackRejected,
		"feedback-never":       feedbackNever,
		"kobo-commit-then-502": koboCommitThen502,
		"kobo-webhook-lost":    koboWebhookLost,
		"webhook-duplicated":   webhookDuplicated,
		"webhook-delayed":      webhookDelayed,
		"webhook-reordered":    webhookReordered,
		"webhook-wrong-key":    webhookWrongKey,
		"flaky":                flaky,
		"month-end-load":       monthEndLoad,
	}
}

// TestBuiltInScripts: each script meets the client that it is for; a new script needs one.
func TestBuiltInScripts(t *testing.T) {
	t.Parallel()
	tests := scriptTests()
	for _, script := range builtInScripts(t) {
		test, there := tests[script.Name]
		if strings.HasPrefix(script.Name, "systembruker-") {
			continue // TestAnswersOfCustomers in mock/tests/onboarding has the vendor that meets them
		}
		if !there {
			t.Errorf("no client meets the script %s; give it one in scriptTests", script.Name)
			continue
		}
		delete(tests, script.Name)
		t.Run(script.Name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
	for name := range tests {
		t.Errorf("there is no script %s", name)
	}
}

func builtInScripts(t *testing.T) (scripts []mock.Scenario) {
	t.Helper()
	known, err := mock.LoadCatalog(nil)
	if err != nil {
		t.Fatal(err)
	}
	all, err := known.Scenarios(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range all {
		if one.Text != "" {
			scripts = append(scripts, one)
		}
	}
	return scripts
}

// arm lets a scenario play for the calls that fit.
func arm(t *testing.T, s *mocktest.Session, play mock.Play) {
	t.Helper()
	s.Play(play)
}

// try makes a call that may fail on its way, and returns the answer with all of its body that came.
func try(client *http.Client, r *http.Request) (*http.Response, string, error) {
	response, err := client.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response, string(body), err
}

// isTorn reports whether a call ended because its connection did, by a reset or in good order.
func isTorn(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// control calls an operation of sandkasse's own, which must succeed; the answer is decoded unless
// into is nil.
func control(t *testing.T, s *mocktest.Session, method, path, body string, into any) {
	t.Helper()
	r, err := http.NewRequest(method, s.URL("")+"/_sandkasse/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, answer := testkit.Send(t, http.DefaultClient, r)
	if response.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s %s", method, path, response.Status, answer)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(answer), into); err != nil {
			t.Fatalf("%s %s: %v: %s", method, path, err, answer)
		}
	}
}

// transmissions returns those of a delivery's dialog as Dialogporten shows them: their ids by type.
func transmissions(t *testing.T, s *mocktest.Session, dialogID string) map[string][]string {
	t.Helper()
	var dialog struct{ Transmissions []struct{ ID, Type string } }
	address := s.URL("dialogporten") + "/api/v1/enduser/dialogs/" + dialogID
	testkit.GetDialog(t, s, http.DefaultClient, address, testkit.Oppgavegiver, &dialog)
	byType := map[string][]string{}
	for _, one := range dialog.Transmissions {
		byType[one.Type] = append(byType[one.Type], one.ID)
	}
	return byType
}

// isOnlyDelivery: the dialog has this forsendelse and no other.
func isOnlyDelivery(t *testing.T, s *mocktest.Session, got testkit.Receipt) {
	t.Helper()
	if all := transmissions(t, s, got.DialogID)["Submission"]; len(all) != 1 || all[0] != got.ForsendelseID {
		t.Errorf("the dialog has the forsendelser %v, want %s alone", all, got.ForsendelseID)
	}
}

// lostAnswers delivers under one key until an answer comes, and tells how many were lost before.
func lostAnswers(t *testing.T, s *mocktest.Session, play mock.Play) (lost int) {
	t.Helper()
	arm(t, s, play)
	key := uuid.New()
	for ; ; lost++ {
		response, body, err := try(http.DefaultClient, testkit.Delivery(t, s, key, testkit.Example(t)))
		if err != nil {
			if !isTorn(err) || lost > 5 {
				t.Fatalf("attempt %d: %v", lost+1, err)
			}
			continue
		}
		var got testkit.Receipt
		if err := json.Unmarshal([]byte(body), &got); err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("answered %s: %s", response.Status, body)
		}
		first := s.Calls(mock.CallQuery{Limit: 1000})[0]
		if string(first.Answer.Body) != body || first.Status != http.StatusOK || len(first.Played) != 1 {
			t.Errorf("the lost answer was %d %s, the one that came %s", first.Status, first.Answer.Body, body)
		}
		isOnlyDelivery(t, s, got)
		return lost
	}
}

// lostAnswer: the connection is torn after the work; the same body under the same key gets the
// first answer, byte for byte, and there is one forsendelse. Kobo has no key: the client looks
// before it sends again.
func lostAnswer(t *testing.T) {
	s := mocktest.Start(t)
	if lost := lostAnswers(t, s, mock.Play{Scenario: "lost-answer"}); lost != 1 {
		t.Errorf("%d answers were lost, want one", lost)
	}
	k := newKoboClient(t, s)
	home := k.create("A")
	arm(t, s, mock.Play{Scenario: "lost-answer", API: "kobo"})
	if _, err := k.try("POST", home+"/leieforhold", koboTenancy); !isTorn(err) {
		t.Errorf("the answer is not lost: %v", err)
	}
	if seen := k.ok("GET", home, ""); seen.Leieforhold == nil {
		t.Error("the tenancy is not there")
	}
	if again, err := k.try("POST", home+"/leieforhold", koboTenancy); err != nil ||
		again.status != http.StatusBadRequest {
		t.Errorf("who sends again without looking is answered %+v, %v", again, err)
	}
}

func lostAnswerTwice(t *testing.T) {
	if lost := lostAnswers(t, mocktest.Start(t), mock.Play{Scenario: "lost-answer-twice"}); lost != 2 {
		t.Errorf("%d answers were lost, want two", lost)
	}
}

// failTwice: the key stays free, so the third attempt is carried out.
func failTwice(t *testing.T) {
	s := mocktest.Start(t)
	key := uuid.New()
	var statuses []string
	for range 3 {
		r := testkit.Delivery(t, s, key, testkit.Example(t))
		r.Header.Set("Sandkasse-Scenario", "fail-twice-then-ok")
		response, body := testkit.Send(t, http.DefaultClient, r)
		statuses = append(statuses, fmt.Sprintf("%d %v %s", response.StatusCode, strings.Contains(body, "GLD_023"),
			response.Header.Get("Sandkasse-Played")))
		if response.StatusCode == http.StatusOK {
			var got testkit.Receipt
			if err := json.Unmarshal([]byte(body), &got); err != nil {
				t.Error(err)
			}
			isOnlyDelivery(t, s, got)
		}
	}
	want := "[500 true fail-twice-then-ok 500 true fail-twice-then-ok 200 false ]"
	if got := fmt.Sprint(statuses); got != want {
		t.Errorf("answered %s, want %s", got, want)
	}
}

// truncated: the body is shorter than promised, which the client takes for a lost answer.
func truncated(t *testing.T) {
	s := mocktest.Start(t)
	key := uuid.New()
	arm(t, s, mock.Play{Scenario: "truncated-answer;bytes=7"})
	response, part, err := try(http.DefaultClient, testkit.Delivery(t, s, key, testkit.Example(t)))
	if !errors.Is(err, io.ErrUnexpectedEOF) || part != `{"dialo` || response.ContentLength < 20 {
		t.Errorf("got %q of %d bytes, %v", part, response.ContentLength, err)
	}
	got, _ := testkit.Accepted(t, http.DefaultClient, testkit.Delivery(t, s, key, testkit.Example(t)))
	isOnlyDelivery(t, s, got)
}

// html: the client goes by status and Content-Type before it reads JSON, and delivers again.
func html(t *testing.T) {
	s := mocktest.Start(t)
	key := uuid.New()
	for ask, status := range map[string]int{
		"html-instead-of-json":            http.StatusBadGateway,
		"html-instead-of-json;status=200": http.StatusOK,
	} {
		r := testkit.Delivery(t, s, key, testkit.Example(t))
		r.Header.Set("Sandkasse-Scenario", ask)
		response, body := testkit.Send(t, http.DefaultClient, r)
		if response.StatusCode != status || response.Header.Get("Content-Type") != "text/html" ||
			!strings.HasPrefix(body, "<html>") {
			t.Errorf("%s: %s %s %s", ask, response.Status, response.Header.Get("Content-Type"), body)
		}
	}
	got, _ := testkit.Accepted(t, http.DefaultClient, testkit.Delivery(t, s, key, testkit.Example(t)))
	isOnlyDelivery(t, s, got)
}

// wrongContentType: a success is a success whatever its header says, and the same key shows it.
func wrongContentType(t *testing.T) {
	s := mocktest.Start(t)
	key := uuid.New()
	arm(t, s, mock.Play{Scenario: "wrong-content-type"})
	response, body := testkit.Send(t, http.DefaultClient, testkit.Delivery(t, s, key, testkit.Example(t)))
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/html" {
		t.Errorf("answered %s, %s", response.Status, response.Header.Get("Content-Type"))
	}
	again, same := testkit.Send(t, http.DefaultClient, testkit.Delivery(t, s, key, testkit.Example(t)))
	if same != body || again.Header.Get("Content-Type") != "application/json" {
		t.Errorf("the repeat is answered %s %s, the first time %s", again.Header.Get("Content-Type"), same, body)
	}
}
