package journal

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// encodedIn returns a text as an encoding has it that leaves each character as it is, or escapes it.
func encodedIn(t *rapid.T, encoding, text string) string {
	var b strings.Builder
	for _, r := range text {
		escape := rapid.Bool().Draw(t, "escape")
		switch {
		case encoding == "percent" && (escape || strings.ContainsRune("%&;=?#+ \"<>\\/", r)):
			for _, c := range []byte(string(r)) {
				fmt.Fprintf(&b, rapid.SampledFrom([]string{"%%%02X", "%%%02x"}).Draw(t, "case"), c)
			}
		case encoding == "json" && escape && r < 0x10000:
			fmt.Fprintf(&b, rapid.SampledFrom([]string{`\u%04X`, `\u%04x`}).Draw(t, "case"), r)
		case encoding == "json" && strings.ContainsRune("\"\\", r):
			b.WriteString(`\` + string(r))
		case encoding == "json" && r == '/':
			b.WriteString(rapid.SampledFrom([]string{"/", `\/`}).Draw(t, "slash"))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// plainOf returns a text with all that is escaped in it decoded, as often as that is.
func plainOf(text string) string {
	escape := regexp.MustCompile(`\\u[0-9A-Fa-f]{4}|%[0-9A-Fa-f]{2}`)
	for range 8 {
		text = escape.ReplaceAllStringFunc(text, func(code string) string {
			n, _ := strconv.ParseUint(strings.TrimLeft(code, `%\u`), 16, 16)
			if n >= 0x80 {
				return code
			}
			return string(rune(n))
		})
		text = strings.NewReplacer(`\/`, "/", `\\`, `\`).Replace(text)
	}
	return text
}

// TestNoSecretIsShownInAnyEncoding: a secret, and an identity number, in any body, address or
// header, escaped in whichever way and in as many layers, is in nothing that shows the call.
func TestNoSecretIsShownInAnyEncoding(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		secret := "hemm" + rapid.StringMatching(`[A-Za-z0-9._~!*()å-]{4,20}`).Draw(t, "secret")
		number := rapid.SampledFrom([]string{"108360", "410180", "014180"}).Draw(t, "birth") + "96937"
		name := rapid.SampledFrom([]string{
			"apiKey", "api_key", "APIKEY", "password", "client_secret", "clientSecret", "secret", "token",
			"access_token", "assertion", "client_assertion", "privateKey", "webhookSecret", "X-Api-Key",
		}).Draw(t, "name")
		address := "https://" + rapid.SampledFrom([]string{"", "fdvu:" + secret + "@"}).Draw(t, "user") +
			"fdvu.example/m/" + number + "?" +
			rapid.SampledFrom([]string{"token", "sig", "code", "a"}).Draw(t, "in query") + "=" + secret + "&b=1"
		object := func(values ...string) string { // a JSON object, with its strings escaped at random
			text := "{"
			for i := 0; i < len(values); i += 2 {
				text += fmt.Sprintf(`"%s" : "%s",`, encodedIn(t, "json", values[i]),
					encodedIn(t, "json", values[i+1]))
			}
			return text + `"n":[1,{"ok":true}]}`
		}
		members := []string{
			name, secret, "foedselsnummer", number, "webhookUrl", address, "tekst", "om " + number + ".",
		}
		pem := "-----BEGIN PRIVATE KEY-----\n" + secret + "\n-----END PRIVATE KEY-----\n"
		form := "grant_type=x&" + encodedIn(t, "percent", name) + "=" + encodedIn(t, "percent", secret) + "&fnr=" +
			encodedIn(t, "percent", number) + "&webhookUrl=" + encodedIn(t, "percent", address)
		element := strings.TrimPrefix(name, "X-")
		body := rapid.SampledFrom([]string{
			object(members...),
			`[` + object(members...) + `, {"a": ` + object(members...) + `}]`,
			`{"inner": "` + encodedIn(t, "json", object(members...)) + `"}`,
			`{"inner": "` + encodedIn(t, "json", `{"more": "`+encodedIn(t, "json", object(members...))+`"}`) + `"}`,
			`{"pem": "` + encodedIn(t, "json", pem) + `"}`, pem, form, "x " + form,
			"document=" + encodedIn(t, "percent", object(members...)),
			`{"form": "` + encodedIn(t, "json", form) + `"}`,
			`{"broken": bad", ` + object(members...)[1:],
			`{"` + name + `": {"value": ["` + secret + `"]}, "fnr": ` + number + `}`,
			`{"kty": "RSA", "n": "public", "d": "` + secret + `", "k": ["` + secret + `"]}`,
			"<a:sak><" + element + " type='x'>" + secret + "</" + element + "><fnr>" + number + "</fnr></a:sak>",
			"<sak><" + element + "><![CDATA[" + secret + "<]]></" + element + "></sak>",
			"--x\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + secret + "\r\n--x--",
		}).Draw(t, "body")
		before := rapid.SampledFrom([]int{0, BodyLimit - 300, BodyLimit - 100, BodyLimit - 40}).Draw(t, "before")
		filling := strings.Repeat(" ", before)
		cut := rapid.IntRange(0, len(body)).Draw(t, "cut")
		header := http.Header{"X-Person": {encodedIn(t, "percent", number)}, "X-Api-Key": {secret}}
		if rapid.Bool().Draw(t, "is a form") {
			header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		log := New(Options{}).Log("a")
		live := log.Subscribe(Query{})
		defer live.Close()
		log.Add(Entry{
			Number: log.Next(), Method: "POST", Status: 400, Host: number + ".example",
			Path: "/v1/" + encodedIn(t, "percent", number) + "?" + form, Why: body[:cut], IdempotencyKey: number,
			Request: Message{Header: header, Body: []byte(filling + body)},
			Answer:  Message{Header: header, Body: []byte(body[:cut]), BodyBytes: len(body)},
		})
		calls := log.Calls(Query{})
		events, _ := live.Next(9)
		verdict := log.Verify(Expectation{NothingElse: true, Calls: []Expected{{API: "bsu"}}})
		shown := []any{
			calls, string(events[0].Text), verdict, Curl(calls[0]), string(har(calls, "1")), Mask(body),
			Mask("/?" + form),
		}
		for i, one := range shown {
			text, err := json.Marshal(one)
			if err != nil {
				t.Fatal(err)
			}
			plain := plainOf(string(text))
			for _, hides := range []string{"hemm", number[6:]} {
				if at := strings.Index(plain, hides); at >= 0 {
					t.Fatalf("export %d of %s shows %s of %s and %s in …%s", i, body, hides, secret, number,
						plain[max(0, at-300):min(len(plain), at+100)])
				}
			}
		}
	})
}
