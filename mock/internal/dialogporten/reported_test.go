package dialogporten

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"testing"
	"time"

	"sandkasse/mock/internal/address"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/innrapportering"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/token"
	"sandkasse/mock/internal/wire"
)

var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// The collections that reporting writes.
var (
	dialoger     = store.NewCollection[innrapportering.Dialog]("dialog")
	forsendelser = store.NewCollection[innrapportering.Forsendelse]("forsendelse")
	dialogIDs    = store.NewBlobs("dialogId")
	inDialog     = store.NewBlobs("dialog")
	subjects     = store.NewBlobs("forsendelse")
)

// reported is a store and what was reported into it.
type reported struct {
	t     testing.TB
	db    *store.DB
	api   *catalog.API
	ids   *wire.IDs
	given map[string][]innrapportering.Forsendelse // by dialogId
	dlg   map[string]innrapportering.Dialog        // by key
	delay time.Duration                            // from a delivery to its feedback
}

func apis() *catalog.Catalog {
	routes := []*catalog.Route{
		{Behaviour: "innsending", Paths: []string{"/v1/{inntektsaar}"}},
		{
			Behaviour: "dokument",
			Paths:     []string{"/v1/{inntektsaar}/forsendelser/{forsendelseId}/dokumenter/{dokumentId}"},
		},
	}
	return &catalog.Catalog{APIs: []*catalog.API{
		{
			Name: "bsu", Label: "innrapporteringbsu", Title: "Boligsparing for ungdom",
			Resource: "ske-innrapportering-boligsparing-ungdom", Routes: routes,
		},
		{
			Name: "gaver", Label: "innrapporteringgaver", Title: "Gaver til frivillige",
			Resource: "ske-innrapportering-gaver", Routes: routes,
		},
	}}
}

func newReported(t testing.TB) *reported {
	t.Helper()
	db, err := store.OpenTemporary()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return &reported{
		t: t, db: db, api: &catalog.API{Name: "dialogporten", Label: "dialogporten"},
		ids:   wire.DerivedIDs("world"),
		given: map[string][]innrapportering.Forsendelse{}, dlg: map[string]innrapportering.Dialog{},
	}
}

// delivery is one to be reported.
type delivery struct {
	org, api string
	year     int
	at       time.Time
}

// deliver reports deliveries, as innrapportering would.
func (w *reported) deliver(all ...delivery) {
	err := w.db.Session("s").Update(noon, func(tx *store.Tx) error {
		for _, one := range all {
			if err := w.put(tx, one); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *reported) put(tx *store.Tx, one delivery) error {
	key := fmt.Sprintf("%s/%s/%d", one.org, one.api, one.year)
	d, known := w.dlg[key]
	if !known {
		d = innrapportering.Dialog{
			DialogID: w.ids.V7(one.at).String(), API: one.api, Inntektsaar: one.year,
			Organisasjon: one.org, Opprettet: one.at,
		}
	}
	d.Oppdatert = one.at
	d.Antall++
	f := innrapportering.Forsendelse{
		ForsendelseID: w.ids.V7(one.at).String(), DialogID: d.DialogID, API: one.api, Inntektsaar: one.year,
		Oppgavegiver: one.org,
		Innsender:    one.org, Mottatt: one.at, Behandlet: one.at.Add(w.delay), Leveransestatus: "godkjent",
		TilbakemeldingID: w.ids.V7(one.at.Add(w.delay)).String(),
	}
	f.Dokumenter = []innrapportering.Dokument{{
		DokumentID: f.ForsendelseID, Navn: "Innsending.json",
		ContentType: "application/json",
	}}
	f.Tilbakemelding = []innrapportering.Dokument{
		{DokumentID: f.TilbakemeldingID, Navn: "Tilbakemelding.json", ContentType: "application/json"},
	}
	w.dlg[key] = d
	w.given[d.DialogID] = append(w.given[d.DialogID], f)
	for _, err := range []error{
		dialoger.Put(tx, d.DialogID+"/dialog", d),
		dialogIDs.Put(tx, key, []byte(d.DialogID)), forsendelser.Put(tx, f.ForsendelseID, f),
		inDialog.Put(tx, d.DialogID+"/0"+f.ForsendelseID, []byte(f.ForsendelseID)),
		subjects.Put(tx, f.TilbakemeldingID+"/subject", []byte(f.ForsendelseID)),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *reported) delegate(from, to string) {
	err := w.db.Session("s").Update(noon, func(tx *store.Tx) error {
		return innrapportering.Delegate(tx, innrapportering.Delegation{From: from, To: to})
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// request returns a call by the system user of an organisation.
func (w *reported) request(org string, now time.Time, query url.Values, params map[string]string) *wire.Request {
	return &wire.Request{
		API: w.api, Now: now, Query: query, Params: params,
		Auth: token.Strict, Address: address.Address{Root: "http://sandkasse.test"},
		Base: "http://sandkasse.test/dialogporten",
		Principal: token.Principal{Org: org, SystemUserID: wire.DerivedIDs(org).V4().String(), SystemID: org +
			"_system"},
	}
}

// ask returns the decoded answer of a behaviour to a caller.
func (w *reported) ask(behaviour, org string, now time.Time, query url.Values, params map[string]string,
	into any,
) (wire.Response, error) {
	r := w.request(org, now, query, params)
	var response wire.Response
	part := Behaviours(apis())[behaviour]
	do := func(tx *store.Tx) (err error) {
		response, err = part.Do(tx, r)
		return err
	}
	err := w.db.Session("s").View(context.Background(), now, do)
	if part.Writes && errors.Is(err, store.ErrReadOnly) {
		err = w.db.Session("s").Update(now, do)
	}
	if err == nil && into != nil {
		if err := json.Unmarshal(response.Document, into); err != nil {
			w.t.Fatalf("%v: %s", err, response.Document)
		}
	}
	return response, err
}
