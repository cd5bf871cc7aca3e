package token

import (
	"fmt"
	"time"
)

// ClockSkew bounds how far iat and nbf may lie in the future, as Maskinporten does for the iat of a
// grant (Digdir, protocol_jwtgrant). It does not extend exp (K024).
const ClockSkew = 10 * time.Second

// Validity holds the times iat, nbf and exp of a JWT; zero for a missing one.
type Validity struct{ IssuedAt, NotBefore, ExpiresAt time.Time }

// Validity returns the times. The error names the first that cannot be read.
func (c Claims) Validity() (Validity, error) {
	var s Validity
	var err error
	if s.IssuedAt, err = c.time("iat"); err != nil {
		return Validity{}, err
	}
	if s.NotBefore, err = c.time("nbf"); err != nil {
		return Validity{}, err
	}
	if s.ExpiresAt, err = c.time("exp"); err != nil {
		return Validity{}, err
	}
	return s, nil
}

// check returns an error if a token is not valid at the time now. One without exp does not expire.
func (s Validity) check(now time.Time) error {
	latest := now.Add(ClockSkew)
	switch {
	case !s.ExpiresAt.IsZero() && !now.Before(s.ExpiresAt):
		return withMelding("tokenet er utløpt",
			fmt.Errorf("the token expired %s ago, at %s (the sandbox's clock says %s), must be fetched anew",
				FormatSeconds(now.Sub(s.ExpiresAt)), FormatTime(s.ExpiresAt), FormatTime(now)))
	case s.NotBefore.After(latest):
		return withMelding("tokenet gjelder ikke ennå (nbf)",
			fmt.Errorf("the token is not valid before nbf, %s, in %s (the sandbox's clock says %s, and allows %s)",
				FormatTime(s.NotBefore), FormatSeconds(s.NotBefore.Sub(now)), FormatTime(now),
				FormatSeconds(ClockSkew)))
	case s.IssuedAt.After(latest):
		return withMelding("tokenet er utstedt fram i tid (iat)",
			fmt.Errorf(
				"the token is issued in the future: iat is %s, in %s (the sandbox's clock says %s, and allows %s)",
				FormatTime(s.IssuedAt), FormatSeconds(s.IssuedAt.Sub(now)), FormatTime(now), FormatSeconds(ClockSkew)))
	}
	return nil
}

// FormatTime returns a time in UTC for a sentence.
func FormatTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// FormatSeconds returns a duration in whole seconds for a sentence.
func FormatSeconds(d time.Duration) string { return d.Truncate(time.Second).String() }
