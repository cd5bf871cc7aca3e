package generation

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sandkasse/fixtures/delivery"
	"sandkasse/mock"
	"sandkasse/mock/internal/testkit"
)

// posted orders test data, and returns the answer.
func posted(s *mock.Server, kind, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/_sandkasse/generate/"+kind, strings.NewReader(body)))
	return w
}

// TestGenerateOverHTTP gives what the Go function gives, one document a line.
func TestGenerateOverHTTP(t *testing.T) {
	t.Parallel()
	s := strictServer(t, testkit.OwnAPI(t))
	for _, c := range []struct {
		kind, body string
		want       mock.GenerateOptions
	}{
		{"bsu", ``, mock.GenerateOptions{Oppgaver: 10}},
		{
			"bsu", `{"count": 3, "oppgaver": 2, "year": 2022, "seed": 7, "org": "319000011"}`,
			mock.GenerateOptions{Count: 3, Oppgaver: 2, Year: 2022, Seed: 7, Org: "319000011"},
		},
		{"honning", `{"count": 2, "oppgaver": 0}`, mock.GenerateOptions{Count: 2}},
		{"kobobolig", `{"count": 4, "today": "2026-05-17"}`, mock.GenerateOptions{Count: 4, Today: "2026-05-17"}},
		{"husstand", `{"broken": false}`, mock.GenerateOptions{}},
	} {
		answer := posted(s, c.kind, c.body)
		c.want.Kind = c.kind
		if got := answer.Header().Get("Content-Type"); answer.Code != http.StatusOK || got != "application/x-ndjson" {
			t.Errorf("%s %s: %d, %s", c.kind, c.body, answer.Code, got)
		}
		if diff := cmp.Diff(strings.Join(generated(t, s, c.want), ""), answer.Body.String()); diff != "" {
			t.Errorf("%s %s: %s", c.kind, c.body, diff)
		}
	}
	if answer := asked(s, "/_sandkasse/generate"); answer.Code != http.StatusOK ||
		!strings.Contains(answer.Body.String(), `"husstand"`) || !strings.Contains(answer.Body.String(), `"honning"`) {
		t.Errorf("the kinds: %d %s", answer.Code, answer.Body)
	}
}

// TestGenerateBrokenOverHTTP gives each call with its document in it, one of them, or the names of
// the rules.
func TestGenerateBrokenOverHTTP(t *testing.T) {
	t.Parallel()
	s := strictServer(t, "")
	type line struct {
		File, Rule, Body string
		BodyBase64       []byte
		Expected         map[string]any
	}
	calls, err := s.Catalog().GenerateInvalid(mock.InvalidOptions{Kind: "gavertilfrivillige"})
	if err != nil {
		t.Fatal(err)
	}
	var lines []line
	decoder := json.NewDecoder(posted(s, "gavertilfrivillige", `{"broken": true}`).Body)
	for decoder.More() {
		var one line
		if err := decoder.Decode(&one); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, one)
	}
	if len(lines) != len(calls.Calls)+1 || lines[0].File != "valid.json" || lines[0].Body != string(calls.Valid) {
		t.Fatalf("%d lines for %d calls, the first of %s", len(lines), len(calls.Calls), lines[0].File)
	}
	for i, one := range lines[1:] {
		if body := one.Body + string(one.BodyBase64); one.Rule != calls.Calls[i].Rule ||
			body != string(calls.Calls[i].Body) || one.Expected == nil {
			t.Errorf("line %d is of %s, and has %.200q", i, one.Rule, body)
		}
	}
	got := posted(s, "gavertilfrivillige", `{"broken": "missing-token"}`).Body.String()
	if strings.Count(got, "\n") != 2 || !strings.Contains(got, `"rule":"missing-token"`) {
		t.Errorf("one rule: %s", got)
	}
	rules := posted(s, "kobo", `{"broken": "list"}`).Body.String()
	if !strings.Contains(rules, `"opprettLeieforhold/tenancy-exists"`) {
		t.Errorf("the rules of Kobo: %.500s", rules)
	}
}

