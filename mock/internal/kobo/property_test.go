package kobo

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/webhook"
	"sandkasse/mock/internal/wire"
	"sandkasse/schemas"
)

var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// verden is a Kobo on a store of its own.
type verden struct {
	db       *store.DB
	register Register
	mu       sync.Mutex
	calls    int64
	fitted   map[string]string // by koboId, the home as it was last shown and fitted the schema
}

func nyVerden(t interface {
	Fatal(...any)
	Cleanup(func())
},
) *verden {
	db, err := store.OpenTemporary()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return &verden{db: db, fitted: map[string]string{}}
}

func (v *verden) env() Env {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.calls++
	return Env{Now: noon, IDs: wire.NewIDs(0, 1, "test", v.calls)}
}

func (v *verden) utfor(a Actor, h Command) (done Result, err error) {
	m := v.env()
	err = v.db.Session("default").Update(m.Now, func(tx *store.Tx) (err error) {
		done, err = v.register.Execute(tx, m, a, h)
		return err
	})
	return done, err
}

func (v *verden) nySak(t interface{ Fatal(...any) }) (sak Sak) {
	m := v.env()
	err := v.db.Session("default").Update(m.Now, func(tx *store.Tx) (err error) {
		sak, err = NewSak(tx, m, husstanden())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sak
}

func husstanden() Husstand {
	return Husstand{Beboere: []Beboer{{
		Personidentifikator: "01810112345",
		Adresse:             Adresse{Gatenavn: "Prøvegata", Husnummer: 3, Postnummer: "0155"},
	}}}
}

// trekk draws acts over a few homes, cases and systems.
type trekk struct {
	*modell
	saker []string // in order
	hjem  []string
}

func (k *trekk) actor(t *rapid.T) Actor {
	return rapid.SampledFrom([]Actor{
		{Kommune: "313367002", System: "a"},
		{Kommune: "313367002", System: "a"},
		{Kommune: "313367002", System: "b"},
		{Kommune: "319000011", System: "a"},
		{CaseWorker: true},
		{CaseWorker: true},
	}).Draw(t, "actor")
}

func (k *trekk) command(t *rapid.T, a Actor) Command {
	acts := []Act{
		Opprett, Endre, Reserver, FjernReservasjon, Tildel, FjernTildeling, LeiUt, LeiUtNySak,
		EndreLeieforhold, SiOpp, EndreOppsigelse,
		OpphevOppsigelse, Avslutt, Slett,
	}
	if a.CaseWorker {
		acts = acts[1:]
	}
	h := Command{
		Act:           rapid.SampledFrom(acts).Draw(t, "act"),
		KoboID:        rapid.SampledFrom(append(k.hjem, "0193b5cd-cbce-7dbd-b188-1437db673767")).Draw(t, "hjem"),
		Saksreferanse: rapid.SampledFrom(append(k.saker, "0193b5cd-cbce-7dbd-b188-1437db673767")).Draw(t, "sak"),
	}
	annen := "14 dager"
	switch h.Act {
	case Opprett, Endre:
		sent := BoligInput{Faste: Faste{LeverandorBoligID: rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t,
			"vendorId")}}
		// of all homes, as a rule: their ids alone tell them apart
		sent.Faste.Adresse = Adresse{Gatenavn: "Prøvegata", Postnummer: "0155"}
		if rapid.IntRange(0, 9).Draw(t, "elsewhere") == 0 {
			sent.Faste.Adresse.Gatenavn = "Andregata"
		}
		if enhet := rapid.SampledFrom([]string{"", "", "H0101", "H0201"}).Draw(t, "enhet"); enhet != "" {
			sent.Faste.Bruksenhetsnummer = &enhet
		}
		sent.Foranderlige.Boligtype = "ORDINAR_BOLIG"
		sent.Foranderlige.Status = rapid.SampledFrom([]string{
			"KLAR_FOR_INNFLYTTING", "VEDLIKEHOLD", "UTLEID",
			"IKKE_TILGJENGELIG",
		}).Draw(t, "status")
		h.Bolig = &sent
		if home := k.modell.hjem[h.KoboID]; h.Act == Endre && home != nil && rapid.IntRange(0, 4).Draw(t, "same") > 0 {
			sent.Faste.LeverandorBoligID = home.vendorID
		}
		if h.Act == Opprett {
			h.KoboID, h.Saksreferanse = "", ""
		}
	case LeiUtNySak:
		h.Saksreferanse = ""
		household := husstanden()
		h.Husstand = &household
	case SiOpp, EndreOppsigelse:
		h.Oppsigelse = &Oppsigelse{
			OppsagtAktor: "UTLEIER", Oppsigelsestid: "ANNET", AnnenOppsigelsestid: &annen,
			OppsigelseMottattDato: "2026-03-01",
			OppsagtFraDato:        "2026-03-02", PlanlagtUtflyttingsdato: "2026-03-16",
		}
	case Avslutt:
		h.Avslutning = &Avslutning{
			Utflyttetdato: "2026-03-16", Avslutningsgrunn: "ANNET",
			Boligstatus: rapid.SampledFrom([]string{"KLAR_FOR_INNFLYTTING", "VEDLIKEHOLD"}).Draw(t, "boligstatus"),
		}
	}
	if slices.Contains([]Act{LeiUt, LeiUtNySak, EndreLeieforhold}, h.Act) {
		h.Kontrakt = &Kontrakt{KontraktStartdato: "2026-03-01", ErTidsubegrenset: true}
	}
	return h
}

// TestModell: any sequence of acts by several systems and the case worker is answered as the model
// says, leaves the homes as the model has them, and keeps every invariant of docs/sources/kobo.md
// 3.1, in the store and in what GET shows.
func TestModell(t *testing.T) {
	t.Parallel()
	schema, err := schema.Compile(schemas.Embedded(), "kobo/KoboboligTO.json")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		v, k := nyVerden(t), &trekk{modell: nyModell()}
		for range 3 {
			sak := v.nySak(t)
			k.saker, k.modell.saker[sak.Saksreferanse] = append(k.saker, sak.Saksreferanse), true
		}
		former := map[string][]json.RawMessage{}
		messages := 0
		for range rapid.IntRange(10, 80).Draw(t, "acts") {
			a := k.actor(t)
			act := k.command(t, a)
			// what is refused leads nowhere
			for n := rapid.IntRange(0, 8).Draw(t, "again"); n > 0 && k.wrong(a, act) != ""; n-- {
				a = k.actor(t)
				act = k.command(t, a)
			}
			done, err := v.utfor(a, act)
			messages += k.follow(t, a, act, done, err)
			k.hjem = slices.Sorted(maps.Keys(k.modell.hjem))
			k.saker = slices.Sorted(maps.Keys(k.modell.saker))
			v.holds(t, schema, former)
			v.equals(t, k.modell, messages)
		}
	})
}

