package innrapportering

import (
	"encoding/xml"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/splice"
)

// FuzzKontroll: whatever a document holds, it can be checked, the findings are in order and can be
// written in both forms, and the same oppgaver are seen in its bytes as in the decoded document.
func FuzzKontroll(f *testing.F) {
	apis := testAPIs(f)
	names := slices.Sorted(maps.Keys(apis))
	bases := []string{""}
	for i, name := range names {
		text := string(example(f, apis[name]))
		bases = append(bases, text)
		f.Add(uint8(i+1), uint16(0), uint16(0), "") // the whole example
		f.Add(uint8(i+1), uint16(len(text)/2), uint16(1), "1e9")
	}
	apis["small"] = smallAPI()
	names = append(names, "small")
	for _, text := range []string{
		`{}`, `[]`, `null`,
		`{"antall": 1e999, "sum": -0.0, "oppgave": [{"beloep": 1e-999}, {"id": 1e2}, {"id": 100}], "slett": [1, [2], null]}`,
		`{"oppgave": {"0": 1}, "slett": "x", "antall": {}}`,
		`{"oppgave":[{"fnr":"\u0000","konto":"æ","dato":"2023-13-45","fra":"","til":"0101"}]}`,
	} {
		f.Add(uint8(0), uint16(0), uint16(0), text)
	}
	f.Fuzz(func(t *testing.T, which uint8, at, length uint16, put string) {
		base := int(which) % len(bases)
		spliced, ok := splice.At(bases[base], at, length, put)
		text := []byte(spliced)
		document, err := schema.Decode(text)
		if !ok || err != nil {
			return
		}
		asked := names // any may get a document that is not for it
		if base > 0 {
			asked = names[base-1 : base]
		}
		for _, name := range asked {
			api := apis[name]
			all := check(api, document, 2023, ControlModulus)
			for _, found := range all {
				if !slices.IsSortedFunc(found.Avvik, func(a, b avvik) int { return a.at.compare(b.at) }) {
					t.Errorf("%s: out of order: %v", name, codes(found.Avvik))
				}
			}
			feedback := newTilbakemelding(Forsendelse{Dokumenter: []Dokument{{}}}, all)
			if _, err := feedback.json(); err != nil {
				t.Error(err)
			}
			asXML, err := feedback.xml()
			if err != nil || xml.Unmarshal(asXML, new(tilbakemelding)) != nil {
				t.Errorf("%s: %v: %s", name, err, asXML)
			}
			seen := []any{}
			lists := api.Felter.Oppgave
			if len(api.Felter.Leveranser) > 0 {
				lists = api.Felter.Leveranser
			}
			err = eachElement(text, lists, func(raw []byte) error {
				seen = append(seen, unmarshal(t, raw))
				return nil
			})
			if err != nil {
				t.Error(err)
			}
			if want := list(lists, document); len(want) != len(seen) || len(want) > 0 &&
				!cmp.Equal(want, seen) {
				t.Errorf("%s: in the bytes are %v, in the document %v", name, seen, want)
			}
		}
	})
}
