package control

import (
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// TestPlaysSayWhatIsRight: the refusal of a play that cannot be armed says what would be right, and
// one that is armed shows what was asked for and no more.
func TestPlaysSayWhatIsRight(t *testing.T) {
	t.Parallel()
	w := testkit.NewClient(t, mocktest.Start(t), "a")
	for body, tells := range map[string]string{
		`{}`: `scenario is missing: it must be such as {"scenario": "GLD_1015"`,
		`{"scenario": "GLD_1015", "times": "forever"}`: `times is "forever"; ` +
			`it must be a whole number from 1 to 1000, or "always"`,
		`{"scenario": "GLD_1015", "times": 1.5}`:         `times is 1.5; it must be a whole number`,
		`{"scenario": "GLD_1015", "times": 1001}`:        `1 to 1000, or "always"`,
		`{"scenario": "GLD_1015", "probability": "all"}`: `probability is "all", a text; it must be a number`,
		`{"scenario": ["GLD_1015"]}`: "scenario is a list; it must " +
			"be a text in quotation marks",
		`{"scenario": "GLD_1015", "method": "POTS"}`: "there are GET, HEAD, POST",
		`{"scenario": "GLD_1015", "route": "v1"}`:    "there are innsending",
		`{"scenario": "GLD_1015", "api": "kobo"}`:    "V14",
		`{"scenario": "GLD_1015", "times": 0}`:       `1 to 1000, or "always"`,
		`{"scenario": "GLD_1015", "times": -1}`:      `1 to 1000, or "always"`,
		`{"scenario": "kobo-webhook-lost", "api": "bsu"}`: "kobo-webhook-lost has no step " +
			"for bsu; its steps are for kobo (POST, PUT, DELETE)",
		`{"scenario": "kobo-webhook-lost", "method": "GET"}`: "no step for GET; its steps " +
			"are for kobo",
		`{"scenario": "kobo-webhook-lost", "route": "innsending"}`: "no step for innsending; its " +
			"steps are for kobo",
		`{"scenario": "document-not-yet", "method": "POST", "route": "innsending"}`: "no step for POST innsending; " +
			"its steps are for innrapportering (uthenting_dokument)",
		`[]`: "the body is a list; it must be an object",
	} {
		if got := w.Call("POST", w.URL("")+"/_sandkasse/plays", body); got.Status != 400 ||
			!strings.Contains(got.Header.Get("Sandkasse-Feil"), tells) {
			t.Errorf("%s: %d %s, want one with %q", body, got.Status, got.Body, tells)
		}
	}
	if got := w.Call("DELETE", w.URL("")+"/_sandkasse/plays/7", ""); got.Status != 404 ||
		!strings.Contains(got.Body, "GET /_session/a/_sandkasse/plays") {
		t.Errorf("to disarm what is not armed: %d %s", got.Status, got.Body)
	}
	shown := w.Control("POST", "plays", `{"scenario": "lost-answer", "api": "bsu"}`, nil)
	if strings.Contains(shown, "probability") || !strings.Contains(shown, `"api": "bsu"`) {
		t.Errorf("armed is %s", shown)
	}
}

// TestScenarioForOtherCalls: a scenario that a call asks for and that has no step for it is no
// fault, since a base address carries it to every call, and the journal says so. One that has a
// step, which is used up, is not reported as one that has none.
func TestScenarioForOtherCalls(t *testing.T) {
	t.Parallel()
	w := testkit.NewClient(t, mocktest.Start(t), "a")
	const none = "the scenario kobo-webhook-lost did not play: no step of it is for this call"
	for i, test := range []struct {
		asked, why string
		status     int
	}{
		{"kobo-webhook-lost", none, 200},
		{"kobo-webhook-lost, slow;ms=1", none, 200},
		{"fail-twice-then-ok", "a scenario asked for this", 500},
		{"fail-twice-then-ok", "a scenario asked for this", 500},
		{"fail-twice-then-ok", "", 200},
	} {
		got := w.Deliver(i+1, "Sandkasse-Scenario", test.asked)
		calls := w.Calls(mock.CallQuery{})
		if last := calls[len(calls)-1]; got.Status != test.status || last.Why != test.why {
			t.Errorf("%s: %d, and why is %q; want %d and %q", test.asked, got.Status, last.Why, test.status, test.why)
		}
	}
	w.Call("POST", w.URL("maskinporten")+"/token", "", "Sandkasse-Scenario", "kobo-webhook-lost")
	if calls := w.Calls(mock.CallQuery{API: "maskinporten"}); calls[len(calls)-1].Why == none {
		t.Error("the reason of a refusal is lost")
	}
}
