package journal

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"sandkasse/mock/internal/splice"
)

// maskMembers returns a body with the members of these names hidden.
func maskMembers(body []byte, names []string) []byte {
	return (&masker{members: names}).mask(body, false, false)
}

func TestMaskMembers(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		``:                                     ``,
		`{"a":1}`:                              `{"a":1}`,
		`{"key":"s"}`:                          `{"key":"***"}`,
		`{"key" : 12.5, "b":[{"key":"s\"t"}]}`: `{"key" : "***", "b":[{"key":"***"}]}`,
		`{"x":[":"],"key":"s"}`:                `{"x":[":"],"key":"***"}`,
		`{"k\u0065y":"s"}`:                     `{"k\u0065y":"***"}`,
		`{"key":"s`:                            `{"key":"***"`,
		`{"key":["s]",{}],"b":1}`:              `{"key":"***","b":1}`,
		`{"key":{"a":["s"],"b":1`:              `{"key":"***"`,
		`["key","s"]`:                          `["key","s"]`,
		`{"key":null}`:                         `{"key":"***"}`,
	} {
		if got := string(maskMembers([]byte(body), []string{"key"})); got != want {
			t.Errorf("%s is shown as %s, want %s", body, got, want)
		}
	}
	if got := maskMembers([]byte(`{"key":1}`), nil); string(got) != `{"key":1}` {
		t.Errorf("without names: %s", got)
	}
}

// Whatever shows a call hides the values of its secret members, also in a body that ends within
// one; what is compared is what was sent.
func TestSecretMembersAreMaskedWhereverACallIsShown(t *testing.T) {
	t.Parallel()
	sent := `{"key":"hemmelig","a":"` + strings.Repeat("x", BodyLimit-40) + `","key":"hemmelig"}`
	for _, raw := range []bool{false, true} {
		log := New(Options{Raw: raw}).Log("a")
		events := log.Subscribe(Query{})
		defer events.Close()
		log.Add(Entry{
			Number: log.Next(), Request: Message{Body: []byte(sent)},
			Answer: Message{Body: []byte(`{"key":7}`)},
		}, "key")
		one, _ := log.Call(1)
		waited, err := log.Wait(t.Context(), Query{}, 1)
		if err != nil {
			t.Fatal(err)
		}
		next, _ := events.Next(9)
		for where, e := range map[string]Entry{
			"Calls": log.Calls(Query{})[0], "Call": one, "Wait": slices.Collect(waited)[0],
			"Next": next[0].Call(),
		} {
			if hides := !strings.Contains(string(e.Request.Body), "hemm"); hides == raw ||
				strings.Contains(string(e.Answer.Body), "7") != raw {
				t.Errorf("raw %t: %s shows %s and %s", raw, where, e.Request.Body, e.Answer.Body)
			}
			if e.Request.BodyBytes != len(sent) || !e.Request.Cut {
				t.Errorf("raw %t: %s shows a body of %d bytes, cut %t", raw, where, e.Request.BodyBytes, e.Request.Cut)
			}
		}
		if verdict := log.Verify(Expectation{Calls: []Expected{{BodyContains: `"hemmelig"`}}}); !verdict.OK {
			t.Errorf("raw %t: what was sent is not found", raw)
		}
	}
}

// FuzzMaskMembers: the secrets of any whole document are hidden, and nothing else is, also where the
// document is a string of another or a parameter.
func FuzzMaskMembers(f *testing.F) {
	f.Add("name", `a text with "quotes" and : {`)
	f.Add(`":`, `\`)
	f.Fuzz(func(t *testing.T, name, value string) {
		if len(name)+len(value) > splice.MaxText {
			return
		}
		body, err := json.Marshal(map[string]any{
			"a": []any{name, value, map[string]any{"key": "S3CRET" + value, "apiKey": "S3CRET"}}, "b" + name: value,
			"key": "S3CRET" + name,
		})
		if err != nil {
			t.Skip()
		}
		outer, err := json.Marshal(map[string]string{"inner": string(body)})
		if err != nil {
			t.Fatal(err)
		}
		for _, whole := range [][]byte{body, outer, []byte("document=" + url.QueryEscape(string(body)))} {
			got := maskMembers(whole, []string{"key"})
			if json.Valid(whole) && !json.Valid(got) || bytes.Contains(got, []byte("S3CRET")) &&
				!strings.Contains(name+value, "S3CRET") {
				t.Errorf("%s is shown as %s", whole, got)
			}
		}
	})
}
