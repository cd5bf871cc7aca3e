package catalogue

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"sandkasse/mock"
	"sandkasse/mock/internal/backend"
	"sandkasse/mock/internal/catalog"
	"sandkasse/mock/internal/feil"
	"sandkasse/mock/internal/testkit"
	"sandkasse/mock/internal/token"
)

// TestOnlyDocumentedCodes: whatever is sent to a reporting API, it answers with a code of its own
// page, in that code's status and words, or with a 200; never with a failure inside.
func TestOnlyDocumentedCodes(t *testing.T) {
	t.Parallel()
	s := testkit.ServerAt(t, testkit.Noon)
	ids := map[string][]string{}
	for _, api := range backend.Of(s).Catalog.APIs {
		if api.Schema != nil {
			ids[api.Name] = deliveredIDs(t, s, api)
		}
	}
	for _, api := range backend.Of(s).Catalog.APIs {
		if api.Schema == nil || testkit.LeftOut(api.Name) {
			continue
		}
		known := material{
			api: api, own: ids[api.Name], tokens: tokensFor(t, s, api),
			year: fmt.Sprint(testkit.Member(t, api.Example, api.Felter.First(api.Felter.Inntektsaar))),
		}
		for name, theirs := range ids {
			if name != api.Name {
				known.foreign = append(known.foreign, theirs...)
			}
		}
		slices.Sort(known.foreign) // a seed of rapid's gives the same calls again
		t.Run(api.Name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				r := known.randomCall(t)
				w := httptest.NewRecorder()
				s.ServeHTTP(w, r)
				if w.Code == http.StatusOK {
					return
				}
				var body struct {
					Kode          string `xml:"kode"`
					Melding       string `xml:"melding"`
					Spesifisering []feil.Spesifisering
				}
				unmarshal := json.Unmarshal
				if w.Header().Get("Content-Type") == "application/xml" && api.ErrorBody == "feil" {
					unmarshal = xml.Unmarshal
				}
				if err := unmarshal(w.Body.Bytes(), &body); err != nil {
					t.Fatalf("%s %s: %d %s: %v", r.Method, r.URL, w.Code, w.Body, err)
				}
				if w.Code >= 500 || !documentedBy(api, w.Code,
					feil.Body{Kode: body.Kode, Melding: body.Melding, Spesifisering: body.Spesifisering}) {
					t.Fatalf("%s %s: %d %s stands in no table of %s, or is a failure inside", r.Method, r.URL, w.Code,
						w.Body, api.Name)
				}
			})
		})
	}
}

// documentedBy reports whether an error body, of either form, is one that the API's page has; the
// plain form may say more after the table's text.
func documentedBy(api *catalog.API, status int, body feil.Body) bool {
	if api.ErrorBody != "feil" {
		return documented(api.Feil, status, body)
	}
	for _, row := range api.Feil {
		more, begins := strings.CutPrefix(body.Melding, row.Melding)
		if row.Kode == body.Kode && row.Status == status && begins && (more == "" || more[0] == ' ') &&
			body.Spesifisering == nil {
			return true
		}
	}
	return false
}

// material holds what the random calls to one API are made of.
type material struct {
	api     *catalog.API
	year    string   // of the example
	own     []string // ids of a delivery to the API and of its documents
	foreign []string // those of other APIs
	tokens  []string // the first is good, the others are sound and lack something
}

// deliveredIDs delivers the API's example, and gives the ids of the forsendelse, its feedback and
// all their documents.
func deliveredIDs(t *testing.T, s *mock.Server, api *catalog.API) []string {
	t.Helper()
	f := testkit.Forsendelse(t, s, testkit.GoodCall(t, s, api, api.Routes[0]).Do(s))
	return []string{f.ForsendelseID, f.Tilbakemelding[0].DokumentID, f.Tilbakemelding[1].DokumentID}
}

