package journal

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// jwt is a token in shape only; nobody signed it.
const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzY29wZSI6InNrYXR0ZWV0YXRlbiJ9.c2lnbmF0dXJl-_8"

func TestHeadersAreMasked(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, value, want string }{
		{"Authorization", "Bearer " + jwt, "Bearer ***"},
		{"authorization", "bearer hemmelig", "bearer ***"},
		{"Authorization", "Bearer Bearer hemmelig", "Bearer ***"},
		{"Authorization", "Basic aGVtbWVsaWc=", "Basic ***"},
		{"Authorization", "DPoP hemmelig", "DPoP ***"},
		{"Authorization", "hemmelig", "***"},
		{"Authorization", "hemmelig hemmelig", "***"},
		{"Authorization", "Bearer\themmelig", "***"},
		{"Authorization", " hemmelig", "***"},
		{"Authorization", "Bearer", "Bearer"},
		{"Authorization", "Bearer ", "Bearer "},
		{"Authorization", "", ""},
		{"Proxy-Authorization", "Basic aGVtbWVsaWc=", "Basic ***"},
		{"Cookie", "a=hemmelig; b=hemmelig", "***"},
		{"Set-Cookie", "a=hemmelig; Path=/", "***"},
		{"X-Api-Key", "hemmelig", "***"},
		{"x-api-key", "hemmelig", "***"},
		{"Token", "hemmelig", "***"},
		{"X-TOKEN-Id", "hemmelig", "***"},
		{"X-Auth-Token", "hemmelig", "***"},
		{"X-Auth-Token", "", ""},
		{"X-Tok-En", "synlig", "synlig"},
		{"Idempotencykey", "9b2f3c1e-5a54-4c0e-8f65-0c6f3e0b7a11", "9b2f3c1e-5a54-4c0e-8f65-0c6f3e0b7a11"},
		{"X-Forwarded-Auth", jwt, "***"},
		{"Location", "http://127.0.0.1:8080/v1?access_token=hemmelig", "http://127.0.0.1:8080/v1?access_token=***"},
		{"", "synlig", "synlig"},
	} {
		got := maskHeader(http.Header{test.name: {test.value}})
		if diff := cmp.Diff(http.Header{test.name: {test.want}}, got); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", test.name, test.value, diff)
		}
	}
}

func TestPathIsMasked(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/v1/2023":                                 "/v1/2023",
		"/v1/2023?":                                "/v1/2023?",
		"/v1/2023?a=1&b=2;c":                       "/v1/2023?a=1&b=2;c",
		"/v1/2023?access_token=hemmelig":           "/v1/2023?access_token=***",
		"/v1/2023?a=1&access_token=hemmelig&b=2":   "/v1/2023?a=1&access_token=***&b=2",
		"/v1/2023?a=1;access_token=hemmelig;b":     "/v1/2023?a=1;access_token=***;***", // a semicolon may belong to it
		"/v1?access_token=hemmelig&access_token=x": "/v1?access_token=***&access_token=***",
		"/v1?access_token=a=b":                     "/v1?access_token=***",
		"/v1?Access_Token=hemmelig":                "/v1?Access_Token=***",
		"/v1?access%5Ftoken=hemmelig":              "/v1?access%5Ftoken=***",
		"/v1?access%token=synlig":                  "/v1?access%token=synlig",
		"/v1?access_token":                         "/v1?access_token",
		"/v1?access_token=":                        "/v1?access_token=",
		"/v1?continuationToken=synlig":             "/v1?continuationToken=synlig",
		"/v1?q=" + jwt:                             "/v1?q=***",
	} {
		if got := Mask(path); got != want {
			t.Errorf("%s is shown as %s, want %s", path, got, want)
		}
	}
}

