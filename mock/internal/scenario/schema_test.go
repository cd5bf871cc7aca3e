package scenario

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/goccy/go-yaml"
	"pgregory.net/rapid"

	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/splice"
)

func compiled(t testing.TB) *schema.Schema {
	t.Helper()
	s, err := schema.Compile(fstest.MapFS{"scenario.schema.json": {Data: Schema()}}, "scenario.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func breaks(t testing.TB, s *schema.Schema, document []byte) []string {
	t.Helper()
	value, err := schema.Decode(document)
	if err != nil {
		t.Fatalf("%s: %v", document, err)
	}
	var all []string
	for _, a := range s.Validate(value) {
		all = append(all, a.Sti+": "+a.Melding)
	}
	return all
}

// TestSchemaBuiltIn: the schema takes every script that is built in.
func TestSchemaBuiltIn(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	for _, script := range testLibrary(t, "").All() {
		var value any
		if err := yaml.Unmarshal([]byte(script.Text), &value); err != nil {
			t.Fatal(err)
		}
		document, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if all := breaks(t, s, document); all != nil {
			t.Errorf("%s: %v", script.File, all)
		}
	}
}

// beyond lists the faults between several places, which a schema does not find.
var beyond = []string{
	"stands in", "the shorter one comes first", "is no JSON document", "has no body",
	"where it first stands", "is declared above",
	"they must be in this order", "with min or max",
}

// TestSchemaIsTheLoader: what the loader takes the schema takes, and what it refuses the schema
// refuses, but for what holds between places (beyond), the catalogue's names, null, and what
// yamlfile takes for a number: one in quotation marks, and a fraction where it must be whole.
func TestSchemaIsTheLoader(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	took, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		document, err := json.Marshal(drawScript(t))
		if err != nil {
			t.Fatal(err)
		}
		value, err := schema.Decode(document)
		if err != nil {
			t.Fatal(err)
		}
		wrong := s.Validate(value)
		_, faults := grammar{kinds: faultKinds()}.read("drawn.yaml", document)
		judged := false
		for _, fault := range faults {
			judged = judged || !containsAny(fault.Text, beyond)
		}
		switch {
		case len(faults) == 0 && len(wrong) > 0:
			t.Fatalf("the schema alone refuses %s: %v", document, wrong)
		case judged && len(wrong) == 0:
			t.Fatalf("the loader alone refuses %s: %v", document, faults)
		case len(faults) == 0:
			took++
		default:
			refused++
		}
	})
	if (took == 0 || refused == 0) && !testing.Short() { // with which there are few scripts
		t.Errorf("%d scripts were taken and %d refused; both must be tried", took, refused)
	}
}

