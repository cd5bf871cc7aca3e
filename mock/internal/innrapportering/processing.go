package innrapportering

import (
	"errors"
	"time"

	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/wire"
)

// Processing is how deliveries are processed once they have been taken in. The zero value is how it is done by default: at once, and with
// every avvik a warning.
type Processing struct {
	Control Control
	Delay   time.Duration // from the taking in to the feedback; not below 0
}

// Control is how grave the avvik are that the feedback finds. It never decides whether a delivery is taken in: the pages' own examples
// have wrong control digits and sums (reference skatteetaten 1.6), and they must be.
type Control string

// The levels. All of them look for the same avvik and tell them the same way (K065).
const (
	ControlFormat  Control = "format"  // every avvik is a warning; so is it by the empty Control
	ControlModulus Control = "modulus" // identifiers with wrong control digits are refused, the rest are warnings
	ControlStrict  Control = "strict"  // every avvik is refused
)

// gravity is how grave an avvik of that code is.
func (c Control) gravity(k avvikskode) string {
	if c == ControlStrict || c == ControlModulus && k.isIdentifier() {
		return avvist
	}
	return advarsel
}

// The values of alvorlighetsgrad and leveransestatus (reference skatteetaten 5.3).
const (
	advarsel = "advarsel" // of an avvik: the delivery stands all the same
	avvist   = "avvist"   // of an avvik: the delivery is refused; of a delivery: nothing of it stands
	godkjent = "godkjent" // of a delivery: it stands
)

// kontrollert is what was found in a delivery, ready to be kept.
type kontrollert struct {
	status string
	avvik  []byte // a funn as JSON; nil when nothing was found
}

// kontroller looks at the delivery, which takes nothing that is stored.
func (p Processing) kontroller(r *wire.Request) (any, error) {
	found := kontroller(r.API, r.Document, r.Inntektsaar, p.Control)
	if r.Staged.Feedback == wire.FeedbackRejected && found.status() != avvist {
		found.Avvik = append(found.Avvik, avvik{
			Avvikskode: skScenario, Avvikstekst: "Leveransen er avvist, slik et scenario ba om", Alvorlighetsgrad: avvist,
		})
	}
	k := kontrollert{status: found.status()}
	if len(found.Avvik) > 0 {
		k.avvik = wire.Encode(found)
	}
	return k, nil
}

// giveFeedback settles the feedback on a delivery: all that it will say, and when it begins to show. From then on it is a matter of the
// clock alone (K062).
func (p Processing) giveFeedback(tx *store.Tx, r *wire.Request, f *Forsendelse) error {
	found := r.Prepared.(kontrollert)
	f.Leveransestatus, f.Aldri = found.status, r.Staged.Feedback == wire.FeedbackNever
	f.TilbakemeldingID = r.IDs.V7(f.Behandlet).String()
	f.Tilbakemelding = []Dokument{
		{DokumentID: f.TilbakemeldingID, Navn: "Tilbakemelding.json", ContentType: jsonType},
		{DokumentID: r.IDs.V7(f.Behandlet).String(), Navn: "Tilbakemelding.xml", ContentType: xmlType},
	}
	err := dokumenter.Put(tx, dokumentKey(f.TilbakemeldingID, gjelderPart), []byte(f.ForsendelseID))
	if found.avvik != nil {
		err = errors.Join(err, dokumenter.Put(tx, dokumentKey(f.ForsendelseID, avvikPart), found.avvik))
	}
	return err
}
