package innrapportering

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// documented lists the elements that each element may have, in their order
// (docs/sources/skatteetaten.md 5.3); leveranseavvik is our own.
var documented = map[string][]string{
	"tilbakemelding": {"oppgavetype", "innleveringsfrist", "innsending", "fil", "miljoeinformasjon"},
	"innsending": {
		"innsender", "innsendingstidspunkt", "behandletTidspunkt", "altinnreferanse", "forsendelseid",
		"filnavnLeveransetilbakemeldinger", "innsendingsavvik",
	},
	"innsender":             {"organisasjonsnummer", "organisasjonsnavn", "kontaktinformasjon"},
	"fil":                   {"filnavnFraInnsending", "filavvik", "leveranseoppsummering", "leveranse"},
	"leveranseoppsummering": {"antallLeveranser", "antallGodkjenteLeveranser", "antallAvvisteLeveranser"},
	"leveranse": {
		"leveransestatus", "leveransereferanse", "oppgavegiversleveransereferanse", "oppgavegiver",
		"inntektsaar", "periode",
		"oppgaveoppsummering", "filnavnLeveransetilbakemelding", "leveranseavvik",
	},
	"oppgavegiver":        {"organisasjonsnummer", "organisasjonsnavn", "kontaktinformasjon"},
	"oppgaveoppsummering": {"antallOppgaver", "antallAvvisteOppgaver", "antallOppgaverMedVarsel"},
	"leveranseavvik":      {"avvikskode", "avvikstekst", "beskrivelse", "veiledning", "alvorlighetsgrad"},
}

const namespace = "urn:ske:fastsetting:innsamling:grunnlagsdata:tilbakemelding:innsendingstilbakemelding:v2"

// TestForms: whatever stands in a delivery, the feedback on it is well-formed XML with the
// documented elements in the documented order, and the JSON says the same under the same names.
func TestForms(t *testing.T) {
	t.Parallel()
	value := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"", "<&>\"'", "]]>", "\x00\x01\ufffe", "æøå 😀",
		"\r\n\t", "\u2028",
	}))
	rapid.Check(t, func(t *rapid.T) {
		found := []avvik{}
		for range rapid.IntRange(0, 3).Draw(t, "avvik") {
			found = append(found, avvik{
				Avvikskode: skDato, Avvikstekst: value.Draw(t, "tekst"),
				Beskrivelse:      value.Draw(t, "beskrivelse"),
				Alvorlighetsgrad: advarsel,
			})
		}
		feedback := newTilbakemelding(Forsendelse{
			API: "bsu", Oppgavegiver: "987654321", Inntektsaar: 2023,
			Leveransestatus: rapid.SampledFrom([]string{godkjent, avvist}).Draw(t, "status"),
			Dokumenter:      []Dokument{{Navn: "Innsending.json"}},
		}, []findings{{
			Referanse: value.Draw(t, "referanse"), AntallOppgaver: 5,
			Avvik: found, AvvisteOppgaver: 1, OppgaverMedVarsel: 2,
		}})
		asXML, err := feedback.xml()
		if err != nil {
			t.Fatal(err)
		}
		asJSON, err := feedback.json()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(flatJSON("", unmarshal(t, asJSON)), flatXML(t, asXML)); diff != "" {
			t.Fatalf("the two forms differ (-JSON +XML):\n%s", diff)
		}
	})
}

// flatXML returns every element with its text, sorted. It fails the test if they are not in the
// documented order.
func flatXML(t *rapid.T, text []byte) []string {
	type open struct {
		name string
		at   int // in the order of its parent's elements, of the last element seen
		text string
	}
	var path []*open
	var flat []string
	d := xml.NewDecoder(bytes.NewReader(text))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, text)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Space != namespace {
				t.Fatalf("%s is in the namespace %q", token.Name.Local, token.Name.Space)
			}
			if len(path) > 0 {
				parent := path[len(path)-1]
				at := slices.Index(documented[parent.name], token.Name.Local)
				if at < parent.at {
					t.Fatalf("%s stands in %s after %s", token.Name.Local, parent.name,
						documented[parent.name][parent.at])
				}
				parent.at = at
			}
			path = append(path, &open{name: token.Name.Local})
		case xml.CharData:
			if len(path) > 0 {
				path[len(path)-1].text += string(token)
			}
		case xml.EndElement:
			var names []string
			for _, o := range path {
				names = append(names, o.name)
			}
			if documented[token.Name.Local] == nil {
				flat = append(flat, "/"+strings.Join(names, "/")+" "+plain(path[len(path)-1].text))
			}
			path = path[:len(path)-1]
		}
	}
	slices.Sort(flat)
	return flat
}

// flatJSON returns every member that is no object or list with its text, sorted.
func flatJSON(path string, value any) []string {
	var flat []string
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			flat = append(flat, flatJSON(path+"/"+name, member)...)
		}
	case []any:
		for _, element := range v {
			flat = append(flat, flatJSON(path, element)...)
		}
	case json.Number:
		flat = append(flat, path+" "+v.String())
	case string:
		flat = append(flat, path+" "+plain(v))
	}
	slices.Sort(flat)
	return flat
}

// plain returns text with what XML cannot hold replaced (XML 1.0, 2.2).
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return '\uFFFD'
		}
		return r
	}, text)
}
