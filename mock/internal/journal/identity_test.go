package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// maskIdentities returns a text with its identity numbers hidden.
func maskIdentities(text []byte) []byte { return apply(text, identities(text)) }

func TestIdentityNumbersAreMasked(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                           "",
		"10836096911":                "108360*****", // month + 80
		"01018012345":                "010180*****",
		"41018012345":                "410180*****", // D-nummer
		"71128012345":                "711280*****",
		"01418012345":                "014180*****", // month + 40
		"01668012345":                "016680*****", // month + 65
		"01218012345":                "012180*****", // month + 20
		"41814061033":                "418140*****",
		"00018012345":                "00018012345", // no day
		"32018012345":                "32018012345",
		"40018012345":                "40018012345",
		"72018012345":                "72018012345",
		"01008012345":                "01008012345", // no month
		"01138012345":                "01138012345",
		"01338012345":                "01338012345",
		"01788012345":                "01788012345",
		"01938012345":                "01938012345",
		"0101801234":                 "0101801234", // ten digits
		"010180123456":               "010180123456",
		"99210100012":                "99210100012", // a generated account
		"42004200420":                "42004200420", // accounts of the BSU page
		"86011117947":                "86011117947",
		"15031234567":                "150312*****", // an account that might be a person
		"313367002":                  "313367002",   // an organisation
		"010180 12345":               "010180 12345",
		"a 10836096911, 21866597003": "a 108360*****, 218665*****",
		"1083609691110836096911":     "1083609691110836096911",
		`{"fnr":"10836096911"}`:      `{"fnr":"108360*****"}`,
		`{"fnr":10836096911}`:        `{"fnr":108360*****}`,
		`linje\n10836096911`:         `linje\n108360*****`,
		`\u002210836096911\u0022`:    `\u0022108360*****\u0022`,
		"?q=%2210836096911%22":       "?q=%22108360*****%22",
		"?q=%252210836096911":        "?q=%2522108360*****",
		"?q=%2F10836096911%2F":       "?q=%2F108360*****%2F",
		"%10836096911":               "%108360*****",
		"fnr10836096911x":            "fnr108360*****x",
		"fa10836096911":              "fa108360*****",
		"/personer/10836096911/a":    "/personer/108360*****/a",

		"9b2f3c1e-5a54-4c0e-8f65-a10836096911":   "9b2f3c1e-5a54-4c0e-8f65-a10836096911", // a UUID by chance
		"9b2f3c1e-5a54-4c0e-8f65-10836096911A":   "9b2f3c1e-5a54-4c0e-8f65-10836096911A",
		"9b2f3c1e-5a54-4c0e-8f65-10836096911":    "9b2f3c1e-5a54-4c0e-8f65-108360*****", // no UUID
		"19b2f3c1e-5a54-4c0e-8f65-a10836096911":  "19b2f3c1e-5a54-4c0e-8f65-a108360*****",
		"9b2f3c1e-5a54-4c0e-8fg5-a10836096911":   "9b2f3c1e-5a54-4c0e-8fg5-a108360*****",
		"a10836096911" + strings.Repeat("c", 20): "a10836096911" + strings.Repeat("c", 20), // a digest by chance
		"a10836096911" + strings.Repeat("c", 19): "a108360*****" + strings.Repeat("c", 19),
		strings.Repeat("c", 53) + "10836096911":  strings.Repeat("c", 53) + "10836096911",

		"eyJhbGciOiJSUzI1NiJ9.e30.a-10836096911-hemmelig": "***", // all of the token, not only as far as the number
	} {
		if got := Mask(text); got != want {
			t.Errorf("%s is shown as %s, want %s", text, got, want)
		}
	}
}

