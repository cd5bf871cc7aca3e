package kobo

import (
	"time"

	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/webhook"
	"sandkasse/mock/internal/wire"
)

// Hendelse is what a message hints at (K229).
type Hendelse string

// What there is to hint at.
const (
	BoligOpprettet       Hendelse = "BOLIG_OPPRETTET"
	BoligEndret          Hendelse = "BOLIG_ENDRET"
	BoligSlettet         Hendelse = "BOLIG_SLETTET"
	ReservasjonOpprettet Hendelse = "RESERVASJON_OPPRETTET"
	ReservasjonFjernet   Hendelse = "RESERVASJON_FJERNET"
	TildelingOpprettet   Hendelse = "TILDELING_OPPRETTET"
	TildelingFjernet     Hendelse = "TILDELING_FJERNET"
	LeieforholdOpprettet Hendelse = "LEIEFORHOLD_OPPRETTET"
	LeieforholdEndret    Hendelse = "LEIEFORHOLD_ENDRET"
	LeieforholdAvsluttet Hendelse = "LEIEFORHOLD_AVSLUTTET"
	OppsigelseRegistrert Hendelse = "OPPSIGELSE_REGISTRERT"
	OppsigelseEndret     Hendelse = "OPPSIGELSE_ENDRET"
	OppsigelseOpphevet   Hendelse = "OPPSIGELSE_OPPHEVET"
)

// event is the message that something happened to the home: a reference to it and a hint, nothing about a person or a case (K230). A tenancy that removes other cases' reservations is one message (K229).
func (s *scene) event(what Hendelse) webhook.Event {
	id := s.IDs.V7(s.Now).String()
	return webhook.Event{
		ID: id, System: s.bolig.System, Key: s.bolig.KoboID, Type: string(what),
		Body: wire.Encode(struct {
			MeldingID         string   `json:"meldingId"`
			KoboBoligID       string   `json:"koboBoligId"`
			LeverandorBoligID string   `json:"leverandorBoligId"`
			Hendelse          Hendelse `json:"hendelse"`
			Tidspunkt         string   `json:"tidspunkt"`
		}{id, s.bolig.KoboID, s.bolig.Faste.LeverandorBoligID, what, s.Now.UTC().Format(time.RFC3339)}),
	}
}

// scenarioDelay is how long a scenario that delays a message holds it, by the session's clock (K353).
const scenarioDelay = time.Minute

// send puts the message into the outbox, with what a scenario wants to go wrong with it.
func (s *scene) send(what Hendelse) error {
	if s.Webhook == "" {
		return webhook.Enqueue(s.tx, s.event(what))
	}
	return webhook.EnqueueWith(s.tx, s.event(what), webhook.Fault{Kind: webhook.Kind(s.Webhook), Delay: scenarioDelay})
}

// setReceiver stores a system's key, in the place of the one before, and where its messages go unless that is left
// out. Both are the system's, whichever municipality's token came with them (K510).
func setReceiver(tx *store.Tx, system, url, apiKey string) error {
	receiver, _, err := webhook.GetSystem(tx, system)
	if err != nil {
		return err
	}
	receiver.ID, receiver.APIKey = system, webhook.NewAPIKey(apiKey)
	if url != "" {
		receiver.URL = url
	}
	return webhook.SetSystem(tx, receiver)
}
