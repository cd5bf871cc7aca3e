package schemas

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite testdata/avvik.golden")

func compileText(tb testing.TB, text string) *Schema {
	tb.Helper()
	s, err := Compile(fstest.MapFS{"s.json": {Data: []byte(text)}}, "s.json")
	if err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	return s
}

// The sentences of every keyword, word for word.
func TestSentences(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	for _, c := range sentences {
		avvik := compileText(t, c.schema).Validate(decode(t, []byte(c.doc)))
		fmt.Fprintf(&got, "%s ← %s\n", c.schema, c.doc)
		writeAvvik(&got, avvik)
	}
	body := string(example(t))
	s := compile(t, bsu)
	for _, c := range faults {
		doc := body
		for _, change := range c {
			if !strings.Contains(doc, change[0]) {
				t.Fatalf("the example has no %s", change[0])
			}
			doc = strings.Replace(doc, change[0], change[1], 1)
		}
		fmt.Fprintf(&got, "bsu ← %q\n", c)
		writeAvvik(&got, s.Validate(decode(t, []byte(doc))))
	}
	const golden = "testdata/avvik.golden"
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("go test -run TestSentences -update rewrites %s (-want +got):\n%s", golden, diff)
	}
}

func writeAvvik(w *bytes.Buffer, avvik []Avvik) {
	for _, a := range avvik {
		fmt.Fprintf(w, "  %q %s %q\n    %s\n", a.Sti, a.Regel, a.AngittVerdi, a.Melding)
	}
	w.WriteByte('\n')
}

