package token

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Mode selects the checks of a token.
type Mode string

const (
	// Strict checks what an API behind Maskinporten checks: the signature (RS256, RS384 or RS512,
	// by the sandbox's key), the issuer, the times and the consumer.
	Strict Mode = "strict"
	// Lenient accepts a well-formed token that has not expired, with any signer and any algorithm
	// except none (K127, K128).
	Lenient Mode = "lenient"
	// Off accepts every call, and reads a token if there is one.
	Off Mode = "off"
)

// ParseMode returns the mode of that name. The error lists the names.
func ParseMode(name string) (Mode, error) {
	switch mode := Mode(name); mode {
	case Strict, Lenient, Off:
		return mode, nil
	}
	return "", fmt.Errorf("auth mode is %q, must be strict, lenient or off", name)
}

// Verifier verifies tokens. It caches up to 1,024 verified tokens, so that a client's second call
// costs no signature check; the times are checked in each call. It is safe for concurrent use.
type Verifier struct {
	key         Key
	mode        Mode
	realIssuers []string
	good        cache
	exchanged   bool // the tokens are those of Altinn's exchange
}

// NewVerifier returns a Verifier of tokens signed by the key. An unknown mode counts as Strict. The
// real issuers are those of Maskinporten under whose hosts the sandbox issues tokens too.
func NewVerifier(key Key, mode Mode, realIssuers ...string) *Verifier {
	return &Verifier{key: key, mode: mode, realIssuers: realIssuers}
}

// Verify returns the caller that the value of an Authorization header identifies at the time now.
// The error wraps ErrNoToken or is an *InvalidTokenError; with Off it is nil, and the Principal is
// zero if the token cannot be read. Verify does not check scopes.
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

// authenticated holds what was verified of a token whatever the time.
type authenticated struct {
	principal Principal
	validity  Validity
}

// copyPrincipal returns the principal with a copy of its scopes, since the cache and other callers
// share the original.
func (p authenticated) copyPrincipal() Principal {
	p.principal.Scopes = slices.Clone(p.principal.Scopes)
	return p.principal
}

// verifyUntimed checks what does not depend on the time.
func (v *Verifier) verifyUntimed(token string) (authenticated, error) {
	header, claims, err := accessTokenFormat().Parse(token)
	if err != nil {
		return authenticated{}, withMelding("tokenet kan ikke leses som et JWT", err)
	}
	principal, fault := claims.principal()
	if v.mode == Lenient {
		principal = principal.withOrgOrConsumer()
		err = withMelding("tokenet er ikke signert", checkAnyAlgorithm(header))
	} else {
		err = cmp.Or(v.checkStrict(token, header, claims), withMelding("tokenet har ikke de claims det skal ha", fault))
	}
	if err != nil {
		return authenticated{}, err
	}
	span, err := claims.Validity()
	if err != nil {
		return authenticated{}, withMelding("tokenets tider kan ikke leses", err)
	}
	principal.ExpiresAt = span.ExpiresAt
	return authenticated{principal, span}, nil
}

// readUnverified returns what can be read of a token without any check.
func readUnverified(token string) Principal {
	_, claims, err := accessTokenFormat().Parse(token)
	if err != nil {
		return Principal{}
	}
	principal, _ := claims.principal()
	principal.ExpiresAt, _ = claims.time("exp")
	return principal.withOrgOrConsumer()
}

// withOrgOrConsumer returns the principal with the consumer as Org if the token has no system user
// (K128).
func (p Principal) withOrgOrConsumer() Principal {
	p.Org = cmp.Or(p.Org, p.Consumer)
	return p
}
