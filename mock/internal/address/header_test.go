package address

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestUnknownHeader: a header that is named as sandkasse's own and is none is refused, with the one
// that was probably meant.
func TestUnknownHeader(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Sandkasse-Sesion":     "no header Sandkasse-Sesion; Sandkasse-Session is the nearest",
		"sandkasse-sessions":   "Sandkasse-Session is the nearest",
		"SANDKASSE-SESSION-ID": "Sandkasse-Session is the nearest",
		"Sandkasse_Session":    "Sandkasse-Session is the nearest",
		"Sandkasse-Senario":    "Sandkasse-Scenario is the nearest",
		"sandkasse-scenarios":  "Sandkasse-Scenario is the nearest",
		"SANDKASSE-Scenarie":   "Sandkasse-Scenario is the nearest",
		"Sandkasse-Scen":       "Sandkasse-Scenario is the nearest",
		"Sandkasse-Anything":   "there is no header Sandkasse-Anything",
		"Sandkasse-":           "there is no header Sandkasse-",
		"Sandkasse-Call":       "stands in answers only; a request may have Sandkasse-Session and Sandkasse-Scenario",
		"sandkasse-played":     "header Sandkasse-Played stands in answers only",
		"SANDKASSE-FEIL":       "header Sandkasse-Feil stands in answers only",
	} {
		for _, path := range []string{"/innrapporteringbsu/v1/2023", "/_session/a/_sandkasse/calls", "/nowhere"} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Header[name] = []string{"x"} // as it was written
			if _, err := of(r, noRealHost); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s at %s: the error is %v, want one with %q", name, path, err, want)
			}
		}
	}
	for _, name := range []string{"Sandkasse-Session", "sandkasse-session", "SANDKASSE-SESSION"} {
		r := httptest.NewRequest(http.MethodGet, "/x", nil)
		r.Header[name] = []string{"s"}
		r.Header[strings.Replace(strings.ToUpper(name), "SESSION", "SCENARIO", 1)] = []string{"a,b"}
		r.Header["Sandkassen-Session"] = []string{"another's header"}
		if a, err := of(r, noRealHost); err != nil || a.Session != "s" ||
			len(a.Scenarios) != 2 {
			t.Errorf("%s: session %q and scenarios %q (%v)", name, a.Session, a.Scenarios, err)
		}
	}
}