// tokensFor makes tokens that are valid for as long as the clock stands still: a good one, one of
// another organisation, one for something else, and one without systembruker where the API wants
// that.
func tokensFor(t *testing.T, s *mock.Server, api *catalog.API) []string {
	t.Helper()
	changes := []func(*token.Spec){
		func(*token.Spec) {},
		func(g *token.Spec) { g.Org = "319000011" },
		func(g *token.Spec) { g.Scope = "skatteetaten:noeannet" },
	}
	if slices.Contains(api.Routes[0].Checks, "systembruker") {
		changes = append(changes, func(g *token.Spec) { g.Org = "" })
	}
	var tokens []string
	for _, change := range changes {
		tokens = append(tokens, testkit.Mint(t, s, api, change))
	}
	return tokens
}

// randomCall makes a call that is right in most parts, so that it gets far.
func (m material) randomCall(t *rapid.T) *http.Request {
	mostly := func(name, right string, others ...string) string {
		if rapid.IntRange(0, 9).Draw(t, name+" wrong") != 9 {
			return right
		}
		return rapid.OneOf(rapid.SampledFrom(append(others, "")),
			rapid.StringOfN(rapid.RuneFrom([]rune("aZ09-_/.,;= æ\"*")), 0, 40, -1)).Draw(t, name)
	}
	id := func(name string) string {
		return mostly(name, rapid.SampledFrom(m.own).Draw(t, name+" known"),
			append(m.foreign, newUUID(t, name+" new"), strings.ToUpper(m.own[0]))...)
	}
	route := rapid.SampledFrom(m.api.Routes).Draw(t, "route")
	template := rapid.SampledFrom(route.Paths).Draw(t, "template")
	path := strings.NewReplacer(
		"{inntektsaar}", mostly("year", m.year, "2015", "2026", "1999", "2031", "20245"),
		"{forsendelseId}", id("forsendelseId"), "{dokumentId}", id("dokumentId"),
	).Replace(mostly("path", template, "/v1", "/", template+"/", template+"/{dokumentId}"))
	method := mostly("method", route.Method, http.MethodPost, http.MethodGet, http.MethodPut, http.MethodHead+"X",
		http.MethodOptions)
	if strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || method == "" {
		method = http.MethodGet
	}
	r := httptest.NewRequest(method, "/", bytes.NewReader(m.randomBody(t)))
	r.URL.Path = "/" + m.api.Label + "/" + strings.TrimPrefix(path, "/")
	token := m.tokens[0]
	if rapid.IntRange(0, 9).Draw(t, "other token") > 7 {
		token = rapid.SampledFrom(m.tokens).Draw(t, "which token")
	}
	for _, header := range []struct{ name, value string }{
		{"Authorization", mostly("token", "Bearer "+token, "Bearer x.y.z", "Basic eDp5")},
		{"Content-Type", mostly("type", "application/json", "text/xml", "application/json;charset=latin1")},
		{"Accept", mostly("accept", "application/json", "*/*", "application/xml", "text/*;q=1")},
		{"Idempotencykey", mostly("key", newUUID(t, "new key"),
			testkit.FirstKey, strings.ToUpper(testkit.FirstKey), "{"+testkit.FirstKey+"}")},
	} {
		if header.value != "" {
			r.Header[header.name] = []string{header.value}
		}
	}
	return r
}

// randomBody returns the example, often spoiled, or with another year than its own.
func (m material) randomBody(t *rapid.T) []byte {
	body := bytes.Clone(m.api.Example)
	switch rapid.IntRange(0, 9).Draw(t, "body") {
	case 9:
		return rapid.SliceOfN(rapid.Byte(), 0, 50).Draw(t, "bytes")
	case 8:
		return body[:rapid.IntRange(0, len(body)).Draw(t, "cut")]
	case 7:
		body[rapid.IntRange(0, len(body)-1).Draw(t, "at")] = rapid.SampledFrom([]byte(`0x"{}[],:`)).Draw(t, "byte")
	case 6:
		year := rapid.SampledFrom([]string{"2015", "2022", "2026", "1999"}).Draw(t, "year of the body")
		return bytes.Replace(body, []byte(`"inntektsaar": `+m.year), []byte(`"inntektsaar": `+year), 1)
	}
	return body
}

func newUUID(t *rapid.T, name string) string {
	return uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, name)).String()
}
