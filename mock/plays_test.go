package mock_test

import (
	"strings"
	"testing"

	"sandkasse/mock/mocktest"
)

// TestPlaysSayWhatIsRight: a play that cannot be armed is told what would be right, and one that is armed shows what was asked for and no more.
func TestPlaysSayWhatIsRight(t *testing.T) {
	t.Parallel()
	w := worldOf(t, mocktest.Start(t), "a")
	for body, tells := range map[string]string{
		`{}`: `scenario is missing: it must be such as {"scenario": "GLD_1015"`,
		`{"scenario": "GLD_1015", "times": "forever"}`:   `times is "forever"; it must be a number, or "always"`,
		`{"scenario": "GLD_1015", "times": 1.5}`:         `times is 1.5; it must be a number`,
		`{"scenario": "GLD_1015", "times": 1001}`:        "1 to 1000, or always",
		`{"scenario": "GLD_1015", "probability": "all"}`: "probability is of the kind string; it must be a number",
		`{"scenario": ["GLD_1015"]}`:                     "scenario is of the kind array; it must be a string",
		`{"scenario": "GLD_1015", "method": "POTS"}`:     "there are GET, HEAD, POST",
		`{"scenario": "GLD_1015", "route": "v1"}`:        "there are innsending",
		`{"scenario": "GLD_1015", "api": "kobo"}`:        "V14",
		`[]`: "the body is of the kind array; it must be an object",
	} {
		if got := w.call("POST", w.URL("")+"/_sandkasse/plays", body); got.Status != 400 || !strings.Contains(got.Header.Get("Sandkasse-Feil"), tells) {
			t.Errorf("%s: %d %s, want one with %q", body, got.Status, got.Body, tells)
		}
	}
	if got := w.call("DELETE", w.URL("")+"/_sandkasse/plays/7", ""); got.Status != 404 || !strings.Contains(got.Body, "GET /_session/a/_sandkasse/plays") {
		t.Errorf("to disarm what is not armed: %d %s", got.Status, got.Body)
	}
	if shown := w.control("POST", "plays", `{"scenario": "lost-answer", "api": "bsu"}`, nil); strings.Contains(shown, "probability") || !strings.Contains(shown, `"api": "bsu"`) {
		t.Errorf("armed is %s", shown)
	}
}
