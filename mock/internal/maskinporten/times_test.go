package maskinporten

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

// TestTimesOfAGrant holds each bound of a grant's times from both sides, in seconds from now, by
// the server and by its documentation.
func TestTimesOfAGrant(t *testing.T) {
	t.Parallel()
	const (
		tooLong = "exp is more than 120 s after iat: Maskinporten takes up to 180 s, its page promises 120 s"
		noLife  = "exp is not after iat: Maskinporten does not look at that, its page wants 1 to 120 s between them"
		old     = "iat is more than 10 s ago: Maskinporten does not look at that, its page promises 10 s to either side"
		passed  = "exp has passed already: Maskinporten gives it 10 s of grace, its page promises none"
	)
	for _, test := range []struct {
		name              string
		iat, exp          string // seconds from now, as JSON numbers with %d for now
		part              time.Duration
		refused, strictly string // the page of the refusal; empty for a token
		remarks           []string
	}{
		{name: "made now", iat: "0", exp: "120"},
		{name: "life of 121 s", iat: "0", exp: "121", strictly: tooLongLifetime, remarks: []string{tooLong}},
		{name: "life of 180 s", iat: "0", exp: "180", strictly: tooLongLifetime, remarks: []string{tooLong}},
		{name: "life of 181 s", iat: "0", exp: "181", refused: tooLongLifetime, strictly: tooLongLifetime},
		{
			name: "life of 181 s, made 100 s ago", iat: "-100", exp: "81", refused: tooLongLifetime,
			strictly: tooLongLifetime,
		},
		{name: "iat 10 s ago", iat: "-10", exp: "110"},
		{name: "iat 10 s ago, under way", iat: "-10", exp: "110", part: 200 * time.Millisecond},
		{name: "iat 11 s ago", iat: "-11", exp: "109", strictly: "MP-130", remarks: []string{old}},
		{name: "iat 30 s ago", iat: "-30", exp: "90", strictly: "MP-130", remarks: []string{old}},
		{name: "iat 100 s ago", iat: "-100", exp: "20", strictly: "MP-130", remarks: []string{old}},
		{name: "iat 170 s ago", iat: "-170", exp: "10", strictly: tooLongLifetime, remarks: []string{tooLong, old}},
		{
			name: "iat 190 s ago", iat: "-190", exp: "-10", strictly: tooLongLifetime,
			remarks: []string{tooLong, old, passed},
		},
		{name: "iat 10 s ahead", iat: "10", exp: "130"},
		{name: "iat 11 s ahead", iat: "11", exp: "100", refused: issuedInTheFuture, strictly: issuedInTheFuture},
		{name: "iat 15 s ahead", iat: "15", exp: "100", refused: issuedInTheFuture, strictly: issuedInTheFuture},
		{name: "exp now", iat: "-5", exp: "0", strictly: "MP-130", remarks: []string{passed}},
		{name: "exp 5 s ago", iat: "-60", exp: "-5", strictly: "MP-130", remarks: []string{old, passed}},
		{name: "exp 10 s ago", iat: "-60", exp: "-10", strictly: "MP-130", remarks: []string{old, passed}},
		{
			name: "exp 10 s and a part ago", iat: "-60", exp: "-10", part: time.Nanosecond, refused: "MP-130",
			strictly: "MP-130",
		},
		{name: "exp 11 s ago", iat: "-60", exp: "-11", refused: "MP-130", strictly: "MP-130"},
		{name: "exp at iat", iat: "0", exp: "0", strictly: "MP-011", remarks: []string{noLife, passed}},
		{name: "exp before iat", iat: "5", exp: "4", strictly: "MP-011", remarks: []string{noLife}},
		{name: "too long and ahead", iat: "20", exp: "220", refused: tooLongLifetime, strictly: tooLongLifetime},
		{name: "ahead and expired", iat: "20", exp: "-20", refused: issuedInTheFuture, strictly: "MP-011"},
	} {
		at := now.Add(test.part)
		seconds := func(from string) string {
			var n int64
			if _, err := fmt.Sscan(from, &n); err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(now.Unix() + n)
		}
		assertion := ask(t, kidHeader, "iat="+seconds(test.iat), "exp="+seconds(test.exp))
		for rules, want := range map[Rules]string{Observed: test.refused, Documented: test.strictly} {
			response, err := give(newIssuerInSession(testKey(t), nil, testVendor, rules), assertion, at)
			var refused *OAuthError
			switch {
			case errors.As(err, &refused):
				if refused.Page != want {
					t.Errorf("%s, %s: refused with %s (%s), want %q", test.name, rules, refused.Page, refused.Why, want)
				}
			case err != nil || want != "":
				t.Errorf("%s, %s: a token was given or %v, want %s", test.name, rules, err, want)
			case rules == Observed && !slices.Equal(response.Remarks, test.remarks):
				t.Errorf("%s: remarks are %q, want %q", test.name, response.Remarks, test.remarks)
			case rules == Documented && len(response.Remarks) > 0:
				t.Errorf("%s: there are remarks on what the documentation promises: %q", test.name, response.Remarks)
			}
		}
	}
}

// TestWordsOfARefusedTime: the server's own words, or those of its documentation.
func TestWordsOfARefusedTime(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		iat, exp           int64
		server, documented string
	}{
		{0, 181, "JWT has too long lifetime.", "JWT has too long lifetime."},
		{11, 100, "Issue time is in the future.", "Issue time is after now."},
		{-60, -11, "JWT has expired.", "JWT is expired."},
	} {
		assertion := ask(t, kidHeader, fmt.Sprintf("iat=%d", now.Unix()+test.iat),
			fmt.Sprintf("exp=%d", now.Unix()+test.exp))
		for rules, text := range map[Rules]string{Observed: test.server, Documented: test.documented} {
			_, err := give(newIssuerInSession(testKey(t), nil, testVendor, rules), assertion, now)
			want := "Invalid assertion. Client authentication failed. " + text + " (trace_id: " + traceID(testIDs()) +
				")"
			if refused := refusedFor(t, err); refused.Description != want || refused.Code != invalidGrant {
				t.Errorf("%s: %s, %q, want %q", rules, refused.Code, refused.Description, want)
			}
		}
	}
}