// TestGenerateOverHTTPRefuses what is no order, and says what is.
func TestGenerateOverHTTPRefuses(t *testing.T) {
	t.Parallel()
	s := strictServer(t, "")
	for _, c := range []struct{ kind, body, want string }{
		{"bus", ``, `nothing of the kind "bus" can be generated; there are aandsverk`},
		{"bsu", `{"cuont": 1}`, `there is no member "cuont"; did you mean count?`},
		{"bsu", `[]`, "the body is no order for test data"},
		{"bsu", `{} {}`, "the body is no order for test data"},
		{"bsu", `{"count": 0}`, "the count is 0; it must be 1 to 1000000"},
		{"bsu", `{"count": 1000001}`, "the count is 1000001"},
		{"bsu", `{"oppgaver": 99999999}`, "99999999 oppgaver are asked for"},
		{"bsu", `{"seed": -1}`, "the body is no order for test data"},
		{"bsu", `{"oppgaver": -1}`, "oppgaver is -1; it must be a whole number from 0"},
		{"bsu", `{"oppgaver": "maks"}`, `"max" for as many as the API takes`},
		{"kobobolig", `{"oppgaver": 0}`, "oppgaver is for deliveries"},
		{"bsu", `{"today": "2024-12-31"}`, "today is for homes"},
		{"bsu", `{"system": "fdvu-1"}`, "system is for broken calls to Kobo"},
		{"kobobolig", `{"system": "fdvu-1", "broken": false}`, "system is for broken calls to Kobo"},
		{"bsu", `{"broken": ""}`, "broken is empty"},
		{"bsu", `{"broken": 3}`, "broken is 3"},
		{"bsu", `{"broken": true, "count": 2}`, "count and oppgaver are not for broken"},
		{"bsu", `{"broken": "required:/x"}`, "it has required:/leveranse"},
		{"sak", `{"broken": true}`, "sak is not sent to an API by itself"},
		{"bsu", `{"org": "` + strings.Repeat("1", 1<<15) + `"}`, "the body is no order for test data"},
	} {
		answer := posted(s, c.kind, c.body)
		if answer.Code != http.StatusBadRequest || !strings.Contains(answer.Header().Get("Sandkasse-Feil"), c.want) {
			t.Errorf("%s %.100s: %d %s", c.kind, c.body, answer.Code, answer.Header().Get("Sandkasse-Feil"))
		}
	}
}

// TestGenerateEndsWithItsCaller: a delivery of a million oppgaver is made as it is read, and no
// longer than somebody reads.
func TestGenerateEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	s := strictServer(t, "")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL("")+"/_sandkasse/generate/bsu",
		strings.NewReader(`{"count": 1000, "oppgaver": 1000000}`))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	begin := make([]byte, 1<<20)
	if _, err := io.ReadFull(answer.Body, begin); err != nil || !bytes.HasPrefix(begin, []byte(`{"leveranse":{`)) {
		t.Fatalf("%v: %.100s", err, begin)
	}
	cancel()
	answer.Body.Close()
	began := time.Now()
	if err := s.Close(); err != nil || time.Since(began) >= 5*time.Second { // it waits for calls in flight
		t.Errorf("the call goes on for %s: %v", time.Since(began), err)
	}
}

// TestLoad: homes and cases that are loaded are there, by what Kobo calls them, in the order in
// which they were made.
func TestLoad(t *testing.T) {
	t.Parallel()
	s := strictServer(t, "")
	to := mock.Loader{URL: s.URL(""), Client: s.Client()}
	for kind, path := range map[string]string{"kobobolig": "kobobolig", "sak": "saker", "husstand": "saker"} {
		reported := 0
		to.Progress = func(done, of int) { reported = max(reported, done) }
		g := mock.GenerateOptions{Kind: kind, Count: 20, Seed: 3}
		made, err := to.Load(t.Context(), g)
		if err != nil || len(made) != 20 || reported != 20 {
			t.Fatalf("%s: %d made, %d reported: %v", kind, len(made), reported, err)
		}
		for i, text := range generated(t, s, g) {
			var want struct {
				LeverandorBoligID string
				Husstand          struct {
					Beboere []struct{ Personidentifikator string }
				}
				Beboere []struct{ Personidentifikator string }
			}
			if err := json.Unmarshal([]byte(text), &want); err != nil {
				t.Fatal(err)
			}
			id := want.LeverandorBoligID
			for _, one := range append(want.Husstand.Beboere, want.Beboere...) {
				id = one.Personidentifikator
			}
			if answer := asked(s, "/_sandkasse/kobo/"+path+"/"+made[i]); answer.Code != http.StatusOK ||
				!strings.Contains(answer.Body.String(), id) {
				t.Errorf("%s %d: %d, no %s in %s", kind, i, answer.Code, id, answer.Body)
			}
		}
	}
}

