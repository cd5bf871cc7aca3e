package schema

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"sandkasse/schemas"
)

// multiplied returns a schema of levels, each of which applies the next width times by a keyword.
func multiplied(levels, width int, keyword string) string {
	var b strings.Builder
	b.WriteString(`{"$ref":"#/$defs/a0","$defs":{`)
	for i := range levels {
		refs := strings.TrimSuffix(strings.Repeat(fmt.Sprintf(`{"$ref":"#/$defs/a%d"},`, i+1), width), ",")
		fmt.Fprintf(&b, `"a%d":{%q:[%s]},`, i, keyword, refs)
	}
	fmt.Fprintf(&b, `"a%d":{"type":"object"}}}`, levels)
	return b.String()
}

// TestHostileSchemas: a schema that would take very long or much memory to use is refused in one
// line that names the file and the place.
func TestHostileSchemas(t *testing.T) { // not parallel: it measures
	many := func(part string, n int) string { return strings.TrimSuffix(strings.Repeat(part+",", n), ",") }
	var chain, files strings.Builder
	for i := range 8_000 {
		fmt.Fprintf(&chain, `"a%d":{"allOf":[{"$ref":"#/$defs/a%d"}]},`, i, i+1)
	}
	named := fstest.MapFS{}
	for i := range 200 {
		fmt.Fprintf(&files, `{"$ref":"f%d.json"},`, i)
		named[fmt.Sprintf("f%d.json", i)] = &fstest.MapFile{Data: []byte(`true`)}
	}
	for name, c := range map[string]struct{ text, want string }{
		"allOf":    {multiplied(12, 8, "allOf"), "at s.json#/$defs/a9: allOf"},
		"anyOf":    {multiplied(12, 8, "anyOf"), "at s.json#/$defs/a9: allOf"},
		"oneOf":    {multiplied(12, 8, "oneOf"), "at s.json#/$defs/a9: allOf"},
		"in items": {`{"items":{"allOf":[` + many(`{"minItems":1}`, 1_200) + `]}}`, "at s.json#/items: allOf"},
		"a chain":  {`{"$ref":"#/$defs/a0","$defs":{` + chain.String() + `"a8000":true}}`, "JSON values"},
		"nested":   {strings.Repeat(`{"not":`, 100) + "true" + strings.Repeat("}", 100), "64 nivåer"},
		"values":   {`{"enum":[` + many("1", 100_000) + `]}`, "at #/enum"},
		"large":    {`{"description":"` + strings.Repeat("x", 2<<20) + `"}`, "larger than 1024 KiB"},
		"files":    {`{"anyOf":[` + strings.TrimSuffix(files.String(), ",") + `]}`, "more than 100 files"},
		"pattern":  {`{"pattern":"` + strings.Repeat("(a{1,100}){1,10}", 20) + `"}`, "at #: the pattern (a{1,100})"},
		"patterns": {
			`{"allOf":[` + many(`{"pattern":"`+strings.Repeat(`\\pL`, 300)+`"}`, 50) + `]}`, "the pattern",
		},
		"names": {`{"patternProperties":{"` + strings.Repeat("a{1,1000}", 10) + `":true}}`, "at #: the pattern"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		named["s.json"] = &fstest.MapFile{Data: []byte(c.text)}
		_, err := Compile(named, "s.json")
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "s.json") ||
			strings.Contains(err.Error(), "\n") || len(err.Error()) > 400 {
			t.Errorf("%s: %.600v; want one line with %q", name, err, c.want)
		}
		if taken := (after.TotalAlloc - before.TotalAlloc) >> 20; taken > 256 || time.Since(start) > 20*time.Second {
			t.Errorf("%s: %d MiB were allocated in %s", name, taken, time.Since(start))
		}
	}
}

// TestHostileDocuments: a document for which a schema multiplies with each level, or whose list is
// compared element by element, is refused instead of validated for ever.
func TestHostileDocuments(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"x":`, 60) + "1" + strings.Repeat("}", 60)
	var list strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&list, "{\"a\":%d},", i)
	}
	for _, c := range []struct{ schema, document string }{
		{`{"properties":{"x":{"allOf":[{"$ref":"#"},{"$ref":"#"}]}}}`, deep},
		{`{"additionalProperties":{"anyOf":[{"$ref":"#"},{"$ref":"#"}],"minProperties":9}}`, deep},
		{`{"patternProperties":{"x":{"$ref":"#"},"^x":{"$ref":"#"}}}`, deep},
		{`{"oneOf":[{"properties":{"x":{"$ref":"#"}}},{"properties":{"x":{"$ref":"#"}},"required":["y"]}]}`, deep},
		{`{"uniqueItems":true}`, "[" + list.String() + "1]"},
	} {
		s := compileText(t, c.schema)
		document, err := Decode([]byte(c.document))
		if err != nil {
			t.Fatal(err)
		}
		avvik := s.Validate(document)
		if len(avvik) != 1 || !strings.Contains(avvik[0].Melding, "kan ikke kontrolleres") {
			t.Errorf("%s: %.200v", c.schema, avvik)
		}
		if Fits(s.root, document) {
			t.Errorf("%s: fits", c.schema)
		}
	}
}

// TestLight: the built-in schemas need no count before each validation.
func TestLight(t *testing.T) {
	t.Parallel()
	err := fs.WalkDir(schemas.Embedded(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".json") {
			return err
		}
		s, err := Compile(schemas.Embedded(), name)
		if err != nil {
			return err
		}
		if !s.light {
			t.Errorf("%s is not light", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		`{"properties":{"x":{"items":{"type":"string"}}}}`: true,
		`{"properties":{"x":{"$ref":"#"}}}`:                false, // deeper than any document
		`{"uniqueItems":true}`:                             false,
		multiplied(2, 10, "allOf"):                         false,
	} {
		if s := compileText(t, text); s.light != want {
			t.Errorf("%s: %v", text, s.light)
		}
	}
}

// TestAffordableRecursion: a schema of itself, and a document as large as any, are validated.
func TestAffordableRecursion(t *testing.T) {
	t.Parallel()
	s := compileText(t, `{"properties":{"barn":{"items":{"$ref":"#"}},"navn":{"type":"string"}}}`)
	var tree func(depth int) any
	tree = func(depth int) any {
		if depth == 0 {
			return map[string]any{"navn": "x"}
		}
		return map[string]any{"barn": []any{tree(depth - 1), tree(depth - 1)}, "navn": json.Number("1")}
	}
	if avvik := s.Validate(tree(10)); len(avvik) != 1023 {
		t.Errorf("%d violations, first %v", len(avvik), avvik[0])
	}
}
