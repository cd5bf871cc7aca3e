package token

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock/internal/token/jwttest"
)

// fake returns a token without a valid signature.
func fake(header string, changes ...string) string {
	return jwttest.Base64(header) + "." + jwttest.Base64(payload(changes...)) + "." +
		jwttest.Base64("no signature at all")
}

func TestLenientTakesWhatNobodySigned(t *testing.T) {
	t.Parallel()
	withUser := principal()
	withUser.Issuer = "https://test.maskinporten.no/"
	plain := withUser
	plain.Org, plain.SystemUserID, plain.SystemID = "311111116", "", ""
	plain.NoSystemUser = "authorization_details is missing: the token was asked for without a system user"
	bare := Principal{Scopes: []string{}, NoSystemUser: plain.NoSystemUser}
	real := `iss="https://test.maskinporten.no/"`
	for name, test := range map[string]struct {
		token string
		want  Principal
	}{
		"RS256":           {fake(`{"alg":"RS256","kid":"theirs","x5c":["!"]}`, real), withUser},
		"ES256":           {fake(`{"alg":"ES256"}`, real), withUser},
		"unheard of":      {fake(`{"alg":"ROT13","crit":["x"]}`, real), withUser},
		"empty signature": {jwttest.Base64(`{"alg":"RS256"}`) + "." + jwttest.Base64(payload(real)) + ".", withUser},
		"no system user":  {fake(`{"alg":"RS256"}`, real, "authorization_details"), plain},
		"says nothing":    {jwttest.Base64(`{"alg":"RS256"}`) + "." + jwttest.Base64("{}") + ".", bare},
		"says all wrongly": {jwttest.Base64(`{"alg":"RS256"}`) + "." +
			jwttest.Base64(`{"iss":1,"scope":[],"client_id":{},"consumer":"x"}`) + ".", bare},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := NewVerifier(testKey(t), Lenient).Verify("Bearer "+test.token, now)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("principal (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLenientRefuses(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]string{
		fake(`{"alg":"none"}`): `alg is "none": the token is not signed, must be any signature algorithm but none`,
		fake(`{}`):             "alg is missing in the token's header, must be any signature algorithm but none",
		fake(`{"alg":5}`):      "alg is 5, must be a string",
		"a.b":                  "the token has 2 dot-separated part(s), must have three: header.payload.signature",
		jwttest.Base64(`{"alg":"x"}`) + "." + jwttest.Base64("[]") +
			".x": "the token's payload is a JSON array, must be a JSON object",
		fake(`{"alg":"RS256"}`,
			"exp=1924991989"): "the token expired 12s ago, at 2030-12-31T23:59:49Z (the sandbox's clock says " +
			"2031-01-01T00:00:01Z), must be fetched anew",
		fake(`{"alg":"RS256"}`,
			`exp="1"`): `exp is "1", must be a number of seconds (not milliseconds) since 1970-01-01T00:00:00Z`,
		fake(`{"alg":"RS256"}`,
			"nbf=1924992012"): "the token is not valid before nbf, 2031-01-01T00:00:12Z, in 11s (the sandbox's " +
			"clock says 2031-01-01T00:00:01Z, and allows 10s)",
	} {
		_, err := NewVerifier(testKey(t), Lenient).Verify("Bearer "+token, now)
		var invalid *InvalidTokenError
		if !errors.As(err, &invalid) {
			t.Errorf("%q: error is %v, want an InvalidTokenError", want, err)
			continue
		}
		if diff := cmp.Diff(want, invalid.Reason); diff != "" {
			t.Errorf("reason (-want +got):\n%s", diff)
		}
	}
}

func TestOffRefusesNothing(t *testing.T) {
	t.Parallel()
	expired := principal()
	expired.ExpiresAt = time.Unix(5, 0).UTC()
	endless := principal()
	endless.ExpiresAt = time.Time{}
	plain := principal()
	plain.Org, plain.SystemUserID, plain.SystemID = "311111116", "", ""
	plain.NoSystemUser = "authorization_details is missing: the token was asked for without a system user"
	for name, test := range map[string]struct {
		header string
		want   Principal
	}{
		"no header":      {"", Principal{}},
		"another scheme": {"Basic x", Principal{}},
		"no token":       {"Bearer", Principal{}},
		"broken":         {"Bearer a.b.c", Principal{}},
		"too long":       {"Bearer " + strings.Repeat("a", 20000), Principal{}},
		"good":           {"Bearer " + signed(t, goodHeader, payload()), principal()},
		"alg none":       {"Bearer " + fake(`{"alg":"none"}`), principal()},
		"expired":        {"Bearer " + fake(`{}`, "exp=5"), expired},
		"exp unreadable": {"Bearer " + fake(`{}`, `exp="x"`), endless},
		"no system user": {"Bearer " + fake(`{}`, "authorization_details"), plain},
		"not yet valid":  {"Bearer " + fake(`{}`, "nbf=99999999999"), principal()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := NewVerifier(testKey(t), Off).Verify(test.header, now)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("principal (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnUnknownModeIsStrict(t *testing.T) {
	t.Parallel()
	for _, mode := range []Mode{"", "Off", "LENIENT"} {
		if _, err := NewVerifier(testKey(t), mode).Verify("Bearer "+fake(goodHeader), now); err == nil {
			t.Errorf("mode %q took a token that nobody signed", mode)
		}
	}
}