var sentences = []struct{ schema, doc string }{
	// any value
	{`false`, `1`},
	{`{"type":"string"}`, `1`},
	{`{"type":"string"}`, `null`},
	{`{"type":"integer"}`, `1.5`},
	{`{"type":"number"}`, `"1"`},
	{`{"type":"boolean"}`, `"true"`},
	{`{"type":"null"}`, `0`},
	{`{"type":"array"}`, `{}`},
	{`{"type":["object","null"]}`, `[]`},
	{`{"enum":["a","b"]}`, `"c"`},
	{`{"enum":["a"]}`, `"c"`},
	{`{"enum":[1,null,{"a":1}]}`, `2`},
	{`{"enum":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22]}`, `99`},
	{`{"const":"a"}`, `"b"`},
	{`{"const":null}`, `"b"`},
	// numbers
	{`{"minimum":0}`, `-1`},
	{`{"maximum":999999999999}`, `1e12`},
	{`{"exclusiveMinimum":0}`, `0`},
	{`{"exclusiveMaximum":0.5}`, `0.5`},
	{`{"multipleOf":0.01}`, `1.005`},
	// strings
	{`{"minLength":1}`, `""`},
	{`{"minLength":3}`, `"øæ"`},
	{`{"maxLength":2}`, `"æøå"`},
	{`{"pattern":"^[0-9]{9}$"}`, `"12345678"`},
	{`{"pattern":"^\\d{11,12}$"}`, `"1"`},
	{`{"pattern":"^\\d{4,12}$"}`, `"1"`},
	{`{"pattern":"^\\d{4,}$"}`, `"1"`},
	{`{"pattern":"^[0-9]{1}$"}`, `"a"`},
	{`{"pattern":"^[0-9]+$"}`, `"a"`},
	{`{"pattern":"^[A-Z]{2}$"}`, `"no"`},
	{`{"format":"date"}`, `"2023-02-30"`},
	{`{"format":"date-time"}`, `"x"`},
	{`{"format":"time"}`, `"x"`},
	{`{"format":"duration"}`, `"x"`},
	{`{"format":"email"}`, `"x"`},
	{`{"format":"hostname"}`, `"-"`},
	{`{"format":"ipv4"}`, `"x"`},
	{`{"format":"ipv6"}`, `"x"`},
	{`{"format":"uuid"}`, `"x"`},
	{`{"format":"uri"}`, `"x"`},
	{`{"format":"uri-reference"}`, `"%"`},
	{`{"format":"uri-template"}`, `"{"`},
	{`{"format":"json-pointer"}`, `"x"`},
	{`{"format":"relative-json-pointer"}`, `"x"`},
	{`{"format":"regex"}`, `"("`},
	// objects
	{`{"required":["a","b","c/d"]}`, `{"b":1}`},
	{`{"properties":{"a":true},"additionalProperties":false}`, `{"a":1,"b":[1,{"c":null}],"c~/":"x"}`},
	{`{"patternProperties":{"^x-":true},"additionalProperties":false}`, `{"x-a":1,"b":2}`},
	{`{"additionalProperties":false}`, `{"":1}`},
	{`{"additionalProperties":{"type":"string"}}`, `{"a":1}`},
	{`{"patternProperties":{"^a":{"type":"string"}}}`, `{"a":1}`},
	{`{"properties":{"a":false}}`, `{"a":1}`},
	{`{"properties":{"type":{"type":"string"},"required":{"type":"string"}}}`, `{"type":1,"required":2}`},
	{`{"properties":{"propertyNames":{"type":"string"}}}`, `{"propertyNames":1}`},
	{`{"properties":{"anyOf":{"minLength":2,"maxLength":0}}}`, `{"anyOf":"x"}`},
	{`{"propertyNames":{"maxLength":2}}`, `{"a/b":1}`},
	{`{"propertyNames":false}`, `{"ab":1}`},
	{`{"minProperties":2}`, `{"a":1}`},
	{`{"maxProperties":1}`, `{"a":1,"b":2}`},
	{`{"dependentRequired":{"a":["b","c"]}}`, `{"a":1,"b":2}`},
	{`{"dependentSchemas":{"a":{"properties":{"b":{"type":"string"}}}}}`, `{"a":1,"b":2}`},
	{`{"properties":{"a":true},"unevaluatedProperties":false}`, `{"a":1,"b":2}`},
	{`{"unevaluatedProperties":{"type":"string"}}`, `{"b":2}`},
	// arrays
	{`{"items":{"type":"string"}}`, `["a",1,"b",2]`},
	{`{"items":{"properties":{"a":{"minimum":1}}}}`, `[{"a":0}]`},
	{`{"prefixItems":[{"type":"string"}],"items":false}`, `[1,2,3]`},
	{`{"minItems":1}`, `[]`},
	{`{"minItems":2}`, `[1]`},
	{`{"maxItems":1}`, `[1,2]`},
	{`{"uniqueItems":true}`, `[1,2,1]`},
	{`{"contains":{"const":1}}`, `[2,3]`},
	{`{"contains":{"const":1},"minContains":2}`, `[1,3]`},
	{`{"contains":{"const":1},"maxContains":1}`, `[1,1]`},
	{`{"prefixItems":[true],"unevaluatedItems":false}`, `[1,2]`},
	// schemas laid together
	{`{"allOf":[{"minLength":2},{"pattern":"^a"}]}`, `"b"`},
	{`{"allOf":[{"type":"string"},{"type":"string"}]}`, `1`},
	{`{"anyOf":[{"type":"string"},{"type":"null"}]}`, `1`},
	{`{"anyOf":[{"required":["a"]},{"required":["b","c"]}]}`, `{}`},
	{`{"anyOf":[{"required":["a"],"minProperties":1},{"required":["a"]}]}`, `{"b":1}`},
	{`{"anyOf":[{"type":"string"},{"type":"object","required":["a","b"]},{"type":"object","required":["c"],"properties":{"d":{"minimum":1}}}]}`, `{"a":1,"d":0}`},
	{`{"oneOf":[{"required":["a"]},{"required":["b"]}]}`, `{}`},
	{`{"oneOf":[{"required":["a"]},{"required":["b"]}]}`, `{"a":1,"b":2}`},
	{`{"oneOf":[{"required":["a"]},{"required":["b"]},{"required":["c"]}]}`, `{}`},
	{`{"oneOf":[{"required":["a"]},{"required":["b"]},{"required":["c"]}]}`, `{"a":1,"c":2}`},
	{`{"oneOf":[{"minimum":1},{"minimum":2}]}`, `3`},
	{`{"oneOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/b"}],"$defs":{"a":{"required":["a"]},"b":{"required":["b"]}}}`, `{}`},
	{`{"oneOf":[{"properties":{"a":{"type":"string"},"b":{"type":"string"}}},{"type":"string"}]}`, `{"a":1,"b":2}`},
	{`{"type":"string","properties":{"a":{"type":"string"}},"$ref":"#/$defs/x","$defs":{"x":{"required":["b"]}}}`, `{"a":1}`},
	{`{"not":{"required":["a"]}}`, `{"a":1}`},
	{`{"not":{"required":["a","b"]}}`, `{"a":1,"b":1}`},
	{`{"not":{"const":"a"}}`, `"a"`},
	{`{"not":{"type":"string"}}`, `"a"`},
	{`{"if":{"required":["a"]},"then":{"required":["b"]},"else":{"required":["c"]}}`, `{"a":1}`},
	{`{"if":{"required":["a"]},"then":{"required":["b"]},"else":{"required":["c"]}}`, `{}`},
	{`{"if":true,"then":false}`, `1`},
	// references
	{`{"$ref":"#/$defs/a%20b~1c","$defs":{"a b/c":{"type":"string"}}}`, `1`},
	{`{"$defs":{"tre":{"properties":{"barn":{"items":{"$ref":"#/$defs/tre"}},"navn":{"type":"string"}}}},"$ref":"#/$defs/tre"}`, `{"barn":[{"barn":[{"navn":1}]}]}`},
	{`{"$dynamicAnchor":"n","properties":{"a":{"$dynamicRef":"#n"},"b":{"type":"string"}}}`, `{"a":{"a":{"b":1}}}`},
	{`{"$id":"https://domene.no/s.json","$ref":"#navn","$defs":{"x":{"$anchor":"navn","type":"string"}}}`, `1`},
	{`{"properties":{"skjema":{"$ref":"https://json-schema.org/draft/2020-12/schema"}}}`, `{"skjema":{"type":"tekst","minLength":-1,"required":"x"}}`},
	// an older draft
	{`{"$schema":"http://json-schema.org/draft-07/schema#","dependencies":{"a":["b"],"c":{"minProperties":3}}}`, `{"a":1,"c":2}`},
	{`{"$schema":"http://json-schema.org/draft-07/schema#","items":[{"type":"string"}],"additionalItems":false}`, `[1,2]`},
	{`{"$schema":"http://json-schema.org/draft-07/schema#","contentEncoding":"base64","contentMediaType":"application/json"}`, `"%"`},
	{`{"$schema":"http://json-schema.org/draft-07/schema#","contentMediaType":"application/json"}`, `"{"`},
	// values are cut
	{`{"type":"null"}`, `"` + strings.Repeat("å", 201) + `"`},
	{`{"type":"null"}`, `[` + strings.Repeat(`"æ",`, 99) + `1]`},
	{`{"type":"null"}`, `{"b":{"` + strings.Repeat("x", 300) + `":1},"a":[true,false,null,1.50,"<\"&\n"]}`},
}

