package maskinporten

import (
	"slices"
	"strings"
	"time"

	"sandkasse/mock/internal/excerpt"
	"sandkasse/mock/internal/token"
)

const (
	// promisedLifetime is the maximal time from iat to exp on Digdir's page (protocol_jwtgrant).
	promisedLifetime = 120 * time.Second
	// maxLifetime is the maximal time that the server accepts (docs/sources/maskinporten.md).
	maxLifetime = 180 * time.Second

	// transitTime is allowed for a request to arrive, see earliestIssue.
	transitTime = 250 * time.Millisecond
)

// checkAudience requires that aud is the issuer (Digdir, protocol_jwtgrant) or one of the others,
// in the same spelling. The error is a refusal with MP-110 (K103).
func (a assertion) checkAudience(issuer string, others []string) error {
	if len(a.audience) == 1 && (a.audience[0] == issuer || slices.Contains(others, a.audience[0])) {
		return nil
	}
	aud := strings.Join(a.audience, " ")
	switch {
	case aud == "":
		return refuse("MP-110", "aud is missing, must be the issuer, %q", issuer)
	case len(a.audience) > 1:
		return refuse("MP-110", "aud has %d values (%s), must be one, the issuer %q", len(a.audience),
			excerpt.ASCII(aud), issuer)
	case aud+"/" == issuer:
		return refuse("MP-110", "aud is %q, must end with a slash: %q", excerpt.ASCII(aud), issuer)
	case strings.TrimRight(aud, "/")+"/" == issuer:
		return refuse("MP-110", "aud is %q, must end with one slash: %q", excerpt.ASCII(aud), issuer)
	case aud == issuer+"token":
		return refuse("MP-110", "aud is %q, the address of the token endpoint, must be the issuer's: %q",
			excerpt.ASCII(aud), issuer)
	}
	return refuse("MP-110", "aud is %q, must be the issuer, %q", excerpt.ASCII(aud), issuer)
}

// Texts of refusals, and the advice at the end of their reasons.
const (
	expiredText = "JWT has expired"             // by the server; the page has it as the title of MP-130
	futureText  = "Issue time is in the future" // by the server; the page has it as "Issue time is after now"
	clockAdvice = "make a grant for each call, and compare the clocks"
)

// checkTimes checks iat, exp and nbf by the clock. The error is a refusal. Observed makes the
// server's three checks in their order and with their texts, and none else (K520). Documented
// follows Digdir's page (K101). RFC 7523, section 3, requires the check of nbf.
func (a assertion) checkTimes(rules Rules, now time.Time) error {
	documented := rules == Documented
	lifetime, grace := maxLifetime, token.ClockSkew
	if documented {
		lifetime, grace = promisedLifetime, 0
	}
	issued, expires := a.validity.IssuedAt, a.validity.ExpiresAt
	life := expires.Sub(issued)
	switch {
	case life > lifetime:
		return refuse(tooLongLifetime,
			"exp is %.0f s after iat, must be at most %.0f s (golang.org/x/oauth2/jwt adds 10 s to its Expires)",
			life.Seconds(), lifetime.Seconds())
	case documented && life <= 0:
		return refuse("MP-011", "exp (%s) is not after iat (%s), must be 1 to %.0f s after", token.FormatTime(expires),
			token.FormatTime(issued), lifetime.Seconds())
	case issued.After(now.Add(token.ClockSkew)):
		return refuseWith(issuedInTheFuture, serverText(rules, futureText),
			"iat is %s, %s ahead of the sandbox's clock (%s), must be at most %s ahead: %s", token.FormatTime(issued),
			token.FormatSeconds(issued.Sub(now)), token.FormatTime(now), token.ClockSkew, clockAdvice)
	case documented && issued.Before(earliestIssue(now)):
		return refuse("MP-130", "iat is %s, %s ago by the sandbox's clock (%s), must be at most %s ago: %s",
			token.FormatTime(issued), token.FormatSeconds(now.Sub(issued)), token.FormatTime(now), token.ClockSkew,
			clockAdvice)
	case documented && !now.Before(expires), now.After(expires.Add(grace)):
		return refuseWith("MP-130", serverText(rules, expiredText),
			"the grant expired %s ago, at %s (the sandbox's clock says %s, and allows %s): %s",
			token.FormatSeconds(now.Sub(expires)), token.FormatTime(expires), token.FormatTime(now), grace, clockAdvice)
	case a.validity.NotBefore.After(now.Add(token.ClockSkew)):
		return refuse("MP-011",
			"nbf is %s, %s ahead of the sandbox's clock (%s), must be at most %s ahead, or left out",
			token.FormatTime(a.validity.NotBefore), token.FormatSeconds(a.validity.NotBefore.Sub(now)),
			token.FormatTime(now), token.ClockSkew)
	}
	return nil
}

// serverText returns the server's text of a refusal, or "" under Documented, for the text of the
// page.
func serverText(rules Rules, text string) string {
	if rules == Documented {
		return ""
	}
	return text
}

// remarks returns what in an accepted grant Digdir's page (protocol_jwtgrant) does not allow,
// though Maskinporten accepts it: sentences for the journal without values of the grant. Documented
// refuses all of it.
func (a assertion) remarks(now time.Time) []string {
	var remarks []string
	for _, remark := range []struct {
		applies bool
		text    string
	}{
		{
			a.validity.ExpiresAt.Sub(a.validity.IssuedAt) > promisedLifetime,
			"exp is more than 120 s after iat: Maskinporten takes up to 180 s, its page promises 120 s",
		},
		{
			!a.validity.ExpiresAt.After(a.validity.IssuedAt),
			"exp is not after iat: Maskinporten does not look at that, its page wants 1 to 120 s between them",
		},
		{
			a.validity.IssuedAt.Before(earliestIssue(now)),
			"iat is more than 10 s ago: Maskinporten does not look at that, its page promises 10 s to either side",
		},
		{
			!now.Before(a.validity.ExpiresAt),
			"exp has passed already: Maskinporten gives it 10 s of grace, its page promises none",
		},
		{a.resourceText, "resource is a text: Maskinporten takes it as a list of one, its page promises a list only"},
	} {
		if remark.applies {
			remarks = append(remarks, remark.text)
		}
	}
	return remarks
}

// earliestIssue returns the earliest iat that is accepted at the time now: ten seconds before it,
// in whole seconds, since clients cut off fractions. golang.org/x/oauth2/jwt makes its grants
// exactly ten seconds old, and one that is sent just before a full second must not fail by chance:
// so just after a full second, one second more is accepted. On the full second itself, where a
// frozen clock stands, nothing is on its way (K100).
func earliestIssue(now time.Time) time.Time {
	second := now.Truncate(time.Second)
	if part := now.Sub(second); part > 0 && part < transitTime {
		second = second.Add(-time.Second)
	}
	return second.Add(-token.ClockSkew)
}
