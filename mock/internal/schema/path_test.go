package schema

import (
	"strings"
	"testing"

	"sandkasse/schemas"
)

func TestPath(t *testing.T) {
	t.Parallel()
	s, err := Compile(schemas.Embedded(), "innrapportering/bsu.json")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		"leveranse":                  true,
		"leveranse/oppgave/*/saldo":  true,
		"leveranse/oppgave/*/saldoX": false,
		"leveranse/oppgave/saldo":    false,
		"leveranse/oppgaver/*/saldo": false,
		"leveranse/kildesystem/navn": false,
		"leveranse/oppgave/*/avgangsmelding/overfoertTilEktefelle/foedselsnummer": true,
		"leveranse/oppgave/*/avgangsmelding/overfoertTil/foedselsnummer":          false,
	} {
		if got := s.Path(strings.Split(path, "/")).Taken; got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}