// TestLoadDeliveries: deliveries to any API, one that was added too, are taken in the session that
// the address names, each by its oppgavegiver and reported by its forsendelseId. Loaded again they
// are the same deliveries; others of the same seed are others.
func TestLoadDeliveries(t *testing.T) {
	t.Parallel()
	dir := testkit.OwnAPI(t)
	s := strictServer(t, dir)
	for _, kind := range append(delivery.Kinds(), "honning") {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			name := "load-" + kind
			mine, err := s.Session(name)
			if err != nil {
				t.Fatal(err)
			}
			to := mock.Loader{
				URL: s.URL("") + "/_session/" + name, Client: s.Client(), Catalog: s.Catalog(), Parallel: 3,
			}
			g := mock.GenerateOptions{Kind: kind, Count: 5, Seed: 7, Oppgaver: 3, Year: 2023}
			made, err := to.Load(t.Context(), g)
			if err != nil || len(slices.Compact(slices.Sorted(slices.Values(made)))) != 5 {
				t.Fatalf("made %v: %v", made, err)
			}
			again, err := to.Load(t.Context(), g)
			if diff := cmp.Diff(made, again); diff != "" || err != nil {
				t.Errorf("loaded again: %v %s", err, diff)
			}
			g.Oppgaver, g.Org, g.Count = 0, "123456789", 2 // two that are the same, byte for byte
			others, err := to.Load(t.Context(), g)
			if err != nil || len(others) != 2 || others[0] == others[1] || slices.Contains(made, others[0]) {
				t.Errorf("others: %v, %v", others, err)
			}
			sent := map[string]string{} // by forsendelseId
			organisations := map[string]bool{}
			for _, call := range mine.Calls(mock.CallQuery{API: kind, Status: 200}) {
				var answer struct{ ForsendelseID string }
				if err := json.Unmarshal([]byte(call.Answer.Body), &answer); err != nil {
					t.Fatal(err)
				}
				sent[answer.ForsendelseID] = string(call.Request.Body)
				organisations[call.Organisation] = true
			}
			number := regexp.MustCompile(`[0-9]{11}`) // the journal masks who somebody is
			first := mock.GenerateOptions{Kind: kind, Count: 5, Seed: 7, Oppgaver: 3, Year: 2023}
			for n, want := range generated(t, s, first) {
				got := sent[made[n]]
				if len(got) != len(want) || !strings.HasPrefix(got, number.Split(want, 2)[0]) {
					t.Errorf("delivery %d was %s, and not %s", n, got, want)
				}
			}
			if len(sent) != 7 || len(organisations) < 2 || !organisations["123456789"] {
				t.Errorf("%d deliveries by %v", len(sent), organisations)
			}
			if others := s.Calls(mock.CallQuery{API: kind}); len(others) > 0 {
				t.Errorf("%d calls in another session", len(others))
			}
		})
	}
}