// What is hidden is what a plain search for it would hide.
func TestNoIdentityNumberIsOverlooked(t *testing.T) {
	t.Parallel()
	digits := regexp.MustCompile(`[0-9]+`)
	plain := func(text string) string {
		return digits.ReplaceAllStringFunc(text, func(run string) string {
			if len(run) != 11 || !isBirth([]byte(run)) {
				return run
			}
			return run[:6] + "*****"
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		piece := rapid.OneOf(rapid.StringMatching(`[0-9]{0,25}`), rapid.StringMatching(`[014][0-9][0189][0-9]{8}`),
			rapid.StringMatching(`[ ,x"]{1,14}`))
		text := strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces"), "")
		body := []byte(text)
		if got, want := string(maskIdentities(body)), plain(text); got != want || string(body) != text {
			t.Fatalf("the body %s is shown as %s, want %s", text, got, want)
		}
	})
}

// A number that the cut splits is no less hidden than a whole one, and the number of bytes is what
// it was.
func TestIdentityNumberAtTheCut(t *testing.T) {
	t.Parallel()
	const number = "10836096911"
	for before := BodyLimit - 14; before <= BodyLimit+2; before++ {
		for _, after := range []string{"", `"}`, "9", "x", strings.Repeat("x", 100)} {
			body := strings.Repeat("a", before-1) + ":" + number + after
			j := newByName(Options{})
			j.Add(Entry{Number: 1, Request: Message{Body: []byte(body)}})
			got := j.Calls(in{})[0].Request
			masked := strings.Replace(body, number, "108360*****", 1)
			// twelve digits; where fewer are kept, they may be an identity number's
			if after == "9" && before+12 <= BodyLimit {
				masked = body
			}
			want := masked[:min(len(masked), BodyLimit)]
			if string(got.Body) != want || got.BodyBytes != len(body) || got.Cut != (len(body) > BodyLimit) {
				t.Errorf("%d bytes before and %q after: …%s of %d, cut %t; want …%s", before, after,
					got.Body[BodyLimit-20:], got.BodyBytes, got.Cut, want[BodyLimit-20:])
			}
		}
	}
}

func TestIdentityNumberInABodyThatIsUnreadFromThere(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		`{"fnr":"108360`: `{"fnr":"108360`, `{"fnr":"1083609`: `{"fnr":"108360*`,
		`{"fnr":"1083609691`:  `{"fnr":"108360****`,
		`{"fnr":"10836096911`: `{"fnr":"108360*****`, `{"fnr":"9983609`: `{"fnr":"9983609`, ``: ``, `7`: `7`,
	} {
		j := newByName(Options{})
		j.Add(Entry{Number: 1, Request: Message{Body: []byte(given), BodyBytes: 5000}})
		if got := j.Calls(in{})[0].Request; string(got.Body) != want || got.BodyBytes != 5000 || !got.Cut {
			t.Errorf("%s is shown as %s of %d, cut %t; want %s", given, got.Body, got.BodyBytes, got.Cut, want)
		}
	}
}

// Wherever in a call an identity number stands, its last five digits are not in what the journal
// shows, and no other thing is changed; a raw journal shows it all.
func TestNoIdentityNumberIsEverShown(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		number := fmt.Sprintf("%02d%02d80", rapid.IntRange(1, 31).Draw(t, "day")+
			rapid.SampledFrom([]int{0, 40}).Draw(t, "D"),
			rapid.IntRange(1, 12).Draw(t, "month")+
				rapid.SampledFrom([]int{0, 20, 40, 50, 60, 65, 80}).Draw(t, "synthetic")) +
			rapid.StringMatching(`[2-9][1-9]{4}`).Draw(t, "rest") // greater than any number of bytes that is shown
		filling := strings.Repeat("x", rapid.SampledFrom([]int{
			0, 10, BodyLimit - 40, BodyLimit - 31,
			BodyLimit - 25,
		}).Draw(t, "filling"))
		e := Entry{
			Number: 1, Path: "/personer/" + number + "?q=%22" + number, Why: "The person " + number + " is unknown.",
			IdempotencyKey: number,
			Request: Message{
				Header: http.Header{"X-Person": {"a", number}},
				Body:   []byte(filling + `{"foedselsnummer":"` + number + `"}`),
			},
			Answer: Message{
				Header: http.Header{"Location": {"/personer/" + number}},
				Body:   []byte(filling + `"angittVerdi":"` + number + `"`),
			},
		}
		show := func(limits Options) string {
			j := newByName(limits)
			j.Add(e)
			shown, err := json.Marshal(j.Calls(in{"", Query{Key: number}}))
			if err != nil {
				t.Fatal(err)
			}
			return string(shown)
		}
		masked, raw := show(Options{}), show(Options{Raw: true})
		if strings.Contains(masked, number[6:]) || !strings.Contains(masked, number[:6]+"*****") {
			t.Fatalf("%s is shown in %s", number, masked)
		}
		if strings.Contains(raw, "***") || len(raw) != len(masked) {
			t.Fatalf("raw: %s", raw)
		}
	})
}

