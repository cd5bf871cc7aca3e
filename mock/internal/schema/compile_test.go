package schema

import (
	"errors"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"sandkasse/schemas"
)

func TestEmbeddedSchemasCompile(t *testing.T) {
	t.Parallel()
	n := 0
	err := fs.WalkDir(schemas.Embedded(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		n++
		s, err := Compile(schemas.Embedded(), name)
		if err != nil {
			return err
		}
		if len(s.files) != 1 {
			t.Errorf("%s refers to other files: a vendor must be able to copy it alone", name)
		}
		return nil
	})
	if err != nil || n == 0 {
		t.Fatalf("%d schemas: %v", n, err)
	}
}

func TestCompileReadsFilesBesideIt(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{
		"a/ordning.json": {
			Data: []byte(
				`{"properties":{"dato":{"$ref":"felles.json#/$defs/dato"},"navn":{"$ref":"../b/navn%20x.json"}}}`),
		},
		"a/felles.json": {Data: []byte(`{"$id":"felles","$defs":{"dato":{"type":"string","format":"date"}}}`)},
		"b/navn x.json": {Data: []byte(`{"minLength":1}`)},
		"a/with/id.json": {
			Data: []byte(`{"$id":"https://domene.no/skjema.json","$ref":"#/$defs/a","$defs":{"a":{"maxLength":1}}}`),
		},
	}
	s, err := Compile(fsys, "a/ordning.json")
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, a := range s.Validate(decode(t, []byte(`{"dato":"i går","navn":""}`))) {
		texts = append(texts, a.Melding)
	}
	if got, want := strings.Join(texts, "; "),
		"dato må være en dato som finnes, på formen ÅÅÅÅ-MM-DD; navn kan ikke være tom"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if s, err = Compile(fsys, "a/with/id.json"); err != nil {
		t.Fatal(err)
	}
	if got := s.Validate("ab"); len(got) != 1 || got[0].Melding != "dokumentet må ha høyst 1 tegn, men har 2" {
		t.Errorf("%+v", got)
	}
}

func TestCompileRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ schema, want string }{
		{``, "dokumentet er tomt"},
		{`{"type":"string",}`, "line 1, column 17"},
		{`{"type":"tekst"}`, "type"},
		{`{"minLength":-1}`, "minLength"},
		{`{"pattern":"(?=a)"}`, "(?=a)"},
		{`{"patternProperties":{"(?=a)":true}}`, "(?=a)"},
		{`{"$ref":"https://domene.no/skjema.json"}`, "https://domene.no/skjema.json is not fetched"},
		{`{"$ref":"file:///etc/hostname"}`, "file:///etc/hostname is not fetched"},
		{`{"$ref":"//domene.no/skjema.json"}`, "//domene.no/skjema.json is not fetched"},
		{`{"$schema":"https://domene.no/meta"}`, "https://domene.no/meta is not fetched"},
		{`{"$ref":"../../../etc/hostname"}`, "there is no file etc/hostname"},
		{`{"$ref":"savnet.json"}`, "there is no file savnet.json"},
		{`{"$ref":"#/$defs/savnet"}`, "savnet"},
		{`{"$ref":"#"}`, "never end"},
		// A loop that jsonschema/v5 does not see, since it comes upon y from within z.
		{`{"$ref":"#/$defs/x","$defs":{
			"x":{"oneOf":[{"$ref":"#/$defs/z"},{"$ref":"#/$defs/y"}]},
			"y":{"$ref":"#/$defs/x"},
			"z":{"properties":{"p":{"$ref":"#/$defs/y"}}}}}`, "never end"},
	} {
		_, err := Compile(fstest.MapFS{"s.json": {Data: []byte(c.schema)}}, "s.json")
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "s.json") {
			t.Errorf("Compile(%s): %v; want it to tell s.json and %s", c.schema, err, c.want)
		}
	}
	for _, name := range []string{"", "/etc/hostname", "../s.json", "a//b"} {
		if _, err := Compile(schemas.Embedded(), name); err == nil {
			t.Errorf("Compile(%q): no error", name)
		}
	}
	if _, err := Compile(schemas.Embedded(), "innrapportering/savnet.json"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Compile of a missing file: %v, want fs.ErrNotExist", err)
	}
}

// TestLoopAtValidation: a loop that only jsonschema/v5 can walk into is reported, not walked.
func TestLoopAtValidation(t *testing.T) {
	t.Parallel()
	s := compileText(t, `{"$ref":"#/$defs/x","$defs":{
		"x":{"anyOf":[{"$ref":"#/$defs/z"},{"$ref":"#/$defs/y"}]},
		"y":{"$ref":"#/$defs/x"},
		"z":{"type":"string","properties":{"p":{"$ref":"#/$defs/y"}}}}}`)
	got := s.Validate(map[string]any{})
	if len(got) != 1 || got[0].Melding != "dokumentet kan ikke kontrolleres: skjemaet viser til seg selv i ring" {
		t.Errorf("%+v", got)
	}
}

// The metaschemas are shared by all who use jsonschema/v5: compiling must leave them alone. The
// race detector reports it if not.
func TestCompileAtOnce(t *testing.T) {
	t.Parallel()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			s, err := Compile(fstest.MapFS{"s.json": {
				Data: []byte(`{"$ref":"https://json-schema.org/draft/2020-12/schema"}`),
			}}, "s.json")
			if err != nil {
				t.Error(err)
				return
			}
			if got := s.Validate(map[string]any{"$comment": true}); len(got) != 1 || got[0].Sti != "/$comment" {
				t.Errorf("%+v", got)
			}
		})
	}
	wg.Wait()
}