// TestLoadTells which document failed, and how it was answered; what came before it is returned
// too.
func TestLoadTells(t *testing.T) {
	t.Parallel()
	s := strictServer(t, "")
	g := mock.GenerateOptions{Kind: "bsu", Count: 5, Seed: 7, Oppgaver: 1}
	third := regexp.MustCompile(`"organisasjonsnummer":"([0-9]{9})"`).FindStringSubmatch(generated(t, s, g)[2])[1]
	if _, err := s.Play(mock.Play{Scenario: "GLD_017", Organisation: third}); err != nil {
		t.Fatal(err)
	}
	to := mock.Loader{URL: s.URL(""), Client: s.Client(), Parallel: 1}
	made, err := to.Load(t.Context(), g)
	if err == nil || len(made) != 2 || !strings.HasPrefix(err.Error(),
		`document 3 of 5: POST /innrapporteringbsu/v1/2024: the answer is 500 Internal Server Error: {"kode":"GLD_017"`) {
		t.Errorf("made %v: %v", made, err)
	}
	if to.Catalog, err = mock.LoadCatalog(mock.Dir(testkit.OwnAPI(t))); err != nil {
		t.Fatal(err)
	}
	if _, err := to.Load(t.Context(), mock.GenerateOptions{Kind: "honning", Count: 2}); err == nil ||
		!strings.Contains(err.Error(), `document 1 of 2: GET /_sandkasse/token`) ||
		!strings.Contains(err.Error(), `there is no API "honning"`) {
		t.Errorf("an API that the server does not have: %v", err)
	}
}

// TestLoadedHomesNeverCollide: homes of two seeds, and homes loaded beside a town of the same seed,
// are homes of their own; those of one seed are the same homes again.
func TestLoadedHomesNeverCollide(t *testing.T) {
	t.Parallel()
	s := strictServer(t, "")
	to := mock.Loader{URL: s.URL(""), Client: s.Client()}
	if _, err := to.LoadTown(t.Context(), mock.TownOptions{Today: testkit.Noon}); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, seed := range []uint64{0, 1, 10, 1<<64 - 1, 0} {
		made, err := to.Load(t.Context(), mock.GenerateOptions{Kind: "kobobolig", Count: 30, Seed: seed})
		if err != nil || len(made) != 30 {
			t.Fatalf("seed %d: %d, %v", seed, len(made), err)
		}
		for _, id := range made {
			seen[id]++
		}
	}
	var all struct {
		Boliger []struct {
			Kobobolig struct{ KoboID, LeverandorBoligID, Status string }
		}
	}
	if err := json.Unmarshal(asked(s, "/_sandkasse/kobo/kobobolig").Body.Bytes(), &all); err != nil {
		t.Fatal(err)
	}
	ids, let := map[string]bool{}, 0
	for _, home := range all.Boliger {
		ids[home.Kobobolig.LeverandorBoligID] = true
		if home.Kobobolig.Status == "UTLEID" {
			let++
		}
	}
	if len(seen) != 120 || len(all.Boliger) != 520 || len(ids) != 520 || let != 72 {
		t.Errorf("%d homes were loaded, and there are %d of %d ids, %d let", len(seen), len(all.Boliger), len(ids), let)
	}
}

