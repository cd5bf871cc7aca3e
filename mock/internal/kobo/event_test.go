package kobo

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/webhook"
	"sandkasse/mock/internal/wire"
)

// TestAkseptanse15: a key registered twice: only the second is there to be used; a message holds no
// personal data, and there is one for each change by the case worker.
func TestAkseptanse15(t *testing.T) {
	t.Parallel()
	v := nyVerden(t)
	vendor, worker := Actor{Kommune: "313367002", System: "a"}, Actor{CaseWorker: true}
	for _, body := range []string{`{"apiKey":"first","webhookUrl":"http://127.0.0.1:9/x"}`, `{"apiKey":"second"}`} {
		var document any
		if err := json.Unmarshal([]byte(body), &document); err != nil {
			t.Fatal(err)
		}
		m := v.env()
		err := v.db.Session("default").Update(noon, func(tx *store.Tx) error {
			response, err := v.register.registerKey(tx,
				&wire.Request{SystemID: "a", Document: document, Now: noon, IDs: m.IDs})
			if response.Status != 204 || len(response.Document) > 0 {
				t.Errorf("answered %+v", response)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	household, sak := husstanden(), v.nySak(t)
	sent := &BoligInput{Faste: Faste{LeverandorBoligID: "FDV-1"}, Foranderlige: Foranderlige{Status: statusKlar}}
	done, err := v.utfor(vendor, Command{Act: Opprett, Bolig: sent})
	if err != nil {
		t.Fatal(err)
	}
	id := done.Bolig.KoboID
	contract := &Kontrakt{KontraktStartdato: "2026-03-01", ErTidsubegrenset: true}
	ending := &Avslutning{"2026-03-16", "VEDLIKEHOLD", "ANNET"}
	for _, h := range []Command{
		{Act: Reserver, Saksreferanse: sak.Saksreferanse},
		{Act: Reserver, Saksreferanse: sak.Saksreferanse},
		{Act: Tildel, Saksreferanse: sak.Saksreferanse},
		{Act: LeiUt, Saksreferanse: sak.Saksreferanse, Kontrakt: contract},
		{Act: EndreLeieforhold, Kontrakt: contract},
		{Act: SiOpp, Oppsigelse: &Oppsigelse{Oppsigelsestid: "MND1"}},
		{Act: EndreOppsigelse, Oppsigelse: &Oppsigelse{Oppsigelsestid: "MND3"}},
		{Act: OpphevOppsigelse},
		{Act: Avslutt, Avslutning: ending},
		{Act: Endre, Bolig: sent},
		{Act: Slett},
		{Act: Slett},
	} {
		h.KoboID = id
		if _, err := v.utfor(worker, h); err != nil {
			t.Fatal(err)
		}
	}
	var hints []string
	err = v.db.Session("default").View(context.Background(), noon, func(tx *store.Tx) error {
		if r, _, err := webhook.GetSystem(tx, "a"); err != nil || r.APIKey.Reveal() != "second" ||
			r.URL != "http://127.0.0.1:9/x" {
			t.Errorf("the receiver is %+v: %v", r, err)
		}
		sent, err := webhook.List(tx, webhook.Query{})
		for _, e := range sent {
			var body map[string]string
			if err := json.Unmarshal(e.Body, &body); err != nil {
				return err
			}
			want := map[string]string{
				"meldingId": e.ID, "koboBoligId": id, "leverandorBoligId": "FDV-1",
				"hendelse": e.Type, "tidspunkt": "2026-03-02T12:00:00Z",
			}
			if diff := cmp.Diff(want, body); diff != "" || e.System != "a" || e.Key != id {
				t.Errorf("%+v: %s", e, diff)
			}
			for _, personal := range []string{household.Beboere[0].Personidentifikator, sak.Saksreferanse} {
				if bytes.Contains(e.Body, []byte(personal)) {
					t.Errorf("%s tells of %s", e.Body, personal)
				}
			}
			hints = append(hints, e.Type)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(hints) != 10 {
		t.Errorf("there are %d messages, want one for each of ten changes: %v", len(hints), hints)
	}
}

// TestEcho: a system gets events about its own acts only with Register.Echo.
func TestEcho(t *testing.T) {
	t.Parallel()
	v := nyVerden(t)
	v.register.Echo = true
	sent := &BoligInput{Faste: Faste{LeverandorBoligID: "FDV-1"}, Foranderlige: Foranderlige{Status: statusKlar}}
	for i, want := range []Event{BoligOpprettet, BoligEndret} {
		if _, err := v.utfor(Actor{System: "a"}, Command{Act: Opprett, Bolig: sent}); err != nil {
			t.Fatal(err)
		}
		err := v.db.Session("default").View(context.Background(), noon, func(tx *store.Tx) error {
			events, err := webhook.List(tx, webhook.Query{})
			if len(events) != i+1 || events[i].Type != string(want) {
				t.Errorf("events %+v, want %s last", events, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
