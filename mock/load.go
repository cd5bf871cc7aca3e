package mock

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"sandkasse/fixtures"
	"sandkasse/mock/internal/generation"
)

// Target is a running sandkasse that is stocked through its API, as a vendor and its case workers would do it.
type Target struct {
	URL      string       // of the server, or of a session of it: http://127.0.0.1:8080/_session/mine
	Client   *http.Client // http.DefaultClient when nil
	Org      string       // the municipality that the homes are stocked for; DefaultOrg when empty
	System   string       // the x-kobo-systemid; DefaultSystem when empty
	Parallel int          // so many calls at a time at the most, DefaultParallel when 0; with 1 the order is always the same
	Progress func(done, of int)
}

// What a Target has when nothing else is said.
const (
	DefaultOrg      = "313367002"
	DefaultSystem   = "fdvu-1"
	DefaultParallel = 8
)

// mostParallel bounds the calls at a time.
const mostParallel = 64

// Load makes homes or cases and posts them, each as it is made: kobobolig to the API, sak and husstand as new cases (K475). What Kobo calls each,
// its koboId or koboSaksreferanse, comes in the order of the documents. The error tells what is wrong with the request, or which call failed
// and how; what was posted before it stays.
func Load(ctx context.Context, g Generation, to Target) ([]string, error) {
	if !generation.IsHome(g.Kind) {
		return nil, argument(fmt.Errorf("what is loaded is kobobolig, sak or husstand, not %q; deliveries are the vendor's to post", g.Kind))
	}
	if _, err := fixtures.ParseOrganisasjonsnummer(to.Org); err == nil {
		g.Org = cmp.Or(g.Org, to.Org) // else the homes are another's
	}
	documents, err := Generate("", g)
	if err != nil {
		return nil, err
	}
	l, err := to.open(ctx)
	if err != nil {
		return nil, err
	}
	name := func(n int) string { return fmt.Sprintf("loaded-%d", n) }
	of := max(g.Count, 1)
	calls := func(yield func(fixtures.Call, error) bool) {
		n := 0
		for document, err := range documents {
			var body bytes.Buffer
			if err == nil {
				_, err = document.WriteTo(&body)
			}
			call := fixtures.Call{Method: http.MethodPost, Path: "/_sandkasse/kobo/saker", Body: json.RawMessage(body.Bytes()), Keep: name(n), Member: "koboSaksreferanse"}
			switch g.Kind {
			case "kobobolig":
				call.Path, call.Member = "/kobo/kobobolig", "koboId"
			case "husstand":
				call.Body = map[string]any{"husstand": call.Body}
			}
			n++
			if !yield(call, err) {
				return
			}
		}
	}
	err = l.run(ctx, calls, of)
	var made []string
	for n := range of {
		if value, posted := l.kept[name(n)]; posted {
			made = append(made, value)
		}
	}
	return made, err
}

// Stocked is what a town was stocked with.
type Stocked struct {
	Homes, Cases, Calls int
	Org, System         string // whose the homes are
}

// LoadTown stocks a Kobo that is empty with a small town: 400 homes in all states and 120 cases, tenancies with their history among them. The
// day on which it is so is today, or where that is zero the server's own (K476). The error tells which call failed and how.
func LoadTown(ctx context.Context, seed uint64, today time.Time, to Target) (Stocked, error) {
	l, err := to.open(ctx)
	if err != nil {
		return Stocked{}, err
	}
	if today.IsZero() {
		var clock struct{ Now time.Time }
		if err := l.get(ctx, "/_sandkasse/clock", &clock); err != nil {
			return Stocked{}, err
		}
		today = clock.Now.UTC()
	}
	if err := l.empty(ctx); err != nil {
		return Stocked{}, err
	}
	town := fixtures.Town{Seed: seed, Today: fixtures.Date{Year: today.Year(), Month: int(today.Month()), Day: today.Day()}, Kommune: cmp.Or(to.Org, DefaultOrg)}
	plan, err := town.Plan(fixtures.SmallTownHomes, fixtures.SmallTownCases)
	if err != nil {
		return Stocked{}, err
	}
	calls := func(yield func(fixtures.Call, error) bool) {
		for _, call := range plan {
			if !yield(call, nil) {
				return
			}
		}
	}
	if err := l.run(ctx, calls, len(plan)); err != nil {
		return Stocked{}, err
	}
	return Stocked{fixtures.SmallTownHomes, fixtures.SmallTownCases, len(plan), l.Org, l.System}, nil
}
