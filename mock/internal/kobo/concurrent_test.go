package kobo

import (
	"cmp"
	"encoding/json"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/store"
	"sandkasse/schemas"
)

// kall is one act of one caller, and what came of it.
type kall struct {
	actor   Actor
	command Command
	done    Result
	err     error
	order   int64 // among all acts, in the order in which the store did them
}

// TestSamtidig: any acts by any number of callers at once, on a few homes and cases that they all
// want: every act is done whole or not at all, as if they had come one after the other, so none
// that was acknowledged is lost; every invariant holds at the end, in the store and in what GET
// shows, and in whatever is seen on the way.
func TestSamtidig(t *testing.T) {
	t.Parallel()
	schema, err := schema.Compile(schemas.Embedded(), "kobo/KoboboligTO.json")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		v, k := nyVerden(t), &trekk{modell: nyModell()}
		for range 2 {
			sak := v.nySak(t)
			k.saker, k.modell.saker[sak.Saksreferanse] = append(k.saker, sak.Saksreferanse), true
		}
		for _, vendorID := range []string{"1", "2"} {
			sent := &BoligInput{
				Faste: Faste{
					LeverandorBoligID: vendorID,
					Adresse:           Adresse{Gatenavn: "Prøvegata", Postnummer: "0155"},
				},
				Foranderlige: Foranderlige{Boligtype: "ORDINAR_BOLIG", Status: statusKlar},
			}
			a, act := Actor{Kommune: "313367002", System: "a"}, Command{Act: Opprett, Bolig: sent}
			done, err := v.utfor(a, act)
			k.follow(t, a, act, done, err)
			k.hjem = append(k.hjem, done.Bolig.KoboID)
		}
		callers := make([][]kall, rapid.IntRange(2, 6).Draw(t, "callers"))
		for i := range callers {
			callers[i] = make([]kall, rapid.IntRange(1, 10).Draw(t, "acts"))
			for n := range callers[i] {
				a := k.actor(t)
				callers[i][n] = kall{actor: a, command: k.command(t, a)}
			}
		}
		v.atOnce(t, callers, schema)

		all := slices.Concat(callers...)
		slices.SortFunc(all, func(a, b kall) int { return cmp.Compare(a.order, b.order) })
		messages := 0
		for _, c := range all {
			messages += k.follow(t, c.actor, c.command, c.done, c.err)
		}
		v.holds(t, schema, map[string][]json.RawMessage{})
		v.equals(t, k.modell, messages)
	})
}

// atOnce lets all callers act at the same time, and looks at the homes a few times meanwhile.
func (v *verden) atOnce(t *rapid.T, callers [][]kall, schema *schema.Schema) {
	var acting sync.WaitGroup
	defer acting.Wait() // also when an invariant does not hold
	var turns atomic.Int64
	start := make(chan struct{})
	for _, own := range callers {
		acting.Go(func() {
			<-start
			for n := range own {
				c := &own[n]
				m := v.env()
				c.err = v.db.Session("default").Update(m.Now, func(tx *store.Tx) (err error) {
					c.order = turns.Add(1)
					c.done, err = v.register.Execute(tx, m, c.actor, c.command)
					return err
				})
			}
		})
	}
	close(start)
	former := map[string][]json.RawMessage{}
	for range 3 {
		v.holds(t, schema, former)
	}
}