// TestGenerateOrg: at the level format any nine digits are an organisation, wherever one can be
// named; at the others its control digit counts, and what is no number of nine digits is refused at
// all of them.
func TestGenerateOrg(t *testing.T) {
	t.Parallel()
	const unchecked, checked = "123456789", "319000011"
	for _, level := range []mock.FeedbackLevel{"", mock.FeedbackFormat, mock.FeedbackModulus, mock.FeedbackStrict} {
		s, err := mock.New(mock.Options{
			Feedback: level, APIs: mock.Dir(testkit.OwnAPI(t)),
			Clock: func() time.Time { return testkit.Noon },
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		for _, kind := range append(delivery.Kinds(), "honning", "kobobolig", "sak") {
			for org, taken := range map[string]bool{
				unchecked: level == "" || level == mock.FeedbackFormat, checked: true,
				"12345678": false, "1234567890": false, "12345678x": false, "１２３４５６７８９": false,
			} {
				ways := map[string]func(mock.GenerateOptions) error{
					"Generate": func(g mock.GenerateOptions) error { return second(s.Catalog().Generate(g)) },
					"GenerateInvalid": func(g mock.GenerateOptions) error {
						return second(s.Catalog().GenerateInvalid(mock.InvalidOptions{Kind: g.Kind, Org: g.Org}))
					},
					"HTTP": func(g mock.GenerateOptions) error {
						if answer := posted(s, kind, fmt.Sprintf(`{"org": %q}`, org)); answer.Code != http.StatusOK {
							return errors.New(answer.Header().Get("Sandkasse-Feil"))
						}
						return nil
					},
				}
				// the first is no call, and the others are many
				if kind == "sak" || taken && kind != "bsu" && kind != "honning" && kind != "kobobolig" {
					delete(ways, "GenerateInvalid")
				}
				for way, generate := range ways {
					if err := generate(mock.GenerateOptions{Kind: kind, Org: org, Oppgaver: 2}); (err == nil) != taken {
						t.Errorf("%q, %s: %s of %s: %v", level, way, kind, org, err)
					}
				}
			}
		}
	}
	s := testkit.ServerAt(t, testkit.Noon)
	_, err := s.Catalog().Generate(mock.GenerateOptions{Kind: "bsu", Org: unchecked, Feedback: "Strict"})
	if err == nil || !strings.Contains(err.Error(), "it must be format, modulus or strict") {
		t.Errorf("a level that there is not: %v", err)
	}
	broken, err := s.Catalog().GenerateInvalid(mock.InvalidOptions{Kind: "bsu", Org: unchecked})
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range broken.Calls {
		if call.Org != unchecked || call.Expected.Feedback != nil { // the feedback would find the organisation too
			t.Errorf("%s is by %s, and %+v is expected", call.Rule, call.Org, call.Expected)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestLoadTown: a small town has homes in every state, whatever the number of calls at a time; one
// call at a time gives the same identifiers every time. A town is not built on another one.
func TestLoadTown(t *testing.T) {
	t.Parallel()
	var bodies []string
	ways := []int{1, 1, 16}
	if testkit.FewerData() {
		ways = ways[2:] // races are there, and all takes five times as long
	}
	for _, parallel := range ways {
		s := strictServer(t, "")
		town := mock.TownOptions{Seed: 5, Today: testkit.Noon}
		stocked, err := mock.Loader{URL: s.URL(""), Client: s.Client(), Parallel: parallel}.LoadTown(t.Context(), town)
		if err != nil || stocked.Homes != 400 || stocked.Cases != 120 {
			t.Fatalf("%+v: %v", stocked, err)
		}
		body := asked(s, "/_sandkasse/kobo/kobobolig").Body.String()
		bodies = append(bodies, body)
		var all struct {
			Boliger []struct {
				Kommune, System string
				Kobobolig       struct {
					Status, Disposisjonsform            string
					Eier                                struct{ BoligeiersOrganisasjonsnummer string }
					Leieforhold                         *struct{ OppsagtAktor *string }
					Tildeling                           *struct{}
					Reservasjoner, TidligereLeieforhold []struct{}
				}
			}
		}
		var cases struct{ Saker []struct{} }
		if err := json.Unmarshal([]byte(body), &all); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(asked(s, "/_sandkasse/kobo/saker").Body.Bytes(), &cases); err != nil ||
			len(cases.Saker) != 120 {
			t.Errorf("%d cases: %v", len(cases.Saker), err)
		}
		states := map[string]int{}
		for _, home := range all.Boliger {
			k := home.Kobobolig
			states[k.Status]++
			for state, is := range map[string]bool{
				"let": k.Leieforhold != nil, "notice": k.Leieforhold != nil && k.Leieforhold.OppsagtAktor != nil,
				"assigned": k.Tildeling != nil,
				"reserved": len(k.Reservasjoner) > 0, "history": len(k.TidligereLeieforhold) > 0,
			} {
				if is {
					states[state]++
				}
			}
			if home.Kommune != mock.DefaultMunicipality || home.System != mock.DefaultSystem ||
				(k.Leieforhold != nil) != (k.Status == "UTLEID") ||
				(k.Disposisjonsform == "KOMMUNALT_EID") !=
					(k.Eier.BoligeiersOrganisasjonsnummer == mock.DefaultMunicipality) {
				t.Errorf("a home is %+v", home)
			}
		}
		for _, state := range []string{
			"UTLEID", "KLAR_FOR_INNFLYTTING", "VEDLIKEHOLD", "IKKE_TILGJENGELIG", "let",
			"notice", "assigned", "reserved", "history",
		} {
			if states[state] < 5 {
				t.Errorf("%d homes are %s", states[state], state)
			}
		}
		if len(all.Boliger) != 400 || states["let"] != 72 {
			t.Errorf("%d homes, %v", len(all.Boliger), states)
		}
		loader := mock.Loader{URL: s.URL(""), Client: s.Client()}
		again := fmt.Sprint(loader.LoadTown(t.Context(), town))
		if !strings.Contains(again, "POST /_sandkasse/reset") ||
			asked(s, "/_sandkasse/kobo/kobobolig").Body.String() != body {
			t.Errorf("a second town: %s", again)
		}
	}
	if len(bodies) > 1 && bodies[0] != bodies[1] {
		t.Error("one call at a time gives other identifiers every time")
	}
}

// TestLoadRefuses what cannot be loaded, and tells what failed.
func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	s := strictServer(t, "")
	only, err := mock.New(mock.Options{Kobo: mock.KoboOptions{Systems: []string{"another"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { only.Close() })
	home := mock.GenerateOptions{Kind: "kobobolig", Count: 5}
	for want, c := range map[string]struct {
		g  mock.GenerateOptions
		to mock.Loader
	}{
		`"localhost" is no address of a server`: {home, mock.Loader{URL: "localhost"}},
		`nothing of the kind "bus" can be generated`: {
			mock.GenerateOptions{Kind: "bus"},
			mock.Loader{URL: s.URL("")},
		},
		"65 calls at a time are asked for; there can be 1 to 64": {home, mock.Loader{URL: s.URL(""), Parallel: 65}},
		"at http://127.0.0.1:1: nothing listens there":           {home, mock.Loader{URL: "http://127.0.0.1:1"}},
		`the municipality is "12"; it must be nine digits`: {
			home,
			mock.Loader{URL: s.URL(""), Client: s.Client(), Municipality: "12"},
		},
		"document 1 of 5: POST /kobo/kobobolig: the answer is 404": {
			home,
			mock.Loader{URL: only.URL(""), Client: only.Client(), Parallel: 1},
		},
		`"to ord" is not the id of a Kobo system`: {
			home,
			mock.Loader{URL: s.URL(""), Client: s.Client(), System: "to ord", Parallel: 1},
		},
	} {
		if made, err := c.to.Load(t.Context(), c.g); err == nil || !strings.Contains(err.Error(), want) ||
			len(made) > 0 {
			t.Errorf("got %v, %v; wanted %s", made, err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	to := mock.Loader{URL: s.URL(""), Client: s.Client()}
	if _, err := to.Load(ctx, home); err == nil {
		t.Error("a context that is done loads homes")
	}
}

// TestLoadKnowsSandkasse: where something answers that is no control API of a sandkasse, one
// sentence says so, without what was answered.
func TestLoadKnowsSandkasse(t *testing.T) {
	t.Parallel()
	s := strictServer(t, "")
	for name, handler := range map[string]http.HandlerFunc{
		"a page that is missing": http.NotFound,
		"nothing":                func(http.ResponseWriter, *http.Request) {},
		"a page":                 func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>\n</html>") },
		"another's JSON": func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"name": "another"}`)
		},
		"an imitated API": func(w http.ResponseWriter, r *http.Request) {
			r.URL.Path = "/nowhere"
			s.ServeHTTP(w, r)
		},
	} {
		other := httptest.NewServer(handler)
		defer other.Close()
		_, err := mock.Loader{URL: other.URL}.Load(t.Context(), mock.GenerateOptions{Kind: "bsu"})
		if err == nil || err.Error() != "what answers at "+other.URL+
			" is no sandkasse; give the address of the server, or of a session of it" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, port := range []string{"0", "65536"} {
		_, err := mock.Loader{URL: "http://127.0.0.1:" + port}.Load(t.Context(), mock.GenerateOptions{Kind: "bsu"})
		var wrong *mock.ArgumentError
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), "1 to 65535") {
			t.Errorf("port %s: %v", port, err)
		}
	}
}