var faults = [][][2]string{
	{{`"leveranse"`, `"levering"`}},
	{{`"inntektsaar": 2023`, `"inntektsaar": "2023"`}, {`"leveransetype": "ordinaer",`, ``}, {`"sumSaldo"`, `"sumsaldo"`}},
	{{`"organisasjonsnummer": "987654321"`, `"organisasjonsnummer": 987654321`}, {`"navn": "Kari Kontakt"`, `"navn": null`}},
	{{`"aaretsRenter": 2500`, `"aaretsRenter": 2500.5`}, {`"startdato": "2010-10-04"`, `"startdato": "04.10.2010"`}, {`"saldo": 54000`, `"saldo": -54000`}},
	{{`"navn": "Ida Sparejente"`, `"navn": ""`}, {`"01028700045"`, `"0102870004"`}, {`"kontonummer": "60004230420"`, `"kontonummer": "6000 42 30420"`}},
	{{`"overfoertTilForvalter"`, `"overfoertTilEktefelle"`}},
	{{`"avgangsmelding": {`, `"avgangsmelding": { "overfoertTilEktefelle": {},`}},
	{{`"mottattFraForvalter"`, `"mottattFraBank"`}},
}

// Two runs, and two goroutines, must say the same in the same order, however jsonschema/v5 walks its maps.
func TestValidateIsStable(t *testing.T) {
	t.Parallel()
	s := compile(t, bsu)
	doc := decode(t, []byte(`{"leveranse":{"oppgave":[{"a":1,"b":2},{},1,{"saldo":-1,"startdato":""},{},{},{},{},{},{},{}],"x":1,"y":2,"z":3}}`))
	want := s.Validate(doc)
	if len(want) < 20 {
		t.Fatalf("only %d avvik", len(want))
	}
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for range 50 {
				if diff := cmp.Diff(want, s.Validate(doc)); diff != "" {
					t.Errorf("(-first +later):\n%s", diff)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestAvvikAreSortedByPlace(t *testing.T) {
	t.Parallel()
	want := []string{"", "/a", "/a/0", "/a/2", "/a/10", "/a/10/x", "/a/11", "/a/18446744073709551617", "/a/00", "/a/b", "/a b", "/b"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortStableFunc(got, compareSti)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if compareSti("/a", "/a") != 0 {
		t.Error("a pointer must equal itself")
	}
}

// K014, on bodies of which every element is wrong: the list is bounded, its last entry tells of the rest.
func TestAvvikAreBounded(t *testing.T) {
	t.Parallel()
	list := func(element string, n int) string {
		return `{"leveranse":{"oppgave":[` + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + `]}}`
	}
	var names strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&names, `"x%d":1,`, i)
	}
	s := compile(t, bsu)
	threeFaultsEach := compileText(t, `{"items":{"patternProperties":{"^a":{"const":1},"^b":{"const":1},"^c":{"const":1}}}}`)
	for _, c := range []struct {
		name   string
		schema *Schema
		doc    string
		last   string
	}{
		{"patterns", threeFaultsEach, `[` + strings.Repeat(`{"a":2,"b":2,"c":2},`, 3_333) + `{"a":2,"b":2,"c":2}]`, "dokumentet har for mange avvik: minst 3 til er ikke tatt med her"},
		{"numbers", s, list("1", 20_000), "dokumentet har for mange avvik: minst 10005 til er ikke tatt med her"},
		{"empty objects", s, list("{}", 2_000), "dokumentet har for mange avvik: minst 755 til er ikke tatt med her"},
		{"unknown names", s, `{"leveranse":{` + names.String() + `"oppgave":[]}}`, "dokumentet har for mange avvik: minst 6 til er ikke tatt med her"},
	} {
		doc := decode(t, []byte(c.doc))
		got := c.schema.Validate(doc)
		if len(got) != maxAvvik {
			t.Fatalf("%s: %d avvik, want %d", c.name, len(got), maxAvvik)
		}
		if last := (Avvik{Melding: c.last}); got[maxAvvik-1] != last {
			t.Errorf("%s: last is %+v, want %+v", c.name, got[maxAvvik-1], last)
		}
		if rest := got[:maxAvvik-1]; !slices.IsSortedFunc(rest, compareAvvik) {
			t.Errorf("%s: not sorted", c.name)
		}
		for range 5 {
			if again := c.schema.Validate(doc); !slices.Equal(got, again) {
				t.Errorf("%s: another run says otherwise", c.name)
			}
		}
	}
}

func FuzzValidate(f *testing.F) {
	f.Add([]byte(example(f)))
	f.Add([]byte(`{"leveranse":{"oppgave":[{},1,null,{"avgangsmelding":{}}],"x":1}}`))
	f.Add([]byte(`{"leveranse":{"inntektsaar":1e3,"":{"a/b~":1.0}}}`))
	s, v5 := compile(f, bsu), reference(f, Embedded(), bsu)
	f.Fuzz(func(t *testing.T, body []byte) {
		doc, err := Decode(body)
		if err != nil {
			t.Skip("not JSON")
		}
		checkAgainst(t, s, v5, doc)
		for _, a := range s.Validate(doc) {
			if linje, kolonne := Place(body, a.Sti); linje < 1 || kolonne < 1 || linje > 1+bytes.Count(body, []byte("\n")) {
				t.Errorf("Place(%q) = %d, %d", a.Sti, linje, kolonne)
			}
		}
	})
}

// Every place that an Avvik names is there, or is missing where something is required; and shows its value.
func checkAvvik(t interface{ Errorf(string, ...any) }, doc any, avvik []Avvik) {
	for _, a := range avvik {
		if a.Melding == "" {
			t.Errorf("%+v: says too little", a)
		}
		v, found := lookUp(doc, a.Sti)
		missing := a.Regel == "required" || a.Regel == "dependentRequired"
		switch {
		case found == missing:
			t.Errorf("%+v: found in the document: %v", a, found)
		case missing && a.AngittVerdi != "":
			t.Errorf("%+v: shows a value that is missing", a)
		case !missing && a.AngittVerdi != angitt(v) && !strings.HasPrefix(a.Melding, "navnet «"):
			t.Errorf("%+v: does not show %s", a, angitt(v))
		}
	}
}

// lookUp is a plain reading of RFC 6901.
func lookUp(doc any, sti string) (any, bool) {
	if sti == "" {
		return doc, true
	}
	for _, segment := range strings.Split(sti, "/")[1:] {
		segment = strings.ReplaceAll(strings.ReplaceAll(segment, "~1", "/"), "~0", "~")
		switch container := doc.(type) {
		case map[string]any:
			v, ok := container[segment]
			if !ok {
				return nil, false
			}
			doc = v
		case []any:
			var i int
			if err := json.Unmarshal([]byte(segment), &i); err != nil || i < 0 || i >= len(container) {
				return nil, false
			}
			doc = container[i]
		default:
			return nil, false
		}
	}
	return doc, true
}
