package innrapportering

import (
	"errors"
	"time"

	"sandkasse/mock/internal/plainjson"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// Processing says how accepted deliveries are processed. The zero value processes them at once,
// with every avvik a warning.
type Processing struct {
	Control Control
	Delay   time.Duration // from acceptance to feedback; not negative
}

// Control sets the gravity of avvik. It never decides whether a delivery is accepted: the pages'
// own examples have wrong control digits and sums (docs/sources/skatteetaten.md, Examples), and
// must be accepted.
type Control string

// The levels. All find the same avvik (K065).
const (
	ControlFormat  Control = "format"  // every avvik is a warning; the same as the empty Control
	ControlModulus Control = "modulus" // identifiers with wrong control digits are refused, the rest are warnings
	ControlStrict  Control = "strict"  // every avvik is refused
)

// gravity returns the alvorlighetsgrad of an avvik with the code.
func (c Control) gravity(k avvikskode) string {
	if c == ControlStrict || c == ControlModulus && k.isIdentifier() {
		return avvist
	}
	return advarsel
}

// The values of alvorlighetsgrad and leveransestatus (docs/sources/skatteetaten.md,
// Tilbakemelding).
const (
	advarsel = "advarsel" // of an avvik: the delivery is approved all the same
	avvist   = "avvist"   // of an avvik: the delivery is refused; of a delivery: none of it counts
	godkjent = "godkjent" // of a delivery: it counts
)

// checked holds the findings of a delivery, encoded for the store.
type checked struct {
	status string
	avvik  []byte // findings as JSON; nil if there are none
}

// check checks the delivery, before and outside the transaction that stores it.
func (p Processing) check(r *wire.Request) (any, error) {
	found := check(r.API, r.Document, r.Inntektsaar, p.Control)
	if r.Staged.Feedback == wire.FeedbackRejected && found.status() != avvist {
		found.Avvik = append(found.Avvik, avvik{
			Avvikskode: skScenario, Avvikstekst: "Leveransen er avvist, slik et scenario ba om",
			Alvorlighetsgrad: avvist,
		})
	}
	k := checked{status: found.status()}
	if len(found.Avvik) > 0 {
		k.avvik = plainjson.MustMarshal(found)
	}
	return k, nil
}

// prepareFeedback decides the feedback on a delivery: its content, and when it becomes visible.
// From then on only the clock matters (K062).
func (p Processing) prepareFeedback(tx *store.Tx, r *wire.Request, f *Forsendelse) error {
	found := r.Prepared.(checked)
	f.Leveransestatus, f.NeverShown = found.status, r.Staged.Feedback == wire.FeedbackNever
	f.TilbakemeldingID = r.IDs.V7(f.Behandlet).String()
	f.Tilbakemelding = []Dokument{
		{DokumentID: f.TilbakemeldingID, Navn: "Tilbakemelding.json", ContentType: jsonType},
		{DokumentID: r.IDs.V7(f.Behandlet).String(), Navn: "Tilbakemelding.xml", ContentType: xmlType},
	}
	err := dokumenter.Put(tx, dokumentKey(f.TilbakemeldingID, subjectPart), []byte(f.ForsendelseID))
	if found.avvik != nil {
		err = errors.Join(err, dokumenter.Put(tx, dokumentKey(f.ForsendelseID, avvikPart), found.avvik))
	}
	return err
}
