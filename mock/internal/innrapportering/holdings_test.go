package innrapportering

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sandkasse/mock/internal/catalog"
)

// modelled is a delivery as the simple model knows it.
type modelled struct {
	api, org  string
	year      int
	behandlet time.Time
	refused   bool
	id        string
	oppgaver  []modelledOppgave
	slett     []string // identities
}

type modelledOppgave struct{ identity, text string } // identity is empty for one that has none

// TestHoldings: what stands is what a simple model says, after any deliveries, at any time.
func TestHoldings(t *testing.T) {
	t.Parallel()
	db := temporary(t)
	known := &catalog.Catalog{}
	for _, name := range []string{"en", "to"} {
		api := smallAPI()
		api.Name, api.Felter.Oppgavegiver = name, pointer("/oppgavegiver")
		known.APIs = append(known.APIs, api)
	}
	rapid.Check(t, func(t *rapid.T) {
		w := newTestSession(db)
		var made []modelled
		t.Repeat(map[string]func(*rapid.T){
			"deliver": func(t *rapid.T) {
				m, body := drawDelivery(t)
				p := Processing{
					Control: rapid.SampledFrom([]Control{ControlFormat, ControlModulus, ControlStrict}).Draw(t,
						"control"),
					Delay: time.Duration(rapid.IntRange(0, 3).Draw(t, "delay")) * time.Minute,
				}
				f := w.deliver(t, p, known.ByName(m.api), m.org, m.year, []byte(body))
				m.id, m.behandlet, m.refused = f.ForsendelseID, w.now.Add(p.Delay), m.refused &&
					p.Control == ControlStrict
				made = append(made, m)
			},
			"wait": func(t *rapid.T) {
				w.now = w.now.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "seconds")) * time.Second)
			},
			"turn the clock back": func(t *rapid.T) { w.now = w.now.Add(-time.Minute) },
			"": func(t *rapid.T) {
				query := HoldingsQuery{
					Organisasjon: rapid.SampledFrom([]string{"", "", "319000003", "319000011", "31900"}).Draw(t, "org"),
					API:          rapid.SampledFrom([]string{"", "", "en", "to"}).Draw(t, "api"),
					Inntektsaar:  rapid.SampledFrom([]int{0, 0, 2023, 2024, 1999}).Draw(t, "year"),
				}
				if diff := cmp.Diff(model(made, query, w.now), shownHoldings(w.holdings(t, known, query))); diff != "" {
					t.Fatalf("%+v (-model +got):\n%s", query, diff)
				}
			},
		})
	})
}

// drawDelivery returns a delivery of a few oppgaver and sletteoppgaver out of few, so that they
// meet; refused where strict control will.
func drawDelivery(t *rapid.T) (m modelled, body string) {
	m = modelled{
		api:  rapid.SampledFrom([]string{"en", "to"}).Draw(t, "api"),
		org:  rapid.SampledFrom([]string{"319000003", "319000011"}).Draw(t, "org"),
		year: rapid.SampledFrom([]int{2023, 2024}).Draw(t, "year"),
	}
	ids := map[string]string{
		`"id": 1`: "1", `"id": "1"`: "1", `"id": 2, "del": "x"`: "2x", `"del":"x","id":2`: "2x",
		`"id": 2`: "2", `"annet": 1`: "",
	}
	id := rapid.SampledFrom([]string{
		`"id": 1`, `"id": "1"`, `"id": 2, "del": "x"`, `"del":"x","id":2`, `"id": 2`,
		`"annet": 1`,
	})
	var oppgaver, slett []string
	for i := range rapid.IntRange(0, 3).Draw(t, "oppgaver") {
		given := id.Draw(t, "id")
		text := fmt.Sprintf(`{ %s, "beloep": %d }`, given, i)
		oppgaver = append(oppgaver, text)
		m.oppgaver = append(m.oppgaver, modelledOppgave{ids[given], text})
		m.refused = m.refused || ids[given] != "" &&
			slices.ContainsFunc(m.oppgaver[:i], func(o modelledOppgave) bool { return o.identity == ids[given] })
	}
	for range rapid.IntRange(0, 2).Draw(t, "sletteoppgaver") {
		given := id.Draw(t, "id")
		slett = append(slett, "{"+given+"}")
		m.slett = append(m.slett, ids[given])
	}
	antall := rapid.SampledFrom([]int{len(oppgaver), len(oppgaver), 7}).Draw(t, "antall")
	m.refused = m.refused || antall == 7
	return m,
		fmt.Sprintf(`{"annet": [{"oppgave": [1]}], "slett": [%s], "oppgavegiver": "%s", "antall": %d, "oppgave": [%s]}`,
			strings.Join(slett, ","), m.org, antall, strings.Join(oppgaver, ", "))
}

// model goes through the deliveries in the plainest way. A line each: whose, and then each oppgave
// with where it comes from.
func model(made []modelled, query HoldingsQuery, now time.Time) []string {
	type line struct{ identity, text string }
	standing := map[string][]line{}
	for _, m := range made {
		if query.Organisasjon != "" && m.org != query.Organisasjon || query.API != "" && m.api != query.API ||
			query.Inntektsaar != 0 && m.year != query.Inntektsaar {
			continue
		}
		whose := fmt.Sprintf("%s %s %d", m.org, m.api, m.year)
		lines := standing[whose]
		if !m.refused && !m.behandlet.After(now) {
			for _, identity := range m.slett {
				lines = slices.DeleteFunc(lines, func(l line) bool { return identity != "" && l.identity == identity })
			}
			for _, o := range m.oppgaver {
				next := line{o.identity, m.id + " " + o.text}
				if at := slices.IndexFunc(lines, func(l line) bool {
					return o.identity != "" &&
						l.identity == o.identity
				}); at >= 0 {
					lines[at] = next
				} else {
					lines = append(lines, next)
				}
			}
		}
		standing[whose] = lines
	}
	all := []string{}
	for whose, lines := range standing {
		text := fmt.Sprintf("%s: %d", whose, len(lines))
		for _, l := range lines {
			text += "\n" + l.text
		}
		all = append(all, text)
	}
	slices.Sort(all)
	return all
}

// shownHoldings returns holdings as the model shows them, in the order in which they came.
func shownHoldings(list []Holding) []string {
	all := []string{}
	for _, h := range list {
		text := fmt.Sprintf("%s %s %d: %d", h.Organisasjon, h.API, h.Inntektsaar, h.Antall)
		for _, s := range h.Oppgaver {
			text += "\n" + s.ForsendelseID + " " + string(s.Oppgave)
		}
		all = append(all, text)
	}
	return all
}
