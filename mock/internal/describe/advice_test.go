package describe

import (
	"testing"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
)

// TestAdvice: there is advice on every offence, a code goes by its offence, and a status by itself.
func TestAdvice(t *testing.T) {
	t.Parallel()
	for _, offence := range feil.Offences() {
		if offenceAdvice(offence) == "" {
			t.Errorf("there is no advice on %s", offence)
		}
	}
	for _, test := range []struct {
		code catalog.Code
		want string
	}{
		{catalog.Code{Name: "GLD_010", Row: feil.Row{Status: 400, Offence: feil.SchemaViolation}}, wrongBody},
		{catalog.Code{Name: "404", Row: feil.Row{Status: 404, Offence: feil.UnknownURL}}, notThere},
		{catalog.Code{Name: "GLD_999", Row: feil.Row{Status: 503}}, tryAgain},
		{catalog.Code{Name: "GLD_999", Row: feil.Row{Status: 401}}, newToken},
		{catalog.Code{Name: "GLD_999", Row: feil.Row{Status: 409}}, readState},
	} {
		if got := Advice(test.code); got != test.want {
			t.Errorf("%s (%d): %q, want %q", test.code.Name, test.code.Row.Status, got, test.want)
		}
	}
}
