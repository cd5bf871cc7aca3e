package reporting

import (
	"net/http"
	"strings"
	"testing"

	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/mocktest"
)

// TestKeyBeforeLaterChecks: a key that was answered before gets its first answer, or the refusal of
// another body, whatever the checks after that of the key would say. A scenario that plays instead
// of the work is not played on it, and is there for the next call.
func TestKeyBeforeLaterChecks(t *testing.T) {
	t.Parallel()
	c := testkit.NewClient(t, mocktest.Start(t), "a")
	const reporter = "319000003"
	post := func(key int, body string) testkit.Response {
		return c.Send(http.MethodPost, c.URL("bsu")+"/v1/2023", strings.NewReader(body),
			"Authorization", c.Bearer("bsu", reporter), "Content-Type", "application/json",
			"idempotencyKey", testkit.UUID(key))
	}
	example := string(testkit.Example(t))
	right := `{"from": "` + testkit.Oppgavegiver + `", "to": "` + reporter + `"}`
	c.Control("POST", "delegations", right, nil)
	first := post(1, example)
	if first.Status != http.StatusOK {
		t.Fatalf("answered %d: %s", first.Status, first.Body)
	}
	for name, body := range map[string]string{"broken JSON": "{", "no delivery": "{}"} {
		if got := post(1, body); got.Status != http.StatusConflict || !strings.Contains(got.Body, "GLD_019") {
			t.Errorf("%s under the same key is answered %d: %s", name, got.Status, got.Body)
		}
	}
	c.Control("POST", "plays", `{"scenario": "fail-twice-then-ok"}`, nil)
	if again := post(1, example); again.Body != first.Body || again.Status != http.StatusOK {
		t.Errorf("with a scenario armed the repeat is answered %d: %s", again.Status, again.Body)
	}
	for key, want := range map[int]int{2: http.StatusInternalServerError, 3: http.StatusInternalServerError} {
		if other := post(key, example); other.Status != want {
			t.Errorf("call %d, on which the scenario plays, is answered %d: %s", key, other.Status, other.Body)
		}
	}
	c.Control("DELETE", "delegations", right, nil)
	if other := post(4, example); other.Status != http.StatusForbidden {
		t.Errorf("without the right a new call is answered %d: %s", other.Status, other.Body)
	}
	if again := post(1, example); again.Body != first.Body || again.Status != http.StatusOK {
		t.Errorf("without the right the repeat is answered %d: %s", again.Status, again.Body)
	}
}
