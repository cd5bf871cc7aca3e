package innrapportering

import (
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"time"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/plainjson"
)

// The content types of the feedback.
const (
	jsonType = "application/json"
	xmlType  = "application/xml"
)

// tilbakemelding is the feedback on one delivery: the elements of the documented structure that
// apply to a delivery in JSON, in its order, and the same names as JSON members
// (docs/sources/skatteetaten.md, Tilbakemelding). leveranseavvik is Sandkasse's own: the structure
// has places for the avvik of an innsending and of a fil, and refers to further files for those of
// a leveranse (K056).
type tilbakemelding struct {
	XMLName     xml.Name   `json:"-" xml:"urn:ske:fastsetting:innsamling:grunnlagsdata:tilbakemelding:innsendingstilbakemelding:v2 tilbakemelding"`
	Oppgavetype string     `json:"oppgavetype" xml:"oppgavetype"` // name of the API
	Innsending  innsending `json:"innsending" xml:"innsending"`
	Fil         []fil      `json:"fil" xml:"fil"`
}

type innsending struct {
	Innsender            organisasjon `json:"innsender" xml:"innsender"`
	Innsendingstidspunkt string       `json:"innsendingstidspunkt" xml:"innsendingstidspunkt"`
	BehandletTidspunkt   string       `json:"behandletTidspunkt" xml:"behandletTidspunkt"`
	Forsendelseid        string       `json:"forsendelseid" xml:"forsendelseid"`
}

type organisasjon struct {
	Organisasjonsnummer string `json:"organisasjonsnummer" xml:"organisasjonsnummer"`
}

type fil struct {
	FilnavnFraInnsending  string                `json:"filnavnFraInnsending" xml:"filnavnFraInnsending"`
	Leveranseoppsummering leveranseoppsummering `json:"leveranseoppsummering" xml:"leveranseoppsummering"`
	Leveranse             []leveranse           `json:"leveranse" xml:"leveranse"`
}

type leveranseoppsummering struct {
	AntallLeveranser          int `json:"antallLeveranser" xml:"antallLeveranser"`
	AntallGodkjenteLeveranser int `json:"antallGodkjenteLeveranser" xml:"antallGodkjenteLeveranser"`
	AntallAvvisteLeveranser   int `json:"antallAvvisteLeveranser" xml:"antallAvvisteLeveranser"`
}

type leveranse struct {
	Leveransestatus                 string              `json:"leveransestatus" xml:"leveransestatus"`
	Leveransereferanse              string              `json:"leveransereferanse" xml:"leveransereferanse"`
	Oppgavegiversleveransereferanse string              `json:"oppgavegiversleveransereferanse,omitempty" xml:"oppgavegiversleveransereferanse,omitempty"`
	Oppgavegiver                    organisasjon        `json:"oppgavegiver" xml:"oppgavegiver"`
	Inntektsaar                     int                 `json:"inntektsaar" xml:"inntektsaar"`
	Oppgaveoppsummering             oppgaveoppsummering `json:"oppgaveoppsummering" xml:"oppgaveoppsummering"`
	Leveranseavvik                  []avvik             `json:"leveranseavvik" xml:"leveranseavvik"`
}

type oppgaveoppsummering struct {
	AntallOppgaver          int `json:"antallOppgaver" xml:"antallOppgaver"`
	AntallAvvisteOppgaver   int `json:"antallAvvisteOppgaver" xml:"antallAvvisteOppgaver"`
	AntallOppgaverMedVarsel int `json:"antallOppgaverMedVarsel" xml:"antallOppgaverMedVarsel"`
}

// newTilbakemelding returns the feedback on a delivery with the findings in each of its leveranser.
func newTilbakemelding(f Forsendelse, all []findings) tilbakemelding {
	summary := leveranseoppsummering{AntallLeveranser: len(all)}
	leveranser := make([]leveranse, len(all))
	for i, found := range all {
		status := found.status()
		if len(all) == 1 {
			status = f.Leveransestatus // settled when it was accepted
		}
		if status == avvist {
			summary.AntallAvvisteLeveranser++
		} else {
			summary.AntallGodkjenteLeveranser++
		}
		leveranser[i] = newLeveranse(f, status, found)
	}
	return tilbakemelding{
		Oppgavetype: f.API,
		Innsending: innsending{
			Innsender:            organisasjon{cmp.Or(f.Innsender, f.Oppgavegiver)},
			Innsendingstidspunkt: instant(f.Mottatt),
			BehandletTidspunkt:   instant(f.Behandlet),
			Forsendelseid:        f.ForsendelseID,
		},
		Fil: []fil{{
			FilnavnFraInnsending:  f.Dokumenter[0].Navn,
			Leveranseoppsummering: summary,
			Leveranse:             leveranser,
		}},
	}
}

// newLeveranse returns the feedback on one leveranse of a delivery.
func newLeveranse(f Forsendelse, status string, found findings) leveranse {
	listed := make([]avvik, len(found.Avvik))
	for i, a := range found.Avvik {
		a.Veiledning = a.Avvikskode.veiledning()
		listed[i] = a
	}
	return leveranse{
		Leveransestatus:                 status,
		Leveransereferanse:              f.ForsendelseID,
		Oppgavegiversleveransereferanse: found.Referanse,
		Oppgavegiver:                    organisasjon{f.Oppgavegiver},
		Inntektsaar:                     f.Inntektsaar,
		Oppgaveoppsummering: oppgaveoppsummering{
			AntallOppgaver:          found.AntallOppgaver,
			AntallAvvisteOppgaver:   found.AvvisteOppgaver,
			AntallOppgaverMedVarsel: found.OppgaverMedVarsel,
		},
		Leveranseavvik: listed,
	}
}

// instant formats a time as xs:dateTime in UTC, to the millisecond.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// tilbakemeldingDokument is a tilbakemelding as JSON, with the names of the XML elements (K057).
type tilbakemeldingDokument struct {
	Tilbakemelding tilbakemelding `json:"tilbakemelding"`
}

// json encodes the feedback as JSON.
func (t tilbakemelding) json() ([]byte, error) {
	text, err := plainjson.Marshal(tilbakemeldingDokument{t})
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	json.Indent(&b, text, "", "  ") // cannot fail: it was just written
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// xml encodes the feedback as XML. Characters that XML cannot hold are replaced by U+FFFD.
func (t tilbakemelding) xml() ([]byte, error) {
	body, err := xml.MarshalIndent(t, "", "  ")
	return append([]byte(xml.Header), append(body, '\n')...), err
}

// feedbackDocument returns the feedback on a delivery in the content type.
func feedbackDocument(api *catalog.API, d delivery, contentType string) ([]byte, error) {
	found, err := d.findings(api)
	if err != nil {
		return nil, err
	}
	if contentType == xmlType {
		return newTilbakemelding(d.Forsendelse, found).xml()
	}
	return newTilbakemelding(d.Forsendelse, found).json()
}
