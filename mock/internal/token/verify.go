package token

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Mode is how much of a token is checked.
type Mode string

const (
	// Strict checks all that an API behind Maskinporten checks: the signature
	// (RS256, RS384 or RS512, by the sandbox's key), the issuer, the times and
	// the consumer.
	Strict Mode = "strict"
	// Lenient takes every well-formed token that has not expired, whoever
	// signed it and with whatever algorithm except none (K127, K128).
	Lenient Mode = "lenient"
	// Off refuses nothing. A token is read when there is one.
	Off Mode = "off"
)

// ParseMode returns the mode of that name: strict, lenient or off.
func ParseMode(name string) (Mode, error) {
	switch mode := Mode(name); mode {
	case Strict, Lenient, Off:
		return mode, nil
	}
	return "", fmt.Errorf("auth mode is %q, must be strict, lenient or off", name)
}

// Verifier says who a token's caller is. It remembers up to 1,024 good tokens,
// so that a client's second call costs no signature check; what depends on the
// time is looked at anew in each call. It is safe for concurrent use.
type Verifier struct {
	key       Key
	mode      Mode
	realHosts []string
	good      cache
}

// NewVerifier returns a Verifier of tokens signed by the key. A mode that is
// none of the three counts as Strict. The real hosts are those of the real
// Maskinporten under which the sandbox gives tokens as well.
func NewVerifier(key Key, mode Mode, realHosts ...string) *Verifier {
	return &Verifier{key: key, mode: mode, realHosts: realHosts}
}

// Verify tells who the caller is, from the value of its Authorization header
// ("Bearer TOKEN"; empty when there is none) at the time now. The error is
// ErrNoToken or an *InvalidTokenError; with Off there never is one, and a
// caller whose token cannot be read is the zero Principal. Whether the scope
// suffices is for the caller to look at.
func (v *Verifier) Verify(authorization string, now time.Time) (Principal, error) {
	token, err := bearerToken(authorization)
	if v.mode == Off {
		return readUnverified(token), nil
	}
	if err != nil {
		return Principal{}, err
	}
	p, known := v.good.get(token)
	if !known {
		if p, err = v.verifyUntimed(token); err != nil {
			return Principal{}, newInvalidTokenError(err)
		}
		v.good.put(token, p)
	}
	if err := p.validity.check(now); err != nil {
		return Principal{}, newInvalidTokenError(err)
	}
	return p.copyPrincipal(), nil
}

// verified is what is known of a token whatever the time.
type verified struct {
	principal Principal
	validity  Validity
}

// copyPrincipal returns the principal with a list of scopes of its own, since the
// cache and all later callers share this one.
func (p verified) copyPrincipal() Principal {
	p.principal.Scopes = slices.Clone(p.principal.Scopes)
	return p.principal
}

// verifyUntimed checks all that does not depend on the time.
func (v *Verifier) verifyUntimed(token string) (verified, error) {
	header, claims, err := accessTokenFormat().Parse(token)
	if err != nil {
		return verified{}, withMelding("tokenet kan ikke leses som et JWT", err)
	}
	principal, fault := claims.principal()
	if v.mode == Lenient {
		principal = principal.withOrgOrConsumer()
		err = withMelding("tokenet er ikke signert", checkAnyAlgorithm(header))
	} else {
		err = cmp.Or(v.checkStrict(token, header, claims), withMelding("tokenet har ikke de claims det skal ha", fault))
	}
	if err != nil {
		return verified{}, err
	}
	span, err := claims.Validity()
	if err != nil {
		return verified{}, withMelding("tokenets tider kan ikke leses", err)
	}
	principal.ExpiresAt = span.ExpiresAt
	return verified{principal, span}, nil
}

// readUnverified reads what can be read of a token.
func readUnverified(token string) Principal {
	_, claims, err := accessTokenFormat().Parse(token)
	if err != nil {
		return Principal{}
	}
	principal, _ := claims.principal()
	principal.ExpiresAt, _ = claims.time("exp")
	return principal.withOrgOrConsumer()
}

// withOrgOrConsumer lets the holder of a token without system user act for itself (K128).
func (p Principal) withOrgOrConsumer() Principal {
	p.Org = cmp.Or(p.Org, p.Consumer)
	return p
}
