package mock

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
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

	gocmp "github.com/google/go-cmp/cmp"

	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/gateway"
	"sandkasse/mock/internal/jsonptr"
	"sandkasse/mock/internal/store"
	"sandkasse/mock/internal/token"
	"sandkasse/mock/internal/wire"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The clock of the tests stands still in the middle of a day.
var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

const firstKey = "7c9e6679-7425-40de-944b-e07fc1f90ae7"

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
	known, err := loadCatalog(Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, api := range known.APIs {
		if !which(api) {
			continue
		}
		provoked := map[feil.Offence]bool{}
		for _, route := range api.Routes {
			for _, p := range provocations() {
				if !p.fits(route) {
					continue
				}
				provoked[p.offence] = true
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

// walk makes one call that is wrong in one way, to a server of its own.
func walk(t *testing.T, dir string, api *catalog.API, route *catalog.Route, p provocation) {
	server := startWith(t, Options{APIs: Dir(dir), Clock: func() time.Time { return noon }})
	c := goodCall(t, server, api, route)
	p.spoil(t, server, api, c)
	answer := c.do(server)

	row := api.Feil[p.offence]
	switch api.ErrorBody {
	case "problem":
		isProblem(t, row, answer)
	case "spesifisering":
		isOfficial(t, "Feil", answer)
		isSpesifisert(t, row, answer)
	case "kobo-problem":
		isKoboProblem(t, row, answer)
	default: // feil, oauth
		if api.ErrorBody == "feil" {
			isOfficial(t, "Feil", answer)
		}
		var told struct{ Kode, Melding, Error string }
		decode(t, answer, &told)
		if answer.Code != row.Status || told.Kode+told.Error != row.Kode || told.Kode != "" &&
			!strings.HasPrefix(told.Melding, row.Melding) {
			t.Errorf("answered %d %+v, the table has %+v", answer.Code, told, row)
		}
	}
	calls := server.Calls(CallQuery{})
	last := calls[len(calls)-1]
	if last.Code != row.Kode || last.StoppedBy != p.stoppedBy(route) || last.Why == "" {
		t.Errorf("the journal says code %q, stopped by %q because %q", last.Code, last.StoppedBy, last.Why)
	}
	if dir == "" {
		golden(t, filepath.Join("testdata", "catalogue", api.Name, route.Name, p.name+".txt"), dump(answer))
	}
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
	known, err := builtIn()
	if err != nil {
		t.Fatal(err)
	}
	for _, api := range known.APIs {
		for _, route := range api.Routes {
			for i := range route.Paths {
				t.Run(fmt.Sprintf("%s/%s-%d", api.Name, route.Name, i), func(t *testing.T) {
					t.Parallel()
					server := startAt(t, noon)
					one := *route
					one.Paths = route.Paths[i:]
					answer := goodCall(t, server, api, &one).do(server)
					if answer.Code != http.StatusOK && (api.Family != "kobo" || answer.Code != koboSuccess(route)) {
						t.Fatalf("answered %d: %s", answer.Code, answer.Body)
					}
					if api.Name == "innrapportering-boligsameie" && route.Idempotent || api.Name == "boligsameie" {
						isOfficial(t, "Leveransebekreftelse", answer)
					}
					if api.Family == "dialogporten" {
						isOf(t, dialogShape(route), answer.Body.Bytes())
					}
					golden(t, filepath.Join("testdata", "catalogue", api.Name, fmt.Sprintf("%s-%d.txt", route.Name, i)),
						dump(answer))
				})
			}
		}
	}
}

// provocation is one way to make a good call wrong.
type provocation struct {
	name    string
	offence feil.Offence
	check   string // the check that finds it; empty when it is found on every route, before the checks or after them
	step    string // what the journal calls it, when that is not the check
	spoil   func(*testing.T, *Server, *catalog.API, *testCall)
}

func (p provocation) fits(route *catalog.Route) bool {
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
	header := func(name, value string) func(*testing.T, *Server, *catalog.API, *testCall) {
		return func(_ *testing.T, _ *Server, _ *catalog.API, c *testCall) { c.header.Set(name, value) }
	}
	without := func(name string) func(*testing.T, *Server, *catalog.API, *testCall) {
		return func(_ *testing.T, _ *Server, _ *catalog.API, c *testCall) { c.header.Del(name) }
	}
	year := func(value string) func(*testing.T, *Server, *catalog.API, *testCall) {
		return func(_ *testing.T, _ *Server, _ *catalog.API, c *testCall) { c.year(value) }
	}
	body := func(value string) func(*testing.T, *Server, *catalog.API, *testCall) {
		return func(_ *testing.T, _ *Server, _ *catalog.API, c *testCall) { c.body = []byte(value) }
	}
	grant := func(change func(*token.Spec)) func(*testing.T, *Server, *catalog.API, *testCall) {
		return func(t *testing.T, s *Server, api *catalog.API, c *testCall) {
			c.header.Set("Authorization", "Bearer "+mint(t, s, api, change))
		}
	}
	broken := func(offence feil.Offence) func(*testing.T, *Server, *catalog.API, *testCall) {
		return func(_ *testing.T, s *Server, _ *catalog.API, _ *testCall) {
			s.failBehaviours(func() error { return feil.New(offence, "provoked") })
		}
	}
	return append(append(dialogProvocations(), koboProvocations()...), []provocation{
		{
			name: "unknown-url", offence: feil.UnknownURL, step: "url",
			spoil: func(_ *testing.T, _ *Server, api *catalog.API, c *testCall) {
				if c.path += "/finnes-ikke"; api.Family == "dialogporten" || api.Family == "kobo" {
					c.path = "/finnes-ikke" // there, what is below a path may be an id
				}
			},
		},
		{
			name: "method-not-allowed", offence: feil.MethodNotAllowed, step: "method",
			spoil: func(_ *testing.T, _ *Server, _ *catalog.API, c *testCall) { c.method = http.MethodPatch },
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
			spoil: func(_ *testing.T, _ *Server, _ *catalog.API, c *testCall) {
				token := c.header.Get("Authorization")
				c.header.Set("Authorization", token[:len(token)-8]+"AAAAAAAA")
			},
		},
		{
			name: "invalid-token-alg-none", offence: feil.InvalidToken, check: "token",
			spoil: func(_ *testing.T, _ *Server, _ *catalog.API, c *testCall) {
				parts := strings.Split(strings.TrimPrefix(c.header.Get("Authorization"), "Bearer "), ".")
				c.header.Set("Authorization", "Bearer "+base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`))+
					"."+
					parts[1]+".")
			},
		},
		{
			name: "invalid-token-expired", offence: feil.InvalidToken, check: "token",
			spoil: grant(func(g *token.Spec) { g.IssuedAt = noon.Add(-3 * time.Minute) }),
		},
		{
			name: "invalid-token-not-yet", offence: feil.InvalidToken, check: "token",
			spoil: grant(func(g *token.Spec) { g.IssuedAt = noon.Add(time.Hour) }),
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
			spoil: func(_ *testing.T, _ *Server, _ *catalog.API, c *testCall) {
				c.broken = iotest.ErrReader(io.ErrUnexpectedEOF)
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
			spoil: func(_ *testing.T, _ *Server, api *catalog.API, c *testCall) {
				c.body = append(c.body, bytes.Repeat([]byte{' '}, int(api.MaxBody)+1-len(c.body))...)
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
			spoil: func(t *testing.T, s *Server, _ *catalog.API, c *testCall) {
				if first := c.do(s); first.Code != http.StatusOK {
					t.Fatalf("the first call was answered %d: %s", first.Code, first.Body)
				}
				c.body = append(c.body, '\n')
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
			spoil: func(_ *testing.T, _ *Server, _ *catalog.API, c *testCall) { c.body = c.body[:len(c.body)/2] },
		},
		{name: "broken-json-utf8", offence: feil.BrokenJSON, check: "json", spoil: body("{\"leveranse\": \"\xff\"}")},
		{
			name: "broken-json-duplicate", offence: feil.BrokenJSON, check: "json",
			spoil: body(`{"leveranse": {}, "leveranse": {}}`),
		},
		{
			name: "broken-json-trailing", offence: feil.BrokenJSON, check: "json",
			spoil: func(_ *testing.T, _ *Server, _ *catalog.API, c *testCall) { c.body = append(c.body, "{}"...) },
		},
		{
			name: "broken-json-deep", offence: feil.BrokenJSON, check: "json",
			spoil: body(strings.Repeat("[", 1000) + strings.Repeat("]", 1000)),
		},
		{
			name: "schema-violation", offence: feil.SchemaViolation, check: "schema",
			spoil: func(t *testing.T, _ *Server, api *catalog.API, c *testCall) {
				if api.Family == "kobo" {
					c.body = []byte("{}")
					return
				}
				c.edit(t, api.Felter.Leveransetype, "midlertidig")
				c.edit(t, api.Felter.Oppgavegiver, "12345")
				c.edit(t, api.Felter.Referanse, nil)
			},
		},
		{
			name: "year-mismatch", offence: feil.YearMismatch, check: "inntektsaar-in-path",
			spoil: func(t *testing.T, _ *Server, api *catalog.API, c *testCall) {
				c.edit(t, api.Felter.Inntektsaar, 2020)
			},
		},
		{
			name: "contradictory-metadata", offence: feil.ContradictoryData, check: "metadata",
			spoil: func(t *testing.T, _ *Server, api *catalog.API, c *testCall) {
				c.edit(t, api.Felter.Leveransetype, "ingenoppgaver")
			},
		},
		{
			name: "no-right-to-report", offence: feil.NoRightToReport, check: "right-to-report",
			spoil: grant(func(g *token.Spec) { g.Org = "319000011" }),
		},
		{
			name: "unknown-forsendelse", offence: feil.UnknownForsendelse, step: "behaviour dokument",
			spoil: func(_ *testing.T, _ *Server, _ *catalog.API, c *testCall) {
				c.params["forsendelseId"] = "0193b5cd-cbce-7dbd-b188-1437db673767"
			},
		},
		{
			name: "unknown-forsendelse-of-another", offence: feil.UnknownForsendelse, step: "behaviour dokument",
			spoil: grant(func(g *token.Spec) { g.Org = "319000011" }),
		},
		{
			name: "unknown-dokument", offence: feil.UnknownDokument, step: "behaviour dokument",
			spoil: func(_ *testing.T, _ *Server, _ *catalog.API, c *testCall) {
				c.params["dokumentId"] = "0193b5cd-cbce-7dbd-b188-1437db673767"
			},
		},
		{
			name: "unexpected-failure", offence: feil.UnexpectedFailure, step: "behaviour *",
			spoil: func(_ *testing.T, s *Server, _ *catalog.API, _ *testCall) {
				s.failBehaviours(func() error { return fmt.Errorf("the disk is on fire") })
			},
		},
		{
			name: "unexpected-failure-panic", offence: feil.UnexpectedFailure, step: "behaviour *",
			spoil: func(_ *testing.T, s *Server, _ *catalog.API, _ *testCall) {
				s.failBehaviours(func() error { panic("the disk is on fire") })
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

// testCall is a call under construction.
type testCall struct {
	method, path string // path is a template under the API's address
	base         string
	query        string
	params       map[string]string
	header       http.Header
	body         []byte
	broken       io.Reader // instead of body
}

// goodCall is a call to a route that is answered with 200: the page's own example, by the
// oppgavegiver itself; what the route asks for has been delivered before.
func goodCall(t *testing.T, s *Server, api *catalog.API, route *catalog.Route) *testCall {
	t.Helper()
	switch api.Family {
	case "dialogporten":
		return goodDialogCall(t, s, api, route)
	case "maskinporten":
		return goodMaskinportenCall(t, s, api, route)
	case "kobo":
		return goodKoboCall(t, s, api, route)
	}
	c := &testCall{
		method: route.Method, path: route.Paths[0], base: "/" + api.Label, header: http.Header{},
		body:   slices.Clone(api.Example),
		params: map[string]string{"inntektsaar": fmt.Sprint(member(t, api.Example, api.Felter.Inntektsaar))},
	}
	c.header.Set("Authorization", "Bearer "+mint(t, s, api, func(*token.Spec) {}))
	if route.Behaviour == "dokument" {
		delivery := *c
		delivery.method, delivery.path = http.MethodPost, api.Routes[0].Paths[0]
		delivery.header = c.header.Clone()
		delivery.header.Set("Content-Type", "application/json")
		delivery.header.Set("idempotencyKey", firstKey)
		var svar struct{ ForsendelseID string }
		if err := json.Unmarshal(delivery.do(s).Body.Bytes(), &svar); err != nil {
			t.Fatal(err)
		}
		c.params["forsendelseId"], c.params["dokumentId"] = svar.ForsendelseID, svar.ForsendelseID
		c.body = nil
		return c
	}
	c.header.Set("Content-Type", "application/json")
	c.header.Set("idempotencyKey", firstKey)
	return c
}

func (c *testCall) year(value string) { c.params["inntektsaar"] = value }

// edit puts another value at a place of the body.
func (c *testCall) edit(t *testing.T, at jsonptr.Pointer, value any) {
	t.Helper()
	var document any
	decoder := json.NewDecoder(bytes.NewReader(c.body))
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		t.Fatal(err)
	}
	parent, _ := at[:len(at)-1].In(document)
	parent.(map[string]any)[at[len(at)-1]] = value
	var err error
	if c.body, err = json.Marshal(document); err != nil {
		t.Fatal(err)
	}
}

func (c *testCall) do(s *Server) *httptest.ResponseRecorder {
	path := c.base + c.path
	for name, value := range c.params {
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	if c.query != "" {
		path += "?" + c.query
	}
	var body io.Reader = bytes.NewReader(c.body)
	if c.broken != nil {
		body = c.broken
	}
	r := httptest.NewRequest(c.method, path, body)
	r.Header = c.header.Clone()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func member(t testing.TB, document []byte, at jsonptr.Pointer) any {
	t.Helper()
	var decoded any
	if err := json.Unmarshal(document, &decoded); err != nil {
		t.Fatal(err)
	}
	value, ok := at.In(decoded)
	if !ok {
		t.Fatalf("the example has nothing at %s", at)
	}
	return value
}

// mint is a token for the oppgavegiver of the API's example (bsu's, where it has none), changed
// before it is signed.
func mint(t testing.TB, s *Server, api *catalog.API, change func(*token.Spec)) string {
	t.Helper()
	reporting := api
	if api.Example == nil {
		reporting = s.backend.Catalog.ByName("bsu")
	}
	g := token.Spec{
		Issuer: token.IssuerAt(localBase), Scope: api.Scope, Vendor: token.DefaultVendor, IssuedAt: s.options.Clock(),
		TTL: 2 * time.Minute,
		Org: member(t, reporting.Example, reporting.Felter.Oppgavegiver).(string), ID: strconv.Itoa(1),
	}
	change(&g)
	// no systembruker there: delegated in Altinn
	if len(api.Routes) > 0 && slices.Contains(api.Routes[0].Checks, "consumer") {
		g.ConsumerOrg, g.Org = g.Org, ""
	}
	token, err := token.Mint(s.backend.Key, g)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func startAt(t *testing.T, now time.Time) *Server {
	t.Helper()
	return startWith(t, Options{Clock: func() time.Time { return now }})
}

func startWith(t *testing.T, options Options) *Server {
	t.Helper()
	s, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// builtIn is the built-in catalogue.
var builtIn = backend.BuiltIn

func builtInCatalog(t *testing.T) *Catalog {
	t.Helper()
	known, err := builtIn()
	if err != nil {
		t.Fatal(err)
	}
	return &Catalog{known: known}
}

// failBehaviours puts a gateway before the same store whose behaviours all end in an error.
func (s *Server) failBehaviours(fail func() error) {
	config := s.backend.Gateway.Config
	failing := wire.Behaviours{}
	for name := range config.Behaviours {
		failing[name] = wire.Part[wire.Behaviour]{
			Do: func(*store.Tx, *wire.Request) (wire.Response, error) { return wire.Response{}, fail() },
		}
	}
	config.Behaviours = failing
	s.backend.Gateway = gateway.New(config)
}

// dump is an answer as text, headers sorted.
func dump(w *httptest.ResponseRecorder) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d %s\n", w.Code, http.StatusText(w.Code))
	w.Header().Write(&b)
	fmt.Fprintf(&b, "\n")
	io.Copy(&b, bytes.NewReader(w.Body.Bytes()))
	fmt.Fprintf(&b, "\n")
	return bytes.ReplaceAll(b.Bytes(), []byte("\r\n"), []byte("\n"))
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v; go test -update writes it", err)
	}
	if diff := gocmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-golden +got):\n%s", file, diff)
	}
}
