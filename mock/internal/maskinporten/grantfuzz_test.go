package maskinporten

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sandkasse/mock/internal/splice"
	"sandkasse/mock/internal/token"
	"sandkasse/mock/internal/token/jwttest"
)

// FuzzGrant sends any grant to three issuers: one that knows nobody, one that was given a key, and
// one with a register. None may panic or fail inside; every refusal keeps its promises; a token
// that is given is good for our verifier; and where the sender's key is known, plain crypto/rsa
// must agree that it signed.
func FuzzGrant(f *testing.F) {
	cert := certificate(f, jwttest.ClientKey(), unchanged)
	good := ask(f, kidHeader)
	bases := []string{
		"", "..", "....", "{}", good, good + "\n", good[:len(good)-1], jwttest.Base64(kidHeader) + "." +
			jwttest.Base64(grantPayload()) + ".AAAA",
		ask(f, kidHeader, details(customer), `resource=["x"]`, `pid="1"`),
		ask(f, kidHeader, `consumer_org="312222221"`),
		ask(f, x5c("", cert)), jwttest.Sign(f, jwttest.OtherKey(), x5c(`,"kid":"my-key"`, cert), grantPayload()),
		ask(f, `{"alg":"RS512","kid":"my-key","jwk":`+jwkOf(jwttest.ClientKey())+`}`),
		ask(f, `{"alg":"RS256","x5c":["AA",{}]}`),
		ask(f, `{"alg":"RS256","kid":"my-key","jwk":{"kty":"RSA","n":"//","e":"AAAAAAAAAAAAAAAA"}}`),
		ask(f, kidHeader, `authorization_details=[[[[]]]]`), ask(f, kidHeader, `aud=[[]]`),
		ask(f, kidHeader, "iat=1e999"), ask(f, kidHeader, "exp=-1"),
		ask(f, kidHeader, `iss="\u0000\ud800"`, `scope="\u2028"`),
	}
	for i, base := range bases {
		f.Add(uint8(i), uint16(0), uint16(0), "", int64(0))
		f.Add(uint8(i), uint16(len(base)/2), uint16(1), "A", int64(0))
	}
	check := grantCheck(f)
	f.Fuzz(func(t *testing.T, which uint8, at, length uint16, put string, late int64) {
		assertion, ok := splice.At(bases[int(which)%len(bases)], at, length, put)
		if !ok {
			return
		}
		check(t, assertion, now.Add(time.Duration(late)), grantIssuers...)
	})
}

// FuzzGrantContent does the same to grants that are well signed, but may say anything: header and
// payload stand on lines of their own, and are changed in one place.
func FuzzGrantContent(f *testing.F) {
	cert := certificate(f, jwttest.ClientKey(), unchanged)
	var bases []string
	for _, header := range []string{
		kidHeader, `{"alg":"RS384","kid":"other"}`, x5c("", cert), `{"alg":"RS512","x5c":["AA==",{}]}`,
		`{"alg":"RS256","kid":"k","jwk":` + jwkOf(jwttest.ClientKey()) + `}`,
		`{"alg":"RS256","kid":"k","jwk":{"kty":"RSA","n":"_w","e":"AAAAAAAAAAAAAAAA"}}`, `[]`, `{"alg":{}}`,
	} {
		bases = append(bases, header+"\n"+grantPayload())
	}
	for _, payload := range []string{
		grantPayload(details(customer), `resource=["x"]`, `pid="1"`),
		grantPayload(`consumer_org="312222221"`, `iss_onbehalfof=""`),
		grantPayload("jti", `sub="x"`, "nbf=5", `aud=["`+testIssuer+`"]`),
		grantPayload(`authorization_details=[[[[]]]]`),
		grantPayload(`aud=[[]]`, "iat=1e999", "exp=-1"), grantPayload(`iss="\u0000\ud800"`, `scope="\u2028"`), `null`,
		`{"iss":{}}`,
	} {
		bases = append(bases, kidHeader+"\n"+payload)
	}
	for i, base := range bases {
		for issuer := range grantIssuers {
			f.Add(uint8(i+issuer*len(bases)), uint16(0), uint16(0), "")
		}
		f.Add(uint8(i), uint16(len(base)/2), uint16(2), "[")
	}
	check := grantCheck(f)
	f.Fuzz(func(t *testing.T, which uint8, at, length uint16, put string) {
		text, ok := splice.At(bases[int(which)%len(bases)], at, length, put)
		if !ok {
			return
		}
		header, payload, _ := strings.Cut(text, "\n")
		issuer := grantIssuers[int(which)/len(bases)%len(grantIssuers)] // signing takes the time: one is enough
		check(t, jwttest.Sign(t, jwttest.ClientKey(), header, payload), now, issuer)
	})
}

