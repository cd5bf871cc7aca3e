package maskinporten

import (
	"fmt"
	"time"
)

// clockSkew is how far before its beginning a token counts: what Maskinporten
// itself grants a client's iat (Digdir, protocol_jwtgrant). An end gets no such
// grace (K024).
const clockSkew = 10 * time.Second

// span is when a token lives. A time that it does not tell is zero.
type span struct{ issued, notBefore, expires time.Time }

// span returns the token's times. The error is the first that cannot be read.
func (o object) span() (span, error) {
	var s span
	var err error
	if s.issued, err = o.time("iat"); err != nil {
		return span{}, err
	}
	if s.notBefore, err = o.time("nbf"); err != nil {
		return span{}, err
	}
	if s.expires, err = o.time("exp"); err != nil {
		return span{}, err
	}
	return s, nil
}

// check reports why the token does not live at the time now. A token without
// an end lives for ever.
func (s span) check(now time.Time) error {
	latest := now.Add(clockSkew)
	switch {
	case !s.expires.IsZero() && !now.Before(s.expires):
		return norwegian("tokenet er utløpt", fmt.Errorf("the token expired %s ago, at %s (the sandbox's clock says %s), must be fetched anew", seconds(now.Sub(s.expires)), stamp(s.expires), stamp(now)))
	case s.notBefore.After(latest):
		return norwegian("tokenet gjelder ikke ennå (nbf)", fmt.Errorf("the token is not valid before nbf, %s, in %s (the sandbox's clock says %s, and allows %s)", stamp(s.notBefore), seconds(s.notBefore.Sub(now)), stamp(now), seconds(clockSkew)))
	case s.issued.After(latest):
		return norwegian("tokenet er utstedt fram i tid (iat)", fmt.Errorf("the token is issued in the future: iat is %s, in %s (the sandbox's clock says %s, and allows %s)", stamp(s.issued), seconds(s.issued.Sub(now)), stamp(now), seconds(clockSkew)))
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func seconds(d time.Duration) string { return d.Truncate(time.Second).String() }
