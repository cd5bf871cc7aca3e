package innrapportering

import (
	"bytes"
	"encoding/json"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/store"
)

// Feedback is the feedback on a delivery for a reader who has the delivery beside it.
type Feedback struct {
	ForsendelseID     string         `json:"forsendelseId"` // of the delivery
	TilbakemeldingID  string         `json:"tilbakemeldingId"`
	Leveransestatus   string         `json:"leveransestatus"` // godkjent or avvist
	AntallOppgaver    int            `json:"antallOppgaver"`
	AvvisteOppgaver   int            `json:"antallAvvisteOppgaver"`
	OppgaverMedVarsel int            `json:"antallOppgaverMedVarsel"`
	AntallAvvik       int            `json:"antallAvvik"`
	Avvik             []AvvikBesides `json:"avvik"` // the first of them, by their places
}

// AvvikBesides is an avvik with what it is about.
type AvvikBesides struct {
	Avvikskode       string `json:"avvikskode"`
	Avvikstekst      string `json:"avvikstekst"`
	Veiledning       string `json:"veiledning,omitempty"`
	Alvorlighetsgrad string `json:"alvorlighetsgrad"`
	Sti              string `json:"sti,omitempty"` // JSON pointer in the delivery; empty for the whole of it
	// ElementSti is the JSON pointer of the oppgave or sletteoppgave; empty for an avvik of the
	// delivery. Element is that oppgave as delivered.
	ElementSti string          `json:"elementSti,omitempty"`
	Element    json.RawMessage `json:"element,omitempty"`
}

// FeedbackOn returns the feedback on the delivery with the id, with at most so many avvik. If it
// cannot be seen now, why says so.
func FeedbackOn(
	tx *store.Tx, known *catalog.Catalog, forsendelseID string, limit int,
) (feedback Feedback, why string, err error) {
	whole, found, err := deliveries.Get(tx, forsendelseID)
	switch {
	case err != nil:
		return Feedback{}, "", err
	case !found || known.ByName(whole.API) == nil:
		return Feedback{}, "no delivery has the forsendelseId " + forsendelseID, nil
	case !whole.IsProcessed(tx.Now):
		return Feedback{}, "there is no feedback yet: " + notYet(whole.Forsendelse), nil
	}
	leveranser, err := whole.findings(known.ByName(whole.API))
	if err != nil {
		return Feedback{}, "", err
	}
	var all findings // in all leveranser
	for _, l := range leveranser {
		all.Avvik = append(all.Avvik, l.Avvik...)
		all.AvvisteOppgaver += l.AvvisteOppgaver
		all.OppgaverMedVarsel += l.OppgaverMedVarsel
	}
	several := known.ByName(whole.API).Felter.Leveranser.String() // whose elements are no oppgaver
	feedback = Feedback{
		ForsendelseID: forsendelseID, TilbakemeldingID: whole.TilbakemeldingID,
		Leveransestatus: whole.Leveransestatus, AntallOppgaver: whole.AntallOppgaver,
		AvvisteOppgaver: all.AvvisteOppgaver, OppgaverMedVarsel: all.OppgaverMedVarsel,
		AntallAvvik: len(all.Avvik), Avvik: []AvvikBesides{},
	}
	wanted := map[string]map[int]json.RawMessage{} // elements by list and index
	for _, a := range all.Avvik[:min(limit, len(all.Avvik))] {
		if a.at.list != "" && a.at.list != several {
			if wanted[a.at.list] == nil {
				wanted[a.at.list] = map[int]json.RawMessage{}
			}
			wanted[a.at.list][a.at.index] = nil
		}
	}
	for list, elements := range wanted {
		pointer, _ := jsonptr.Parse(list) // it was made from one
		i := 0
		err := eachElement(whole.body, pointer, func(raw []byte) error {
			if _, wants := elements[i]; wants {
				elements[i] = bytes.Clone(raw)
			}
			i++
			return tx.Err()
		})
		if err != nil {
			return Feedback{}, "", err
		}
	}
	for _, a := range all.Avvik[:min(limit, len(all.Avvik))] {
		shown := AvvikBesides{
			Avvikskode: string(a.Avvikskode), Avvikstekst: a.Avvikstekst, Veiledning: a.Avvikskode.veiledning(),
			Alvorlighetsgrad: a.Alvorlighetsgrad, Sti: string(a.at.append(nil)) + a.at.member,
		}
		if a.at.list != "" && a.at.list != several {
			shown.ElementSti, shown.Element = string(a.at.append(nil)), wanted[a.at.list][a.at.index]
		}
		feedback.Avvik = append(feedback.Avvik, shown)
	}
	return feedback, "", nil
}
