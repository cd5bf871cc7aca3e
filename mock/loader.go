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
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/document"
	"sandkasse/mock/internal/generation"
)

// Loader fills a running sandkasse with test data, by calls to its APIs as vendors and case workers make them. URL is
// required.
type Loader struct {
	URL          string             // of a server, or of a session: http://127.0.0.1:8080/_session/mine
	Client       *http.Client       // nil: http.DefaultClient
	Catalog      *Catalog           // with the APIs of the server; nil: the built-in ones
	Municipality string             // organisation number of the owner of homes; empty: DefaultMunicipality
	System       string             // x-kobo-systemid of calls to Kobo; empty: DefaultSystem
	Parallel     int                // calls at a time, 1 to 64; 0: DefaultParallel. With 1 the order is always the same
	Progress     func(done, of int) // called after each call, not at the same time by two goroutines; nil: nothing
}

// Defaults of a Loader. DefaultSystem is fdvu-1.
const (
	DefaultMunicipality = "313367002"
	DefaultSystem       = generation.DefaultSystem
	DefaultParallel     = 8
)

// maxParallel limits the calls at a time.
const maxParallel = 64

// Load generates documents, as Catalog.Generate does, and sends each to the server as it is made: deliveries to their
// API, each by its oppgavegiver; kobobolig to Kobo; sak and husstand as new cases (K475). It returns the ids that the
// server gives them, in the order of the documents: forsendelseId, koboId or koboSaksreferanse.
//
// To load the same again gets the same answers, since idempotencyKeys and ids of homes follow from the seed; but cases
// are made anew. The error is an *ArgumentError for invalid options, else it says which document failed and how
// it was answered; what was sent before it stays.
func (to Loader) Load(ctx context.Context, o GenerateOptions) ([]string, error) {
	if generation.IsHome(o.Kind) && isNineDigits(to.Municipality) {
		o.Org = cmp.Or(o.Org, to.Municipality) // whose homes Kobo accepts with the token
	}
	known, err := to.catalog()
	if err != nil {
		return nil, err
	}
	request := o.request("")
	documents, err := generation.Documents(known, request)
	if err != nil {
		return nil, public(err)
	}
	var sending generation.Sending
	if !generation.IsHome(o.Kind) {
		if sending, err = generation.SendingOf(known, request); err != nil {
			return nil, public(err)
		}
	}
	l, err := to.begin(ctx)
	if err != nil {
		return nil, err
	}
	name := func(n int) string { return fmt.Sprintf("loaded-%d", n) }
	of := max(o.Count, 1)
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
			switch o.Kind {
			case "kobobolig":
				p.Path, p.Member = "/kobo/kobobolig", "koboId"
			case "sak":
			case "husstand":
				p.Body = map[string]any{"husstand": p.Body}
			default:
				p = deliveryPost(sending, o.Seed, n, body.Bytes())
			}
			p.Keep = name(n)
			n++
			if !yield(p, err) {
				return
			}
		}
	}
	err = l.run(ctx, posts, "document", of)
	var ids []string
	for n := range of {
		if id, made := l.kept[name(n)]; made {
			ids = append(ids, id)
		}
	}
	return ids, err
}

// catalog returns the APIs of the server.
func (to Loader) catalog() (*catalog.Catalog, error) {
	if to.Catalog != nil {
		return to.Catalog.known, nil
	}
	return loadCatalog(nil)
}

// deliveryPost returns the call that delivers document n of a seed.
func deliveryPost(s generation.Sending, seed uint64, n int, body []byte) post {
	headers := maps.Clone(s.Headers)
	headers["idempotencyKey"] = document.Key(seed, fmt.Sprintf("load %s %d", s.API, n), body)
	return post{
		Call: homes.Call{
			Method: http.MethodPost, Path: s.Path, Headers: headers, Body: json.RawMessage(body), Member: s.Member,
		},
		api: s.API, org: s.Org(body),
	}
}

// isNineDigits reports whether a text can be an organisation number, apart from its check digit.
func isNineDigits(text string) bool {
	return len(text) == 9 && strings.Trim(text, "0123456789") == ""
}

// TownOptions are the settings of Loader.LoadTown.
type TownOptions struct {
	Seed  uint64    // another town for each seed
	Today time.Time // day for which the town is made; zero: that of the server
}

// Town counts what LoadTown has loaded, and says for whom.
type Town struct {
	Homes, Cases, Calls  int
	Municipality, System string // whose the homes are
}

// LoadTown fills a Kobo without homes with a small town: 400 homes in all states and 120 cases, among them tenancies
// with their history (K476). The error is an *ArgumentError for an invalid Loader, else it says that there are
// homes already, or which call failed and how it was answered.
func (to Loader) LoadTown(ctx context.Context, o TownOptions) (Town, error) {
	l, err := to.begin(ctx)
	if err != nil {
		return Town{}, err
	}
	today := o.Today
	if today.IsZero() {
		var clock struct{ Now time.Time }
		if err := l.get(ctx, "/_sandkasse/clock", &clock); err != nil {
			return Town{}, err
		}
		today = clock.Now.UTC()
	}
	if err := l.checkEmpty(ctx); err != nil {
		return Town{}, err
	}
	day := ident.Date{Year: today.Year(), Month: int(today.Month()), Day: today.Day()}
	town := homes.Town{Seed: o.Seed, Today: day, Kommune: l.Municipality}
	plan, err := town.Plan(homes.SmallTownHomes, homes.SmallTownCases)
	if err != nil {
		return Town{}, err
	}
	posts := func(yield func(post, error) bool) {
		for _, call := range plan {
			if !yield(post{Call: call}, nil) {
				return
			}
		}
	}
	if err := l.run(ctx, posts, "call", len(plan)); err != nil {
		return Town{}, err
	}
	return Town{homes.SmallTownHomes, homes.SmallTownCases, len(plan), l.Municipality, l.System}, nil
}
