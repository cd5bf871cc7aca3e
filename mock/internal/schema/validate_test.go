package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock/internal/golden"
	"sandkasse/mock/internal/splice"
	"sandkasse/schemas"
)

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
	golden.Compare(t, "testdata/avvik.golden", got.Bytes())
}

func writeAvvik(w *bytes.Buffer, avvik []Avvik) {
	for _, a := range avvik {
		fmt.Fprintf(w, "  %q %s %q\n    %s\n", a.Sti, a.Regel, a.AngittVerdi, a.Melding)
	}
	w.WriteByte('\n')
}

// Two runs, and two goroutines, must say the same in the same order, however jsonschema/v5 walks
// its maps.
func TestValidateIsStable(t *testing.T) {
	t.Parallel()
	s := compile(t, bsu)
	doc := decode(t,
		[]byte(
			`{"leveranse":{"oppgave":[{"a":1,"b":2},{},1,{"saldo":-1,"startdato":""},{},{},{},{},{},{},{}],"x":1,"y":2,"z":3}}`))
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
	want := []string{
		"", "/a", "/a/0", "/a/2", "/a/10", "/a/10/x", "/a/11", "/a/18446744073709551617", "/a/00", "/a/b",
		"/a b", "/b",
	}
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

// TestAvvikAreBounded: on bodies of which every element is wrong the list is bounded, and its last
// entry counts the rest (K014).
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
	sixFaultsEach := compileText(t,
		`{"items":{"patternProperties":{"^a":{"const":1},"^b":{"const":1},"^c":{"const":1},"^d":{"const":1},"^e":{"const":1},"^f":{"const":1}}}}`)
	for _, c := range []struct {
		name   string
		schema *Schema
		doc    string
		last   string
	}{
		{
			"patterns", sixFaultsEach, `[` + strings.Repeat(`{"a":2,"b":2,"c":2,"d":2,"e":2,"f":2},`, 1_666) +
				`{"a":2,"b":2,"c":2,"d":2,"e":2,"f":2}]`,
			"dokumentet har for mange avvik: minst 3 til er ikke tatt med her",
		},
		{"numbers", s, list("1", 20_000), "dokumentet har for mange avvik: minst 10005 til er ikke tatt med her"},
		{"empty objects", s, list("{}", 2_000), "dokumentet har for mange avvik: minst 755 til er ikke tatt med her"},
		{
			"unknown names", s, `{"leveranse":{` + names.String() + `"oppgave":[]}}`,
			"dokumentet har for mange avvik: minst 10005 til er ikke tatt med her",
		},
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
	bases := []string{"", string(example(f))}
	f.Add(true, uint16(0), uint16(0), "")
	f.Add(true, uint16(500), uint16(3), `"x":1,`)
	f.Add(true, uint16(160), uint16(0), "0") // in the name of a member that may be left out
	f.Add(false, uint16(0), uint16(0), `{"leveranse":{"oppgave":[{},1,null,{"avgangsmelding":{}}],"x":1}}`)
	f.Add(false, uint16(0), uint16(0), `{"leveranse":{"inntektsaar":1e3,"":{"a/b~":1.0}}}`)
	s, closed, v5 := compileOpen(f, bsu), compile(f, bsu), reference(f, schemas.Embedded(), bsu)
	f.Fuzz(func(t *testing.T, whole bool, at, length uint16, put string) {
		base := bases[0]
		if whole {
			base = bases[1]
		}
		text, ok := splice.At(base, at, length, put)
		body := []byte(text)
		doc, err := Decode(body)
		if !ok || err != nil {
			return
		}
		checkAgainst(t, s, v5, doc)
		for _, a := range closed.Validate(doc) {
			if linje, kolonne := Place(body, a.Sti); linje < 1 || kolonne < 1 || linje > 1+
				bytes.Count(body, []byte("\n")) {
				t.Errorf("Place(%q) = %d, %d", a.Sti, linje, kolonne)
			}
		}
	})
}

// checkAvvik fails the test unless every place that an Avvik names is there, or is missing where
// something is required, and shows its value.
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

// lookUp returns the value at a JSON pointer, by a plain reading of RFC 6901.
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
