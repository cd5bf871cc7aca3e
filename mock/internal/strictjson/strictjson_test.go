package strictjson

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type times int

func (t *times) UnmarshalJSON(text []byte) error {
	if string(text) == `"always"` {
		*t = -1
		return nil
	}
	return fmt.Errorf("times is %s; it must be always", text)
}

type call struct {
	API    string `json:"api"`
	Status int    `json:"status"`
}

type order struct {
	Scenario    string     `json:"scenario"`
	Seed        *uint64    `json:"seed"`
	Probability *float64   `json:"probability"`
	InOrder     bool       `json:"inOrder"`
	Set         *time.Time `json:"set"`
	Times       times      `json:"times"`
	Freeze      any        `json:"freeze"`
	Calls       []call     `json:"calls"`
}

// library matches words of Go and of its libraries, which no sentence for a caller may have.
var library = regexp.MustCompile(
	`json:|jsontext|unmarshal|invalid character|strconv|parsing|time: |looking for|unexpected|EOF|EOF|struct|Go `)

func TestDecode(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"scenario":"a<b","seed":0,"probability":0.5,"inOrder":true,"set":"2031-01-01T00:00:00Z","times":"always","freeze":true,"calls":[{"api":"bsu","status":400}]}`,
		"\xEF\xBB\xBF" +
			` {"scenario":"a<b","seed":0,"probability":5e-1,"inOrder":true,"set":"2031-01-01T00:00:00Z","times":"always","freeze":true,"calls":[{"status":400,"api":"bsu"}]} `,
	} {
		seed, probability, at := uint64(0), 0.5, time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)
		want := order{"a<b", &seed, &probability, true, &at, -1, true, []call{{"bsu", 400}}}
		var got order
		if err := Decode([]byte(body), &got); err != nil || cmp.Diff(want, got) != "" {
			t.Errorf("%s: %v %s", body, err, cmp.Diff(want, got))
		}
	}
	var none order
	if err := Decode([]byte(`{"seed":null,"calls":null,"scenario":null}`), &none); err != nil ||
		cmp.Diff(order{}, none) != "" {
		t.Errorf("null: %v %+v", err, none)
	}
}

// TestDecodeRefuses: each body is refused in the caller's words, which say what is wrong.
func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"":                           "the body is empty",
		" \n":                        "the body is empty",
		"\xFF\xFE{\x00}\x00":         "UTF-16",
		"\xFE\xFF\x00{\x00}":         "UTF-16",
		"{\x00\"\x00":                "UTF-16",
		"\x00{\x00\"":                "UTF-16",
		"\x1F\x8B\x08":               "gzip",
		"{\"scenario\": \"bl\xE5\"}": "the byte 0xE5 (line 1, character 17) is not UTF-8",
		`{scenario: GLD_001}`:        "the name scenario has no quotation marks around it: a Windows shell",
		`'{scenario:`:                "single quotation mark, which cmd.exe",
		`'{"scenario": "a"}'`:        "single quotation mark, which cmd.exe",
		`{“scenario”: “GLD_001”}`:    "curly quotation mark (“)",
		`{"scenario”: 1}`:            "curly quotation mark (”)",
		`{"scenario": ”a”}`:          "curly quotation mark (”)",
		`{"scenario": «a»}`:          "curly quotation mark («)",
		`{\"scenario\": \"a\"}`:      `a \ stands before a quotation mark`,
		`{"scenario": \"a\"}`:        `a \ stands before a quotation mark`,
		`{'scenario': 'a'}`:          "a single quotation mark stands where JSON has a double one",
		`{"scenario": 'a'}`:          "a single quotation mark stands where JSON has a double one",
		`{"scenario": GLD_001}`:      "the text GLD_001 has no quotation marks around it",
		`{"scenario": slow;ms=1}`:    "the text slow;ms has no quotation marks",
		`{"scenario": "a",}`:         "a comma stands before }; leave it out (line 1, character 18)",
		`{"calls": [{},]}`:           "a comma stands before ]; leave it out",
		`{"calls": [,]}`:             "stands where a value must be",
		`{,}`:                        "stands where a name in quotation marks must be",
		"{\n// x\n}":                 "a comment stands in the body; JSON has none, leave it out (line 2, character 1)",
		`{"seed": /* x */ 1}`:        "a comment stands in the body",
		`{"seed": 1 # x`:             "a comment stands in the body",
		`{"scenario" "a"}`:           `there is no : after the name, but "a"`,
		`{"seed": 1 "times": 2}`:     `a comma or } is missing before "times": 2}`,
		`{"calls": [{} {}]}`:         "a comma or ] is missing before {}]}",
		`{"scenario": "a"`:           "the body ends too early; } is missing",
		`{"calls": [{"api": 1`:       "the body ends too early; }]} is missing",
		`{"calls": [`:                "the body ends too early; ]} is missing",
		`{`:                          "the body ends too early; } is missing",
		`{"scenario": "a`:            "closing quotation mark is missing",
		`{"scenario":`:               "the body ends too early; } is missing",
		`{"scenario": "a"} x`:        "the body goes on after its value with x",
		`{"scenario": "a"}{}`:        "the body goes on after its value with {}",
		`{"scenario": "a"}}`:         "the body goes on after its value with }",
		"{\"scenario\": \"a\nb\"}":   "a line break or another control character stands in a text",
		`{"scenario": "C:\temp\x"}`:  `a \ stands in a text`,
		`{"scenario": "\ud800"}`:     `stands in a text`,
		`{"seed": 01}`:               "a number cannot begin with 0",
		`{"seed": +1}`:               "+1} is no number",
		`{"probability": .5}`:        ".5} is no number",
		`{"probability": 1.}`:        "is no number",
		`{"probability": 0,5}`:       "stands where a name in quotation marks must be",
		`{"probability": NaN}`:       "NaN is no number that JSON has",
		`{"inOrder": True}`:          "True is written true",
		`{"inOrder": None}`:          "None is written null",
		`scenario=GLD_001&times=2`:   "the body is a form (name=value)",
		`<play/>`:                    "the body is XML or HTML",
		`scenario: GLD_001`:          "the text scenario has no quotation marks",
		`{"seed": 1, "seed": 2}`:     "seed is given twice; give it once",
		`{"calls": [{}, {"status": 1, "status": 1}]}`: "calls[1].status is given twice; give it once",
		`{"calls": [{"x": {"y": 1, "y": 1}}]}`:        "calls[0].x.y is given twice",
		`{"freeze": {"a": 1, "a": 2}}`:                "freeze.a is given twice",
		`{"Seed": 1}`: `there is no member "Seed"; did you mean seed? ` +
			`there are seed, calls`,
		`{"probablity": 1}`: `did you mean probability?`,
		`{"calls": [{"stauts": 1}]}`: `there is no member "stauts" in calls[0]; did you mean status? there are ` +
			`status, api`,
		`{"": 1}`: `there is no member ""`,
		`{"seed": -1}`: "seed is -1; it must be a whole number from 0 to " +
			"18446744073709551615",
		`{"seed": 1.5}`:                  "seed is 1.5; it must be a whole number from 0",
		`{"seed": 18446744073709551616}`: "it must be a whole number from 0 to 18446744073709551615",
		`{"seed": "7"}`: `seed is "7", a text; it must be a whole number from 0 to 18446744073709551615, ` +
			`without quotation marks`,
		`{"seed": true}`:                 "seed is true; it must be a whole number",
		`{"seed": [1]}`:                  "seed is a list; it must be a whole number",
		`{"probability": 1e999}`:         "probability is 1e999; it must be a number",
		`{"probability": "0.5"}`:         `probability is "0.5", a text; it must be a number, without quotation marks`,
		`{"calls": [{"status": 4e99}]}`:  "calls[0].status is 4e99; it must be a whole number",
		`{"calls": [{"status": "abc"}]}`: `calls[0].status is "abc", a text; it must be a whole number`,
		`{"calls": {}}`:                  "calls is an object; it must be a list in [ ]",
		`{"calls": [1]}`:                 "calls[0] is 1; it must be an object in { }",
		`{"scenario": 7}`:                "scenario is 7; it must be a text in quotation marks",
		`{"inOrder": "true"}`: `inOrder is "true", a text; ` +
			`it must be true or false, without quotation marks`,
		`{"inOrder": 1}`:                  "inOrder is 1; it must be true or false",
		`[]`:                              "the body is a list; it must be an object in { }",
		`"a"`:                             `the body is "a", a text; it must be an object in { }`,
		`{"set": "2026-02-30T00:00:00Z"}`: `set is "2026-02-30T00:00:00Z", which is no day and hour of the calendar`,
		`{"set": "2026-02-03"}`:           `set is "2026-02-03"; it must be a time such as 2031-01-01T00:00:00Z`,
		`{"set": 7}`:                      "set is 7; it must be a time in quotation marks",
		`{"times": 7}`:                    "times is 7; it must be always",
	} {
		var into order
		err := Decode([]byte(body), &into)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", body, err, want)
			continue
		}
		if found := library.FindString(err.Error()); found != "" {
			t.Errorf("%q: %q stands in %v", body, found, err)
		}
	}
}

// FuzzParse: any body is read or refused in words of our own.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"a": [1, "b"], "c": {}}`))
	f.Add([]byte(`{a: '`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := Parse(body); err != nil && strings.Contains(err.Error(), "jsontext") {
			t.Errorf("%q: %v", body, err)
		}
	})
}