func TestARawJournalMasksNothing(t *testing.T) {
	t.Parallel()
	given := refused()
	given.Scheme, given.Played = "https", []string{"slow"}
	given.Request.Body = []byte(`{"assertion":"` + jwt + `","foedselsnummer":"10836096911"}`)
	given.Request.BodyBytes, given.Answer.BodyBytes = len(given.Request.Body), len(given.Answer.Body)
	j := newByName(Options{Raw: true})
	j.Add(given)
	kept := j.Calls(in{"default", Query{Key: given.IdempotencyKey}})
	if diff := cmp.Diff([]Entry{given}, kept); diff != "" {
		t.Errorf("kept (-given +kept):\n%s", diff)
	}
	given.Request.Header.Set("Accept", "changed")
	if got := kept[0].Request.Header.Get("Accept"); got != "text/html" {
		t.Errorf("the caller's header map is the journal's: Accept became %q", got)
	}
}

func TestSecretsOfAFormAreMasked(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"grant_type=x&client_secret=hemmelig&a=1": "grant_type=x&client_secret=***&a=1",
		"Client%5FSecret=hemmelig":                "Client%5FSecret=***",
		"password=hemmelig":                       "password=***",
		"passwords=synlig":                        "passwords=synlig",
		"assertion=" + jwt:                        "assertion=***",
	} {
		j := newByName(Options{})
		header := http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=UTF-8"}}
		j.Add(Entry{
			Number: 1, Request: Message{Header: header, Body: []byte(body)},
			Answer: Message{Body: []byte("passwords=synlig")},
		})
		got := j.Calls(in{})[0]
		if string(got.Request.Body) != want || got.Request.BodyBytes != len(body) || got.Request.Cut {
			t.Errorf("%s is shown as %s, want %s", body, got.Request.Body, want)
		}
		if string(got.Answer.Body) != "passwords=synlig" {
			t.Errorf("a body without a secret is shown as %s", got.Answer.Body)
		}
	}
}

// FuzzIdentities: masking changes no length and masks nothing twice, and of a number that is cut
// off nothing more is shown than of the whole one.
func FuzzIdentities(f *testing.F) {
	f.Add([]byte(`{"fnr":"10836096911"} 9b2f3c1e-5a54-4c0e-8f65-a10836096911`), 15)
	f.Add([]byte(`%2213018012345\u002210836096911`), 11)
	f.Fuzz(func(t *testing.T, body []byte, end int) {
		once := maskIdentities(body)
		if len(once) != len(body) || !bytes.Equal(maskIdentities(once), once) {
			t.Errorf("%q is masked to %q, and that to %q", body, once, maskIdentities(once))
		}
		if end < 0 || end > len(body) {
			return
		}
		cut := apply(body[:end], append(identities(body[:end]), cutIdentity(body[:end])...))
		for i := range cut {
			if once[i] == '*' && cut[i] != '*' {
				t.Fatalf("%q is masked to %q, and cut off to %q", body, once, cut)
			}
		}
	})
}