// follow checks what came of an act against the model and has the model do it too; messages is how
// many it must have made.
func (m *modell) follow(t fataler, a Actor, act Command, done Result, err error) (messages int) {
	want := m.wrong(a, act)
	var f *feil.Feil
	switch {
	case err != nil && !errors.As(err, &f):
		t.Fatalf("%v", err)
	case f != nil && f.Offence != want, f == nil && want != "":
		t.Fatalf("%+v %+v: told %v, want %q", a, act, err, want)
	case want != "":
		return 0
	}
	changed := m.do(a, act, done.Bolig)
	if changed != done.Changed {
		t.Fatalf("%+v %+v: changed is %v, want %v", a, act, done.Changed, changed)
	}
	if changed && a.CaseWorker {
		return 1
	}
	return 0
}

// equals compares what is stored with the model.
func (v *verden) equals(t *rapid.T, m *modell, messages int) {
	err := v.db.Session("default").View(context.Background(), noon, func(tx *store.Tx) error {
		homes := 0
		for entry, err := range boliger.All(tx, "") {
			if err != nil {
				return err
			}
			homes++
			b := entry.Value
			got := hjem{
				eier: Actor{Kommune: b.Kommune, System: b.System}, vendorID: b.Faste.LeverandorBoligID,
				sted: place(b.Faste), slettet: b.Slettet,
				status: b.Foranderlige.Status,
			}
			for _, r := range b.Reservasjoner {
				got.reservert = append(got.reservert, r.KoboSaksreferanse)
			}
			if b.Tildeling != nil {
				got.tildelt = b.Tildeling.KoboSaksreferanse
			}
			if b.Leieforhold != nil {
				got.leietSak, got.sagtOpp = b.Leieforhold.KoboSaksreferanse, b.Leieforhold.Oppsigelse != nil
			}
			for _, l := range b.TidligereLeieforhold {
				got.tidligere = append(got.tidligere, l.KoboSaksreferanse)
			}
			want := m.hjem[b.KoboID]
			if want == nil {
				t.Fatalf("the home %s should not be there", b.KoboID)
			}
			if len(want.reservert) == 0 {
				want.reservert = nil
			}
			if diff := cmp.Diff(*want, got, cmp.AllowUnexported(hjem{}, sted{})); diff != "" {
				t.Fatalf("%s (-want +got):\n%s", b.KoboID, diff)
			}
		}
		if homes != len(m.hjem) {
			t.Fatalf("%d homes, want %d", homes, len(m.hjem))
		}
		all, err := Cases(tx)
		if err == nil && len(all) != len(m.saker) {
			t.Fatalf("%d cases, want %d", len(all), len(m.saker))
		}
		if err != nil {
			return err
		}
		sent, err := webhook.List(tx, webhook.Query{})
		if len(sent) != messages {
			t.Fatalf("%d messages, want %d: one for each change by the case worker, none for a system's own", len(sent),
				messages)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