func containsAny(text string, parts []string) bool {
	for _, part := range parts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// parameters returns names, each for one place, with units where the place is a duration.
func drawParameter(t *rapid.T, unit string, right []any) any {
	p := map[string]any{
		"param": maybe(t, "param", []any{"p" + rapid.StringMatching("[a-z]{3}").Draw(t, "param name")},
			[]any{"times", "Ms", "", 5}),
		"description": maybe(t, "prose", []any{"a"}, []any{"", 5}),
		"default":     maybe(t, "default", right, []any{-1, 1e9, "a"}),
	}
	p["min"], p["max"] = p["default"], p["default"]
	if unit != "" {
		p["unit"] = maybe(t, "unit", []any{unit}, []any{"d", ""})
	}
	drop(t, p)
	return p
}

// maybeParameter draws one of what is right, rarely of what may be wrong, or a parameter.
func maybeParameter(t *rapid.T, what, unit string, numbers, right, other []any) any {
	if rapid.IntRange(0, 4).Draw(t, what+" is a parameter?") == 0 {
		return drawParameter(t, unit, numbers)
	}
	return maybe(t, what, right, other)
}

// maybe draws one of what is right, or rarely of what may be wrong.
func maybe(t *rapid.T, what string, right, other []any) any {
	if rapid.IntRange(0, 15).Draw(t, what+"?") == 0 {
		return rapid.SampledFrom(other).Draw(t, what)
	}
	return rapid.SampledFrom(right).Draw(t, what)
}

// drawScript returns a script, mostly a right one.
func drawScript(t *rapid.T) map[string]any {
	script := map[string]any{
		"name": maybe(t, "name", []any{"drawn"},
			[]any{"Drawn", "drawn-", "other", 5, true, "", "a_b", strings.Repeat("a", 65)}),
		"description": maybe(t, "description", []any{"a", 5},
			[]any{"", " ", true, 1.5, []any{}, strings.Repeat("ø", 2000), strings.Repeat("ø", 2001)}),
		"client": maybe(t, "client", []any{"a"}, []any{"\n"}),
		"steps": rapid.SliceOfN(rapid.Custom(func(t *rapid.T) any { return drawStep(t) }),
			rapid.IntRange(0, 1).Draw(t, "least"), 3).
			Draw(t, "steps"),
	}
	drop(t, script)
	return script
}

// drop takes a member away now and then, or adds one.
func drop(t *rapid.T, object map[string]any) {
	switch rapid.IntRange(0, 30).Draw(t, "drop?") {
	case 0:
		for _, name := range []string{
			"name", "description", "client", "steps", "do", "status", "bytes", "every",
			"default", "param",
		} {
			if _, there := object[name]; there {
				delete(object, name)
				return
			}
		}
	case 1:
		object["colour"] = "red"
	}
}

func drawStep(t *rapid.T) map[string]any {
	step := map[string]any{"do": rapid.SliceOfN(rapid.Custom(drawAct), 0, 3).Draw(t, "do")}
	optional := func(name string, right, other []any) {
		if rapid.IntRange(0, 2).Draw(t, name+" there?") == 0 {
			step[name] = maybe(t, name, right, other)
		}
	}
	switch rapid.IntRange(0, 3).Draw(t, "until") {
	case 0:
		step["times"] = maybeParameter(t, "times", "", []any{1, 7, 1000}, []any{1, 1000, "always", "7"},
			[]any{0, 1001, -1, "often", "", true, 1.5, "1001", "007"})
	case 1:
		step["for"] = maybeParameter(t, "for", "s", []any{1, 86400},
			[]any{"1ms", "86400s", "1440m", "24h", "86400000ms", "59s"},
			[]any{"25h", "1441m", "86401s", "86400001ms", "0s", "1", 1, "1d", "1.5s", " 1s"})
		if rapid.IntRange(0, 9).Draw(t, "both?") == 0 {
			step["times"] = 1
		}
	}
	optional("probability", []any{0.5, 1, 0.001}, []any{0, 1.1, -1, "a", true})
	optional("at", []any{"door", "work", "answer", "answer"}, []any{"gate", "", 1})
	if rapid.IntRange(0, 2).Draw(t, "when?") == 0 {
		when := map[string]any{}
		for name, values := range map[string][2][]any{
			"api":    {{[]any{"bsu", 1}}, {[]any{}, []any{""}, "bsu", []any{[]any{}}}},
			"method": {{[]any{"POST", "GET"}}, {[]any{"post"}, []any{}, []any{5}}},
			"organisation": {
				{"310000006", 310000006, "010000006"},
				{"31000000", 31000000, "a10000006", 3100000060, true},
			},
			"reference": {{"a", 5}, {" ", strings.Repeat("a", 201), []any{}}},
			"outcome":   {{"success", "refused"}, {"ok", 1}},
			"inFlight":  {{1, 5, 1000}, {0, 1001, "a"}},
		} {
			if rapid.IntRange(0, 4).Draw(t, name+" there?") == 0 {
				when[name] = maybe(t, name, values[0], values[1])
			}
		}
		step["when"] = when
		drop(t, when)
	}
	drop(t, step)
	return step
}

func drawAct(t *rapid.T) any {
	headers := func() any {
		return maybe(t, "headers", []any{
			map[string]any{"Retry-After": 5, "X": "a"},
			map[string]any{"Content-Type": "a/b"},
		},
			[]any{
				map[string]any{},
				map[string]any{"content-Length": "1"},
				map[string]any{"a b": "c"},
				map[string]any{"sandkasse-X": "c"},
				map[string]any{"transfer-ENCODING": "c"},
				map[string]any{"X": "ø"},
				map[string]any{"X": true},
				"X",
				map[string]any{"X": strings.Repeat("a", 1001)},
			})
	}
	trueOr := []any{false, "a", 1}
	durations := []any{"0s", "3m", "121s", "120001ms", "1", 5, "1.5s", "1s-", "", "1h"}
	var act map[string]any
	switch kind := rapid.SampledFrom(names(faultKinds())).Draw(t, "kind"); kind {
	case "code":
		act = map[string]any{kind: maybe(t, kind, []any{"GLD_001", 503, "V21-503"},
			[]any{"", "a b", true, "-a", strings.Repeat("a", 65)})}
	case "offence":
		act = map[string]any{kind: maybe(t, kind, []any{"broken-json"}, []any{"", true})}
	case "respond":
		answer := map[string]any{"status": maybeParameter(t, "status", "", []any{200, 599}, []any{200, 503, 599},
			[]any{199, 600, "a", 204})}
		if rapid.Bool().Draw(t, "headers?") {
			answer["headers"] = headers()
		}
		if rapid.Bool().Draw(t, "body?") {
			answer["body"] = maybe(t, "body", []any{"", "a", 5}, []any{true, []any{}})
		}
		if rapid.IntRange(0, 3).Draw(t, "json?") == 0 {
			answer["json"] = maybe(t, "json", []any{"{}", "[1]", 5}, []any{"{", map[string]any{}})
		}
		drop(t, answer)
		act = map[string]any{kind: answer}
	case "headers":
		act = map[string]any{kind: headers()}
	case "delay":
		act = map[string]any{kind: maybeParameter(t, kind, "ms", []any{1, 120000},
			[]any{"1ms", "2m", "120s", "120000ms", "1s-5s", "5ms-2m"}, append(durations, "1s-3m", "5s-1s", "1s-2s-3s"))}
	case "cut":
		act = map[string]any{kind: maybeParameter(t, kind, "", []any{0, 20}, []any{0, 20, maxBody},
			[]any{-1, maxBody + 1, "a"})}
	case "drip":
		drip := map[string]any{
			"bytes": maybe(t, "bytes", []any{1, maxBody}, []any{0, "a"}),
			"every": maybeParameter(t, "every", "s", []any{1, 120}, []any{"100ms", "2m"}, append(durations, "1s-2s")),
		}
		drop(t, drip)
		act = map[string]any{kind: drip}
	case "contentType":
		act = map[string]any{kind: maybe(t, kind, []any{
			"text/html", "text/html; charset=utf-8",
			"application/problem+json",
		}, []any{"html", "", "a/b;", "a/b/c", 5, "a/b ; ø"})}
	case "feedback":
		act = map[string]any{kind: maybe(t, kind, []any{"rejected", "never"}, []any{"lost", "", true})}
	case "approval":
		approval := map[string]any{
			"answer": maybe(t, "answer", []any{"approve", "reject", "timeout", "never", "not-delegable"}, []any{
				"",
				"yes",
			}),
			"after": maybe(t, "after", []any{"1ms", "30s", "99999m", "9999h"}, []any{"0s", "10000h", "1d", "", true}),
		}
		drop(t, approval)
		act = map[string]any{kind: approval}
	case "webhook":
		act = map[string]any{kind: maybe(t, kind, []any{"drop", "duplicate", "reorder", "delay", "wrong-key"},
			[]any{"dropp", ""})}
	default:
		act = map[string]any{kind: maybe(t, kind, []any{true}, trueOr)}
	}
	switch rapid.IntRange(0, 40).Draw(t, "odd?") {
	case 0:
		return map[string]any{}
	case 1:
		act["close"], act["cut"] = true, 5
	case 2:
		return "reset"
	}
	return act
}

// FuzzRead: no text makes the reader fail otherwise than by faults with words, and what it takes
// plays.
func FuzzRead(f *testing.F) {
	bases := []string{""}
	for i, script := range testLibrary(f, "").All() {
		bases = append(bases, script.Text)
		f.Add(uint8(i+1), uint16(0), uint16(0), "")
		f.Add(uint8(i+1), uint16(len(script.Text)-20), uint16(5), ": [1")
	}
	for _, text := range []string{
		"name: fuzz\ndescription: a\nclient: b\nsteps: [{do: [{delay: 1s-2s}], times: always, probability: 0.5}]",
		"name: fuzz\nsteps: [{when: {method: [~]}, do: [{headers: {? [a] : b}}]}]",
		"steps: &a [*a]",
		"steps: [{times: {param: a, min: .nan, max: .inf, default: 1}, do: []}]",
	} {
		f.Add(uint8(0), uint16(0), uint16(0), text)
	}
	f.Fuzz(func(t *testing.T, which uint8, at, length uint16, put string) {
		text, ok := splice.At(bases[int(which)%len(bases)], at, length, put)
		if !ok {
			return
		}
		s, faults := grammar{kinds: faultKinds()}.read("fuzz.yaml", []byte(text))
		for _, fault := range faults {
			if fault.Text == "" || fault.File == "" {
				t.Errorf("a fault without words: %+v", fault)
			}
		}
		if faults != nil {
			return
		}
		plays := NewPlays(1)
		for i := range 20 {
			p := plays.Begin([]Selection{{Text: s.Name, Name: s.Name, Scenario: s, key: s.Name}}, Call{Method: "POST"})
			for _, point := range []Point{BeforeChecks, InsteadOfWork, AfterWork} {
				if e := p.At(point, PointInfo{Outcome: Success}); e.Delay < 0 || e.Delay > MaxDelay {
					t.Errorf("call %d is delayed by %s", i, e.Delay)
				}
			}
			p.End()
		}
	})
}
