package innrapportering

import (
	"fmt"
	"time"

	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/wire"
)

// Processing says how accepted deliveries are processed. The zero value processes them at once,
// with every avvik a warning.
type Processing struct {
	Control Control
	Delay   time.Duration // from acceptance to feedback; not negative
	// DelayNow returns the delay of the delivery that is received, in place of Delay; nil for Delay.
	DelayNow func() time.Duration
}

// delay returns the time from acceptance to feedback of the delivery that is received.
func (p Processing) delay() time.Duration {
	if p.DelayNow != nil {
		return p.DelayNow()
	}
	return p.Delay
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

// verdict returns the leveransestatus of a delivery, before and outside the transaction that stores
// it. The findings themselves are worked out when somebody reads them.
func (p Processing) verdict(r *wire.Request) (any, error) {
	if r.Staged.Feedback == wire.FeedbackRejected {
		return avvist, nil
	}
	if p.Control == ControlFormat || p.Control == "" { // every avvik is a warning
		return godkjent, nil
	}
	return statusOf(check(r.API, r.Document, r.Inntektsaar, p.Control)), nil
}

// settleFeedback decides the feedback on a delivery: what it is worked out from, and when it becomes
// visible. From then on only the clock matters (K062).
func (p Processing) settleFeedback(r *wire.Request, f *Forsendelse) {
	f.Leveransestatus, f.Control = r.Prepared.(string), p.Control
	f.RejectedOnDemand = r.Staged.Feedback == wire.FeedbackRejected
	f.NeverShown = r.Staged.Feedback == wire.FeedbackNever
	f.TilbakemeldingID = r.IDs.V7(f.Behandlet).String()
	f.Tilbakemelding = []Dokument{
		{DokumentID: f.TilbakemeldingID, Navn: "Tilbakemelding.json", ContentType: jsonType},
		{DokumentID: r.IDs.V7(f.Behandlet).String(), Navn: "Tilbakemelding.xml", ContentType: xmlType},
	}
}

// findings returns the findings of each leveranse of a delivery. They are a function of the
// document, of the rules of its API and of what was settled when it was accepted.
func (d delivery) findings(api *catalog.API) ([]findings, error) {
	document, err := schema.Decode(d.body)
	if err != nil {
		return nil, fmt.Errorf("the document of forsendelse %s cannot be read: %w", d.ForsendelseID, err)
	}
	all := check(api, document, d.Inntektsaar, d.Control)
	for i := range all {
		if found := &all[i]; d.RejectedOnDemand && found.status() != avvist {
			found.Avvik = append(found.Avvik, avvik{
				Avvikskode: skScenario, Avvikstekst: "Leveransen er avvist, slik et scenario ba om",
				Alvorlighetsgrad: avvist,
			})
		}
	}
	return all, nil
}
