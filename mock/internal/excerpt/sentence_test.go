package excerpt

import "testing"

func TestSentence(t *testing.T) {
	t.Parallel()
	for clause, want := range map[string]string{
		"":                              "",
		"the call is refused":           "The call is refused.",
		"år 2014 is closed":             "År 2014 is closed.",
		"it ends so.":                   "It ends so.",
		"Kobo sends it":                 "Kobo sends it.",
		"idempotencyKey is not a UUID":  "idempotencyKey is not a UUID.",
		"x-kobo-systemid names nothing": "x-kobo-systemid names nothing.",
		"inntektsaar is not a year":     "inntektsaar is not a year.",
		"/v1/2023 has another year":     "/v1/2023 has another year.",
		"expires too late":              "Expires too late.",
	} {
		if got := Sentence(clause); got != want {
			t.Errorf("%q becomes %q, want %q", clause, got, want)
		}
	}
}
