package token

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"sandkasse/mock/internal/excerpt"
)

// checkStrict checks what Strict requires and Lenient does not: that this sandbox issued the token.
// The fault that explains most comes first: a token of another issuer is called that, though its key is
// unknown as well. So the issuer is read before the signature is verified, which can only refuse
// more tokens (K123).
func (v *Verifier) checkStrict(token string, header, claims Claims) error {
	if err := CheckAlgorithm("token", header); err != nil {
		return withMelding("tokenet er ikke signert med RS256, RS384 eller RS512", err)
	}
	host, err := v.checkIssuer(claims)
	if err != nil {
		return withMelding("tokenet er ikke utstedt av Maskinporten her", err)
	}
	if err := cmp.Or(
		withMelding("tokenets header viser ikke til nøkkelen det skal være signert med", v.checkKey(header)),
		withMelding("signaturen stemmer ikke med innholdet", v.checkSignature(token))); err != nil {
		if host != "" {
			return fmt.Errorf("iss is that of the real Maskinporten (%s), but %w; the token must be from the sandbox",
				host, err)
		}
		return err
	}
	if !claims.Has("exp") {
		return withMelding("tokenet mangler exp", errors.New(
			"exp is missing, must be the time when the token ends, in seconds since 1970-01-01T00:00:00Z"))
	}
	return nil
}

// CheckAlgorithm requires one of Maskinporten's three algorithms, in tokens and grants (Digdir,
// protocol_token and protocol_jwtgrant). The first argument names the JWT in the error.
func CheckAlgorithm(what string, header Claims) error {
	algorithm, err := header.Text("alg")
	switch {
	case err != nil:
		return err
	case algorithm == "":
		return fmt.Errorf("alg is missing in the %s's header, must be RS256, RS384 or RS512", what)
	case strings.EqualFold(algorithm, "none"):
		return fmt.Errorf("alg is %q: the %s is not signed, must be RS256, RS384 or RS512", algorithm, what)
	case algorithm != "RS256" && algorithm != "RS384" && algorithm != "RS512":
		return fmt.Errorf("alg is %q, must be RS256, RS384 or RS512", excerpt.ASCII(algorithm))
	}
	return nil
}

// checkAnyAlgorithm requires an algorithm other than none (K128).
func checkAnyAlgorithm(header Claims) error {
	algorithm, err := header.Text("alg")
	switch {
	case err != nil:
		return err
	case algorithm == "":
		return errors.New("alg is missing in the token's header, must be any signature algorithm but none")
	case strings.EqualFold(algorithm, "none"):
		return fmt.Errorf("alg is %q: the token is not signed, must be any signature algorithm but none", algorithm)
	}
	return nil
}

// checkIssuer requires an http or https address whose path ends in /maskinporten/, on any host: one
// sandbox is reached under many names (K020), and the path may begin with a session or a scenario.
// It also accepts the address of a real issuer under whose host the sandbox answers, and returns
// that host.
func (v *Verifier) checkIssuer(claims Claims) (host string, err error) {
	const must = "must be the sandbox's own, http(s)://HOST/maskinporten/ with the slash at the end"
	issuer, err := claims.Text("iss")
	if err != nil {
		return "", err
	}
	if issuer == "" {
		return "", errors.New("iss is missing, " + must)
	}
	u, err := url.Parse(issuer)
	if v.exchanged { // IsExchanged has looked at it
		return "", nil
	}
	web := err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" &&
		!strings.ContainsAny(issuer, "?#")
	switch {
	case web && strings.HasSuffix(u.Path, "/maskinporten/"):
		return "", nil
	case web && u.Scheme == "https" && v.isRealIssuer(u):
		return u.Hostname(), nil
	}
	if web && strings.HasSuffix(u.Path, "/authentication"+AltinnIssuerPath) {
		return "", errors.New("iss is Altinn's: the token was exchanged, and this API wants the one of Maskinporten " +
			"itself")
	}
	return "", fmt.Errorf("iss is %q, a foreign issuer, %s", excerpt.ASCII(issuer), must)
}

// isRealIssuer reports whether an issuer is a real one, perhaps with another port, and with session
// and scenario modifiers before its path.
func (v *Verifier) isRealIssuer(u *url.URL) bool {
	return slices.ContainsFunc(v.realIssuers, func(real string) bool {
		path, isHost := strings.CutPrefix(real, "https://"+u.Hostname())
		modifiers, hasPath := strings.CutSuffix(u.Path, path)
		return isHost && (path == "" || path[0] == '/') && hasPath && modifiersOnly(modifiers+"/")
	})
}

// modifiersOnly reports whether a path consists of session and scenario modifiers, with a slash at
// the end.
func modifiersOnly(path string) bool {
	for path != "/" {
		kind, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		name, rest, more := strings.Cut(rest, "/")
		if kind != "_session" && kind != "_scenario" || name == "" || !more {
			return false
		}
		path = "/" + rest
	}
	return true
}

// checkKey requires that the kid is the sandbox's or missing, and that no member changes what is
// signed (K124).
func (v *Verifier) checkKey(header Claims) error {
	for _, name := range []string{"crit", "b64"} {
		if header.Has(name) {
			return fmt.Errorf("the token's header has %s, must have alg and kid only", name)
		}
	}
	kid, err := header.Text("kid")
	if err != nil {
		return err
	}
	if header.Has("kid") && kid != v.key.ID {
		return fmt.Errorf("kid is %q, an unknown key, must be %q or left out", excerpt.ASCII(kid), v.key.ID)
	}
	return nil
}

// checkSignature verifies the signature with the sandbox's key.
func (v *Verifier) checkSignature(token string) error {
	signed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512})
	if err != nil {
		return errors.New("the token's header has a member that cannot be read, must have alg and kid only")
	}
	if err := signed.Claims(v.key.Public); err != nil {
		return fmt.Errorf(
			"the signature does not fit: the token was changed, cut off, or signed by another key than the sandbox's "+
				"%q",
			v.key.ID)
	}
	return nil
}
