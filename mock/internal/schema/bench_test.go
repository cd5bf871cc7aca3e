package schema

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"sandkasse/schemas"
)

// delivery returns the example with n oppgaver: 25,000 make 9 MB.
func delivery(tb testing.TB, n int) []byte {
	tb.Helper()
	var doc map[string]map[string]any
	if err := json.Unmarshal(example(tb), &doc); err != nil {
		tb.Fatal(err)
	}
	five := doc["leveranse"]["oppgave"].([]any)
	all := make([]any, n)
	for i := range all {
		all[i] = five[i%len(five)]
	}
	doc["leveranse"]["oppgave"] = all
	text, err := json.MarshalIndent(doc, "", " ")
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// BenchmarkBody decodes and validates a body. Compare it with encoding/json, which only decodes,
// and jsonschema/v5, which only validates.
func BenchmarkBody(b *testing.B) {
	s, v5 := compile(b, bsu), reference(b, schemas.Embedded(), bsu)
	for _, c := range []struct {
		name string
		body []byte
	}{{"example", example(b)}, {"25000", delivery(b, 25_000)}} {
		doc := decode(b, c.body)
		run := func(name string, act func()) {
			b.Run(c.name+"/"+name, func(b *testing.B) {
				b.SetBytes(int64(len(c.body)))
				b.ReportAllocs()
				for b.Loop() {
					act()
				}
			})
		}
		run("baseline-encoding-json", func() {
			var v any
			if err := json.Unmarshal(c.body, &v); err != nil {
				b.Fatal(err)
			}
		})
		run("baseline-jsonschema-v5", func() {
			if err := v5.Validate(doc); err != nil {
				b.Fatal(err)
			}
		})
		run("Decode", func() {
			if _, err := Decode(c.body); err != nil {
				b.Fatal(err)
			}
		})
		run("Validate", func() {
			if avvik := s.Validate(doc); avvik != nil {
				b.Fatal(avvik)
			}
		})
		run("Decode+Validate", func() {
			doc, err := Decode(c.body)
			if err != nil {
				b.Fatal(err)
			}
			if avvik := s.Validate(doc); avvik != nil {
				b.Fatal(avvik)
			}
		})
		run("Place", func() { Place(c.body, "/leveranse/oppgave/24999/saldo") })
		oppgave := doc.(map[string]any)["leveranse"].(map[string]any)["oppgave"].([]any)
		oppgave[len(oppgave)-1].(map[string]any)["saldo"] = "0"
		run("Validate-one-fault", func() {
			if avvik := s.Validate(doc); len(avvik) != 1 {
				b.Fatal(avvik)
			}
		})
	}
}

// BenchmarkInvalid validates bodies of up to 10 MiB in which all is wrong.
func BenchmarkInvalid(b *testing.B) {
	s := compile(b, bsu)
	list := func(element string, n int) string {
		return `{"leveranse":{"oppgave":[` + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + `]}}`
	}
	var names strings.Builder
	for i := range 900_000 {
		fmt.Fprintf(&names, `"%d":1,`, i)
	}
	for _, c := range []struct{ name, body string }{
		{"numbers", list("1", 999_000)},
		{"objects", list("{}", 999_000)},
		{"fractions", list(`{"saldo":1.0}`, 499_000)},
		{"names", `{"leveranse":{` + names.String() + `"x":1}}`},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.body)))
			b.ReportAllocs()
			for b.Loop() {
				doc, err := Decode([]byte(c.body))
				if err != nil {
					b.Fatal(err)
				}
				if avvik := s.Validate(doc); len(avvik) != maxAvvik {
					b.Fatal(len(avvik))
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		compile(b, bsu)
	}
}
