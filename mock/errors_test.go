package mock_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sandkasse/mock"
)

// TestArgumentError: what the caller gave and cannot be is an ArgumentError; a fault inside a file,
// and a server that does not answer, are none.
func TestArgumentError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	faulty := filepath.Dir(file("apis/stray.yaml", "name: stray\n"))
	broken := filepath.Dir(file("scripts/late.yaml", "name: late\n"))
	clients, foreign := file("clients.yaml", "clients: 7\n"), file("foreign.db", "no data file of anybody\n")
	options := func(o mock.Options) error {
		s, err := mock.New(o)
		if err == nil {
			s.Close()
		}
		return err
	}
	started := func(addr string) error {
		s, err := mock.New(mock.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		return s.Start(addr)
	}
	second := func(_ any, err error) error { return err }
	load := func(kind string, to mock.Target) error {
		return second(mock.Load(t.Context(), mock.Generation{Kind: kind}, to))
	}
	nobody := mock.Target{URL: "http://127.0.0.1:1"}
	now := time.Now()
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"auth":                 {options(mock.Options{Auth: "perhaps"}), true},
		"session ttl":          {options(mock.Options{SessionTTL: 1}), true},
		"no folder of APIs":    {options(mock.Options{APIs: filepath.Join(dir, "nowhere")}), true},
		"a faulty API":         {options(mock.Options{APIs: faulty}), false},
		"no folder of scripts": {options(mock.Options{Scenarios: filepath.Join(dir, "nowhere")}), true},
		"a faulty script":      {options(mock.Options{Scenarios: broken}), false},
		"no clients file":      {options(mock.Options{Clients: filepath.Join(dir, "nowhere")}), true},
		"a faulty client":      {options(mock.Options{Clients: clients}), false},
		"no place for data":    {options(mock.Options{Data: filepath.Join(dir, "no", "where.db")}), true},
		"data is a folder":     {options(mock.Options{Data: dir}), true},
		"another's data":       {options(mock.Options{Data: foreign}), false},
		"an address":           {started("nowhere"), true},
		"no address":           {started(""), true},
		"a port too high":      {started("127.0.0.1:65536"), true},
		"validate an API":      {second(mock.Validate("", "nope", nil)), true},
		"validate no document": {second(mock.Validate("", "kobo", nil)), true},
		"validate a folder":    {second(mock.Validate(faulty, "bsu", nil)), false},
		"a validator":          {second(mock.Validator("", "nope")), true},
		"a token's API": {second(mock.MintToken(mock.TokenRequest{API: "nope", Org: "313367002"},
			mock.MintOptions{Server: nobody.URL, Now: now})), true},
		"a token's org": {second(mock.MintToken(mock.TokenRequest{API: "bsu", Org: "12"},
			mock.MintOptions{Server: nobody.URL, Now: now})), true},
		"a scenario":           {second(mock.Scenario("", "", "nope")), true},
		"a kind":               {second(mock.Generate("", mock.Generation{Kind: "nope"})), true},
		"a rule":               {second(mock.GenerateBroken("", mock.Generation{Kind: "bsu"}, "nope")), true},
		"a folder to write to": {mock.WriteBroken(foreign, mock.BrokenCalls{}), true},
		"what is loaded":       {load("bsu-nope", nobody), true},
		"where to":             {load("sak", mock.Target{URL: "nowhere"}), true},
		"for whom":             {load("sak", mock.Target{URL: nobody.URL, Org: "12"}), true},
		"for which system":     {load("sak", mock.Target{URL: nobody.URL, System: "to ord"}), true},
		"how many at a time":   {load("sak", mock.Target{URL: nobody.URL, Parallel: -1}), true},
		"nobody answers":       {load("sak", nobody), false},
	} {
		var wrong *mock.ArgumentError
		if c.err == nil || errors.As(c.err, &wrong) != c.want {
			t.Errorf("%s: %v is an ArgumentError: %t, want %t", name, c.err, !c.want, c.want)
		}
	}
}
