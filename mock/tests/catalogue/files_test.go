package catalogue

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// writeFiles makes a folder of files, by their names.
func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// brokenYAML returns texts that are no YAML, or none that a file of ours may be.
func brokenYAML() []string {
	return []string{
		"", "# x\n", "name: [", "name: {", "name: \"", "name: '", "name: a: b", "\tname: a", "name:a\nb: c",
		"name: @a", "name: %a", "name: *a", "name: &a",
		"- a\nb: c", "name: a\nname: a", "a: {b: 1, b: 2}", "%YAML 9.9\n---\na: b", "a: b\n---\na: b", "}", "just text",
		"- list", "7", "null", "true",
		"\xFF\xFEn\x00:\x00", "\xFE\xFF\x00n\x00:", "name: \xE5", "name: a\x00", "name: !!binary x", "name: |\na",
		"? a\n: b", "[]: 1", "name: \"\\x\"", "<a/>",
		strings.Repeat("a: {", 200), strings.Repeat("[", 5000),
	}
}

// TestFileFaultsArePlain: whatever is wrong with a file or folder that a user gives, it is reported
// in plain words.
func TestFileFaultsArePlain(t *testing.T) {
	t.Parallel()
	bsu, err := os.ReadFile("../../internal/catalog/apis/innrapportering/bsu.yaml")
	if err != nil {
		t.Fatal(err)
	}
	script := "name: s\ndescription: d\nclient: c\nsteps: [{do: [{code: GLD_001}]}]\n"
	client := "clients: [{id: a, organisation: 311111116, scopes: [x], keys: [{kid: k, pem: \"x\"}]}]\n"
	isPlainFault := func(what string, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("%s is taken", what)
			return
		}
		text := strings.ReplaceAll(err.Error(), os.TempDir(), "")
		testkit.IsPlain(t, what, text)
	}
	apis := func(what string, files map[string]string) {
		t.Helper()
		_, err := mock.LoadCatalog(mock.Dir(writeFiles(t, files)))
		isPlainFault("apis: "+what, err)
	}
	scripts := func(what, text string) {
		t.Helper()
		_, err := testkit.Catalog(t).Scenarios(mock.Dir(writeFiles(t, map[string]string{"s.yaml": text})))
		isPlainFault("scenarios: "+what, err)
	}
	clients := func(what, text string) {
		t.Helper()
		dir := writeFiles(t, map[string]string{"c.yaml": text})
		server, err := mock.New(mock.Options{Clients: filepath.Join(dir, "c.yaml")})
		if err == nil {
			server.Close()
		}
		isPlainFault("clients: "+what, err)
	}
	for _, text := range brokenYAML() {
		apis(text, map[string]string{"innrapportering/bsu.yaml": text})
		scripts(text, text)
		clients(text, text)
	}
	for _, body := range testkit.NotJSON()[:40] {
		// these are schemas
		if strings.TrimPrefix(body, "\xEF\xBB\xBF") == "{}" || body == "true" || body == `{"": 1}` ||
			body == `{"a": 1e999}` || body == `{"a": -0}` {
			continue
		}
		apis("schema "+body, map[string]string{"schemas/innrapportering/bsu.json": body})
		apis("example "+body, map[string]string{"examples/bsu.json": body})
	}
	for _, wrong := range []string{
		`{"$ref": "http://x/y"}`, `{"$ref": "nowhere.json"}`, `{"$ref": "#/$defs/x"}`,
		`{"type": "x"}`, `{"type": 7}`, `{"pattern": "("}`, `{"pattern": "(?=a)"}`,
		`{"required": 7}`, `{"$schema": "x"}`, `{"$schema": 7}`, `{"minimum": "a"}`, `{"properties": []}`,
		`{"$ref": "#"}`, `{"format": 7}`, `{"$id": "::"}`, `{"minimum": 1e9999}`,
	} {
		apis("schema "+wrong, map[string]string{"schemas/innrapportering/bsu.json": wrong})
	}
	for _, edit := range [][2]string{
		{"first: 2015", "first: 0"},
		{"first: 2015", "first: x"},
		{"first: 2015", "first: 1.5"},
		{"first: 2015", "first: 99999999999999999999"},
		{"schema: ", "schema: x/"},
		{"example: ", "example: x/"},
		{"schema: ", "schema: ../"},
		{"name: bsu", "name: [bsu]"},
		{"name: bsu", "name: 1.5"},
	} {
		if text := strings.Replace(string(bsu), edit[0], edit[1], 1); text != string(bsu) {
			apis(edit[1], map[string]string{"innrapportering/bsu.yaml": text})
		}
	}
	for _, edit := range [][2]string{
		{"steps", "step"},
		{"code: GLD_001", "delay: 1 hour"},
		{"code: GLD_001", "cut: x"},
		{"code: GLD_001", "respond: {status: 0}"},
		{"code: GLD_001", "respond: {status: 200, json: '{a}'}"},
		{"do:", "probability: 0, do:"},
		{"do:", "probability: x, do:"},
		{"do:", "times: 0, do:"},
		{"do:", "times: 1.5, do:"},
		{"do:", "for: 0s, do:"},
		{"do:", "when: {inFlight: 0}, do:"},
		{"do:", "when: {inFlight: 1.5}, do:"},
		{"code: GLD_001", "drip: {bytes: 0, every: 1s}"},
		{"code: GLD_001", "reset: yes"},
		{"code: GLD_001", "headers: {a: 1.5}"},
	} {
		scripts(edit[1], strings.Replace(script, edit[0], edit[1], 1))
	}
	pem := func(kind string) string {
		return "|\n      -----BEGIN " + kind + "-----\n      AAAA\n      -----END " + kind + "-----\n"
	}
	clients("no PEM", client)
	for _, kind := range []string{"PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE", "PRIVATE KEY", "X"} {
		clients(kind, "clients:\n- id: a\n  organisation: 311111116\n  scopes: [x]\n  keys:\n  - kid: k\n    pem: "+
			pem(kind))
		clients("certificate "+kind,
			"clients:\n- id: a\n  organisation: 311111116\n  scopes: [x]\n  certificates:\n  - "+pem(kind))
	}
	for _, key := range []string{
		"kid: k, expires: 2026-02-30, pem: x", "kid: k, expires: 9999-99-99, pem: x",
		"kid: k, jwk: {kty: RSA, n: '=', e: AQAB}", "kid: k, jwk: {kty: RSA, n: AAAA, e: x}",
		"kid: k, jwk: {kty: EC}", "kid: k, jwk: 7", "kid: 1.5", "{}",
	} {
		clients(key, "clients: [{id: a, organisation: 311111116, scopes: [x], keys: [{"+strings.Trim(key, "{}")+
			"}]}]\n")
	}
	missing := filepath.Join(t.TempDir(), "none")
	for what, try := range map[string]func() error{
		"no apis":      func() error { _, err := mock.LoadCatalog(mock.Dir(missing)); return err },
		"no scenarios": func() error { _, err := testkit.Catalog(t).Scenarios(mock.Dir(missing)); return err },
		"no clients":   func() error { _, err := mock.New(mock.Options{Clients: missing}); return err },
		"no data": func() error {
			_, err := mock.New(mock.Options{Data: filepath.Join(missing, "x")})
			return err
		},
		"a folder":    func() error { _, err := mock.New(mock.Options{Clients: t.TempDir()}); return err },
		"data folder": func() error { _, err := mock.New(mock.Options{Data: t.TempDir()}); return err },
		"a file":      func() error { _, err := mock.LoadCatalog(mock.Dir("files_test.go")); return err },
	} {
		isPlainFault(what, try())
	}
}
