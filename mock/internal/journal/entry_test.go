package journal

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// refused returns a call with something in every field.
func refused() Entry {
	return Entry{
		Number:         7,
		Time:           time.Date(2024, 1, 15, 13, 4, 5, 120_000_000, time.FixedZone("CET", 3600)),
		Session:        "default",
		API:            "bsu",
		Route:          "/v1/{inntektsaar}",
		Method:         "POST",
		Host:           "127.0.0.1:8080",
		Path:           "/innrapporteringbsu/v1/2023?access_token=hemmelig",
		Status:         400,
		Code:           "GLD_006",
		Specification:  []string{"GLD_1022", "GLD_1030"},
		StoppedBy:      "accept",
		Why:            "Accept is \"text/html\", which excludes application/json; leave it out or ask for */*.",
		Replayed:       false,
		Organisation:   "313367002",
		IdempotencyKey: "9b2f3c1e-5a54-4c0e-8f65-0c6f3e0b7a11",
		DurationMs:     0.25,
		Request: Message{
			Header: http.Header{
				"Authorization":  {"Bearer hemmelig"},
				"Accept":         {"text/html"},
				"Idempotencykey": {"9b2f3c1e-5a54-4c0e-8f65-0c6f3e0b7a11"},
			},
			Body: []byte(`{"oppgavegiversLeveranseReferanse":"blåbær <1>"}`),
		},
		Answer: Message{
			Header: http.Header{"Content-Type": {"application/json"}, "Sandkasse-Call": {"7"}},
			Body:   []byte{0xff, 0x00},
		},
	}
}

func TestEntryAsJSON(t *testing.T) {
	t.Parallel()
	j := newByName(Options{})
	j.Add(refused())
	j.Add(Entry{Number: 8, Session: "default"})
	compact, err := json.Marshal(j.Calls(in{"default", Query{}}))
	if err != nil {
		t.Fatal(err)
	}
	isGolden(t, "testdata/calls.json", compact)
}

func TestWhatIsAddedIsLeftAsItWas(t *testing.T) {
	t.Parallel()
	given := refused()
	given.Request.Body = []byte(`assertion=` + jwt)
	given.Request.Header["X-Forwarded"] = []string{"plain", jwt, "plain"}
	before := refused()
	before.Request.Body = []byte(`assertion=` + jwt)
	before.Request.Header["X-Forwarded"] = []string{"plain", jwt, "plain"}

	j := newByName(Options{})
	j.Add(given)
	if diff := cmp.Diff(before, given); diff != "" {
		t.Errorf("the entry was changed by Add (-before +after):\n%s", diff)
	}
	given.Request.Header.Set("Accept", "changed")
	kept := j.Calls(in{"default", Query{}})[0]
	if got := kept.Request.Header.Get("Accept"); got != "text/html" {
		t.Errorf("the caller's header map is the journal's: Accept became %q", got)
	}
	if diff := cmp.Diff([]string{"plain", "***", "plain"}, kept.Request.Header["X-Forwarded"]); diff != "" {
		t.Errorf("X-Forwarded (-want +got):\n%s", diff)
	}
}

func TestBodyIsCut(t *testing.T) {
	t.Parallel()
	a := func(n int) string { return strings.Repeat("a", n) }
	for name, test := range map[string]struct {
		body string
		want int // length of what is kept
	}{
		"empty":                       {"", 0},
		"short":                       {"{}", 2},
		"at the limit":                {a(BodyLimit), BodyLimit},
		"one more":                    {a(BodyLimit + 1), BodyLimit},
		"character ends at the limit": {a(BodyLimit-2) + "å" + a(9), BodyLimit},
		"two bytes split":             {a(BodyLimit-1) + "å", BodyLimit - 1},
		"three bytes split by one":    {a(BodyLimit-2) + "€", BodyLimit - 2},
		"four bytes split by one":     {a(BodyLimit-3) + "🏠", BodyLimit - 3},
		"four bytes split by three":   {a(BodyLimit-1) + "🏠", BodyLimit - 1},
		"binary":                      {strings.Repeat("\x80", BodyLimit+5), BodyLimit - 3},
		"ten MiB":                     {a(10 << 20), BodyLimit},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newByName(Options{})
			j.Add(Entry{Number: 1, Request: Message{Body: []byte(test.body)}})
			got := j.Calls(in{})[0].Request
			if string(got.Body) != test.body[:test.want] {
				t.Errorf("%d bytes kept, want the first %d", len(got.Body), test.want)
			}
			if got.BodyBytes != len(test.body) {
				t.Errorf("BodyBytes = %d, want %d", got.BodyBytes, len(test.body))
			}
			if want := test.want < len(test.body); got.Cut != want {
				t.Errorf("Cut = %t, want %t", got.Cut, want)
			}
			if cap(got.Body) > 2*BodyLimit {
				t.Errorf("an array of %d bytes is kept alive", cap(got.Body))
			}
		})
	}
}

