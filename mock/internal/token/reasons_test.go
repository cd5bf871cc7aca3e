package token

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock/internal/token/jwttest"
)

// TestReasons holds every reason for which a token is refused in strict mode.
func TestReasons(t *testing.T) {
	t.Parallel()
	const (
		parts    = "must have three: header.payload.signature"
		alphabet = "must be A-Z, a-z, 0-9, - or _ (no padding)"
		algs     = "must be RS256, RS384 or RS512"
		issuer   = "must be the sandbox's own, http(s)://HOST/maskinporten/ with the slash at the end"
		unfit    = `the signature does not fit: the token was changed, cut off, or signed by another key than the ` +
			`sandbox's "sandkasse-test-1"`
		number = "must be a number of seconds (not milliseconds) since 1970-01-01T00:00:00Z"
		org    = `must be "0192:" and nine digits`
	)
	good := signed(t, goodHeader, payload())
	head, rest, _ := strings.Cut(good, ".")
	body, signature, _ := strings.Cut(rest, ".")
	claims := func(changes ...string) string { return signed(t, goodHeader, payload(changes...)) }
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, token, want string }{
		// Shape.
		{"one word", "undefined", "the token has 1 dot-separated part(s), " + parts},
		{"two parts", head + "." + body, "the token has 2 dot-separated part(s), " + parts},
		{"four parts", good + ".", "the token has 4 dot-separated part(s), " + parts},
		{
			"encrypted", "a.b.c.d.e",
			"the token has 5 dot-separated parts, as an encrypted one has (JWE), must be a signed one with three: " +
				"header.payload.signature",
		},
		{
			"JSON serialisation", `{"payload":"` + body + `"}`,
			"the token is in JSON serialisation, must be in compact form: header.payload.signature",
		},
		{"scheme twice", "Bearer " + good, "the token holds white space, must be one unbroken word after Bearer"},
		{"too long", good + strings.Repeat("A", 16384), "the token is " + strconv.Itoa(len(good)+16384) +
			" bytes long, must be at most 16384"},
		{"quotes", `"` + good + `"`, `the token's header is not base64url: character 1 is '"', ` + alphabet},
		{"padding", head + "." + body + "=." + signature, "the token's payload is not base64url: character " +
			strconv.Itoa(len(body)+1) + " is '=', " + alphabet},
		{
			"standard base64", head + "." + body + ".ab+/",
			"the token's signature is not base64url: character 3 is '+', " + alphabet,
		},
		{
			"signature cut", good[:len(good)-1],
			"the token's signature is not base64url: its length or last character cannot be, the token was cut off " +
				"or changed",
		},
		{
			"stray bits", good[:len(good)-1] + stray(good),
			"the token's signature is not base64url: its length or last character cannot be, the token was cut off " +
				"or changed",
		},
		{"all empty", "..", "the token's header is empty or ends too soon, must be a JSON object"},
		{
			"header is no JSON", signed(t, "x", payload()),
			"the token's header is not good JSON: character 1 cannot stand there, must be a JSON object",
		},
		{"header is a list", signed(t, "[]", payload()), "the token's header is a JSON array, must be a JSON object"},
		{
			"header says alg twice", signed(t, `{"alg":"RS256","alg":"none"}`, payload()),
			"the token's header has the name \"alg\" twice, must have each name once",
		},
		{
			"payload is empty", signed(t, goodHeader, ""),
			"the token's payload is empty or ends too soon, must be a JSON object",
		},
		{"payload is null", signed(t, goodHeader, "null"), "the token's payload is a JSON null, must be a JSON object"},
		{
			"payload is a token", signed(t, `{"alg":"RS256","cty":"JWT"}`, good),
			"the token's payload is not good JSON: character 1 cannot stand there, must be a JSON object",
		},
		{
			"payload is cut", signed(t, goodHeader, `{"iss":`),
			"the token's payload is empty or ends too soon, must be a JSON object",
		},
		{
			"claim twice", claims(`x=5,"exp":1`),
			"the token's payload has the name \"exp\" twice, must have each name once",
		},

		// Header and signature.
		{"alg none", jwttest.Base64(`{"alg":"none"}`) + "." + body + ".", `alg is "none": the token is not signed, ` +
			algs},
		{"alg None", signed(t, `{"alg":"nOnE"}`, payload()), `alg is "nOnE": the token is not signed, ` + algs},
		{"alg missing", signed(t, `{}`, payload()), "alg is missing in the token's header, " + algs},
		{"alg is a number", signed(t, `{"alg":256}`, payload()), "alg is 256, must be a string"},
		{"alg PS256", signed(t, `{"alg":"PS256"}`, payload()), `alg is "PS256", ` + algs},
		{"alg rs256", signed(t, `{"alg":"rs256"}`, payload()), `alg is "rs256", ` + algs},
		{"alg HS256 by the public key", hs256(t), `alg is "HS256", ` + algs},
		{"alg RS256 signed as RS512", jwttest.Base64(goodHeader) + "." + body + "." +
			strings.Split(signed(t, `{"alg":"RS512"}`, payload()), ".")[2], unfit},
		{
			"crit", signed(t, `{"alg":"RS256","crit":["b64"],"b64":false}`, payload()),
			"the token's header has crit, must have alg and kid only",
		},
		{
			"b64", signed(t, `{"alg":"RS256","b64":false}`, payload()),
			"the token's header has b64, must have alg and kid only",
		},
		{
			"kid of another", signed(t, `{"alg":"RS256","kid":"their-key"}`, payload()),
			`kid is "their-key", an unknown key, must be "sandkasse-test-1" or left out`,
		},
		{
			"kid is empty", signed(t, `{"alg":"RS256","kid":""}`, payload()),
			`kid is "", an unknown key, must be "sandkasse-test-1" or left out`,
		},
		{"kid is a number", signed(t, `{"alg":"RS256","kid":1}`, payload()), "kid is 1, must be a string"},
		{
			"x5c is no certificate", signed(t, `{"alg":"RS256","x5c":["!"]}`, payload()),
			"the token's header has a member that cannot be read, must have alg and kid only",
		},
		{"signed by another", jwttest.Sign(t, stranger, goodHeader, payload()), unfit},
		{"no signature", head + "." + body + ".", unfit},
		{"payload changed", head + "." + jwttest.Base64(payload("exp=1999999999")) + "." + signature, unfit},
		{
			"header changed", jwttest.Base64(`{"kid":"sandkasse-test-1","alg":"RS256"}`) + "." + body + "." + signature,
			unfit,
		},
		{"jwk of another", jwttest.Sign(t, stranger, `{"alg":"RS256","jwk":{"kty":"RSA","e":"AQAB","n":"`+
			jwttest.Base64(string(stranger.N.Bytes()))+`"}}`, payload()), unfit},

		// Issuer: checked before the key, since a token of the real one has another key too.
		{
			"real issuer", jwttest.Sign(t, stranger, `{"alg":"RS256","kid":"x"}`,
				payload(`iss="https://test.maskinporten.no/"`)),
			`iss is "https://test.maskinporten.no/", a foreign issuer, ` + issuer,
		},
		{
			"issuer without slash", claims(`iss="http://localhost:8080/maskinporten"`),
			`iss is "http://localhost:8080/maskinporten", a foreign issuer, ` + issuer,
		},
		{"issuer is a host", claims(`iss="http://maskinporten/"`), `iss is "http://maskinporten/", a foreign issuer, ` +
			issuer},
		{
			"issuer in a query", claims(`iss="http://h/?/maskinporten/"`),
			`iss is "http://h/?/maskinporten/", a foreign issuer, ` + issuer,
		},
		{
			"issuer with a fragment", claims(`iss="http://h/maskinporten/#"`),
			`iss is "http://h/maskinporten/#", a foreign issuer, ` + issuer,
		},
		{"issuer without scheme", claims(`iss="/maskinporten/"`), `iss is "/maskinporten/", a foreign issuer, ` +
			issuer},
		{
			"issuer of another scheme", claims(`iss="ftp://h/maskinporten/"`),
			`iss is "ftp://h/maskinporten/", a foreign issuer, ` + issuer,
		},
		{
			"issuer without host", claims(`iss="http:///maskinporten/"`),
			`iss is "http:///maskinporten/", a foreign issuer, ` + issuer,
		},
		{
			"issuer is no address", claims(`iss="http://[/maskinporten/"`),
			`iss is "http://[/maskinporten/", a foreign issuer, ` + issuer,
		},
		{"issuer is long and odd", claims(`iss="` + strings.Repeat("æ", 60) + `"`), `iss is "` +
			strings.Repeat("?", 40) + `...", a foreign issuer, ` + issuer},
		{"issuer with a line break", claims(`iss="a\nb"`), `iss is "a\nb", a foreign issuer, ` + issuer},
		{"issuer missing", claims("iss"), "iss is missing, " + issuer},
		{"issuer is null", claims("iss=null"), "iss is missing, " + issuer},
		{"issuer is a list", claims(`iss=["a"]`), `iss is ["a"], must be a string`},

		// Claims.
		{"scope is a list", claims(`scope=["a","b"]`), `scope is ["a","b"], must be a string`},
		{"line breaks in a claim", claims("scope=[\r\n5]"), "scope is [??5], must be a string"},
		{"client is a number", claims(`client_id=5`), `client_id is 5, must be a string`},
		{"consumer missing", claims("consumer"), "consumer is missing, must be the organisation that holds the token"},
		{
			"consumer is text", claims(`consumer="0192:311111116"`),
			`consumer is "0192:311111116", must be {"authority":"iso6523-actorid-upis","ID":"0192:NNNNNNNNN"}`,
		},
		{"consumer without ID", claims(`consumer={}`), "consumer.ID is missing, " + org},
		{"consumer with id", claims(`consumer={"id":"0192:311111116"}`), "consumer.ID is missing, " + org +
			" (spelled ID, not id)"},
		{"consumer without prefix", claims(`consumer={"ID":"311111116"}`), `consumer.ID is "311111116", ` + org},
		{"consumer too short", claims(`consumer={"ID":"0192:31111111"}`), `consumer.ID is "0192:31111111", ` + org},
		{"consumer too long", claims(`consumer={"ID":"0192:3111111160"}`), `consumer.ID is "0192:3111111160", ` + org},
		{"consumer not digits", claims(`consumer={"ID":"0192:31111111æ"}`), `consumer.ID is "0192:31111111?", ` + org},
		{"consumer is a number", claims(`consumer={"ID":311111116}`), `consumer.ID is 311111116, ` + org},

		// Times.
		{
			"exp missing", claims("exp"),
			"exp is missing, must be the time when the token ends, in seconds since 1970-01-01T00:00:00Z",
		},
		{
			"exp is null", claims("exp=null"),
			"exp is missing, must be the time when the token ends, in seconds since 1970-01-01T00:00:00Z",
		},
		{"exp is text", claims(`exp="1924992120"`), `exp is "1924992120", ` + number},
		{"exp is a list", claims(`exp=[1924992120]`), `exp is [1924992120], ` + number},
		{"exp in milliseconds", claims(`exp=1924992120000`), `exp is 1924992120000, ` + number},
		{"exp is huge", claims(`exp=1e400`), `exp is 1e400, ` + number},
		{"exp is negative", claims(`exp=-1`), `exp is -1, ` + number},
		{"exp has many digits", claims(`exp=` + strings.Repeat("9", 99)), `exp is ` + strings.Repeat("9", 80) +
			`..., ` + number},
		{"nbf is text", claims(`nbf="0"`), `nbf is "0", ` + number},
		{"iat is a boolean", claims(`iat=true`), `iat is true, ` + number},
		{
			"expired", claims("exp=1924991989"),
			"the token expired 12s ago, at 2030-12-31T23:59:49Z (the sandbox's clock says 2031-01-01T00:00:01Z), " +
				"must be fetched anew",
		},
		{
			"expired now", claims("exp=1924992001"),
			"the token expired 0s ago, at 2031-01-01T00:00:01Z (the sandbox's clock says 2031-01-01T00:00:01Z), " +
				"must be fetched anew",
		},
		{
			"expired long ago", claims("exp=0"),
			"the token expired 534720h0m1s ago, at 1970-01-01T00:00:00Z (the sandbox's clock says " +
				"2031-01-01T00:00:01Z), must be fetched anew",
		},
		{
			"not yet valid", claims("nbf=1924992012"),
			"the token is not valid before nbf, 2031-01-01T00:00:12Z, in 11s (the sandbox's clock says " +
				"2031-01-01T00:00:01Z, and allows 10s)",
		},
		{
			"issued in the future", claims("iat=1924992012"),
			"the token is issued in the future: iat is 2031-01-01T00:00:12Z, in 11s (the sandbox's clock says " +
				"2031-01-01T00:00:01Z, and allows 10s)",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p, err := NewVerifier(testKey(t), Strict).Verify("Bearer "+test.token, now)
			var invalid *InvalidTokenError
			if !errors.As(err, &invalid) || errors.Is(err, ErrNoToken) {
				t.Fatalf("error is %v, want an InvalidTokenError", err)
			}
			if diff := cmp.Diff(test.want, invalid.Reason); diff != "" {
				t.Errorf("reason (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(Principal{}, p); diff != "" {
				t.Errorf("principal (-want +got):\n%s", diff)
			}
		})
	}
}

// stray changes the one bit in the last character of a token that no decoder reads.
func stray(token string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, token[len(token)-1])^1])
}

// hs256 returns the classic forgery: the public key's file used as an HMAC secret.
func hs256(t *testing.T) string {
	t.Helper()
	text := jwttest.Base64(`{"alg":"HS256"}`) + "." + jwttest.Base64(payload())
	mac := hmac.New(sha256.New, []byte(testKeyPEM))
	mac.Write([]byte(text))
	return text + "." + jwttest.Base64(string(mac.Sum(nil)))
}
