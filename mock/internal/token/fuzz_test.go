package token

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sandkasse/mock/internal/token/jwttest"
)

// FuzzVerify gives any header to all three modes. None may panic; every error is one of the two
// kinds and one printable line; and what strict mode takes must be signed by our key according to
// plain crypto/rsa, over the very bytes that were sent.
func FuzzVerify(f *testing.F) {
	good := mint(f, grant())
	parts := strings.Split(good, ".")
	for _, seed := range []string{
		"", "Bearer", "Bearer " + good, "bearer  " + good, "Basic " + good, good, "Bearer Bearer " + good,
		"Bearer " + parts[0] + "." + parts[1] + ".", "Bearer " + parts[0] + ".." + parts[2], "Bearer ..", "Bearer ....",
		"Bearer " + good + "\n", "Bearer " + parts[0] + "\n." + parts[1] + "." + parts[2], `Bearer {"payload":"e30"}`,
		"Bearer " + jwttest.Base64(`{"alg":"none"}`) + "." + parts[1] + ".",
		"Bearer " + signed(f, goodHeader, payload(`exp=1e999`, `authorization_details={"type":{}}`)),
		"Bearer " + signed(f, goodHeader, payload(`authorization_details=[[[[[[[]]]]]]]`, `consumer=[{}]`)),
		"Bearer " + signed(f, `{"alg":"RS256","jwk":{"kty":"RSA"},"x5c":["AA"]}`, payload()),
		"Bearer " + signed(f, `{"alg":"RS512"}`, payload()),
		"Bearer " + fake(`{"alg":"RS256","kid":"\u0000"}`, `iss="http://\u2028/maskinporten/"`),
	} {
		f.Add(seed, int64(1924992001))
	}
	key := testKey(f)
	verifiers := map[Mode]*Verifier{
		Strict: NewVerifier(key, Strict), Lenient: NewVerifier(key, Lenient),
		Off: NewVerifier(key, Off),
	}
	f.Fuzz(func(t *testing.T, header string, at int64) {
		for mode, verifier := range verifiers {
			p, err := verifier.Verify(header, time.Unix(at, 0))
			var invalid *InvalidTokenError
			switch {
			case mode == Off && err != nil:
				t.Errorf("off: %v", err)
			case err == nil && mode == Strict && !jwttest.SignedBy(key.Public, lastWord(header)):
				t.Errorf("strict took a token that we did not sign: %q", header)
			case err == nil && mode == Strict && (p.Consumer == "" || !p.ExpiresAt.After(time.Unix(at, 0))):
				t.Errorf("strict took a token without consumer or time left: %+v", p)
			case errors.As(err, &invalid):
				if invalid.Reason == "" || invalid.Reason != Printable(invalid.Reason) {
					t.Errorf("reason is %q", invalid.Reason)
				}
			case err != nil && !errors.Is(err, ErrNoToken):
				t.Errorf("%s: an error of no known kind: %v", mode, err)
			}
		}
	})
}

// lastWord returns the token of an Authorization header.
func lastWord(header string) string {
	header = strings.Trim(header, " \t")
	return header[strings.LastIndexAny(header, " \t")+1:]
}

// FuzzChangedToken changes a good token in one place: put in, put over or cut out. Nothing but the
// token itself may be good.
func FuzzChangedToken(f *testing.F) {
	good := mint(f, grant())
	f.Add(0, 0, "")
	f.Add(len(good)-1, 1, "A")
	f.Add(len(good), 0, "=")
	f.Add(50, 10, "")
	f.Add(strings.LastIndex(good, "."), 400, ".")
	f.Add(strings.Index(good, "."), 0, "\r\n")
	key := testKey(f)
	verifier := NewVerifier(key, Strict)
	if _, err := verifier.Verify("Bearer "+good, now); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, at, length int, put string) {
		at = min(max(at, 0), len(good))
		length = min(max(length, 0), len(good)-at)
		changed := good[:at] + put + good[at+length:]
		if strings.Trim(changed, " \t") == good {
			return
		}
		for _, v := range []*Verifier{verifier, NewVerifier(key, Strict)} {
			if _, err := v.Verify("Bearer "+changed, now); err == nil {
				t.Errorf("a changed token is good: %q at %d for %d bytes", put, at, length)
			}
		}
	})
}

func TestNoOtherCharacterWillDo(t *testing.T) {
	t.Parallel()
	good := mint(t, grant())
	verifier := NewVerifier(testKey(t), Strict)
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(0, len(good)-1).Draw(t, "at")
		char := rapid.SampledFrom([]byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=")).Draw(t,
			"char")
		if good[at] == char {
			return
		}
		changed := good[:at] + string(char) + good[at+1:]
		if _, err := verifier.Verify("Bearer "+changed, now); err == nil {
			t.Fatalf("character %d may be %c", at, char)
		}
	})
}