// grantIssuers names the issuers of the check.
var grantIssuers = []string{"open", "given", "registered"}

// grantCheck returns the check of both, which sends a grant to the named issuers.
func grantCheck(f *testing.F) func(t *testing.T, assertion string, at time.Time, issuers ...string) {
	register, _ := registered(f)
	key := testKey(f)
	return func(t *testing.T, assertion string, at time.Time, issuers ...string) {
		if at.Year() < 1970 || at.Year() > 9000 {
			return // the sandbox's own fault
		}
		open, given := newIssuerInSession(key, nil, testVendor, Observed),
			newIssuerInSession(key, nil, testVendor, Observed)
		given.replays.AddClientKey(token.FingerprintOf(testClient, "my-key"), &jwttest.ClientKey().PublicKey)
		registered := newIssuerInSession(key, register.register, testVendor, Observed)
		all := map[string]*issuerInSession{"open": open, "given": given, "registered": registered}
		for _, kind := range issuers {
			issuer := all[kind]
			response, err := give(issuer, assertion, at)
			if err != nil {
				refusedFor(t, err)
				continue
			}
			if _, err := token.NewVerifier(key, token.Strict).Verify("Bearer "+response.AccessToken, at); err != nil {
				t.Errorf("%s: the token is not good: %v", kind, err)
			}
			if _, err := give(issuer, assertion, at); err == nil || refusedFor(t, err).MP != "MP-012" {
				t.Errorf("%s: the same grant again: %v", kind, err)
			}
			header, claims, err := grantFormat().Parse(assertion)
			if err != nil {
				t.Fatalf("%s: a token for what is no grant: %v", kind, err)
			}
			client, _ := claims.Text("iss")
			kid, _ := header.Text("kid")
			known := kind == "registered" || kind == "given" && client == testClient && kid == "my-key" &&
				!header.Has("x5c")
			if known && !jwttest.SignedBy(&jwttest.ClientKey().PublicKey, assertion) &&
				!jwttest.SignedBy(&jwttest.OtherKey().PublicKey, assertion) {
				t.Errorf("%s: a token for a grant that the client did not sign: %q", kind, assertion)
			}
		}
	}
}

// TestNoOtherGrantWillDo changes a good grant in one place. Where the key is known, nothing but the
// grant itself gives a token. A change that spells jwk another way leaves a header with a kid alone, and
// an issuer without a register does not know the key of that kid.
func TestNoOtherGrantWillDo(t *testing.T) {
	t.Parallel()
	register, _ := registered(t)
	key := testKey(t)
	jwk := `{"alg":"RS256","kid":"my-key","jwk":` + jwkOf(jwttest.ClientKey()) + `}`
	grants := map[string]string{
		"registered": ask(t, kidHeader),
		"jwk":        ask(t, jwk),
		"x5c":        ask(t, x5c("", certificate(t, jwttest.ClientKey(), unchanged))),
	}
	issuerOf := func(name string) *issuerInSession {
		if name == "registered" {
			return newIssuerInSession(key, register.register, testVendor, Observed)
		}
		return newIssuerInSession(key, nil, testVendor, Observed)
	}
	for name, good := range grants {
		if _, err := give(issuerOf(name), good, now); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	withoutKey := grants["jwk"][:42] + "-" + grants["jwk"][43:]
	if _, err := give(issuerOf("jwk"), withoutKey, now); err != nil || bringsKey(withoutKey) {
		t.Errorf("jwk spelt another way, of a client that nobody knows: %v", err)
	}
	if _, err := give(issuerOf("registered"), withoutKey, now); err == nil {
		t.Error("jwk spelt another way, of a client whose key is known: a token")
	}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"registered", "jwk", "x5c"}).Draw(t, "grant")
		good := grants[name]
		at := rapid.IntRange(0, len(good)-1).Draw(t, "at")
		length := rapid.IntRange(0, min(3, len(good)-at)).Draw(t, "length")
		put := rapid.StringMatching(`[A-Za-z0-9_.=-]{0,3}`).Draw(t, "put")
		changed := good[:at] + put + good[at+length:]
		if changed == good || name != "registered" && !bringsKey(changed) {
			return
		}
		_, err := give(issuerOf(name), changed, now)
		var refused *OAuthError
		if !errors.As(err, &refused) {
			t.Fatalf("%s changed to %q at %d for %d: %v", name, put, at, length, err)
		}
	})
}

// bringsKey reports whether the header of a grant has a key, or cannot be read.
func bringsKey(grant string) bool {
	header, _, err := grantFormat().Parse(grant)
	return err != nil || header.Has("jwk") || header.Has("x5c")
}
