package kobo

import (
	"time"

	"sandkasse/mock/internal/plainjson"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/webhook"
)

// Event is the hint in a message (K229).
type Event string

// The hints.
const (
	BoligOpprettet       Event = "BOLIG_OPPRETTET"
	BoligEndret          Event = "BOLIG_ENDRET"
	BoligSlettet         Event = "BOLIG_SLETTET"
	ReservasjonOpprettet Event = "RESERVASJON_OPPRETTET"
	ReservasjonFjernet   Event = "RESERVASJON_FJERNET"
	TildelingOpprettet   Event = "TILDELING_OPPRETTET"
	TildelingFjernet     Event = "TILDELING_FJERNET"
	LeieforholdOpprettet Event = "LEIEFORHOLD_OPPRETTET"
	LeieforholdEndret    Event = "LEIEFORHOLD_ENDRET"
	LeieforholdAvsluttet Event = "LEIEFORHOLD_AVSLUTTET"
	OppsigelseRegistrert Event = "OPPSIGELSE_REGISTRERT"
	OppsigelseEndret     Event = "OPPSIGELSE_ENDRET"
	OppsigelseOpphevet   Event = "OPPSIGELSE_OPPHEVET"
)

// Events returns the hints, in the order of a home's life.
func Events() []Event {
	return []Event{
		BoligOpprettet, BoligEndret, BoligSlettet, ReservasjonOpprettet, ReservasjonFjernet, TildelingOpprettet,
		TildelingFjernet, LeieforholdOpprettet, LeieforholdEndret, LeieforholdAvsluttet, OppsigelseRegistrert,
		OppsigelseEndret, OppsigelseOpphevet,
	}
}

// Message is the body of a message.
type Message struct {
	MeldingID         string `json:"meldingId"`
	KoboBoligID       string `json:"koboBoligId"`
	LeverandorBoligID string `json:"leverandorBoligId"`
	Hendelse          Event  `json:"hendelse"`
	Tidspunkt         string `json:"tidspunkt"`
}

// newEvent returns the message about a change of the home: a reference to the home and a hint,
// nothing about persons or cases (K230). A tenancy that removes the reservations of other cases is
// one message (K229).
func (op *operation) event(what Event) webhook.Event {
	id := op.IDs.V7(op.Now).String()
	return webhook.Event{
		ID: id, System: op.bolig.System, Key: op.bolig.KoboID, Type: string(what),
		Body: plainjson.MustMarshal(
			Message{id, op.bolig.KoboID, op.bolig.Faste.LeverandorBoligID, what, op.Now.UTC().Format(time.RFC3339)},
		),
	}
}

// send enqueues the message, with the fault that a scenario wants for it.
func (op *operation) send(what Event) error {
	return webhook.Enqueue(op.tx, op.event(what), webhook.Fault(op.Webhook))
}

// setReceiver replaces the API key of a system and, unless url is empty, the address of its
// messages. Both belong to the system, whichever municipality's token came with the call (K510).
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
