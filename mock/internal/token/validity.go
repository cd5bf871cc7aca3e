package token

import (
	"fmt"
	"time"
)

// ClockSkew is how far before its beginning a token counts: what Maskinporten
// itself grants a client's iat (Digdir, protocol_jwtgrant). An end gets no such
// grace (K024).
const ClockSkew = 10 * time.Second

// Validity is when a token lives. A time that it does not tell is zero.
type Validity struct{ IssuedAt, NotBefore, ExpiresAt time.Time }

// Validity returns the token's times. The error is the first that cannot be read.
func (o Claims) Validity() (Validity, error) {
	var s Validity
	var err error
	if s.IssuedAt, err = o.time("iat"); err != nil {
		return Validity{}, err
	}
	if s.NotBefore, err = o.time("nbf"); err != nil {
		return Validity{}, err
	}
	if s.ExpiresAt, err = o.time("exp"); err != nil {
		return Validity{}, err
	}
	return s, nil
}

// check reports why the token does not live at the time now. A token without
// an end lives for ever.
func (s Validity) check(now time.Time) error {
	latest := now.Add(ClockSkew)
	switch {
	case !s.ExpiresAt.IsZero() && !now.Before(s.ExpiresAt):
		return withMelding("tokenet er utløpt", fmt.Errorf("the token expired %s ago, at %s (the sandbox's clock says %s), must be fetched anew", FormatSeconds(now.Sub(s.ExpiresAt)), FormatTime(s.ExpiresAt), FormatTime(now)))
	case s.NotBefore.After(latest):
		return withMelding("tokenet gjelder ikke ennå (nbf)", fmt.Errorf("the token is not valid before nbf, %s, in %s (the sandbox's clock says %s, and allows %s)", FormatTime(s.NotBefore), FormatSeconds(s.NotBefore.Sub(now)), FormatTime(now), FormatSeconds(ClockSkew)))
	case s.IssuedAt.After(latest):
		return withMelding("tokenet er utstedt fram i tid (iat)", fmt.Errorf("the token is issued in the future: iat is %s, in %s (the sandbox's clock says %s, and allows %s)", FormatTime(s.IssuedAt), FormatSeconds(s.IssuedAt.Sub(now)), FormatTime(now), FormatSeconds(ClockSkew)))
	}
	return nil
}

func FormatTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func FormatSeconds(d time.Duration) string { return d.Truncate(time.Second).String() }
