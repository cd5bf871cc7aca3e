package scenarios

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// tokenExpires: a client that uses one token for all its calls gets a new one when the old is
// refused, and repeats the call under its key.
func tokenExpires(t *testing.T) {
	s := mocktest.Start(t)
	tokens := 0
	fetch := func() string {
		tokens++
		r, err := http.NewRequest(http.MethodGet, s.URL("")+"/_sandkasse/token?api=bsu&org="+testkit.Oppgavegiver, nil)
		if err != nil {
			t.Fatal(err)
		}
		_, token := testkit.Send(t, http.DefaultClient, r)
		return "Bearer " + strings.TrimSpace(token)
	}
	token := fetch()
	for i := range 3 {
		key := uuid.New()
		for attempt := 1; ; attempt++ {
			r := testkit.Delivery(t, s, key, testkit.Example(t))
			r.Header.Set("Authorization", token)
			r.Header.Set("Sandkasse-Scenario", "token-expires-midway")
			response, body := testkit.Send(t, http.DefaultClient, r)
			if response.StatusCode == http.StatusOK {
				break
			}
			if response.StatusCode != http.StatusUnauthorized || !strings.Contains(body, "GLD_1008") || attempt == 2 ||
				i != 1 {
				t.Fatalf("delivery %d, attempt %d: %s %s", i+1, attempt, response.Status, body)
			}
			token = fetch()
		}
	}
	if tokens != 2 {
		t.Errorf("%d tokens were needed, want 2", tokens)
	}
}

// documentNotYet: the client asks again until the document is there.
func documentNotYet(t *testing.T) {
	s := mocktest.Start(t)
	got, _ := testkit.Accepted(t, http.DefaultClient, testkit.Delivery(t, s, uuid.New(), testkit.Example(t)))
	for i := range 3 {
		r := fetchOf(t, s, got.ForsendelseID, got.ForsendelseID)
		r.Header.Set("Sandkasse-Scenario", "document-not-yet")
		response, body := testkit.Send(t, http.DefaultClient, r)
		switch early := i < 2; {
		case early && (response.StatusCode != http.StatusNotFound || !strings.Contains(body, "GLD_1050")):
			t.Errorf("fetch %d: %s %s", i+1, response.Status, body)
		case !early && body != string(testkit.Example(t)):
			t.Errorf("in the end: %s %s", response.Status, body)
		}
	}
}

// fetchOf makes a GET of a document of BSU.
func fetchOf(t *testing.T, s *mocktest.Session, forsendelseID, dokumentID string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, s.URL("bsu")+"/v1/2023/forsendelser/"+forsendelseID+"/dokumenter/"+
		dokumentID, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.Token("bsu", testkit.Oppgavegiver))
	return r
}

// feedbackRejected: the delivery is answered 200, and only its feedback says that it does not
// stand.
func feedbackRejected(t *testing.T) {
	s := mocktest.Start(t)
	status := func(scenario string) string {
		r := testkit.Delivery(t, s, uuid.New(), testkit.Example(t))
		r.Header.Set("Sandkasse-Scenario", scenario)
		got, _ := testkit.Accepted(t, http.DefaultClient, r)
		var dialog struct {
			Transmissions []struct{ ID, RelatedTransmissionID string }
		}
		address := s.URL("dialogporten") + "/api/v1/enduser/dialogs/" + got.DialogID
		testkit.GetDialog(t, s, http.DefaultClient, address, testkit.Oppgavegiver, &dialog)
		for _, one := range dialog.Transmissions {
			if one.RelatedTransmissionID != got.ForsendelseID {
				continue
			}
			_, body := testkit.Send(t, http.DefaultClient, fetchOf(t, s, one.ID, one.ID))
			var feedback struct {
				Tilbakemelding struct {
					Fil []struct {
						Leveranse []struct {
							Leveransestatus string
							Leveranseavvik  []struct{ Avvikskode string }
						}
					}
				}
			}
			if err := json.Unmarshal([]byte(body), &feedback); err != nil {
				t.Fatalf("%v: %s", err, body)
			}
			delivery := feedback.Tilbakemelding.Fil[0].Leveranse[0]
			last := delivery.Leveranseavvik[len(delivery.Leveranseavvik)-1].Avvikskode
			return delivery.Leveransestatus + ", last " + last
		}
		return "none"
	}
	if got := status("feedback-rejected"); got != "avvist, last SK-SCENARIO" {
		t.Errorf("the feedback says %s", got)
	}
	if got := status("slow;ms=1"); got != "godkjent, last SK-SUM" {
		t.Errorf("delivered again, the feedback says %s", got)
	}
	var holdings struct {
		Holdings []struct{ AntallOppgaver int }
	}
	if control(t, s, "GET", "holdings", "", &holdings); len(holdings.Holdings) != 1 ||
		holdings.Holdings[0].AntallOppgaver != 5 {
		t.Errorf("there stand %+v", holdings)
	}
}

// feedbackNever: however long the client waits, there is none, and it does not deliver again.
func feedbackNever(t *testing.T) {
	s := mocktest.Start(t)
	r := testkit.Delivery(t, s, uuid.New(), testkit.Example(t))
	r.Header.Set("Sandkasse-Scenario", "feedback-never")
	got, _ := testkit.Accepted(t, http.DefaultClient, r)
	for range 3 {
		if all := transmissions(t, s, got.DialogID); len(all) != 1 || len(all["Submission"]) != 1 {
			t.Errorf("the dialog has %v", all)
		}
		control(t, s, "PUT", "clock", `{"advance": "720h"}`, nil)
	}
}

// flaky: a play with a seed repeats exactly, another seed fails other calls, and a client that
// repeats under its key gets everything through.
func flaky(t *testing.T) {
	const deliveries = 12
	run := func(seed uint64, ways ...string) string {
		s := mocktest.StartWith(t, mock.Options{Seed: seed})
		if len(ways) == 0 {
			arm(t, s, mock.Play{Scenario: "flaky;p=0.5", Times: mock.Always, Seed: seed})
		}
		pattern := ""
		for range deliveries {
			key := uuid.New()
			for status := 0; status != http.StatusOK; {
				r := testkit.Delivery(t, s, key, testkit.Example(t))
				for _, scenario := range ways {
					r.Header.Set("Sandkasse-Scenario", scenario)
				}
				response, body := testkit.Send(t, http.DefaultClient, r)
				if status = response.StatusCode; status != http.StatusOK && !strings.Contains(body, "GLD_023") ||
					len(pattern) > 200 {
					t.Fatalf("answered %s: %s after %s", response.Status, body, pattern)
				}
				pattern += map[bool]string{true: ".", false: "x"}[status == http.StatusOK]
			}
		}
		if made := len(s.Calls(mock.CallQuery{Status: http.StatusOK})); made != deliveries {
			t.Errorf("%d deliveries got through, want %d", made, deliveries)
		}
		return pattern
	}
	first := run(7)
	if again := run(7); again != first {
		t.Errorf("with one seed %s and %s", first, again)
	}
	if asked := run(7, "flaky;p=0.5"); asked != first {
		t.Errorf("armed %s, asked for by each call %s", first, asked)
	}
	if other := run(8); other == first {
		t.Errorf("with another seed %s too", other)
	}
}
