package mock

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"sandkasse/fixtures/homes"
	"sandkasse/fixtures/ident"
	"sandkasse/mock/internal/document"
	"sandkasse/mock/internal/generation"
)

// Target is a running sandkasse that is stocked through its APIs, as vendors and case workers would
// do it.
type Target struct {
	URL    string       // of the server, or of a session of it: http://127.0.0.1:8080/_session/mine
	Client *http.Client // http.DefaultClient when nil
	Org    string       // the municipality that the homes are stocked for; DefaultOrg when empty
	System string       // the x-kobo-systemid; DefaultSystem when empty
	APIs   string       // the folder that adds APIs, as the server has it, for deliveries to them; empty for none
	// so many calls at a time at the most, DefaultParallel when 0; with 1 the order is always the
	// same
	Parallel int
	Progress func(done, of int)
}

// What a Target has when nothing else is said.
const (
	DefaultOrg      = "313367002"
	DefaultSystem   = generation.DefaultSystem
	DefaultParallel = 8
)

// mostParallel bounds the calls at a time.
const mostParallel = 64

// Load makes documents and posts them, each as it is made: deliveries to their API, each by its
// oppgavegiver; kobobolig to Kobo; sak and husstand as new cases (K475). It returns what the
// answers call them, in the order of the documents: the forsendelseId, koboId or koboSaksreferanse.
// The same request loaded again is answered as the first time, but for cases, which are new ones:
// the idempotencyKeys and the homes' ids follow from the seed. The error tells what is wrong with
// the request, or which document failed and how it was answered; what was posted before it stays.
func Load(ctx context.Context, g Generation, to Target) ([]string, error) {
	if generation.IsHome(g.Kind) && nineDigits(to.Org) {
		g.Org = cmp.Or(g.Org, to.Org) // else the homes are another's
	}
	known, err := loadCatalog(to.APIs)
	if err != nil {
		return nil, err
	}
	documents, err := generation.Documents(known, g)
	if err != nil {
		return nil, requestError(err)
	}
	var sending generation.Sending
	if !generation.IsHome(g.Kind) {
		if sending, err = generation.SendingOf(known, g); err != nil {
			return nil, requestError(err)
		}
	}
	l, err := to.open(ctx)
	if err != nil {
		return nil, err
	}
	name := func(n int) string { return fmt.Sprintf("loaded-%d", n) }
	of := max(g.Count, 1)
	posts := func(yield func(post, error) bool) {
		n := 0
		for made, err := range documents {
			var body bytes.Buffer
			if err == nil {
				_, err = made.WriteTo(&body)
			}
			p := post{Call: homes.Call{
				Method: http.MethodPost, Path: "/_sandkasse/kobo/saker", Body: json.RawMessage(body.Bytes()),
				Member: "koboSaksreferanse",
			}}
			switch g.Kind {
			case "kobobolig":
				p.Path, p.Member = "/kobo/kobobolig", "koboId"
			case "sak":
			case "husstand":
				p.Body = map[string]any{"husstand": p.Body}
			default:
				p = deliveryPost(sending, g.Seed, n, body.Bytes())
			}
			p.Keep = name(n)
			n++
			if !yield(p, err) {
				return
			}
		}
	}
	err = l.run(ctx, posts, "document", of)
	var made []string
	for n := range of {
		if value, posted := l.kept[name(n)]; posted {
			made = append(made, value)
		}
	}
	return made, err
}

// deliveryPost is how document n of a seed is posted.
func deliveryPost(s generation.Sending, seed uint64, n int, body []byte) post {
	headers := maps.Clone(s.Headers)
	headers["idempotencyKey"] = document.Key(seed, fmt.Sprintf("load %s %d", s.API, n), body)
	return post{
		Call: homes.Call{
			Method: http.MethodPost, Path: s.Path, Headers: headers, Body: json.RawMessage(body),
			Member: s.Member,
		},
		api: s.API, org: s.Org(body),
	}
}

// nineDigits reports whether a text can be an organisasjonsnummer, its control digit aside.
func nineDigits(text string) bool {
	return len(text) == 9 && strings.Trim(text, "0123456789") == ""
}

// Stocked is what a town was stocked with.
type Stocked struct {
	Homes, Cases, Calls int
	Org, System         string // whose the homes are
}

// LoadTown stocks a Kobo that is empty with a small town: 400 homes in all states and 120 cases,
// tenancies with their history among them. The day on which it is so is today, or where that is
// zero the server's own (K476). The error tells which call failed and how.
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
	town := homes.Town{
		Seed: seed, Today: ident.Date{Year: today.Year(), Month: int(today.Month()), Day: today.Day()},
		Kommune: cmp.Or(to.Org, DefaultOrg),
	}
	plan, err := town.Plan(homes.SmallTownHomes, homes.SmallTownCases)
	if err != nil {
		return Stocked{}, err
	}
	posts := func(yield func(post, error) bool) {
		for _, call := range plan {
			if !yield(post{Call: call}, nil) {
				return
			}
		}
	}
	if err := l.run(ctx, posts, "call", len(plan)); err != nil {
		return Stocked{}, err
	}
	return Stocked{homes.SmallTownHomes, homes.SmallTownCases, len(plan), l.Org, l.System}, nil
}
