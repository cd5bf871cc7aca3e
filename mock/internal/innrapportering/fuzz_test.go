package innrapportering

import (
	"encoding/xml"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock/internal/schema"
)

// FuzzKontroll: whatever a document holds, it can be checked, the findings are in order and can be
// written in both forms, and the same oppgaver are seen in its bytes as in the decoded document.
func FuzzKontroll(f *testing.F) {
	apis := testAPIs(f)
	for _, api := range apis {
		f.Add(example(f, api))
	}
	apis["small"] = smallAPI()
	for _, text := range []string{
		`{}`, `[]`, `null`,
		`{"antall": 1e999, "sum": -0.0, "oppgave": [{"beloep": 1e-999}, {"id": 1e2}, {"id": 100}], "slett": [1, [2], null]}`,
		`{"oppgave": {"0": 1}, "slett": "x", "antall": {}}`,
		`{"oppgave":[{"fnr":"\u0000","konto":"æ","dato":"2023-13-45","fra":"","til":"0101"}]}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		document, err := schema.Decode(text)
		if err != nil {
			return
		}
		for name, api := range apis {
			found := check(api, document, 2023, ControlModulus)
			if !slices.IsSortedFunc(found.Avvik, func(a, b avvik) int { return a.at.compare(b.at) }) {
				t.Errorf("%s: out of order: %v", name, codes(found.Avvik))
			}
			feedback := newTilbakemelding(Forsendelse{Dokumenter: []Dokument{{}}}, found)
			if _, err := feedback.json(); err != nil {
				t.Error(err)
			}
			asXML, err := feedback.xml()
			if err != nil || xml.Unmarshal(asXML, new(tilbakemelding)) != nil {
				t.Errorf("%s: %v: %s", name, err, asXML)
			}
			seen := []any{}
			err = eachElement(text, api.Felter.Oppgave, func(raw []byte) error {
				seen = append(seen, unmarshal(t, raw))
				return nil
			})
			if err != nil {
				t.Error(err)
			}
			if want := list(api.Felter.Oppgave, document); len(want) != len(seen) || len(want) > 0 &&
				!cmp.Equal(want, seen) {
				t.Errorf("%s: in the bytes are %v, in the document %v", name, seen, want)
			}
		}
	})
}