func TestBodyThatWasNeverReadTellsItsLength(t *testing.T) {
	t.Parallel()
	j := newByName(Options{})
	j.Add(Entry{Number: 1, Request: Message{BodyBytes: 11 << 20}})
	got := j.Calls(in{})[0].Request
	if got.BodyBytes != 11<<20 || !got.Cut {
		t.Errorf("BodyBytes = %d, Cut = %t, want %d and true", got.BodyBytes, got.Cut, 11<<20)
	}
}

func TestHiddenTokensDoNotCountAsCut(t *testing.T) {
	t.Parallel()
	body := `{"access_token":"` + jwt + `"}`
	j := newByName(Options{})
	j.Add(Entry{Number: 1, Answer: Message{Body: []byte(body)}})
	got := j.Calls(in{})[0].Answer
	if string(got.Body) != `{"access_token":"***"}` || got.BodyBytes != len(body) || got.Cut {
		t.Errorf("body %s of %d bytes, cut %t; want it masked, of %d bytes and whole", got.Body, got.BodyBytes, got.Cut,
			len(body))
	}
}

// A text stays a text when it is cut, and what is shown is always the beginning of what was sent.
func TestAnyBodyIsShownFromItsBeginning(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		piece := rapid.SampledFrom([]string{"a", "å", "€", "🏠", "\xff", "\x80"})
		if rapid.Bool().Draw(t, "text") {
			piece = rapid.SampledFrom([]string{"a", "å", "€", "🏠"})
		}
		filling := strings.Repeat("x", rapid.SampledFrom([]int{0, BodyLimit - 20, BodyLimit}).Draw(t, "filling"))
		body := filling + strings.Join(rapid.SliceOfN(piece, 0, 40).Draw(t, "pieces"), "")

		j := newByName(Options{})
		j.Add(Entry{Number: 1, Request: Message{Body: []byte(body)}})
		written, err := json.Marshal(j.Calls(in{})[0].Request)
		if err != nil {
			t.Fatal(err)
		}
		var shown struct {
			Body, BodyBase64 *string
			BodyBytes        int
			Cut              bool
		}
		if err := json.Unmarshal(written, &shown); err != nil {
			t.Fatal(err)
		}
		if (shown.Body == nil) == (shown.BodyBase64 == nil) {
			t.Fatalf("one of body and bodyBase64 must be there: %s", written)
		}
		if shown.Body == nil {
			if utf8.ValidString(body) {
				t.Fatal("a text is shown as base64")
			}
			decoded, err := base64.StdEncoding.DecodeString(*shown.BodyBase64)
			if err != nil {
				t.Fatal(err)
			}
			text := string(decoded)
			shown.Body = &text
		}
		if !strings.HasPrefix(body, *shown.Body) || len(*shown.Body) < min(len(body), BodyLimit-3) ||
			len(*shown.Body) > BodyLimit {
			t.Fatalf("%d bytes shown of %d", len(*shown.Body), len(body))
		}
		if shown.BodyBytes != len(body) || shown.Cut != (len(*shown.Body) < len(body)) {
			t.Fatalf("bodyBytes %d and cut %t, where %d are shown of %d", shown.BodyBytes, shown.Cut, len(*shown.Body),
				len(body))
		}
	})
}

// An empty map takes 48 bytes.
func TestEntryBytesCoverAnEntry(t *testing.T) {
	t.Parallel()
	need := reflect.TypeFor[record]().Size() + 2*48
	if need > entryBytes {
		t.Errorf("an entry takes %d bytes, entryBytes is %d", need, entryBytes)
	}
}
