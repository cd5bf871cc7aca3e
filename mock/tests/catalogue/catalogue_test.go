// Package catalogue provokes every error of every API, and compares the answers with golden files.
package catalogue

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"sandkasse/fixtures/population"
	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/gateway"
	"sandkasse/mock/internal/golden"
	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/internal/token"
	"sandkasse/mock/internal/wire"
)

// TestCatalogue walks every API, route and offence: each offence is provoked by its real cause, the
// answer is the row of the API's table, and its bytes are golden. A new API is walked from the day
// its files are added.
func TestCatalogue(t *testing.T) {
	t.Parallel()
	walkCatalogue(t, "", func(*catalog.API) bool { return true })
}

// walkCatalogue walks those APIs of a catalogue, with the folder dir laid over it unless that is
// empty. Only what is built in is golden.
func walkCatalogue(t *testing.T, dir string, which func(*catalog.API) bool) {
	t.Helper()
	known, err := catalogueOf(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i, api := range known.APIs {
		if !which(api) {
			continue
		}
		provoked := map[feil.Offence]bool{}
		for _, route := range api.Routes {
			for n, p := range provocations() {
				if !p.fits(api, route) {
					continue
				}
				if provoked[p.offence] = true; testkit.LeftOut(api.Name) && n%8 != i%8 {
					continue // another API has it
				}
				t.Run(strings.Join([]string{api.Name, route.Name, p.name}, "/"), func(t *testing.T) {
					t.Parallel()
					walk(t, dir, api, route, p)
				})
			}
		}
		for offence := range api.Feil {
			if !provoked[offence] {
				t.Errorf("%s: nothing provokes %s", api.Name, offence)
			}
		}
	}
}

// catalogueOf returns the catalogue with a folder laid over it unless that is empty.
func catalogueOf(dir string) (*catalog.Catalog, error) {
	if dir == "" {
		return backend.BuiltIn()
	}
	return backend.Over(os.DirFS(dir), dir)
}

// walk makes one call that is wrong in one way, to a server of its own.
func walk(t *testing.T, dir string, api *catalog.API, route *catalog.Route, p provocation) {
	server := testkit.NewServer(t, mock.Options{APIs: mock.Dir(dir), Clock: func() time.Time { return testkit.Noon }})
	c := testkit.GoodCall(t, server, api, route)
	good := *c
	good.Params = maps.Clone(c.Params)
	p.spoil(t, server, api, c)
	answer := c.Do(server)
	isDocumented(t, dir, api, &good, answer)

	row := api.Feil[p.offence]
	switch api.ErrorBody {
	case "problem":
		isProblem(t, row, answer)
	case "spesifisering":
		testkit.IsOfficial(t, "Feil", answer)
		isSpesifisert(t, row, answer)
	case "kobo-problem":
		isKoboProblem(t, row, answer)
	case "altinn":
		isAltinnProblem(t, row, answer)
	default: // feil, oauth
		if api.ErrorBody == "feil" {
			testkit.IsOfficial(t, "Feil", answer)
		}
		var body struct{ Kode, Melding, Error string }
		testkit.Decode(t, answer, &body)
		if answer.Code != row.Status || body.Kode+body.Error != row.Kode || body.Kode != "" &&
			!strings.HasPrefix(body.Melding, row.Melding) {
			t.Errorf("answered %d %+v, the table has %+v", answer.Code, body, row)
		}
	}
	calls := server.Calls(mock.CallQuery{})
	last := calls[len(calls)-1]
	if last.Code != row.Kode || last.StoppedBy != p.stoppedBy(route) || last.Why == "" {
		t.Errorf("the journal says code %q, stopped by %q because %q", last.Code, last.StoppedBy, last.Why)
	}
	if dir == "" {
		compareGolden(t, "catalogue", api, route.Name+"/"+p.name, testkit.Dump(answer))
	}
}

// compareGolden compares an answer of an API with the golden one of that name: a file of its own, or
// for an API of which there are many alike a section of one file.
func compareGolden(t *testing.T, folder string, api *catalog.API, name string, got []byte) {
	t.Helper()
	if _, err := os.Stat(filepath.Join("testdata", "catalogue", api.Name)); err == nil {
		golden.Compare(t, filepath.Join("testdata", folder, api.Name, name+".txt"), got)
		return
	}
	golden.CompareSection(t, filepath.Join("testdata", folder, api.Name+".txt"), name, got)
}

// isSpesifisert checks an error body of the innrapportering APIs against the row of the table.
func isSpesifisert(t *testing.T, row feil.Row, answer *httptest.ResponseRecorder) {
	t.Helper()
	var body feil.Body
	if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil {
		t.Fatalf("the answer is no JSON: %v\n%s", err, answer.Body)
	}
	if answer.Code != row.Status || body.Kode != row.Kode || body.Melding != row.Melding {
		t.Errorf("answered %d %s %q, the table has %d %s %q", answer.Code, body.Kode, body.Melding, row.Status,
			row.Kode, row.Melding)
	}
	if row.Spesifisering != "" && len(body.Spesifisering) == 0 {
		t.Errorf("no spesifisering, the table has %s", row.Spesifisering)
	}
	for _, s := range body.Spesifisering {
		if s.Kode != row.Spesifisering || !strings.HasPrefix(s.Melding, row.SpesifiseringMelding) {
			t.Errorf("spesifisering %s %q, the table has %s %q", s.Kode, s.Melding, row.Spesifisering,
				row.SpesifiseringMelding)
		}
	}
}

// TestCatalogueAccepts: each API's example, unchanged, is taken, and its documents come back byte
// for byte.
func TestCatalogueAccepts(t *testing.T) {
	t.Parallel()
	known, err := backend.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, api := range known.APIs {
		for _, route := range api.Routes {
			for i := range route.Paths {
				t.Run(fmt.Sprintf("%s/%s-%d", api.Name, route.Name, i), func(t *testing.T) {
					t.Parallel()
					server := testkit.ServerAt(t, testkit.Noon)
					one := *route
					one.Paths = route.Paths[i:]
					good := testkit.GoodCall(t, server, api, &one)
					answer := good.Do(server)
					isDocumented(t, "", api, good, answer)
					if answer.Code != http.StatusOK &&
						(api.Family != "kobo" || answer.Code != testkit.KoboStatus(route)) &&
						(api.Family != "authentication" || answer.Code != altinnStatus(route)) {
						t.Fatalf("answered %d: %s", answer.Code, answer.Body)
					}
					if api.Name == "innrapportering-boligsameie" && route.Idempotent || api.Name == "boligsameie" {
						testkit.IsOfficial(t, "Leveransebekreftelse", answer)
					}
					if api.Family == "dialogporten" {
						testkit.IsDialogAnswer(t, dialogShape(route), answer.Body.Bytes())
					}
					compareGolden(t, "catalogue", api, fmt.Sprintf("%s-%d", route.Name, i), testkit.Dump(answer))
				})
			}
		}
	}
}

// provocation is one way to make a good call wrong.
type provocation struct {
	name    string
	offence feil.Offence
	// check is the check that finds it; empty when it is found on every route, before the checks or after them.
	check   string
	step    string                  // what the journal calls it, when that is not the check
	fitsAPI func(*catalog.API) bool // nil where it fits every API whose route has the check
	spoil   func(*testing.T, *mock.Server, *catalog.API, *testkit.APICall)
}

func (p provocation) fits(api *catalog.API, route *catalog.Route) bool {
	if p.fitsAPI != nil && !p.fitsAPI(api) {
		return false
	}
	if behaviour, ok := strings.CutPrefix(p.step, "behaviour "); ok && behaviour != "*" {
		return route.Behaviour == behaviour
	}
	return p.check == "" || slices.Contains(route.Checks, p.check)
}

func (p provocation) stoppedBy(route *catalog.Route) string {
	if p.step == "behaviour *" {
		return "behaviour " + route.Behaviour
	}
	return cmp.Or(p.step, p.check)
}

func provocations() []provocation {
	header := func(name, value string) func(*testing.T, *mock.Server, *catalog.API, *testkit.APICall) {
		return func(_ *testing.T, _ *mock.Server, _ *catalog.API, c *testkit.APICall) { c.Header.Set(name, value) }
	}
	without := func(name string) func(*testing.T, *mock.Server, *catalog.API, *testkit.APICall) {
		return func(_ *testing.T, _ *mock.Server, _ *catalog.API, c *testkit.APICall) { c.Header.Del(name) }
	}
	year := func(value string) func(*testing.T, *mock.Server, *catalog.API, *testkit.APICall) {
		return func(_ *testing.T, _ *mock.Server, _ *catalog.API, c *testkit.APICall) { c.Year(value) }
	}
	body := func(value string) func(*testing.T, *mock.Server, *catalog.API, *testkit.APICall) {
		return func(_ *testing.T, _ *mock.Server, _ *catalog.API, c *testkit.APICall) { c.Body = []byte(value) }
	}
	grant := func(change func(*token.Spec)) func(*testing.T, *mock.Server, *catalog.API, *testkit.APICall) {
		return func(t *testing.T, s *mock.Server, api *catalog.API, c *testkit.APICall) {
			c.Header.Set("Authorization", "Bearer "+testkit.Mint(t, s, api, change))
		}
	}
	broken := func(offence feil.Offence) func(*testing.T, *mock.Server, *catalog.API, *testkit.APICall) {
		return func(_ *testing.T, s *mock.Server, _ *catalog.API, _ *testkit.APICall) {
			failBehaviours(s, func() error { return feil.New(offence, "provoked") })
		}
	}
	return append(append(dialogProvocations(), koboProvocations()...), []provocation{
		{
			name: "unknown-url", offence: feil.UnknownURL, step: "url",
			spoil: func(_ *testing.T, _ *mock.Server, api *catalog.API, c *testkit.APICall) {
				if c.Path += "/finnes-ikke"; slices.Contains([]string{"dialogporten", "kobo", "authentication"},
					api.Family) {
					c.Path = "/finnes-ikke" // there, what is below a path may be an id
				}
			},
		},
		{
			name: "method-not-allowed", offence: feil.MethodNotAllowed, step: "method",
			spoil: func(_ *testing.T, _ *mock.Server, _ *catalog.API, c *testkit.APICall) {
				c.Method = http.MethodPatch
			},
		},
		{
			name: "enterprise-user", offence: feil.EnterpriseUser, check: "enterprise-user",
			spoil: header("X-Altinn-EnterpriseUser-Authentication", "dXNlcjpwYXNz"),
		},
		{name: "missing-token", offence: feil.MissingToken, check: "token", spoil: without("Authorization")},
		{
			name: "missing-token-basic", offence: feil.MissingToken, check: "token",
			spoil: header("Authorization", "Basic dXNlcjpwYXNz"),
		},
		{
			name: "invalid-token-malformed", offence: feil.InvalidToken, check: "token",
			spoil: header("Authorization", "Bearer ikke.et.token"),
		},
		{
			name: "invalid-token-signature", offence: feil.InvalidToken, check: "token",
			spoil: func(_ *testing.T, _ *mock.Server, _ *catalog.API, c *testkit.APICall) {
				token := c.Header.Get("Authorization")
				c.Header.Set("Authorization", token[:len(token)-8]+"AAAAAAAA")
			},
		},
		{
			name: "invalid-token-alg-none", offence: feil.InvalidToken, check: "token",
			spoil: func(_ *testing.T, _ *mock.Server, _ *catalog.API, c *testkit.APICall) {
				parts := strings.Split(strings.TrimPrefix(c.Header.Get("Authorization"), "Bearer "), ".")
				c.Header.Set("Authorization", "Bearer "+base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`))+
					"."+
					parts[1]+".")
			},
		},
		{
			name: "invalid-token-expired", offence: feil.InvalidToken, check: "token",
			spoil: grant(func(g *token.Spec) { g.IssuedAt = testkit.Noon.Add(-3 * time.Minute) }),
		},
		{
			name: "invalid-token-not-yet", offence: feil.InvalidToken, check: "token",
			spoil: grant(func(g *token.Spec) { g.IssuedAt = testkit.Noon.Add(time.Hour) }),
		},
		{
			name: "invalid-token-foreign", offence: feil.InvalidToken, check: "token",
			spoil: grant(func(g *token.Spec) { g.Issuer = "https://example.com/" }),
		},
		{
			name: "wrong-scope", offence: feil.WrongScope, check: "scope",
			spoil: grant(func(g *token.Spec) { g.Scope = "skatteetaten:noeannet" }),
		},
		{
			name: "no-systembruker", offence: feil.NoSystembruker, check: "systembruker",
			spoil: grant(func(g *token.Spec) { g.Org = "" }),
		},
		{
			name: "not-acceptable", offence: feil.NotAcceptable, check: "accept",
			spoil: header("Accept", "application/xml, text/*"),
		},
		{
			name: "body-broken-off", offence: feil.BadParameter, step: "body",
			spoil: func(_ *testing.T, _ *mock.Server, _ *catalog.API, c *testkit.APICall) {
				c.Broken = iotest.ErrReader(io.ErrUnexpectedEOF)
			},
		},
		{
			name: "not-acceptable-q0", offence: feil.NotAcceptable, check: "accept",
			spoil: header("Accept", "application/json;q=0, */*"),
		},
		{
			name: "not-acceptable", offence: feil.NotAcceptable, check: "accept-document",
			spoil: header("Accept", "image/png, text/plain"),
		},
		{
			name: "not-acceptable-q0", offence: feil.NotAcceptable, check: "accept-document",
			spoil: header("Accept", "application/*;q=0, text/*;q=0, */*"),
		},
		{
			name: "not-acceptable-document", offence: feil.NotAcceptable, step: "behaviour dokument",
			spoil: header("Accept", "application/pdf, application/json;q=0"),
		},
		{
			name: "not-acceptable", offence: feil.NotAcceptable, check: "accept-some-json",
			spoil: header("Accept", "text/html, application/json;q=0"),
		},
		{
			name: "not-acceptable", offence: feil.NotAcceptable, check: "accept-json-or-xml",
			spoil: header("Accept", "application/pdf, text/*"),
		},
		{
			name: "not-acceptable-q0", offence: feil.NotAcceptable, check: "accept-json-or-xml",
			spoil: header("Accept", "application/*;q=0, */*"),
		},
		{
			name: "wrong-content-type", offence: feil.WrongContentType, check: "content-type",
			spoil: header("Content-Type", "application/xml"),
		},
		{
			name: "wrong-content-type-missing", offence: feil.WrongContentType, check: "content-type",
			spoil: without("Content-Type"),
		},
		{
			name: "body-too-large", offence: feil.BodyTooLarge, check: "body-size",
			spoil: func(_ *testing.T, _ *mock.Server, api *catalog.API, c *testkit.APICall) {
				c.Body = append(c.Body, bytes.Repeat([]byte{' '}, int(api.MaxBody)+1-len(c.Body))...)
			},
		},
		{
			name: "missing-header", offence: feil.MissingHeader, check: "idempotency-key",
			spoil: without("idempotencyKey"),
		},
		{
			name: "bad-parameter-key", offence: feil.BadParameter, check: "idempotency-key",
			spoil: header("idempotencyKey", "ikke-en-uuid"),
		},
		{
			name: "key-reused", offence: feil.KeyReused, check: "idempotency-key",
			spoil: func(t *testing.T, s *mock.Server, _ *catalog.API, c *testkit.APICall) {
				if first := c.Do(s); first.Code != http.StatusOK {
					t.Fatalf("the first call was answered %d: %s", first.Code, first.Body)
				}
				c.Body = append(c.Body, '\n')
			},
		},
		{name: "bad-parameter-year", offence: feil.BadParameter, check: "inntektsaar", spoil: year("20x3")},
		{name: "bad-parameter-year-of-five", offence: feil.BadParameter, check: "inntektsaar", spoil: year("20233")},
		{
			name: "year-not-supported-past", offence: feil.YearNotSupported, check: "inntektsaar-supported",
			spoil: year("1999"),
		},
		{
			name: "year-not-supported-future", offence: feil.YearNotSupported, check: "inntektsaar-supported",
			spoil: year("2027"),
		},
		{name: "broken-json-empty", offence: feil.BrokenJSON, check: "json", spoil: body("")},
		{
			name: "broken-json-truncated", offence: feil.BrokenJSON, check: "json",
			spoil: func(_ *testing.T, _ *mock.Server, _ *catalog.API, c *testkit.APICall) {
				c.Body = c.Body[:len(c.Body)/2]
			},
		},
		{name: "broken-json-utf8", offence: feil.BrokenJSON, check: "json", spoil: body("{\"leveranse\": \"\xff\"}")},
		{
			name: "broken-json-duplicate", offence: feil.BrokenJSON, check: "json",
			spoil: body(`{"leveranse": {}, "leveranse": {}}`),
		},
		{
			name: "broken-json-trailing", offence: feil.BrokenJSON, check: "json",
			spoil: func(_ *testing.T, _ *mock.Server, _ *catalog.API, c *testkit.APICall) {
				c.Body = append(c.Body, "{}"...)
			},
		},
		{
			name: "broken-json-deep", offence: feil.BrokenJSON, check: "json",
			spoil: body(strings.Repeat("[", 1000) + strings.Repeat("]", 1000)),
		},
		{
			name: "schema-violation", offence: feil.SchemaViolation, check: "schema",
			spoil: func(t *testing.T, _ *mock.Server, api *catalog.API, c *testkit.APICall) {
				if api.Family == "kobo" {
					c.Body = []byte("{}")
					return
				}
				c.Edit(t, api.Felter.First(api.Felter.Leveransetype), "midlertidig")
				c.Edit(t, api.Felter.First(api.Felter.Oppgavegiver), "12345")
				c.Edit(t, api.Felter.First(api.Felter.Referanse), nil)
			},
		},
		{
			name: "year-mismatch", offence: feil.YearMismatch, check: "inntektsaar-in-path",
			spoil: func(t *testing.T, _ *mock.Server, api *catalog.API, c *testkit.APICall) {
				c.Edit(t, api.Felter.First(api.Felter.Inntektsaar), 2020)
			},
		},
		{
			name: "contradictory-metadata", offence: feil.ContradictoryData, check: "metadata",
			spoil: func(t *testing.T, _ *mock.Server, api *catalog.API, c *testkit.APICall) {
				c.Edit(t, api.Felter.First(api.Felter.Leveransetype), "ingenoppgaver")
			},
		},
		{
			name: "underenhet", offence: feil.Underenhet, check: "hovedenhet",
			spoil: func(t *testing.T, _ *mock.Server, api *catalog.API, c *testkit.APICall) {
				c.Edit(t, api.Felter.First(api.Felter.Oppgavegiver), underenhet(t))
			},
		},
		{
			name: "contradictory-metadata-oppgavegiver", offence: feil.ContradictoryData, check: "metadata",
			fitsAPI: func(api *catalog.API) bool { return len(api.Felter.Leveranser) > 0 },
			spoil: func(t *testing.T, _ *mock.Server, api *catalog.API, c *testkit.APICall) {
				addLeveranse(t, api, c, "319000003")
			},
		},
		{
			name: "no-right-to-report", offence: feil.NoRightToReport, check: "right-to-report",
			spoil: grant(func(g *token.Spec) { g.Org = "319000011" }),
		},
		{
			name: "unknown-forsendelse", offence: feil.UnknownForsendelse, step: "behaviour dokument",
			spoil: func(_ *testing.T, _ *mock.Server, _ *catalog.API, c *testkit.APICall) {
				c.Params["forsendelseId"] = "0193b5cd-cbce-7dbd-b188-1437db673767"
			},
		},
		{
			name: "unknown-forsendelse-of-another", offence: feil.NoDialog, step: "behaviour dokument",
			spoil: grant(func(g *token.Spec) { g.Org = "319000011" }),
		},
		{
			name: "unknown-dokument", offence: feil.UnknownDokument, step: "behaviour dokument",
			spoil: func(_ *testing.T, _ *mock.Server, _ *catalog.API, c *testkit.APICall) {
				c.Params["dokumentId"] = "0193b5cd-cbce-7dbd-b188-1437db673767"
			},
		},
		{
			name: "unexpected-failure", offence: feil.UnexpectedFailure, step: "behaviour *",
			spoil: func(_ *testing.T, s *mock.Server, _ *catalog.API, _ *testkit.APICall) {
				failBehaviours(s, func() error { return fmt.Errorf("the disk is on fire") })
			},
		},
		{
			name: "unexpected-failure-panic", offence: feil.UnexpectedFailure, step: "behaviour *",
			spoil: func(_ *testing.T, s *mock.Server, _ *catalog.API, _ *testkit.APICall) {
				failBehaviours(s, func() error { panic("the disk is on fire") })
			},
		},
		{
			name: "unspecified-failure", offence: feil.UnspecifiedFailure, step: "behaviour *",
			spoil: broken(feil.UnspecifiedFailure),
		},
		{
			name: "backend-failure", offence: feil.BackendFailure, step: "behaviour *",
			spoil: broken(feil.BackendFailure),
		},
	}...)
}

// underenhet returns the organisasjonsnummer of an underenhet of the test data.
func underenhet(t *testing.T) string {
	t.Helper()
	p := population.Population{Size: population.Capacity}
	for j := range p.Organisations() {
		if number := p.Underenhet(j); number != "" {
			return number
		}
	}
	t.Fatal("no organisation has an underenhet")
	return ""
}

// addLeveranse adds the first leveranse of a call once more, as one of another oppgavegiver.
func addLeveranse(t *testing.T, api *catalog.API, c *testkit.APICall, oppgavegiver string) {
	t.Helper()
	leveranser := testkit.Member(t, c.Body, api.Felter.Leveranser).([]any)
	c.Edit(t, api.Felter.Leveranser, append(leveranser, testkit.Member(t, c.Body, api.Felter.Leveranser).([]any)[0]))
	last := strconv.Itoa(len(leveranser))
	c.Edit(t, slices.Concat(api.Felter.Leveranser, jsonptr.Pointer{last}, api.Felter.Oppgavegiver), oppgavegiver)
}

// failBehaviours puts a gateway before the same store whose behaviours all end in an error.
func failBehaviours(s *mock.Server, fail func() error) {
	config := backend.Of(s).Gateway.Config
	failing := wire.Behaviours{}
	for name := range config.Behaviours {
		failing[name] = wire.Part[wire.Behaviour]{
			Do: func(*store.Tx, *wire.Request) (wire.Response, error) { return wire.Response{}, fail() },
		}
	}
	config.Behaviours = failing
	backend.Of(s).Gateway = gateway.New(config)
}
