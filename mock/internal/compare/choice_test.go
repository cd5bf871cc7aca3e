package compare

import "testing"

func TestChoiceOf(t *testing.T) {
	t.Parallel()
	reporting := func(stoppedBy, code string) Context {
		return Context{
			API: "bsu", Family: "innrapportering", Method: "POST", Status: 400,
			Specification: []string{code},
			StoppedBy:     stoppedBy,
		}
	}
	for _, test := range []struct {
		found Finding
		at    Context
		want  string
	}{
		{Finding{Kind: Code}, reporting("json", ""), "K006"},
		{Finding{Kind: Code}, reporting("content-type", ""), "K018"},
		{Finding{Kind: Status}, reporting("inntektsaar-supported", ""), "K009"},
		{Finding{Kind: Melding, Place: "/spesifisering/*/melding"}, reporting("token", "GLD_1008"), "K502"},
		{Finding{Kind: Melding, Place: "/spesifisering/*/melding"}, reporting("accept", "GLD_1030"), "K004"},
		{Finding{Kind: Melding, Place: "/melding"}, reporting("accept", "GLD_1030"), "K002"},
		{Finding{Kind: Member, Place: "/dialogId"}, reporting("", ""), ""},
		{Finding{Kind: Status}, Context{Family: "kobo", Status: 201}, "K203"},
		{Finding{Kind: Status}, Context{Family: "kobo", Status: 400, Method: "DELETE", StoppedBy: "json"}, "K223"},
		{Finding{Kind: Member, Ours: "null"}, Context{Family: "kobo"}, "K207"},
		{Finding{Kind: Member, Ours: "a number"}, Context{Family: "kobo"}, ""},
		{Finding{Kind: Status}, Context{Family: "bsu", Method: "HEAD", StoppedBy: "method"}, "K019"},
		{Finding{Kind: Status, Theirs: "200"}, reporting("idempotency-key", "GLD_1022"), "K036"},
		{Finding{Kind: Status, Theirs: "200"}, reporting("idempotency-key", "GLD_1028"), ""},
		{Finding{Kind: Status, Theirs: "503"}, reporting("idempotency-key", "GLD_1022"), ""},
		{Finding{Kind: Status, Theirs: "429"}, reporting("inntektsaar-supported", ""), ""},
		{
			Finding{Kind: Value, Place: "/transmissions/*/content/contentReference/value/*/value"},
			Context{Family: "dialogporten"},
			"K075",
		},
		{Finding{Kind: Enumeration, Place: "/items/*/status"}, Context{Family: "dialogporten"}, "K070"},
	} {
		if got := ChoiceOf(test.found, test.at); got != test.want {
			t.Errorf("%+v in %+v rests on %q, want %q", test.found, test.at, got, test.want)
		}
	}
}

// TestNoChoiceIsHidden: each of the choices is that of some difference, and no other before it takes all of those.
func TestNoChoiceIsHidden(t *testing.T) {
	t.Parallel()
	for i, one := range choices {
		found, at := Finding{Kind: Value, Place: one.place}, Context{
			Family: one.family, Method: one.method,
			Status: one.status,
		}
		if len(one.kinds) > 0 {
			found.Kind = one.kinds[0]
		}
		if len(one.checks) > 0 {
			at.StoppedBy = one.checks[0]
		}
		if len(one.codes) > 0 {
			at.Code = one.codes[0]
		}
		if len(one.ours) > 0 {
			found.Ours = one.ours[0]
		}
		if got := ChoiceOf(found, at); got != one.number {
			t.Errorf("choice %d, %s, is hidden by %s", i, one.number, got)
		}
	}
}
