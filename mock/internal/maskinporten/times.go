package maskinporten

import (
	"strings"
	"time"
)

const (
	// maxLifetime is how long a grant may live: from its iat to its exp
	// (Digdir, protocol_jwtgrant).
	maxLifetime = 120 * time.Second

	// transit is how long a grant may be under way, see earliestIssue.
	transit = 250 * time.Millisecond
)

// checkAudience wants the issuer in aud, to the letter (Digdir,
// protocol_jwtgrant). The error is a refusal with MP-110 (K103).
func (a assertion) checkAudience(issuer string) error {
	if len(a.audience) == 1 && a.audience[0] == issuer {
		return nil
	}
	aud := strings.Join(a.audience, " ")
	switch {
	case aud == "":
		return refuse("MP-110", "aud is missing, must be the issuer, %q", issuer)
	case len(a.audience) > 1:
		return refuse("MP-110", "aud has %d values (%s), must be one, the issuer %q", len(a.audience), cut(aud), issuer)
	case aud+"/" == issuer:
		return refuse("MP-110", "aud is %q, must end with a slash: %q", cut(aud), issuer)
	case strings.TrimRight(aud, "/")+"/" == issuer:
		return refuse("MP-110", "aud is %q, must end with one slash: %q", cut(aud), issuer)
	case aud == issuer+"token":
		return refuse("MP-110", "aud is %q, the address of the token endpoint, must be the issuer's: %q", cut(aud), issuer)
	}
	return refuse("MP-110", "aud is %q, must be the issuer, %q", cut(aud), issuer)
}

// checkTimes looks at iat, exp and nbf by the clock. The error is a refusal. A
// lifetime that is too long has no code of its own: it is a wrong value (K102). An
// iat that is too old has none either: it is told as expired (K101).
func (a assertion) checkTimes(now time.Time) error {
	const clocks = "make a grant for each call, and compare the clocks"
	issued, expires := a.span.issued, a.span.expires
	switch lifetime := expires.Sub(issued); {
	case lifetime > maxLifetime:
		return refuse("MP-011", "exp is %.0f s after iat, must be at most %.0f s (golang.org/x/oauth2/jwt adds 10 s to its Expires)", lifetime.Seconds(), maxLifetime.Seconds())
	case lifetime <= 0:
		return refuse("MP-011", "exp (%s) is not after iat (%s), must be 1 to %.0f s after", stamp(expires), stamp(issued), maxLifetime.Seconds())
	case issued.After(now.Add(clockSkew)):
		return refuse(issuedInTheFuture, "iat is %s, %s ahead of the sandbox's clock (%s), must be at most %s ahead: %s", stamp(issued), seconds(issued.Sub(now)), stamp(now), clockSkew, clocks)
	case issued.Before(earliestIssue(now)):
		return refuse("MP-130", "iat is %s, %s ago by the sandbox's clock (%s), must be at most %s ago: %s", stamp(issued), seconds(now.Sub(issued)), stamp(now), clockSkew, clocks)
	case !now.Before(expires):
		return refuse("MP-130", "the grant expired %s ago, at %s (the sandbox's clock says %s): %s", seconds(now.Sub(expires)), stamp(expires), stamp(now), clocks)
	case a.span.notBefore.After(now.Add(clockSkew)):
		return refuse("MP-011", "nbf is %s, %s ahead of the sandbox's clock (%s), must be at most %s ahead, or left out", stamp(a.span.notBefore), seconds(a.span.notBefore.Sub(now)), stamp(now), clockSkew)
	}
	return nil
}

// earliestIssue is the earliest iat that counts at the time now: ten seconds
// before it, in whole seconds, since clients cut off parts of a second.
// golang.org/x/oauth2/jwt makes its grants exactly ten seconds old, and one that
// is under way while the second turns must not fail by chance: so right after
// the turn, one second more is given. On the turn itself, where a frozen clock
// stands, nothing is under way (K100).
func earliestIssue(now time.Time) time.Time {
	second := now.Truncate(time.Second)
	if part := now.Sub(second); part > 0 && part < transit {
		second = second.Add(-time.Second)
	}
	return second.Add(-clockSkew)
}