func TestJWTIsMasked(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                      "",
		jwt:                                     "***",
		"a " + jwt + " b " + jwt:                "a *** b ***",
		`{"access_token":"` + jwt + `"}`:        `{"access_token":"***"}`,
		"assertion=" + jwt + "&x=1":             "assertion=***&x=1",
		"assertion%3D" + jwt:                    "assertion%3D***",
		"eyJhbGciOiJub25lIn0.e30.":              "***", // alg none: no signature
		"eyJhbGciOiJSUzI1NiJ9.a.b.c.d":          "***", // encrypted: five parts
		"eyJhbGciOiJSUzI1NiJ9.eyJzY":            "***", // cut short
		"eyJhbGciOiJSUzI1NiJ9":                  "eyJhbGciOiJSUzI1NiJ9",
		"eyJohn.doe@example.no":                 "eyJohn.doe@example.no",
		"eyJ.eyJ eyJ":                           "eyJ.eyJ eyJ",
		"eyJohn." + jwt:                         "eyJohn.***",
		"HeyJude, eyJhbGciOiJSUzI1NiJ9/e30.sig": "HeyJude, eyJhbGciOiJSUzI1NiJ9/e30.sig",
	} {
		if got := Mask(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

// Texts that begin a token again and again, and never are one, must not cost more than their
// length. The limit is far above what a slow machine takes: at the cost of the square of the length
// each text would take hours.
func TestMaskingIsLinear(t *testing.T) {
	t.Parallel()
	const length = 1 << 18
	for _, piece := range []string{
		"eyJ", "eyJ.", "eyJ ", "eyJaaaaaaaaaaaa", "?access_token=", "&", "1", "10836096911",
		"10836096911,", "a10836096911", `"`, `\"`, `\`, `\u00`, `\u0031`, `"apiKey":`, `"apiKey":{`, `"apiKey":"`,
		`{"a":`,
		"%", "%31", "%25", "%2531", "=", "a=", "token=", "token='", "://", "a://a", "<", "<a>", "<token>", "<token a",
		"<![CDATA[", "-----BEGIN PRIVATE KEY-----", "form-data; name=token\n", "\n\n", `"webhookUrl":"a?`, `?a=&`,
		`{"webhookUrl":"`, `"\"`,
	} {
		text := strings.Repeat(piece, length/len(piece))
		start := time.Now()
		Mask(text)
		(&masker{}).mask([]byte(text), true, true)
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%q repeated to %d bytes took %s", piece, length, took)
		}
	}
}

// Whatever a caller sends as a credential, and wherever a token is put, it is not in what the
// journal shows.
func TestNoSecretIsEverShown(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		secret := "hemmelig" + rapid.StringMatching(`[A-Za-z0-9._~+/ =-]{1,40}[a-z0-9]`).Draw(t, "secret")
		payload := base64.RawURLEncoding.EncodeToString(rapid.SliceOfN(rapid.Byte(), 12, 60).Draw(t, "payload"))
		token := "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ." + payload + "." + payload
		scheme := rapid.SampledFrom([]string{
			"", "Bearer ", "bearer ", "Basic ", "Bearer  ", "Token ",
			"Bearer Bearer ",
		})
		headers := func(label string) http.Header {
			h := http.Header{"Accept": {"application/json"}}
			for range rapid.IntRange(1, 3).Draw(t, label) {
				authorization := rapid.SampledFrom([]string{
					"Authorization", "AUTHORIZATION",
					"proxy-authorization",
				}).Draw(t, "authorization")
				h[authorization] = append(h[authorization], scheme.Draw(t, "scheme")+secret)
				other := rapid.SampledFrom([]string{
					"Cookie", "Set-Cookie", "X-API-Key", "X-Amz-Security-Token",
					"tokenId",
				}).Draw(t, "other")
				h[other] = append(h[other], secret)
				h["X-Whatever"] = append(h["X-Whatever"], token)
			}
			return h
		}
		body := func(label string) []byte {
			before := strings.Repeat("x", rapid.SampledFrom([]int{0, 10, BodyLimit - 60, BodyLimit - 1}).Draw(t, label))
			return []byte(before + `{"assertion":"` + token + `"} and ` + token)
		}

		j := newByName(Options{})
		j.Add(Entry{
			Number:         1,
			Path:           "/v1/2023?a=1&access_token=" + strings.ReplaceAll(secret, " ", "+"),
			Why:            "The token " + token + " is signed by another issuer.",
			IdempotencyKey: token,
			Request:        Message{Header: headers("request headers"), Body: body("request filling")},
			Answer:         Message{Header: headers("answer headers"), Body: body("answer filling")},
		})
		shown, err := json.Marshal(j.Calls(in{}))
		if err != nil {
			t.Fatal(err)
		}
		for _, hidden := range []string{secret, "hemmelig", payload} {
			if strings.Contains(string(shown), hidden) {
				t.Fatalf("%q is shown in %s", hidden, shown)
			}
		}
	})
}

func FuzzMasking(f *testing.F) {
	f.Add("/v1/2023?access_token=" + jwt)
	f.Add("Bearer " + jwt + " eyJ.eyJ?&;=%")
	f.Fuzz(func(t *testing.T, text string) {
		once := Mask(text)
		if twice := Mask(once); twice != once {
			t.Errorf("%q is masked to %q, and that to %q", text, once, twice)
		}
		if len(once) > len(text)+3*len(text) {
			t.Errorf("%q grew to %q", text, once)
		}
		if strings.Contains(maskCredentials(jwt+text), "eyJ") {
			t.Errorf("a credential is left of %q", jwt+text)
		}
	})
}
