package kobo

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"sandkasse/mock/internal/plainjson"
	"sandkasse/mock/internal/schema"
	"sandkasse/mock/internal/store"
)

type fataler interface{ Fatalf(string, ...any) }

// holds checks the invariants of docs/sources/kobo.md 3.1 that can be seen at any moment. former is
// what was shown of former tenancies before, by home. I7, I9 and I10 are about what an act needs
// and does, which the model knows.
func (v *verden) holds(t fataler, compiled *schema.Schema, former map[string][]json.RawMessage) {
	err := v.db.Session("default").View(context.Background(), noon, func(tx *store.Tx) error {
		reserved, assigned := map[string]bool{}, map[string]string{}
		for entry, err := range boliger.All(tx, "") {
			if err != nil {
				return err
			}
			b := entry.Value
			shown, err := b.Render(tx, noon)
			if err != nil {
				return err
			}
			text := plainjson.MustMarshal(shown)
			if v.fitted[b.KoboID] != string(text) {
				document, err := schema.Decode(text)
				if err != nil {
					return err
				}
				for _, avvik := range compiled.Validate(document) {
					t.Fatalf("%s is shown as %s: %+v", b.KoboID, text, avvik)
				}
				v.fitted[b.KoboID] = string(text)
			}
			v.linksHold(t, tx, b, shown, reserved, assigned)
			v.tenanciesHold(t, shown, former)
		}
		for entry, err := range reserverte.All(tx, "") { // I1, the index
			if err != nil || !reserved[entry.Key] {
				t.Fatalf("the reservation %s is of no home: %v", entry.Key, err)
			}
			delete(reserved, entry.Key)
		}
		for entry, err := range tildelte.All(tx, "") { // I2, the index
			if err != nil || assigned[entry.Key] != entry.Value {
				t.Fatalf("the assignment of %s to %s is of no home: %v", entry.Key, entry.Value, err)
			}
			delete(assigned, entry.Key)
		}
		if len(reserved)+len(assigned) > 0 {
			t.Fatalf("not in the indexes: %v %v", reserved, assigned)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%v", err)
	}
}

// linksHold: I1, I2, I4, I8, and that a deleted home has no links.
func (v *verden) linksHold(t fataler, tx *store.Tx, b Bolig, shown KoboboligTO, reserved map[string]bool,
	assigned map[string]string,
) {
	cases := []string{}
	for _, r := range shown.Reservasjoner {
		if reserved[r.KoboSaksreferanse+"/"+b.KoboID] {
			t.Fatalf("I1: %s is reserved twice for %s", b.KoboID, r.KoboSaksreferanse)
		}
		reserved[r.KoboSaksreferanse+"/"+b.KoboID] = true
		cases = append(cases, r.KoboSaksreferanse)
	}
	if shown.Tildeling != nil {
		sak := shown.Tildeling.KoboSaksreferanse
		if other, twice := assigned[sak]; twice {
			t.Fatalf("I2: %s is assigned %s and %s", sak, other, b.KoboID)
		}
		assigned[sak] = b.KoboID
		cases = append(cases, sak)
	}
	if shown.Leieforhold != nil {
		cases = append(cases, shown.Leieforhold.KoboSaksreferanse)
	}
	for _, sak := range cases {
		if _, found, err := FindSak(tx, sak); err != nil || !found {
			t.Fatalf("I4: there is no case %s: %v", sak, err)
		}
	}
	many := shown.Leieforhold == nil && shown.Tildeling == nil && len(shown.Reservasjoner) > 1
	if (shown.Husstand != nil) != (len(cases) > 0 && !many) {
		t.Fatalf("I8: the household is %v with the cases %v", shown.Husstand, cases)
	}
	if b.Slettet && len(cases) > 0 {
		t.Fatalf("the deleted home %s is linked to %v", b.KoboID, cases)
	}
}

// tenanciesHold: I3, I5, I6.
func (v *verden) tenanciesHold(t fataler, shown KoboboligTO, former map[string][]json.RawMessage) {
	all := shown.TidligereLeieforhold
	if shown.Leieforhold != nil {
		all = append(slices.Clone(all), *shown.Leieforhold)
		if shown.Leieforhold.Avsluttetdato != nil || shown.Leieforhold.Utflyttetdato != nil {
			t.Fatalf("I3: the tenancy is running and over: %+v", *shown.Leieforhold)
		}
	}
	for _, l := range all {
		set := 0
		for _, field := range []*string{
			l.OppsagtAktor, l.Oppsigelsestid, l.OppsigelseMottattDato, l.OppsagtFraDato,
			l.PlanlagtUtflyttingsdato,
		} {
			if field != nil {
				set++
			}
		}
		if other := l.AnnenOppsigelsestid != nil; set != 0 && set != 5 ||
			other != (set == 5 && *l.Oppsigelsestid == "ANNET") {
			t.Fatalf("I5: the notice is half there: %+v", l)
		}
	}
	before := former[shown.KoboID]
	now := []json.RawMessage{}
	for _, l := range shown.TidligereLeieforhold {
		now = append(now, plainjson.MustMarshal(l))
	}
	if len(now) < len(before) || fmt.Sprintf("%s", now[:len(before)]) != fmt.Sprintf("%s", before) {
		t.Fatalf("I6: former tenancies were %s and are %s", before, now)
	}
	former[shown.KoboID] = now
}
